//! Dates as headers have them.

use chrono::DateTime;

/// A moment in Unix seconds as HTTP writes it.
pub fn http_date(at: i64) -> String {
    let date = DateTime::from_timestamp(at, 0).unwrap_or_default();
    date.format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

#[cfg(test)]
mod tests {
    use super::http_date;

    #[test]
    fn a_date_is_written_as_http_wants_it() {
        assert_eq!(http_date(784_111_777), "Sun, 06 Nov 1994 08:49:37 GMT");
    }
}

//! The server's address as its clients see it, when the operator says it.

use hyper::Uri;

const DEMAND: &str =
    "must be an http or https URL without user, query and fragment, such as https://chat.example";

/// The URL without closing slash, scheme and host in lower case, so that paths can be appended and hosts compared.
///
/// Errors: what the text must be, if it is no absolute http(s) URL or has a user, a query or a fragment.
pub(super) fn checked(text: &str) -> Result<String, String> {
    let text = text.trim_end_matches('/');
    // `Uri` drops a fragment silently.
    if text.contains(['@', '?', '#']) {
        return Err(DEMAND.to_owned());
    }
    let uri: Uri = text.parse().map_err(|_| DEMAND.to_owned())?;
    match (uri.scheme_str(), uri.authority()) {
        (Some(scheme @ ("http" | "https")), Some(authority)) if !authority.host().is_empty() => {
            let authority = authority.as_str().to_ascii_lowercase();
            let path = uri.path().trim_end_matches('/');
            Ok(format!("{scheme}://{authority}{path}"))
        }
        _ => Err(DEMAND.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absolute_address_is_taken_without_its_closing_slash() {
        let table = [
            ("https://chat.example", "https://chat.example"),
            ("HTTPS://Chat.Example//", "https://chat.example"),
            ("http://chat.example:8080/", "http://chat.example:8080"),
            ("https://Chat.example/A/b/", "https://chat.example/A/b"),
            ("http://[::1]:8080", "http://[::1]:8080"),
        ];
        for (text, expected) in table {
            assert_eq!(checked(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_address_of_a_server_is_refused() {
        let table = [
            "",
            "/",
            "chat.example",
            "//chat.example",
            "https://",
            "https:///talk",
            "ftp://chat.example",
            "https://admin@chat.example",
            "https://chat.example?x=1",
            "https://chat.example/#top",
            "https://chat .example",
        ];
        for text in table {
            assert_eq!(checked(text), Err(DEMAND.to_owned()), "{text}");
        }
    }
}

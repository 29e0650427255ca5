//! A list of e-mail addresses that somebody uploads: CSV, with or without names.
//!
//! Columns are separated by comma, semicolon or tab. A first line that has no address names the columns: `email`, and
//! `name` if there are more. Without one, the list has one column.

/// Rows that a list may have.
pub const MAX_ROWS: usize = 1000;

/// Somebody on the list; nothing is checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The first line is 1.
    pub line: u64,
    pub address: String,
    pub name: String,
}

/// Why a list cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// Not a text, or nothing.
    NoText,
    /// No column is called `email`.
    NoEmailColumn,
    /// There is more than one column, and none is called `name`.
    NoNameColumn,
    TooManyRows,
}

/// Where the columns are.
struct Columns {
    address: usize,
    name: Option<usize>,
}

impl Columns {
    /// From the first row, and whether that is a header.
    fn of(first: &csv::StringRecord) -> Result<(Self, bool), Unreadable> {
        if first.len() == 1 && first[0].contains('@') {
            let only = Self {
                address: 0,
                name: None,
            };
            return Ok((only, false));
        }
        let find = |titles: &[&str]| {
            let mut cells = first.iter();
            cells.position(|cell| titles.iter().any(|title| cell.eq_ignore_ascii_case(title)))
        };
        let address = find(&["email", "e-mail"]).ok_or(Unreadable::NoEmailColumn)?;
        let name = find(&["name"]);
        if 1 < first.len() && name.is_none() {
            return Err(Unreadable::NoNameColumn);
        }
        Ok((Self { address, name }, true))
    }
}

/// Reads a list.
pub fn read(file: &[u8]) -> Result<Vec<Row>, Unreadable> {
    let text = std::str::from_utf8(file).map_err(|_| Unreadable::NoText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(csv::Trim::All)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut columns: Option<Columns> = None;
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader
        .read_record(&mut record)
        .map_err(|_| Unreadable::NoText)?
    {
        if record.iter().all(str::is_empty) {
            continue;
        }
        if columns.is_none() {
            let (found, is_header) = Columns::of(&record)?;
            columns = Some(found);
            if is_header {
                continue;
            }
        }
        let Some(columns) = &columns else { continue };
        if rows.len() == MAX_ROWS {
            return Err(Unreadable::TooManyRows);
        }
        let column = |at: usize| record.get(at).unwrap_or_default().to_owned();
        rows.push(Row {
            line: line_of(text, &record),
            address: column(columns.address),
            name: columns.name.map(column).unwrap_or_default(),
        });
    }
    if columns.is_none() {
        return Err(Unreadable::NoText);
    }
    Ok(rows)
}

/// What separates the columns of the first line with anything in it.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().find(|line| !line.trim().is_empty());
    let first = first.unwrap_or_default();
    [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|byte| (first.matches(char::from(*byte)).count(), *byte == b','))
        .unwrap_or(b',')
}

/// The line on which a record begins. The reader tells where it went on, which may be before empty lines.
fn line_of(text: &str, record: &csv::StringRecord) -> u64 {
    let Some(position) = record.position() else {
        return 0;
    };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let skipped = text.get(start..).unwrap_or_default();
    let skipped = skipped
        .bytes()
        .take_while(|byte| matches!(byte, b'\n' | b'\r'))
        .filter(|byte| *byte == b'\n')
        .count();
    position.line() + skipped as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u64, String, String)> {
        let rows = read(text.as_bytes()).unwrap().into_iter();
        rows.map(|row| (row.line, row.address, row.name)).collect()
    }

    #[test]
    fn a_list_is_read_with_or_without_a_header() {
        let ann = |line: u64, name: &str| vec![(line, "ann@x".to_owned(), name.to_owned())];
        for (text, expected) in [
            ("ann@x", ann(1, "")),
            ("ann@x\r\n", ann(1, "")),
            ("email\nann@x\n", ann(2, "")),
            ("E-Mail\n\n\nann@x\n", ann(4, "")),
            ("\n\nemail\nann@x\n", ann(4, "")),
            ("\u{feff}name,email\nAnn,ann@x\n", ann(2, "Ann")),
            ("email;name\nann@x; Ann Tea \n", ann(2, "Ann Tea")),
            ("email\tname\tcity\nann@x\tAnn\tRome\n", ann(2, "Ann")),
            ("name,email\n\"Tea, Ann\",ann@x\n", ann(2, "Tea, Ann")),
            ("email,name\nann@x\n", ann(2, "")),
            ("email,name\n,\nann@x,\n", ann(3, "")),
            ("email\n", Vec::new()),
        ] {
            assert_eq!(rows(text), expected, "{text:?}");
        }
    }

    #[test]
    fn lines_are_counted_as_an_editor_does() {
        let text = "email,name\na@x,\"A\nB\"\n\nb@x,\nc@x,";
        let lines: Vec<_> = rows(text).into_iter().map(|row| row.0).collect();
        assert_eq!(lines, [2, 5, 6]);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for (file, why) in [
            (&b""[..], Unreadable::NoText),
            (b"\n \n", Unreadable::NoText),
            (b"\xff\xfe", Unreadable::NoText),
            (b"address\nann@x", Unreadable::NoEmailColumn),
            (b"Ann,ann@x", Unreadable::NoEmailColumn),
            (b"email,phone\nann@x,1", Unreadable::NoNameColumn),
        ] {
            assert_eq!(read(file), Err(why), "{file:?}");
        }
        let fits = "ann@x\n".repeat(MAX_ROWS);
        assert_eq!(rows(&fits).len(), MAX_ROWS);
        let long = "ann@x\n".repeat(MAX_ROWS + 1);
        assert_eq!(read(long.as_bytes()), Err(Unreadable::TooManyRows));
    }
}

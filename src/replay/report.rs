//! A play in words: a line for each file, a few more for a difference, and the sum of it.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use super::{Difference, Verdict};

/// Where Talk's own endpoints begin; a reader does not need to be told each time.
const TALK: &str = "/ocs/v2.php/apps/spreed/api";

/// How many files were the same, differed, or could not be played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    pub same: usize,
    pub differing: usize,
    pub unreadable: usize,
}

impl Summary {
    /// Count one more file.
    pub fn add(&mut self, verdict: &Verdict) {
        match verdict {
            Verdict::Same => self.same += 1,
            Verdict::Differs(_) => self.differing += 1,
            Verdict::Unreadable(_) => self.unreadable += 1,
        }
    }

    /// All files.
    pub fn total(&self) -> usize {
        self.same + self.differing + self.unreadable
    }

    /// The last line of a report.
    pub fn line(&self) -> String {
        let mut line = format!("{} of {} the same", self.same, self.total());
        if self.differing > 0 {
            let _ = write!(line, ", {} differ", self.differing);
        }
        if self.unreadable > 0 {
            let _ = write!(line, ", {} unreadable", self.unreadable);
        }
        line
    }
}

/// What is printed about one file: one line, and below it the request and a short diff if it differs.
pub fn entry(file: &Path, verdict: &Verdict) -> String {
    let file = file.display();
    match verdict {
        Verdict::Same => format!("same    {file}"),
        Verdict::Unreadable(reason) => format!("UNREADABLE {file}: {reason}"),
        Verdict::Differs(difference) => {
            let Difference {
                line,
                actor,
                method,
                path,
                at,
                expected,
                got,
            } = difference;
            let actor = actor.as_deref().unwrap_or("a visitor");
            format!(
                "DIFFERS {file}: {method} {path}\n        line {line}, as {actor}, at {at}\n        - {expected}\n        + {got}"
            )
        }
    }
}

/// A difference in a few words, for a list.
pub fn brief(difference: &Difference) -> String {
    let path = difference.path.split('?').next().unwrap_or("");
    let path = path.strip_prefix(TALK).unwrap_or(path);
    let words = |text: &str| match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    };
    let at = difference
        .at
        .strip_prefix("$.ocs.data")
        .map_or(difference.at.clone(), |rest| format!("data{rest}"));
    let (expected, got) = (words(&difference.expected), words(&difference.got));
    format!(
        "{} {path} (line {}): {at}: expected {expected}, got {got}",
        difference.method, difference.line
    )
}

/// A text in quotes, shortened.
pub fn quote(text: &str) -> String {
    format!("\"{}\"", shorten(text))
}

/// A value of an answer, shortened.
pub fn describe(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        other => shorten(&other.to_string()),
    }
}

/// The beginning of a text that is too long for a report.
pub fn shorten(text: &str) -> String {
    const MOST: usize = 160;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn difference() -> Difference {
        Difference {
            line: 7,
            actor: Some("alice".to_owned()),
            method: "GET".to_owned(),
            path: "/ocs/v2.php/apps/spreed/api/v4/room?x=1".to_owned(),
            at: "$.ocs.data[0].name".to_owned(),
            expected: "\"Tea\"".to_owned(),
            got: "\"Milk\"".to_owned(),
        }
    }

    #[test]
    fn a_difference_is_told_with_its_request() {
        let told = entry(Path::new("a.jsonl"), &Verdict::Differs(difference()));
        let expected = "DIFFERS a.jsonl: GET /ocs/v2.php/apps/spreed/api/v4/room?x=1\n        line 7, as alice, at $.ocs.data[0].name\n        - \"Tea\"\n        + \"Milk\"";
        assert_eq!(told, expected);
        let short = "GET /v4/room (line 7): data[0].name: expected \"Tea\", got \"Milk\"";
        assert_eq!(brief(&difference()), short);
    }

    #[test]
    fn the_sum_names_what_there_is() {
        let mut summary = Summary::default();
        summary.add(&Verdict::Same);
        assert_eq!(summary.line(), "1 of 1 the same");
        summary.add(&Verdict::Differs(difference()));
        summary.add(&Verdict::Unreadable(String::new()));
        assert_eq!(summary.line(), "1 of 3 the same, 1 differ, 1 unreadable");
    }
}

//! When the recording happened: what its answers tell about the time of each exchange.
//!
//! Pauses were not recorded, but the times in the answers show them. A server whose clock is ours is moved along with them.

use chrono::DateTime;
use serde_json::Value;

use super::meaning::{self, Meaning};
use super::transcript::{Answer, Exchange, Step, Transcript};

/// The header that carries the server's time.
pub const MODIFIED_BEFORE: &str = "X-Nextcloud-Talk-Modified-Before";

/// Two times further apart than this do not belong to one recording: the other one was chosen by a client.
const NEAR_SECS: i64 = 60 * 24 * 3600;

/// No moment that a server called "now" is before this one (2001).
const EARLIEST_SECS: i64 = 1_000_000_000;

/// Times that may lie ahead of the answer that has them.
const AHEAD: [&str; 4] = ["lobbyTimer", "expirationTimestamp", "pinnedUntil", "sendAt"];

/// Times of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeline {
    /// The first and the last moment of the recording, in UTC seconds.
    pub first: i64,
    pub last: i64,
}

impl Timeline {
    /// The times of `transcript`; `None` if no answer has one.
    pub fn of(transcript: &Transcript) -> Option<Timeline> {
        let mut found: Option<Timeline> = None;
        for step in &transcript.steps {
            let Step::Exchange(exchange) = step else {
                continue;
            };
            let first = found.map(|timeline| timeline.first);
            let Some((earliest, latest)) = moments(exchange, first) else {
                continue;
            };
            let timeline = found.get_or_insert(Timeline {
                first: earliest,
                last: latest,
            });
            timeline.last = timeline.last.max(latest);
        }
        found
    }

    /// How long the recording took, as far as its times tell.
    pub fn span_secs(&self) -> i64 {
        self.last - self.first
    }

    /// The latest moment that the answer of `exchange` names: it came no earlier.
    pub fn moment_of(&self, exchange: &Exchange) -> Option<i64> {
        moments(exchange, Some(self.first)).map(|(_, latest)| latest)
    }
}

/// Whether `time` may belong to a recording that has the time `other`.
pub fn is_near(time: i64, other: i64) -> bool {
    time > EARLIEST_SECS && (time - other).abs() < NEAR_SECS
}

/// The UTC seconds of a number, also as text (in search results), or of a date; `None` for anything else.
pub fn seconds(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.parse().ok().or_else(|| {
            let moment = DateTime::parse_from_rfc3339(text).ok()?;
            Some(moment.timestamp())
        }),
        _ => None,
    }
}

/// The earliest and the latest recorded moment in an answer.
fn moments(exchange: &Exchange, first: Option<i64>) -> Option<(i64, i64)> {
    let mut found = Found { first, range: None };
    if let Answer::Json(value) = &exchange.answer {
        found.walk(&mut Vec::new(), value);
    }
    for (name, value) in &exchange.answer_headers {
        if name.eq_ignore_ascii_case(MODIFIED_BEFORE)
            && let Ok(time) = value.parse()
        {
            found.take(time);
        }
    }
    found.range
}

struct Found {
    first: Option<i64>,
    range: Option<(i64, i64)>,
}

impl Found {
    fn walk(&mut self, trail: &mut Vec<String>, value: &Value) {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    let time = matches!(meaning::of_field(trail, object, key), Meaning::Time);
                    let past = !AHEAD.contains(&key.as_str());
                    match seconds(value) {
                        Some(time_secs) if time && past => self.take(time_secs),
                        _ => {
                            trail.push(key.clone());
                            self.walk(trail, value);
                            trail.pop();
                        }
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.walk(trail, value)),
            _ => {}
        }
    }

    fn take(&mut self, time: i64) {
        if !is_near(time, self.first.unwrap_or(time)) {
            return;
        }
        let (earliest, latest) = self.range.unwrap_or((time, time));
        self.range = Some((earliest.min(time), latest.max(time)));
    }
}

#[cfg(test)]
mod tests {
    use super::super::transcript::parse;
    use super::*;

    #[test]
    fn the_span_is_told_by_the_answers_and_not_by_times_ahead() {
        let text = [
            r#"{"id": "x"}"#,
            r#"{"as": "a", "method": "GET", "path": "/", "status": 200, "answer": {"lastActivity": 1700000000, "lobbyTimer": 1700003600}}"#,
            r#"{"as": "a", "method": "GET", "path": "/", "status": 200, "answer": {"timestamp": 1234567, "lastPing": 0, "sendAt": 1700003600}}"#,
            r#"{"as": "a", "method": "GET", "path": "/", "status": 200, "answer_headers": {"X-Nextcloud-Talk-Modified-Before": "1700000007"}}"#,
        ];
        let transcript = parse(&text.join("\n")).expect("parses");
        let timeline = Timeline::of(&transcript).expect("has times");
        assert_eq!(
            timeline,
            Timeline {
                first: 1_700_000_000,
                last: 1_700_000_007
            }
        );
        assert_eq!(timeline.span_secs(), 7);
    }

    #[test]
    fn dates_are_read_as_seconds() {
        assert_eq!(
            seconds(&Value::from("2026-11-21T12:18:13+00:00")),
            Some(1_795_263_493)
        );
        assert_eq!(seconds(&Value::from("soon")), None);
    }
}

//! Which recorded values stand for which played ones: ids in their name spaces, and the distance between two clocks.
//!
//! A value that the server chose is bound when it is first seen in an answer. From then on it is replaced in requests, and
//! in comparisons nothing else is accepted in its place.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use super::meaning::{self, Space};
use super::timeline;

/// How long the id of a session is.
const SESSION_LENGTH: usize = 255;

/// Everything that is known about recorded and played values.
#[derive(Debug, Default)]
pub struct Bindings {
    played: HashMap<(Space, String), String>,
    recorded: HashMap<(Space, String), String>,
    /// Message ids once more, as numbers: their order is kept.
    messages: BTreeMap<i64, i64>,
    /// Recorded tokens with the users who have written there.
    pub speakers: HashSet<(String, String)>,
    pub clock: Clocks,
}

/// The recording's clock and the server's.
#[derive(Debug, Default)]
pub struct Clocks {
    /// One moment on both clocks: the first time in the file.
    base: Option<(i64, i64)>,
    /// How far the server's clock was ahead after each `clock` line.
    jumps: Vec<i64>,
}

impl Bindings {
    /// Compare two ids; bind them if neither was seen before.
    ///
    /// Errors: why the played id cannot stand for the recorded one, in words for a report.
    pub fn meet(&mut self, space: Space, recorded: &str, played: &str) -> Result<(), String> {
        if is_fixed(recorded) || is_fixed(played) {
            return match recorded == played {
                true => Ok(()),
                false => Err(format!("{recorded} and nothing else")),
            };
        }
        let name = space.name();
        let key = (space, recorded.to_owned());
        if let Some(bound) = self.played.get(&key) {
            return match bound == played {
                true => Ok(()),
                false => Err(format!("{name} {bound}, bound to {recorded}")),
            };
        }
        let back = (space, played.to_owned());
        if let Some(other) = self.recorded.get(&back) {
            return Err(format!(
                "another {name} than {played}, which is bound to {other}"
            ));
        }
        if space == Space::Guest && !meaning::is_guest(played) {
            return Err("a guest of 40 hex digits".to_owned());
        }
        if space == Space::Message {
            self.keep_order(recorded, played)?;
        }
        self.played.insert(key, back.1.clone());
        self.recorded.insert(back, recorded.to_owned());
        Ok(())
    }

    /// The played id that `recorded` is bound to.
    pub fn played(&self, space: Space, recorded: &str) -> Option<&str> {
        self.played
            .get(&(space, recorded.to_owned()))
            .map(String::as_str)
    }

    /// The recorded id that `played` stands for.
    pub fn recorded(&self, space: Space, played: &str) -> Option<&str> {
        self.recorded
            .get(&(space, played.to_owned()))
            .map(String::as_str)
    }

    /// `text` with bound tokens, guests and sessions replaced, wherever they stand as a whole word.
    pub fn replace_in<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut replaced = String::new();
        let mut copied = 0;
        for (start, word) in words(text) {
            let space = match word.len() {
                SESSION_LENGTH => Space::Session,
                _ if meaning::is_guest(word) => Space::Guest,
                _ => Space::Token,
            };
            let Some(played) = self.played(space, word) else {
                continue;
            };
            replaced.push_str(&text[copied..start]);
            replaced.push_str(played);
            copied = start + word.len();
        }
        if copied == 0 {
            return Cow::Borrowed(text);
        }
        replaced.push_str(&text[copied..]);
        Cow::Owned(replaced)
    }

    fn keep_order(&mut self, recorded: &str, played: &str) -> Result<(), String> {
        let (Ok(recorded), Ok(played)) = (recorded.parse::<i64>(), played.parse::<i64>()) else {
            return Err("a message id is a number".to_owned());
        };
        if let Some((other, bound)) = self.messages.range(..recorded).next_back()
            && *bound >= played
        {
            return Err(format!(
                "a message after {bound}, since {recorded} comes after {other}"
            ));
        }
        if let Some((other, bound)) = self.messages.range(recorded..).next()
            && *bound <= played
        {
            return Err(format!(
                "a message before {bound}, since {recorded} comes before {other}"
            ));
        }
        self.messages.insert(recorded, played);
        Ok(())
    }
}

impl Clocks {
    /// Note that the server's clock was moved by a `clock` line.
    pub fn jump(&mut self, by: Duration) {
        let before = self.jumps.last().copied().unwrap_or(0);
        let by = i64::try_from(by.as_secs()).unwrap_or(i64::MAX);
        self.jumps.push(before.saturating_add(by));
    }

    /// Note that one moment is `recorded` on the one clock and `played` on the other, unless such a moment is known.
    pub fn meet(&mut self, recorded: i64, played: i64) {
        self.base.get_or_insert((recorded, played));
    }

    /// The first recorded time, if one was seen.
    pub fn recorded_base(&self) -> Option<i64> {
        self.base.map(|(recorded, _)| recorded)
    }

    /// `recorded` on the server's clock; a time that is not near the recording stays as it is.
    pub fn moved(&self, recorded: i64) -> i64 {
        match self.base {
            Some((base, played)) if timeline::is_near(recorded, base) => recorded - base + played,
            _ => recorded,
        }
    }

    /// Whether two `start#end` texts are the same, or the recorded one was moved back by a `clock` line.
    pub fn same_span(&self, recorded: &str, played: &str) -> bool {
        let ends = |text: &str| {
            let (start, end) = text.split_once('#')?;
            Some((start.parse::<i64>().ok()?, end.parse::<i64>().ok()?))
        };
        let moved = match (ends(recorded), ends(played)) {
            (Some(recorded), Some(played)) => self.jumps.iter().any(|jump| {
                (recorded.0.checked_add(*jump), recorded.1.checked_add(*jump))
                    == (Some(played.0), Some(played.1))
            }),
            _ => false,
        };
        moved || recorded == played
    }

    /// Whether `played` is as far from the first time as `recorded` is, give or take `tolerance_secs`. What came into being
    /// after a `clock` line is that much further.
    pub fn same_distance(&self, recorded: i64, played: i64, tolerance_secs: i64) -> bool {
        let near = |jump: i64| {
            (self.moved(recorded).saturating_add(jump) - played).abs() <= tolerance_secs
        };
        near(0) || self.jumps.iter().any(|&jump| near(jump))
    }
}

/// Values that are never ids.
fn is_fixed(id: &str) -> bool {
    matches!(id, "0" | "-1" | "-2" | "")
}

/// The sessions in `text` and otherwise the runs of ASCII letters and digits, with where they begin.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let session = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    runs(text, session).flat_map(|(start, run)| {
        // A session is one word, though it has slashes.
        let letter = move |c: char| run.len() == SESSION_LENGTH || c.is_ascii_alphanumeric();
        runs(run, letter).map(move |(at, word)| (start + at, word))
    })
}

/// The runs of characters of one kind, with where they begin.
fn runs(text: &str, kind: impl Fn(char) -> bool + Copy) -> impl Iterator<Item = (usize, &str)> {
    let other = move |c: char| !kind(c);
    let pieces = text.split_inclusive(other).scan(0, |end, piece| {
        let start = *end;
        *end += piece.len();
        Some((start, piece))
    });
    pieces
        .map(move |(start, piece)| (start, piece.trim_end_matches(other)))
        .filter(|(_, word)| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GUEST: &str = "0123456789abcdef0123456789abcdef01234567";

    #[test]
    fn a_bound_id_stays_bound_in_both_directions() {
        let mut bindings = Bindings::default();
        assert_eq!(bindings.meet(Space::Poll, "12", "7"), Ok(()));
        assert_eq!(bindings.meet(Space::Poll, "12", "7"), Ok(()));
        assert_eq!(
            bindings.meet(Space::Poll, "12", "8"),
            Err("poll 7, bound to 12".to_owned())
        );
        assert_eq!(
            bindings.meet(Space::Poll, "13", "7"),
            Err("another poll than 7, which is bound to 12".to_owned())
        );
        assert_eq!(
            bindings.meet(Space::Ban, "12", "1"),
            Ok(()),
            "another name space"
        );
        assert_eq!(bindings.played(Space::Poll, "12"), Some("7"));
        assert_eq!(bindings.recorded(Space::Poll, "7"), Some("12"));
    }

    #[test]
    fn zero_and_the_negative_ones_are_values() {
        let mut bindings = Bindings::default();
        for fixed in ["0", "-1", "-2"] {
            assert_eq!(bindings.meet(Space::Message, fixed, fixed), Ok(()));
            assert!(bindings.meet(Space::Message, fixed, "5").is_err());
            assert!(bindings.meet(Space::Message, "5", fixed).is_err());
        }
    }

    #[test]
    fn messages_keep_their_order_but_not_their_distances() {
        let mut bindings = Bindings::default();
        assert_eq!(bindings.meet(Space::Message, "100", "10"), Ok(()));
        assert_eq!(bindings.meet(Space::Message, "200", "11"), Ok(()));
        assert!(bindings.meet(Space::Message, "150", "12").is_err());
        assert!(bindings.meet(Space::Message, "300", "9").is_err());
        assert_eq!(bindings.meet(Space::Message, "99", "3"), Ok(()));
    }

    #[test]
    fn sessions_are_replaced_in_texts_too() {
        let id = |letter: &str| format!("{letter}/+{}", letter.repeat(252));
        let mut bindings = Bindings::default();
        let bound = bindings.meet(Space::Session, &id("a"), &id("b"));
        bound.expect("binds");
        let signal = |id: &str| format!(r#"{{"to":"{id}","text":"{id}x {id}"}}"#);

        let replaced = bindings.replace_in(&signal(&id("a"))).into_owned();

        let (a, b) = (id("a"), id("b"));
        assert_eq!(
            replaced,
            format!(r#"{{"to":"{b}","text":"{a}x {b}"}}"#),
            "only as a whole word"
        );
    }

    #[test]
    fn tokens_and_guests_are_replaced_as_whole_words() {
        let mut bindings = Bindings::default();
        bindings
            .meet(Space::Token, "abcd2345", "wxyz6789")
            .expect("binds");
        let other = GUEST.replace('0', "f");
        bindings.meet(Space::Guest, GUEST, &other).expect("binds");
        let cases = [
            (
                "/call/abcd2345#message_1".to_owned(),
                "/call/wxyz6789#message_1".to_owned(),
            ),
            (
                "xabcd2345 abcd23456".to_owned(),
                "xabcd2345 abcd23456".to_owned(),
            ),
            (
                format!("hi @\"guest/{GUEST}\" é"),
                format!("hi @\"guest/{other}\" é"),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(bindings.replace_in(&text), expected);
        }
    }

    #[test]
    fn an_event_may_have_been_moved_back_with_the_clock() {
        let mut clock = Clocks::default();
        assert!(!clock.same_span("100#200", "150#250"));
        clock.jump(Duration::from_secs(50));
        for (recorded, played, same) in [
            ("100#200", "100#200", true),
            ("100#200", "150#250", true),
            ("100#200", "150#200", false),
            ("100#200", "160#260", false),
            ("tea", "tea", true),
            ("tea", "coffee", false),
        ] {
            assert_eq!(
                clock.same_span(recorded, played),
                same,
                "{recorded} {played}"
            );
        }
    }

    #[test]
    fn times_are_compared_by_their_distance() {
        let mut clocks = Clocks::default();
        clocks.meet(1_700_000_000, 1_800_000_000);
        assert_eq!(clocks.moved(1_700_000_010), 1_800_000_010);
        assert_eq!(clocks.moved(1_234_567), 1_234_567, "chosen by a client");
        assert!(clocks.same_distance(1_700_000_010, 1_800_000_012, 5));
        assert!(!clocks.same_distance(1_700_000_010, 1_800_000_020, 5));
        clocks.jump(Duration::from_secs(3600));
        assert!(
            clocks.same_distance(1_700_000_010, 1_800_003_610, 5),
            "made after the jump"
        );
        assert!(
            clocks.same_distance(1_700_000_010, 1_800_000_010, 5),
            "made before"
        );
    }
}

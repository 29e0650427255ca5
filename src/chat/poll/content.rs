//! What polls may ask, and what may be chosen. Pure. Source: chat-extras.md 3.1, 3.3.

use crate::chat::error::{Error, Invalid};
use crate::chat::message::trim;
use crate::model::Poll;

/// Bytes that a question may have.
const MAX_QUESTION_BYTES: usize = 32_000;
/// Bytes that the options may have, as the JSON text in which they are kept.
const MAX_OPTIONS_BYTES: usize = 60_000;
/// Options with a text that a poll must have.
const MIN_OPTIONS: usize = 2;
/// A poll as somebody wants to ask it.
#[derive(Debug, Clone)]
pub struct NewPoll {
    pub question: String,
    /// `None`: they are not all texts.
    pub options: Option<Vec<String>>,
    /// 0: public, 1: hidden.
    pub result_mode: i64,
    /// 0: any number.
    pub max_votes: i64,
}

/// What a poll asks, checked.
pub struct Content {
    pub question: String,
    pub options: Vec<String>,
    pub hidden: bool,
    pub max_votes: i64,
}

impl NewPoll {
    /// The question as the message shows it: as sent, unless white space makes it too long.
    pub fn shown_question(&self) -> String {
        match self.question.len() <= MAX_QUESTION_BYTES {
            true => self.question.clone(),
            false => trim(&self.question).to_owned(),
        }
    }

    /// Options stay as they are, blank ones included: clients vote by position.
    ///
    /// Errors, in order: `Invalid`: `Question`, `Options`.
    pub fn check(self) -> Result<Content, Error> {
        let question = trim(&self.question);
        if question.is_empty() || question.len() > MAX_QUESTION_BYTES {
            return Err(Error::Invalid(Invalid::Question));
        }
        let refused = Error::Invalid(Invalid::Options);
        let Some(options) = self.options else {
            return Err(refused);
        };
        let filled = options.iter().filter(|option| !trim(option).is_empty());
        if filled.count() < MIN_OPTIONS || json_bytes(&options) > MAX_OPTIONS_BYTES {
            return Err(refused);
        }
        // Quirk: poll-numbers.
        if !(0..=1).contains(&self.result_mode) || self.max_votes < 0 {
            return Err(refused);
        }
        Ok(Content {
            question: question.to_owned(),
            options,
            hidden: self.result_mode == 1,
            max_votes: self.max_votes,
        })
    }
}

/// The length of the texts as a JSON list.
fn json_bytes(texts: &[String]) -> usize {
    let text_bytes = |text: &String| -> usize {
        text.chars()
            .map(|character| match character {
                '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
                '\0'..='\u{1f}' => 6,
                _ => character.len_utf8(),
            })
            .sum()
    };
    let texts_bytes: usize = texts.iter().map(|text| text_bytes(text) + 2).sum();
    texts_bytes + texts.len().saturating_sub(1) + 2
}

/// The options chosen, if one may choose them.
pub fn check_choice(poll: &Poll, chosen: Option<Vec<i64>>) -> Option<Vec<usize>> {
    let chosen = chosen?;
    let too_many = 0 < poll.max_votes
        && i64::try_from(chosen.len()).map_or(true, |count| count > poll.max_votes);
    if too_many {
        return None;
    }
    let mut is_chosen = vec![false; poll.options.len()];
    let mut options = Vec::new();
    for number in chosen {
        let option = usize::try_from(number).ok()?;
        let known = is_chosen.get_mut(option)?;
        if std::mem::replace(known, true) {
            return None;
        }
        options.push(option);
    }
    Some(options)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Actor, PollId, PollStatus, RoomId};

    fn texts(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    fn new(question: &str, options: &[&str]) -> NewPoll {
        NewPoll {
            question: question.to_owned(),
            options: Some(texts(options)),
            result_mode: 0,
            max_votes: 0,
        }
    }

    fn refusal(new: NewPoll) -> Option<Invalid> {
        match new.check() {
            Ok(_) => None,
            Err(Error::Invalid(invalid)) => Some(invalid),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_poll_needs_a_question_and_two_options() {
        let long = "x".repeat(MAX_QUESTION_BYTES);
        let longer = format!("{long}x");
        let wide = "é".repeat(MAX_QUESTION_BYTES / 2 + 1);
        let many = vec!["x"; 50];
        let table: [(&str, &[&str], Option<Invalid>); 12] = [
            ("Tea?", &["yes", "no"], None),
            ("Tea?", &["yes", "yes"], None),
            ("Tea?", &many, None),
            ("Tea?", &["yes", " ", "no", ""], None),
            (" \t\n", &["yes", "no"], Some(Invalid::Question)),
            ("", &[], Some(Invalid::Question)),
            (&long, &["yes", "no"], None),
            (&longer, &["yes", "no"], Some(Invalid::Question)),
            (&wide, &["yes", "no"], Some(Invalid::Question)),
            ("Tea?", &[], Some(Invalid::Options)),
            ("Tea?", &["yes"], Some(Invalid::Options)),
            ("Tea?", &["yes", " ", "\t"], Some(Invalid::Options)),
        ];
        for (question, options, expected) in table {
            let start = question.get(..4).unwrap_or(question);
            assert_eq!(
                refusal(new(question, options)),
                expected,
                "{start} {options:?}"
            );
        }
        let no_texts = NewPoll {
            options: None,
            ..new("Tea?", &[])
        };
        assert_eq!(refusal(no_texts), Some(Invalid::Options));
    }

    #[test]
    fn options_have_60_000_bytes_of_json() {
        // ["…","b"]
        let fits = "a".repeat(MAX_OPTIONS_BYTES - 8);
        assert_eq!(refusal(new("Tea?", &[&fits, "b"])), None);
        let fits_not = format!("{fits}a");
        let refused = refusal(new("Tea?", &[&fits_not, "b"]));
        assert_eq!(refused, Some(Invalid::Options));
    }

    #[test]
    fn the_length_of_json_is_that_of_its_text() {
        let table: [(&[&str], &str); 4] = [
            (&[], "[]"),
            (&["a"], r#"["a"]"#),
            (&["a \"b\" \\", "é\n\r\t"], r#"["a \"b\" \\","é\n\r\t"]"#),
            (
                &["\u{1}\u{8}\u{c}\u{7f}", "🫖/"],
                "[\"\\u0001\\b\\f\u{7f}\",\"🫖/\"]",
            ),
        ];
        for (options, json) in table {
            assert_eq!(json_bytes(&texts(options)), json.len(), "{json}");
        }
    }

    #[test]
    fn modes_and_numbers_of_votes_have_bounds() {
        let with = |result_mode, max_votes| {
            refusal(NewPoll {
                result_mode,
                max_votes,
                ..new("Tea?", &["yes", "no"])
            })
        };
        for (mode, votes) in [(0, 0), (1, 0), (0, 1), (1, i64::MAX)] {
            assert_eq!(with(mode, votes), None, "{mode} {votes}");
        }
        for (mode, votes) in [(2, 0), (-1, 0), (i64::MAX, 0), (0, -1), (0, i64::MIN)] {
            assert_eq!(with(mode, votes), Some(Invalid::Options), "{mode} {votes}");
        }
    }

    #[test]
    fn one_chooses_each_option_once_and_no_more_than_allowed() {
        let table: [(i64, &[i64], bool); 11] = [
            (0, &[], true),
            (0, &[0], true),
            (0, &[2, 0, 1], true),
            (2, &[2, 0], true),
            (i64::MAX, &[2, 0, 1], true),
            (2, &[2, 0, 1], false),
            (1, &[0, 1], false),
            (0, &[1, 1], false),
            (0, &[3], false),
            (0, &[-1], false),
            (0, &[i64::MAX], false),
        ];
        for (max_votes, chosen, allowed) in table {
            let poll = Poll {
                id: PollId(1),
                room: RoomId(1),
                author: Actor::system(),
                author_name: String::new(),
                question: "Tea?".to_owned(),
                options: texts(&["yes", "no", "coffee"]),
                status: PollStatus::Open,
                hidden: false,
                max_votes,
                closing: None,
            };
            let options = check_choice(&poll, Some(chosen.to_vec()));
            assert_eq!(options.is_some(), allowed, "{max_votes} {chosen:?}");
            assert_eq!(check_choice(&poll, None), None);
        }
    }
}

//! Whom to suggest while somebody types a mention: matching and order.
//!
//! Pure: the candidates come from the room's attendees, in the order they joined; who may ask is decided elsewhere.
//! Source: spec chat.md, 7.3 to 7.5.

use std::cmp::Reverse;

/// How many are suggested if the client asks for no number.
pub const DEFAULT_LIMIT: usize = 20;

/// The kind of a candidate, in the order in which the kinds are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    Users,
    Groups,
    Guests,
    Emails,
    FederatedUsers,
    Teams,
}

impl Source {
    /// The word a client reads.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Groups => "groups",
            Self::Guests => "guests",
            Self::Emails => "emails",
            Self::FederatedUsers => "federated_users",
            Self::Teams => "teams",
        }
    }

    /// Guests and e-mail guests have ids that mean nothing to a person.
    fn has_speaking_id(self) -> bool {
        !matches!(self, Self::Guests | Self::Emails)
    }
}

/// Somebody, or some group, that can be mentioned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub source: Source,
    /// User id, cloud id, group or team id, or the hex of a guest; without prefix.
    pub id: String,
    /// Display name; may be empty.
    pub label: String,
    /// Id of the newest chat message in this room, 0 if none. Users only.
    pub last_comment: i64,
    /// Whether it is the one who asks.
    pub is_caller: bool,
    /// Mail address of an e-mail guest.
    pub address: Option<String>,
}

/// The candidates that match `search`, best first, at most `limit` (0 means the default of 20).
///
/// `candidates` are in the order they joined, which decides between equals. Empty labels are filled: guests become
/// `Guest`, users show their id; groups and teams without a label are left out.
pub fn rank(candidates: Vec<Candidate>, search: &str, limit: usize) -> Vec<Candidate> {
    // Quirk: mentions-limit.
    let limit = match limit {
        0 => DEFAULT_LIMIT,
        limit => limit,
    };
    let search = search.to_ascii_lowercase();
    let mut ranked: Vec<_> = candidates
        .into_iter()
        .filter_map(with_label)
        .filter(|candidate| matches(candidate, &search))
        .map(|candidate| (standing(&candidate, &search), candidate))
        .collect();
    ranked.sort_by_key(|(standing, _)| *standing);
    ranked
        .into_iter()
        .take(limit)
        .map(|(_, candidate)| candidate)
        .collect()
}

/// Whether `search` asks for `@all`, as far as the text goes.
///
/// Quirk: case-of-all. `all` and `here` are compared with their case, the room's name without.
pub fn offers_everyone(search: &str, conversation_name: &str) -> bool {
    "all".starts_with(search)
        || "here".starts_with(search)
        || contains(conversation_name, &search.to_ascii_lowercase())
}

fn with_label(candidate: Candidate) -> Option<Candidate> {
    if !candidate.label.is_empty() {
        return Some(candidate);
    }
    let label = match candidate.source {
        Source::Groups | Source::Teams => return None,
        Source::Guests | Source::Emails => "Guest".to_owned(),
        Source::Users | Source::FederatedUsers => candidate.id.clone(),
    };
    Some(Candidate { label, ..candidate })
}

/// `search` is in lower case, here and below.
fn matches(candidate: &Candidate, search: &str) -> bool {
    search.is_empty()
        || (candidate.source.has_speaking_id() && contains(&candidate.id, search))
        || contains(&candidate.label, search)
}

/// The smaller, the earlier. Within users: the caller last, names that start with the search first, then who wrote
/// most recently. Within the others: exact matches first.
fn standing(candidate: &Candidate, search: &str) -> (Source, bool, bool, Reverse<i64>) {
    let source = candidate.source;
    match source {
        Source::Users => (
            source,
            candidate.is_caller,
            !candidate.label.to_ascii_lowercase().starts_with(search),
            Reverse(candidate.last_comment),
        ),
        // Quirk: suggestion-order.
        _ => (source, false, !is_exact(candidate, search), Reverse(0)),
    }
}

fn is_exact(candidate: &Candidate, search: &str) -> bool {
    candidate.label.eq_ignore_ascii_case(search)
        || (candidate.source.has_speaking_id() && candidate.id.eq_ignore_ascii_case(search))
}

fn contains(text: &str, lower_case_search: &str) -> bool {
    text.to_ascii_lowercase().contains(lower_case_search)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(source: Source, id: &str, label: &str) -> Candidate {
        Candidate {
            source,
            id: id.into(),
            label: label.into(),
            last_comment: 0,
            is_caller: false,
            address: None,
        }
    }

    fn user(id: &str, label: &str, last_comment: i64) -> Candidate {
        Candidate {
            last_comment,
            ..candidate(Source::Users, id, label)
        }
    }

    fn ids(candidates: Vec<Candidate>, search: &str) -> Vec<String> {
        rank(candidates, search, 0)
            .into_iter()
            .map(|candidate| candidate.id)
            .collect()
    }

    #[test]
    fn recent_writers_come_first_and_the_caller_last() {
        let caller = Candidate {
            is_caller: true,
            ..user("p1", "P 1", 90)
        };
        let all = vec![
            caller,
            user("p2", "P 2", 0),
            user("p3", "P 3", 12),
            user("p4", "P 4", 11),
            user("p5", "P 5", 0),
        ];
        assert_eq!(ids(all, ""), ["p3", "p4", "p2", "p5", "p1"]);
    }

    #[test]
    fn names_that_start_with_the_search_beat_recent_writers() {
        let all = vec![
            user("u1", "Joanna", 50),
            user("u2", "Anna", 0),
            user("anna", "Zoe", 60),
            user("u4", "annabel", 3),
            user("u5", "Bob", 99),
        ];
        assert_eq!(ids(all, "ANN"), ["u4", "u2", "anna", "u1"]);
    }

    #[test]
    fn kinds_keep_their_order_and_exact_matches_lead_in_theirs() {
        let all = vec![
            candidate(Source::Teams, "t1", "ann"),
            candidate(Source::FederatedUsers, "ann@far.example", ""),
            candidate(Source::Emails, "0e", "Ann"),
            candidate(Source::Guests, "0g", "Ann's phone"),
            candidate(Source::Guests, "0h", "ANN"),
            candidate(Source::Groups, "annex", "People"),
            candidate(Source::Groups, "ann", "Fans"),
            user("ann", "Ann", 0),
        ];
        let expected = [
            "ann",
            "ann",
            "annex",
            "0h",
            "0g",
            "0e",
            "ann@far.example",
            "t1",
        ];
        assert_eq!(ids(all, "ann"), expected);
    }

    #[test]
    fn what_matches() {
        let table = [
            (user("bob", "Robert", 0), "BOB", true),
            (user("bob", "Robert", 0), "ert", true),
            (user("bob", "", 0), "ob", true),
            (user("bob", "Émile", 0), "émile", false),
            (user("bob", "Émile", 0), "ÉMI", true),
            (user("bob", "Robert", 0), "x", false),
            (candidate(Source::Guests, "abc", ""), "gues", true),
            (candidate(Source::Guests, "abc", ""), "abc", false),
            (candidate(Source::Emails, "abc", "Eve"), "abc", false),
            (candidate(Source::Emails, "abc", "Eve"), "eve", true),
            (candidate(Source::FederatedUsers, "b@h", "Bee"), "@H", true),
            (candidate(Source::Groups, "staff", "Crew"), "taf", true),
            (candidate(Source::Groups, "staff", ""), "", false),
            (candidate(Source::Teams, "t1", ""), "t1", false),
        ];
        for (candidate, search, expected) in table {
            let found = rank(vec![candidate.clone()], search, 5);
            assert_eq!(!found.is_empty(), expected, "{candidate:?} {search}");
        }
    }

    #[test]
    fn missing_names_are_filled_in() {
        let all = vec![
            user("bob", "", 0),
            candidate(Source::Guests, "0a", ""),
            candidate(Source::FederatedUsers, "b@h", ""),
        ];
        let labels: Vec<_> = rank(all, "", 9).into_iter().map(|one| one.label).collect();
        assert_eq!(labels, ["bob", "Guest", "b@h"]);
    }

    #[test]
    fn the_limit_cuts_the_end() {
        let all: Vec<_> = (0..30).map(|n| user(&format!("u{n}"), "Name", 0)).collect();
        assert_eq!(rank(all.clone(), "", 3).len(), 3);
        assert_eq!(rank(all.clone(), "", 0).len(), 20);
        assert_eq!(rank(all, "", 500).len(), 30);
    }

    #[test]
    fn when_everyone_is_offered() {
        let yes = ["", "al", "all", "her", "here", "pec", "SPEC", "guest"];
        for search in yes {
            assert!(offers_everyone(search, "Spec guests"), "{search}");
        }
        for search in ["ALL", "All", "xyz", "alle"] {
            assert!(!offers_everyone(search, "Spec guests"), "{search}");
        }
    }
}

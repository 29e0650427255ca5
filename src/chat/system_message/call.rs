//! How calls read in system messages, above all who took part in one that ended.
//!
//! Source: spec messages.md, 4.4.

use super::{ActorIs, Standing};
use crate::model::system_message::{CallSummary, SystemMessage};

/// The users of a call summary that are named if there are more than fit.
const NAMED_OF_MANY: usize = 4;
const NAMED_AT_MOST: usize = 5;

/// Who stands behind `{user1}`, `{user2}` … of a call summary; empty for other messages and in a one-to-one.
///
/// First user ids, then cloud ids (which are those in the message's `cloud_ids`), each sorted.
pub fn summary_users(message: &SystemMessage, standing: &Standing<'_>) -> Vec<String> {
    if standing.one_to_one {
        return Vec::new();
    }
    let company = match message {
        SystemMessage::CallEnded(summary) => Company::of(summary),
        SystemMessage::CallEndedEveryone(summary) => Company::without_actor(summary, standing),
        _ => return Vec::new(),
    };
    company.named().iter().map(|id| (*id).to_owned()).collect()
}

/// The length of a call: `H:MM:SS` from an hour on, else `M:SS`.
pub fn duration_text(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// Somebody started a call.
pub(super) fn started(standing: &Standing<'_>) -> String {
    let call = match standing.silent {
        true => "silent call",
        false => "call",
    };
    match (standing.one_to_one, standing.is_reader()) {
        (true, true) => format!("Outgoing {call}"),
        (true, false) => format!("Incoming {call}"),
        (false, _) => format!("{} started a {call}", standing.plain_subject()),
    }
}

/// The last one left.
pub(super) fn ended(summary: &CallSummary, standing: &Standing<'_>) -> String {
    let duration = duration_text(summary.duration);
    if standing.one_to_one {
        return format!("Call ended (Duration {duration})");
    }
    let with = Company::of(summary).with();
    format!("Call{with} ended (Duration {duration})")
}

/// Somebody, or the server, ended it for all.
pub(super) fn ended_everyone(summary: &CallSummary, standing: &Standing<'_>) -> String {
    let duration = duration_text(summary.duration);
    if standing.one_to_one {
        return format!("Call ended (Duration {duration})");
    }
    let with = Company::without_actor(summary, standing).with();
    // Nobody but the server ends a call for all without being there: its time was up.
    if standing.actor == ActorIs::System {
        return format!(
            "Call{with} was ended, as it reached the maximum call duration (Duration {duration})"
        );
    }
    // Quirk: who ended it reads this too, there is no "You ended".
    format!("{{actor}} ended the call{with} (Duration {duration})")
}

/// The participants of a call that its summary counts.
struct Company<'a> {
    /// Users, then cloud ids, each sorted.
    users: Vec<&'a str>,
    guests: usize,
}

impl<'a> Company<'a> {
    fn of(summary: &'a CallSummary) -> Self {
        Self::except(summary, None, 0)
    }

    /// The one who ended it for all is the subject and not counted among the others.
    fn without_actor(summary: &'a CallSummary, standing: &Standing<'_>) -> Self {
        let guest = standing.actor_is_guest && standing.actor == ActorIs::Other;
        Self::except(summary, standing.actor_user, i64::from(guest))
    }

    fn except(summary: &'a CallSummary, user: Option<&str>, guests: i64) -> Self {
        let sorted = |ids: &'a [String]| {
            let mut ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            ids.sort_unstable();
            ids
        };
        let mut users = sorted(&summary.users);
        users.retain(|id| Some(*id) != user);
        users.extend(sorted(&summary.cloud_ids));
        Self {
            users,
            guests: usize::try_from(summary.guests.saturating_sub(guests)).unwrap_or(0),
        }
    }

    fn named(&self) -> &[&'a str] {
        let fits = match self.guests {
            0 => NAMED_AT_MOST,
            _ => NAMED_OF_MANY,
        };
        match self.users.len() <= fits {
            true => &self.users,
            false => &self.users[..NAMED_OF_MANY],
        }
    }

    /// ` with …`, or nothing if nobody was there.
    fn with(&self) -> String {
        let named = self.named().len();
        let mut all: Vec<String> = (1..=named).map(|n| format!("{{user{n}}}")).collect();
        let unnamed = self.users.len() - named;
        match (unnamed, self.guests) {
            (0, 0) => {}
            // Quirk: with five users and more, guests are not called guests any more.
            (0, guests) => all.push(counted(guests, "guest")),
            (users, guests) => all.push(counted(users.saturating_add(guests), "other")),
        }
        match all.pop() {
            None => String::new(),
            Some(last) if all.is_empty() => format!(" with {last}"),
            Some(last) => format!(" with {} and {last}", all.join(", ")),
        }
    }
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::render;
    use super::super::tests::{OTHER, READER, SYSTEM, said};
    use super::*;

    fn summary(users: &[&str], cloud_ids: &[&str], guests: i64) -> CallSummary {
        let own = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        CallSummary {
            users: own(users),
            cloud_ids: own(cloud_ids),
            guests,
            duration: 65,
        }
    }

    #[test]
    fn calls_start_and_are_missed() {
        let started = |standing, one_to_one, silent| {
            let standing = Standing {
                one_to_one,
                silent,
                ..standing
            };
            said(&SystemMessage::CallStarted, standing)
        };
        assert_eq!(started(OTHER, true, false), "Incoming call");
        assert_eq!(started(READER, true, false), "Outgoing call");
        assert_eq!(started(OTHER, false, true), "{actor} started a silent call");
        assert_eq!(started(READER, false, true), "You started a silent call");
        assert_eq!(started(OTHER, true, true), "Incoming silent call");
        assert_eq!(started(READER, true, true), "Outgoing silent call");

        let missed = SystemMessage::CallMissed(summary(&["ann"], &[], 0));
        for (standing, wire, text) in [
            (OTHER, "call_missed", "Missed call"),
            (READER, "call_tried", "Unanswered call"),
        ] {
            let rendered = render(&missed, &standing);
            assert_eq!((rendered.wire, &*rendered.text), (wire, text));
            assert!(!rendered.shows_actor);
        }
    }

    #[test]
    fn a_call_summary_names_up_to_five() {
        let one = "{user1}";
        let two = "{user1} and {user2}";
        let three = "{user1}, {user2} and {user3}";
        let four = "{user1}, {user2}, {user3} and {user4}";
        let five = "{user1}, {user2}, {user3}, {user4} and {user5}";
        let table = [
            (0, 1, "1 guest", 0),
            (0, 3, "3 guests", 0),
            (1, 0, one, 1),
            (1, 1, "{user1} and 1 guest", 1),
            (2, 0, two, 2),
            (2, 2, "{user1}, {user2} and 2 guests", 2),
            (3, 0, three, 3),
            (3, 1, "{user1}, {user2}, {user3} and 1 guest", 3),
            (4, 0, four, 4),
            (4, 9, "{user1}, {user2}, {user3}, {user4} and 9 guests", 4),
            (5, 0, five, 5),
            (5, 1, "{user1}, {user2}, {user3}, {user4} and 2 others", 4),
            (6, 0, "{user1}, {user2}, {user3}, {user4} and 2 others", 4),
            (7, 2, "{user1}, {user2}, {user3}, {user4} and 5 others", 4),
        ];
        let bystander = Standing {
            actor_user: Some("zoe"),
            ..READER
        };
        for (count, guests, with, named) in table {
            let users = &["f", "e", "d", "c", "b", "a", "g"][7 - count..];
            let ended = SystemMessage::CallEnded(summary(users, &[], guests));
            let expected = format!("Call with {with} ended (Duration 1:05)");
            assert_eq!(said(&ended, bystander), expected);

            let everyone = SystemMessage::CallEndedEveryone(summary(users, &[], guests));
            let expected = format!("{{actor}} ended the call with {with} (Duration 1:05)");
            assert_eq!(said(&everyone, bystander), expected);

            let limit = said(&everyone, SYSTEM);
            let expected = format!(
                "Call with {with} was ended, as it reached the maximum call duration (Duration 1:05)"
            );
            assert_eq!(limit, expected);
            assert_eq!(summary_users(&ended, &bystander).len(), named);
            assert_eq!(summary_users(&everyone, &bystander).len(), named);
        }
    }

    #[test]
    fn who_ended_the_call_for_all_is_not_among_the_others() {
        let everyone = |users: &[&str], guests| {
            SystemMessage::CallEndedEveryone(summary(users, &["a@far"], guests))
        };
        let by_user = everyone(&["zoe", "ann", "bob"], 0);
        assert_eq!(summary_users(&by_user, &OTHER), ["bob", "zoe", "a@far"]);
        let guest = Standing {
            actor_user: None,
            actor_is_guest: true,
            ..OTHER
        };
        assert_eq!(
            said(&everyone(&["ann"], 2), guest),
            "{actor} ended the call with {user1}, {user2} and 1 guest (Duration 1:05)"
        );
        assert_eq!(
            said(&everyone(&["ann"], 0), guest),
            "{actor} ended the call with {user1} and {user2} (Duration 1:05)"
        );

        let ended = SystemMessage::CallEnded(summary(&["zoe", "ann"], &[], 0));
        assert_eq!(summary_users(&ended, &OTHER), ["ann", "zoe"]);
    }

    #[test]
    fn calls_without_company_and_in_a_one_to_one_name_nobody() {
        let alone = summary(&["ann"], &[], 0);
        let nobody = summary(&[], &[], 0);
        let both = summary(&["ann", "bob"], &[], 0);
        let one_to_one = Standing {
            one_to_one: true,
            ..OTHER
        };
        let ended = SystemMessage::CallEnded;
        let everyone = SystemMessage::CallEndedEveryone;
        let table = [
            (ended(nobody.clone()), SYSTEM, "Call ended (Duration 1:05)"),
            (
                everyone(alone),
                READER,
                "{actor} ended the call (Duration 1:05)",
            ),
            (
                everyone(nobody),
                SYSTEM,
                "Call was ended, as it reached the maximum call duration (Duration 1:05)",
            ),
            (
                ended(both.clone()),
                one_to_one,
                "Call ended (Duration 1:05)",
            ),
            (everyone(both), one_to_one, "Call ended (Duration 1:05)"),
        ];
        for (message, standing, expected) in table {
            assert_eq!(said(&message, standing), expected);
            assert!(summary_users(&message, &standing).is_empty());
        }
        assert!(summary_users(&SystemMessage::CallStarted, &OTHER).is_empty());
    }

    #[test]
    fn durations() {
        let table = [
            (-5, "0:00"),
            (0, "0:00"),
            (1, "0:01"),
            (1823, "30:23"),
            (3599, "59:59"),
            (3605, "1:00:05"),
            (360_000, "100:00:00"),
        ];
        for (seconds, expected) in table {
            assert_eq!(duration_text(seconds), expected);
        }
    }
}

//! What administrators decide for the whole server: the settings of app `spreed`.
//!
//! Stored as strings under the names that administrators know, read once, and kept in memory.
//! Source: server.md 13.4.

use std::collections::BTreeMap;

use crate::model::{NotificationLevel, Permissions};
use crate::store::text_list;

/// Who may start calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartCalls {
    Everyone,
    Users,
    Moderators,
    /// Calls are off.
    Nobody,
}

impl StartCalls {
    /// The number that administrators and clients know.
    pub fn wire(self) -> i64 {
        match self {
            Self::Everyone => 0,
            Self::Users => 1,
            Self::Moderators => 2,
            Self::Nobody => 3,
        }
    }

    fn from_wire(number: i64) -> Option<Self> {
        [Self::Everyone, Self::Users, Self::Moderators, Self::Nobody]
            .into_iter()
            .find(|who| who.wire() == number)
    }
}

/// The decisions in force. A stored value that makes no sense counts as not set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Groups whose members may use Talk; empty: everybody.
    pub allowed_groups: Vec<String>,
    /// Groups whose members may make group and public conversations; empty: everybody.
    pub start_conversations: Vec<String>,
    pub start_calls: StartCalls,
    /// What members may do where neither they nor their room have a level of their own.
    pub default_permissions: Permissions,
    /// When members of groups are told about messages unless they choose.
    pub default_group_notification: NotificationLevel,
    /// Public conversations need a password.
    pub force_passwords: bool,
    /// One-to-ones may be deleted.
    pub delete_one_to_one: bool,
    /// Seconds; `None`: calls last as long as they last.
    pub max_call_secs: Option<i64>,
    pub session_ping_limit: i64,
    /// Days without activity; `None`: event rooms stay.
    pub retention_event_days: Option<i64>,
    /// Days without activity; `None`: rooms of instant meetings stay.
    pub retention_meeting_days: Option<i64>,
    /// The oldest accepted version of a client: `android`, `ios`, `desktop`.
    pub minimum_versions: BTreeMap<String, String>,
}

/// The part of a stored name before the key: these are settings of apps, beside the server's own.
pub const PREFIX: &str = "app/";
/// The app whose settings have an effect.
const TALK: &str = "spreed";

/// Under which name a setting of an app is stored.
pub fn stored_name(app: &str, key: &str) -> String {
    format!("{PREFIX}{app}/{key}")
}

impl Policy {
    /// The policy of these stored settings (all of them, by name). `calls`: what the operator wants
    /// where administrators have decided nothing.
    pub fn of(settings: &[(String, String)], calls: bool) -> Self {
        let text = |key: &str| {
            let name = stored_name(TALK, key);
            settings
                .iter()
                .find(|(stored, _)| *stored == name)
                .map(|(_, value)| value.trim())
        };
        let number = |key: &str| text(key).and_then(|value| value.parse::<i64>().ok());
        let positive = |key: &str| number(key).filter(|value| *value > 0);
        let switch = |key: &str| matches!(text(key), Some("1" | "yes" | "true"));
        let groups = |key: &str| text(key).map(group_list).unwrap_or_default();
        let without_decision = if calls {
            StartCalls::Everyone
        } else {
            StartCalls::Nobody
        };
        let level = number("default_group_notification").and_then(NotificationLevel::from_wire);
        let minimum = ["android", "ios", "desktop"]
            .into_iter()
            .filter_map(|client| {
                let version = text(&format!("minimum.supported.{client}.version"))?;
                Some((client.to_owned(), version.to_owned()))
            });
        Self {
            allowed_groups: groups("allowed_groups"),
            start_conversations: groups("start_conversations"),
            start_calls: number("start_calls")
                .and_then(StartCalls::from_wire)
                .unwrap_or(without_decision),
            default_permissions: number("default_permissions")
                .and_then(Permissions::from_wire)
                .filter(|mask| *mask != Permissions::DEFAULT)
                .map_or(Permissions::SERVER_DEFAULT, |mask| {
                    // The mark "custom" belongs to rooms and members only.
                    Permissions(mask.0 & !Permissions::CUSTOM.0)
                }),
            default_group_notification: level
                .filter(|level| *level != NotificationLevel::Default)
                .unwrap_or(NotificationLevel::Mention),
            force_passwords: switch("force_passwords"),
            delete_one_to_one: switch("delete_one_to_one_conversations"),
            max_call_secs: positive("max_call_duration"),
            session_ping_limit: positive("session-ping-limit").unwrap_or(200),
            retention_event_days: positive("retention_event_rooms"),
            retention_meeting_days: positive("retention_instant_meetings"),
            minimum_versions: minimum.collect(),
        }
    }
}

/// A JSON list of groups. What is none names nobody, so that a slip does not let everybody in: the
/// list then has one group that cannot exist.
fn group_list(text: &str) -> Vec<String> {
    match text_list(text) {
        Some(groups) => groups,
        None if text.is_empty() => Vec::new(),
        None => vec![String::new()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(settings: &[(&str, &str)]) -> Policy {
        let stored: Vec<_> = settings
            .iter()
            .map(|(key, value)| (stored_name(TALK, key), (*value).to_owned()))
            .collect();
        Policy::of(&stored, false)
    }

    #[test]
    fn nothing_stored_gives_the_defaults_and_the_operator_s_word_on_calls() {
        let none = policy(&[]);
        assert_eq!(none.start_calls, StartCalls::Nobody);
        assert_eq!(Policy::of(&[], true).start_calls, StartCalls::Everyone);
        assert_eq!(none.default_permissions, Permissions::SERVER_DEFAULT);
        assert_eq!(none.default_group_notification, NotificationLevel::Mention);
        assert!(none.allowed_groups.is_empty() && !none.force_passwords);
        assert_eq!(none.retention_event_days, None);
    }

    #[test]
    fn what_makes_no_sense_counts_as_not_set_but_a_broken_list_lets_nobody_in() {
        let odd = policy(&[
            ("start_calls", "7"),
            ("default_permissions", "-4"),
            ("default_group_notification", "x"),
            ("allowed_groups", "everybody"),
        ]);
        assert_eq!(odd.start_calls, StartCalls::Nobody);
        assert_eq!(odd.default_permissions, Permissions::SERVER_DEFAULT);
        assert_eq!(odd.allowed_groups, [""]);
    }

    #[test]
    fn what_is_stored_is_in_force() {
        let set = policy(&[
            ("start_calls", "2"),
            ("default_permissions", "22"),
            ("default_group_notification", "1"),
            ("start_conversations", r#"["staff", "board"]"#),
            ("force_passwords", "1"),
            ("retention_event_rooms", "28"),
            ("minimum.supported.ios.version", "21.0.0"),
        ]);
        assert_eq!(set.start_calls, StartCalls::Moderators);
        assert_eq!(set.default_permissions, Permissions(22));
        assert_eq!(set.default_group_notification, NotificationLevel::Always);
        assert_eq!(set.start_conversations, ["staff", "board"]);
        assert!(set.force_passwords);
        assert_eq!(set.retention_event_days, Some(28));
        assert_eq!(set.minimum_versions["ios"], "21.0.0");
    }
}

//! How a system message reads: the text for one reader, and who is named in it.
//!
//! The words are those of an untranslated server. `{actor}` and the like stay in the text; what they stand for is
//! looked up by whoever renders. Who counts as "you" is decided there too and arrives as a `Standing`.
//! Source: spec messages.md, 4.1 to 4.5.

mod call;

use crate::model::system_message::SystemMessage;

pub use call::{duration_text, summary_users};

/// Who acted, from the reader's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorIs {
    /// The reader, who has an account here. Guests never count as "you", not even to themselves.
    Reader,
    /// Administration: guests/`cli`.
    CommandLine,
    /// The server by itself: guests/`system`.
    System,
    Other,
}

/// How the reader stands to a message.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    pub actor: ActorIs,
    /// The actor's user id if it is an account of this server, its cloud id if of another; otherwise none.
    pub actor_user: Option<&'a str>,
    /// Whether the actor is a guest; not for the command line and the system.
    pub actor_is_guest: bool,
    /// Whether the message happened to the reader: its `user` or `federated_user` is them.
    pub reader_is_target: bool,
    /// Whether the room is a one-to-one, or was one.
    pub one_to_one: bool,
    /// Whether the row is marked silent; tells a silent call.
    pub silent: bool,
}

/// A system message as one reader gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The type as it is sent; `call_missed` is `call_tried` to the caller.
    pub wire: &'static str,
    /// The text, with placeholders.
    pub text: String,
    /// Whether the parameters begin with `actor`.
    pub shows_actor: bool,
}

/// The message as the reader in `standing` gets it.
///
/// For `call_missed`, `ActorIs::Reader` means that the reader is the caller.
pub fn render(message: &SystemMessage, standing: &Standing<'_>) -> Rendered {
    let tried = matches!(message, SystemMessage::CallMissed(_)) && standing.is_reader();
    Rendered {
        wire: if tried { "call_tried" } else { message.wire() },
        text: text(message, standing),
        shows_actor: !matches!(
            message,
            SystemMessage::CallMissed(_) | SystemMessage::PollVoted { .. }
        ),
    }
}

/// The time after which messages expire, in the largest unit that fits, rounded half up: 90 is `2 minutes`.
pub fn expiration_text(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (size, unit) = match seconds {
        604_800.. => (604_800, "week"),
        86_400.. => (86_400, "day"),
        3_600.. => (3_600, "hour"),
        _ => (60, "minute"),
    };
    match seconds.saturating_add(size / 2) / size {
        1 => format!("1 {unit}"),
        count => format!("{count} {unit}s"),
    }
}

impl Standing<'_> {
    fn is_reader(&self) -> bool {
        self.actor == ActorIs::Reader
    }

    fn is_self(&self, target: &str) -> bool {
        self.actor_user == Some(target)
    }

    /// Who did it, where administration is named.
    fn subject(&self) -> &'static str {
        match self.actor {
            ActorIs::Reader => "You",
            ActorIs::CommandLine => "An administrator",
            ActorIs::System | ActorIs::Other => "{actor}",
        }
    }

    /// Who did it, where administration is just another actor.
    fn plain_subject(&self) -> &'static str {
        match self.actor {
            ActorIs::Reader => "You",
            ActorIs::CommandLine | ActorIs::System | ActorIs::Other => "{actor}",
        }
    }

    /// To whom it was done. Whoever acts reads the name, even if they did it to themselves.
    fn object(&self, placeholder: &'static str) -> &'static str {
        match self.reader_is_target && !self.is_reader() {
            true => "you",
            false => placeholder,
        }
    }
}

fn text(message: &SystemMessage, standing: &Standing<'_>) -> String {
    use SystemMessage as M;

    let administered = |deed: &str| format!("{} {deed}", standing.subject());
    let plain = |deed: &str| format!("{} {deed}", standing.plain_subject());
    match message {
        M::ConversationCreated if standing.actor == ActorIs::System => {
            "System created the conversation".to_owned()
        }
        M::ConversationCreated => administered("created the conversation"),
        M::ConversationRenamed { old_name, new_name } => administered(&format!(
            "renamed the conversation from \"{old_name}\" to \"{new_name}\""
        )),
        M::DescriptionSet { .. } => administered("set the description"),
        M::DescriptionRemoved => administered("removed the description"),
        M::AvatarSet => plain("set the conversation picture"),
        M::AvatarRemoved => plain("removed the conversation picture"),
        M::ReadOnly => administered("locked the conversation"),
        M::ReadOnlyOff => administered("unlocked the conversation"),
        M::ListableNone => administered("limited the conversation to the current participants"),
        M::ListableUsers => administered("opened the conversation to registered users"),
        M::ListableAll => administered(
            "opened the conversation to registered users and users created with the Guests app",
        ),
        M::LobbyTimerReached => "The conversation is now open to everyone".to_owned(),
        M::LobbyNone => plain("opened the conversation to everyone"),
        M::LobbyNonModerators => plain("restricted the conversation to moderators"),
        M::GuestsAllowed => administered("allowed guests"),
        M::GuestsDisallowed => administered("disallowed guests"),
        M::PasswordSet => administered("set a password"),
        M::PasswordRemoved => administered("removed the password"),
        M::MessageExpirationEnabled { seconds } => plain(&format!(
            "set the message expiration to {}",
            expiration_text(*seconds)
        )),
        M::MessageExpirationDisabled { .. } => plain("disabled message expiration"),
        M::HistoryCleared => plain("cleared the history of the conversation"),
        M::BreakoutRoomsStarted => plain("started breakout rooms"),
        M::BreakoutRoomsStopped => plain("stopped breakout rooms"),

        M::UserAdded { user } if standing.is_self(user) => plain("joined the conversation"),
        M::UserAdded { .. } => administered(&format!("added {}", standing.object("{user}"))),
        M::UserRemoved { user } if standing.is_self(user) => plain("left the conversation"),
        M::UserRemoved { .. } => administered(&format!("removed {}", standing.object("{user}"))),
        M::ModeratorPromoted { .. } | M::GuestModeratorPromoted { .. } => administered(&format!(
            "promoted {} to moderator",
            standing.object("{user}")
        )),
        M::ModeratorDemoted { .. } | M::GuestModeratorDemoted { .. } => administered(&format!(
            "demoted {} from moderator",
            standing.object("{user}")
        )),
        M::GroupAdded { .. } => administered("added group {group}"),
        M::GroupRemoved { .. } => administered("removed group {group}"),
        M::CircleAdded { .. } => administered("added team {circle}"),
        M::CircleRemoved { .. } => administered("removed team {circle}"),
        M::PhoneAdded { .. } => administered("added {phone}"),
        M::PhoneRemoved { .. } => administered("removed {phone}"),
        M::FederatedUserAdded { federated_user } if standing.is_self(federated_user) => {
            invited(standing, "accepted the invitation")
        }
        M::FederatedUserAdded { .. } => {
            administered(&format!("invited {}", standing.object("{federated_user}")))
        }
        M::FederatedUserRemoved { federated_user } if standing.is_self(federated_user) => {
            invited(standing, "declined the invitation")
        }
        M::FederatedUserRemoved { .. } => {
            administered(&format!("removed {}", standing.object("{federated_user}")))
        }

        M::CallStarted => call::started(standing),
        M::CallJoined => plain("joined the call"),
        M::CallLeft => plain("left the call"),
        M::CallEnded(summary) => call::ended(summary, standing),
        M::CallEndedEveryone(summary) => call::ended_everyone(summary, standing),
        M::CallMissed(_) if standing.is_reader() => "Unanswered call".to_owned(),
        M::CallMissed(_) => "Missed call".to_owned(),
        M::RecordingStarted => plain("started the video recording"),
        M::RecordingStopped => plain("stopped the video recording"),
        M::AudioRecordingStarted => plain("started the audio recording"),
        M::AudioRecordingStopped => plain("stopped the audio recording"),
        M::RecordingFailed => "The recording failed".to_owned(),

        M::MessageDeleted { .. } => plain("deleted a message"),
        M::MessageEdited { .. } => plain("edited a message"),
        M::ReactionRevoked { .. } => plain("deleted a reaction"),
        M::PollVoted { .. } => "Someone voted on the poll {poll}".to_owned(),
        M::PollClosed { .. } => plain("ended the poll {poll}"),
        M::ThreadCreated { .. } => plain("created thread {title}"),
        M::ThreadRenamed { .. } => plain("renamed thread {title}"),
        M::MessagePinned { .. } => plain("pinned a message"),
        M::MessageUnpinned { .. } => plain("unpinned a message"),

        M::MatterbridgeConfigAdded => {
            plain("set up Matterbridge to synchronize this conversation with other chats")
        }
        M::MatterbridgeConfigEdited => plain("updated the Matterbridge configuration"),
        M::MatterbridgeConfigRemoved => plain("removed the Matterbridge configuration"),
        M::MatterbridgeConfigEnabled => plain("started Matterbridge"),
        M::MatterbridgeConfigDisabled => plain("stopped Matterbridge"),
    }
}

/// The answer of somebody who was invited from another server.
fn invited(standing: &Standing<'_>, answer: &str) -> String {
    let subject = match standing.is_reader() {
        true => "You",
        false => "{federated_user}",
    };
    format!("{subject} {answer}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::system_message::PollReference;

    pub(super) const OTHER: Standing<'static> = Standing {
        actor: ActorIs::Other,
        actor_user: Some("ann"),
        actor_is_guest: false,
        reader_is_target: false,
        one_to_one: false,
        silent: false,
    };
    pub(super) const READER: Standing<'static> = Standing {
        actor: ActorIs::Reader,
        ..OTHER
    };
    const CLI: Standing<'static> = Standing {
        actor: ActorIs::CommandLine,
        actor_user: None,
        ..OTHER
    };
    pub(super) const SYSTEM: Standing<'static> = Standing {
        actor: ActorIs::System,
        ..CLI
    };

    fn target(standing: Standing<'static>) -> Standing<'static> {
        Standing {
            reader_is_target: true,
            ..standing
        }
    }

    pub(super) fn said(message: &SystemMessage, standing: Standing<'_>) -> String {
        let rendered = render(message, &standing);
        assert_eq!(rendered.wire, message.wire());
        assert!(rendered.shows_actor, "{}", rendered.wire);
        rendered.text
    }

    /// The messages whose deed is worded alike for all; the flag tells whether administration is named.
    #[rustfmt::skip]
    fn deeds() -> Vec<(SystemMessage, &'static str, bool)> {
        use SystemMessage as M;
        let poll = || PollReference::new(7, "Tea?");
        let title = || "Tea".to_owned();
        let id = || "x".to_owned();
        let renamed = M::ConversationRenamed { old_name: "A \"1\"".into(), new_name: "{actor}".into() };
        vec![
            (M::ConversationCreated, "created the conversation", true),
            (renamed, "renamed the conversation from \"A \"1\"\" to \"{actor}\"", true),
            (M::DescriptionSet { new_description: id() }, "set the description", true),
            (M::DescriptionRemoved, "removed the description", true),
            (M::AvatarSet, "set the conversation picture", false),
            (M::AvatarRemoved, "removed the conversation picture", false),
            (M::ReadOnly, "locked the conversation", true),
            (M::ReadOnlyOff, "unlocked the conversation", true),
            (M::ListableNone, "limited the conversation to the current participants", true),
            (M::ListableUsers, "opened the conversation to registered users", true),
            (M::ListableAll, "opened the conversation to registered users and users created with the Guests app", true),
            (M::LobbyNone, "opened the conversation to everyone", false),
            (M::LobbyNonModerators, "restricted the conversation to moderators", false),
            (M::GuestsAllowed, "allowed guests", true),
            (M::GuestsDisallowed, "disallowed guests", true),
            (M::PasswordSet, "set a password", true),
            (M::PasswordRemoved, "removed the password", true),
            (M::MessageExpirationEnabled { seconds: 90 }, "set the message expiration to 2 minutes", false),
            (M::MessageExpirationDisabled { seconds: 0 }, "disabled message expiration", false),
            (M::HistoryCleared, "cleared the history of the conversation", false),
            (M::BreakoutRoomsStarted, "started breakout rooms", false),
            (M::BreakoutRoomsStopped, "stopped breakout rooms", false),
            (M::GroupAdded { group: id() }, "added group {group}", true),
            (M::GroupRemoved { group: id() }, "removed group {group}", true),
            (M::CircleAdded { circle: id() }, "added team {circle}", true),
            (M::CircleRemoved { circle: id() }, "removed team {circle}", true),
            (M::PhoneAdded { phone: id(), name: id() }, "added {phone}", true),
            (M::PhoneRemoved { phone: id(), name: id() }, "removed {phone}", true),
            (M::CallStarted, "started a call", false),
            (M::CallJoined, "joined the call", false),
            (M::CallLeft, "left the call", false),
            (M::RecordingStarted, "started the video recording", false),
            (M::RecordingStopped, "stopped the video recording", false),
            (M::AudioRecordingStarted, "started the audio recording", false),
            (M::AudioRecordingStopped, "stopped the audio recording", false),
            (M::MessageDeleted { message: 1 }, "deleted a message", false),
            (M::MessageEdited { message: 1 }, "edited a message", false),
            (M::ReactionRevoked { message: 1 }, "deleted a reaction", false),
            (M::PollClosed { poll: poll() }, "ended the poll {poll}", false),
            (M::ThreadCreated { thread: 1, title: title() }, "created thread {title}", false),
            (M::ThreadRenamed { thread: 1, title: title() }, "renamed thread {title}", false),
            (M::MessagePinned { message: 1 }, "pinned a message", false),
            (M::MessageUnpinned { message: 1 }, "unpinned a message", false),
            (M::MatterbridgeConfigAdded, "set up Matterbridge to synchronize this conversation with other chats", false),
            (M::MatterbridgeConfigEdited, "updated the Matterbridge configuration", false),
            (M::MatterbridgeConfigRemoved, "removed the Matterbridge configuration", false),
            (M::MatterbridgeConfigEnabled, "started Matterbridge", false),
            (M::MatterbridgeConfigDisabled, "stopped Matterbridge", false),
        ]
    }

    #[test]
    fn a_deed_reads_by_who_did_it() {
        for (message, deed, administered) in deeds() {
            assert_eq!(said(&message, OTHER), format!("{{actor}} {deed}"));
            assert_eq!(said(&message, READER), format!("You {deed}"));
            let administration = if administered {
                "An administrator"
            } else {
                "{actor}"
            };
            assert_eq!(said(&message, CLI), format!("{administration} {deed}"));
        }
    }

    #[test]
    fn what_happens_to_somebody_reads_by_whom_it_happened_to() {
        use SystemMessage as M;
        let bob = || "bob".to_owned();
        let guest = || ("guests".to_owned(), "0a".to_owned());
        let table = [
            (M::UserAdded { user: bob() }, "added {user}"),
            (M::UserRemoved { user: bob() }, "removed {user}"),
            (
                M::ModeratorPromoted { user: bob() },
                "promoted {user} to moderator",
            ),
            (
                M::ModeratorDemoted { user: bob() },
                "demoted {user} from moderator",
            ),
            (
                M::GuestModeratorPromoted {
                    actor_type: guest().0,
                    id: guest().1,
                },
                "promoted {user} to moderator",
            ),
            (
                M::GuestModeratorDemoted {
                    actor_type: guest().0,
                    id: guest().1,
                },
                "demoted {user} from moderator",
            ),
            (
                M::FederatedUserAdded {
                    federated_user: "bob@far.example".into(),
                },
                "invited {federated_user}",
            ),
            (
                M::FederatedUserRemoved {
                    federated_user: "bob@far.example".into(),
                },
                "removed {federated_user}",
            ),
        ];
        for (message, deed) in table {
            let to_you = deed
                .replace("{user}", "you")
                .replace("{federated_user}", "you");
            assert_eq!(said(&message, OTHER), format!("{{actor}} {deed}"));
            assert_eq!(said(&message, READER), format!("You {deed}"));
            assert_eq!(said(&message, CLI), format!("An administrator {deed}"));
            assert_eq!(said(&message, target(OTHER)), format!("{{actor}} {to_you}"));
            assert_eq!(
                said(&message, target(CLI)),
                format!("An administrator {to_you}")
            );
            assert_eq!(said(&message, target(READER)), format!("You {deed}"));
        }
    }

    #[test]
    fn what_somebody_does_to_themselves_reads_as_coming_and_going() {
        use SystemMessage as M;
        let far = "ann@far.example";
        let far_other = Standing {
            actor_user: Some(far),
            ..OTHER
        };
        let far_reader = Standing {
            actor_user: Some(far),
            ..READER
        };
        let table = [
            (
                M::UserAdded { user: "ann".into() },
                OTHER,
                "{actor} joined the conversation",
            ),
            (
                M::UserAdded { user: "ann".into() },
                target(READER),
                "You joined the conversation",
            ),
            (
                M::UserRemoved { user: "ann".into() },
                OTHER,
                "{actor} left the conversation",
            ),
            (
                M::UserRemoved { user: "ann".into() },
                target(READER),
                "You left the conversation",
            ),
            (
                M::FederatedUserAdded {
                    federated_user: far.into(),
                },
                far_other,
                "{federated_user} accepted the invitation",
            ),
            (
                M::FederatedUserAdded {
                    federated_user: far.into(),
                },
                far_reader,
                "You accepted the invitation",
            ),
            (
                M::FederatedUserRemoved {
                    federated_user: far.into(),
                },
                far_other,
                "{federated_user} declined the invitation",
            ),
            (
                M::FederatedUserRemoved {
                    federated_user: far.into(),
                },
                far_reader,
                "You declined the invitation",
            ),
        ];
        for (message, standing, expected) in table {
            assert_eq!(said(&message, standing), expected);
        }
    }

    #[test]
    fn some_read_the_same_for_everyone() {
        let poll = PollReference::new(7, "Tea?");
        for standing in [OTHER, READER, CLI, SYSTEM] {
            let opened = said(&SystemMessage::LobbyTimerReached, standing);
            assert_eq!(opened, "The conversation is now open to everyone");
            let failed = said(&SystemMessage::RecordingFailed, standing);
            assert_eq!(failed, "The recording failed");
            let voted = render(&SystemMessage::PollVoted { poll: poll.clone() }, &standing);
            assert_eq!(voted.text, "Someone voted on the poll {poll}");
            assert!(!voted.shows_actor);
        }
        let created = said(&SystemMessage::ConversationCreated, SYSTEM);
        assert_eq!(created, "System created the conversation");
        let silent_room = said(&SystemMessage::ReadOnly, SYSTEM);
        assert_eq!(silent_room, "{actor} locked the conversation");
    }

    #[test]
    fn expirations() {
        let table = [
            (0, "0 minutes"),
            (29, "0 minutes"),
            (30, "1 minute"),
            (59, "1 minute"),
            (60, "1 minute"),
            (90, "2 minutes"),
            (3599, "60 minutes"),
            (3600, "1 hour"),
            (5400, "2 hours"),
            (86_400, "1 day"),
            (100_000, "1 day"),
            (604_800, "1 week"),
            (2_419_200, "4 weeks"),
            (i64::MAX, "15250284452471 weeks"),
        ];
        for (seconds, expected) in table {
            assert_eq!(expiration_text(seconds), expected);
        }
    }
}

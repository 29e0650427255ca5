//! What a system row says, without words: its type and its parameters.
//!
//! The stored text is the reference's, `{"message":"user_added","parameters":{"user":"bob"}}`, except that types
//! without parameters store none. How a reader sees it is decided in `chat::system_message`. Shares and reactions are
//! rows of other verbs and not listed here; `call_tried` is how the caller reads `call_missed`.
//! Source: spec messages.md, 4.2 to 4.6.

use serde::{Deserialize, Serialize};

/// One thing that happened in a room, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "message", content = "parameters", rename_all = "snake_case")]
pub enum SystemMessage {
    // The room itself.
    ConversationCreated,
    ConversationRenamed {
        #[serde(rename = "oldName")]
        old_name: String,
        #[serde(rename = "newName")]
        new_name: String,
    },
    DescriptionSet {
        #[serde(rename = "newDescription")]
        new_description: String,
    },
    DescriptionRemoved,
    AvatarSet,
    AvatarRemoved,
    ReadOnly,
    ReadOnlyOff,
    ListableNone,
    ListableUsers,
    ListableAll,
    /// The lobby's timer opened the room.
    LobbyTimerReached,
    /// The lobby was switched off.
    LobbyNone,
    /// The lobby was switched on.
    LobbyNonModerators,
    GuestsAllowed,
    GuestsDisallowed,
    PasswordSet,
    PasswordRemoved,
    MessageExpirationEnabled {
        seconds: i64,
    },
    MessageExpirationDisabled {
        seconds: i64,
    },
    HistoryCleared,
    BreakoutRoomsStarted,
    BreakoutRoomsStopped,

    // Who is in it.
    UserAdded {
        user: String,
    },
    UserRemoved {
        user: String,
    },
    ModeratorPromoted {
        user: String,
    },
    ModeratorDemoted {
        user: String,
    },
    /// `actor_type` is `guests` or `emails`.
    GuestModeratorPromoted {
        #[serde(rename = "type")]
        actor_type: String,
        id: String,
    },
    /// `actor_type` is `guests` or `emails`.
    GuestModeratorDemoted {
        #[serde(rename = "type")]
        actor_type: String,
        id: String,
    },
    GroupAdded {
        group: String,
    },
    GroupRemoved {
        group: String,
    },
    /// `circle` is the id of a team.
    CircleAdded {
        circle: String,
    },
    /// `circle` is the id of a team.
    CircleRemoved {
        circle: String,
    },
    PhoneAdded {
        phone: String,
        name: String,
    },
    PhoneRemoved {
        phone: String,
        name: String,
    },
    /// `federated_user` is a cloud id. By itself as actor: it accepted the invitation.
    FederatedUserAdded {
        federated_user: String,
    },
    /// `federated_user` is a cloud id. By itself as actor: it declined the invitation.
    FederatedUserRemoved {
        federated_user: String,
    },

    // Calls.
    CallStarted,
    CallJoined,
    CallLeft,
    /// The last one left.
    CallEnded(CallSummary),
    /// A moderator, or the maximum duration, ended it for all.
    CallEndedEveryone(CallSummary),
    /// One-to-one, and only one of the two took part.
    CallMissed(CallSummary),
    RecordingStarted,
    RecordingStopped,
    AudioRecordingStarted,
    AudioRecordingStopped,
    RecordingFailed,

    // What was said. `message` is the id of the row concerned.
    MessageDeleted {
        message: i64,
    },
    MessageEdited {
        message: i64,
    },
    /// `message` is the id of the reaction's row.
    ReactionRevoked {
        message: i64,
    },
    PollVoted {
        poll: PollReference,
    },
    PollClosed {
        poll: PollReference,
    },
    ThreadCreated {
        thread: i64,
        title: String,
    },
    ThreadRenamed {
        thread: i64,
        title: String,
    },
    MessagePinned {
        message: i64,
    },
    MessageUnpinned {
        message: i64,
    },

    // The bridge to other chats.
    MatterbridgeConfigAdded,
    MatterbridgeConfigEdited,
    MatterbridgeConfigRemoved,
    MatterbridgeConfigEnabled,
    MatterbridgeConfigDisabled,
}

/// Who took part in a call, and for how long.
///
/// Units: `duration` in seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallSummary {
    /// Ids of the accounts of this server.
    pub users: Vec<String>,
    /// Cloud ids of the accounts of other servers.
    #[serde(rename = "cloudIds")]
    pub cloud_ids: Vec<String>,
    /// Number of guests of all kinds.
    pub guests: i64,
    pub duration: i64,
}

/// The poll that a system message is about, as it is stored in the row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollReference {
    /// Always `talk-poll`.
    #[serde(rename = "type")]
    pub object_type: String,
    pub id: i64,
    /// The question.
    pub name: String,
}

impl PollReference {
    /// The reference to poll `id` with the given question.
    pub fn new(id: i64, question: &str) -> Self {
        Self {
            object_type: "talk-poll".to_owned(),
            id,
            name: question.to_owned(),
        }
    }
}

impl SystemMessage {
    /// The type as it is stored.
    pub fn wire(&self) -> &'static str {
        match self {
            Self::ConversationCreated => "conversation_created",
            Self::ConversationRenamed { .. } => "conversation_renamed",
            Self::DescriptionSet { .. } => "description_set",
            Self::DescriptionRemoved => "description_removed",
            Self::AvatarSet => "avatar_set",
            Self::AvatarRemoved => "avatar_removed",
            Self::ReadOnly => "read_only",
            Self::ReadOnlyOff => "read_only_off",
            Self::ListableNone => "listable_none",
            Self::ListableUsers => "listable_users",
            Self::ListableAll => "listable_all",
            Self::LobbyTimerReached => "lobby_timer_reached",
            Self::LobbyNone => "lobby_none",
            Self::LobbyNonModerators => "lobby_non_moderators",
            Self::GuestsAllowed => "guests_allowed",
            Self::GuestsDisallowed => "guests_disallowed",
            Self::PasswordSet => "password_set",
            Self::PasswordRemoved => "password_removed",
            Self::MessageExpirationEnabled { .. } => "message_expiration_enabled",
            Self::MessageExpirationDisabled { .. } => "message_expiration_disabled",
            Self::HistoryCleared => "history_cleared",
            Self::BreakoutRoomsStarted => "breakout_rooms_started",
            Self::BreakoutRoomsStopped => "breakout_rooms_stopped",
            Self::UserAdded { .. } => "user_added",
            Self::UserRemoved { .. } => "user_removed",
            Self::ModeratorPromoted { .. } => "moderator_promoted",
            Self::ModeratorDemoted { .. } => "moderator_demoted",
            Self::GuestModeratorPromoted { .. } => "guest_moderator_promoted",
            Self::GuestModeratorDemoted { .. } => "guest_moderator_demoted",
            Self::GroupAdded { .. } => "group_added",
            Self::GroupRemoved { .. } => "group_removed",
            Self::CircleAdded { .. } => "circle_added",
            Self::CircleRemoved { .. } => "circle_removed",
            Self::PhoneAdded { .. } => "phone_added",
            Self::PhoneRemoved { .. } => "phone_removed",
            Self::FederatedUserAdded { .. } => "federated_user_added",
            Self::FederatedUserRemoved { .. } => "federated_user_removed",
            Self::CallStarted => "call_started",
            Self::CallJoined => "call_joined",
            Self::CallLeft => "call_left",
            Self::CallEnded(_) => "call_ended",
            Self::CallEndedEveryone(_) => "call_ended_everyone",
            Self::CallMissed(_) => "call_missed",
            Self::RecordingStarted => "recording_started",
            Self::RecordingStopped => "recording_stopped",
            Self::AudioRecordingStarted => "audio_recording_started",
            Self::AudioRecordingStopped => "audio_recording_stopped",
            Self::RecordingFailed => "recording_failed",
            Self::MessageDeleted { .. } => "message_deleted",
            Self::MessageEdited { .. } => "message_edited",
            Self::ReactionRevoked { .. } => "reaction_revoked",
            Self::PollVoted { .. } => "poll_voted",
            Self::PollClosed { .. } => "poll_closed",
            Self::ThreadCreated { .. } => "thread_created",
            Self::ThreadRenamed { .. } => "thread_renamed",
            Self::MessagePinned { .. } => "message_pinned",
            Self::MessageUnpinned { .. } => "message_unpinned",
            Self::MatterbridgeConfigAdded => "matterbridge_config_added",
            Self::MatterbridgeConfigEdited => "matterbridge_config_edited",
            Self::MatterbridgeConfigRemoved => "matterbridge_config_removed",
            Self::MatterbridgeConfigEnabled => "matterbridge_config_enabled",
            Self::MatterbridgeConfigDisabled => "matterbridge_config_disabled",
        }
    }

    /// Whether the row becomes the room's last message and counts as activity.
    ///
    /// Source: spec messages.md, 4.6.
    pub fn moves_last_message(&self) -> bool {
        !matches!(
            self,
            Self::MessageDeleted { .. }
                | Self::MessageEdited { .. }
                | Self::ReactionRevoked { .. }
                | Self::ThreadCreated { .. }
                | Self::ThreadRenamed { .. }
        )
    }

    /// Whether the author's read marker moves to the row.
    ///
    /// Source: spec messages.md, 4.6.
    pub fn moves_author_marker(&self) -> bool {
        matches!(self, Self::PollClosed { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn technical_rows_leave_the_last_message_and_the_read_marker_alone() {
        let poll = PollReference::new(3, "Tea?");
        let title = || "Tea".to_owned();
        let table = [
            (SystemMessage::MessageDeleted { message: 1 }, false, false),
            (SystemMessage::MessageEdited { message: 1 }, false, false),
            (SystemMessage::ReactionRevoked { message: 1 }, false, false),
            (
                SystemMessage::ThreadCreated {
                    thread: 1,
                    title: title(),
                },
                false,
                false,
            ),
            (
                SystemMessage::ThreadRenamed {
                    thread: 1,
                    title: title(),
                },
                false,
                false,
            ),
            (SystemMessage::PollClosed { poll: poll.clone() }, true, true),
            (SystemMessage::PollVoted { poll }, true, false),
            (SystemMessage::MessagePinned { message: 1 }, true, false),
            (SystemMessage::HistoryCleared, true, false),
            (SystemMessage::CallStarted, true, false),
        ];
        for (message, last, marker) in table {
            assert_eq!(message.moves_last_message(), last, "{}", message.wire());
            assert_eq!(message.moves_author_marker(), marker, "{}", message.wire());
        }
    }
}

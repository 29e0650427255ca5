//! What an account is told. Only the facts: its words are made when it is read.

use super::actor::Actor;
use super::ids::{MessageId, RoomId, UserId};

/// Why an account is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoticeKind {
    /// Somebody added it to a conversation.
    Invitation,
    /// A message where it wants to be told of all.
    Chat,
    /// An answer to its message.
    Reply,
    /// It was mentioned by name.
    Mention,
    /// Its group was.
    GroupMention,
    /// Everybody was.
    AllMention,
    /// Somebody reacted to its message.
    Reaction,
    /// A call began, or somebody rang.
    Call,
    /// It asked to be reminded.
    Reminder,
}

impl NoticeKind {
    const ALL: [Self; 9] = [
        Self::Invitation,
        Self::Chat,
        Self::Reply,
        Self::Mention,
        Self::GroupMention,
        Self::AllMention,
        Self::Reaction,
        Self::Call,
        Self::Reminder,
    ];

    /// The word that the database knows.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Chat => "chat",
            Self::Reply => "reply",
            Self::Mention => "mention",
            Self::GroupMention => "group_mention",
            Self::AllMention => "all_mention",
            Self::Reaction => "reaction",
            Self::Call => "call",
            Self::Reminder => "reminder",
        }
    }

    /// The kind with this word.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.wire() == word)
    }

    /// Whether it is about a message that was said.
    pub fn is_about_message(self) -> bool {
        !matches!(self, Self::Invitation | Self::Call)
    }

    /// Whether it says that its account was mentioned.
    pub fn is_mention(self) -> bool {
        matches!(self, Self::Mention | Self::GroupMention | Self::AllMention)
    }

    /// Whether reading up to the message settles it.
    pub fn ends_when_read(self) -> bool {
        matches!(
            self,
            Self::Chat | Self::Reply | Self::Mention | Self::GroupMention | Self::AllMention
        )
    }
}

/// One thing that an account is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// 0 before it is stored; grows with each.
    pub id: i64,
    pub user: UserId,
    pub room: RoomId,
    /// 0: it is about the room.
    pub message: MessageId,
    pub kind: NoticeKind,
    /// Who did it; `None` for reminders.
    pub actor: Option<Actor>,
    /// The group that was mentioned, or the emoji; else empty.
    pub detail: String,
    /// Unix seconds; of a reminder when it was due.
    pub at: i64,
}

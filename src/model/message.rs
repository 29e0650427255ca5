//! One stored message. What a client sees is rendered from it for each reader.

use super::actor::Actor;
use super::ids::{MessageId, RoomId};
use super::rich::SharedObject;
use super::system_message::SystemMessage;

/// What a message holds; the variant is the row's verb.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Text as typed, mentions unresolved.
    Text(String),
    System(SystemMessage),
    Object(SharedObject),
    Deleted(Deletion),
    /// An emoji on the row's parent.
    Reaction(String),
    /// A reaction that its author took back.
    ReactionRevoked,
}

/// Who changed a message last, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    pub by: Actor,
    /// Unix seconds.
    pub at: i64,
}

impl Body {
    /// Whether it counts as unread and carries the conversation's talk: text and shared objects.
    pub fn is_chat(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Object(_))
    }

    /// Whether it only says who deleted what was there.
    pub fn is_deleted(&self) -> bool {
        matches!(self, Self::Deleted(_))
    }
}

/// Who deleted a message, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deletion {
    pub by: Actor,
    /// Unix seconds.
    pub at: i64,
}

/// One row of a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    pub id: MessageId,
    pub room: RoomId,
    pub actor: Actor,
    /// Unix seconds; never changes.
    pub created_at: i64,
    pub body: Body,
    /// The message replied to, or that a technical message is about.
    pub parent: Option<MessageId>,
    /// The root of the chain of replies.
    pub topmost: Option<MessageId>,
    /// Chosen by the sender, at most 64 bytes; empty: none.
    pub reference_id: String,
    /// Unix seconds.
    pub expires_at: Option<i64>,
    pub silent: bool,
    /// Decided when written: whether `@all` is a mention here for ever.
    pub can_mention_all: bool,
    pub edited: Option<Edit>,
    /// How many reactions it has.
    pub reactions: i64,
}

impl Message {
    /// The root of its chain of answers, which is itself if it answers nothing.
    pub fn thread(&self) -> MessageId {
        self.topmost.unwrap_or(self.id)
    }

    /// Whether it is hidden at `now` because its time is over.
    pub fn is_expired(&self, now: i64) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

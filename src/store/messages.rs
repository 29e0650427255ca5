//! Messages: the store's contract.

use std::collections::HashMap;

use super::StoreError;
use crate::model::{Actor, Body, Edit, Message, MessageId, RoomId, SharedKind};

/// A message before the store numbers it.
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub room: RoomId,
    pub actor: Actor,
    pub created_at: i64,
    pub body: Body,
    pub parent: Option<MessageId>,
    pub topmost: Option<MessageId>,
    pub reference_id: String,
    pub expires_at: Option<i64>,
    pub silent: bool,
    pub can_mention_all: bool,
}

impl NewMessage {
    /// A text with nothing else to it.
    pub fn text(room: RoomId, actor: Actor, created_at: i64, text: String) -> Self {
        Self {
            room,
            actor,
            created_at,
            body: Body::Text(text),
            parent: None,
            topmost: None,
            reference_id: String::new(),
            expires_at: None,
            silent: false,
            can_mention_all: false,
        }
    }

    /// The stored message, once it has its number.
    pub fn numbered(self, id: MessageId) -> Message {
        Message {
            id,
            room: self.room,
            actor: self.actor,
            created_at: self.created_at,
            body: self.body,
            parent: self.parent,
            topmost: self.topmost,
            reference_id: self.reference_id,
            expires_at: self.expires_at,
            silent: self.silent,
            can_mention_all: self.can_mention_all,
            edited: None,
            reactions: 0,
        }
    }
}

/// One reaction to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reaction {
    /// Of its own row.
    pub row: MessageId,
    pub actor: Actor,
    pub emoji: String,
    /// Unix seconds.
    pub at: i64,
}

/// Reading messages. Expired rows are returned like others; hiding them is a rule, not storage.
pub trait MessagesRead {
    fn find_message(&self, room: RoomId, id: MessageId) -> Result<Option<Message>, StoreError>;
    /// The room of a message, whichever it is; `None` for ids never given.
    fn room_of_message(&self, id: MessageId) -> Result<Option<RoomId>, StoreError>;
    /// Rows with an id above `after`, oldest first, at most `limit`.
    fn messages_after(
        &self,
        room: RoomId,
        after: MessageId,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;
    /// Rows with an id below `before`, newest first, at most `limit`.
    fn messages_before(
        &self,
        room: RoomId,
        before: MessageId,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;
    /// Shared objects of one kind with an id below `before` that have not expired at `now`, newest
    /// first, at most `limit`.
    fn shared_before(
        &self,
        room: RoomId,
        kind: SharedKind,
        before: MessageId,
        now: i64,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;
    /// The newest row of a room, or 0.
    fn newest_message(&self, room: RoomId) -> Result<MessageId, StoreError>;
    /// The newest id that the server ever gave, or 0.
    fn newest_id(&self) -> Result<MessageId, StoreError>;
    /// The newest text or shared object below `before`.
    fn chat_message_before(
        &self,
        room: RoomId,
        before: MessageId,
    ) -> Result<Option<MessageId>, StoreError>;
    /// How many texts and shared objects have an id above `marker`.
    fn count_unread(&self, room: RoomId, marker: MessageId) -> Result<i64, StoreError>;
    /// The reactions to a message, oldest first.
    fn reactions_to(&self, message: MessageId) -> Result<Vec<Reaction>, StoreError>;
    /// Each author's newest text in a room.
    fn last_comments(&self, room: RoomId) -> Result<HashMap<Actor, MessageId>, StoreError>;
}

/// Writing messages.
pub trait MessagesWrite {
    /// Gives the next number of the server.
    fn insert_message(&self, message: &NewMessage) -> Result<MessageId, StoreError>;
    /// Puts another body in place; everything else stays.
    fn replace_body(&self, room: RoomId, id: MessageId, body: &Body) -> Result<(), StoreError>;
    /// Puts another body in place, by an editor.
    fn edit_body(
        &self,
        room: RoomId,
        id: MessageId,
        body: &Body,
        edit: &Edit,
    ) -> Result<(), StoreError>;
    /// Counts a reaction to a message, or with `-1` one less.
    fn count_reaction(&self, room: RoomId, id: MessageId, by: i64) -> Result<(), StoreError>;
    /// Deletes all rows of a room.
    fn delete_messages(&self, room: RoomId) -> Result<(), StoreError>;
    /// Notes `id` as the author's newest text.
    fn set_last_comment(
        &self,
        room: RoomId,
        author: &Actor,
        id: MessageId,
    ) -> Result<(), StoreError>;
    /// Takes the author's name off everything in the rooms where they wrote or belong, so that nobody
    /// who gets the same name later passes for them.
    fn forget_author(&self, author: &Actor) -> Result<(), StoreError>;
    /// Recomputes the author's newest text after one was deleted.
    fn recompute_last_comment(&self, room: RoomId, author: &Actor) -> Result<(), StoreError>;
}

//! Threads and who follows them: the store's contract.

use super::StoreError;
use crate::model::{AttendeeId, Message, MessageId, NotificationLevel, RoomId, UserId};

/// A titled chain of answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thread {
    pub room: RoomId,
    /// The message that began it.
    pub root: MessageId,
    pub title: String,
    /// Texts and shared objects that were posted into it.
    pub replies: i64,
    /// The newest of them; 0: none yet.
    pub last_message: MessageId,
    /// Unix seconds.
    pub last_activity_at: i64,
}

/// Reading threads.
pub trait ThreadsRead {
    fn find_thread(&self, room: RoomId, root: MessageId) -> Result<Option<Thread>, StoreError>;
    /// Most recently active first.
    fn recent_threads(&self, room: RoomId, limit: u32) -> Result<Vec<Thread>, StoreError>;
    /// The threads that an account follows, most recently active first; those it wants to hear
    /// nothing of are left out.
    fn followed_threads(
        &self,
        user: &UserId,
        offset: u32,
        limit: u32,
    ) -> Result<Vec<Thread>, StoreError>;
    /// `None`: the member does not follow the thread.
    fn thread_level(
        &self,
        attendee: AttendeeId,
        root: MessageId,
    ) -> Result<Option<NotificationLevel>, StoreError>;
    /// Who chose when to be told of a thread; those who left it at the default are left out.
    fn thread_levels(
        &self,
        root: MessageId,
    ) -> Result<Vec<(AttendeeId, NotificationLevel)>, StoreError>;
    /// The rows of a chain with an id above `after`, its root among them, oldest first.
    fn chain_after(
        &self,
        room: RoomId,
        root: MessageId,
        after: MessageId,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;
    /// The rows of a chain with an id below `before`, its root among them, newest first.
    fn chain_before(
        &self,
        room: RoomId,
        root: MessageId,
        before: MessageId,
        limit: u32,
    ) -> Result<Vec<Message>, StoreError>;
}

/// Writing threads. A room knows whether it has any.
pub trait ThreadsWrite {
    /// Nothing happens if it is there.
    fn insert_thread(&self, thread: &Thread) -> Result<(), StoreError>;
    fn rename_thread(&self, room: RoomId, root: MessageId, title: &str) -> Result<(), StoreError>;
    /// Something was posted into it.
    fn grow_thread(
        &self,
        room: RoomId,
        root: MessageId,
        last: MessageId,
        at: i64,
    ) -> Result<(), StoreError>;
    /// The member follows the thread from now on.
    fn set_thread_level(
        &self,
        attendee: AttendeeId,
        root: MessageId,
        level: NotificationLevel,
    ) -> Result<(), StoreError>;
    /// Those of which no message is left, with those who follow them.
    fn delete_empty_threads(&self, room: RoomId) -> Result<(), StoreError>;
    /// All of a room.
    fn delete_threads(&self, room: RoomId) -> Result<(), StoreError>;
}

//! What accounts are told, and what they want to be reminded of: the store's contract.

use super::StoreError;
use crate::model::{Actor, Message, MessageId, Notice, NoticeKind, RoomId, UserId};

/// What an account wants to be reminded of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    pub user: UserId,
    pub room: RoomId,
    pub message: MessageId,
    /// Unix seconds.
    pub at: i64,
}

/// Reading notices and reminders.
pub trait NoticesRead {
    /// What the account is told, newest first.
    fn notices_of(&self, user: &UserId, limit: u32) -> Result<Vec<Notice>, StoreError>;
    /// One thing that the account is told.
    fn find_notice(&self, user: &UserId, id: i64) -> Result<Option<Notice>, StoreError>;
    /// What anybody is told about a message.
    fn notices_about(&self, room: RoomId, message: MessageId) -> Result<Vec<Notice>, StoreError>;
    /// Whether the account is told anything about this room in one of `kinds`.
    fn has_notices(
        &self,
        user: &UserId,
        room: RoomId,
        kinds: &[NoticeKind],
    ) -> Result<bool, StoreError>;
    /// The number of the newest notice; 0: there is none.
    fn newest_notice(&self) -> Result<i64, StoreError>;
    fn find_reminder(
        &self,
        user: &UserId,
        room: RoomId,
        message: MessageId,
    ) -> Result<Option<Reminder>, StoreError>;
    /// The account's next reminders, soonest first.
    fn reminders_of(&self, user: &UserId, limit: u32) -> Result<Vec<Reminder>, StoreError>;
    /// Reminders due at `now`, soonest first.
    fn due_reminders(&self, now: i64, limit: u32) -> Result<Vec<Reminder>, StoreError>;
}

/// Writing notices and reminders.
pub trait NoticesWrite {
    /// Stores it with the next number; nothing happens if the account is gone.
    fn insert_notice(&self, notice: &Notice) -> Result<(), StoreError>;
    /// Takes away what this account, or with `None` any, is told about a room in one of `kinds`.
    fn delete_notices(
        &self,
        room: RoomId,
        user: Option<&UserId>,
        kinds: &[NoticeKind],
    ) -> Result<(), StoreError>;
    /// Takes away what anybody is told about a message.
    fn delete_notices_about(&self, room: RoomId, message: MessageId) -> Result<(), StoreError>;
    /// Takes away one of the account's.
    fn delete_notice(&self, user: &UserId, id: i64) -> Result<(), StoreError>;
    /// Takes away what an account is told of one reaction to its message.
    fn delete_reaction_notice(
        &self,
        message: &Message,
        reactor: &Actor,
        emoji: &str,
    ) -> Result<(), StoreError>;
    /// Takes away all of the account's.
    fn delete_all_notices(&self, user: &UserId) -> Result<(), StoreError>;
    /// Of each account that was told one of the next `batch` notices after `after`, keeps only the
    /// newest; the last notice looked at, `after` if there was none.
    fn keep_newest_notices(&self, after: i64, batch: u32, newest: u32) -> Result<i64, StoreError>;
    /// Sets or moves it.
    fn set_reminder(&self, reminder: &Reminder) -> Result<(), StoreError>;
    fn delete_reminder(
        &self,
        user: &UserId,
        room: RoomId,
        message: MessageId,
    ) -> Result<(), StoreError>;
    /// All that anybody wants to be reminded of in a room.
    fn delete_reminders(&self, room: RoomId) -> Result<(), StoreError>;
}

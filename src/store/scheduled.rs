//! Messages to be sent later: the store's contract.

use std::collections::HashMap;

use super::StoreError;
use crate::model::{AttendeeId, MessageId, RoomId, UserId};

/// A message to be sent later.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scheduled {
    /// Never reused; 0 before the store numbers it.
    pub id: i64,
    pub room: RoomId,
    pub attendee: AttendeeId,
    pub text: String,
    /// 0: not a reply.
    pub reply_to: MessageId,
    /// 0: none.
    pub thread: MessageId,
    /// Of the thread that it begins; empty: none.
    pub thread_title: String,
    pub silent: bool,
    /// Unix seconds.
    pub created_at: i64,
    /// Unix seconds.
    pub send_at: i64,
}

/// Reading scheduled messages.
pub trait ScheduledRead {
    fn find_scheduled(&self, id: i64) -> Result<Option<Scheduled>, StoreError>;
    /// A member's, soonest first.
    fn scheduled_of(&self, attendee: AttendeeId) -> Result<Vec<Scheduled>, StoreError>;
    fn count_scheduled(&self, attendee: AttendeeId) -> Result<i64, StoreError>;
    /// How many an account has in which conversation; those without any are left out.
    fn scheduled_counts(&self, user: &UserId) -> Result<HashMap<RoomId, i64>, StoreError>;
    /// Those to be tried at `now`, in the order in which they are to be sent.
    fn due_scheduled(&self, now: i64, limit: u32) -> Result<Vec<Scheduled>, StoreError>;
    /// When the next one is to be tried, unix seconds.
    fn next_scheduled(&self) -> Result<Option<i64>, StoreError>;
}

/// Writing scheduled messages.
pub trait ScheduledWrite {
    /// Its number.
    fn insert_scheduled(&self, scheduled: &Scheduled) -> Result<i64, StoreError>;
    /// Everything but number, room, author and the moment it was made.
    fn update_scheduled(&self, scheduled: &Scheduled) -> Result<(), StoreError>;
    /// To be tried again at `at`; the moment it was to be sent stays.
    fn postpone_scheduled(&self, id: i64, at: i64) -> Result<(), StoreError>;
    fn delete_scheduled(&self, id: i64) -> Result<(), StoreError>;
}

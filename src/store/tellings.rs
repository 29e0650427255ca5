//! What is still to be told to the rest of a crowd: the store's contract.

use super::StoreError;
use crate::model::{Actor, Attendee, AttendeeId, MessageId, Notice, NoticeKind, RoomId, UserId};

/// One thing that the accounts of a room are being told, one batch after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    pub id: i64,
    pub room: RoomId,
    /// 0: it is about the room.
    pub message: MessageId,
    pub kind: NoticeKind,
    /// Who did it.
    pub actor: Actor,
    /// Accounts that are not told.
    pub except: Vec<String>,
    /// The account that was looked at last.
    pub after: String,
    /// Who joined after this one need not know.
    pub up_to: AttendeeId,
    /// Unix seconds.
    pub at: i64,
}

/// Reading what is left to tell.
pub trait TellingsRead {
    /// The oldest one.
    fn next_telling(&self) -> Result<Option<Telling>, StoreError>;
    /// Accounts of a room in the order of their ids, at most `limit` after the one called `after`.
    fn accounts_after(
        &self,
        room: RoomId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Attendee>, StoreError>;
    /// What an account is told of a message, oldest first.
    fn told_of(
        &self,
        user: &UserId,
        room: RoomId,
        message: MessageId,
    ) -> Result<Vec<Notice>, StoreError>;
    /// The newest member of any room.
    fn newest_attendee(&self) -> Result<AttendeeId, StoreError>;
}

/// Writing what is left to tell.
pub trait TellingsWrite {
    /// Stores it with the next number.
    fn insert_telling(&self, telling: &Telling) -> Result<(), StoreError>;
    /// Everybody up to `after` has been told.
    fn move_telling(&self, id: i64, after: &str) -> Result<(), StoreError>;
    /// Nobody is left, or nobody needs to be told.
    fn delete_telling(&self, id: i64) -> Result<(), StoreError>;
    /// Nobody of a room needs to be told of this kind of thing any more.
    fn delete_tellings(&self, room: RoomId, kind: NoticeKind) -> Result<(), StoreError>;
}

//! Pinned messages: the store's contract.

use super::StoreError;
use crate::model::{Actor, AttendeeId, MessageId, RoomId};

/// That a message is pinned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pin {
    pub room: RoomId,
    pub message: MessageId,
    pub by: Actor,
    /// Unix seconds.
    pub at: i64,
    /// Unix seconds; `None`: for ever.
    pub until: Option<i64>,
}

/// Reading pins.
pub trait PinsRead {
    fn find_pin(&self, room: RoomId, message: MessageId) -> Result<Option<Pin>, StoreError>;
    /// Most recently pinned first; those pinned before the message `before` was, or with 0 all.
    fn pins(&self, room: RoomId, before: MessageId, limit: u32) -> Result<Vec<Pin>, StoreError>;
    /// Pins whose time is over at `now`.
    fn due_pins(&self, now: i64, limit: u32) -> Result<Vec<Pin>, StoreError>;
}

/// Writing pins. A room knows the newest of its own.
pub trait PinsWrite {
    /// Errors: `Taken` if the message is pinned.
    fn insert_pin(&self, pin: &Pin) -> Result<(), StoreError>;
    fn delete_pin(&self, room: RoomId, message: MessageId) -> Result<(), StoreError>;
    /// All of a room, and what its members have hidden.
    fn delete_pins(&self, room: RoomId) -> Result<(), StoreError>;
    /// The member has closed the banner of this message, and of no other.
    fn hide_pin(&self, attendee: AttendeeId, message: MessageId) -> Result<(), StoreError>;
    /// Whoever had closed the banner of this message sees it again.
    fn unhide_pin(&self, room: RoomId, message: MessageId) -> Result<(), StoreError>;
}

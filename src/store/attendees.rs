//! Memberships: the store's contract.

use super::StoreError;
use crate::model::{Actor, Attendee, AttendeeId, Marks, MessageId, Role, RoomId, UserId};

/// What a new membership begins with.
#[derive(Debug, Clone)]
pub struct NewAttendee {
    pub room: RoomId,
    pub actor: Actor,
    pub role: Role,
    pub display_name: String,
    pub read_private: bool,
    pub favorite: bool,
    pub last_read: MessageId,
}

/// How many members of which kind a conversation has; groups and teams do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RoomCounts {
    /// Owners, moderators and users.
    pub users: i64,
    /// Owners and moderators.
    pub moderators: i64,
}

/// Reading memberships.
pub trait AttendeesRead {
    fn find_attendee(&self, room: RoomId, actor: &Actor) -> Result<Option<Attendee>, StoreError>;
    fn find_attendee_by_id(&self, id: AttendeeId) -> Result<Option<Attendee>, StoreError>;
    fn marks(&self, id: AttendeeId) -> Result<Marks, StoreError>;
    /// All members, by attendee id, that is in the order of joining.
    fn attendees(&self, room: RoomId) -> Result<Vec<Attendee>, StoreError>;
    /// Every membership of an account with its markers.
    fn attendees_of(&self, user: &UserId) -> Result<Vec<(Attendee, Marks)>, StoreError>;
    /// Members who joined a call here at `since` or later, by attendee id.
    fn joined_call_since(&self, room: RoomId, since: i64) -> Result<Vec<Attendee>, StoreError>;
    /// Accounts that chose to be told of every message here.
    fn told_of_all(&self, room: RoomId) -> Result<Vec<Attendee>, StoreError>;
    /// How many guests there are, those who were invited by e-mail left out.
    fn guests(&self, room: RoomId) -> Result<i64, StoreError>;
    fn counts(&self, room: RoomId) -> Result<RoomCounts, StoreError>;
    /// The lowest marker of the accounts with public read privacy; 0 without any.
    fn common_read(&self, room: RoomId) -> Result<MessageId, StoreError>;
    /// The markers that count for the common one.
    fn public_markers(&self, room: RoomId) -> Result<Vec<(AttendeeId, MessageId)>, StoreError>;
}

/// Writing memberships.
pub trait AttendeesWrite {
    /// Errors: `Taken` if the actor belongs already.
    fn insert_attendee(&self, attendee: &NewAttendee) -> Result<AttendeeId, StoreError>;
    /// With its sessions.
    fn delete_attendee(&self, id: AttendeeId) -> Result<(), StoreError>;
    /// Everything of `attendee` but id, room, actor and markers.
    fn update_attendee(&self, attendee: &Attendee) -> Result<(), StoreError>;
    fn reset_permissions(&self, room: RoomId) -> Result<(), StoreError>;
    /// Sets the read marker, forward or backward.
    fn set_last_read(&self, id: AttendeeId, to: MessageId) -> Result<(), StoreError>;
    /// Moves the read marker forward; a lower one stays.
    fn raise_last_read(&self, id: AttendeeId, to: MessageId) -> Result<(), StoreError>;
    /// All members of a room have read nothing and were never mentioned.
    fn forget_markers(&self, room: RoomId) -> Result<(), StoreError>;
    fn raise_last_mention(&self, id: AttendeeId, to: MessageId) -> Result<(), StoreError>;
    fn raise_last_direct_mention(&self, id: AttendeeId, to: MessageId) -> Result<(), StoreError>;
    fn touch_attendee(&self, id: AttendeeId, now: i64) -> Result<(), StoreError>;
}

//! Open rooms in browsers: the store's contract.

use super::StoreError;
use crate::model::{AttendeeId, CallFlags, CookieKey, RoomId, Session, SessionId, UserId};

/// What a new session begins with.
#[derive(Debug, Clone)]
pub struct NewSession {
    pub room: RoomId,
    pub attendee: AttendeeId,
    pub id: SessionId,
    pub cookie: CookieKey,
    pub last_ping_at: i64,
}

/// Reading sessions.
pub trait SessionsRead {
    /// The session of this browser in this room.
    fn find_session(&self, room: RoomId, cookie: CookieKey) -> Result<Option<Session>, StoreError>;
    /// All sessions of a room, oldest first.
    fn sessions(&self, room: RoomId) -> Result<Vec<Session>, StoreError>;
    fn sessions_of(&self, attendee: AttendeeId) -> Result<Vec<Session>, StoreError>;
    fn find_session_by_id(&self, id: &SessionId) -> Result<Option<Session>, StoreError>;
    /// The sessions of a room that are in its call, oldest first.
    fn sessions_in_call(&self, room: RoomId) -> Result<Vec<Session>, StoreError>;
    /// Whether the account is in a call anywhere.
    fn is_in_call(&self, user: &UserId) -> Result<bool, StoreError>;
    /// Sessions of any room without a ping after `since`, the most silent first.
    fn silent_sessions(&self, since: i64, limit: u32) -> Result<Vec<Session>, StoreError>;
    /// The sessions of one browser in all rooms.
    fn sessions_of_cookie(&self, cookie: CookieKey) -> Result<Vec<Session>, StoreError>;
}

/// Writing sessions.
pub trait SessionsWrite {
    fn insert_session(&self, session: &NewSession) -> Result<(), StoreError>;
    fn set_session_active(&self, row: i64, active: bool) -> Result<(), StoreError>;
    fn set_session_in_call(&self, row: i64, flags: CallFlags) -> Result<(), StoreError>;
    fn delete_session(&self, row: i64) -> Result<(), StoreError>;
    /// Moves the ping forward; a later one stays.
    fn raise_ping(&self, row: i64, at: i64) -> Result<(), StoreError>;
}

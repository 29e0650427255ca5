//! "This browser has this room open now."

use super::ids::{AttendeeId, CookieKey, RoomId, SessionId};

/// One open room in one browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The row's number, for the batched pings.
    pub row: i64,
    pub room: RoomId,
    pub attendee: AttendeeId,
    pub id: SessionId,
    pub cookie: CookieKey,
    /// Unix seconds.
    pub last_ping_at: i64,
    /// 1: the window has the focus, so notifications are suppressed.
    pub active: bool,
}

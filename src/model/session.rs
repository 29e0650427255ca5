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
    /// What this browser does in the call.
    pub in_call: CallFlags,
}

/// What somebody does in a call, as a mask. Source: conversations.md 1.3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallFlags(pub i64);

impl CallFlags {
    /// Not in it.
    pub const NONE: Self = Self(0);
    /// In it.
    pub const IN_CALL: Self = Self(1);
    pub const AUDIO: Self = Self(2);
    pub const VIDEO: Self = Self(4);
    /// By telephone.
    pub const PHONE: Self = Self(8);

    /// Whether somebody with these flags is in the call.
    pub fn is_in_call(self) -> bool {
        self != Self::NONE
    }

    /// Both together.
    pub fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These without the others.
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

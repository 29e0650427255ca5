//! What a transaction did, as far as memory and waiters must know. Delivered in one place,
//! `memory`, after the commit.

use std::sync::Arc;

use crate::model::{AppPasswordId, AttendeeId, CookieKey, MessageId, RoomId, UserId, UserNumber};

use super::policy::Policy;
use super::resolved::Resolved;

/// One thing that happened.
#[derive(Debug)]
pub enum Event {
    /// A new row stands in a room.
    Posted { room: RoomId, row: Arc<Resolved> },
    /// An older row of a room shows something else now (deleted, a guest renamed).
    RowsChanged { room: RoomId },
    /// A marker moved to a new place by an explicit act or by posting.
    MarkerSet {
        room: RoomId,
        attendee: AttendeeId,
        to: MessageId,
    },
    /// This marker counts for the common one from now on (joined, or became public).
    MarkerCounts {
        room: RoomId,
        attendee: AttendeeId,
        marker: MessageId,
    },
    /// This marker counts no more (left, or became private).
    MarkerGone { room: RoomId, attendee: AttendeeId },
    /// Nobody has read anything any more: the history was cleared.
    MarkersReset { room: RoomId },
    /// What somebody may do in a room changed, or they left it.
    SeatChanged { room: RoomId, who: Who },
    /// Something about the room changed that concerns everybody in it.
    RoomChanged { room: RoomId },
    /// Who has the room open, or what they do in its call, changed.
    PeopleChanged { room: RoomId },
    /// An account is told something.
    Noticed { user: UserId },
    /// Not all of a crowd have been told yet.
    LeftToTell,
    /// A message is to be sent at some other time than was known.
    ScheduleChanged,
    /// The room is gone.
    RoomGone { room: RoomId },
    /// An account changed: name, rights, password, or it is gone.
    AccountChanged { user: UserId },
    /// Others see another picture of an account.
    PortraitChanged { user: UserId },
    /// An app password changed, or is gone.
    AppPasswordChanged { id: AppPasswordId },
    /// A browser's web session is over.
    CookieEnded { cookie: CookieKey },
    /// What logins of this account may rest on is over: its password, an app password, a session, or the account.
    LoginEnded { user: UserNumber },
    /// What administrators decide for the whole server changed.
    PolicyChanged(Arc<Policy>),
    /// Something waits to be told to bots.
    BotsTold,
    /// A name that rows of any room may show changed (a group's), or a group is gone.
    NamesChanged,
}

/// How a caller is known in a room.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Who {
    Account(UserId),
    /// A guest, by the session of this browser.
    Browser(CookieKey),
}

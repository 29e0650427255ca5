//! A conversation: what is settled about it, and its pulse, which beats with every message.

use super::attendee::Permissions;
use super::avatar::Avatar;
use super::ids::{MessageId, RoomId, Token};
use super::session::CallFlags;

/// What kind of conversation. Source: conversations.md 1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RoomKind {
    OneToOne,
    Group,
    Public,
    Changelog,
    FormerOneToOne,
    NoteToSelf,
}

impl RoomKind {
    /// The number that clients and the database know.
    pub fn wire(self) -> i64 {
        match self {
            Self::OneToOne => 1,
            Self::Group => 2,
            Self::Public => 3,
            Self::Changelog => 4,
            Self::FormerOneToOne => 5,
            Self::NoteToSelf => 6,
        }
    }

    /// The kind with this number.
    pub fn from_wire(number: i64) -> Option<Self> {
        [
            Self::OneToOne,
            Self::Group,
            Self::Public,
            Self::Changelog,
            Self::FormerOneToOne,
            Self::NoteToSelf,
        ]
        .into_iter()
        .find(|kind| kind.wire() == number)
    }

    /// One-to-one, also a former one.
    pub fn is_one_to_one(self) -> bool {
        matches!(self, Self::OneToOne | Self::FormerOneToOne)
    }

    /// Group or public: the kinds that people manage.
    pub fn is_managed(self) -> bool {
        matches!(self, Self::Group | Self::Public)
    }
}

/// Who may find and join without an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Listable {
    Nobody,
    Users,
    Everyone,
}

impl Listable {
    /// The number that clients and the database know.
    pub fn wire(self) -> i64 {
        match self {
            Self::Nobody => 0,
            Self::Users => 1,
            Self::Everyone => 2,
        }
    }

    /// The scope with this number.
    pub fn from_wire(number: i64) -> Option<Self> {
        [Self::Nobody, Self::Users, Self::Everyone]
            .into_iter()
            .find(|scope| scope.wire() == number)
    }
}

/// A conversation, without its pulse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub id: RoomId,
    pub token: Token,
    pub kind: RoomKind,
    /// For one-to-ones the JSON list of the two sorted account names.
    pub name: String,
    pub description: String,
    /// PHC string; empty: none. Kept, but unused, when a public room becomes private.
    pub password_hash: String,
    pub read_only: bool,
    pub listable: Listable,
    /// Non-moderators wait outside.
    pub lobby: bool,
    /// Unix seconds at which the lobby opens by itself.
    pub lobby_timer: Option<i64>,
    /// Seconds that a message lives; 0: for ever.
    pub message_expiration_secs: i64,
    /// Only moderators may mention everybody.
    pub mentions_by_moderators_only: bool,
    pub default_permissions: Permissions,
    pub object_type: String,
    pub object_id: String,
    pub avatar: Avatar,
    /// Unix seconds since which a call runs.
    pub call_since: Option<i64>,
    /// Every flag that anybody had in the running call.
    pub call_flags: CallFlags,
    /// Rooms without threads need not look for any.
    pub has_threads: bool,
    /// The newest of the pinned messages; 0: none.
    pub last_pin: MessageId,
}

#[cfg(test)]
impl Room {
    /// A room of this kind and name in which nothing is set.
    pub fn sample(kind: RoomKind, name: &str) -> Self {
        Self {
            id: RoomId(1),
            token: Token::random(),
            kind,
            name: name.to_owned(),
            description: String::new(),
            password_hash: String::new(),
            read_only: false,
            listable: Listable::Nobody,
            lobby: false,
            lobby_timer: None,
            message_expiration_secs: 0,
            mentions_by_moderators_only: false,
            default_permissions: Permissions::DEFAULT,
            object_type: String::new(),
            object_id: String::new(),
            avatar: Avatar::Default,
            call_since: None,
            call_flags: CallFlags::NONE,
            has_threads: false,
            last_pin: MessageId::NONE,
        }
    }
}

impl Room {
    /// Whether nobody writes here: locked, or the changelog.
    pub fn refuses_writing(&self) -> bool {
        self.read_only || self.kind == RoomKind::Changelog
    }
}

/// What moves with every message of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulse {
    /// Unix seconds.
    pub last_activity_at: i64,
    /// 0: there is none.
    pub last_message: MessageId,
}

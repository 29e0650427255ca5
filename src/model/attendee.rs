//! A membership: "this actor belongs to this room", with role, rights and read markers.

use super::actor::{Actor, ActorKind};
use super::ids::{AttendeeId, MessageId, RoomId};

/// What a member may do here by position. Source: conversations.md 1.3 (participantType).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Owner,
    Moderator,
    User,
    Guest,
    /// An account that followed a public link; leaves with its last session.
    SelfJoined,
    GuestModerator,
}

impl Role {
    /// The number that clients and the database know.
    pub fn wire(self) -> i64 {
        match self {
            Self::Owner => 1,
            Self::Moderator => 2,
            Self::User => 3,
            Self::Guest => 4,
            Self::SelfJoined => 5,
            Self::GuestModerator => 6,
        }
    }

    /// The role with this number.
    pub fn from_wire(number: i64) -> Option<Self> {
        [
            Self::Owner,
            Self::Moderator,
            Self::User,
            Self::Guest,
            Self::SelfJoined,
            Self::GuestModerator,
        ]
        .into_iter()
        .find(|role| role.wire() == number)
    }

    /// Moderator of any kind, guest moderators included.
    pub fn moderates(self) -> bool {
        matches!(self, Self::Owner | Self::Moderator | Self::GuestModerator)
    }

    /// Owner or moderator with an account.
    pub fn is_real_moderator(self) -> bool {
        matches!(self, Self::Owner | Self::Moderator)
    }
}

/// A permission mask; 0 on a level means "look at the next level". Source: conversations.md 1.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Permissions(pub i64);

impl Permissions {
    /// Nothing set on this level.
    pub const DEFAULT: Self = Self(0);
    /// Marks a level as set, so that "no rights" (1) is not "default" (0).
    pub const CUSTOM: Self = Self(1);
    /// Start a call.
    pub const CALL_START: Self = Self(2);
    /// Join a call.
    pub const CALL_JOIN: Self = Self(4);
    /// Not stopped by the lobby.
    pub const LOBBY_IGNORE: Self = Self(8);
    pub const PUBLISH_AUDIO: Self = Self(16);
    pub const PUBLISH_VIDEO: Self = Self(32);
    pub const PUBLISH_SCREEN: Self = Self(64);
    /// Post, share, react, vote, be suggested mentions.
    pub const CHAT: Self = Self(128);
    /// All but CUSTOM: what moderators always have.
    pub const MAX_DEFAULT: Self = Self(254);
    /// All bits.
    pub const MAX_CUSTOM: Self = Self(255);
    /// What ordinary members have when no level says otherwise.
    pub const SERVER_DEFAULT: Self = Self(246);

    /// Whether every bit of `wanted` is here.
    pub fn allows(self, wanted: Self) -> bool {
        self.0 & wanted.0 == wanted.0
    }

    /// A mask sent by a client: 0..=255, a non-zero one marked as custom.
    pub fn from_wire(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::DEFAULT),
            1..=255 => Some(Self(number | Self::CUSTOM.0)),
            _ => None,
        }
    }
}

/// When a member is told about messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotificationLevel {
    Default,
    Always,
    Mention,
    Never,
}

impl NotificationLevel {
    /// The number that clients and the database know.
    pub fn wire(self) -> i64 {
        match self {
            Self::Default => 0,
            Self::Always => 1,
            Self::Mention => 2,
            Self::Never => 3,
        }
    }

    /// The level with this number.
    pub fn from_wire(number: i64) -> Option<Self> {
        [Self::Default, Self::Always, Self::Mention, Self::Never]
            .into_iter()
            .find(|level| level.wire() == number)
    }
}

/// One membership, without the markers that move with every message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attendee {
    pub id: AttendeeId,
    pub room: RoomId,
    pub actor: Actor,
    pub role: Role,
    /// The account's or group's name as last known here; chosen by a guest, possibly empty.
    pub display_name: String,
    /// This level's own mask, raw.
    pub permissions: Permissions,
    pub favorite: bool,
    pub archived: bool,
    pub important: bool,
    pub sensitive: bool,
    pub notification_level: NotificationLevel,
    pub notify_calls: bool,
    /// The reader keeps private how far they read.
    pub read_private: bool,
    /// The address of an e-mail guest, else empty.
    pub invited_address: String,
    /// Unix seconds of the last change of a personal flag; only for `modifiedSince`.
    pub activity_at: i64,
    /// Unix seconds; 0: never.
    pub last_joined_call_at: i64,
    /// What the link of an e-mail guest proves; empty for all others.
    pub access_token: String,
    /// The pinned message whose banner this member has closed; 0: none.
    pub hidden_pin: MessageId,
}

impl Attendee {
    /// Whether this marker counts for what everybody has read.
    pub fn counts_for_common_read(&self) -> bool {
        self.actor.kind == ActorKind::Users && !self.read_private
    }

    /// Whether this is a person without account.
    pub fn is_guest(&self) -> bool {
        matches!(self.actor.kind, ActorKind::Guests | ActorKind::Emails)
    }

    /// Whether this stands for many people.
    pub fn is_collective(&self) -> bool {
        matches!(self.actor.kind, ActorKind::Groups | ActorKind::Circles)
    }
}

/// How far a member has read, and where they were mentioned last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    pub last_read: MessageId,
    /// 0: never mentioned.
    pub last_mention: MessageId,
    /// Mentioned by name or replied to. 0: never.
    pub last_direct_mention: MessageId,
}

impl Marks {
    /// A new member has read everything up to `last_read`.
    pub fn starting_at(last_read: MessageId) -> Self {
        Self {
            last_read,
            last_mention: MessageId::NONE,
            last_direct_mention: MessageId::NONE,
        }
    }
}

//! Who may not enter a conversation.

use super::actor::Actor;
use super::ids::RoomId;

/// Of what kind a banned id is. Source: conversations.md 4.12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BannedKind {
    Users,
    Guests,
    Emails,
    /// An address or a network.
    Ip,
}

impl BannedKind {
    /// The word that clients and the database know.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Guests => "guests",
            Self::Emails => "emails",
            Self::Ip => "ip",
        }
    }

    /// The kind named by `word`.
    pub fn from_wire(word: &str) -> Option<Self> {
        [Self::Users, Self::Guests, Self::Emails, Self::Ip]
            .into_iter()
            .find(|kind| kind.wire() == word)
    }
}

/// Who is banned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BanTarget {
    pub kind: BannedKind,
    pub id: String,
}

/// One ban.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ban {
    /// 0 before it is stored.
    pub id: i64,
    pub room: RoomId,
    pub moderator: Actor,
    pub moderator_name: String,
    pub banned: BanTarget,
    pub banned_name: String,
    /// Unix seconds.
    pub banned_at: i64,
    /// For moderators.
    pub note: String,
}

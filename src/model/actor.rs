//! Who did something, or is a member: a kind and an id within that kind.

use super::ids::UserId;

/// The kinds of actors. Source: conversations.md 1.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ActorKind {
    Users,
    Guests,
    Emails,
    Groups,
    Circles,
    Bots,
    Bridged,
    FederatedUsers,
    Phones,
}

impl ActorKind {
    const ALL: [Self; 9] = [
        Self::Users,
        Self::Guests,
        Self::Emails,
        Self::Groups,
        Self::Circles,
        Self::Bots,
        Self::Bridged,
        Self::FederatedUsers,
        Self::Phones,
    ];

    /// The word that clients and the database know.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Guests => "guests",
            Self::Emails => "emails",
            Self::Groups => "groups",
            Self::Circles => "circles",
            Self::Bots => "bots",
            Self::Bridged => "bridged",
            Self::FederatedUsers => "federated_users",
            Self::Phones => "phones",
        }
    }

    /// The kind named by `word`.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.wire() == word)
    }
}

/// One actor.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor {
    pub kind: ActorKind,
    pub id: String,
}

impl Actor {
    /// The account `id`.
    pub fn user(id: &UserId) -> Self {
        Self {
            kind: ActorKind::Users,
            id: id.0.clone(),
        }
    }

    /// The guest with this 40 digit hex id.
    pub fn guest(id: impl Into<String>) -> Self {
        Self {
            kind: ActorKind::Guests,
            id: id.into(),
        }
    }

    /// The e-mail guest with this 64 digit hex id.
    pub fn email(id: impl Into<String>) -> Self {
        Self {
            kind: ActorKind::Emails,
            id: id.into(),
        }
    }

    /// The members of this group, as one attendee.
    pub fn group(id: impl Into<String>) -> Self {
        Self {
            kind: ActorKind::Groups,
            id: id.into(),
        }
    }

    /// The server itself, as the author of automatic messages.
    pub fn system() -> Self {
        Self::guest("system")
    }

    /// The command line, as the author of an administrator's acts.
    pub fn command_line() -> Self {
        Self::guest("cli")
    }

    /// Whether this is the account `id`.
    pub fn is_user(&self, id: &UserId) -> bool {
        self.kind == ActorKind::Users && self.id == id.0
    }

    /// The account's name, if this is one.
    pub fn as_user(&self) -> Option<UserId> {
        (self.kind == ActorKind::Users).then(|| UserId(self.id.clone()))
    }
}

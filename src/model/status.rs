//! What an account says of its own whereabouts, and what its clients report of them.

use super::ids::UserId;

/// Whether somebody can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Availability {
    Online,
    Away,
    /// Not to be disturbed.
    Dnd,
    Busy,
    /// There, and shown to others as if not.
    Invisible,
    Offline,
}

impl Availability {
    const ALL: [Self; 6] = [
        Self::Online,
        Self::Away,
        Self::Dnd,
        Self::Busy,
        Self::Invisible,
        Self::Offline,
    ];

    /// The word that clients know.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Away => "away",
            Self::Dnd => "dnd",
            Self::Busy => "busy",
            Self::Invisible => "invisible",
            Self::Offline => "offline",
        }
    }

    /// The one with this word.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.wire() == word)
    }

    /// Whether a client may report it.
    pub fn is_reported(self) -> bool {
        matches!(self, Self::Online | Self::Away)
    }

    /// What others see.
    pub fn for_others(self) -> Self {
        match self {
            Self::Invisible => Self::Offline,
            other => other,
        }
    }
}

/// What is kept of an account's whereabouts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserStatus {
    pub user: UserId,
    pub availability: Availability,
    /// They chose it; else a client reported it.
    pub chosen: bool,
    /// Unix seconds of a client's report; 0: never. Not of each report: see `chat::user_status`.
    pub reported_at: i64,
    pub icon: Option<String>,
    pub message: Option<String>,
    /// One of the server's own messages, in place of `icon` and `message`.
    pub predefined: Option<String>,
    /// Unix seconds; when the message goes.
    pub clear_at: Option<i64>,
    pub changed_at: i64,
}

impl UserStatus {
    /// Nothing said, nothing reported.
    pub fn unknown(user: &UserId) -> Self {
        Self {
            user: user.clone(),
            availability: Availability::Offline,
            chosen: false,
            reported_at: 0,
            icon: None,
            message: None,
            predefined: None,
            clear_at: None,
            changed_at: 0,
        }
    }

    /// Forgets the message and what belongs to it.
    pub fn clear_message(&mut self) {
        self.icon = None;
        self.message = None;
        self.predefined = None;
        self.clear_at = None;
    }
}

//! The kinds in which clients list what was shared.

/// One kind of shared items. Source: chat-extras.md 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SharedKind {
    Audio,
    DeckCard,
    File,
    Location,
    Media,
    Other,
    Poll,
    Recording,
    Voice,
}

impl SharedKind {
    /// All, in the order of the overview.
    pub const ALL: [Self; 9] = [
        Self::Audio,
        Self::DeckCard,
        Self::File,
        Self::Location,
        Self::Media,
        Self::Other,
        Self::Poll,
        Self::Recording,
        Self::Voice,
    ];

    /// The word that clients know.
    pub fn wire(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::DeckCard => "deckcard",
            Self::File => "file",
            Self::Location => "location",
            Self::Media => "media",
            Self::Other => "other",
            Self::Poll => "poll",
            Self::Recording => "recording",
            Self::Voice => "voice",
        }
    }

    /// The kind named by `word`.
    pub fn from_wire(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.wire() == word)
    }
}

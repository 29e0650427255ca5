//! Finding texts: what is looked for, and the store's contract. The index says where to look; what is
//! returned as found was compared with the row.

use super::StoreError;
use crate::model::{Message, MessageId, RoomId};

/// Characters of which the index knows whether they stand in a row somewhere.
const INDEXED_CHARS: usize = 3;

/// Characters that are looked for, whatever their case; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needle(String);

impl Needle {
    /// `None` for an empty text.
    pub fn of(text: &str) -> Option<Self> {
        (!text.is_empty()).then(|| Self(folded(text)))
    }

    /// Whether it is long enough for the index.
    pub fn is_indexed(&self) -> bool {
        self.0.chars().nth(INDEXED_CHARS - 1).is_some()
    }

    pub fn is_in(&self, text: &str) -> bool {
        folded(text).contains(&self.0)
    }

    /// Before how many characters of `text` it begins.
    pub fn position_in(&self, text: &str) -> Option<usize> {
        let folded = folded(text);
        let at = folded.find(&self.0)?;
        Some(folded[..at].chars().count())
    }

    /// In the characters of the index.
    pub fn folded(&self) -> &str {
        &self.0
    }
}

/// Each character in lower case; as many characters as before. Diacritics stay.
pub fn folded(text: &str) -> String {
    if text.is_ascii() && !text.contains('\0') {
        return text.to_ascii_lowercase();
    }
    let lower = |letter: char| match letter {
        // The index reads no further than to a NUL.
        '\0' => '\u{1}',
        // Of the only letter that becomes two, İ, the second is a mere dot.
        _ => letter.to_lowercase().next().unwrap_or(letter),
    };
    text.chars().map(lower).collect()
}

/// What to ask the index for, in its language: made by the store for one needle, and good for one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup(pub(in crate::store) String);

/// How many rows may be looked at, and how much text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    pub rows: u32,
    pub bytes: usize,
}

impl Budget {
    pub fn is_spent(&self) -> bool {
        self.rows == 0 || self.bytes == 0
    }

    /// One row with this text was looked at.
    pub fn spend(&mut self, text: &str) {
        self.rows = self.rows.saturating_sub(1);
        self.bytes = self.bytes.saturating_sub(text.len());
    }
}

/// What a scan came to.
#[derive(Debug)]
pub struct Scanned {
    /// Newest first.
    pub found: Vec<Message>,
    /// The oldest row that was looked at; `None` if there is none older that was not.
    pub down_to: Option<MessageId>,
}

/// Looking for texts and shared objects.
pub trait SearchRead {
    /// The index has everything up to this message; of newer ones it knows nothing.
    fn indexed_up_to(&self) -> Result<MessageId, StoreError>;
    /// Messages that changed since they were indexed, at most `limit`.
    fn stale_messages(&self, limit: u32) -> Result<Vec<(RoomId, MessageId)>, StoreError>;
    /// What of `needle` tells most, in `room` or with `None` anywhere; it must be long enough for the index.
    fn lookup(&self, needle: &Needle, room: Option<RoomId>) -> Result<Lookup, StoreError>;
    /// Where the index says to look, newest first: messages of `room` below `before`, at most `limit`.
    fn indexed_in(
        &self,
        lookup: &Lookup,
        room: RoomId,
        before: MessageId,
        limit: u32,
    ) -> Result<Vec<MessageId>, StoreError>;
    /// The same for all rooms; by room, newest first in each.
    fn indexed_anywhere(
        &self,
        lookup: &Lookup,
        limit: u32,
    ) -> Result<Vec<(RoomId, MessageId)>, StoreError>;
    /// The message, if the needle stands in its stored text.
    fn message_with(
        &self,
        needle: &Needle,
        room: RoomId,
        id: MessageId,
        budget: &mut Budget,
    ) -> Result<Option<Message>, StoreError>;
    /// Looks at the newest `limit` messages above `after` and below `before`, or as many as the budget allows.
    fn scan_texts(
        &self,
        needle: &Needle,
        room: RoomId,
        after: MessageId,
        before: MessageId,
        limit: u32,
        budget: &mut Budget,
    ) -> Result<Scanned, StoreError>;
}

/// Keeping the index.
pub trait SearchWrite {
    /// Takes about `limit` messages into the index or out of it; whether there are more.
    fn index_texts(&self, limit: u32) -> Result<bool, StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_count_but_diacritics_do() {
        for (needle, text, position) in [
            ("äÖ", "xÄö", Some(1)),
            ("привет", "Ну, ПРИВЕТ!", Some(4)),
            ("i", "İ", Some(0)),
            ("ı", "I", None),
            ("istanbul", "İSTANBUL", Some(0)),
            ("a", "ä", None),
            ("ß", "SS", None),
            ("100%", "1000", None),
            ("_", "a", None),
            ("a\0b", "A\0B", Some(0)),
            ("👩‍💻", "the 👩‍💻", Some(4)),
        ] {
            let needle = Needle::of(needle).unwrap();
            assert_eq!(needle.position_in(text), position, "{needle:?} in {text}");
            assert_eq!(needle.is_in(text), position.is_some());
        }
        assert_eq!(Needle::of(""), None);
    }

    #[test]
    fn three_characters_are_enough_for_the_index_however_many_bytes_they_have() {
        for (text, indexed) in [
            ("ab", false),
            ("äö", false),
            ("abc", true),
            ("日本語", true),
        ] {
            assert_eq!(Needle::of(text).unwrap().is_indexed(), indexed, "{text}");
        }
    }
}

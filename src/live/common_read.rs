//! What everybody in a room has read: an ordered multiset of markers, O(log n) for each move.

use std::collections::{BTreeMap, HashMap};

use crate::model::{AttendeeId, MessageId};

/// The markers that count, and the lowest of them.
#[derive(Debug, Default)]
pub struct CommonRead {
    marker_of: HashMap<AttendeeId, MessageId>,
    count_at: BTreeMap<MessageId, usize>,
}

impl CommonRead {
    /// From the markers in the store.
    pub fn from_markers(markers: impl IntoIterator<Item = (AttendeeId, MessageId)>) -> Self {
        let mut all = Self::default();
        for (attendee, marker) in markers {
            all.set(attendee, marker);
        }
        all
    }

    /// The lowest marker; 0 if nobody counts.
    pub fn lowest(&self) -> MessageId {
        self.count_at
            .keys()
            .next()
            .copied()
            .unwrap_or(MessageId::NONE)
    }

    /// Adds the attendee, or moves them forward or backward.
    pub fn set(&mut self, attendee: AttendeeId, marker: MessageId) {
        if let Some(old) = self.marker_of.insert(attendee, marker) {
            self.forget(old);
        }
        *self.count_at.entry(marker).or_default() += 1;
    }

    /// Moves the attendee, if they count and it is forward.
    pub fn raise(&mut self, attendee: AttendeeId, marker: MessageId) {
        if self
            .marker_of
            .get(&attendee)
            .is_some_and(|old| *old < marker)
        {
            self.set(attendee, marker);
        }
    }

    /// Moves the attendee wherever it goes, if they count.
    pub fn move_to(&mut self, attendee: AttendeeId, marker: MessageId) {
        if self.marker_of.contains_key(&attendee) {
            self.set(attendee, marker);
        }
    }

    /// The attendee left, or counts no more.
    pub fn remove(&mut self, attendee: AttendeeId) {
        if let Some(old) = self.marker_of.remove(&attendee) {
            self.forget(old);
        }
    }

    fn forget(&mut self, marker: MessageId) {
        if let Some(count) = self.count_at.get_mut(&marker) {
            *count -= 1;
            if *count == 0 {
                self.count_at.remove(&marker);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_marker_follows_every_move() {
        let id = AttendeeId;
        let at = MessageId;
        let mut all = CommonRead::from_markers([(id(1), at(10)), (id(2), at(5)), (id(3), at(5))]);
        assert_eq!(all.lowest(), at(5));
        all.raise(id(2), at(12));
        assert_eq!(all.lowest(), at(5), "one is still there");
        all.raise(id(3), at(3));
        assert_eq!(all.lowest(), at(5), "raising never goes back");
        all.move_to(id(3), at(20));
        assert_eq!(all.lowest(), at(10));
        all.move_to(id(3), at(-2));
        assert_eq!(all.lowest(), at(-2));
        all.raise(id(9), at(99));
        all.remove(id(3));
        all.remove(id(1));
        all.remove(id(2));
        assert_eq!(all.lowest(), MessageId::NONE, "nobody counts");
    }
}

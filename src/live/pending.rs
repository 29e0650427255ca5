//! Read markers moved by polling and pings of sessions: visible at once, written in batches.
//!
//! Losing them costs a reader a few seconds of "read", never a message; a clean stop writes all.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::model::{AttendeeId, MessageId};

/// What waits to be written.
#[derive(Debug, Default)]
pub struct Pending {
    batch: Mutex<Batch>,
}

/// One batch for the writer.
#[derive(Debug, Default)]
pub struct Batch {
    /// Each attendee's furthest marker.
    pub markers: HashMap<AttendeeId, MessageId>,
    /// Each session row's latest ping, in unix seconds.
    pub pings: HashMap<i64, i64>,
}

impl Pending {
    /// Moves a marker forward.
    pub fn raise_marker(&self, attendee: AttendeeId, marker: MessageId) {
        let mut batch = self.lock();
        let known = batch.markers.entry(attendee).or_insert(marker);
        *known = (*known).max(marker);
    }

    /// Notes a ping.
    pub fn ping(&self, session_row: i64, at: i64) {
        let mut batch = self.lock();
        let known = batch.pings.entry(session_row).or_insert(at);
        *known = (*known).max(at);
    }

    /// The marker that waits to be written.
    pub fn marker(&self, attendee: AttendeeId) -> Option<MessageId> {
        self.lock().markers.get(&attendee).copied()
    }

    /// The ping that waits to be written.
    pub fn last_ping(&self, session_row: i64) -> Option<i64> {
        self.lock().pings.get(&session_row).copied()
    }

    /// The marker was set by an explicit act; what polling said before is void.
    pub fn forget_marker(&self, attendee: AttendeeId) {
        self.lock().markers.remove(&attendee);
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        let batch = self.lock();
        batch.markers.is_empty() && batch.pings.is_empty()
    }

    /// A copy of everything that waits. It stays visible here until `written`.
    pub fn copy(&self) -> Batch {
        let batch = self.lock();
        Batch {
            markers: batch.markers.clone(),
            pings: batch.pings.clone(),
        }
    }

    /// `batch` is in the store: forget what has not moved on since.
    pub fn written(&self, written: &Batch) {
        let mut batch = self.lock();
        batch
            .markers
            .retain(|attendee, marker| written.markers.get(attendee) != Some(marker));
        batch
            .pings
            .retain(|session, at| written.pings.get(session) != Some(at));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Batch> {
        self.batch.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marker_stays_visible_until_its_latest_value_is_written() {
        let pending = Pending::default();
        pending.raise_marker(AttendeeId(1), MessageId(5));
        let batch = pending.copy();
        pending.raise_marker(AttendeeId(1), MessageId(7));
        pending.written(&batch);
        assert_eq!(pending.marker(AttendeeId(1)), Some(MessageId(7)));
        pending.written(&pending.copy());
        assert!(pending.is_empty());
    }
}

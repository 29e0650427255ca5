//! Read markers moved by polling and pings of sessions: visible at once, written in batches.
//!
//! Losing them costs a reader a few seconds of "read", never a message; a clean stop writes all.
//! What was written stays visible here as long as anybody reads from before it was.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::model::{AttendeeId, MessageId};

/// What waits to be written.
#[derive(Debug, Default)]
pub struct Pending {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    batch: Batch,
    /// Batches that are written, each with the readers that may have begun before.
    written: Vec<(Reader, Batch)>,
    now: Reader,
}

/// Somebody who reads the store: what was written after they began stays visible to them here.
#[derive(Debug, Clone, Default)]
pub struct Reader(Arc<()>);

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
        let mut inner = self.lock();
        let known = inner.batch.markers.entry(attendee).or_insert(marker);
        *known = (*known).max(marker);
    }

    /// Notes a ping.
    pub fn ping(&self, session_row: i64, at: i64) {
        let mut inner = self.lock();
        let known = inner.batch.pings.entry(session_row).or_insert(at);
        *known = (*known).max(at);
    }

    /// Take this before a transaction that reads begins, and drop it when it has ended.
    pub fn reader(&self) -> Reader {
        self.lock().now.clone()
    }

    /// The marker that a reader of the store may not see there yet.
    pub fn marker(&self, attendee: AttendeeId) -> Option<MessageId> {
        let inner = self.lock();
        let all = inner.batches();
        all.filter_map(|batch| batch.markers.get(&attendee).copied())
            .max()
    }

    /// The ping that a reader of the store may not see there yet.
    pub fn last_ping(&self, session_row: i64) -> Option<i64> {
        let inner = self.lock();
        let all = inner.batches();
        all.filter_map(|batch| batch.pings.get(&session_row).copied())
            .max()
    }

    /// The marker was set by an explicit act; what polling said before is void.
    pub fn forget_marker(&self, attendee: AttendeeId) {
        let mut inner = self.lock();
        inner.batch.markers.remove(&attendee);
        for (_, batch) in &mut inner.written {
            batch.markers.remove(&attendee);
        }
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        let inner = self.lock();
        inner.batch.markers.is_empty() && inner.batch.pings.is_empty()
    }

    /// A copy of everything that waits. It stays visible here until `written`, and a while longer.
    pub fn copy(&self) -> Batch {
        let inner = self.lock();
        Batch {
            markers: inner.batch.markers.clone(),
            pings: inner.batch.pings.clone(),
        }
    }

    /// `batch` is in the store: forget what has not moved on since, as soon as nobody reads from before.
    pub fn written(&self, mut written: Batch) {
        let mut inner = self.lock();
        // Only what is still as it was written moves over: an explicit act may have made it void.
        written
            .markers
            .retain(|attendee, marker| inner.batch.markers.get(attendee) == Some(marker));
        written
            .pings
            .retain(|session, at| inner.batch.pings.get(session) == Some(at));
        let waits = &mut inner.batch;
        waits
            .markers
            .retain(|attendee, _| !written.markers.contains_key(attendee));
        waits
            .pings
            .retain(|session, _| !written.pings.contains_key(session));
        let before = std::mem::take(&mut inner.now);
        inner.written.push((before, written));
        // A later reader cannot miss it, and an earlier one is gone when its handle is.
        inner
            .written
            .retain(|(reader, _)| Arc::strong_count(&reader.0) > 1);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn batches(&self) -> impl Iterator<Item = &Batch> {
        let written = self.written.iter().map(|(_, batch)| batch);
        std::iter::once(&self.batch).chain(written)
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
        pending.written(batch);
        assert_eq!(pending.marker(AttendeeId(1)), Some(MessageId(7)));
        pending.written(pending.copy());
        assert!(pending.is_empty());
        assert_eq!(pending.marker(AttendeeId(1)), None);
    }

    #[test]
    fn who_began_to_read_before_it_was_written_still_sees_it_here() {
        let pending = Pending::default();
        pending.raise_marker(AttendeeId(1), MessageId(5));
        pending.ping(3, 100);
        let reader = pending.reader();
        pending.written(pending.copy());
        assert!(pending.is_empty(), "it is not written twice");
        assert_eq!(pending.marker(AttendeeId(1)), Some(MessageId(5)));
        assert_eq!(pending.last_ping(3), Some(100));

        drop(reader);
        pending.raise_marker(AttendeeId(2), MessageId(9));
        pending.written(pending.copy());
        assert_eq!(pending.marker(AttendeeId(1)), None);
        assert_eq!(pending.last_ping(3), None);
    }

    #[test]
    fn what_an_act_made_void_does_not_come_back() {
        let pending = Pending::default();
        pending.raise_marker(AttendeeId(1), MessageId(5));
        let _reader = pending.reader();
        let batch = pending.copy();
        pending.forget_marker(AttendeeId(1));
        pending.written(batch);
        assert_eq!(pending.marker(AttendeeId(1)), None);
        pending.raise_marker(AttendeeId(1), MessageId(6));
        pending.written(pending.copy());
        pending.forget_marker(AttendeeId(1));
        assert_eq!(pending.marker(AttendeeId(1)), None);
    }
}

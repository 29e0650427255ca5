//! What sessions signal each other, until the addressee asks for it.
//!
//! Each box is small, all together are bounded, and a box nobody empties is thrown away.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

// Quirk: signals-full.
/// Signals that one box holds.
const SIGNALS: usize = 256;
/// Bytes of signals that one box holds.
const BYTES: usize = 1 << 20;
/// Bytes of signals that all boxes hold together.
const ALL_BYTES: usize = 64 << 20;
/// Boxes that are kept.
const BOXES: u64 = 100_000;
/// How long a box is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// The signal does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// The boxes of all sessions, by the session's row.
pub struct Mailboxes {
    boxes: moka::sync::Cache<i64, Arc<Mutex<Mailbox>>>,
    used: Arc<AtomicUsize>,
}

struct Mailbox {
    signals: Vec<String>,
    bytes: usize,
    /// The stamp of the last list of people that the owner got.
    seen: Option<u64>,
    used: Arc<AtomicUsize>,
}

impl Mailbox {
    fn empty(&mut self) -> Vec<String> {
        self.used.fetch_sub(self.bytes, Ordering::Relaxed);
        self.bytes = 0;
        std::mem::take(&mut self.signals)
    }
}

impl Drop for Mailbox {
    fn drop(&mut self) {
        self.empty();
    }
}

impl Default for Mailboxes {
    fn default() -> Self {
        Self {
            boxes: moka::sync::Cache::builder()
                .max_capacity(BOXES)
                .time_to_idle(IDLE)
                .build(),
            used: Arc::default(),
        }
    }
}

impl Mailboxes {
    /// Put a signal into a session's box. Errors: `Full`.
    pub fn put(&self, session: i64, signal: String) -> Result<(), Full> {
        let place = self.of(session);
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        let size = signal.len();
        let fits = place.signals.len() < SIGNALS
            && place.bytes + size <= BYTES
            && self.used.load(Ordering::Relaxed) + size <= ALL_BYTES;
        if !fits {
            return Err(Full);
        }
        self.used.fetch_add(size, Ordering::Relaxed);
        place.bytes += size;
        place.signals.push(signal);
        Ok(())
    }

    /// All signals of a session, oldest first, and the stamp of the last list of people it got.
    pub fn open(&self, session: i64) -> (Vec<String>, Option<u64>) {
        let place = self.of(session);
        let mut place = place.lock().unwrap_or_else(PoisonError::into_inner);
        (place.empty(), place.seen)
    }

    /// The session got the list of people as it was at `stamp`.
    pub fn note_seen(&self, session: i64, stamp: u64) {
        let place = self.of(session);
        place.lock().unwrap_or_else(PoisonError::into_inner).seen = Some(stamp);
    }

    fn of(&self, session: i64) -> Arc<Mutex<Mailbox>> {
        self.boxes.get_with(session, || {
            Arc::new(Mutex::new(Mailbox {
                signals: Vec::new(),
                bytes: 0,
                seen: None,
                used: Arc::clone(&self.used),
            }))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_come_in_order_and_once() {
        let boxes = Mailboxes::default();
        boxes.put(1, "a".to_owned()).unwrap();
        boxes.put(1, "b".to_owned()).unwrap();
        boxes.put(2, "c".to_owned()).unwrap();
        assert_eq!(boxes.open(1), (vec!["a".to_owned(), "b".to_owned()], None));
        boxes.note_seen(1, 7);
        assert_eq!(boxes.open(1), (Vec::new(), Some(7)));
        assert_eq!(boxes.open(2).0, ["c"]);
    }

    #[test]
    fn a_box_that_nobody_empties_is_full_at_some_time_and_empty_once_opened() {
        let boxes = Mailboxes::default();
        let fitting = (0..1000)
            .take_while(|_| boxes.put(1, "x".to_owned()).is_ok())
            .count();
        assert_eq!(fitting, SIGNALS);
        assert_eq!(boxes.put(2, "x".repeat(BYTES + 1)), Err(Full));
        boxes.open(1);
        assert_eq!(boxes.used.load(Ordering::Relaxed), 0);
        assert_eq!(boxes.put(1, "x".to_owned()), Ok(()));
    }
}

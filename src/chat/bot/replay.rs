//! Signatures that were accepted a short while ago, so that nobody who overheard one can use it again.
//!
//! Kept in memory and bounded; the oldest makes room. Quirk: bot-replay.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};

/// Seconds for which a signature is remembered.
const KEPT_SECS: i64 = 10 * 60;
/// Signatures that are remembered.
const CAPACITY: usize = 100_000;

/// A signature.
pub type Mac = [u8; 32];

/// The signatures of the last minutes.
#[derive(Debug, Default)]
pub struct Replays {
    // Sections are short and never wait, so a blocking mutex is right also below async code.
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    known: HashSet<Mac>,
    /// Oldest first, with the second in which they came.
    by_age: VecDeque<(i64, Mac)>,
}

impl Replays {
    /// Whether this is the signature's first use; from now on it is used.
    pub fn claim(&self, mac: Mac, now: i64) -> bool {
        self.claim_within(mac, now, CAPACITY)
    }

    fn claim_within(&self, mac: Mac, now: i64, capacity: usize) -> bool {
        let mut guard = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = &mut *guard;
        while let Some((at, oldest)) = seen.by_age.front().copied()
            && (at <= now - KEPT_SECS || seen.by_age.len() >= capacity)
        {
            seen.by_age.pop_front();
            seen.known.remove(&oldest);
        }
        if !seen.known.insert(mac) {
            return false;
        }
        seen.by_age.push_back((now, mac));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_once_in_ten_minutes() {
        let replays = Replays::default();
        assert!(replays.claim([1; 32], 1000));
        assert!(!replays.claim([1; 32], 1000));
        assert!(replays.claim([2; 32], 1000));
        assert!(!replays.claim([1; 32], 1000 + KEPT_SECS - 1));
        assert!(replays.claim([1; 32], 1000 + KEPT_SECS));
    }

    #[test]
    fn no_more_than_the_capacity_is_remembered() {
        let replays = Replays::default();
        for number in 0..5 {
            assert!(replays.claim_within([number; 32], 1000, 3));
        }
        assert_eq!(replays.seen.lock().unwrap().known.len(), 3);
        assert!(replays.claim_within([0; 32], 1000, 3));
        assert!(!replays.claim_within([4; 32], 1000, 3));
    }
}

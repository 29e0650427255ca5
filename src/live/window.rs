//! How often something happened lately, by key: for limits such as "60 within an hour".

use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Moments by key; each key keeps no more of them than its limit.
pub struct Windows<K> {
    entries: moka::sync::Cache<K, Arc<Mutex<VecDeque<i64>>>>,
}

impl<K: Hash + Eq + Send + Sync + 'static> Windows<K> {
    /// At most `capacity` keys, forgotten after `idle` without use.
    pub fn new(capacity: u64, idle: Duration) -> Self {
        Self {
            entries: moka::sync::Cache::builder()
                .max_capacity(capacity)
                .time_to_idle(idle)
                .build(),
        }
    }

    /// Notes one more at `now` (unix seconds), unless there were `most` within the last `secs`.
    /// Whether it was noted.
    pub fn admit(&self, key: K, now: i64, secs: i64, most: usize) -> bool {
        let moments = self.entries.get_with(key, Arc::default);
        let mut moments = moments.lock().unwrap_or_else(PoisonError::into_inner);
        while moments.front().is_some_and(|at| *at <= now - secs) {
            moments.pop_front();
        }
        if moments.len() >= most {
            return false;
        }
        moments.push_back(now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_are_admitted_within_the_window_and_more_after_it() {
        let windows = Windows::new(10, Duration::from_secs(60));
        for now in [0, 10, 20] {
            assert!(windows.admit("alice", now, 60, 3));
        }
        assert!(!windows.admit("alice", 59, 60, 3));
        assert!(windows.admit("bob", 59, 60, 3));
        assert!(windows.admit("alice", 60, 60, 3), "the first is over");
        assert!(!windows.admit("alice", 69, 60, 3));
    }
}

//! When somebody was seen last: for questions such as "within the last minute".

use std::hash::Hash;
use std::time::Duration;

/// The last moment of each key.
pub struct Seen<K> {
    moments: moka::sync::Cache<K, i64>,
}

impl<K: Hash + Eq + Send + Sync + 'static> Seen<K> {
    /// At most `capacity` keys, forgotten after `idle`.
    pub fn new(capacity: u64, idle: Duration) -> Self {
        Self {
            moments: moka::sync::Cache::builder()
                .max_capacity(capacity)
                .time_to_live(idle)
                .build(),
        }
    }

    /// It is here at `now` (unix seconds).
    pub fn note(&self, key: K, now: i64) {
        self.moments.insert(key, now);
    }

    /// Whether it was here within the last `secs`.
    pub fn within(&self, key: &K, now: i64, secs: i64) -> bool {
        self.moments.get(key).is_some_and(|at| now - at <= secs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_here_counts_for_a_while() {
        let seen = Seen::new(10, Duration::from_secs(60));
        assert!(!seen.within(&"alice", 100, 90));
        seen.note("alice", 100);
        assert!(seen.within(&"alice", 190, 90));
        assert!(!seen.within(&"alice", 191, 90));
        assert!(!seen.within(&"bob", 100, 90));
        seen.note("alice", 200);
        assert!(seen.within(&"alice", 290, 90));
    }
}

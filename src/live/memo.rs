//! Answers of the store, remembered until something they were made from changes.
//!
//! A reader takes a stamp before its transaction begins; a change bumps the slot of its key after
//! its commit. So an answer that was read from the past can never pass for a current one.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// When which key changed last. Keys share slots: a collision only forgets more than needed.
pub struct Versions {
    clock: AtomicU64,
    slots: Box<[AtomicU64]>,
    hasher: RandomState,
}

impl Default for Versions {
    fn default() -> Self {
        Self {
            clock: AtomicU64::new(0),
            slots: (0..1 << 14).map(|_| AtomicU64::new(0)).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl Versions {
    /// The moment before a transaction that reads.
    pub fn stamp(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// What `key` stands for has changed, and the change is committed.
    pub fn bump(&self, key: impl Hash) {
        let moment = self.clock.fetch_add(1, Ordering::SeqCst) + 1;
        self.slot(key).fetch_max(moment, Ordering::SeqCst);
    }

    /// Whether nothing changed for `key` after `stamp`.
    pub fn unchanged_since(&self, key: impl Hash, stamp: u64) -> bool {
        self.slot(key).load(Ordering::SeqCst) <= stamp
    }

    fn slot(&self, key: impl Hash) -> &AtomicU64 {
        let hash = self.hasher.hash_one(key);
        let slots = self.slots.len() as u64;
        &self.slots[usize::try_from(hash % slots).unwrap_or(0)]
    }
}

/// A bounded cache whose entries carry the stamp they were read at.
pub struct Memo<K, V> {
    entries: moka::sync::Cache<K, (u64, V)>,
}

impl<K, V> Memo<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// At most `capacity` entries, each for at most `time_to_live`.
    pub fn new(capacity: u64, time_to_live: Duration) -> Self {
        Self {
            entries: moka::sync::Cache::builder()
                .max_capacity(capacity)
                .time_to_live(time_to_live)
                .build(),
        }
    }

    /// The value and its stamp, if `is_current` says so of them.
    pub fn get(&self, key: &K, is_current: impl FnOnce(u64, &V) -> bool) -> Option<(u64, V)> {
        let (stamp, value) = self.entries.get(key)?;
        is_current(stamp, &value).then_some((stamp, value))
    }

    /// Remember a value that was read at `stamp`.
    pub fn put(&self, key: K, stamp: u64, value: V) {
        self.entries.insert(key, (stamp, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_current_after_it() {
        let versions = Versions::default();
        let memo = Memo::new(10, Duration::from_secs(60));
        let stamp = versions.stamp();
        versions.bump("key");
        memo.put("key", stamp, "old");
        let current = |stamp, _: &&str| versions.unchanged_since("key", stamp);
        assert_eq!(memo.get(&"key", current), None);
        memo.put("key", versions.stamp(), "new");
        assert_eq!(memo.get(&"key", current).map(|found| found.1), Some("new"));
    }
}

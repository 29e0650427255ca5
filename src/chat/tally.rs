//! When something happened, by key: kept in memory for a bounded number of keys, of which the one that was counted
//! least lately makes room. What is counted, and for how long, its owners know.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Moments (Unix seconds, the oldest first) of each key.
#[derive(Debug)]
pub struct Tally<K> {
    capacity: usize,
    // Sections are short and never wait, so a blocking mutex is right also below async code.
    counters: Mutex<Counters<K>>,
}

#[derive(Debug)]
struct Counters<K> {
    by_key: HashMap<K, Counter>,
    /// Keys by the turn in which they were counted last: the first one is to make room.
    by_age: BTreeMap<u64, K>,
    turn: u64,
}

#[derive(Debug)]
struct Counter {
    last_turn: u64,
    moments: VecDeque<i64>,
}

impl<K: Copy + Eq + Hash> Tally<K> {
    /// Without anything counted, for at most `capacity` keys.
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            counters: Mutex::new(Counters {
                by_key: HashMap::new(),
                by_age: BTreeMap::new(),
                turn: 0,
            }),
        }
    }

    /// Counts: `count` gets the moments of a key. It is to keep their number bounded.
    pub fn count<R>(&self, key: K, count: impl FnOnce(&mut VecDeque<i64>) -> R) -> R {
        let mut guard = self.lock();
        let counters = &mut *guard;
        counters.turn += 1;
        let turn = counters.turn;
        let counter = counters.by_key.entry(key).or_insert(Counter {
            last_turn: turn,
            moments: VecDeque::new(),
        });
        counters.by_age.remove(&counter.last_turn);
        counters.by_age.insert(turn, key);
        counter.last_turn = turn;
        let counted = count(&mut counter.moments);
        while counters.by_key.len() > self.capacity {
            match counters.by_age.pop_first() {
                Some((_, oldest)) => counters.by_key.remove(&oldest),
                None => break,
            };
        }
        counted
    }

    /// How many moments of a key are `wanted`.
    pub fn how_many(&self, key: &K, wanted: impl Fn(i64) -> bool) -> usize {
        match self.lock().by_key.get(key) {
            Some(counter) => counter.moments.iter().filter(|at| wanted(**at)).count(),
            None => 0,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Counters<K>> {
        // A panic elsewhere leaves at worst one moment uncounted.
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_keys_than_the_capacity_are_remembered_and_the_oldest_goes() {
        let tally = Tally::new(2);
        for key in ["a", "b", "a", "c"] {
            tally.count(key, |moments| moments.push_back(0));
        }
        let counts = ["a", "b", "c"].map(|key| tally.how_many(&key, |_| true));
        assert_eq!(counts, [2, 0, 1]);
        assert_eq!(tally.lock().by_age.len(), 2);
        assert_eq!(tally.lock().by_key.len(), 2);
    }
}

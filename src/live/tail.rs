//! The newest messages of a busy room as shared records, so that a woken reader needs no SQL.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;

use crate::model::MessageId;

/// Records that a tail keeps.
const LENGTH: usize = 128;

/// How many ready answers a façade may hang on one record.
pub const SLOTS: usize = 4;

/// A record shared by all readers, and the answers rendered from it, each once.
#[derive(Debug)]
pub struct Shared<T> {
    pub id: MessageId,
    pub record: T,
    answers: [OnceLock<Bytes>; SLOTS],
}

impl<T> Shared<T> {
    /// A record without answers.
    pub fn new(id: MessageId, record: T) -> Self {
        Self {
            id,
            record,
            answers: Default::default(),
        }
    }

    /// The answer in `slot`; the first to ask renders it.
    pub fn answer(&self, slot: usize, render: impl FnOnce() -> Bytes) -> Bytes {
        self.answers[slot % SLOTS].get_or_init(render).clone()
    }
}

/// The end of a room's history.
#[derive(Debug)]
pub struct Tail<T> {
    rows: VecDeque<Arc<Shared<T>>>,
    /// Every row with a higher id is here. `None`: not known yet.
    complete_after: Option<MessageId>,
}

impl<T> Default for Tail<T> {
    fn default() -> Self {
        Self {
            rows: VecDeque::new(),
            complete_after: None,
        }
    }
}

impl<T> Tail<T> {
    /// From now on the tail is complete above `newest`, the newest row that the store showed to a
    /// transaction which began after this tail did.
    pub fn begin_after(&mut self, newest: MessageId) {
        if self.complete_after.is_none() {
            self.complete_after = Some(newest);
        }
    }

    /// The newest row of the room; `None` before `begin_after`.
    pub fn newest(&self) -> Option<MessageId> {
        let begun = self.complete_after?;
        Some(self.rows.back().map_or(begun, |row| row.id.max(begun)))
    }

    /// A new row was committed. Rows come in the order of their ids.
    pub fn push(&mut self, row: Arc<Shared<T>>) {
        if self.rows.len() == LENGTH
            && let Some(oldest) = self.rows.pop_front()
        {
            self.complete_after = self.complete_after.map(|known| known.max(oldest.id));
        }
        self.rows.push_back(row);
    }

    /// The row with this id, if it is here.
    pub fn get(&self, id: MessageId) -> Option<&Arc<Shared<T>>> {
        let place = self.rows.binary_search_by_key(&id, |row| row.id).ok()?;
        self.rows.get(place)
    }

    /// A row changed; whoever reads it from now on sees the new one.
    pub fn replace(&mut self, row: Arc<Shared<T>>) {
        if let Some(old) = self.rows.iter_mut().find(|old| old.id == row.id) {
            *old = row;
        }
    }

    /// All rows above `after`, oldest first, at most `limit`; `None` if only the store knows.
    pub fn after(&self, after: MessageId, limit: usize) -> Option<Vec<Arc<Shared<T>>>> {
        if self.complete_after? > after {
            return None;
        }
        let first = self.rows.partition_point(|row| row.id <= after);
        Some(self.rows.iter().skip(first).take(limit).cloned().collect())
    }

    /// Forget everything, for instance because names in the records are out of date.
    pub fn forget(&mut self) {
        let newest = self.rows.back().map(|row| row.id);
        self.rows.clear();
        if let Some(newest) = newest {
            self.complete_after = self.complete_after.map(|known| known.max(newest));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(id: i64) -> Arc<Shared<i64>> {
        Arc::new(Shared::new(MessageId(id), id))
    }

    fn ids(rows: Option<Vec<Arc<Shared<i64>>>>) -> Option<Vec<i64>> {
        rows.map(|rows| rows.iter().map(|row| row.id.0).collect())
    }

    #[test]
    fn a_tail_answers_only_what_it_has_complete() {
        let mut tail = Tail::default();
        tail.push(row(11));
        assert_eq!(ids(tail.after(MessageId(10), 9)), None, "not begun");
        tail.begin_after(MessageId(10));
        assert_eq!(ids(tail.after(MessageId(10), 9)), Some(vec![11]));
        assert_eq!(ids(tail.after(MessageId(11), 9)), Some(vec![]));
        assert_eq!(ids(tail.after(MessageId(9), 9)), None, "older than known");
        for id in 12..200 {
            tail.push(row(id));
        }
        assert_eq!(ids(tail.after(MessageId(11), 9)), None, "fallen out");
        assert_eq!(ids(tail.after(MessageId(196), 2)), Some(vec![197, 198]));
        tail.forget();
        assert_eq!(ids(tail.after(MessageId(198), 9)), None);
        assert_eq!(ids(tail.after(MessageId(199), 9)), Some(vec![]));
    }
}

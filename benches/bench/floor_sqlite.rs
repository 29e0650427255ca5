//! The floor of storing: bare SQLite with the settings of the real store and rows of the same size, on the same disk, in one
//! thread, without HTTP, rights or JSON. It blocks the client's thread, which has nothing else to do meanwhile.

use std::hint::black_box;
use std::time::{Duration, Instant};

use rusqlite::{Connection, TransactionBehavior, named_params};
use tempfile::TempDir;

use crate::error::Error;
use crate::load::Load;

const SCHEMA: &str = "
create table message (
  key integer primary key,
  actor_type text not null,
  actor_id text not null,
  verb text not null,
  body text not null,
  reference_id text not null,
  created_at integer not null
) strict";

const INSERT: &str = "
insert into message (key, actor_type, actor_id, verb, body, reference_id, created_at)
values (:key, 'users', :actor_id, 'comment', :body, '', :created_at)";

const PAGE: &str = "
select key, actor_type, actor_id, verb, body, reference_id, created_at
from message
where key > :room and key < :before
order by key desc
limit 100";

/// The one conversation, in the upper bits of the key; ids are below.
const ROOM: i64 = 1 << 40;

/// A message table in a temporary directory.
pub struct Store {
    db: Connection,
    newest: i64,
    /// Held for its `Drop`.
    _directory: TempDir,
}

impl Store {
    /// An empty table.
    pub fn create() -> Result<Self, Error> {
        let directory = tempfile::tempdir()?;
        let db = Connection::open(directory.path().join("floor.db"))?;
        db.pragma_update(None, "journal_mode", "wal")?;
        db.pragma_update(None, "synchronous", "full")?;
        db.execute_batch(SCHEMA)?;
        Ok(Self {
            db,
            newest: 0,
            _directory: directory,
        })
    }

    /// Appends `group` messages with this text in one durable transaction.
    pub fn append(&mut self, group: usize, text: &str) -> Result<(), Error> {
        let tx = self
            .db
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut insert = tx.prepare_cached(INSERT)?;
            for _ in 0..group {
                self.newest += 1;
                insert.execute(named_params! {
                    ":key": ROOM | self.newest,
                    ":actor_id": "bench-00",
                    ":body": text,
                    ":created_at": 1_795_261_075,
                })?;
            }
        }
        Ok(tx.commit()?)
    }

    /// Appends groups for `lasting`. The load counts messages; its latencies are those of the commits.
    pub fn append_for(
        &mut self,
        lasting: Duration,
        group: usize,
        text: &str,
    ) -> Result<Load, Error> {
        let mut load = Load::begin();
        while load.running_for() < lasting {
            let started = Instant::now();
            self.append(group, text)?;
            load.add(group, started.elapsed());
        }
        Ok(load.end())
    }

    /// Reads all columns of the 100 messages before the id `before`; how many there were.
    pub fn page(&self, before: u64) -> Result<usize, Error> {
        let mut select = self.db.prepare_cached(PAGE)?;
        let before = ROOM | i64::try_from(before).unwrap_or(i64::MAX);
        let mut rows = select.query(named_params! { ":room": ROOM, ":before": before })?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            for column in 0..7 {
                black_box(row.get_ref(column)?);
            }
            count += 1;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_is_appended_is_read_page_by_page() {
        let mut store = super::Store::create().expect("a store");
        for _ in 0..5 {
            store.append(50, "tea").expect("appended");
        }
        for (before, expected) in [(251, 100), (101, 100), (51, 50), (1, 0)] {
            assert_eq!(store.page(before).expect("a page"), expected, "{before}");
        }
    }
}

//! The store on SQLite: one writer thread with group commit, a pool of readers with threads of their own.
//!
//! WAL with `synchronous=FULL`: what was answered survives a power cut. No SQL stands outside this
//! directory. Rules do not belong here.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::{Mutex, RwLock};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, TrySendError, bounded};

use super::{ReadJob, Store, StoreError, WriteJob};

mod account;
mod attendee;
mod ban;
mod body;
mod bot;
mod bot_event;
mod connection;
mod credential;
mod expiration;
mod gram;
mod group;
mod message;
mod migration;
mod notice;
mod picture;
mod pin;
#[cfg(test)]
mod plan;
mod poll;
mod push;
mod readers;
mod room;
mod scheduled;
mod search;
mod session;
mod status;
mod telling;
mod thread;
mod tx;
mod visit;
mod writer;

pub use connection::Durability;

/// Reading jobs that may wait for a free reader; beyond that `Busy`. As many as connections may look
/// again at once when something about their room changed.
const READ_QUEUE: usize = 32_768;
/// Writing jobs that may wait for the writer; beyond that `Busy`.
const WRITE_QUEUE: usize = 4096;

/// A database file and the threads that work on it.
pub struct SqliteStore {
    /// Taken away by `close`; then jobs are refused. Never held while waiting.
    reads: RwLock<Option<Sender<ReadJob>>>,
    writes: RwLock<Option<Sender<Box<dyn WriteJob>>>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// Keeps other processes out until `close`: what memory knows of the rows would be wrong.
    lock: Mutex<Option<File>>,
}

impl SqliteStore {
    /// Open or create the database `chinwag.db` in `directory`.
    ///
    /// Errors: the directory is not writable or `InUse`, the file is not a database, or a newer program wrote it.
    pub fn open(
        directory: &Path,
        durability: Durability,
        readers: u32,
    ) -> Result<Self, StoreError> {
        std::fs::create_dir_all(directory).map_err(|error| {
            StoreError::Database(format!("cannot create {}: {error}", directory.display()))
        })?;
        let lock = lock(directory)?;
        let file = directory.join("chinwag.db");
        let writer = connection::open_writer(&file, durability)?;
        migration::bring_up_to_date(&writer)?;

        let (write_sender, write_receiver) = bounded(WRITE_QUEUE);
        let (read_sender, read_receiver) = bounded(READ_QUEUE);
        let mut threads = vec![writer::start(writer, write_receiver)?];
        threads.extend(readers::start(&file, readers, &read_receiver)?);
        Ok(Self {
            reads: RwLock::new(Some(read_sender)),
            writes: RwLock::new(Some(write_sender)),
            threads: Mutex::new(threads),
            lock: Mutex::new(Some(lock)),
        })
    }
}

impl Store for SqliteStore {
    fn read(&self, job: ReadJob) -> Result<(), StoreError> {
        send(&self.reads, job)
    }

    fn write(&self, job: Box<dyn WriteJob>) -> Result<(), StoreError> {
        send(&self.writes, job)
    }

    fn close(&self) {
        // A thread ends when it has done what is queued and nobody can queue more.
        drop(self.reads.write().map(|mut sender| sender.take()));
        drop(self.writes.write().map(|mut sender| sender.take()));
        let threads = self
            .threads
            .lock()
            .map(|mut all| std::mem::take(&mut *all))
            .unwrap_or_default();
        for thread in threads {
            // A thread that died has said so in the log.
            let _ = thread.join();
        }
        drop(self.lock.lock().map(|mut lock| lock.take()));
    }
}

/// Takes the data directory for this process.
fn lock(directory: &Path) -> Result<File, StoreError> {
    let path = directory.join("chinwag.lock");
    let failed = |error: std::io::Error| {
        StoreError::Database(format!("cannot lock {}: {error}", path.display()))
    };
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::InUse {
            directory: directory.display().to_string(),
        }),
        Err(TryLockError::Error(error)) => Err(failed(error)),
    }
}

fn send<T>(sender: &RwLock<Option<Sender<T>>>, job: T) -> Result<(), StoreError> {
    let guard = sender.read().map_err(|_| StoreError::Gone)?;
    let sender = guard.as_ref().ok_or(StoreError::Gone)?;
    sender.try_send(job).map_err(|error| match error {
        TrySendError::Full(_) => StoreError::Busy,
        TrySendError::Disconnected(_) => StoreError::Gone,
    })
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error() {
            Some(inner)
                if inner.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE
                    || inner.extended_code == rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY =>
            {
                Self::Taken
            }
            _ => Self::Database(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::contract;

    #[test]
    fn sqlite_keeps_the_contract() {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::open(directory.path(), Durability::Off, 2).unwrap();
        contract::check(&store);
        store.close();
        assert!(matches!(
            contract::write(&store, |tx| tx.set_setting("late", "1")),
            Err(StoreError::Gone)
        ));
    }

    #[test]
    fn a_directory_is_open_once_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let open = || SqliteStore::open(directory.path(), Durability::Off, 1);
        let first = open().unwrap();
        assert!(matches!(open(), Err(StoreError::InUse { .. })));
        first.close();
        let second = open().unwrap();
        second.close();
    }
}

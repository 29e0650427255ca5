//! The threads that read: each takes a job, borrows a connection, answers, gives it back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::thread::JoinHandle;

use crossbeam_channel::Receiver;
use r2d2::Pool;
use rusqlite::Connection;

use super::connection::Readers;
use super::tx::Tx;
use crate::store::{ReadJob, StoreError};

/// Start `count` readers that share `jobs` and a pool of as many connections.
pub(super) fn start(
    file: &Path,
    count: u32,
    jobs: &Receiver<ReadJob>,
) -> Result<Vec<JoinHandle<()>>, StoreError> {
    let pool = Pool::builder()
        .max_size(count)
        // A reader thread holds one connection at a time: nobody ever waits for another's.
        .test_on_check_out(false)
        .build(Readers::new(file))
        .map_err(|error| StoreError::Database(error.to_string()))?;
    (0..count)
        .map(|number| {
            let (pool, jobs) = (pool.clone(), jobs.clone());
            std::thread::Builder::new()
                .name(format!("reader-{number}"))
                .spawn(move || serve(&pool, &jobs))
                .map_err(|error| StoreError::Database(error.to_string()))
        })
        .collect()
}

fn serve(pool: &Pool<Readers>, jobs: &Receiver<ReadJob>) {
    for job in jobs {
        match pool.get() {
            Ok(connection) => run(&connection, job),
            Err(error) => job(Err(StoreError::Database(error.to_string()))),
        }
    }
}

fn run(connection: &Connection, job: ReadJob) {
    if let Err(error) = connection.execute_batch("begin") {
        return job(Err(error.into()));
    }
    // A job that panics must not take the thread with it; its caller sees `Gone`.
    if catch_unwind(AssertUnwindSafe(|| job(Ok(&Tx(connection))))).is_err() {
        tracing::error!("a reading job panicked");
    }
    if let Err(error) = connection.execute_batch("commit") {
        tracing::error!(%error, "a reader could not end its transaction");
    }
}

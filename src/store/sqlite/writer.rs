//! The one thread that writes: takes everything queued, commits it as one transaction, answers.
//!
//! Group commit without a timer: while one commit waits for the disk the next group queues up.
//! Each job runs inside a savepoint, so that one refusal undoes nothing of the others.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};
use rusqlite::Connection;

use super::tx::Tx;
use crate::store::{Outcome, StoreError, WriteJob};

/// Jobs that share one commit, at most.
const GROUP: usize = 256;
/// Quiet time after which the log is folded into the database.
const IDLE: Duration = Duration::from_secs(5);

type Job = Box<dyn WriteJob>;

pub(super) fn start(
    connection: Connection,
    jobs: Receiver<Job>,
) -> Result<JoinHandle<()>, StoreError> {
    std::thread::Builder::new()
        .name("writer".to_owned())
        .spawn(move || serve(&connection, &jobs))
        .map_err(|error| StoreError::Database(error.to_string()))
}

fn serve(connection: &Connection, jobs: &Receiver<Job>) {
    let mut dirty = true;
    loop {
        match jobs.recv_timeout(IDLE) {
            Ok(first) => {
                let mut group = vec![first];
                group.extend(jobs.try_iter().take(GROUP - 1));
                work(connection, &mut group);
                dirty = true;
            }
            Err(RecvTimeoutError::Timeout) => {
                if std::mem::take(&mut dirty) {
                    checkpoint(connection);
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    if let Err(error) = connection.execute_batch("pragma optimize") {
        tracing::warn!(%error, "the database could not be optimised");
    }
    checkpoint(connection);
}

fn work(connection: &Connection, group: &mut [Job]) {
    let kept = match run_all(connection, group) {
        Ok(kept) => kept,
        Err(error) => {
            tracing::error!(%error, jobs = group.len(), "a commit failed");
            if !connection.is_autocommit()
                && let Err(error) = connection.execute_batch("rollback")
            {
                tracing::error!(%error, "a rollback failed");
            }
            for job in group {
                job.answer(Some(StoreError::Database(error.to_string())));
            }
            return;
        }
    };
    for (job, verdict) in group.iter_mut().zip(&kept) {
        if matches!(verdict, Verdict::Kept) {
            job.committed();
        }
    }
    for (job, verdict) in group.iter_mut().zip(&kept) {
        job.answer(match verdict {
            Verdict::Died => Some(StoreError::Gone),
            Verdict::Kept | Verdict::Undone => None,
        });
    }
    for (job, verdict) in group.iter_mut().zip(&kept) {
        if matches!(verdict, Verdict::Kept) {
            job.wake();
        }
    }
}

#[derive(Clone, Copy)]
enum Verdict {
    Kept,
    Undone,
    Died,
}

fn run_all(connection: &Connection, group: &mut [Job]) -> Result<Vec<Verdict>, rusqlite::Error> {
    statement(connection, "begin immediate")?;
    let mut verdicts = Vec::with_capacity(group.len());
    for job in group.iter_mut() {
        statement(connection, "savepoint job")?;
        let ran = catch_unwind(AssertUnwindSafe(|| job.run(&Tx(connection))));
        let verdict = match ran {
            Ok(Outcome::Keep) => Verdict::Kept,
            Ok(Outcome::Undo) => Verdict::Undone,
            Err(_) => {
                tracing::error!("a writing job panicked");
                Verdict::Died
            }
        };
        if !matches!(verdict, Verdict::Kept) {
            statement(connection, "rollback to job")?;
        }
        statement(connection, "release job")?;
        verdicts.push(verdict);
    }
    statement(connection, "commit")?;
    Ok(verdicts)
}

fn statement(connection: &Connection, sql: &str) -> Result<(), rusqlite::Error> {
    connection.prepare_cached(sql)?.execute([]).map(drop)
}

fn checkpoint(connection: &Connection) {
    // Fails while a reader is in the way; the next quiet moment tries again.
    let folded = connection.query_row("pragma wal_checkpoint(truncate)", [], |_| Ok(()));
    if let Err(error) = folded {
        tracing::warn!(%error, "the log could not be folded into the database");
    }
}

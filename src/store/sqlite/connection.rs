//! How connections are opened: the pragmas of the one writer and of the readers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::store::StoreError;

/// Statements kept prepared per connection; above the number that the code uses.
const STATEMENTS: usize = 160;

/// What an acknowledged write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A power cut: the log is synced at each commit.
    Full,
    /// A crash of the program; the last commits may go with a crash of the machine.
    Normal,
    /// Nothing: for throw-away databases of tests and replays.
    Off,
}

impl Durability {
    fn pragma(self) -> &'static str {
        match self {
            Self::Full => "FULL",
            Self::Normal => "NORMAL",
            Self::Off => "OFF",
        }
    }
}

/// The connection that writes.
pub(super) fn open_writer(file: &Path, durability: Durability) -> Result<Connection, StoreError> {
    let connection = Connection::open(file)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", durability.pragma())?;
    connection.pragma_update(None, "journal_size_limit", 64 * 1024 * 1024)?;
    prepare(&connection)?;
    Ok(connection)
}

/// Opens and checks the connections of the pool of readers.
pub(super) struct Readers {
    file: PathBuf,
}

impl Readers {
    pub(super) fn new(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
        }
    }
}

impl r2d2::ManageConnection for Readers {
    type Connection = Connection;
    type Error = rusqlite::Error;

    fn connect(&self) -> Result<Connection, rusqlite::Error> {
        let connection = Connection::open_with_flags(
            &self.file,
            // Not SQLITE_OPEN_READ_ONLY: a reader must be able to make the log's index file.
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.pragma_update(None, "query_only", true)?;
        prepare(&connection)?;
        Ok(connection)
    }

    fn is_valid(&self, connection: &mut Connection) -> Result<(), rusqlite::Error> {
        connection.execute_batch("select 1")
    }

    fn has_broken(&self, connection: &mut Connection) -> bool {
        // A transaction left open would show the past for ever.
        !connection.is_autocommit()
    }
}

fn prepare(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(Duration::from_secs(5))?;
    // Otherwise statements are parsed and planned anew for each value bound to them, as soon as
    // `pragma optimize` has gathered statistics, and where a value may fit a partial index.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // 16 MiB of pages for each connection.
    connection.pragma_update(None, "cache_size", -16_384)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;
    use crate::store::sqlite::migration;

    #[test]
    fn a_prepared_statement_is_planned_once_whatever_is_bound_to_it() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("planned.db");
        let connection = open_writer(&file, Durability::Off).unwrap();
        migration::bring_up_to_date(&connection).unwrap();
        connection
            .execute_batch(
                "insert into room (token, kind, name) values ('abcd', 2, 'Tea'), ('bcde', 2, 'Cake');
                 with recursive number (n) as (values (1) union all select n + 1 from number where n < 500)
                 insert into attendee (room_id, actor_type, actor_id, role, last_read_id)
                 select n % 2 + 1, 'users', 'person-' || n, 3, 0 from number;
                 analyze;",
            )
            .unwrap();
        // As statements find it that were prepared after a restart.
        let connection = open_writer(&file, Durability::Off).unwrap();
        let mut statement = connection
            .prepare(
                "select id from attendee where room_id = ? and actor_type = ? and actor_id >= ?",
            )
            .unwrap();
        for room in 1..20 {
            let found = statement
                .query_map((room, "users", format!("person-{room}")), |row| {
                    row.get::<_, i64>(0)
                })
                .unwrap();
            found.count();
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}

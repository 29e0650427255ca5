//! Bringing a database to the schema of this program.
//!
//! `user_version` counts the steps taken. An empty file gets `schema.sql` at once, an older one the
//! missing steps, a newer one is refused with both numbers.

use rusqlite::Connection;

use crate::store::StoreError;

/// The whole current schema.
const SCHEMA: &str = include_str!("../../../schema.sql");

/// Step N brings version N to N + 1. The first release is version 1, so step 0 is the frozen
/// beginning that a test upgrades from.
const STEPS: &[&str] = &[STEP_0];

/// Version 0 held nothing: an empty file.
const STEP_0: &str = SCHEMA;

/// The version that this program writes.
fn current() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Errors: `Database` if the file comes from a newer program.
pub(super) fn bring_up_to_date(connection: &Connection) -> Result<(), StoreError> {
    let found: i64 = connection.query_row("pragma user_version", [], |row| row.get(0))?;
    if found > current() {
        return Err(StoreError::Database(format!(
            "the database has version {found}, this program knows versions up to {}",
            current()
        )));
    }
    connection.execute_batch("begin immediate")?;
    for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        connection.execute_batch(step)?;
    }
    connection.pragma_update(None, "user_version", current())?;
    connection.execute_batch("commit")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_gets_the_schema_and_a_second_start_changes_nothing() {
        let connection = Connection::open_in_memory().unwrap();
        bring_up_to_date(&connection).unwrap();
        bring_up_to_date(&connection).unwrap();
        let tables: i64 = connection
            .query_row(
                "select count(*) from sqlite_schema where type = 'table' and name = 'message'",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(tables, 1);
    }

    #[test]
    fn a_newer_database_is_refused_with_both_numbers() {
        let connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        let error = bring_up_to_date(&connection).unwrap_err().to_string();
        assert!(
            error.contains("99") && error.contains(&current().to_string()),
            "{error}"
        );
    }
}

//! Bringing a database to the schema of this program.
//!
//! `user_version` counts the steps taken. An empty file gets `schema.sql` at once, an older one the
//! missing steps, a newer one is refused with both numbers.

use rusqlite::Connection;

use crate::store::StoreError;

/// The whole current schema.
const SCHEMA: &str = include_str!("../../../schema.sql");

/// Step N brings version N to N + 1, and never changes again: databases of every version are about.
/// The first release wrote version 1, whose whole schema is step 0.
const STEPS: &[&str] = &[
    include_str!("schema_1.sql"),
    include_str!("step_1.sql"),
    include_str!("step_2.sql"),
    include_str!("step_3.sql"),
    include_str!("step_4.sql"),
];

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
    if found == 0 {
        connection.execute_batch(SCHEMA)?;
    } else {
        for step in STEPS.iter().skip(usize::try_from(found).unwrap_or(0)) {
            connection.execute_batch(step)?;
        }
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

    /// Every column, index and key of a database, by name.
    fn shape(connection: &Connection) -> Vec<String> {
        let sql = "select t.name || '.' || c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' '
                     || coalesce(c.dflt_value, '') || ' ' || c.pk
                   from sqlite_schema t join pragma_table_info(t.name) c where t.type = 'table'
                   union all
                   select tbl_name || ' ' || name || ' ' || coalesce(sql, '')
                   from sqlite_schema where type = 'index'
                   order by 1";
        let mut statement = connection.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn the_first_release_s_database_becomes_what_an_empty_file_becomes_and_keeps_its_rows() {
        let (old, new) = (
            Connection::open_in_memory().unwrap(),
            Connection::open_in_memory().unwrap(),
        );
        old.execute_batch(STEPS[0]).unwrap();
        old.execute_batch(
            "insert into room (id, token, kind, name, avatar)
               values (1, 'abcd', 6, 'Note to self', '📝:0082c9'), (2, 'efgh', 2, 'Tea', '');
             insert into attendee (id, room_id, actor_type, actor_id, role, last_read_id)
               values (7, 2, 'users', 'alice', 1, 40);
             pragma user_version = 1",
        )
        .unwrap();
        bring_up_to_date(&old).unwrap();
        bring_up_to_date(&new).unwrap();
        assert_eq!(shape(&old), shape(&new));
        let avatars: Vec<String> = (1..=2)
            .map(|id| {
                old.query_row("select avatar from room where id = ?", [id], |row| {
                    row.get(0)
                })
                .unwrap()
            })
            .collect();
        assert!(avatars[0].starts_with("emoji:") && avatars[0].ends_with(":0082c9:📝"));
        assert_eq!(avatars[1], "");
        let marker: i64 = old
            .query_row(
                "select last_read_id from attendee where id = 7",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(marker, 40);
    }

    #[test]
    fn texts_that_an_older_program_indexed_are_indexed_anew() {
        let connection = Connection::open_in_memory().unwrap();
        for step in &STEPS[..4] {
            connection.execute_batch(step).unwrap();
        }
        connection
            .execute_batch(
                "insert into message_text (rowid, body) values (1099511627777, 'kettle');
                 insert into message_text_stale (first, last) values (1099511627777, 1099511627777);
                 insert into setting (name, value)
                   values ('search/indexed_up_to', '1'), ('search/runs_from', '1'), ('theming/name', 'Tea');
                 pragma user_version = 4",
            )
            .unwrap();
        bring_up_to_date(&connection).unwrap();
        let left: String = connection
            .query_row(
                "select (select count(*) from message_text) || (select count(*) from message_text_stale)
                   || (select group_concat(name) from setting)",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(left, "00theming/name");
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

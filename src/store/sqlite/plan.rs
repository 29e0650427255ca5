//! How SQLite goes about a statement, for the tests that want an index used.

use rusqlite::Connection;

/// The plan of a statement, as SQLite tells it.
pub(super) fn plan(connection: &Connection, sql: &str) -> String {
    let mut statement = connection
        .prepare(&format!("explain query plan {sql}"))
        .unwrap();
    let mut rows = statement.raw_query();
    let mut plan = String::new();
    while let Some(row) = rows.next().unwrap() {
        plan.push_str(&row.get::<_, String>(3).unwrap());
        plan.push('\n');
    }
    plan
}

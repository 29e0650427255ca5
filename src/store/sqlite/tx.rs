//! One transaction as the domain sees it, and the three ways in which the topics ask for rows.

use rusqlite::{Connection, Params, Row};

use crate::store::{Reading, StoreError, Writing};

/// A connection inside a transaction. The topics' files implement the store's contract on it.
pub(super) struct Tx<'c>(pub(super) &'c Connection);

impl Reading for Tx<'_> {}
impl Writing for Tx<'_> {}

impl Tx<'_> {
    /// The first row, if there is one.
    pub(super) fn find<T>(
        &self,
        sql: &str,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        rows.next()?.map(read).transpose()
    }

    /// All rows.
    pub(super) fn list<T>(
        &self,
        sql: &str,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read(row)?);
        }
        Ok(all)
    }

    /// One number; the statement always yields a row.
    pub(super) fn number(&self, sql: &str, params: impl Params) -> Result<i64, StoreError> {
        self.0
            .prepare_cached(sql)?
            .query_row(params, |row| row.get(0))
            .map_err(StoreError::from)
    }

    /// A change.
    pub(super) fn execute(&self, sql: &str, params: impl Params) -> Result<(), StoreError> {
        self.0.prepare_cached(sql)?.execute(params)?;
        Ok(())
    }
}

/// A value that only this program writes, read back.
pub(super) fn known<T>(
    place: &'static str,
    value: Option<T>,
    raw: impl ToString,
) -> Result<T, StoreError> {
    value.ok_or_else(|| StoreError::Corrupt {
        place,
        value: raw.to_string(),
    })
}

//! What is kept of a site under a name, as a text: each kind in a table of its own, and all of them in one way.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;

use super::site::SiteKey;
use super::{LedgerError, stored, unstored};

/// A kind of thing that is kept.
pub struct Kind {
    /// What one is called.
    pub what: &'static str,
    /// Where they are.
    pub table: &'static str,
    /// The column of their numbers.
    pub number: &'static str,
    /// The column of their texts.
    pub text: &'static str,
    /// How many a site may have.
    pub most: usize,
}

/// One that is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept<T> {
    /// Its number, of all sites' one.
    pub number: i64,
    /// What it is called; no two of a site are called the same.
    pub name: String,
    /// What it is.
    pub content: T,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: u64,
    /// When it was last changed, Unix milliseconds.
    pub changed_at_ms: u64,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is done, to the one of this number.
    Done(i64),
    /// Another of the site has this name.
    NameTaken,
    /// The site has as many as it may.
    Full,
    /// There is none of this number.
    Missing,
}

impl Kind {
    /// Those of a site, by name; texts are JSON.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails, or holds a text that cannot be read any more.
    pub fn list<T: DeserializeOwned>(
        &self,
        connection: &Connection,
        site: SiteKey,
    ) -> Result<Vec<Kept<T>>, LedgerError> {
        let sql = format!("SELECT {} FROM {} WHERE site = ?1 ORDER BY name", self.columns(), self.table);
        let mut all = connection.prepare_cached(&sql)?;
        let mut rows = all.query([site.0])?;
        let mut kept = Vec::new();
        while let Some(row) = rows.next()? {
            kept.push(self.read(row)?);
        }
        Ok(kept)
    }

    /// One of a site's.
    ///
    /// # Errors
    /// As [`Kind::list`].
    pub fn find<T: DeserializeOwned>(
        &self,
        connection: &Connection,
        site: SiteKey,
        number: i64,
    ) -> Result<Option<Kept<T>>, LedgerError> {
        let (columns, table) = (self.columns(), self.table);
        let sql = format!("SELECT {columns} FROM {table} WHERE site = ?1 AND {} = ?2", self.number);
        let mut found = connection.prepare_cached(&sql)?;
        found.query_row(params![site.0, number], |row| Ok(self.read(row))).optional()?.transpose()
    }

    /// Keeps one more.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn add(
        &self,
        connection: &Connection,
        site: SiteKey,
        name: &str,
        text: &str,
        now_ms: u64,
    ) -> Result<Change, LedgerError> {
        if self.is_taken(connection, site, name, None)? {
            return Ok(Change::NameTaken);
        }
        let (table, column) = (self.table, self.text);
        let sql = format!(
            "INSERT INTO {table} (site, name, {column}, created_at_ms, changed_at_ms)
             SELECT ?1, ?2, ?3, ?4, ?4 WHERE (SELECT count(*) FROM {table} WHERE site = ?1) < ?5"
        );
        let most = i64::try_from(self.most).unwrap_or(i64::MAX);
        let parameters = params![site.0, name, text, stored(now_ms), most];
        let is_added = connection.prepare_cached(&sql)?.execute(parameters)? == 1;
        Ok(if is_added { Change::Done(connection.last_insert_rowid()) } else { Change::Full })
    }

    /// Gives one another name, another text, or both.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn change(
        &self,
        connection: &Connection,
        site: SiteKey,
        number: i64,
        (name, text): (Option<&str>, Option<&str>),
        now_ms: u64,
    ) -> Result<Change, LedgerError> {
        if let Some(name) = name
            && self.is_taken(connection, site, name, Some(number))?
        {
            return Ok(Change::NameTaken);
        }
        let (table, column) = (self.table, self.text);
        let sql = format!(
            "UPDATE {table} SET name = coalesce(?3, name), {column} = coalesce(?4, {column}), changed_at_ms = ?5
             WHERE site = ?1 AND {} = ?2",
            self.number
        );
        let parameters = params![site.0, number, name, text, stored(now_ms)];
        let is_there = connection.prepare_cached(&sql)?.execute(parameters)? == 1;
        Ok(if is_there { Change::Done(number) } else { Change::Missing })
    }

    /// Keeps it no longer. Answers whether there was one.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn remove(&self, connection: &Connection, site: SiteKey, number: i64) -> Result<bool, LedgerError> {
        let sql = format!("DELETE FROM {} WHERE site = ?1 AND {} = ?2", self.table, self.number);
        Ok(connection.prepare_cached(&sql)?.execute(params![site.0, number])? == 1)
    }

    fn is_taken(
        &self,
        connection: &Connection,
        site: SiteKey,
        name: &str,
        but: Option<i64>,
    ) -> Result<bool, LedgerError> {
        let (table, number) = (self.table, self.number);
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {table} WHERE site = ?1 AND name = ?2 AND {number} IS NOT ?3)");
        Ok(connection.prepare_cached(&sql)?.query_row(params![site.0, name, but], |row| row.get(0))?)
    }

    fn columns(&self) -> String {
        format!("{}, name, {}, created_at_ms, changed_at_ms", self.number, self.text)
    }

    fn read<T: DeserializeOwned>(&self, row: &Row<'_>) -> Result<Kept<T>, LedgerError> {
        let text: String = row.get(2)?;
        let content = serde_json::from_str(&text);
        Ok(Kept {
            number: row.get(0)?,
            name: row.get(1)?,
            content: content.map_err(|e| LedgerError::Damaged(format!("a {}: {e}", self.what)))?,
            created_at_ms: unstored(row.get(3)?),
            changed_at_ms: unstored(row.get(4)?),
        })
    }
}

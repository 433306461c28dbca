//! What is watched of a site, and how it stands.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::de::DeserializeOwned;
use wire::alert::{ALERTS_MAX, Alert, AlertChange, NewAlert, Standing};

use super::kept::Change;
use super::site::SiteKey;
use super::{LedgerError, stored, unstored};

const COLUMNS: &str = "alert, name, definition, channels, is_on, standing, fault, created_at_ms, changed_at_ms";

/// An alert that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Watched {
    /// Its number.
    pub alert: i64,
    /// Its site.
    pub site: SiteKey,
    /// Counted up with each change by a person.
    pub version: i64,
}

/// The alerts of a site, by name.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, or holds an alert that cannot be read any more.
pub fn list(connection: &Connection, site: SiteKey) -> Result<Vec<Alert>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM alerts WHERE site = ?1 ORDER BY name");
    let mut all = connection.prepare_cached(&sql)?;
    let mut rows = all.query([site.0])?;
    let mut alerts = Vec::new();
    while let Some(row) = rows.next()? {
        alerts.push(read(row)?);
    }
    Ok(alerts)
}

/// One of a site's alerts.
///
/// # Errors
/// As [`list`].
pub fn find(connection: &Connection, site: SiteKey, alert: i64) -> Result<Option<Alert>, LedgerError> {
    let sql = format!("SELECT {COLUMNS} FROM alerts WHERE site = ?1 AND alert = ?2");
    let mut found = connection.prepare_cached(&sql)?;
    found.query_row(params![site.0, alert], |row| Ok(read(row))).optional()?.transpose()
}

/// The alerts of all sites that are on.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn watched(connection: &Connection) -> Result<Vec<Watched>, LedgerError> {
    let mut all = connection.prepare_cached(
        "SELECT alert, site, version FROM alerts JOIN sites USING (site) WHERE is_on AND deleted_at_ms IS NULL",
    )?;
    let read = |row: &Row<'_>| Ok(Watched { alert: row.get(0)?, site: SiteKey(row.get(1)?), version: row.get(2)? });
    Ok(all.query_map([], read)?.collect::<Result<_, _>>()?)
}

/// Adds one.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn add(connection: &Connection, site: SiteKey, wanted: &NewAlert, now_ms: u64) -> Result<Change, LedgerError> {
    if is_taken(connection, site, &wanted.name, None)? {
        return Ok(Change::NameTaken);
    }
    let sql = "INSERT INTO alerts
                 (site, name, definition, channels, is_on, version, standing, created_at_ms, changed_at_ms)
               SELECT ?1, ?2, ?3, ?4, ?5, 1, ?6, ?7, ?7 WHERE (SELECT count(*) FROM alerts WHERE site = ?1) < ?8";
    let most = i64::try_from(ALERTS_MAX).unwrap_or(i64::MAX);
    let (definition, channels) = (written(&wanted.definition)?, written(&wanted.channels)?);
    let standing = written(&Standing::default())?;
    let parameters = params![site.0, wanted.name, definition, channels, wanted.is_on, standing, stored(now_ms), most];
    let is_added = connection.prepare_cached(sql)?.execute(parameters)? == 1;
    Ok(if is_added { Change::Done(connection.last_insert_rowid()) } else { Change::Full })
}

/// Changes what is given of an alert. With another definition, and when it is put on again, it begins anew.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn change(
    connection: &Connection,
    site: SiteKey,
    alert: i64,
    change: &AlertChange,
    now_ms: u64,
) -> Result<Change, LedgerError> {
    if let Some(name) = &change.name
        && is_taken(connection, site, name, Some(alert))?
    {
        return Ok(Change::NameTaken);
    }
    let begins_anew = change.definition.is_some() || change.is_on == Some(true);
    let anew = if begins_anew { Some(written(&Standing::default())?) } else { None };
    let sql = "UPDATE alerts
               SET name = coalesce(?3, name), definition = coalesce(?4, definition), channels = coalesce(?5, channels),
                   is_on = coalesce(?6, is_on), standing = coalesce(?7, standing),
                   fault = iif(?7 IS NULL, fault, NULL), version = version + 1, changed_at_ms = ?8
               WHERE site = ?1 AND alert = ?2";
    let definition = change.definition.as_ref().map(written).transpose()?;
    let channels = change.channels.as_ref().map(written).transpose()?;
    let parameters = params![site.0, alert, change.name, definition, channels, change.is_on, anew, stored(now_ms)];
    let is_there = connection.prepare_cached(sql)?.execute(parameters)? == 1;
    Ok(if is_there { Change::Done(alert) } else { Change::Missing })
}

/// Watches it no longer. Answers whether there was one.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn remove(connection: &Connection, site: SiteKey, alert: i64) -> Result<bool, LedgerError> {
    let sql = "DELETE FROM alerts WHERE site = ?1 AND alert = ?2";
    Ok(connection.prepare_cached(sql)?.execute(params![site.0, alert])? == 1)
}

/// Writes how an alert stands, unless somebody changed it since it was read. Answers whether it is so written.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn stand(
    connection: &Connection,
    watched: Watched,
    standing: &Standing,
    fault: Option<&str>,
) -> Result<bool, LedgerError> {
    let sql = "UPDATE alerts SET standing = ?3, fault = ?4 WHERE alert = ?1 AND version = ?2 AND is_on";
    let parameters = params![watched.alert, watched.version, written(standing)?, fault];
    Ok(connection.prepare_cached(sql)?.execute(parameters)? == 1)
}

fn is_taken(connection: &Connection, site: SiteKey, name: &str, but: Option<i64>) -> Result<bool, LedgerError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM alerts WHERE site = ?1 AND name = ?2 AND alert IS NOT ?3)";
    Ok(connection.prepare_cached(sql)?.query_row(params![site.0, name, but], |row| row.get(0))?)
}

pub(super) fn written(value: &impl serde::Serialize) -> Result<String, LedgerError> {
    serde_json::to_string(value).map_err(|e| damaged(&e))
}

pub(super) fn parsed<T: DeserializeOwned>(text: &str) -> Result<T, LedgerError> {
    serde_json::from_str(text).map_err(|e| damaged(&e))
}

fn damaged(error: &serde_json::Error) -> LedgerError {
    LedgerError::Damaged(format!("an alert: {error}"))
}

fn read(row: &Row<'_>) -> Result<Alert, LedgerError> {
    let text = |at| row.get::<_, String>(at);
    Ok(Alert {
        alert: row.get(0)?,
        name: row.get(1)?,
        definition: parsed(&text(2)?)?,
        channels: parsed(&text(3)?)?,
        is_on: row.get(4)?,
        standing: parsed(&text(5)?)?,
        fault: row.get(6)?,
        created_at_ms: unstored(row.get(7)?),
        changed_at_ms: unstored(row.get(8)?),
    })
}

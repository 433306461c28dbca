//! What the owners decided about their sites.

use domain::settings::{SettingsError, follow};
use rusqlite::{Connection, OptionalExtension, params};
use wire::site::Settings;

use super::site::SiteKey;
use super::{LedgerError, stored, unstored};

/// Why settings were not changed.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// What is wanted cannot be.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// The settings of a site; the defaults, version 0, before the first decision.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or holds settings that cannot be read any more.
pub fn read(connection: &Connection, site: SiteKey) -> Result<Settings, LedgerError> {
    let sql = "SELECT tracking_id, version, settings FROM sites LEFT JOIN site_settings USING (site) WHERE site = ?1";
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let (tracking_id, version, json): (String, Option<i64>, Option<String>) =
        connection.prepare_cached(sql)?.query_row([site.0], row)?;
    let settings: Settings = match json {
        Some(json) => serde_json::from_str(&json).map_err(|e| LedgerError::Damaged(format!("settings: {e}")))?,
        None => Settings::default(),
    };
    Ok(Settings { site: tracking_id, version: version.map(unstored).unwrap_or_default(), ..settings })
}

/// Version of a site's settings.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn version(connection: &Connection, site: SiteKey) -> Result<u64, LedgerError> {
    let mut version = connection.prepare_cached("SELECT version FROM site_settings WHERE site = ?1")?;
    Ok(version.query_row([site.0], |row| row.get(0).map(unstored)).optional()?.unwrap_or_default())
}

/// Changes the settings of a site by what `decide` makes of them. Answers those that hold now. Belongs in a transaction.
///
/// # Errors
/// [`ChangeError`] when they cannot be so, or the ledger fails.
pub fn change(
    connection: &Connection,
    site: SiteKey,
    now_ms: u64,
    decide: impl FnOnce(Settings) -> Settings,
) -> Result<Settings, ChangeError> {
    let before = read(connection, site)?;
    let mut wanted = decide(before.clone());
    wanted.time_zone = time_zone(&wanted.time_zone)?;
    let next = follow(&before, wanted, now_ms)?;
    if next != before {
        write(connection, site, &next, now_ms)?;
    }
    Ok(next)
}

/// A time zone as the IANA database writes it.
fn time_zone(name: &str) -> Result<String, SettingsError> {
    let zone = jiff::tz::TimeZone::get(name).ok();
    let name = zone.as_ref().and_then(jiff::tz::TimeZone::iana_name);
    let detail = || "must be a name of the IANA time zone database, e.g. Europe/Vienna".to_owned();
    name.map(str::to_owned).ok_or_else(|| SettingsError { field: "time_zone", detail: detail() })
}

fn write(connection: &Connection, site: SiteKey, settings: &Settings, now_ms: u64) -> Result<(), LedgerError> {
    let json = serde_json::to_string(settings).map_err(|e| LedgerError::Damaged(format!("settings: {e}")))?;
    let sql = "INSERT INTO site_settings (site, version, settings, changed_at_ms) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT DO UPDATE SET version = excluded.version, settings = excluded.settings,
                                         changed_at_ms = excluded.changed_at_ms";
    connection.prepare_cached(sql)?.execute(params![site.0, stored(settings.version), json, stored(now_ms)])?;
    Ok(())
}

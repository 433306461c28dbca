//! Whether the ledger is whole and agrees with itself, and a digest of what it counts.

use std::collections::BTreeMap;

use domain::window::{DAY_MS, Granularity};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, params};
use sha2::{Digest, Sha256};
use wire::frame::{Frame, RollupDimension};

use super::LedgerError;

/// What a check found in a ledger that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Counted frames.
    pub frames: u64,
    /// Counted events.
    pub events: u64,
    /// Rows of rollups, of every granularity.
    pub rollups: u64,
    /// SHA-256 over sites, marks, counted frames and rollups, in the order of their keys. Two ledgers that counted
    /// the same frames have the same digest, in whatever order and however often the frames arrived.
    pub digest: [u8; 32],
}

/// Reads the whole ledger; belongs in a transaction, so that all of it is of one instant.
///
/// # Errors
/// [`LedgerError::Damaged`] names the first thing that is wrong; any other when the ledger cannot be read.
pub fn contents(connection: &Connection) -> Result<Contents, LedgerError> {
    whole(connection)?;
    let logged = logged_events(connection)?;
    let days = agreeing_days(connection)?;
    for site in logged.keys().chain(days.keys()) {
        let (in_log, in_rollups) = (logged.get(site).map_or(0, |log| log.1), days.get(site).copied().unwrap_or(0));
        if in_log != in_rollups {
            return Err(damaged(format!("site {site}: {in_log} events in the log, {in_rollups} in the rollups")));
        }
    }
    let mut digest = Sha256::new();
    let mut rollups = 0;
    for (number, sql) in CONTENT.into_iter().enumerate() {
        rollups = each(connection, sql, |row| feed(&mut digest, number, row))?;
    }
    Ok(Contents {
        frames: logged.values().map(|(frames, _)| frames).sum(),
        events: logged.values().map(|(_, events)| events).sum(),
        rollups,
        digest: digest.finalize().into(),
    })
}

/// What counting leaves behind, without the times and the order of arrival. The rollups come last.
const CONTENT: [&str; 4] = [
    "SELECT tracking_id, name FROM sites ORDER BY tracking_id",
    "SELECT edge_id, epoch, applied_through, tracking_id, shard FROM marks JOIN sites USING (site)
     ORDER BY edge_id, epoch",
    "SELECT edge_id, epoch, seq, hash, bytes FROM frames ORDER BY edge_id, epoch, seq",
    "SELECT tracking_id, granularity, dimension, start_ms, value, pageviews, events, visitors, sessions
     FROM rollups JOIN sites USING (site) ORDER BY tracking_id, granularity, dimension, start_ms, value",
];

/// SQLite's own check of every page and index, and of every reference.
fn whole(connection: &Connection) -> Result<(), LedgerError> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(damaged(found));
    }
    let lost = each(connection, "PRAGMA foreign_key_check", |_| Ok(()))?;
    if lost > 0 { Err(damaged(format!("{lost} rows of a site that is not there"))) } else { Ok(()) }
}

/// Frames and events in the log, by site.
fn logged_events(connection: &Connection) -> Result<BTreeMap<i64, (u64, u64)>, LedgerError> {
    let mut logged: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    each(connection, "SELECT site, bytes FROM frames", |row| {
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        let frame = Frame::decode(bytes).map_err(|e| damaged(e.to_string()))?;
        let (frames, events) = logged.entry(row.get(0)?).or_default();
        *frames += 1;
        *events += u64::from(frame.event_count);
        Ok(())
    })?;
    Ok(logged)
}

/// Events by site, once the minutes and the hours of every day were found to add up to it.
fn agreeing_days(connection: &Connection) -> Result<BTreeMap<i64, u64>, LedgerError> {
    let sql = "SELECT site, start_ms / ?1, granularity, sum(pageviews), sum(events) FROM rollups
               WHERE dimension = ?2 GROUP BY 1, 2, 3";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query(params![super::stored(DAY_MS), RollupDimension::Total.name()])?;
    let mut days: BTreeMap<(i64, i64), BTreeMap<String, (i64, i64)>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let sums = days.entry((row.get(0)?, row.get(1)?)).or_default();
        sums.insert(row.get(2)?, (row.get(3)?, row.get(4)?));
    }
    let mut events: BTreeMap<i64, u64> = BTreeMap::new();
    for ((site, day), sums) in days {
        let [minutes, hours, whole] = Granularity::ALL.map(|granularity| sums.get(granularity.name()).copied());
        if minutes != whole || hours != whole {
            let day = super::unstored(day) * DAY_MS;
            return Err(damaged(format!(
                "site {site}, day of {day}: pageviews and events by minute {minutes:?}, hour {hours:?}, day {whole:?}"
            )));
        }
        *events.entry(site).or_default() += super::unstored(whole.unwrap_or_default().1);
    }
    Ok(events)
}

/// Hands every row to `take` and answers how many there were.
fn each(
    connection: &Connection,
    sql: &str,
    mut take: impl FnMut(&Row<'_>) -> Result<(), LedgerError>,
) -> Result<u64, LedgerError> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        take(row)?;
        count += 1;
    }
    Ok(count)
}

/// Adds a row: each value with its kind and length, so that no two rows look the same.
fn feed(digest: &mut Sha256, table: usize, row: &Row<'_>) -> Result<(), LedgerError> {
    digest.update((table as u64).to_be_bytes());
    for column in 0..row.as_ref().column_count() {
        let number;
        let (kind, bytes): (u8, &[u8]) = match row.get_ref(column)? {
            ValueRef::Integer(value) => {
                number = value.to_be_bytes();
                (1, &number)
            }
            ValueRef::Text(text) => (2, text),
            ValueRef::Blob(blob) => (3, blob),
            ValueRef::Null | ValueRef::Real(_) => {
                return Err(damaged("a value of a kind that is never written".into()));
            }
        };
        digest.update([kind]);
        digest.update((bytes.len() as u64).to_be_bytes());
        digest.update(bytes);
    }
    Ok(())
}

fn damaged(what: String) -> LedgerError {
    LedgerError::Damaged(what)
}

//! What edges delivered and what was erased of it, by UTC day: the accounts that everything else is compared with.

use std::collections::BTreeMap;

use domain::reconcile::{DaySum, DaySums};
use rusqlite::{Connection, Row, params};
use wire::Id128;

use super::site::SiteKey;
use super::{LedgerError, stored, unstored};

/// Start of the last day of which some counted events came without their single events, Unix milliseconds: from the next
/// one on, single events tell everything.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn last_day_without_events(connection: &Connection, site: SiteKey) -> Result<Option<u64>, LedgerError> {
    let sql = "SELECT max(day_ms) FROM source_days INDEXED BY days_without_events WHERE site = ?1 AND kept < events";
    let mut last = connection.prepare_cached(sql)?;
    Ok(last.query_row([site.0], |row| row.get::<_, Option<i64>>(0))?.map(unstored))
}

/// One edge's part of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceDay {
    /// Start of the day, Unix milliseconds.
    pub day_ms: u64,
    /// The edge.
    pub edge: Id128,
    /// Frames that had events of that day.
    pub frames: u64,
    /// Its events.
    pub sum: DaySum,
}

/// What counted frames said, merged before the ledger's rows are touched: each is written once a group.
#[derive(Debug, Default)]
pub struct Delivered(BTreeMap<(SiteKey, u64, Id128), (u64, DaySum)>);

impl Delivered {
    /// Adds what a counted frame of an edge said.
    pub fn add(&mut self, site: SiteKey, edge: Id128, days: &DaySums) {
        for (day_ms, sum) in days {
            let (frames, all) = self.0.entry((site, *day_ms, edge)).or_default();
            *frames += 1;
            all.add(sum);
        }
    }

    /// Writes all of it.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn write(&self, connection: &Connection) -> Result<(), LedgerError> {
        let sql = "INSERT INTO source_days (site, day_ms, edge_id, frames, events, kept, checksum_high, checksum_low)
               VALUES (?1, ?2, ?3, ?8, ?4, ?5, ?6, ?7)
               ON CONFLICT DO UPDATE SET
                   frames = frames + excluded.frames, events = events + excluded.events, kept = kept + excluded.kept,
                   checksum_high = (checksum_high | excluded.checksum_high) & ~(checksum_high & excluded.checksum_high),
                   checksum_low = (checksum_low | excluded.checksum_low) & ~(checksum_low & excluded.checksum_low)";
        let mut add = connection.prepare_cached(sql)?;
        for ((site, day_ms, edge), (frames, sum)) in &self.0 {
            let ((high, low), frames) = (halves(sum.id_checksum), stored(*frames));
            let (events, kept) = (stored(sum.events), stored(sum.kept));
            add.execute(params![site.0, stored(*day_ms), edge.0, events, kept, high, low, frames])?;
        }
        Ok(())
    }
}

/// Adds what was erased of a day.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn erase(connection: &Connection, site: SiteKey, day_ms: u64, sum: &DaySum) -> Result<(), LedgerError> {
    let sql = "INSERT INTO erased_days (site, day_ms, events, kept, checksum_high, checksum_low)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6)
               ON CONFLICT DO UPDATE SET
                   events = events + excluded.events, kept = kept + excluded.kept,
                   checksum_high = (checksum_high | excluded.checksum_high) & ~(checksum_high & excluded.checksum_high),
                   checksum_low = (checksum_low | excluded.checksum_low) & ~(checksum_low & excluded.checksum_low)";
    let (high, low) = halves(sum.id_checksum);
    let row = params![site.0, stored(day_ms), stored(sum.events), stored(sum.kept), high, low];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// What each edge delivered to a site, by day.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn sources(connection: &Connection, site: SiteKey) -> Result<Vec<SourceDay>, LedgerError> {
    let sql = "SELECT day_ms, events, kept, checksum_high, checksum_low, edge_id, frames FROM source_days
               WHERE site = ?1 ORDER BY day_ms, edge_id";
    let mut all = connection.prepare_cached(sql)?;
    let rows = all.query_map([site.0], |row| {
        let (day_ms, sum) = day(row)?;
        Ok(SourceDay { day_ms, edge: Id128(row.get(5)?), frames: unstored(row.get(6)?), sum })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What was erased of a site, by day.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn erased(connection: &Connection, site: SiteKey) -> Result<DaySums, LedgerError> {
    let sql = "SELECT day_ms, events, kept, checksum_high, checksum_low FROM erased_days WHERE site = ?1";
    let mut all = connection.prepare_cached(sql)?;
    let rows = all.query_map([site.0], day)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn day(row: &Row<'_>) -> rusqlite::Result<(u64, DaySum)> {
    let id_checksum = whole(row.get(3)?, row.get(4)?);
    let sum = DaySum { events: unstored(row.get(1)?), kept: unstored(row.get(2)?), id_checksum };
    Ok((unstored(row.get(0)?), sum))
}

fn halves(id: Id128) -> (i64, i64) {
    let number = u128::from_be_bytes(id.0);
    ((number >> 64) as u64 as i64, number as u64 as i64)
}

fn whole(high: i64, low: i64) -> Id128 {
    Id128(((u128::from(high as u64) << 64) | u128::from(low as u64)).to_be_bytes())
}

//! Whether the ledger is whole and agrees with itself, and a digest of what it counts.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use domain::rollup::{Block, Horizon, VisitSums};
use domain::window::Granularity;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use sha2::{Digest, Sha256};
use wire::frame::{Frame, RollupDimension};

use super::block::values_max;
use super::hot::{self, View};
use super::site::SiteKey;
use super::{LedgerError, block, forget, part, rollup, settings, unstored};

/// What a check found in a ledger that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contents {
    /// Counted frames, those of which the log has no row any more among them.
    pub frames: u64,
    /// Counted events.
    pub events: u64,
    /// Rows of rollups, of every granularity.
    pub rollups: u64,
    /// SHA-256 over sites, marks, the frames in the log and rollups, in the order of their keys. Two ledgers that counted
    /// the same frames have the same digest, in whatever order and however often the frames arrived, as long as their logs
    /// reach back as far.
    pub digest: [u8; 32],
}

/// Reads the whole ledger; belongs in a transaction, so that all of it is of one instant.
///
/// * `now_ms`: says how far back minutes and hours are kept
///
/// # Errors
/// [`LedgerError::Damaged`] names the first thing that is wrong; any other when the ledger cannot be read.
pub fn contents(connection: &Connection, now_ms: u64) -> Result<Contents, LedgerError> {
    whole(connection)?;
    let logged = logged_events(connection)?;
    let hot = rollup::replayed(connection)?;
    let mut digest = Sha256::new();
    for (number, sql) in CONTENT.into_iter().enumerate() {
        each(connection, sql, |row| feed(&mut digest, number, row))?;
    }
    let mut rollups = 0;
    for (tracking_id, site) in sites(connection)? {
        let retention_days = settings::read(connection, site)?.rollup_retention_days;
        let counted = Counted::of(connection, &hot.view(site), site, Horizon::at(now_ms, retention_days))?;
        let in_log = logged.get(&site).map_or(0, |log| log.1);
        let (in_rollups, dropped) = (counted.events, dropped_events(connection, site)?);
        if in_log != in_rollups.saturating_add(dropped) {
            return Err(damaged(format!(
                "site {tracking_id}: {in_log} events in the log, {in_rollups} in the rollups, {dropped} dropped"
            )));
        }
        digest.update((tracking_id.len() as u64).to_be_bytes());
        digest.update(tracking_id.as_bytes());
        digest.update(counted.digest);
        rollups += counted.rows;
    }
    Ok(Contents {
        frames: logged.values().map(|(frames, _)| frames).sum(),
        events: logged.values().map(|(_, events)| events).sum(),
        rollups,
        digest: digest.finalize().into(),
    })
}

/// What counting leaves behind beside the rollups, without the times and the order of arrival.
const CONTENT: [&str; 3] = [
    "SELECT tracking_id, name FROM sites ORDER BY tracking_id",
    "SELECT edge_id, epoch, applied_through, tracking_id, shard FROM marks JOIN sites USING (site)
     ORDER BY edge_id, epoch",
    "SELECT edge_id, epoch, seq, hash, events FROM frames ORDER BY edge_id, epoch, seq",
];

/// The rollups of a site.
struct Counted {
    rows: u64,
    /// Events of all days.
    events: u64,
    digest: [u8; 32],
}

impl Counted {
    /// Reads every block of a site, hot rows included. Days must be what their hours and minutes say, where there are any.
    fn of(connection: &Connection, hot: &View, site: SiteKey, horizon: Horizon) -> Result<Self, LedgerError> {
        let mut digest = Sha256::new();
        let mut rows = 0;
        let mut days: [BTreeMap<u64, (u64, u64)>; 3] = Default::default();
        for (granularity, sums) in Granularity::ALL.into_iter().zip(&mut days) {
            // Days are counted as long as they are there, for what is dropped is noted then.
            let span = if granularity == Granularity::Day { 0 } else { horizon.of(granularity) }..u64::MAX;
            for (dimension, name) in dimensions(connection, hot, site, granularity)? {
                let mut take = |start_ms: u64, block: &Block| {
                    rows += feed_block(&mut digest, granularity, (dimension, &name), start_ms, block)?;
                    if dimension == RollupDimension::Total {
                        let (pageviews, events) = sums.entry(Granularity::Day.start_of(start_ms)).or_default();
                        *pageviews = block.iter().fold(*pageviews, |sum, row| sum.saturating_add(row.pageviews()));
                        *events = block.iter().fold(*events, |sum, row| sum.saturating_add(row.events()));
                    }
                    Ok(())
                };
                each_window(connection, hot, site, granularity, (dimension, &name), span.clone(), &mut take)?;
            }
        }
        let [minutes, hours, whole] = days;
        for (shorter, name, from_ms) in
            [(minutes, "minute", horizon.minute_from_ms), (hours, "hour", horizon.hour_from_ms)]
        {
            let due = whole.range(from_ms..).map(|(day, sums)| (*day, *sums));
            if let Some((day, said)) = first_difference(&shorter, &due.collect()) {
                let (mine, days) = (shorter.get(&day).copied(), whole.get(&day).copied());
                let said = if said { "differ" } else { "are missing" };
                return Err(damaged(format!(
                    "site {}, day of {day}: pageviews and events by {name} {said}: by {name} {mine:?}, by day {days:?}",
                    site.0
                )));
            }
        }
        let events = whole.values().fold(0u64, |sum, (_, events)| sum.saturating_add(*events));
        Ok(Self { rows, events, digest: digest.finalize().into() })
    }
}

/// Hands every window to `take` once, in the order of time: what is stored, not absorbed yet and hot as one.
fn each_window(
    connection: &Connection,
    hot: &View,
    site: SiteKey,
    granularity: Granularity,
    dimension: (RollupDimension, &str),
    span: Range<u64>,
    mut take: impl FnMut(u64, &Block) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let mut parts: BTreeMap<u64, Vec<Block>> = BTreeMap::new();
    let mut add = |start_ms: u64, block: Block| -> Result<(), LedgerError> {
        parts.entry(start_ms).or_default().push(block);
        Ok(())
    };
    part::each(connection, site, granularity, dimension, span.clone(), &mut add)?;
    for minutes in hot.behind(block::checkpoint(connection)?.position)? {
        hot::windows(minutes, dimension, granularity, span.clone(), |start_ms, block| add(start_ms, block.clone()))?;
    }
    let mut new: BTreeMap<u64, Block> = BTreeMap::new();
    for (start_ms, parts) in parts {
        new.insert(start_ms, Block::of_all(&parts)?);
    }
    let values_max = values_max(granularity);
    block::each(connection, site, granularity, dimension, span, |start_ms, stored| {
        while let Some((before, block)) = new.first_key_value().filter(|(new, _)| **new < start_ms) {
            take(*before, block)?;
            new.pop_first();
        }
        match new.remove(&start_ms) {
            Some(block) => take(start_ms, &stored.merge_capped(&block, values_max)?),
            None => take(start_ms, stored),
        }
    })?;
    new.iter().try_for_each(|(start_ms, block)| take(*start_ms, block))
}

/// The first day that two tell differently, and whether both tell it.
fn first_difference(left: &BTreeMap<u64, (u64, u64)>, right: &BTreeMap<u64, (u64, u64)>) -> Option<(u64, bool)> {
    let days = left.keys().chain(right.keys());
    let differing = days.filter(|day| left.get(day) != right.get(day)).min()?;
    Some((*differing, left.contains_key(differing) && right.contains_key(differing)))
}

/// All that a site counts apart, by name.
fn dimensions(
    connection: &Connection,
    hot: &View,
    site: SiteKey,
    granularity: Granularity,
) -> Result<BTreeSet<(RollupDimension, Box<str>)>, LedgerError> {
    let mut found: BTreeSet<_> = block::series(connection, site, granularity)?.into_iter().collect();
    found.extend(part::series(connection, Some(site))?.into_iter().map(|series| (series.dimension, series.name)));
    for minutes in hot.behind(block::checkpoint(connection)?.position)? {
        found.extend(minutes.keys().map(|key| (key.dimension, key.name.clone())));
    }
    Ok(found)
}

/// Adds a block's rows; answers how many there are. A row that says nothing may be there or not, by the order of arrival.
fn feed_block(
    digest: &mut Sha256,
    granularity: Granularity,
    (dimension, name): (RollupDimension, &str),
    start_ms: u64,
    block: &Block,
) -> Result<u64, LedgerError> {
    let mut text = |text: &[u8]| {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text);
    };
    let mut count = 0;
    for row in block.iter().filter(|row| !row.is_zero()) {
        // Read, so that what is damaged is found.
        let rollup = row.rollup().map_err(|e| damaged(e.to_string()))?;
        for part in [granularity.name(), dimension.name(), name, row.value()] {
            text(part.as_bytes());
        }
        let VisitSums { visits, bounces, visit_ms, engaged_ms, converted, quality } = rollup.visits;
        for number in [start_ms as i64, rollup.pageviews as i64, rollup.events as i64] {
            text(&number.to_be_bytes());
        }
        for number in [visits, bounces, visit_ms, engaged_ms, converted, quality] {
            text(&number.to_be_bytes());
        }
        text(row.visitors());
        text(row.sessions());
        for (currency, micros) in row.revenue() {
            text(currency.as_bytes());
            text(&micros.to_be_bytes());
        }
        count += 1;
    }
    Ok(count)
}

/// All sites.
fn sites(connection: &Connection) -> Result<Vec<(String, SiteKey)>, LedgerError> {
    let mut all = connection.prepare("SELECT tracking_id, site FROM sites ORDER BY tracking_id")?;
    let sites = all.query_map([], |row| Ok((row.get(0)?, SiteKey(row.get(1)?))))?;
    Ok(sites.collect::<Result<_, _>>()?)
}

/// Events of a site whose days are kept no longer.
fn dropped_events(connection: &Connection, site: SiteKey) -> Result<u64, LedgerError> {
    let mut dropped =
        connection.prepare_cached("SELECT coalesce(sum(events), 0) FROM dropped_events WHERE site = ?1")?;
    Ok(dropped.query_row([site.0], |row| row.get(0).map(unstored))?)
}

/// SQLite's own check of every page and index, and of every reference.
fn whole(connection: &Connection) -> Result<(), LedgerError> {
    let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if found != "ok" {
        return Err(damaged(found));
    }
    let lost = each(connection, "PRAGMA foreign_key_check", |_| Ok(()))?;
    if lost > 0 { Err(damaged(format!("{lost} rows of a site that is not there"))) } else { Ok(()) }
}

/// Frames and events that were logged, by site. Bytes that are there must be those of their frame.
fn logged_events(connection: &Connection) -> Result<BTreeMap<SiteKey, (u64, u64)>, LedgerError> {
    let mut logged: BTreeMap<SiteKey, (u64, u64)> = forget::forgotten(connection)?;
    let sql = "SELECT site, events, kept_events, bytes, position > (SELECT position FROM checkpoint)
               FROM frames LEFT JOIN frame_bytes USING (position)";
    each(connection, sql, |row| {
        let (frames, events) = logged.entry(SiteKey(row.get(0)?)).or_default();
        let (said, kept) = (unstored(row.get(1)?), unstored(row.get(2)?));
        *frames += 1;
        *events += said;
        match row.get_ref(3)?.as_blob_or_null().map_err(rusqlite::Error::from)? {
            None if row.get(4)? => Err(damaged("the bytes of a frame behind the checkpoint are gone".into())),
            None => Ok(()),
            Some(bytes) => {
                let frame = Frame::decode(bytes).map_err(|e| damaged(e.to_string()))?;
                // It counts fewer where some were erased.
                let counts = u64::from(frame.event_count);
                let is_same = (counts == said || counts == kept) && frame.events.len() as u64 == kept;
                if is_same { Ok(()) } else { Err(damaged("a frame's bytes are not what was counted".into())) }
            }
        }
    })?;
    Ok(logged)
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

//! Version 3: blocks in place of rows, and the bytes of frames apart from what is known of them.

use domain::rollup::{Builder, Rollup, VisitSums, named};
use domain::sketch::Sketch;
use domain::window::Granularity;
use rusqlite::{Connection, Row, params};
use wire::frame::{Frame, RollupDimension};

use crate::ledger::block::{self, BlockKey};
use crate::ledger::site::SiteKey;
use crate::ledger::{LedgerError, unstored};

/// Does all of it; belongs in a transaction.
pub(super) fn migrate(connection: &Connection) -> Result<(), LedgerError> {
    connection.execute_batch(include_str!("../migrations/0003_blocks.sql"))?;
    rollups(connection)?;
    frames(connection)?;
    connection.execute_batch(
        "INSERT INTO checkpoint (position, changes) SELECT coalesce(max(position), 0), 0 FROM frames_split;
         DROP TABLE rollups;
         DROP TABLE frames;
         ALTER TABLE frames_split RENAME TO frames;
         CREATE INDEX frames_of_site ON frames (site, position);
         CREATE INDEX frames_by_birth ON frames (edge_id, born_epoch, born_seq, born_hash) WHERE born_epoch IS NOT NULL;",
    )?;
    Ok(())
}

/// Rows come in the order of blocks, and of values within them.
fn rollups(connection: &Connection) -> Result<(), LedgerError> {
    let mut all = connection.prepare(
        "SELECT site, granularity, dimension, start_ms, value, pageviews, events, visitors, sessions,
                visits, bounces, visit_ms, engaged_ms, converted, quality, revenue
         FROM rollups ORDER BY site, granularity, dimension, start_ms, value",
    )?;
    let mut rows = all.query([])?;
    let mut open: Option<(BlockKey, Builder)> = None;
    while let Some(row) = rows.next()? {
        let Some((key, value)) = key(row)? else { continue };
        if open.as_ref().is_none_or(|(open, _)| *open != key) {
            if let Some((key, builder)) = open.take() {
                write(connection, &key, builder)?;
            }
            open = Some((key, Builder::default()));
        }
        if let Some((_, builder)) = &mut open {
            builder.push(&value, &rollup(row)?)?;
        }
    }
    match open {
        Some((key, builder)) => write(connection, &key, builder),
        None => Ok(()),
    }
}

/// Adds to a block: values without the name that they should have may come in several runs.
fn write(connection: &Connection, key: &BlockKey, rows: Builder) -> Result<(), LedgerError> {
    block::write(connection, key, &block::read(connection, key)?.merge(&rows.finish()?)?)
}

/// Where a row is counted; none where its names are of no version.
fn key(row: &Row<'_>) -> Result<Option<(BlockKey, String)>, LedgerError> {
    let (granularity, dimension): (String, String) = (row.get(1)?, row.get(2)?);
    let granularity = Granularity::ALL.into_iter().find(|known| known.name() == granularity);
    let dimension = RollupDimension::ALL.into_iter().find(|known| known.name() == dimension);
    let (Some(granularity), Some(dimension)) = (granularity, dimension) else { return Ok(None) };
    let value: String = row.get(4)?;
    let (name, value) = named(dimension, &value);
    let start_ms = unstored(row.get(3)?);
    let key = BlockKey { site: SiteKey(row.get(0)?), granularity, dimension, name: name.into(), start_ms };
    Ok(Some((key, value.to_owned())))
}

fn rollup(row: &Row<'_>) -> Result<Rollup, LedgerError> {
    let sketch = |column| -> Result<Sketch, LedgerError> {
        let bytes = row.get_ref(column)?.as_blob().map_err(rusqlite::Error::from)?;
        Sketch::decode(bytes).map_err(|e| LedgerError::Damaged(e.to_string()))
    };
    let revenue: String = row.get(15)?;
    let revenue = match revenue.as_str() {
        "" => Ok(Default::default()),
        text => serde_json::from_str(text).map_err(|e| LedgerError::Damaged(format!("revenue: {e}"))),
    };
    Ok(Rollup {
        pageviews: unstored(row.get(5)?),
        events: unstored(row.get(6)?),
        visitors: sketch(7)?,
        sessions: sketch(8)?,
        visits: VisitSums {
            visits: row.get(9)?,
            bounces: row.get(10)?,
            visit_ms: row.get(11)?,
            engaged_ms: row.get(12)?,
            converted: row.get(13)?,
            quality: row.get(14)?,
        },
        revenue: revenue?,
    })
}

fn frames(connection: &Connection) -> Result<(), LedgerError> {
    let mut all = connection.prepare("SELECT position, bytes FROM frames ORDER BY position")?;
    let mut part = connection.prepare(
        "INSERT INTO frames_split
             (position, edge_id, epoch, seq, hash, site, received_at_ms, born_epoch, born_seq, born_hash, events, kept_events)
         SELECT position, edge_id, epoch, seq, hash, site, received_at_ms,
                iif(is_born_elsewhere, born_epoch, NULL), iif(is_born_elsewhere, born_seq, NULL),
                iif(is_born_elsewhere, born_hash, NULL), ?2, ?3
         FROM (SELECT *, (born_epoch, born_seq, born_hash) != (epoch, seq, hash) AS is_born_elsewhere
               FROM frames WHERE position = ?1)",
    )?;
    let mut keep = connection.prepare("INSERT INTO frame_bytes (position, bytes) VALUES (?1, ?2)")?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let position: i64 = row.get(0)?;
        let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        let frame = Frame::decode(bytes).map_err(|e| LedgerError::Damaged(e.to_string()))?;
        part.execute(params![position, frame.event_count, frame.events.len() as i64])?;
        // All is in the blocks: what holds no events is not needed any more.
        if !frame.events.is_empty() {
            keep.execute(params![position, bytes])?;
        }
    }
    Ok(())
}

//! How far each epoch of each edge is counted, and when the edge was last heard of.

use domain::delta::intake::Mark;
use rusqlite::{Connection, OptionalExtension, Row, params};
use wire::frame::Hello;
use wire::{Epoch, Id128, Seq};

use super::site::SiteKey;
use super::{LedgerError, stored, unstored};

/// An edge's current epoch: its newest.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn newest(connection: &Connection, edge: Id128) -> Result<Option<Mark>, LedgerError> {
    let sql = "SELECT epoch, applied_through FROM marks WHERE edge_id = ?1 ORDER BY epoch DESC LIMIT 1";
    Ok(connection.prepare_cached(sql)?.query_row([edge.0], mark).optional()?)
}

/// Opens a new epoch of an edge. Its empty ones are dropped, for nothing of them is counted and an unknown epoch
/// reads the same: an edge that says hello over and over leaves one row. What was counted of it stays counted, so the new
/// epoch begins as far as that; an edge that is new has got nothing before.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn open(
    connection: &Connection,
    hello: &Hello,
    site: SiteKey,
    epoch: Epoch,
    now_ms: u64,
) -> Result<(), LedgerError> {
    let sql = "SELECT max(sealed_through_ms) FROM marks WHERE edge_id = ?1";
    let known: Option<i64> = connection.prepare_cached(sql)?.query_row([hello.edge_id.0], |row| row.get(0))?;
    let unknown = if hello.epoch.is_none() { stored(now_ms) } else { 0 };
    connection
        .prepare_cached("DELETE FROM marks WHERE edge_id = ?1 AND applied_through = 0")?
        .execute([hello.edge_id.0])?;
    connection.prepare_cached("UPDATE marks SET heard_at_ms = 0 WHERE edge_id = ?1")?.execute([hello.edge_id.0])?;
    let sql = "INSERT INTO marks (edge_id, epoch, applied_through, site, shard, created_at_ms, heard_at_ms,
                                  sealed_through_ms)
               VALUES (?1, ?2, 0, ?3, ?4, ?5, ?5, ?6)";
    connection.prepare_cached(sql)?.execute(params![
        hello.edge_id.0,
        stored(epoch.0),
        site.0,
        hello.shard,
        stored(now_ms),
        known.unwrap_or(unknown)
    ])?;
    Ok(())
}

/// Moves a mark to the frame that is counted now, `now_ms`.
///
/// * `sealed_through_ms`: all that the edge received before it is in this frame or an earlier one
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn advance(
    connection: &Connection,
    edge: Id128,
    mark: Mark,
    sealed_through_ms: u64,
    now_ms: u64,
) -> Result<(), LedgerError> {
    let sql = "UPDATE marks SET applied_through = ?3, sealed_through_ms = max(sealed_through_ms, ?4), heard_at_ms = ?5
               WHERE edge_id = ?1 AND epoch = ?2";
    let moved = connection.prepare_cached(sql)?.execute(params![
        edge.0,
        stored(mark.epoch.0),
        stored(mark.applied_through.0),
        stored(sealed_through_ms),
        stored(now_ms)
    ])?;
    if moved == 1 { Ok(()) } else { Err(LedgerError::Damaged("a mark is gone".to_owned())) }
}

/// Where an edge stands on a site: its newest epoch, and before when all is counted that it got. None where it never said
/// hello.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn reached(connection: &Connection, site: SiteKey, edge: Id128) -> Result<Option<(Mark, u64)>, LedgerError> {
    let sql = "SELECT epoch, applied_through, sealed_through_ms FROM marks WHERE site = ?1 AND edge_id = ?2
               ORDER BY epoch DESC LIMIT 1";
    let reached = |row: &Row<'_>| Ok((mark(row)?, unstored(row.get(2)?)));
    Ok(connection.prepare_cached(sql)?.query_row(params![site.0, edge.0], reached).optional()?)
}

/// Whether any edge ever said hello for a site.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn is_any(connection: &Connection, site: SiteKey) -> Result<bool, LedgerError> {
    let mut is_any = connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM marks WHERE site = ?1)")?;
    Ok(is_any.query_row([site.0], |row| row.get(0))?)
}

/// The instant before which everything is counted that those edges of a site got that were heard of since `heard_since_ms`.
/// None when none was. Of a ledger that was set back and an edge that it does not know, all since the site was made may be
/// missing.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn sealed_through(connection: &Connection, site: SiteKey, heard_since_ms: u64) -> Result<Option<u64>, LedgerError> {
    let sql = "SELECT min(max(sealed_through_ms, sites.created_at_ms)) FROM marks JOIN sites USING (site)
               WHERE site = ?1 AND heard_at_ms >= ?2";
    let row = params![site.0, stored(heard_since_ms)];
    Ok(connection.prepare_cached(sql)?.query_row(row, |row| row.get::<_, Option<i64>>(0))?.map(unstored))
}

fn mark(row: &Row<'_>) -> rusqlite::Result<Mark> {
    Ok(Mark { epoch: Epoch(unstored(row.get(0)?)), applied_through: Seq(unstored(row.get(1)?)) })
}

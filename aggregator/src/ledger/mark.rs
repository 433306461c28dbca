//! How far each epoch of each edge is counted.

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
/// reads the same: an edge that says hello over and over leaves one row.
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
    connection
        .prepare_cached("DELETE FROM marks WHERE edge_id = ?1 AND applied_through = 0")?
        .execute([hello.edge_id.0])?;
    let sql = "INSERT INTO marks (edge_id, epoch, applied_through, site, shard, created_at_ms)
               VALUES (?1, ?2, 0, ?3, ?4, ?5)";
    connection.prepare_cached(sql)?.execute(params![
        hello.edge_id.0,
        stored(epoch.0),
        site.0,
        hello.shard,
        stored(now_ms)
    ])?;
    Ok(())
}

/// Moves a mark to the frame that is counted now.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn advance(connection: &Connection, edge: Id128, mark: Mark) -> Result<(), LedgerError> {
    let sql = "UPDATE marks SET applied_through = ?3 WHERE edge_id = ?1 AND epoch = ?2";
    let moved = connection.prepare_cached(sql)?.execute(params![
        edge.0,
        stored(mark.epoch.0),
        stored(mark.applied_through.0)
    ])?;
    if moved == 1 { Ok(()) } else { Err(LedgerError::Damaged("a mark is gone".to_owned())) }
}

fn mark(row: &Row<'_>) -> rusqlite::Result<Mark> {
    Ok(Mark { epoch: Epoch(unstored(row.get(0)?)), applied_through: Seq(unstored(row.get(1)?)) })
}

//! The raw log: counted frames as received, in the order of counting.

use rusqlite::{Connection, OptionalExtension, params};
use wire::frame::Frame;
use wire::{Epoch, Id128, Seq};

use super::site::SiteKey;
use super::{LedgerError, stored};

/// Where a frame belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its writer.
    pub edge: Id128,
    /// The writer's epoch.
    pub epoch: Epoch,
    /// Its position in that.
    pub seq: Seq,
}

/// Hash of the frame that was counted at a place, if one was.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn counted_hash(connection: &Connection, place: Place) -> Result<Option<Id128>, LedgerError> {
    let sql = "SELECT hash FROM frames WHERE edge_id = ?1 AND epoch = ?2 AND seq = ?3";
    let found = connection
        .prepare_cached(sql)?
        .query_row(params![place.edge.0, stored(place.epoch.0), stored(place.seq.0)], |row| row.get(0).map(Id128))
        .optional()?;
    Ok(found)
}

/// Appends a frame to the log.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, or a frame stands there already.
pub fn append(
    connection: &Connection,
    place: Place,
    site: SiteKey,
    hash: Id128,
    bytes: &[u8],
    now_ms: u64,
) -> Result<(), LedgerError> {
    let sql = "INSERT INTO frames (edge_id, epoch, seq, hash, site, received_at_ms, bytes)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let Place { edge, epoch, seq } = place;
    connection.prepare_cached(sql)?.execute(params![
        edge.0,
        stored(epoch.0),
        stored(seq.0),
        hash.0,
        site.0,
        stored(now_ms),
        bytes
    ])?;
    Ok(())
}

/// Hands a site's frames to `take`, in the order of counting, until it says no more.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or a stored frame cannot be read any more.
pub fn each(
    connection: &Connection,
    site: SiteKey,
    mut take: impl FnMut(Frame) -> std::ops::ControlFlow<()>,
) -> Result<(), LedgerError> {
    let mut statement = connection.prepare("SELECT bytes FROM frames WHERE site = ?1 ORDER BY position")?;
    let mut rows = statement.query([site.0])?;
    while let Some(row) = rows.next()? {
        let bytes = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
        let frame = Frame::decode(bytes).map_err(|e| LedgerError::Damaged(e.to_string()))?;
        if take(frame).is_break() {
            break;
        }
    }
    Ok(())
}

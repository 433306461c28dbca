//! The raw log: counted frames as received (of replayed ones, what was news), in the order of counting.

use std::collections::BTreeSet;

use bytes::Bytes;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, params};
use wire::frame::{Born, Frame};
use wire::frame_view::FrameView;
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

/// A frame as it is logged.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Where it belongs.
    pub place: Place,
    /// Whose it is.
    pub site: SiteKey,
    /// Hash of its bytes as received.
    pub hash: Id128,
    /// What it was when it was sealed.
    pub born: Born,
    /// Events that it counts.
    pub events: u64,
    /// Events that its bytes hold.
    pub kept_events: u64,
    /// Its bytes as received; of a replayed one, those of what was news.
    pub bytes: &'a [u8],
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

/// Ids of all events of an edge that were counted at `since_ms` or later.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or a stored frame cannot be read any more.
pub fn counted_events(connection: &Connection, edge: Id128, since_ms: u64) -> Result<BTreeSet<Id128>, LedgerError> {
    let sql = "SELECT bytes FROM frames JOIN frame_bytes USING (position) WHERE edge_id = ?1 AND received_at_ms >= ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![edge.0, stored(since_ms)])?;
    let mut ids = BTreeSet::new();
    while let Some(row) = rows.next()? {
        ids.extend(decode(row.get_ref(0)?)?.events.into_iter().map(|event| event.id));
    }
    Ok(ids)
}

/// Whether all that an edge sealed as `born` is counted, under whatever number it came.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn is_counted(connection: &Connection, edge: Id128, born: Born) -> Result<bool, LedgerError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM frames
                              WHERE edge_id = ?1 AND epoch = ?2 AND seq = ?3 AND hash = ?4 AND born_epoch IS NULL)
                   OR EXISTS (SELECT 1 FROM frames
                              WHERE edge_id = ?1 AND born_epoch = ?2 AND born_seq = ?3 AND born_hash = ?4)";
    let names = params![edge.0, stored(born.epoch.0), stored(born.seq.0), born.hash.0];
    Ok(connection.prepare_cached(sql)?.query_row(names, |row| row.get(0))?)
}

/// Appends a frame to the log. Answers its position.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, or a frame stands there already.
pub fn append(connection: &Connection, entry: &Entry<'_>, now_ms: u64) -> Result<i64, LedgerError> {
    let Entry { place, site, hash, born, events, kept_events, bytes } = entry;
    let is_first = (born.epoch, born.seq, born.hash) == (place.epoch, place.seq, *hash);
    let born = (!is_first).then_some(born);
    let sql = "INSERT INTO frames (edge_id, epoch, seq, hash, site, received_at_ms, born_epoch, born_seq, born_hash,
                                   events, kept_events)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    connection.prepare_cached(sql)?.execute(params![
        place.edge.0,
        stored(place.epoch.0),
        stored(place.seq.0),
        hash.0,
        site.0,
        stored(now_ms),
        born.map(|born| stored(born.epoch.0)),
        born.map(|born| stored(born.seq.0)),
        born.map(|born| born.hash.0),
        stored(*events),
        stored(*kept_events),
    ])?;
    let position = connection.last_insert_rowid();
    let sql = "INSERT INTO frame_bytes (position, bytes) VALUES (?1, ?2)";
    connection.prepare_cached(sql)?.execute(params![position, bytes])?;
    Ok(position)
}

/// Hands a site's frames to `take`, in the order of counting, until it says no more. Those whose bytes are kept no longer
/// are left out.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or a stored frame cannot be read any more.
#[cfg(test)]
pub fn each(
    connection: &Connection,
    site: SiteKey,
    mut take: impl FnMut(Frame) -> std::ops::ControlFlow<()>,
) -> Result<(), LedgerError> {
    let sql = "SELECT bytes FROM frames JOIN frame_bytes USING (position) WHERE site = ?1 ORDER BY position";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([site.0])?;
    while let Some(row) = rows.next()? {
        if take(decode(row.get_ref(0)?)?).is_break() {
            break;
        }
    }
    Ok(())
}

/// Hands every frame behind a position to `take`: its own, its site, its bytes, and the frame as it lies in them.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or a stored frame cannot be read any more.
pub fn each_behind(
    connection: &Connection,
    position: i64,
    mut take: impl FnMut(i64, SiteKey, &Bytes, &FrameView<'_>) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let sql = "SELECT position, site, bytes FROM frames JOIN frame_bytes USING (position)
               WHERE position > ?1 ORDER BY position";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query([position])?;
    while let Some(row) = rows.next()? {
        let bytes = Bytes::copy_from_slice(row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?);
        let frame = FrameView::decode(&bytes).map_err(|e| LedgerError::Damaged(e.to_string()))?;
        take(row.get(0)?, SiteKey(row.get(1)?), &bytes, &frame)?;
    }
    Ok(())
}

/// Drops the bytes of frames behind `after` and up to `through` that hold no events: what they say is in the blocks.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn drop_bytes_without_events(connection: &Connection, after: i64, through: i64) -> Result<(), LedgerError> {
    let sql = "DELETE FROM frame_bytes WHERE position IN
                 (SELECT position FROM frames WHERE position > ?1 AND position <= ?2 AND kept_events = 0)";
    connection.prepare_cached(sql)?.execute([after, through])?;
    Ok(())
}

fn decode(bytes: ValueRef<'_>) -> Result<Frame, LedgerError> {
    let bytes = bytes.as_blob().map_err(rusqlite::Error::from)?;
    Frame::decode(bytes).map_err(|e| LedgerError::Damaged(e.to_string()))
}

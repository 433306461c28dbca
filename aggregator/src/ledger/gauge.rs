//! How much the ledger holds, for the operator.

use rusqlite::{Connection, params};

use super::{LedgerError, stored, unstored};
use crate::metrics::Holdings;

/// Counts what is counted quickly: the tables that stay small, and the frames at the end of the log.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn holdings(connection: &Connection, now_ms: u64) -> Result<Holdings, LedgerError> {
    let sql = "SELECT (SELECT count(*) FROM quarantine), (SELECT count(*) FROM sites),
                      (SELECT count(*) FROM sessions WHERE expires_at_ms > ?1),
                      (SELECT count(*) FROM frames WHERE position > (SELECT position FROM checkpoint)),
                      (SELECT max(position) FROM frame_bytes), (SELECT min(position) FROM frame_bytes),
                      (SELECT count(*) FROM segments), (SELECT coalesce(sum(bytes), 0) FROM segments),
                      (SELECT count(*) FROM deliveries WHERE state = 'waiting')";
    let holdings = connection.prepare_cached(sql)?.query_row(params![stored(now_ms)], |row| {
        let number = |column| row.get(column).map(unstored);
        let (quarantined, sites, sessions, unchecked_frames) = (number(0)?, number(1)?, number(2)?, number(3)?);
        let (last, first): (Option<i64>, Option<i64>) = (row.get(4)?, row.get(5)?);
        // To count them would read the pages of all.
        let kept_frames = last.zip(first).map_or(0, |(last, first)| unstored(last - first + 1));
        let (segments, segment_bytes, outbox) = (number(6)?, number(7)?, number(8)?);
        Ok(Holdings {
            segments,
            segment_bytes,
            quarantined,
            sites,
            sessions,
            unchecked_frames,
            kept_frames,
            outbox,
            ..Holdings::default()
        })
    })?;
    Ok(holdings)
}

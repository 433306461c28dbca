//! Frames that nobody can send again: their rows go, what they counted is kept as sums.
//!
//! | a row stays | for |
//! |---|---|
//! | younger than [`COMES_AGAIN_MS`] | an edge that is set back sends such frames anew |
//! | its bytes are kept, or blocks do not hold it yet | they are the only ones that know its events |
//! | among the newest of its epoch ([`intake::is_known_to_edge`]) | the edge may not have learned that it is counted |
//! | in no backup that the edge was told of, where that is what makes frames stable | the edge keeps it |

use std::collections::BTreeMap;

use domain::delta::intake::{self, COMES_AGAIN_MS};
use domain::window::HOUR_MS;
use rusqlite::{Connection, OptionalExtension, Row, params};
use wire::{Epoch, Id128, Seq};

use super::site::SiteKey;
use super::{LedgerError, stored, unstored};
use crate::config::StableAfter;

/// Rows that are looked at in one step: a few milliseconds.
const ROWS_AT_ONCE: i64 = 2000;

/// How far ahead of the clock a frame may be logged: it is not logged before its last minute has ended.
const LOGGED_AHEAD_MS: u64 = HOUR_MS;

/// One look through the log, from its oldest frame on.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pass {
    after: i64,
}

/// A frame's row.
struct Old {
    position: i64,
    edge: Id128,
    epoch: Epoch,
    seq: Seq,
    site: SiteKey,
    received_at_ms: u64,
    events: u64,
    kept_events: u64,
    has_bytes: bool,
    applied_through: Option<Seq>,
}

impl Pass {
    /// Drops the rows of some frames; belongs in a transaction. Answers whether there may be more; if not, the next look
    /// begins anew.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn step(
        &mut self,
        connection: &Connection,
        stable_after: StableAfter,
        now_ms: u64,
    ) -> Result<bool, LedgerError> {
        let before_ms = now_ms.saturating_sub(COMES_AGAIN_MS);
        let (mut told, mut forgotten) = (BTreeMap::new(), BTreeMap::<i64, (u64, u64, u64)>::new());
        let (mut looked_at, mut is_at_end) = (0, false);
        let sql = "SELECT position, edge_id, epoch, seq, frames.site, received_at_ms, events, kept_events,
                          frame_bytes.position IS NOT NULL, applied_through
                   FROM frames LEFT JOIN frame_bytes USING (position) LEFT JOIN marks USING (edge_id, epoch)
                   WHERE position > ?1 AND position <= (SELECT position FROM checkpoint) ORDER BY position LIMIT ?2";
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![self.after, ROWS_AT_ONCE])?;
        let mut dropped = Vec::new();
        while let Some(row) = rows.next()? {
            let old = Old::of(row)?;
            // The log is in the order of time but for a little: what comes behind is as young.
            if old.received_at_ms >= before_ms {
                is_at_end = true;
                break;
            }
            looked_at += 1;
            self.after = old.position;
            if old.has_bytes || !old.applied_through.is_some_and(|last| intake::is_known_to_edge(last, old.seq)) {
                continue;
            }
            let is_stable = match stable_after {
                StableAfter::Commit => true,
                StableAfter::Backup => {
                    let key = (old.edge, old.epoch);
                    let through_ms = match told.get(&key) {
                        Some(through_ms) => *through_ms,
                        None => *told.entry(key).or_insert(stable_before(connection, &old, before_ms)?),
                    };
                    old.received_at_ms + LOGGED_AHEAD_MS < through_ms
                }
            };
            if is_stable {
                let (frames, events, kept) = forgotten.entry(old.site.0).or_default();
                (*frames, *events, *kept) = (*frames + 1, *events + old.events, *kept + old.kept_events);
                dropped.push(old.position);
            }
        }
        let mut delete = connection.prepare_cached("DELETE FROM frames WHERE position = ?1")?;
        dropped.iter().try_for_each(|position| delete.execute([position]).map(drop))?;
        for (site, (frames, events, kept)) in forgotten {
            let sql = "INSERT INTO forgotten_frames (site, frames, events, kept_events) VALUES (?1, ?2, ?3, ?4)
                       ON CONFLICT DO UPDATE SET frames = frames + ?2, events = events + ?3, kept_events = kept_events + ?4";
            let row = params![site, stored(frames), stored(events), stored(kept)];
            connection.prepare_cached(sql)?.execute(row)?;
        }
        let has_more = !is_at_end && looked_at == ROWS_AT_ONCE;
        if !has_more {
            self.after = 0;
        }
        Ok(has_more)
    }
}

impl Old {
    fn of(row: &Row<'_>) -> Result<Self, rusqlite::Error> {
        Ok(Self {
            position: row.get(0)?,
            edge: Id128(row.get(1)?),
            epoch: Epoch(unstored(row.get(2)?)),
            seq: Seq(unstored(row.get(3)?)),
            site: SiteKey(row.get(4)?),
            received_at_ms: unstored(row.get(5)?),
            events: unstored(row.get(6)?),
            kept_events: unstored(row.get(7)?),
            has_bytes: row.get(8)?,
            applied_through: row.get::<_, Option<i64>>(9)?.map(|seq| Seq(unstored(seq))),
        })
    }
}

/// Before when a frame must have been logged for its edge to know that a backup has it: that which was finished when the
/// edge was last answered for certain, and so long ago that an edge that is set back knows of it too.
fn stable_before(connection: &Connection, old: &Old, before_ms: u64) -> Result<u64, LedgerError> {
    let Some(answered) = old.applied_through.and_then(intake::last_answered) else { return Ok(0) };
    let sql = "SELECT received_at_ms FROM frames WHERE edge_id = ?1 AND epoch = ?2 AND seq = ?3";
    let place = params![old.edge.0, stored(old.epoch.0), stored(answered.0)];
    let answered_at_ms: Option<u64> =
        connection.prepare_cached(sql)?.query_row(place, |row| row.get(0).map(unstored)).optional()?;
    let finished_by_ms = answered_at_ms.map_or(0, |at_ms| at_ms.saturating_sub(LOGGED_AHEAD_MS).min(before_ms));
    let sql = "SELECT coalesce(max(started_at_ms), 0) FROM backups WHERE finished_at_ms <= ?1";
    Ok(connection.prepare_cached(sql)?.query_row([stored(finished_by_ms)], |row| row.get(0).map(unstored))?)
}

/// Frames of each site whose rows are gone, and the events that they counted.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn forgotten(connection: &Connection) -> Result<BTreeMap<SiteKey, (u64, u64)>, LedgerError> {
    let mut all = connection.prepare("SELECT site, frames, events FROM forgotten_frames")?;
    let all = all.query_map([], |row| Ok((SiteKey(row.get(0)?), (unstored(row.get(1)?), unstored(row.get(2)?)))))?;
    Ok(all.collect::<Result<_, _>>()?)
}

/// Events that the frames of a site held whose rows are gone.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn forgotten_kept_events(connection: &Connection, site: SiteKey) -> Result<u64, LedgerError> {
    let sql = "SELECT coalesce(sum(kept_events), 0) FROM forgotten_frames WHERE site = ?1";
    Ok(connection.prepare_cached(sql)?.query_row([site.0], |row| row.get(0).map(unstored))?)
}

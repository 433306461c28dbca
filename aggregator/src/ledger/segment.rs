//! The manifest: which segments count, how far frames are sealed into them, and which files are to be removed.

use std::ops::ControlFlow;

use events::segment::Segment;
use rusqlite::{Connection, OptionalExtension, Row, params};
use wire::Id128;
use wire::frame::Frame;

use super::site::SiteKey;
use super::{LedgerError, forget, stored, unstored};

/// How far a site's frames are sealed, and what became of their events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Position of the last sealed frame; all before it are sealed too.
    pub position: u64,
    /// Events sealed, ever.
    pub events: u64,
    /// Those that are in no segment any more: erased, or too old.
    pub erased: u64,
    /// Exclusive or of the ids of those that are.
    pub id_checksum: Id128,
}

/// A site's frames that could be sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// Whose they are.
    pub site: SiteKey,
    /// Its tracking id.
    pub tracking_id: String,
    /// Events in them.
    pub events: u64,
    /// When the oldest was logged, Unix milliseconds.
    pub since_ms: u64,
}

/// A frame that is not sealed.
#[derive(Debug)]
pub struct Unsealed {
    /// Its position.
    pub position: u64,
    /// The frame; none if it holds no events.
    pub frame: Option<Frame>,
}

/// A file that is to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// The file.
    pub path: String,
    /// When nobody reads it any more, Unix milliseconds.
    pub after_ms: u64,
    /// Whether it was begun and has not become a segment.
    pub is_begun: bool,
}

/// Position through which blocks hold everything: frames up to there may be sealed.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn checkpoint_position(connection: &Connection) -> Result<u64, LedgerError> {
    let mut checkpoint = connection.prepare_cached("SELECT position FROM checkpoint")?;
    Ok(checkpoint.query_row([], |row| row.get(0).map(unstored)).optional()?.unwrap_or_default())
}

/// How far a site's frames are sealed.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn progress(connection: &Connection, site: SiteKey) -> Result<Progress, LedgerError> {
    let mut sealed =
        connection.prepare_cached("SELECT position, events, erased, id_checksum FROM sealed WHERE site = ?1")?;
    let found = sealed.query_row([site.0], |row| {
        Ok(Progress {
            position: unstored(row.get(0)?),
            events: unstored(row.get(1)?),
            erased: unstored(row.get(2)?),
            id_checksum: Id128(row.get(3)?),
        })
    });
    Ok(found.optional()?.unwrap_or_default())
}

/// The sites whose frames could be sealed.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn waiting(connection: &Connection) -> Result<Vec<Waiting>, LedgerError> {
    let sql = "SELECT sites.site, tracking_id, sum(kept_events), min(received_at_ms) FROM sites JOIN frames
                   ON frames.site = sites.site AND frames.position <= ?1
                   AND frames.position > coalesce((SELECT position FROM sealed WHERE sealed.site = sites.site), 0)
               GROUP BY sites.site";
    let through = checkpoint_position(connection)?;
    let mut statement = connection.prepare_cached(sql)?;
    let waiting = statement.query_map([stored(through)], |row| {
        Ok(Waiting {
            site: SiteKey(row.get(0)?),
            tracking_id: row.get(1)?,
            events: unstored(row.get(2)?),
            since_ms: unstored(row.get(3)?),
        })
    })?;
    Ok(waiting.collect::<Result<_, _>>()?)
}

/// Hands a site's frames behind `after` and up to `through` to `take`, in the order of counting, until it says no more.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, or a frame that holds events cannot be read any more.
pub fn each_unsealed(
    connection: &Connection,
    site: SiteKey,
    after: u64,
    through: u64,
    mut take: impl FnMut(Unsealed) -> ControlFlow<()>,
) -> Result<(), LedgerError> {
    let sql = "SELECT position, kept_events, bytes FROM frames LEFT JOIN frame_bytes USING (position)
               WHERE site = ?1 AND position > ?2 AND position <= ?3 ORDER BY position";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![site.0, stored(after), stored(through)])?;
    while let Some(row) = rows.next()? {
        let (position, kept): (i64, u64) = (row.get(0)?, unstored(row.get(1)?));
        let frame = if kept == 0 { None } else { Some(decode(row, position, kept)?) };
        if take(Unsealed { position: unstored(position), frame }).is_break() {
            break;
        }
    }
    Ok(())
}

fn decode(row: &Row<'_>, position: i64, kept: u64) -> Result<Frame, LedgerError> {
    let damaged = |what: String| LedgerError::Damaged(format!("frame {position}: {what}"));
    let bytes = row.get_ref(2)?.as_blob_or_null().map_err(rusqlite::Error::from)?;
    let bytes = bytes.ok_or_else(|| damaged("its bytes are gone before it was sealed".to_owned()))?;
    let frame = Frame::decode(bytes).map_err(|e| damaged(e.to_string()))?;
    if frame.events.len() as u64 != kept {
        return Err(damaged(format!("{} events, {kept} were counted", frame.events.len())));
    }
    Ok(frame)
}

/// Position of a site's newest frame.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn newest(connection: &Connection, site: SiteKey) -> Result<u64, LedgerError> {
    let mut newest = connection.prepare_cached("SELECT coalesce(max(position), 0) FROM frames WHERE site = ?1")?;
    Ok(newest.query_row([site.0], |row| row.get(0).map(unstored))?)
}

/// Events in a site's frames behind `after` and up to `through`.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn kept_events(connection: &Connection, site: SiteKey, after: u64, through: u64) -> Result<u64, LedgerError> {
    let sql = "SELECT coalesce(sum(kept_events), 0) FROM frames WHERE site = ?1 AND position > ?2 AND position <= ?3";
    let span = params![site.0, stored(after), stored(through)];
    Ok(connection.prepare_cached(sql)?.query_row(span, |row| row.get(0).map(unstored))?)
}

/// Segments of a site, or of all, those of the earliest day first.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn list(connection: &Connection, site: Option<SiteKey>) -> Result<Vec<Segment>, LedgerError> {
    let sql = "SELECT path, day_ms, events, bytes, first_ms, last_ms, id_checksum, level FROM segments
               WHERE ?1 IS NULL OR site = ?1 ORDER BY day_ms, path";
    let mut statement = connection.prepare_cached(sql)?;
    let segments = statement.query_map([site.map(|site| site.0)], |row| {
        Ok(Segment {
            path: row.get(0)?,
            day_ms: unstored(row.get(1)?),
            events: unstored(row.get(2)?),
            bytes: unstored(row.get(3)?),
            first_ms: unstored(row.get(4)?),
            last_ms: unstored(row.get(5)?),
            id_checksum: Id128(row.get(6)?),
            level: row.get(7)?,
        })
    })?;
    Ok(segments.collect::<Result<_, _>>()?)
}

/// Notes that files are about to be written: they go at the next start unless they become segments.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn begin_file(connection: &Connection, path: &str) -> Result<(), LedgerError> {
    let sql = "INSERT INTO removed_segments (path, after_ms, is_begun) VALUES (?1, 0, 1)";
    connection.prepare_cached(sql)?.execute([path])?;
    Ok(())
}

/// Seals a site's frames: what they hold stands in segments from now on, and their bytes go.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, or someone else sealed meanwhile.
pub fn seal(
    connection: &Connection,
    site: SiteKey,
    before: Progress,
    after: Progress,
    segments: &[Segment],
) -> Result<(), LedgerError> {
    if progress(connection, site)? != before {
        return Err(LedgerError::Damaged("frames were sealed by two at once".to_owned()));
    }
    segments.iter().try_for_each(|segment| add(connection, site, segment))?;
    note(connection, site, after)?;
    let sql = "DELETE FROM frame_bytes WHERE position IN
                   (SELECT position FROM frames WHERE site = ?1 AND position > ?2 AND position <= ?3)";
    let span = params![site.0, stored(before.position), stored(after.position)];
    connection.prepare_cached(sql)?.execute(span)?;
    Ok(())
}

/// Puts segments in the place of others, which go when nobody can be reading them any more. `lost`: how many events
/// are not in the new ones, and the exclusive or of their ids.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, or one of the old ones is not there.
pub fn replace(
    connection: &Connection,
    site: SiteKey,
    old: &[Segment],
    new: &[Segment],
    lost: (u64, Id128),
    after_ms: u64,
) -> Result<(), LedgerError> {
    for segment in old {
        let deleted = connection
            .prepare_cached("DELETE FROM segments WHERE path = ?1 AND site = ?2")?
            .execute(params![segment.path, site.0])?;
        if deleted != 1 {
            return Err(LedgerError::Damaged(format!("segment {} was replaced by two at once", segment.path)));
        }
        let sql = "INSERT INTO removed_segments (path, after_ms, is_begun) VALUES (?1, ?2, 0)";
        connection.prepare_cached(sql)?.execute(params![segment.path, stored(after_ms)])?;
    }
    new.iter().try_for_each(|segment| add(connection, site, segment))?;
    let (events, ids) = lost;
    let before = progress(connection, site)?;
    if events > 0 {
        let erased = before.erased + events;
        note(connection, site, Progress { erased, id_checksum: before.id_checksum.xor(ids), ..before })?;
    }
    Ok(())
}

/// Files that are to be removed.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn removed(connection: &Connection) -> Result<Vec<Removed>, LedgerError> {
    let mut statement = connection.prepare_cached("SELECT path, after_ms, is_begun FROM removed_segments")?;
    let removed = statement.query_map([], |row| {
        Ok(Removed { path: row.get(0)?, after_ms: unstored(row.get(1)?), is_begun: row.get(2)? })
    })?;
    Ok(removed.collect::<Result<_, _>>()?)
}

/// Forgets a file that is removed.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn forget_removed(connection: &Connection, path: &str) -> Result<(), LedgerError> {
    connection.prepare_cached("DELETE FROM removed_segments WHERE path = ?1")?.execute([path])?;
    Ok(())
}

/// Writes a frame anew that holds fewer events than it did.
///
/// # Errors
/// [`LedgerError`] when the ledger fails, or the frame is sealed.
pub fn shorten(connection: &Connection, position: u64, frame: &Frame) -> Result<(), LedgerError> {
    let bytes = frame.encode().map_err(|e| LedgerError::Damaged(format!("frame {position}: {e}")))?;
    let sql = "UPDATE frame_bytes SET bytes = ?2 WHERE position = ?1";
    if connection.prepare_cached(sql)?.execute(params![stored(position), bytes])? != 1 {
        return Err(LedgerError::Damaged(format!("frame {position} has no bytes")));
    }
    let kept = stored(frame.events.len() as u64);
    let sql = "UPDATE frames SET kept_events = ?2 WHERE position = ?1";
    connection.prepare_cached(sql)?.execute(params![stored(position), kept])?;
    Ok(())
}

/// Checks that a site's manifest agrees with the frames that were sealed, and that the others have their bytes.
///
/// # Errors
/// [`LedgerError::Damaged`] says what does not agree.
pub fn check(connection: &Connection, site: SiteKey, tracking_id: &str) -> Result<(), LedgerError> {
    let progress = progress(connection, site)?;
    let logged = kept_events(connection, site, 0, progress.position)?
        .saturating_add(forget::forgotten_kept_events(connection, site)?);
    let damaged = |what: String| Err(LedgerError::Damaged(format!("site {tracking_id}: {what}")));
    if logged != progress.events {
        return damaged(format!("{logged} events in sealed frames, {} sealed", progress.events));
    }
    let segments = list(connection, Some(site))?;
    let events: u64 = segments.iter().map(|segment| segment.events).sum();
    let ids = segments.iter().fold(Id128::default(), |ids, segment| ids.xor(segment.id_checksum));
    if events + progress.erased != progress.events || ids != progress.id_checksum {
        let Progress { events: sealed, erased, .. } = progress;
        return damaged(format!("{events} events in segments, {sealed} sealed and {erased} of them erased"));
    }
    each_unsealed(connection, site, progress.position, u64::MAX, |_| ControlFlow::Continue(()))
}

fn add(connection: &Connection, site: SiteKey, segment: &Segment) -> Result<(), LedgerError> {
    let sql = "INSERT INTO segments (path, site, day_ms, events, bytes, first_ms, last_ms, id_checksum, level)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    connection.prepare_cached(sql)?.execute(params![
        segment.path,
        site.0,
        stored(segment.day_ms),
        stored(segment.events),
        stored(segment.bytes),
        stored(segment.first_ms),
        stored(segment.last_ms),
        segment.id_checksum.0,
        segment.level,
    ])?;
    forget_removed(connection, &segment.path)
}

fn note(connection: &Connection, site: SiteKey, progress: Progress) -> Result<(), LedgerError> {
    let sql = "INSERT INTO sealed (site, position, events, erased, id_checksum) VALUES (?1, ?2, ?3, ?4, ?5)
               ON CONFLICT DO UPDATE SET position = ?2, events = ?3, erased = ?4, id_checksum = ?5";
    let Progress { position, events, erased, id_checksum } = progress;
    let row = params![site.0, stored(position), stored(events), stored(erased), id_checksum.0];
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

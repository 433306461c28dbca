//! The newest single events of a site, read from its frames while their bytes are there.

use rusqlite::{Connection, params};
use wire::feed::FeedEvent;
use wire::frame::{Frame, RawEvent};

use super::site::SiteKey;
use super::{LedgerError, segment, stored, unstored};

/// Frames looked at for one reading: of an edge that sends one a second, those of a quarter of an hour. Events of what lies
/// further back are not counted any more.
const FRAMES_MAX: i64 = 1_000;

/// What a site took in since a position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// How far it reaches.
    pub position: u64,
    /// Events since.
    pub events: u64,
    /// The newest of them, or where they are too many, some of the newest. Oldest first.
    pub listed: Vec<FeedEvent>,
}

/// What a site took in since `after`, with at most `events_max` events told one by one. Without a position, or with one that
/// this ledger has not come to, its newest events.
///
/// # Errors
/// [`LedgerError`] when the ledger fails or a frame cannot be read any more.
pub fn since(
    connection: &Connection,
    site: SiteKey,
    after: Option<u64>,
    events_max: usize,
) -> Result<Taken, LedgerError> {
    let position = segment::newest(connection, site)?;
    let after = after.filter(|after| *after <= position);
    let sql = "SELECT kept_events, bytes FROM frames LEFT JOIN frame_bytes USING (position)
               WHERE site = ?1 AND position > ?2 AND position <= ?3 AND kept_events > 0
               ORDER BY position DESC LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params![site.0, stored(after.unwrap_or_default()), stored(position), FRAMES_MAX])?;
    let (mut events, mut newest) = (0, Vec::new());
    while let Some(row) = rows.next()? {
        events += unstored(row.get(0)?);
        if newest.len() < events_max {
            // None where they are sealed since.
            if let Some(bytes) = row.get_ref(1)?.as_blob_or_null().map_err(rusqlite::Error::from)? {
                let frame = Frame::decode(bytes).map_err(|e| LedgerError::Damaged(e.to_string()))?;
                newest.extend(frame.events);
            }
        } else if after.is_none() {
            break;
        }
    }
    newest.sort_by_key(|event| event.at_ms);
    let listed = match after {
        Some(_) => spread(newest, events_max),
        None => newest.split_off(newest.len().saturating_sub(events_max)).into_iter().map(shown).collect(),
    };
    let events = if after.is_some() { events } else { listed.len() as u64 };
    Ok(Taken { position, events, listed })
}

/// At most `most` of them, as far from each other as can be.
fn spread(events: Vec<RawEvent>, most: usize) -> Vec<FeedEvent> {
    let count = events.len().max(1);
    let kept = most.min(count);
    let is_kept = |at: usize| (at + 1) * kept / count > at * kept / count;
    let kept = events.into_iter().enumerate().filter(|(at, _)| is_kept(*at));
    kept.map(|(_, event)| shown(event)).collect()
}

/// What is told of an event: nothing by which its sender could be known again.
fn shown(event: RawEvent) -> FeedEvent {
    let RawEvent { at_ms, event_type, path, source, country, device, browser, .. } = event;
    FeedEvent { at_ms, event_type, path, source, country, device, browser }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_many_events_some_are_told() {
        let check = |count: u64, most: usize, expect: &[u64]| {
            let events = (0..count).map(|at_ms| RawEvent { at_ms, ..RawEvent::default() }).collect();
            let told: Vec<_> = spread(events, most).iter().map(|event| event.at_ms).collect();
            assert_eq!(told, expect, "{most} of {count}");
        };
        check(0, 3, &[]);
        check(2, 3, &[0, 1]);
        check(3, 3, &[0, 1, 2]);
        check(9, 3, &[2, 5, 8]);
        check(4, 3, &[1, 2, 3]);
    }
}

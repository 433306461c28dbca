//! Folds the journal into frames.

use std::collections::BTreeSet;

use domain::outcome::Outcomes;
use domain::seal::{self, Folding};
use domain::visit;
use wire::frame::RawEvent;

use super::Shard;
use super::store::Journaled;
use crate::message;

/// Folds the oldest part of the journal into frames: one transaction puts them into the outbox in its place, with
/// the visits as they are after it. Answers how many frames that made.
pub fn seal_journal(shard: &Shard, now_ms: u64) -> worker::Result<usize> {
    let Some(writer) = shard.writer.borrow().clone() else { return Ok(0) };
    let Some(settings) = shard.site.borrow().clone() else { return Ok(0) };
    let entries = shard.store.journaled()?;
    let mut outcomes = shard.limited.take();
    if entries.is_empty() && outcomes.is_empty() {
        return Ok(0);
    }
    let limited = outcomes.clone();
    let mut events: Vec<RawEvent> = Vec::new();
    for entry in &entries {
        read(&entry.events, &mut events)?;
        if !entry.outcomes.is_empty() {
            for (outcome, reason, count) in message::decode::<Vec<(String, String, u64)>>(&entry.outcomes)? {
                outcomes.add(entry.at_ms as u64, &outcome, &reason, count);
            }
        }
    }
    let sessions: BTreeSet<_> = events.iter().filter_map(|event| event.session).collect();
    let mut known = shard.store.visits(&sessions)?;
    let mut caps = shard.caps.borrow_mut();
    let changes = visit::follow(&mut events, &mut known, &settings, &mut caps);
    let rows = outcomes.rows();
    let read: u64 = entries.iter().map(|entry| entry.events.len() as u64).sum();
    let unsealed_bytes = shard.store.held().journal_bytes.saturating_sub(read);
    let last_ms = entries.last().map(|entry| entry.at_ms as u64);
    let sealed_through_ms = seal::sealed_through_ms(last_ms, unsealed_bytes, now_ms);
    let folding =
        Folding { events: &events, changes: &changes, outcomes: &rows, settings: &settings, sealed_through_ms };
    let sealed = shard
        .store
        .next_seq()
        .and_then(|first| {
            seal::seal(&folding, &writer, first, &mut caps).map_err(|e| worker::Error::RustError(e.to_string()))
        })
        .and_then(|sealed| shard.store.seal(&sealed, &entries, known).map(|()| sealed.len()));
    if sealed.is_err() {
        restore(shard, limited);
    }
    sealed
}

/// Reads the events of a journal row. A version before wrote them whole.
fn read(row: &[u8], events: &mut Vec<RawEvent>) -> worker::Result<()> {
    let Ok(journaled) = message::decode::<Vec<Journaled>>(row) else {
        events.extend(message::decode::<Vec<RawEvent>>(row)?);
        return Ok(());
    };
    for Journaled { id, visitor, session, event } in journaled {
        events.push(RawEvent { id, visitor, session, ..message::decode(&event)? });
    }
    Ok(())
}

/// What was not sealed is sealed the next time.
fn restore(shard: &Shard, limited: Outcomes) {
    let mut now = shard.limited.borrow_mut();
    for row in limited.rows() {
        now.add(row.start_ms, &row.outcome, &row.reason, row.events);
    }
}

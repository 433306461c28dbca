//! What is not sealed yet, as columns. What was read once is kept: between two questions little is added.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

use events::batch::{self, RecordBatch};
use events::merge;
use rusqlite::Connection;
use wire::frame::RawEvent;

use super::SegmentsError;
use crate::ledger;
use crate::ledger::site::SiteKey;

/// Rows kept of all sites together: about 150 bytes each.
const ROWS_MAX: usize = 400_000;

/// Rows of a part that is not read again with what comes behind it.
const PART_ROWS: usize = 4096;

/// Events that become columns at once.
const BATCH_EVENTS: usize = 8192;

/// The tails of all sites.
#[derive(Default)]
pub(super) struct Tails(Mutex<BTreeMap<SiteKey, Tail>>);

#[derive(Clone, Default)]
struct Tail {
    declared: Vec<String>,
    parts: Vec<Part>,
}

/// The frames behind `after` and up to `through`.
#[derive(Clone)]
struct Part {
    after: u64,
    through: u64,
    /// Each is sorted.
    batches: Vec<RecordBatch>,
    rows: usize,
}

impl Tails {
    /// A site's events that are in no segment, as a ledger's snapshot has them. Each batch is in the order of a segment.
    pub fn read(&self, instant: &Connection, site: SiteKey) -> Result<Vec<RecordBatch>, SegmentsError> {
        let declared = ledger::settings::read(instant, site)?.properties;
        let (sealed, newest) =
            (ledger::segment::progress(instant, site)?.position, ledger::segment::newest(instant, site)?);
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&site).cloned().unwrap_or_default();
        let mut parts = Vec::new();
        let mut at = sealed;
        let known = if known.declared == declared { known.parts } else { Vec::new() };
        for part in known.into_iter().filter(|part| part.after >= sealed && part.through <= newest) {
            // Events may have been erased from it since.
            let is_whole = ledger::segment::kept_events(instant, site, part.after, part.through)? == part.rows as u64;
            if is_whole && part.rows >= PART_ROWS {
                if part.after > at {
                    parts.push(read(instant, site, &declared, at, part.after)?);
                }
                at = part.through;
                parts.push(part);
            }
        }
        if newest > at {
            parts.push(read(instant, site, &declared, at, newest)?);
        }
        let batches = parts.iter().flat_map(|part| part.batches.iter().cloned()).collect();
        self.keep(site, Tail { declared, parts });
        Ok(batches)
    }

    fn keep(&self, site: SiteKey, tail: Tail) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(site, tail);
        let rows = |tail: &Tail| tail.parts.iter().map(|part| part.rows).sum::<usize>();
        let mut sum: usize = all.values().map(rows).sum();
        while sum > ROWS_MAX
            && let Some(largest) = all.iter().max_by_key(|(_, tail)| rows(tail)).map(|(site, _)| *site)
        {
            sum -= all.remove(&largest).map_or(0, |tail| rows(&tail));
        }
    }
}

fn read(
    instant: &Connection,
    site: SiteKey,
    declared: &[String],
    after: u64,
    through: u64,
) -> Result<Part, SegmentsError> {
    let mut events: Vec<RawEvent> = Vec::new();
    let mut batches = Vec::new();
    let mut failed = Ok(());
    ledger::segment::each_unsealed(instant, site, after, through, |unsealed| {
        events.extend(unsealed.frame.into_iter().flat_map(|frame| frame.events));
        if events.len() >= BATCH_EVENTS {
            match batch::of_events(&std::mem::take(&mut events), declared) {
                Ok(batch) => batches.push(batch),
                Err(e) => failed = Err(e),
            }
        }
        if failed.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    failed?;
    if !events.is_empty() {
        batches.push(batch::of_events(&events, declared)?);
    }
    let rows = batches.iter().map(RecordBatch::num_rows).sum();
    let batches = merge::sorted(batches)?.batches().collect::<Result<_, _>>()?;
    Ok(Part { after, through, batches, rows })
}

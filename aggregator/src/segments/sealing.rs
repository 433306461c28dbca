//! Frames become segments.

use std::ops::ControlFlow;

use events::batch::{self, RecordBatch};
use events::merge;
use events::segment::Segment;
use wire::Id128;
use wire::frame::RawEvent;

use super::{SegmentsError, Work};
use crate::ledger::segment::{Progress, Unsealed};
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError, begin};

/// Events that are sealed at once: as columns, ~30 MB.
const EVENTS_MAX: usize = 100_000;

/// Events that become columns at once. Decoded, each takes about a kilobyte.
const BATCH_EVENTS: usize = 8192;

/// How much is sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Amount {
    /// All frames that can be.
    All,
    /// Those of sites of which enough wait, or long enough.
    Due {
        /// Now, Unix milliseconds.
        now_ms: u64,
    },
}

/// What one step read.
struct Step {
    before: Progress,
    after: Progress,
    batches: Vec<RecordBatch>,
}

impl Work<'_> {
    /// Seals the frames of all sites that the blocks hold too. Answers how many events.
    ///
    /// # Errors
    /// [`SegmentsError`] when not all was sealed. Nothing is lost or doubled, and the next time goes on.
    pub fn seal(&mut self, amount: Amount) -> Result<u64, SegmentsError> {
        let mut events = 0;
        let mut failed = Ok(());
        for waiting in ledger::segment::waiting(&self.connection)? {
            let rules = self.segments.rules;
            let is_due = match amount {
                Amount::All => true,
                Amount::Due { now_ms } => {
                    waiting.events >= rules.seal_events || waiting.since_ms + rules.seal_after_ms <= now_ms
                }
            };
            if is_due {
                // One site's trouble is not another's.
                match self.seal_site(waiting.site, &waiting.tracking_id) {
                    Ok(sealed) => events += sealed,
                    Err(SegmentsError::Stopped) => return Err(SegmentsError::Stopped),
                    Err(e) => failed = failed.and(Err(e)),
                }
            }
        }
        failed.map(|()| events)
    }

    /// Seals all of a site's frames that the blocks hold too.
    pub(super) fn seal_site(&mut self, site: SiteKey, tracking_id: &str) -> Result<u64, SegmentsError> {
        let mut events = 0;
        loop {
            self.segments.check_stop()?;
            let declared = ledger::settings::read(&self.connection, site)?.properties;
            let Some(step) = self.read_step(site, &declared)? else { return Ok(events) };
            events += step.after.events - step.before.events;
            let segments = self.write_step(tracking_id, &declared, &step)?;
            let transaction = begin(&mut self.connection)?;
            ledger::segment::seal(&transaction, site, step.before, step.after, &segments)?;
            transaction.commit().map_err(LedgerError::from)?;
        }
    }

    /// The next frames, as columns; none when there are no more.
    fn read_step(&self, site: SiteKey, declared: &[String]) -> Result<Option<Step>, SegmentsError> {
        let before = ledger::segment::progress(&self.connection, site)?;
        let through = ledger::segment::checkpoint_position(&self.connection)?;
        let mut after = before;
        let mut batches = Vec::new();
        let mut events: Vec<RawEvent> = Vec::new();
        let mut failed = None;
        ledger::segment::each_unsealed(&self.connection, site, before.position, through, |unsealed| {
            let Unsealed { position, frame } = unsealed;
            after.position = position;
            let frame_events = frame.map(|frame| frame.events).unwrap_or_default();
            after.events += frame_events.len() as u64;
            after.id_checksum = after.id_checksum.xor(domain::seal::checksum(&frame_events));
            events.extend(frame_events);
            if events.len() >= BATCH_EVENTS {
                match batch::of_events(&std::mem::take(&mut events), declared) {
                    Ok(batch) => batches.push(batch),
                    Err(e) => failed = Some(e),
                }
            }
            let is_enough = (after.events - before.events) as usize >= EVENTS_MAX || failed.is_some();
            if is_enough { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        if let Some(e) = failed {
            return Err(e.into());
        }
        if !events.is_empty() {
            batches.push(batch::of_events(&events, declared)?);
        }
        Ok((after.position > before.position).then_some(Step { before, after, batches }))
    }

    /// Writes a segment for each day.
    fn write_step(&self, tracking_id: &str, declared: &[String], step: &Step) -> Result<Vec<Segment>, SegmentsError> {
        let mut segments = Vec::new();
        for (day_ms, rows) in merge::by_day(&step.batches)? {
            let mut begun = self.begin(tracking_id, day_ms, declared)?;
            for batch in rows.batches() {
                begun.writer.push(&batch?)?;
            }
            segments.push(self.finish(begun, 0)?);
        }
        let (events, ids) = sums(&segments);
        let are_same = events == step.after.events - step.before.events
            && ids == step.after.id_checksum.xor(step.before.id_checksum);
        if are_same { Ok(segments) } else { Err(SegmentsError::Mismatch(tracking_id.to_owned())) }
    }
}

/// Events of segments, and the exclusive or of their ids.
pub(super) fn sums(segments: &[Segment]) -> (u64, Id128) {
    segments
        .iter()
        .fold((0, Id128::default()), |(events, ids), segment| (events + segment.events, ids.xor(segment.id_checksum)))
}

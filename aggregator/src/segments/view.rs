//! A site's events at one instant: segments and what is not sealed, each event once.

use std::ops::Range;

use domain::window::DAY_MS;
use events::batch::{self, RecordBatch};
use events::columns::Columns;
use events::merge::{Merge, Run};
use events::segment::Segment;
use events::{merge, read};
use wire::frame::RawEvent;

use super::{Segments, SegmentsError};
use crate::ledger::{self, LedgerError};

/// What there is to be read.
pub struct View {
    /// Segments of the days that a span touches.
    pub segments: Vec<Segment>,
    /// All that is not sealed, whenever it happened; each batch in the order of a segment.
    pub tail: Vec<RecordBatch>,
}

impl Segments {
    /// A site's events of a span of time (Unix milliseconds), at this instant.
    ///
    /// # Errors
    /// [`SegmentsError`] when there is no such site, or the ledger fails.
    pub fn view(&self, tracking_id: &str, span: &Range<u64>) -> Result<View, SegmentsError> {
        let mut connection = ledger::open_reader(&self.ledger)?;
        let instant = connection.transaction().map_err(LedgerError::from)?;
        let site = ledger::site::find(&instant, tracking_id)?;
        let site = site.ok_or_else(|| SegmentsError::UnknownSite(tracking_id.to_owned()))?;
        let mut segments = ledger::segment::list(&instant, Some(site))?;
        segments.retain(|segment| segment.day_ms < span.end && span.start < segment.day_ms + DAY_MS);
        Ok(View { segments, tail: self.tails.read(&instant, site)? })
    }

    /// Hands the events of a view within a span to `take`, in the order of a segment, until it fails.
    ///
    /// # Errors
    /// [`SegmentsError`] when not all can be read, and whatever `take` says.
    pub fn each_ordered(
        &self,
        view: &View,
        span: &Range<u64>,
        mut take: impl FnMut(RawEvent) -> Result<(), SegmentsError>,
    ) -> Result<(), SegmentsError> {
        let mut runs: Vec<Run<'_, SegmentsError>> = Vec::new();
        for segment in &view.segments {
            let failure = |e| SegmentsError::Read(segment.path.clone(), e);
            let batches = read::batches(self.files.open(&segment.path)?).map_err(failure)?;
            runs.push(Box::new(batches.map(move |batch| Ok(merge::conform(&batch.map_err(failure)?, &[])?))));
        }
        for batch in &view.tail {
            runs.push(Box::new(std::iter::once(merge::conform(batch, &[]).map_err(SegmentsError::from))));
        }
        for batch in Merge::new(runs)? {
            let batch = batch?;
            let columns = Columns::of(&batch)?;
            for row in (0..batch.num_rows()).filter(|row| span.contains(&columns.at_ms(*row))) {
                take(columns.event(row).map_err(batch::BatchError::from)?)?;
            }
        }
        Ok(())
    }
}

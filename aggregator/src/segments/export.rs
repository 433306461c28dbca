//! All events of a site, one after the other.

use std::ops::ControlFlow;

use events::{batch, read};
use wire::frame::RawEvent;

use super::{Segments, SegmentsError};
use crate::ledger::{self, LedgerError};

impl Segments {
    /// Hands every event of a site to `take`, until it says no more: sealed ones day by day, each day's in the order of
    /// its segments, then those of frames in the order of counting. All are of one instant, each is handed over once.
    /// A frame, or a few thousand rows of a segment, are held at a time.
    ///
    /// # Errors
    /// [`SegmentsError`] when not all can be read.
    pub fn each_event(
        &self,
        tracking_id: &str,
        mut take: impl FnMut(RawEvent) -> ControlFlow<()>,
    ) -> Result<(), SegmentsError> {
        let mut connection = ledger::open_reader(&self.ledger)?;
        let instant = connection.transaction().map_err(LedgerError::from)?;
        let site = ledger::site::find(&instant, tracking_id)?;
        let site = site.ok_or_else(|| SegmentsError::UnknownSite(tracking_id.to_owned()))?;
        for segment in ledger::segment::list(&instant, Some(site))? {
            let failure = |e| SegmentsError::Read(segment.path.clone(), e);
            for batch in read::batches(self.files.open(&segment.path)?).map_err(failure)? {
                for event in batch::events(&batch.map_err(failure)?)? {
                    if take(event).is_break() {
                        return Ok(());
                    }
                }
            }
        }
        let after = ledger::segment::progress(&instant, site)?.position;
        ledger::segment::each_unsealed(&instant, site, after, u64::MAX, |unsealed| {
            unsealed.frame.into_iter().flat_map(|frame| frame.events).try_for_each(&mut take)
        })?;
        Ok(())
    }
}

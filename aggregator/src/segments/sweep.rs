//! Files that are nobody's any more.

use std::collections::BTreeSet;

use domain::window::{DAY_MS, Granularity};
use events::segment::Segment;

use super::{SegmentsError, Work};
use crate::ledger;

impl Work<'_> {
    /// Removes the files that were begun and did not become segments: whoever began them is gone.
    pub(super) fn remove_begun(&self) -> Result<(), SegmentsError> {
        self.remove(|removed| removed.is_begun)
    }

    /// Removes replaced segments that nobody can be reading any more; puts the others out of the way.
    ///
    /// # Errors
    /// [`SegmentsError`] when some are left; the next time goes on.
    pub fn sweep(&self, now_ms: u64) -> Result<(), SegmentsError> {
        self.remove(|removed| removed.after_ms <= now_ms)?;
        for removed in ledger::segment::removed(&self.connection)? {
            self.segments.files.set_aside(&removed.path)?;
        }
        Ok(())
    }

    fn remove(&self, is_due: impl Fn(&ledger::segment::Removed) -> bool) -> Result<(), SegmentsError> {
        for removed in ledger::segment::removed(&self.connection)?.iter().filter(|removed| is_due(removed)) {
            self.remove_now(&removed.path)?;
        }
        Ok(())
    }

    /// Removes a file from everywhere, whoever reads it.
    pub(super) fn remove_now(&self, path: &str) -> Result<(), SegmentsError> {
        self.segments.files.remove(path)?;
        Ok(ledger::segment::forget_removed(&self.connection, path)?)
    }

    /// Moves files out of the folder that the ledger does not know: after the ledger was set back to a backup, those
    /// that were sealed since. Answers how many.
    ///
    /// # Errors
    /// [`SegmentsError`] when some are left.
    pub fn set_strays_apart(&self) -> Result<u64, SegmentsError> {
        let mut known: BTreeSet<String> =
            ledger::segment::list(&self.connection, None)?.into_iter().map(|segment| segment.path).collect();
        known.extend(ledger::segment::removed(&self.connection)?.into_iter().map(|removed| removed.path));
        let mut strays = 0;
        for path in self.segments.files.list()?.iter().filter(|path| !known.contains(*path)) {
            self.segments.files.set_apart(path, &self.segments.strays)?;
            strays += 1;
        }
        Ok(strays)
    }

    /// Leaves old segments, and those beyond the bytes that the folder may have, to the bucket. Answers how many.
    ///
    /// # Errors
    /// [`SegmentsError`] when the bucket has not all that it should; such stay here.
    pub fn cool(&self, now_ms: u64) -> Result<u64, SegmentsError> {
        if !self.segments.files.has_bucket() {
            return Ok(0);
        }
        let rules = self.segments.rules;
        let from_ms = Granularity::Day.start_of(now_ms).saturating_sub(rules.hot_days * DAY_MS);
        let mut local: Vec<Segment> = ledger::segment::list(&self.connection, None)?;
        local.retain(|segment| self.segments.files.is_local(&segment.path));
        let (mut bytes, mut cooled) = (0, 0);
        // The newest first.
        for segment in local.iter().rev() {
            bytes += segment.bytes;
            if segment.day_ms < from_ms || bytes > rules.hot_bytes {
                self.segments.check_stop()?;
                self.segments.files.cool(&segment.path, segment.bytes)?;
                cooled += 1;
            }
        }
        Ok(cooled)
    }
}

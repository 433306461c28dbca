//! A site's events at one instant: segments and what is not sealed, each event once.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use domain::window::DAY_MS;
use events::batch::RecordBatch;
use events::columns::Columns;
use events::files::{FilesError, SegmentFiles};
use events::merge::{self, Merge, Run};
use events::read;
use events::scan::{Blob, ScanError, Sources};
use events::segment::Segment;
use wire::frame::RawEvent;

use super::{Segments, SegmentsError};
use crate::ledger::{self, LedgerError};

/// Times that a question is begun anew because a segment was erased from meanwhile.
const TRIES_MAX: usize = 3;

/// What there is to be read.
pub struct View {
    /// Segments of the days that a span touches.
    pub segments: Vec<Segment>,
    /// All that is not sealed, whenever it happened; each batch in the order of a segment.
    pub tail: Vec<RecordBatch>,
}

/// A segment's file, opened when it is first read from.
struct Lazy {
    files: Arc<SegmentFiles>,
    path: String,
    file: OnceLock<File>,
}

impl Blob for Lazy {
    fn read(&self, range: Range<u64>) -> io::Result<Bytes> {
        if let Some(file) = self.file.get() {
            return file.read(range);
        }
        let opened = self.files.open(&self.path).map_err(|e| match e {
            FilesError::Gone(_) => io::Error::new(io::ErrorKind::NotFound, e),
            e => io::Error::other(e),
        })?;
        // Another thread may have been faster: its file is the same.
        self.file.get_or_init(|| opened).read(range)
    }
}

impl Segments {
    /// Has a site's events of a span of time (Unix milliseconds) scanned, as they are at one instant.
    pub(super) fn scan<T>(
        &self,
        tracking_id: &str,
        span: &Range<u64>,
        mut scan: impl FnMut(&Sources<'_>) -> Result<T, ScanError>,
    ) -> Result<T, SegmentsError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let View { segments, tail } = self.view(tracking_id, span)?;
            let with_file = |segment: Segment| {
                let (files, path) = (Arc::clone(&self.files), segment.path.clone());
                (segment, Arc::new(Lazy { files, path, file: OnceLock::new() }) as Arc<dyn Blob>)
            };
            let segments: Vec<_> = segments.into_iter().map(with_file).collect();
            match scan(&Sources { segments: &segments, tail: &tail, footers: &self.footers }) {
                Err(ScanError::Io(e)) if e.kind() == io::ErrorKind::NotFound && tries < TRIES_MAX => {}
                scanned => return Ok(scanned?),
            }
        }
    }

    /// A site's events of a span of time, at this instant.
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

    /// Hands the events of a view within a span to `take`, one visitor after the other, each one's in the order of time,
    /// until it fails. Of each segment a few thousand rows are held.
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
                take(columns.event(row)?)?;
            }
        }
        Ok(())
    }
}

//! All events of a span of time, one visitor after the other: the days' segments and the tail, merged.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::ops::Range;
use std::sync::Arc;

use arrow_array::RecordBatch;
use parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use wire::frame::RawEvent;

use super::file::{Blob, Part};
use super::parts::{Footer, in_order};
use super::{ScanError, Sources, check};
use crate::batch::Key;
use crate::columns::Columns;
use crate::store::Budget;

/// Events of a source that are read at once.
const EVENTS_AT_ONCE: usize = 1024;

/// Hands over all events within a span of time (Unix milliseconds), one visitor after the other, each one's in the
/// order of time, then id. Events without a visitor come first, in the order of time.
///
/// A row group of every segment that meets the span is held at once, as it stands in its file.
///
/// # Errors
/// [`ScanError`] when the budget is spent, nobody waits any more, or a source cannot be read.
pub fn ordered(
    sources: &Sources<'_>,
    span: Range<u64>,
    budget: &Budget,
    take: &mut dyn FnMut(RawEvent),
) -> Result<(), ScanError> {
    check(budget)?;
    let meets = |first: u64, last: u64| first < span.end && last >= span.start;
    let mut runs = Vec::new();
    for (segment, blob) in sources.segments.iter().filter(|(segment, _)| meets(segment.first_ms, segment.last_ms)) {
        let footer = sources.footers.of(&segment.path, blob.as_ref(), segment.bytes)?;
        runs.push(Run {
            from: From::File(File { blob: blob.as_ref(), footer, next: 0, reader: None }),
            read: VecDeque::new(),
        });
    }
    for batch in sources.tail {
        let (batch, first, last) = in_order(batch)?;
        if batch.num_rows() > 0 && meets(first, last) {
            runs.push(Run { from: From::Batch(batch, 0), read: VecDeque::new() });
        }
    }
    let mut heads = BinaryHeap::with_capacity(runs.len());
    for (at, run) in runs.iter_mut().enumerate() {
        heads.extend(run.head(&span)?.map(|key| Reverse((key, at))));
    }
    let held: usize = runs.iter().map(Run::bytes).sum();
    if held > budget.bytes_max {
        return Err(ScanError::TooMuchMemory(budget.bytes_max));
    }
    let mut handed = 0_usize;
    while let Some(Reverse((_, at))) = heads.pop() {
        let Some(run) = runs.get_mut(at) else { continue };
        if let Some((_, event)) = run.read.pop_front() {
            take(event);
        }
        heads.extend(run.head(&span)?.map(|key| Reverse((key, at))));
        handed += 1;
        if handed.is_multiple_of(EVENTS_AT_ONCE) {
            check(budget)?;
        }
    }
    Ok(())
}

/// A source in order.
struct Run<'a> {
    from: From<'a>,
    read: VecDeque<(Key, RawEvent)>,
}

enum From<'a> {
    File(File<'a>),
    Batch(RecordBatch, usize),
}

struct File<'a> {
    blob: &'a dyn Blob,
    footer: Arc<Footer>,
    next: usize,
    reader: Option<(ParquetRecordBatchReader, usize)>,
}

impl Run<'_> {
    /// The key of the event that comes next.
    fn head(&mut self, span: &Range<u64>) -> Result<Option<Key>, ScanError> {
        while self.read.is_empty() {
            let Some(batch) = self.from.next()? else { return Ok(None) };
            let columns = Columns::of(&batch)?;
            for row in (0..batch.num_rows()).filter(|row| span.contains(&columns.at_ms(*row))) {
                self.read.push_back((columns.key(row), columns.event(row)?));
            }
        }
        Ok(self.read.front().map(|(key, _)| *key))
    }

    /// Bytes of files that it holds.
    fn bytes(&self) -> usize {
        match &self.from {
            From::File(file) => file.reader.as_ref().map_or(0, |(_, bytes)| *bytes),
            From::Batch(..) => 0,
        }
    }
}

impl From<'_> {
    fn next(&mut self) -> Result<Option<RecordBatch>, ScanError> {
        match self {
            Self::File(file) => file.next(),
            Self::Batch(batch, at) => {
                let rows = EVENTS_AT_ONCE.min(batch.num_rows() - *at);
                let some = batch.slice(*at, rows);
                *at += rows;
                Ok((rows > 0).then_some(some))
            }
        }
    }
}

impl File<'_> {
    fn next(&mut self) -> Result<Option<RecordBatch>, ScanError> {
        loop {
            if let Some((reader, _)) = &mut self.reader
                && let Some(batch) = reader.next()
            {
                return Ok(Some(batch?));
            }
            let Some(group) = self.footer.file.row_groups().get(self.next) else { return Ok(None) };
            let ranges = || group.columns().iter().map(|column| column.byte_range());
            let start = ranges().map(|(start, _)| start).min().unwrap_or_default();
            let end = ranges().map(|(start, length)| start.saturating_add(length)).max().unwrap_or_default();
            let part = Part::read(self.blob, start..end)?;
            let metadata = ArrowReaderMetadata::try_new(Arc::new(self.footer.file.clone()), Default::default())?;
            let builder = ParquetRecordBatchReaderBuilder::new_with_metadata(part, metadata);
            let reader = builder.with_row_groups(vec![self.next]).with_batch_size(EVENTS_AT_ONCE).build()?;
            self.reader = Some((reader, usize::try_from(end - start).unwrap_or(usize::MAX)));
            self.next += 1;
        }
    }
}

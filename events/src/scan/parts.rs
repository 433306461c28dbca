//! What a question must read: segments and batches by their times, in parts that threads take one by one.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::{RecordBatch, UInt32Array};
use arrow_select::take::take_record_batch;
use domain::query::{Buckets, Question};
use domain::window::DAY_MS;
use hashbrown::HashMap;
use parquet::file::metadata::ParquetMetaData;

use super::block::{Block, Names, Origin};
use super::file::{self, Blob};
use super::pages::VisitPages;
use super::uniques::IsAlone;
use super::{ScanError, Sources};
use crate::columns::Columns;
use crate::schema;

/// Files whose footers are remembered: three sites' year of days; at some 40 KB each, 40 MB.
const FOOTERS_MAX: usize = 1024;

/// Row groups that a thread takes at once, where there are fewer segments than threads.
const GROUPS_AT_ONCE: usize = 4;

/// What files say of themselves, remembered: a segment never changes.
#[derive(Debug, Default)]
pub struct Footers(Mutex<HashMap<String, Arc<Footer>>>);

/// What a file says of itself.
#[derive(Debug)]
pub struct Footer {
    pub(super) file: ParquetMetaData,
    pub(super) names: Names,
}

impl Footers {
    pub(super) fn of(&self, path: &str, blob: &dyn Blob, length: u64) -> Result<Arc<Footer>, ScanError> {
        if let Some(footer) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
            return Ok(Arc::clone(footer));
        }
        let file = file::footer(blob, length)?;
        let footer = Arc::new(Footer { names: Names::of(&file), file });
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= FOOTERS_MAX {
            // Any will do: all of them come again at the same rate.
            let some = all.keys().next().cloned();
            some.and_then(|path| all.remove(&path));
        }
        all.insert(path.to_owned(), Arc::clone(&footer));
        Ok(footer)
    }
}

/// Some rows of one day, in the order of visitors and time.
pub struct Part<'a> {
    data: Data<'a>,
    /// From the first to behind the last event's time.
    pub span: Range<u64>,
    /// The day that no other part has rows of, if it is so.
    pub own_day: Option<Range<u64>>,
    /// Whether no other part has rows in its buckets of time.
    pub is_alone: IsAlone,
}

enum Data<'a> {
    File { blob: &'a dyn Blob, footer: Arc<Footer>, groups: Range<usize> },
    Batch(RecordBatch),
}

impl<'a> Part<'a> {
    /// How many blocks it has.
    pub fn blocks(&self) -> usize {
        match &self.data {
            Data::File { groups, .. } => groups.len(),
            Data::Batch(_) => 1,
        }
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        let of_group = |group: usize| match &self.data {
            Data::File { footer, .. } => {
                footer.file.row_groups().get(group).map_or(0, |group| group.num_rows().max(0) as usize)
            }
            Data::Batch(batch) => batch.num_rows(),
        };
        match &self.data {
            Data::File { groups, .. } => groups.clone().map(of_group).sum(),
            Data::Batch(_) => of_group(0),
        }
    }

    /// The lowest and the highest visitor of a block, by their high halves, where that is known.
    pub fn visitors(&self, at: usize) -> Option<(u64, u64)> {
        let Data::File { footer, groups, .. } = &self.data else { return None };
        let group = footer.file.row_groups().get(groups.start + at)?;
        let columns = group.columns();
        let statistics =
            columns.iter().find(|column| column.column_path().string() == schema::VISITOR)?.statistics()?;
        let number = |bytes: Option<&[u8]>| bytes?.try_into().ok().map(u64::from_le_bytes);
        Some((number(statistics.min_bytes_opt())?, number(statistics.max_bytes_opt())?))
    }

    /// One of its blocks.
    pub fn block<'b>(&'b self, at: usize, pages: Option<&'b VisitPages>) -> Option<Block<'b>> {
        let origin = match &self.data {
            Data::File { blob, footer, groups } => {
                let group = footer.file.row_groups().get(groups.start + at)?;
                Origin::File(*blob, group, &footer.names)
            }
            Data::Batch(batch) => Origin::Batch(batch),
        };
        Some(Block::new(origin, pages))
    }
}

/// The parts that have events within a span of time, the largest first.
///
/// # Errors
/// [`ScanError`] when a file cannot be opened.
pub fn parts<'a>(
    sources: &Sources<'a>,
    span: &Range<u64>,
    question: &Question,
    threads: usize,
) -> Result<Vec<Part<'a>>, ScanError> {
    let mut parts = within(sources, span, threads)?;
    mark_alone(&mut parts, question);
    parts.sort_by_key(|part| std::cmp::Reverse(part.rows()));
    Ok(parts)
}

/// The parts that have events within a span of time: segments, then the tail.
///
/// # Errors
/// [`ScanError`] when a file cannot be opened.
pub fn within<'a>(sources: &Sources<'a>, span: &Range<u64>, threads: usize) -> Result<Vec<Part<'a>>, ScanError> {
    let mut parts = Vec::new();
    let meets = |first: u64, last: u64| first < span.end && last >= span.start;
    let wanted: Vec<_> =
        sources.segments.iter().filter(|(segment, _)| meets(segment.first_ms, segment.last_ms)).collect();
    for (segment, blob) in &wanted {
        let footer = sources.footers.of(&segment.path, blob.as_ref(), segment.bytes)?;
        let all = footer.file.num_row_groups();
        let at_once = if wanted.len() < threads * 2 { GROUPS_AT_ONCE } else { all.max(1) };
        for start in (0..all).step_by(at_once) {
            let groups = start..(start + at_once).min(all);
            let data = Data::File { blob: blob.as_ref(), footer: Arc::clone(&footer), groups };
            let span = segment.first_ms..segment.last_ms.saturating_add(1);
            parts.push(Part { data, span, own_day: None, is_alone: IsAlone::No });
        }
    }
    for batch in sources.tail.iter().filter(|batch| batch.num_rows() > 0) {
        let (batch, first, last) = in_order(batch)?;
        if meets(first, last) {
            let span = first..last.saturating_add(1);
            parts.push(Part { data: Data::Batch(batch), span, own_day: None, is_alone: IsAlone::No });
        }
    }
    Ok(parts)
}

/// Finds what parts have for themselves: days, and buckets of time.
fn mark_alone(parts: &mut [Part<'_>], question: &Question) {
    let day = |at_ms: u64| at_ms - at_ms % DAY_MS;
    let days: Vec<Range<u64>> =
        parts.iter().map(|part| day(part.span.start)..day(part.span.end.saturating_sub(1)) + DAY_MS).collect();
    let buckets: Vec<Range<u64>> = parts
        .iter()
        .map(|part| match &question.buckets {
            Some(buckets) => {
                let (first, last) = bucket_span(buckets, &part.span, question);
                u64::from(first)..u64::from(last) + 1
            }
            None => 0..1,
        })
        .collect();
    let alone = alone(&buckets);
    for (((part, day), own_day), is_alone) in parts.iter_mut().zip(&days).zip(self::alone(&days)).zip(alone) {
        part.own_day = (own_day && day.end - day.start == DAY_MS).then(|| day.clone());
        part.is_alone = if is_alone { IsAlone::Yes } else { IsAlone::No };
    }
}

/// Which of some ranges meet no other.
fn alone(ranges: &[Range<u64>]) -> Vec<bool> {
    let mut order: Vec<usize> = (0..ranges.len()).collect();
    let start = |at: &usize| ranges.get(*at).map_or(0, |range| range.start);
    let end = |at: &usize| ranges.get(*at).map_or(0, |range| range.end);
    order.sort_by_key(start);
    let mut alone = vec![true; ranges.len()];
    let mut furthest: Option<usize> = None;
    for at in order {
        if let Some(before) = furthest
            && end(&before) > start(&at)
        {
            for at in [before, at] {
                alone.get_mut(at).into_iter().for_each(|alone| *alone = false);
            }
        }
        if furthest.is_none_or(|before| end(&at) > end(&before)) {
            furthest = Some(at);
        }
    }
    alone
}

/// First and last bucket that rows of a span within the question's range lie in; all of them where they come back.
pub fn bucket_span(buckets: &Buckets, span: &Range<u64>, question: &Question) -> (u32, u32) {
    let within = |at_ms: u64| {
        let last = question.end_ms.saturating_sub(1).max(question.start_ms);
        at_ms.clamp(question.start_ms, last)
    };
    let (first_ms, last_ms) = (within(span.start), within(span.end.saturating_sub(1)));
    if !buckets.cycle.is_empty() && buckets.place(first_ms) != buckets.place(last_ms) {
        return (0, buckets.labels.len().saturating_sub(1) as u32);
    }
    (buckets.of(first_ms) as u32, buckets.of(last_ms) as u32)
}

/// A batch in the order of a segment, with its first and last time.
pub(super) fn in_order(batch: &RecordBatch) -> Result<(RecordBatch, u64, u64), ScanError> {
    let columns = Columns::of(batch)?;
    let rows = 0..batch.num_rows();
    let first = rows.clone().map(|row| columns.at_ms(row)).min().unwrap_or_default();
    let last = rows.clone().map(|row| columns.at_ms(row)).max().unwrap_or_default();
    if rows.clone().is_sorted_by_key(|row| columns.key(row)) {
        return Ok((batch.clone(), first, last));
    }
    let mut order: Vec<u32> = (0..batch.num_rows() as u32).collect();
    order.sort_by_key(|row| columns.key(*row as usize));
    Ok((take_record_batch(batch, &UInt32Array::from(order))?, first, last))
}

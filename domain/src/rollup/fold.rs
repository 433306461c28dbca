//! From events and changed visits to rollup rows.
//!
//! Events come in visits, so most values are those of the event before: each dimension remembers its last row, and
//! looks others up among its own.

use std::borrow::Cow;
use std::collections::BTreeMap;

use wire::Id128;
use wire::frame::{RawEvent, RollupDimension, RollupRow};
use wire::site::Settings;

use super::values::{self, joined};
use super::{Caps, OTHER, Rollup, VisitSums};
use crate::visit::Change;
use crate::window::Granularity;

/// Folds events and changed visits into rollup rows by minute, sorted by window, dimension and value.
pub fn fold(events: &[RawEvent], changes: &[Change], settings: &Settings, caps: &mut Caps) -> Vec<RollupRow> {
    let mut fold = Fold { pairs: settings.pairs.iter().map(|_| None).collect(), ..Fold::default() };
    for event in events {
        let start_ms = Granularity::Minute.start_of(event.at_ms);
        values::each_value(event, settings, |dimension, value| {
            let at = fold.place(start_ms, dimension, value, caps);
            fold.count(at, event);
        });
        for (number, (first, second)) in settings.pairs.iter().enumerate() {
            let Some(parts) = values::parts(event, *first, *second) else { continue };
            let at = fold.place_of_pair(number, start_ms, [first.name(), second.name()], parts, caps);
            fold.count(at, event);
        }
    }
    for change in changes {
        let said = change.before.iter().map(|visit| (visit, -1));
        for (visit, times) in said.chain(change.after.iter().map(|visit| (visit, 1))) {
            let (sums, minute) = (VisitSums::of(visit), visit.minute());
            for (dimension, value) in visit.counted_under() {
                let at = fold.row(minute, dimension, Cow::Borrowed(value));
                if let Some(row) = fold.rows.get_mut(at) {
                    row.rollup.visits.add(&sums, times);
                }
            }
        }
    }
    fold.finish()
}

/// A row that is being counted.
struct Row<'a> {
    start_ms: u64,
    dimension: RollupDimension,
    value: Cow<'a, str>,
    rollup: Rollup,
    /// Who was counted last: most often who comes next.
    last_visitor: Option<Id128>,
}

/// One dimension's rows.
#[derive(Default)]
struct Column<'a> {
    last: Option<(u64, Cow<'a, str>, usize)>,
    rows: BTreeMap<(u64, Cow<'a, str>), usize>,
}

/// The last value of a pair of dimensions: minute, both parts, row.
type LastPair<'a> = Option<(u64, (Cow<'a, str>, Cow<'a, str>), usize)>;

#[derive(Default)]
struct Fold<'a> {
    rows: Vec<Row<'a>>,
    columns: [Column<'a>; RollupDimension::ALL.len()],
    pairs: Vec<LastPair<'a>>,
}

impl<'a> Fold<'a> {
    /// Place of the row that an event's value is counted in.
    fn place(&mut self, start_ms: u64, dimension: RollupDimension, value: Cow<'a, str>, caps: &mut Caps) -> usize {
        let Some(column) = self.columns.get_mut(dimension as usize) else { return usize::MAX };
        if let Some((minute, last, at)) = &column.last
            && (*minute, last) == (start_ms, &value)
        {
            return *at;
        }
        let key = (start_ms, value);
        if let Some(at) = column.rows.get(&key).copied() {
            column.last = Some((start_ms, key.1, at));
            return at;
        }
        let is_kept = caps.cap(start_ms, dimension, &key.1) != OTHER;
        if is_kept { self.row(start_ms, dimension, key.1) } else { self.row(start_ms, dimension, Cow::Borrowed(OTHER)) }
    }

    fn place_of_pair(
        &mut self,
        number: usize,
        start_ms: u64,
        names: [&str; 2],
        parts: (Cow<'a, str>, Cow<'a, str>),
        caps: &mut Caps,
    ) -> usize {
        if let Some(Some((minute, last, at))) = self.pairs.get(number)
            && (*minute, last) == (start_ms, &parts)
        {
            return *at;
        }
        let value = joined([names[0], names[1], &parts.0, &parts.1]);
        let at = self.place(start_ms, RollupDimension::Pair, Cow::Owned(value), caps);
        if let Some(last) = self.pairs.get_mut(number) {
            *last = Some((start_ms, parts, at));
        }
        at
    }

    /// Place of the row of a value, which is begun if there is none.
    fn row(&mut self, start_ms: u64, dimension: RollupDimension, value: Cow<'a, str>) -> usize {
        let Some(column) = self.columns.get_mut(dimension as usize) else { return usize::MAX };
        let at = *column.rows.entry((start_ms, value.clone())).or_insert(self.rows.len());
        if at == self.rows.len() {
            let (value, rollup) = (value.clone(), Rollup::default());
            self.rows.push(Row { start_ms, dimension, value, rollup, last_visitor: None });
        }
        column.last = Some((start_ms, value, at));
        at
    }

    fn count(&mut self, at: usize, event: &RawEvent) {
        let Some(row) = self.rows.get_mut(at) else { return };
        row.rollup.count(event, row.dimension);
        if event.visitor != row.last_visitor
            && let Some(visitor) = event.visitor
        {
            row.rollup.visitors.insert(visitor.high_bits());
            row.last_visitor = Some(visitor);
        }
    }

    fn finish(self) -> Vec<RollupRow> {
        let mut rows: Vec<Row<'_>> = self.rows.into_iter().filter(|row| !row.rollup.is_empty()).collect();
        rows.sort_by(|a, b| (a.start_ms, a.dimension, &a.value).cmp(&(b.start_ms, b.dimension, &b.value)));
        rows.into_iter().map(|row| row.rollup.into_row(row.start_ms, row.dimension, row.value.into_owned())).collect()
    }
}

//! From events and changed visits to rollup rows.

use std::borrow::Cow;
use std::collections::BTreeMap;

use wire::frame::{RawEvent, RollupDimension, RollupRow};
use wire::site::Settings;

use super::{Caps, Rollup, VisitSums, each_value};
use crate::visit::Change;
use crate::window::Granularity;

/// Folds events and changed visits into rollup rows by minute, sorted by window, dimension and value.
pub fn fold(events: &[RawEvent], changes: &[Change], settings: &Settings, caps: &mut Caps) -> Vec<RollupRow> {
    let mut fold = Fold::default();
    for event in events {
        let start_ms = Granularity::Minute.start_of(event.at_ms);
        each_value(event, settings, |dimension, value| fold.count(event, start_ms, dimension, value, caps));
    }
    for change in changes {
        let said = change.before.iter().map(|visit| (visit, -1));
        for (visit, times) in said.chain(change.after.iter().map(|visit| (visit, 1))) {
            let (sums, minute) = (VisitSums::of(visit), visit.minute());
            for (dimension, value) in visit.counted_under() {
                fold.row(minute, dimension, Cow::Borrowed(value)).visits.add(&sums, times);
            }
        }
    }
    let rows = fold.rows.into_iter().filter(|(_, rollup)| !rollup.is_empty());
    rows.map(|((start_ms, dimension, value), rollup)| rollup.into_row(start_ms, dimension, value.into_owned()))
        .collect()
}

#[derive(Default)]
struct Fold<'a> {
    rows: BTreeMap<(u64, RollupDimension, Cow<'a, str>), Rollup>,
}

impl<'a> Fold<'a> {
    fn count(
        &mut self,
        event: &RawEvent,
        start_ms: u64,
        dimension: RollupDimension,
        value: Cow<'a, str>,
        caps: &mut Caps,
    ) {
        let value = match &value {
            Cow::Borrowed(text) => Cow::Borrowed(caps.cap(start_ms, dimension, text)),
            Cow::Owned(text) if caps.cap(start_ms, dimension, text) != text => Cow::Borrowed(super::OTHER),
            Cow::Owned(_) => value,
        };
        self.row(start_ms, dimension, value).count(event, dimension);
    }

    fn row(&mut self, start_ms: u64, dimension: RollupDimension, value: Cow<'a, str>) -> &mut Rollup {
        self.rows.entry((start_ms, dimension, value)).or_default()
    }
}

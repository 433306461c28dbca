//! Counters and sketches of a window: how events and visits become them, and how they merge.
//!
//! Every field is a sum or a union, so merging is commutative and associative: minutes make hours and days, and
//! any split of the events over shards or frames gives the same numbers. A visit is taken back and said anew with
//! each change ([`crate::visit`]), so its sums may fall below zero in one frame and never do in all.

mod block;
mod caps;
mod fold;
mod horizon;
mod values;

use std::collections::BTreeMap;

use serde_bytes::ByteBuf;
use wire::frame::{RawEvent, RollupDimension, RollupRow};
use wire::frame_view::RowView;

pub use block::{BLOCK_ROWS_MAX, Block, BlockError, BlockRow, Builder, MergeError};
pub use caps::{Caps, VALUES_PER_WINDOW_MAX};
pub use fold::fold;
pub use horizon::{HOUR_DAYS, Horizon, MINUTE_DAYS};
pub use values::{city_of, each_value, is_of_visit, joined, named, pair, property_of};

use crate::sketch::{Sketch, SketchError};
use crate::visit::Visit;

/// Event type of a page view.
pub const PAGEVIEW: &str = "pageview";

/// Value of the row that takes what does not fit the cap.
pub const OTHER: &str = "(other)";

/// Values that an hour or a day of a dimension keeps apart; the rest is counted together under [`OTHER`]. 20 000 pages a
/// day are more than a report shows, and at ~60 bytes a value and 30 of its sketch a block stays within 2 MB.
pub const BLOCK_VALUES_MAX: usize = 20_000;

/// What is counted of one window, dimension and value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rollup {
    /// Page views.
    pub pageviews: u64,
    /// Events of every kind.
    pub events: u64,
    /// The visitors.
    pub visitors: Sketch,
    /// The names of visits; kept on total rows.
    pub sessions: Sketch,
    /// The visits that began in the window.
    pub visits: VisitSums,
    /// Revenue by currency, in millionths of its unit.
    pub revenue: BTreeMap<String, i64>,
}

/// Sums over visits. Each may be below zero in a part of the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VisitSums {
    /// Visits.
    pub visits: i64,
    /// Those that saw one page.
    pub bounces: i64,
    /// Their lengths, milliseconds.
    pub visit_ms: i64,
    /// Their time in view, milliseconds.
    pub engaged_ms: i64,
    /// Those that reached a goal.
    pub converted: i64,
    /// Their quality scores.
    pub quality: i64,
}

impl VisitSums {
    /// What one visit adds.
    pub fn of(visit: &Visit) -> Self {
        Self {
            visits: 1,
            bounces: i64::from(visit.is_bounce()),
            visit_ms: visit.length_ms() as i64,
            engaged_ms: visit.engaged_ms.min(i64::MAX as u64) as i64,
            converted: i64::from(visit.converted),
            quality: visit.quality(),
        }
    }

    /// Those of a row.
    pub fn of_view(row: &RowView<'_>) -> Self {
        Self {
            visits: row.visits,
            bounces: row.bounces,
            visit_ms: row.visit_ms,
            engaged_ms: row.engaged_ms,
            converted: row.converted,
            quality: row.quality,
        }
    }

    /// Adds `times` another's sums: minus one takes them back.
    pub fn add(&mut self, other: &Self, times: i64) {
        let sum = |into: &mut i64, added: i64| *into = into.saturating_add(added.saturating_mul(times));
        sum(&mut self.visits, other.visits);
        sum(&mut self.bounces, other.bounces);
        sum(&mut self.visit_ms, other.visit_ms);
        sum(&mut self.engaged_ms, other.engaged_ms);
        sum(&mut self.converted, other.converted);
        sum(&mut self.quality, other.quality);
    }
}

impl Rollup {
    /// Adds what another rollup counted.
    pub fn merge(&mut self, other: &Self) {
        self.pageviews = self.pageviews.saturating_add(other.pageviews);
        self.events = self.events.saturating_add(other.events);
        self.visitors.merge(&other.visitors);
        self.sessions.merge(&other.sessions);
        self.visits.add(&other.visits, 1);
        for (currency, micros) in &other.revenue {
            add_money(&mut self.revenue, currency, *micros);
        }
    }

    /// Adds what a row says, as it lies in its frame's bytes.
    ///
    /// # Errors
    /// [`SketchError`] when a sketch of the row is not one; what was added by then stays.
    pub fn add_view(&mut self, row: &RowView<'_>) -> Result<(), SketchError> {
        self.visitors.merge_encoded(row.visitors)?;
        self.sessions.merge_encoded(row.sessions)?;
        self.pageviews = self.pageviews.saturating_add(row.pageviews);
        self.events = self.events.saturating_add(row.events);
        self.visits.add(&VisitSums::of_view(row), 1);
        for (currency, micros) in &row.revenue {
            add_money(&mut self.revenue, currency, *micros);
        }
        Ok(())
    }

    /// Whether it says nothing: all that was counted was taken back.
    pub fn is_empty(&self) -> bool {
        self.events == 0
            && self.pageviews == 0
            && self.sessions.is_empty()
            && self.visits == VisitSums::default()
            && self.revenue.values().all(|micros| *micros == 0)
            && self.visitors.is_empty()
    }

    /// Reads the rollup of a row from elsewhere.
    ///
    /// # Errors
    /// [`SketchError`] when a sketch of the row is not one.
    pub fn of_row(row: &RollupRow) -> Result<Self, SketchError> {
        Self::of_view(&row.into())
    }

    /// As [`Rollup::of_row`], of a row as it lies in its frame's bytes.
    ///
    /// # Errors
    /// [`SketchError`] when a sketch of the row is not one.
    pub fn of_view(row: &RowView<'_>) -> Result<Self, SketchError> {
        Ok(Self {
            pageviews: row.pageviews,
            events: row.events,
            visitors: Sketch::decode(row.visitors)?,
            sessions: Sketch::decode(row.sessions)?,
            visits: VisitSums::of_view(row),
            revenue: row.revenue.iter().map(|(currency, micros)| ((*currency).to_owned(), *micros)).collect(),
        })
    }

    fn into_row(self, start_ms: u64, dimension: RollupDimension, value: String) -> RollupRow {
        let VisitSums { visits, bounces, visit_ms, engaged_ms, converted, quality } = self.visits;
        RollupRow {
            start_ms,
            dimension,
            value,
            pageviews: self.pageviews,
            events: self.events,
            visitors: ByteBuf::from(self.visitors.encode()),
            sessions: ByteBuf::from(self.sessions.encode()),
            visits,
            bounces,
            visit_ms,
            engaged_ms,
            converted,
            quality,
            revenue: self.revenue,
        }
    }

    /// Counts an event, but not its visitor.
    fn count(&mut self, event: &RawEvent, dimension: RollupDimension) {
        self.events += 1;
        if event.event_type == PAGEVIEW {
            self.pageviews += 1;
        }
        if let (RollupDimension::Total, Some(session)) = (dimension, event.session) {
            self.sessions.insert(session.high_bits());
        }
        if let Some(money) = &event.revenue {
            add_money(&mut self.revenue, &money.currency, money.micros);
        }
    }
}

fn add_money(revenue: &mut BTreeMap<String, i64>, currency: &str, micros: i64) {
    match revenue.get_mut(currency) {
        Some(sum) => *sum = sum.saturating_add(micros),
        None => {
            revenue.insert(currency.to_owned(), micros);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;

//! Counters and sketches of a window: how events become them, and how they merge.
//!
//! Every field is a sum or a union, so merging is commutative and associative: minutes make hours and days, and
//! any split of the events over shards or frames gives the same numbers.

use std::collections::{BTreeMap, BTreeSet};

use serde_bytes::ByteBuf;
use wire::frame::{RawEvent, RollupDimension, RollupRow};

use crate::sketch::{Sketch, SketchError};
use crate::window::Granularity;

/// Event type of a page view.
pub const PAGEVIEW: &str = "pageview";

/// Value of the row that takes what does not fit the cap.
pub const OTHER: &str = "(other)";

/// Distinct values that one fold keeps apart per minute and dimension; further ones go to [`OTHER`]. A fold
/// covers about a second, and a thousand pages read in one second is more than a person can look at.
pub const VALUES_PER_WINDOW_MAX: usize = 1000;

/// What is counted of one window, dimension and value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rollup {
    /// Page views.
    pub pageviews: u64,
    /// Events of every kind.
    pub events: u64,
    /// The visitors.
    pub visitors: Sketch,
    /// The sessions; kept on total rows.
    pub sessions: Sketch,
}

impl Rollup {
    /// Adds what another rollup counted.
    pub fn merge(&mut self, other: &Self) {
        self.pageviews = self.pageviews.saturating_add(other.pageviews);
        self.events = self.events.saturating_add(other.events);
        self.visitors.merge(&other.visitors);
        self.sessions.merge(&other.sessions);
    }

    /// Reads the rollup of a row from elsewhere.
    ///
    /// # Errors
    /// [`SketchError`] when a sketch of the row is not one.
    pub fn of_row(row: &RollupRow) -> Result<Self, SketchError> {
        Ok(Self {
            pageviews: row.pageviews,
            events: row.events,
            visitors: Sketch::decode(&row.visitors)?,
            sessions: Sketch::decode(&row.sessions)?,
        })
    }

    fn count(&mut self, event: &RawEvent, dimension: RollupDimension) {
        self.events += 1;
        if event.event_type == PAGEVIEW {
            self.pageviews += 1;
        }
        if let Some(visitor) = event.visitor {
            self.visitors.insert(visitor.high_bits());
        }
        if let (RollupDimension::Total, Some(session)) = (dimension, event.session) {
            self.sessions.insert(session.high_bits());
        }
    }
}

/// The values an event is counted under. An event without a page, country… has no row there.
fn values(event: &RawEvent) -> impl Iterator<Item = (RollupDimension, &str)> {
    let total = std::iter::once((RollupDimension::Total, ""));
    let named = [
        (RollupDimension::Page, event.path.as_str()),
        (RollupDimension::Source, &event.source),
        (RollupDimension::Channel, &event.channel),
        (RollupDimension::Country, &event.country),
        (RollupDimension::Device, &event.device),
        (RollupDimension::EventType, &event.event_type),
        (RollupDimension::Hostname, &event.hostname),
        (RollupDimension::Browser, &event.browser),
        (RollupDimension::BrowserVersion, &event.browser_version),
        (RollupDimension::Os, &event.os),
        (RollupDimension::OsVersion, &event.os_version),
        (RollupDimension::Screen, &event.screen),
        (RollupDimension::Language, &event.language),
        (RollupDimension::UtmSource, &event.utm_source),
        (RollupDimension::UtmMedium, &event.utm_medium),
        (RollupDimension::UtmCampaign, &event.utm_campaign),
        (RollupDimension::UtmContent, &event.utm_content),
        (RollupDimension::UtmTerm, &event.utm_term),
    ];
    total.chain(named.into_iter().filter(|(_, value)| !value.is_empty()))
}

/// Folds events into rollup rows by minute, sorted by window, dimension and value.
pub fn fold(events: &[RawEvent]) -> Vec<RollupRow> {
    let mut rollups: BTreeMap<(u64, RollupDimension, &str), Rollup> = BTreeMap::new();
    let mut kept: BTreeMap<(u64, RollupDimension), BTreeSet<&str>> = BTreeMap::new();
    for event in events {
        let start_ms = Granularity::Minute.start_of(event.at_ms);
        for (dimension, value) in values(event) {
            let known = kept.entry((start_ms, dimension)).or_default();
            let value = if known.contains(value) {
                value
            } else if known.len() < VALUES_PER_WINDOW_MAX {
                known.insert(value);
                value
            } else {
                OTHER
            };
            rollups.entry((start_ms, dimension, value)).or_default().count(event, dimension);
        }
    }
    rollups
        .into_iter()
        .map(|((start_ms, dimension, value), rollup)| RollupRow {
            start_ms,
            dimension,
            value: value.to_owned(),
            pageviews: rollup.pageviews,
            events: rollup.events,
            visitors: ByteBuf::from(rollup.visitors.encode()),
            sessions: ByteBuf::from(rollup.sessions.encode()),
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests;

//! What is asked, as the address says it.
//!
//! ```text
//! ?v=1&period=91d&active=event,purchase&interval=week&unit=sessions&breakdown=country
//! ```

use wire::analysis::{Interval, LifecycleAnswer, LifecycleQuery, Unit};
use wire::query::Dimension;

use super::super::editing::Asks;
use super::super::frame::Asking;
use super::super::options::{Named, name_of, named};
use super::super::pattern::Pattern;
use super::super::said::Said;

/// Lengths of buckets.
pub const INTERVALS: &[Named<Interval>] = &[
    (Interval::Day, "day", "each day"),
    (Interval::Week, "week", "each week"),
    (Interval::Month, "month", "each month"),
];

/// Whose events count together.
pub const UNITS: &[Named<Unit>] = &[(Unit::Users, "users", "visitors"), (Unit::Sessions, "sessions", "visits")];

/// Days from which on weeks are drawn, and months.
const LONG: i64 = 92;
const LONGER: i64 = 731;

/// A question about lifecycle.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// What being active is.
    pub active: Pattern,
    /// Length of the buckets, where somebody chose.
    pub interval: Option<Interval>,
    /// Whose.
    pub unit: Unit,
    /// What the answer is broken down by.
    pub by: Option<Dimension>,
}

impl State {
    /// Length of the buckets: as chosen, or as suits the period.
    pub fn interval(&self, asking: Asking) -> Interval {
        let days = || {
            let today = asking.shown.today();
            asking.shown.with(|view| view.period.days(today)).map_or(i64::MAX, |(first, last)| last.since(first))
        };
        self.interval.unwrap_or_else(|| match days() {
            ..LONG => Interval::Day,
            LONG..LONGER => Interval::Week,
            _ => Interval::Month,
        })
    }
}

impl Asks for State {
    type Query = LifecycleQuery;
    type Answer = LifecycleAnswer;

    const PATH: &'static str = "/api/v1/lifecycle";

    fn read(said: &Said) -> Self {
        Self {
            active: said.raw("active").next().map(Pattern::parse).unwrap_or_default(),
            interval: named(INTERVALS, said.one("interval").as_deref()),
            unit: said.choice("unit", UNITS, Unit::default()),
            by: said.one("breakdown").and_then(|name| Dimension::named(&name)).filter(|by| !by.is_time()),
        }
    }

    fn said(&self) -> Said {
        let mut said = Said::default();
        said.put_raw("active", self.active.to_url());
        if let Some(interval) = self.interval {
            said.put("interval", name_of(INTERVALS, interval));
        }
        said.put_choice("unit", UNITS, Unit::default(), self.unit);
        if let Some(by) = self.by {
            said.put("breakdown", &by.to_string());
        }
        said
    }

    fn query(&self, asking: Asking) -> Option<LifecycleQuery> {
        Some(LifecycleQuery {
            tracking_id: asking.site(),
            date_range: asking.span(),
            active: self.active.asked(),
            interval: self.interval(asking),
            unit: self.unit,
            filters: asking.filters(),
            breakdown_by: self.by,
            time_zone: asking.zone(),
        })
    }

    fn zone(answer: &LifecycleAnswer) -> &str {
        &answer.meta.time_zone
    }
}

//! A question about retention as the address says it.
//!
//! ```text
//! ?v=1&period=91d&interval=week&first=event,signup&returning=page,/app/**&returned=or_later&first_in=range&breakdown=channel&columns=60
//! ```

use wire::analysis::{FirstIn, Interval, RetentionAnswer, RetentionQuery, Returned};
use wire::limits::RETENTION_PERIODS_MAX;
use wire::query::Dimension;

use super::super::answers::period;
use super::super::editing::Asks;
use super::super::frame::Asking;
use super::super::options::Named;
use super::super::pattern::Pattern;
use super::super::said::Said;

/// Lengths of periods.
pub const INTERVALS: &[Named<Interval>] =
    &[(Interval::Day, "day", "days"), (Interval::Week, "week", "weeks"), (Interval::Month, "month", "months")];

/// When somebody counts as returned.
pub const RETURNED: &[Named<Returned>] =
    &[(Returned::Within, "within", "in that very period"), (Returned::OrLater, "or_later", "in that period or later")];

/// How far back an earlier first event makes somebody no newcomer.
pub const FIRST_IN: &[Named<FirstIn>] =
    &[(FirstIn::History, "history", "who came first ever"), (FirstIn::Range, "range", "who came first in this period")];

/// A question about retention.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// What coming first is.
    pub first: Pattern,
    /// What returning is.
    pub returning: Pattern,
    /// How long a period is.
    pub interval: Interval,
    /// When somebody counts as returned.
    pub returned: Returned,
    /// How far back an earlier first event makes somebody no newcomer.
    pub first_in: FirstIn,
    /// What the answer is broken down by.
    pub by: Option<Dimension>,
    /// Periods in the table; none: as many as suit their length.
    pub columns: Option<usize>,
}

impl State {
    /// Periods in the table.
    pub fn columns(&self) -> usize {
        let usual = match self.interval {
            Interval::Day => 30,
            Interval::Week | Interval::Month => 12,
        };
        self.columns.unwrap_or(usual).clamp(1, RETENTION_PERIODS_MAX)
    }

    /// The periods that are told by themselves.
    pub fn marks(&self) -> &'static [usize] {
        match self.interval {
            Interval::Day => &[1, 7, 14, 30, 60, 90],
            Interval::Week => &[1, 2, 4, 8, 12],
            Interval::Month => &[1, 2, 3, 6, 12],
        }
    }

    /// What a period is called.
    pub fn period(&self) -> &'static str {
        period(self.interval)
    }
}

impl Asks for State {
    type Query = RetentionQuery;
    type Answer = RetentionAnswer;

    const PATH: &'static str = "/api/v1/retention";

    fn read(said: &Said) -> Self {
        let pattern = |name: &str| said.raw(name).next().map(Pattern::parse).unwrap_or_default();
        Self {
            first: pattern("first"),
            returning: pattern("returning"),
            interval: said.choice("interval", INTERVALS, Interval::default()),
            returned: said.choice("returned", RETURNED, Returned::default()),
            first_in: said.choice("first_in", FIRST_IN, FirstIn::default()),
            by: said.one("breakdown").and_then(|name| Dimension::named(&name)).filter(|by| !by.is_time()),
            columns: said.one("columns").and_then(|text| text.parse().ok()),
        }
    }

    fn said(&self) -> Said {
        let mut said = Said::default();
        said.put_choice("interval", INTERVALS, Interval::default(), self.interval);
        said.put_raw("first", self.first.to_url());
        said.put_raw("returning", self.returning.to_url());
        said.put_choice("returned", RETURNED, Returned::default(), self.returned);
        said.put_choice("first_in", FIRST_IN, FirstIn::default(), self.first_in);
        said.put("breakdown", &self.by.map(|by| by.to_string()).unwrap_or_default());
        said.put("columns", &self.columns.map(|columns| columns.to_string()).unwrap_or_default());
        said
    }

    fn query(&self, asking: Asking) -> Option<RetentionQuery> {
        if self.first.is_open() || self.returning.is_open() {
            return None;
        }
        let furthest = self.marks().last().copied().unwrap_or_default();
        Some(RetentionQuery {
            tracking_id: asking.site(),
            date_range: asking.span(),
            first: self.first.asked(),
            returning: self.returning.asked(),
            first_in: self.first_in,
            interval: self.interval,
            periods: Some(self.columns().max(furthest)),
            returned: self.returned,
            filters: asking.filters(),
            breakdown_by: self.by,
            time_zone: asking.zone(),
        })
    }

    fn zone(answer: &RetentionAnswer) -> &str {
        &answer.meta.time_zone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_says_is_said_again() {
        for query in [
            "",
            "interval=week&first=event,signup&returning=page,/app/**&returned=or_later&first_in=range&breakdown=channel&columns=60",
        ] {
            assert_eq!(State::read(&Said::of(query)).said(), Said::of(query));
        }
        let misread = State::read(&Said::of("interval=hour&first=is,nothing,x&breakdown=date&columns=many"));
        assert_eq!(misread, State::default());
    }
}

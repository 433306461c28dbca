//! What differs between rows as they are stored and rows made anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use wire::frame::RollupDimension;

use super::{Key, Rows};
use crate::rollup::{OTHER, Rollup, named};

/// Differences that are kept to be shown; the others are counted.
pub const DIFFERENCES_KEPT_MAX: usize = 100;

/// What may differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Events.
    Events,
    /// Page views.
    Pageviews,
    /// Millionths of revenue, over all currencies.
    Revenue,
    /// The sketch of visitors; shown as its count.
    Visitors,
    /// The sketch of visits' names; shown as its count.
    Sessions,
    /// Visits.
    Visits,
    /// Visits that saw one page.
    Bounces,
    /// Milliseconds of visits.
    VisitMs,
    /// Milliseconds in view.
    EngagedMs,
    /// Visits that reached a goal.
    Converted,
    /// Scores of visits.
    Quality,
}

impl Field {
    /// All, in the order of what is said of a row.
    pub const ALL: [Self; 11] = [
        Self::Events,
        Self::Pageviews,
        Self::Revenue,
        Self::Visitors,
        Self::Sessions,
        Self::Visits,
        Self::Bounces,
        Self::VisitMs,
        Self::EngagedMs,
        Self::Converted,
        Self::Quality,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Pageviews => "pageviews",
            Self::Revenue => "revenue_micros",
            Self::Visitors => "visitors",
            Self::Sessions => "sessions",
            Self::Visits => "visits",
            Self::Bounces => "bounces",
            Self::VisitMs => "visit_ms",
            Self::EngagedMs => "engaged_ms",
            Self::Converted => "converted",
            Self::Quality => "quality",
        }
    }

    /// Whether it is a sum over visits: these are exact only where no edge's storage went back in time.
    pub fn is_of_visits(self) -> bool {
        !matches!(self, Self::Events | Self::Pageviews | Self::Revenue | Self::Visitors | Self::Sessions)
    }

    fn of(self, rollup: &Rollup) -> i64 {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        match self {
            Self::Events => number(rollup.events),
            Self::Pageviews => number(rollup.pageviews),
            Self::Revenue => rollup.revenue.values().fold(0, |sum, micros| sum.saturating_add(*micros)),
            Self::Visitors => number(rollup.visitors.count()),
            Self::Sessions => number(rollup.sessions.count()),
            Self::Visits => rollup.visits.visits,
            Self::Bounces => rollup.visits.bounces,
            Self::VisitMs => rollup.visits.visit_ms,
            Self::EngagedMs => rollup.visits.engaged_ms,
            Self::Converted => rollup.visits.converted,
            Self::Quality => rollup.visits.quality,
        }
    }

    fn is_same(self, stored: &Rollup, rebuilt: &Rollup) -> bool {
        let money = |rollup: &Rollup| -> BTreeMap<String, i64> {
            let paid = rollup.revenue.iter().filter(|(_, micros)| **micros != 0);
            paid.map(|(currency, micros)| (currency.clone(), *micros)).collect()
        };
        match self {
            Self::Revenue => money(stored) == money(rebuilt),
            Self::Visitors => stored.visitors == rebuilt.visitors,
            Self::Sessions => stored.sessions == rebuilt.sessions,
            _ => self.of(stored) == self.of(rebuilt),
        }
    }
}

/// One number that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The row.
    pub key: Key,
    /// Which number of it.
    pub field: Field,
    /// As it is stored.
    pub stored: i64,
    /// As the events make it.
    pub rebuilt: i64,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start_ms, dimension, value) = &self.key;
        let (field, stored, rebuilt) = (self.field.name(), self.stored, self.rebuilt);
        write!(f, "{start_ms} {} {value:?}: {field} {stored}, by its events {rebuilt}", dimension.name())
    }
}

/// How stored rows and rows made anew compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Rows on either side.
    pub rows: u64,
    /// Rows with a difference.
    pub differing: u64,
    /// How many rows differ in a field.
    pub fields: BTreeMap<Field, u64>,
    /// The first ones, at most [`DIFFERENCES_KEPT_MAX`].
    pub first: Vec<Difference>,
}

impl Comparison {
    /// Takes in the comparison of other rows.
    pub fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.differing += other.differing;
        for (field, rows) in other.fields {
            *self.fields.entry(field).or_default() += rows;
        }
        let room = DIFFERENCES_KEPT_MAX.saturating_sub(self.first.len());
        self.first.extend(other.first.into_iter().take(room));
    }

    fn row(&mut self, key: &Key, stored: &Rollup, rebuilt: &Rollup) {
        self.rows += 1;
        let mut differs = false;
        for field in Field::ALL {
            if field.is_same(stored, rebuilt) {
                continue;
            }
            differs = true;
            *self.fields.entry(field).or_default() += 1;
            if self.first.len() < DIFFERENCES_KEPT_MAX {
                let (stored, rebuilt) = (field.of(stored), field.of(rebuilt));
                self.first.push(Difference { key: key.clone(), field, stored, rebuilt });
            }
        }
        self.differing += u64::from(differs);
    }
}

/// Compares rows of one granularity. Where either side counts values together under [`OTHER`], which ones those are
/// depends on the order in which they came: there the sums over all values of the dimension are compared.
pub fn compare(stored: &Rows, rebuilt: &Rows) -> Comparison {
    let is_capped = |rows: &Rows| -> BTreeSet<(u64, RollupDimension)> {
        let others = rows.keys().filter(|(_, dimension, value)| named(*dimension, value).1 == OTHER);
        others.map(|(start, dimension, _)| (*start, *dimension)).collect()
    };
    let mut capped = is_capped(stored);
    capped.extend(is_capped(rebuilt));
    let (stored_sums, rebuilt_sums) = (sums(stored, &capped), sums(rebuilt, &capped));
    let mut comparison = Comparison::default();
    let none = Rollup::default();
    let keys: BTreeSet<&Key> = stored.keys().chain(rebuilt.keys()).collect();
    for key in keys {
        if !capped.contains(&(key.0, key.1)) {
            comparison.row(key, stored.get(key).unwrap_or(&none), rebuilt.get(key).unwrap_or(&none));
        }
    }
    for (start_ms, dimension) in capped {
        let key = (start_ms, dimension, OTHER.to_owned());
        let of = |sums: &Rows| sums.get(&key).cloned().unwrap_or_default();
        comparison.row(&key, &of(&stored_sums), &of(&rebuilt_sums));
    }
    comparison
}

fn sums(rows: &Rows, of: &BTreeSet<(u64, RollupDimension)>) -> Rows {
    let mut sums = Rows::new();
    for ((start_ms, dimension, _), rollup) in rows.iter().filter(|(key, _)| of.contains(&(key.0, key.1))) {
        sums.entry((*start_ms, *dimension, OTHER.to_owned())).or_default().merge(rollup);
    }
    sums
}

//! What people did, as a part of a condition: planned here, resolved by a store to the set of those people, and then tested
//! of each event by its visitor.
//!
//! | module | what |
//! |---|---|
//! | `plan` | from what a filter says to what is read and told of a person |
//! | `members` | the set |
//!
//! A person is a visitor as far as ids tell: where they are renewed every UTC day, a visitor's day. An event whose
//! sender asked not to be told apart is looked at as of somebody who never did anything.

mod members;
mod plan;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::sync::Arc;

use wire::behaviour::{StepOutcome, Summed};
use wire::limits::BEHAVIOURS_MAX;

pub use members::Members;
pub(crate) use plan::plan;
pub use plan::{Kept, Terms};

use crate::analysis::funnel::FunnelFold;
use crate::analysis::{Ask, Fold, Moment};
use crate::query::{Condition, QueryError};

/// Something that is true of some people, ready to be read.
#[derive(Clone)]
pub struct PersonTest {
    /// The site.
    pub site: String,
    /// Whose data decides it: from when to when, Unix milliseconds.
    pub span: Range<u64>,
    /// What.
    pub act: Act,
    /// Equal where all of this is.
    key: String,
}

/// What is true of them.
#[derive(Clone, Debug)]
pub enum Act {
    /// Something of the events for which a condition holds, of each for itself.
    Told(Box<Telling>),
    /// How far they got in a funnel.
    Funnel(Box<Furthest>),
}

/// What is to be known of a person's events.
#[derive(Clone, Debug)]
pub struct Telling {
    /// Which events.
    pub condition: Condition,
    /// What must be true of them.
    pub fact: Fact,
}

/// What must be true of those of a person's events that are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// How many there are, and what their sum is.
    Times {
        /// How many.
        count: RangeInclusive<u64>,
        /// Their sum.
        sum: Option<SumTest>,
        /// Whether those are meant of whom it is true, or all others that have such events at all.
        is_true: bool,
    },
    /// The first lies here, Unix milliseconds.
    First(Range<u64>),
    /// The last lies here.
    Last(Range<u64>),
}

/// What the sum over some events must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SumTest {
    /// Of what.
    pub of: Summed,
    /// The currency, of revenue; else empty.
    pub currency: String,
    /// In millionths.
    pub micros: RangeInclusive<i128>,
}

/// What was found of one person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// Who: high half of the visitor.
    pub unit: u64,
    /// How many events.
    pub count: u64,
    /// Their sum in millionths, or the time of the first or last.
    pub value: i128,
}

impl Fact {
    /// What is found of two parts of a person's events, together.
    #[must_use]
    pub fn together(&self, one: Record, other: Record) -> Record {
        let value = match self {
            Self::Times { .. } => one.value.saturating_add(other.value),
            Self::First(_) => one.value.min(other.value),
            Self::Last(_) => one.value.max(other.value),
        };
        Record { unit: one.unit, count: one.count.saturating_add(other.count), value }
    }

    /// Whether a person is meant of whom this was found.
    pub fn means(&self, found: &Record) -> bool {
        match self {
            Self::Times { count, sum, is_true } => {
                let has_sum = sum.as_ref().is_none_or(|sum| sum.micros.contains(&found.value));
                (count.contains(&found.count) && has_sum) == *is_true
            }
            Self::First(range) | Self::Last(range) => {
                u64::try_from(found.value).is_ok_and(|at_ms| range.contains(&at_ms))
            }
        }
    }
}

/// How far people got in a funnel.
#[derive(Clone, Debug)]
pub struct Furthest {
    /// What is read.
    pub ask: Ask,
    /// How it is folded.
    pub fold: FunnelFold,
    /// The step, by its number from 1.
    pub step: usize,
    /// What became of them there.
    pub outcome: StepOutcome,
}

impl Fold for Furthest {
    type Tally = Vec<u64>;

    fn unit(&self, moments: &mut [Moment], tally: &mut Vec<u64>) {
        let Some(unit) = moments.first().map(|moment| moment.unit) else { return };
        let reached = self.fold.furthest(moments);
        let is_meant = match self.outcome {
            StepOutcome::Reached => reached >= self.step,
            StepOutcome::Dropped => reached == self.step,
        };
        if is_meant {
            tally.push(unit);
        }
    }

    fn add(&self, tally: &mut Vec<u64>, other: Vec<u64>) {
        tally.extend(other);
    }
}

impl PersonTest {
    fn new(site: &str, span: Range<u64>, act: Act) -> Self {
        let key = format!("{span:?} {act:?}");
        Self { site: site.to_owned(), span, act, key }
    }

    /// Equal where the people meant are the same, whatever their events.
    pub fn key(&self) -> &str {
        &self.key
    }
}

/// What is read and told, as plans are compared by it.
impl fmt::Debug for PersonTest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)
    }
}

/// The sets of people that tests stand for, by [`PersonTest::key`].
pub type Sets = BTreeMap<String, Arc<Members>>;

/// The tests of people in some conditions, each once.
///
/// # Errors
/// [`QueryError`] when there are more than [`BEHAVIOURS_MAX`].
pub fn tests_in<'a>(conditions: impl Iterator<Item = &'a Condition>) -> Result<Vec<Arc<PersonTest>>, QueryError> {
    let (mut all, mut known) = (Vec::new(), BTreeSet::new());
    let mut take = |test: &Arc<PersonTest>| {
        if known.insert(test.key.clone()) {
            all.push(Arc::clone(test));
        }
    };
    conditions.for_each(|condition| condition.people(&mut take));
    if all.len() > BEHAVIOURS_MAX {
        return Err(QueryError::new("filters", format!("ask for more than {BEHAVIOURS_MAX} behaviours of people")));
    }
    Ok(all)
}

#[cfg(test)]
mod tests;

//! Questions about people, answered from their events one after the other.
//!
//! | module | what |
//! |---|---|
//! | `pattern` | which events are meant, as conditions |
//! | [`funnel`] | who did several things one after the other |
//! | [`retention`] | who came back |
//! | [`lifecycle`] | who is new, returns, comes back after a break or stays away |
//! | [`paths`] | which ways were taken |
//! | [`experiment`] | whether who saw one variant does other than who saw another |
//! | [`attribution`] | which visits conversions are owed to |
//! | `times` | distributions of times |
//!
//! A store reads its events and hands over *moments*: what a question wants to know of an event, as numbers. A fold takes
//! the moments of one unit, a visitor or a visit, in the order of time, and adds what they amount to to a tally; tallies
//! of different units add up in any order. What a number stands for the store alone knows, and tells it in the end.

pub mod attribution;
pub mod experiment;
pub mod funnel;
pub mod lifecycle;
pub mod paths;
mod pattern;
pub mod retention;
mod times;

use std::ops::Range;
use std::sync::Arc;

use wire::analysis::{Repeats, Unit};
use wire::query::Dimension;
use wire::site::{Settings, VisitorMode};

pub use pattern::{condition, condition_of};
pub use times::Durations;

use self::attribution::{AttributionPlan, AttributionTally};
use self::experiment::{ExperimentPlan, ExperimentTally};
use self::funnel::{FunnelPlan, FunnelTally};
use self::lifecycle::{LifecyclePlan, LifecycleTally};
use self::paths::{PathsPlan, PathsTally};
use self::retention::{RetentionPlan, RetentionTally};
use crate::accept;
use crate::behaviour::{self, PersonTest, Sets};
use crate::query::{Circumstances, Condition, Period, QueryError, Test, zone_of};
use crate::zone::Zone;

/// What a question wants to know of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Whose it is: high half of the visitor, or of the visit's name.
    pub unit: u64,
    /// When, Unix milliseconds.
    pub at_ms: u64,
    /// Which of [`Ask::conditions`] hold, one bit each from the lowest on.
    pub matches: u32,
    /// Number of its value in [`Ask::by`]; zero where nothing is asked.
    pub group: u32,
    /// Number of what was done, where [`Ask::actions`] asks; else zero.
    pub action: u32,
}

/// Types of events that the script sends to measure, and that nobody does: no steps of paths, and nothing that people do
/// next.
pub const MEASUREMENTS: [&str; 2] = ["engagement", "web-vitals"];

/// That an event only measures.
fn is_measured() -> Condition {
    Condition::Test(Dimension::EventType, Test::Is(MEASUREMENTS.map(str::to_owned).into()))
}

/// A moment of a question that asks for visits and money too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Paid {
    /// The moment.
    pub moment: Moment,
    /// High half of the name of the visit that it is of; zero for none.
    pub visit: u64,
    /// What was paid, in millionths of the currency's unit; zero for nothing.
    pub micros: i64,
}

/// What a store is to hand over.
#[derive(Clone, Debug)]
pub struct Ask {
    /// The site.
    pub site: String,
    /// From when to when, Unix milliseconds.
    pub span: Range<u64>,
    /// Only events for which this holds.
    pub condition: Condition,
    /// What is to be known of each, at most 32.
    pub conditions: Vec<Condition>,
    /// Whose events belong together.
    pub unit: Unit,
    /// The dimension whose values are told apart.
    pub by: Option<Dimension>,
    /// How actions are told apart, if they are.
    pub actions: Option<Actions>,
    /// Which events matter.
    pub keep: Keep,
}

impl Ask {
    /// The tests of people in it, each once.
    ///
    /// # Errors
    /// [`QueryError`] when there are too many.
    pub fn people(&self) -> Result<Vec<Arc<PersonTest>>, QueryError> {
        behaviour::tests_in(std::iter::once(&self.condition).chain(&self.conditions))
    }

    /// With the sets of people that its tests stand for.
    pub fn resolve(&mut self, sets: &Sets) {
        self.condition = self.condition.resolved(sets);
        self.conditions.iter_mut().for_each(|condition| *condition = condition.resolved(sets));
    }
}

/// How actions are told apart.
#[derive(Clone, Debug)]
pub enum Actions {
    /// By event type and path.
    Events,
    /// As steps of paths.
    Nodes(paths::Naming),
    /// By the currency of what was paid; empty for nothing.
    Currencies,
}

/// Which events matter to a fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Those for which one of the conditions holds.
    Matching,
    /// Every one.
    All,
    /// Of each unit, between each two of these instants, the first for which the first condition holds; and the last for
    /// which the second does, unless it does for the first too.
    Ends(Vec<u64>),
    /// Those for which one of the conditions holds; of those with these bits alone, the ones that paid something. Where only
    /// the first condition holds, the first of each unit and the first of another value are enough, as far as a store
    /// sees at once.
    Variants(u32),
    /// Those for which one of the conditions holds. Behind the first of a unit for which the first condition holds, as far as a
    /// store sees at once, what a [`Reach`] does not reach does not matter.
    Reached(Reach),
    /// Of each visit its first event, all for which the first condition holds, and the first for which each other does, as
    /// far as a store sees at once: one visit may have several of each. Of units as [`Whose`] has it.
    Visits(Whose),
}

/// How far events matter behind the first for which the first condition holds. The earlier a unit's first, the less far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reach {
    /// That first one lies in this span, Unix milliseconds.
    pub entries: Range<u64>,
    /// So long, milliseconds, that instant among them,
    pub window_ms: u64,
    /// and until so many others were found for which the second condition holds, however many share the last one's instant.
    pub steps: usize,
    /// Whether one with the action of the one before counts.
    pub repeats: Repeats,
}

/// Which units matter to a fold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Every one.
    All,
    /// Those with an event in this span for which the first condition holds; others may come too.
    Matching(Range<u64>),
}

/// Number of all values or actions beyond those that a store tells apart.
pub const OTHER: u32 = u32::MAX;

/// What the numbers of moments stand for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Values, by [`Moment::group`].
    pub groups: Vec<String>,
    /// Event types and paths, by [`Moment::action`]; of steps of paths, their names alone.
    pub actions: Vec<(String, String)>,
}

/// How the values beyond those that are told apart are called.
const OTHERS: &str = "(other)";

impl Names {
    /// What was paid in.
    fn currency(&self, number: u32) -> &str {
        self.actions.get(number as usize).map_or(OTHERS, |(currency, _)| currency.as_str())
    }

    /// A value.
    fn group(&self, number: u32) -> &str {
        self.groups.get(number as usize).map_or(OTHERS, String::as_str)
    }
}

/// What every fold does.
pub trait Fold<M = Moment>: Sync {
    /// What it adds to.
    type Tally: Default + Send;

    /// Takes all moments of a unit, in the order of time. Those of one instant come in the order in which they are
    /// kept.
    fn unit(&self, moments: &mut [M], tally: &mut Self::Tally);

    /// Adds another tally.
    fn add(&self, tally: &mut Self::Tally, other: Self::Tally);
}

/// The start of every question: site, zone and span.
pub(crate) struct Begun {
    pub site: String,
    pub zone: Zone,
    pub period: Period,
}

pub(crate) fn begin(
    tracking_id: &str,
    span: &wire::span::Span,
    time_zone: Option<&str>,
    settings: &Settings,
    around: &Circumstances,
) -> Result<Begun, QueryError> {
    let site = accept::tracking_id(Some(tracking_id)).map_err(|m| QueryError::new(&m.field, m.detail))?;
    let zone = zone_of(time_zone, settings)?;
    let period = Period::of(span, &zone, around.now_ms, around.first_ms, "date_range")?;
    match around.events_from_ms {
        Some(from_ms) if from_ms <= period.start_ms => Ok(Begun { site, zone, period }),
        Some(from_ms) => {
            let detail = format!("must begin where single events are kept: from {} on", zone.text(from_ms));
            Err(QueryError::new("date_range", detail))
        }
        None => Err(QueryError::new("tracking_id", "is a site that keeps no single events, which would tell it")),
    }
}

/// A question, planned.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "there is one for each request")]
pub enum Analysis {
    /// Of a funnel.
    Funnel(FunnelPlan),
    /// Of retention.
    Retention(RetentionPlan),
    /// Of paths.
    Paths(PathsPlan),
    /// Of lifecycle.
    Lifecycle(LifecyclePlan),
    /// Of an experiment.
    Experiment(ExperimentPlan),
    /// Of attribution.
    Attribution(AttributionPlan),
}

/// What a store found.
#[derive(Clone, Debug, PartialEq)]
pub struct People<T> {
    /// What it amounts to.
    pub tally: T,
    /// What numbers stand for.
    pub names: Names,
    /// Events read.
    pub rows_read: u64,
}

/// What a store found, by what was asked.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one for each request")]
pub enum Analyzed {
    /// Of a funnel.
    Funnel(People<FunnelTally>),
    /// Of retention.
    Retention(People<RetentionTally>),
    /// Of paths.
    Paths(People<PathsTally>),
    /// Of lifecycle.
    Lifecycle(People<LifecycleTally>),
    /// Of an experiment.
    Experiment(People<ExperimentTally>),
    /// Of attribution.
    Attribution(People<AttributionTally>),
}

impl Analysis {
    /// What is read, to be changed.
    pub fn ask_mut(&mut self) -> &mut Ask {
        match self {
            Self::Funnel(plan) => &mut plan.ask,
            Self::Retention(plan) => &mut plan.ask,
            Self::Paths(plan) => &mut plan.ask,
            Self::Lifecycle(plan) => &mut plan.ask,
            Self::Experiment(plan) => &mut plan.ask,
            Self::Attribution(plan) => &mut plan.ask,
        }
    }

    /// What is read.
    pub fn ask(&self) -> &Ask {
        match self {
            Self::Funnel(plan) => &plan.ask,
            Self::Retention(plan) => &plan.ask,
            Self::Paths(plan) => &plan.ask,
            Self::Lifecycle(plan) => &plan.ask,
            Self::Experiment(plan) => &plan.ask,
            Self::Attribution(plan) => &plan.ask,
        }
    }
}

/// What one unit is called in answers.
fn unit_name(unit: Unit, settings: &Settings) -> &'static str {
    match (unit, settings.visitors) {
        (Unit::Sessions, _) => "visits",
        (Unit::Users, VisitorMode::Cookieless) => "visitor_days",
        (Unit::Users, VisitorMode::Persistent) => "visitors",
    }
}

/// A share in percent; zero of nothing.
fn percent(some: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { some as f64 / of as f64 * 100.0 }
}

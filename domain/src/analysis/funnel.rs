//! Funnels: who did several things one after the other.
//!
//! An *attempt* is a choice of events, one for each step from the first on, as far as it gets. Its first event lies within
//! the range asked about, its last at most a window behind the first. What else must hold depends on the order:
//!
//! | order | each event of the choice | between the first and the last |
//! |---|---|---|
//! | ordered | lies behind the one before | no event of an exclusion between the steps that it names |
//! | strict | is the very next | nothing |
//! | any | matches a step of its own, whichever | no event of an exclusion |
//!
//! An event is one step of an attempt at most. Events of one instant count in the order of the steps that they match.
//! `docs/analyses.md` has examples; `tests` tries all choices.

mod answer;
mod any;
mod ordered;
mod plan;

use std::collections::BTreeMap;
use std::ops::Range;

use hashbrown::HashMap;
use wire::analysis::{Attempts, StepOrder};
use wire::limits::FUNNEL_STEPS_MAX;

pub use answer::{Told, answer};
pub use plan::{FunnelPlan, check, plan};
pub(crate) use plan::{breakdown, of_people};

use super::{Durations, Fold, Moment};
use crate::query::Buckets;

/// A funnel, as its fold needs it.
#[derive(Clone, Debug)]
pub struct FunnelFold {
    /// How many steps; their bits are the lowest.
    pub steps: usize,
    /// What must not happen.
    pub exclusions: Vec<Excluded>,
    /// In which order steps count.
    pub order: StepOrder,
    /// Which attempts count.
    pub attempts: Attempts,
    /// How long an attempt may take, milliseconds.
    pub window_ms: u64,
    /// When attempts begin, Unix milliseconds.
    pub entries: Range<u64>,
    /// Buckets of the beginning, where asked for.
    pub buckets: Option<Buckets>,
    /// Whether to look at what comes behind an attempt that does not get to the end.
    pub wants_next: bool,
    /// Bit of events that are passed over there, for nobody does them: [`super::MEASUREMENTS`].
    pub measured: u32,
}

/// An exclusion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excluded {
    /// Its bit among the matches.
    pub bit: u32,
    /// Steps that an attempt has done when it matters: from so many on,
    pub from: usize,
    /// and fewer than so many.
    pub to: usize,
}

/// An attempt, as far as it got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// When each step was done; as many as were.
    times: [u64; FUNNEL_STEPS_MAX],
    /// How many.
    reached: usize,
    /// Value of its first event.
    group: u32,
    /// Position of its last event among the unit's.
    last: usize,
}

impl Attempt {
    /// That did the first step.
    fn begin(at: usize, moment: &Moment) -> Self {
        let mut times = [0; FUNNEL_STEPS_MAX];
        times[0] = moment.at_ms;
        Self { times, reached: 1, group: moment.group, last: at }
    }

    /// With one more step.
    fn with(mut self, at: usize, moment: &Moment) -> Self {
        if let Some(time) = self.times.get_mut(self.reached) {
            *time = moment.at_ms;
        }
        self.reached += 1;
        self.last = at;
        self
    }

    fn start_ms(&self) -> u64 {
        self.times[0]
    }

    fn times(&self) -> &[u64] {
        self.times.get(..self.reached).unwrap_or_default()
    }
}

/// What many attempts amount to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FunnelTally {
    /// By value of the first event.
    pub groups: HashMap<u32, Reached>,
    /// By bucket of the beginning: how many did each step.
    pub trend: BTreeMap<usize, [u64; FUNNEL_STEPS_MAX]>,
    /// By steps done: what was done next, none for nothing, and how often.
    pub next: HashMap<(usize, Option<u32>), u64>,
}

/// How far attempts got.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reached {
    /// How many did each step.
    pub users: [u64; FUNNEL_STEPS_MAX],
    /// Time from each step to the next.
    pub between: Vec<Durations>,
    /// Time from the first to the last.
    pub whole: Durations,
}

impl Reached {
    /// Adds all others.
    pub fn add(&mut self, other: &Self) {
        self.users.iter_mut().zip(other.users).for_each(|(users, more)| *users += more);
        self.between.resize_with(self.between.len().max(other.between.len()), Durations::default);
        self.between.iter_mut().zip(&other.between).for_each(|(between, more)| between.add(more));
        self.whole.add(&other.whole);
    }
}

impl FunnelFold {
    /// Bits of the steps.
    fn step_bits(&self) -> u32 {
        (1 << self.steps) - 1
    }

    /// Whether an attempt that began then may still go on.
    fn is_within(&self, start_ms: u64, at_ms: u64) -> bool {
        at_ms.saturating_sub(start_ms) <= self.window_ms
    }

    /// Puts the moments of one instant in the order of the steps that they match.
    fn settle(&self, moments: &mut [Moment]) {
        let bits = self.step_bits();
        if moments.windows(2).any(|two| matches!(two, [one, other] if one.at_ms == other.at_ms)) {
            moments.sort_by_key(|moment| (moment.at_ms, (moment.matches & bits).trailing_zeros(), moment.matches));
        }
    }

    fn count(&self, attempt: &Attempt, moments: &[Moment], tally: &mut FunnelTally) {
        let reached = tally.groups.entry(attempt.group).or_default();
        reached.users.iter_mut().take(attempt.reached).for_each(|users| *users += 1);
        if attempt.reached > 1 {
            let steps = attempt.times().windows(2).map(|two| two.iter().rev().copied().reduce(|a, b| a - b));
            reached.between.resize_with(self.steps - 1, Durations::default);
            for (between, ms) in reached.between.iter_mut().zip(steps) {
                between.push(ms.unwrap_or_default());
            }
        }
        if attempt.reached == self.steps {
            let last_ms = attempt.times().last().copied().unwrap_or_default();
            reached.whole.push(last_ms - attempt.start_ms());
        } else if self.wants_next {
            let mut behind = moments.iter().skip(attempt.last + 1);
            let next = behind.find(|moment| moment.matches & self.measured == 0).map(|moment| moment.action);
            *tally.next.entry((attempt.reached, next)).or_default() += 1;
        }
        if let Some(buckets) = &self.buckets {
            let point = tally.trend.entry(buckets.of(attempt.start_ms())).or_default();
            point.iter_mut().take(attempt.reached).for_each(|users| *users += 1);
        }
    }
}

impl FunnelFold {
    /// How many steps a unit did in the attempt that got furthest, of those that count.
    pub fn furthest(&self, moments: &mut [Moment]) -> usize {
        let mut furthest = 0;
        self.each_attempt(moments, &mut |attempt, _| furthest = furthest.max(attempt.reached));
        furthest
    }

    fn each_attempt(&self, moments: &mut [Moment], take: &mut dyn FnMut(&Attempt, &[Moment])) {
        self.settle(moments);
        let moments: &[Moment] = moments;
        let mut take = |attempt: &Attempt| take(attempt, moments);
        match self.order {
            StepOrder::Ordered | StepOrder::Strict => ordered::attempts(self, moments, &mut take),
            StepOrder::Any => any::attempts(self, moments, &mut take),
        }
    }
}

impl Fold for FunnelFold {
    type Tally = FunnelTally;

    fn unit(&self, moments: &mut [Moment], tally: &mut FunnelTally) {
        self.each_attempt(moments, &mut |attempt, moments| self.count(attempt, moments, tally));
    }

    fn add(&self, tally: &mut FunnelTally, other: FunnelTally) {
        for (group, reached) in other.groups {
            tally.groups.entry(group).or_default().add(&reached);
        }
        for (bucket, users) in other.trend {
            let point = tally.trend.entry(bucket).or_default();
            point.iter_mut().zip(users).for_each(|(users, more)| *users += more);
        }
        for (key, users) in other.next {
            *tally.next.entry(key).or_default() += users;
        }
    }
}

#[cfg(test)]
mod tests;

//! Experiments: whether those who saw one variant do other than those who saw another.
//!
//! A unit is *exposed* by its first event within the range that has the property; its variant is that event's value. Who has
//! events of several variants within the range belongs to none. What a unit does counts from the instant of its exposure on, to
//! the end of the range, or, where there is a window, at most that long, both instants among them.
//!
//! | module | what |
//! |---|---|
//! | `plan` | what is read |
//! | `answer` | what is told |
//! | [`measure`] | what is known of a variant: share or mean, with interval |
//! | [`effect`] | the difference of two: plain test, relative effect |
//! | [`sequential`] | what holds whenever one looks |
//! | [`power`] | how many people an effect takes |
//! | [`split`] | whether people came to the variants as they were meant to |

mod answer;
pub mod effect;
pub mod measure;
mod plan;
pub mod power;
pub mod sequential;
pub mod split;

use std::collections::BTreeMap;
use std::ops::Range;

use hashbrown::HashMap;

pub use answer::{Told, answer};
pub use plan::{ExperimentPlan, check, plan};

use super::{Fold, OTHER, Paid};

/// Bit of events that expose.
const EXPOSURE: u32 = 1;

/// Share of the experiments without any effect in which one is found all the same.
pub const ALPHA: f64 = 0.05;

/// Experiments, as their fold needs them.
#[derive(Clone, Debug)]
pub struct ExperimentFold {
    /// When units are exposed.
    pub entries: Range<u64>,
    /// How long behind the exposure something counts, milliseconds; none for to the end of the range.
    pub window_ms: Option<u64>,
    /// How many metrics; their bits lie above that of exposures.
    pub metrics: usize,
}

/// What many units amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExperimentTally {
    /// By variant.
    pub variants: HashMap<u32, Exposed>,
    /// Who saw several.
    pub several: u64,
    /// Who saw one that is not told apart from others.
    pub others: u64,
}

/// Those who saw one variant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exposed {
    /// How many.
    pub users: u64,
    /// By metric.
    pub metrics: Vec<Done>,
}

/// What those did who saw one variant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// How many did it at all.
    pub users: u64,
    /// What was paid, by number of the currency.
    pub money: BTreeMap<u32, Money>,
}

/// What was paid in one currency, by unit and not by event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Money {
    /// Units that paid.
    pub users: u64,
    /// Sum, millionths.
    pub sum: i128,
    /// Sum of the squares of what each paid, millionths squared. One that pays the most that an event may (10^15 millionths) adds 10^30:
    /// there is room for 10^8 of them, and then no more is added.
    pub squares: u128,
}

impl Money {
    fn push(&mut self, micros: i128) {
        self.users += 1;
        self.sum = self.sum.saturating_add(micros);
        let size = micros.unsigned_abs();
        self.squares = self.squares.saturating_add(size.saturating_mul(size));
    }

    /// Adds all others.
    pub fn add(&mut self, other: &Self) {
        self.users += other.users;
        self.sum = self.sum.saturating_add(other.sum);
        self.squares = self.squares.saturating_add(other.squares);
    }
}

impl Exposed {
    /// Adds all others.
    pub fn add(&mut self, other: &Self) {
        self.users += other.users;
        self.metrics.resize_with(self.metrics.len().max(other.metrics.len()), Done::default);
        for (all, more) in self.metrics.iter_mut().zip(&other.metrics) {
            all.users += more.users;
            for (currency, money) in &more.money {
                all.money.entry(*currency).or_default().add(money);
            }
        }
    }
}

impl ExperimentFold {
    /// What a unit did that was exposed then, by metric: whether at all, and what it paid.
    fn done(&self, moments: &[Paid], exposed_ms: u64, metrics: &mut [Done]) {
        let last_ms = match self.window_ms {
            Some(window_ms) => exposed_ms.saturating_add(window_ms),
            None => self.entries.end.saturating_sub(1),
        };
        let counts = |one: &&Paid| (exposed_ms..=last_ms).contains(&one.moment.at_ms);
        let mut paid: Vec<(u32, i128)> = Vec::new();
        for (at, done) in metrics.iter_mut().enumerate() {
            let bit = EXPOSURE << (at + 1);
            paid.clear();
            let mut is_done = false;
            for one in moments.iter().filter(counts).filter(|one| one.moment.matches & bit != 0) {
                is_done = true;
                if one.micros == 0 {
                    continue;
                }
                let (currency, micros) = (one.moment.action, i128::from(one.micros));
                match paid.iter_mut().find(|(other, _)| *other == currency) {
                    Some((_, sum)) => *sum += micros,
                    None => paid.push((currency, micros)),
                }
            }
            done.users += u64::from(is_done);
            paid.iter().for_each(|(currency, micros)| done.money.entry(*currency).or_default().push(*micros));
        }
    }
}

impl Fold<Paid> for ExperimentFold {
    type Tally = ExperimentTally;

    fn unit(&self, moments: &mut [Paid], tally: &mut ExperimentTally) {
        let exposes = |one: &&Paid| one.moment.matches & EXPOSURE != 0 && self.entries.contains(&one.moment.at_ms);
        let mut exposures = moments.iter().filter(exposes);
        let Some(Paid { moment: first, .. }) = exposures.next() else { return };
        if exposures.any(|one| one.moment.group != first.group) {
            tally.several += 1;
        } else if first.group == OTHER {
            tally.others += 1;
        } else {
            let exposed = tally.variants.entry(first.group).or_default();
            exposed.users += 1;
            exposed.metrics.resize_with(self.metrics, Done::default);
            self.done(moments, first.at_ms, &mut exposed.metrics);
        }
    }

    fn add(&self, tally: &mut ExperimentTally, other: ExperimentTally) {
        for (variant, exposed) in other.variants {
            tally.variants.entry(variant).or_default().add(&exposed);
        }
        tally.several += other.several;
        tally.others += other.others;
    }
}

#[cfg(test)]
mod tests;

//! Attribution: which visits conversions are owed to.
//!
//! A *touch* is a visit's first event that the question lets through: what it says of where the visit came from is the same for
//! all of the visit. The *way* of a conversion is its unit's touches from a look-back before it on to the conversion itself,
//! both instants among them, in the order of time. Each model shares out a conversion, and what was paid with it, to the touches of its way, to
//! the last part: shares are whole parts of [`ONE`], so that they add up to the conversions in every model.
//!
//! What has no touch before it is owed to [`NO_VISIT`], in every model.

mod answer;
mod markov;
mod plan;
mod shares;

use std::collections::BTreeMap;
use std::ops::Range;

use hashbrown::HashMap;
use wire::analysis::{AttributionModel, WhichConversions};

pub use answer::{Told, answer};
pub use plan::{AttributionPlan, plan};

use super::{Fold, Paid};
use crate::visit::PAUSE_MAX_MS;

/// Parts of one conversion.
pub const ONE: u128 = 1_000_000_000_000;

/// Number of what is owed to no visit.
const NO_VISIT: u32 = u32::MAX - 1;

/// Number of where all ways begin.
const START: u32 = u32::MAX - 2;

/// Number of where ways end that led to a conversion.
const CONVERTED: u32 = u32::MAX - 3;

/// Number of where ways end that did not.
const LOST: u32 = u32::MAX - 4;

/// Bit of conversions.
const CONVERSION: u32 = 1;

/// Bit of events that came directly.
const DIRECT: u32 = 2;

/// Bit of events that the question lets through.
const PASSES: u32 = 4;

/// Lengths of ways that are told apart: the last has all that are longer.
pub const LENGTHS: usize = 20;

/// Visits of a way that are told, the last ones.
const TOLD_VISITS: usize = 10;

/// Ways that a tally tells apart: of some 200 bytes each, 20 MB.
const WAYS_MAX: usize = 100_000;

/// Attribution, as its fold needs it.
#[derive(Clone, Debug)]
pub struct AttributionFold {
    /// When conversions happen.
    pub entries: Range<u64>,
    /// How long before a conversion a visit may have begun, milliseconds.
    pub lookback_ms: u64,
    /// How conversions are shared out.
    pub models: Vec<AttributionModel>,
    /// Which conversions count.
    pub conversions: WhichConversions,
}

/// A visit, as far as conversions are owed to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Touch {
    at_ms: u64,
    group: u32,
    is_direct: bool,
}

/// What is owed: parts of conversions, and millionths by currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owed {
    /// Parts of which [`ONE`] are a conversion.
    pub parts: u128,
    /// Millionths of the unit, by number of the currency.
    pub micros: BTreeMap<u32, i128>,
}

impl Owed {
    fn push(&mut self, parts: u128, currency: u32, micros: i128) {
        self.parts += parts;
        if micros != 0 {
            *self.micros.entry(currency).or_default() += micros;
        }
    }

    /// Adds all others.
    pub fn add(&mut self, other: &Self) {
        self.parts += other.parts;
        for (currency, micros) in &other.micros {
            *self.micros.entry(*currency).or_default() += micros;
        }
    }
}

/// A way, as it is told: values, the same again is one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Way {
    /// The values, the last ones.
    pub groups: Vec<u32>,
    /// Whether there were others before.
    pub is_cut: bool,
}

/// What many units amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttributionTally {
    /// Units that converted.
    pub users: u64,
    /// All conversions.
    pub all: Owed,
    /// By value and model, in the order of the fold's.
    pub owed: HashMap<u32, Vec<Owed>>,
    /// Conversions by touches before them.
    pub lengths: [u64; LENGTHS + 1],
    /// Ways to conversions.
    pub ways: HashMap<Way, Owed>,
    /// From one value to the next, of all ways.
    pub links: HashMap<(u32, u32), u64>,
}

impl AttributionFold {
    /// Whether the data-driven model is asked for.
    fn is_data_driven(&self) -> bool {
        self.models.contains(&AttributionModel::DataDriven)
    }

    fn count(&self, way: &[Touch], conversion: &Paid, tally: &mut AttributionTally) {
        let (currency, micros) = (conversion.moment.action, i128::from(conversion.micros));
        tally.all.push(ONE, currency, micros);
        if let Some(length) = tally.lengths.get_mut(way.len().min(LENGTHS)) {
            *length += 1;
        }
        let told = told(way);
        if tally.ways.len() < WAYS_MAX || tally.ways.contains_key(&told) {
            tally.ways.entry(told).or_default().push(ONE, currency, micros);
        }
        let count = self.models.len();
        let mut owe = |at: usize, group: u32, parts: u128, micros: i128| {
            let owed = tally.owed.entry(group).or_insert_with(|| vec![Owed::default(); count]);
            owed.get_mut(at).into_iter().for_each(|owed| owed.push(parts, currency, micros));
        };
        for (at, model) in self.models.iter().enumerate() {
            if way.is_empty() {
                owe(at, NO_VISIT, ONE, micros);
            } else {
                shares::each(*model, way, conversion.moment.at_ms, micros, |group, parts, micros| {
                    owe(at, group, parts, micros);
                });
            }
        }
        if self.is_data_driven() && !way.is_empty() {
            link(way, CONVERTED, tally);
        }
    }
}

/// Notes the steps of a way.
fn link(way: &[Touch], end: u32, tally: &mut AttributionTally) {
    let mut from = START;
    for to in way.iter().map(|touch| touch.group).chain([end]) {
        *tally.links.entry((from, to)).or_default() += 1;
        from = to;
    }
}

fn told(way: &[Touch]) -> Way {
    let mut groups: Vec<u32> = way.iter().map(|touch| touch.group).collect();
    groups.dedup();
    let is_cut = groups.len() > TOLD_VISITS;
    groups.drain(..groups.len().saturating_sub(TOLD_VISITS));
    Way { groups, is_cut }
}

/// A unit's touches, in the order of time.
fn touches(moments: &[Paid]) -> Vec<Touch> {
    // Of each visit that may go on: its last event, and whether it has touched.
    let mut open: Vec<(u64, u64, bool)> = Vec::new();
    let mut touches = Vec::new();
    for Paid { moment, visit, .. } in moments.iter().filter(|one| one.visit != 0) {
        open.retain(|(_, last_ms, _)| moment.at_ms - last_ms <= PAUSE_MAX_MS);
        let at = open.iter().position(|(other, ..)| other == visit).unwrap_or_else(|| {
            open.push((*visit, moment.at_ms, false));
            open.len() - 1
        });
        let Some((_, last_ms, has_touched)) = open.get_mut(at) else { continue };
        *last_ms = moment.at_ms;
        if moment.matches & PASSES != 0 && !*has_touched {
            *has_touched = true;
            let is_direct = moment.matches & DIRECT != 0;
            touches.push(Touch { at_ms: moment.at_ms, group: moment.group, is_direct });
        }
    }
    touches
}

impl Fold<Paid> for AttributionFold {
    type Tally = AttributionTally;

    fn unit(&self, moments: &mut [Paid], tally: &mut AttributionTally) {
        let is_conversion =
            |one: &&Paid| one.moment.matches & CONVERSION != 0 && self.entries.contains(&one.moment.at_ms);
        let most = if self.conversions == WhichConversions::First { 1 } else { usize::MAX };
        let mut conversions = moments.iter().filter(is_conversion).take(most).peekable();
        if conversions.peek().is_none() && !self.is_data_driven() {
            return;
        }
        let touches = touches(moments);
        let within = |from_ms: u64, end_ms: u64| {
            let from = touches.partition_point(|touch| touch.at_ms < from_ms);
            let end = touches.partition_point(|touch| touch.at_ms < end_ms);
            touches.get(from..end).unwrap_or_default()
        };
        let mut last_ms = None;
        for conversion in conversions {
            let at_ms = conversion.moment.at_ms;
            tally.users += u64::from(last_ms.is_none());
            self.count(within(at_ms.saturating_sub(self.lookback_ms), at_ms + 1), conversion, tally);
            last_ms = Some(at_ms);
        }
        let goes_on = last_ms.is_none() || self.conversions == WhichConversions::All;
        if self.is_data_driven() && goes_on {
            let from_ms = last_ms.map_or(self.entries.start, |last_ms| last_ms + 1);
            let lost = within(from_ms, self.entries.end);
            if !lost.is_empty() {
                link(lost, LOST, tally);
            }
        }
    }

    fn add(&self, tally: &mut AttributionTally, other: AttributionTally) {
        tally.users += other.users;
        tally.all.add(&other.all);
        for (group, owed) in other.owed {
            let all = tally.owed.entry(group).or_insert_with(|| vec![Owed::default(); self.models.len()]);
            all.iter_mut().zip(&owed).for_each(|(all, owed)| all.add(owed));
        }
        tally.lengths.iter_mut().zip(other.lengths).for_each(|(all, more)| *all += more);
        for (way, owed) in other.ways {
            if tally.ways.len() < WAYS_MAX || tally.ways.contains_key(&way) {
                tally.ways.entry(way).or_default().add(&owed);
            }
        }
        for (link, ways) in other.links {
            *tally.links.entry(link).or_default() += ways;
        }
    }
}

#[cfg(test)]
mod tests;

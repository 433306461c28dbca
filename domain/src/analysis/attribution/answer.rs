//! From a tally of ways to what is told of them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use wire::analysis::{AttributionModel, AttributionPath, AttributionRow, Credit, PathLength};
use wire::limits::{ATTRIBUTION_PATHS_MAX, ATTRIBUTION_ROWS_MAX};

use super::markov::Chain;
use super::{AttributionPlan, AttributionTally, CONVERTED, LOST, NO_VISIT, ONE, Owed, START};
use crate::analysis::{Names, OTHERS};

/// What is owed to no visit.
const NO_VISIT_NAME: &str = "(no visit)";

/// Millionths of a currency's unit.
const MICROS: f64 = 1e6;

/// The parts of an answer that come from what was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// Conversions.
    pub conversions: u64,
    /// Units that converted.
    pub users: u64,
    /// What was paid.
    pub revenue: BTreeMap<String, f64>,
    /// By value.
    pub rows: Vec<AttributionRow>,
    /// By visits before.
    pub lengths: Vec<PathLength>,
    /// Ways to conversions.
    pub paths: Vec<AttributionPath>,
    /// Different ones.
    pub paths_total: u64,
    /// Ways to nothing, where they were looked at.
    pub without_conversion: Option<u64>,
}

/// What is owed to each value, by model.
type ByValue = BTreeMap<String, Vec<Owed>>;

/// What is told of a tally.
pub fn answer(plan: &AttributionPlan, tally: &AttributionTally, names: &Names) -> Told {
    let lengths = tally.lengths.iter().enumerate().filter(|(_, conversions)| **conversions > 0);
    Told {
        conversions: whole(&tally.all),
        users: tally.users,
        revenue: money(&tally.all, names),
        rows: rows(plan, tally, names),
        lengths: lengths.map(|(visits, conversions)| PathLength { visits, conversions: *conversions }).collect(),
        paths: paths(tally, names),
        paths_total: tally.ways.len() as u64,
        without_conversion: plan
            .fold
            .is_data_driven()
            .then(|| tally.links.iter().filter(|((_, to), _)| *to == LOST).map(|(_, ways)| ways).sum()),
    }
}

fn whole(owed: &Owed) -> u64 {
    u64::try_from(owed.parts / ONE).unwrap_or(u64::MAX)
}

fn money(owed: &Owed, names: &Names) -> BTreeMap<String, f64> {
    let mut money = BTreeMap::new();
    for (currency, micros) in owed.micros.iter().filter(|(_, micros)| **micros != 0) {
        *money.entry(names.currency(*currency).to_owned()).or_default() += *micros as f64 / MICROS;
    }
    money
}

fn name(names: &Names, group: u32) -> &str {
    if group == NO_VISIT { NO_VISIT_NAME } else { names.group(group) }
}

fn rows(plan: &AttributionPlan, tally: &AttributionTally, names: &Names) -> Vec<AttributionRow> {
    let models = &plan.fold.models;
    let none = || vec![Owed::default(); models.len()];
    let mut by_value = ByValue::new();
    for (group, owed) in &tally.owed {
        let all = by_value.entry(name(names, *group).to_owned()).or_insert_with(none);
        all.iter_mut().zip(owed).for_each(|(all, owed)| all.add(owed));
    }
    if let Some(at) = models.iter().position(|model| *model == AttributionModel::DataDriven) {
        for (value, owed) in data_driven(tally, names) {
            let all = by_value.entry(value).or_insert_with(none);
            all.get_mut(at).into_iter().for_each(|all| all.add(&owed));
        }
    }
    let mut others = by_value.remove(OTHERS);
    let mut ranked: Vec<(String, Vec<Owed>)> = by_value.into_iter().collect();
    let parts = |owed: &[Owed]| owed.iter().map(|owed| owed.parts).sum::<u128>();
    ranked.sort_by_key(|(_, owed)| Reverse(parts(owed)));
    for (_, owed) in ranked.iter().skip(plan.limit) {
        let all = others.get_or_insert_with(none);
        all.iter_mut().zip(owed).for_each(|(all, owed)| all.add(owed));
    }
    ranked.truncate(plan.limit);
    ranked.extend(others.map(|others| (OTHERS.to_owned(), others)));
    let credit = |owed: &Owed| Credit { conversions: owed.parts as f64 / ONE as f64, revenue: money(owed, names) };
    let told =
        |(value, owed): (String, Vec<Owed>)| AttributionRow { value, credits: owed.iter().map(credit).collect() };
    ranked.into_iter().map(told).collect()
}

/// What is owed to each value by its removal effect. The values most visited are told apart, the others are one.
fn data_driven(tally: &AttributionTally, names: &Names) -> BTreeMap<String, Owed> {
    let mut visits: BTreeMap<&str, u64> = BTreeMap::new();
    for ((_, to), ways) in tally.links.iter().filter(|((_, to), _)| ![CONVERTED, LOST].contains(to)) {
        *visits.entry(names.group(*to)).or_default() += ways;
    }
    let mut values: Vec<(&str, u64)> = visits.into_iter().filter(|(value, _)| *value != OTHERS).collect();
    values.sort_by_key(|(_, visits)| Reverse(*visits));
    values.truncate(ATTRIBUTION_ROWS_MAX);
    let places: BTreeMap<&str, usize> = values.iter().enumerate().map(|(at, (value, _))| (*value, at)).collect();
    let place = |group: u32| places.get(names.group(group)).copied().unwrap_or(values.len());
    let mut chain = Chain::of(values.len() + 1);
    for ((from, to), ways) in &tally.links {
        let cell = match (*from, *to) {
            (START, to) => chain.start.get_mut(place(to)),
            (from, CONVERTED) => chain.converted.get_mut(place(from)),
            (from, LOST) => chain.lost.get_mut(place(from)),
            (from, to) => chain.steps.get_mut(place(from)).and_then(|row| row.get_mut(place(to))),
        };
        // Whole numbers far below 2^53: their sum is the same in any order.
        cell.into_iter().for_each(|cell| *cell += *ways as f64);
    }
    let unvisited = tally.owed.get(&NO_VISIT).and_then(|owed| owed.first()).cloned().unwrap_or_default();
    let mut owed = shared_out(&tally.all, &unvisited, &chain.removal_effects());
    let others = owed.pop().unwrap_or_default();
    let mut told: BTreeMap<String, Owed> = values
        .iter()
        .map(|(value, _)| (*value).to_owned())
        .zip(owed)
        .filter(|(_, owed)| *owed != Owed::default())
        .collect();
    if others != Owed::default() {
        told.insert(OTHERS.to_owned(), others);
    }
    told
}

/// Shares out all but what is owed to no visit; the largest part takes what cannot be parted.
fn shared_out(all: &Owed, unvisited: &Owed, effects: &[f64]) -> Vec<Owed> {
    let mut owed = vec![Owed::default(); effects.len()];
    let sum: f64 = effects.iter().sum();
    let largest = effects.iter().enumerate().max_by(|(_, one), (_, other)| one.total_cmp(other)).map(|(at, _)| at);
    let Some(largest) = largest.filter(|_| sum > 0.0) else { return owed };
    let mut left = Owed { parts: all.parts - unvisited.parts.min(all.parts), micros: all.micros.clone() };
    for (currency, micros) in &unvisited.micros {
        *left.micros.entry(*currency).or_default() -= micros;
    }
    let whole = left.clone();
    for (owed, effect) in owed.iter_mut().zip(effects) {
        let share = effect / sum;
        let parts = ((whole.parts as f64 * share) as u128).min(left.parts);
        owed.parts = parts;
        left.parts -= parts;
        for (currency, micros) in &whole.micros {
            let part = (*micros as f64 * share) as i128;
            owed.push(0, *currency, part);
            *left.micros.entry(*currency).or_default() -= part;
        }
    }
    owed.get_mut(largest).into_iter().for_each(|owed| owed.add(&left));
    owed
}

fn paths(tally: &AttributionTally, names: &Names) -> Vec<AttributionPath> {
    let mut ways: BTreeMap<(Vec<&str>, bool), Owed> = BTreeMap::new();
    for (way, owed) in &tally.ways {
        let values = way.groups.iter().map(|group| names.group(*group)).collect();
        ways.entry((values, way.is_cut)).or_default().add(owed);
    }
    let mut ranked: Vec<_> = ways.into_iter().collect();
    ranked.sort_by_key(|(_, owed)| Reverse(owed.parts));
    ranked.truncate(ATTRIBUTION_PATHS_MAX);
    let told = |((values, is_cut), owed): ((Vec<&str>, bool), Owed)| AttributionPath {
        values: values.into_iter().map(str::to_owned).collect(),
        is_cut,
        conversions: whole(&owed),
        revenue: money(&owed, names),
    };
    ranked.into_iter().map(told).collect()
}

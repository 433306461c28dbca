//! From a tally of attempts to what is told of a funnel.

use std::cmp::Reverse;

use hashbrown::HashMap;
use wire::analysis::{FunnelGroup, FunnelPoint, NextAction, ToldStep};
use wire::limits::{NEXT_ACTIONS_MAX, PEOPLE_GROUPS_MAX};

use super::{FunnelPlan, FunnelTally, Reached};
use crate::analysis::{Durations, Names, OTHERS, percent};

/// The parts of an answer that come from what was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// Everything.
    pub all: Reached,
    /// The steps.
    pub steps: Vec<ToldStep>,
    /// By value.
    pub groups: Vec<FunnelGroup>,
    /// By time.
    pub trend: Vec<FunnelPoint>,
}

impl Told {
    /// Who did the first step.
    pub fn total(&self) -> u64 {
        self.all.users[0]
    }
}

/// What is told of a tally.
pub fn answer(plan: &FunnelPlan, tally: &FunnelTally, names: &Names) -> Told {
    let mut all = Reached::default();
    tally.groups.values().for_each(|reached| all.add(reached));
    Told {
        steps: steps(plan, tally, names, &all),
        groups: if plan.ask.by.is_some() { groups(plan, tally, names) } else { Vec::new() },
        trend: trend(plan, tally),
        all,
    }
}

fn steps(plan: &FunnelPlan, tally: &FunnelTally, names: &Names, all: &Reached) -> Vec<ToldStep> {
    let total = all.users[0];
    let mut before = total;
    let step = |((at, name), users): ((usize, &String), u64)| {
        let dropped = before.saturating_sub(users);
        let told = ToldStep {
            name: name.clone(),
            users,
            conversion_rate: percent(users, total),
            drop_off_rate: percent(dropped, before),
            dropped,
            time_from_previous: at.checked_sub(1).and_then(|at| all.between.get(at)).and_then(Durations::told),
            next_actions: if plan.fold.wants_next { next(at + 1, tally, names) } else { Vec::new() },
        };
        before = users;
        told
    };
    plan.names.iter().enumerate().zip(all.users).map(step).collect()
}

/// What was done next by those that did so many steps.
fn next(reached: usize, tally: &FunnelTally, names: &Names) -> Vec<NextAction> {
    let (mut known, mut rest) = (Vec::new(), 0);
    for ((_, action), users) in tally.next.iter().filter(|((steps, _), _)| *steps == reached) {
        let named = action.map(|action| names.actions.get(action as usize));
        let (event_type, page) = match named {
            None => (None, None),
            Some(Some((event_type, page))) => (Some(event_type.clone()), Some(page.clone())),
            Some(None) => {
                rest += users;
                continue;
            }
        };
        known.push(NextAction { event_type, page, users: *users });
    }
    known.sort_unstable_by(|one, other| {
        let key = |one: &NextAction| (Reverse(one.users), one.event_type.clone(), one.page.clone());
        key(one).cmp(&key(other))
    });
    rest += known.iter().skip(NEXT_ACTIONS_MAX).map(|one| one.users).sum::<u64>();
    known.truncate(NEXT_ACTIONS_MAX);
    if rest > 0 {
        known.push(NextAction { event_type: Some(OTHERS.to_owned()), page: None, users: rest });
    }
    known
}

fn groups(plan: &FunnelPlan, tally: &FunnelTally, names: &Names) -> Vec<FunnelGroup> {
    let mut by_value: HashMap<&str, Reached> = HashMap::new();
    for (group, reached) in &tally.groups {
        by_value.entry(names.group(*group)).or_default().add(reached);
    }
    let mut others = by_value.remove(OTHERS).unwrap_or_default();
    let mut ranked: Vec<(&str, Reached)> = by_value.into_iter().collect();
    ranked.sort_unstable_by_key(|(value, reached)| (Reverse(reached.users[0]), *value));
    ranked.iter().skip(PEOPLE_GROUPS_MAX).for_each(|(_, reached)| others.add(reached));
    ranked.truncate(PEOPLE_GROUPS_MAX);
    if others.users[0] > 0 {
        ranked.push((OTHERS, others));
    }
    let told = |(value, reached): (&str, Reached)| {
        let users = reached.users.get(..plan.fold.steps).unwrap_or_default().to_vec();
        let time_to_convert = reached.whole.told();
        FunnelGroup { value: value.to_owned(), conversion_rate: converted(&users), users, time_to_convert }
    };
    ranked.into_iter().map(told).collect()
}

fn trend(plan: &FunnelPlan, tally: &FunnelTally) -> Vec<FunnelPoint> {
    let Some(buckets) = &plan.fold.buckets else { return Vec::new() };
    let ends = buckets.starts.iter().skip(1).copied().chain([plan.period.end_ms]);
    let point = |((at, time), end_ms): ((usize, &String), u64)| {
        let users = tally.trend.get(&at).copied().unwrap_or_default();
        let users = users.get(..plan.fold.steps).unwrap_or_default().to_vec();
        let is_complete = end_ms.saturating_add(plan.fold.window_ms) <= plan.now_ms;
        FunnelPoint { time: time.clone(), conversion_rate: converted(&users), users, is_complete }
    };
    buckets.labels.iter().enumerate().zip(ends).map(point).collect()
}

fn converted(users: &[u64]) -> f64 {
    let (first, last) = (users.first().copied(), users.last().copied());
    percent(last.unwrap_or_default(), first.unwrap_or_default())
}

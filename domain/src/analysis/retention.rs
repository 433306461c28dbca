//! Retention: of those who came first in one period, who came back in which later one.
//!
//! A unit's *first* is the first of its events that is one, as far back as is looked; its cohort is the period of that
//! event. It *returned* in period `n` when one of its returning events lies within the `n`th period behind that, at or
//! behind its first: so in period 0 are those who returned, or whose first event counts as returning, within the same.
//! Periods are the calendar's: a day has 23 or 25 hours where clocks are changed.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use hashbrown::HashMap;
use wire::analysis::{Cohort, FirstIn, Interval, RetentionGroup, RetentionQuery, Returned, Returning, Unit};
use wire::limits::{PEOPLE_GROUPS_MAX, RETENTION_COHORTS_MAX, RETENTION_PERIODS_MAX};
use wire::query::Dimension;
use wire::site::Settings;

use super::funnel::breakdown;
use super::{Ask, Begun, Fold, Keep, Moment, Names, OTHERS, begin, pattern, percent, unit_name};
use crate::behaviour::Terms;
use crate::query::{Buckets, Circumstances, Condition, Period, QueryError};
use crate::zone::Zone;

/// Bit of events that make a cohort.
const FIRST: u32 = 1;

/// Bit of events that are a return.
const RETURNING: u32 = 2;

/// What to read, how to fold it, and how to tell it.
#[derive(Clone, Debug)]
pub struct RetentionPlan {
    /// What is read.
    pub ask: Ask,
    /// How it is folded.
    pub fold: RetentionFold,
    /// The span asked about.
    pub period: Period,
    /// Whose calendar periods are of.
    pub zone: Zone,
    /// When somebody counts as returned.
    pub returned: Returned,
    /// What one unit is.
    pub unit: &'static str,
    /// The time, Unix milliseconds.
    pub now_ms: u64,
}

/// Retention, as its fold needs it.
#[derive(Clone, Debug)]
pub struct RetentionFold {
    /// When units come first, Unix milliseconds.
    pub entries: Range<u64>,
    /// The periods: those of cohorts, and those behind them that are looked at.
    pub buckets: Buckets,
    /// How many of them are cohorts.
    pub cohorts: usize,
    /// How many behind a cohort are looked at.
    pub periods: usize,
    /// Whether values of first events are told apart.
    pub wants_groups: bool,
}

/// What many units amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetentionTally {
    /// By cohort.
    pub cohorts: BTreeMap<usize, Came>,
    /// By value of the first event, and cohort.
    pub groups: HashMap<(u32, usize), Came>,
}

/// How many came, and how many came back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Came {
    /// Units.
    pub users: u64,
    /// Of these, who returned, by periods behind the first.
    pub within: Vec<u64>,
    /// Who returned then or later, of the periods that are looked at.
    pub or_later: Vec<u64>,
}

impl Came {
    /// Adds one unit that returned in the periods of these bits.
    fn push(&mut self, returned: u128) {
        self.users += 1;
        let periods = (u128::BITS - returned.leading_zeros()) as usize;
        self.resize(periods);
        self.or_later.iter_mut().take(periods).for_each(|users| *users += 1);
        for (period, users) in self.within.iter_mut().enumerate() {
            *users += (returned >> period & 1) as u64;
        }
    }

    /// Adds all others.
    pub fn add(&mut self, other: &Self) {
        self.users += other.users;
        self.resize(other.within.len());
        self.within.iter_mut().zip(&other.within).for_each(|(users, more)| *users += more);
        self.or_later.iter_mut().zip(&other.or_later).for_each(|(users, more)| *users += more);
    }

    fn resize(&mut self, periods: usize) {
        let periods = periods.max(self.within.len());
        self.within.resize(periods, 0);
        self.or_later.resize(periods, 0);
    }
}

impl Fold for RetentionFold {
    type Tally = RetentionTally;

    fn unit(&self, moments: &mut [Moment], tally: &mut RetentionTally) {
        let Some(first) = moments.iter().find(|moment| moment.matches & FIRST != 0) else { return };
        let (earliest, group) = (first.at_ms, first.group);
        if !self.entries.contains(&earliest) {
            return;
        }
        let cohort = self.buckets.place(earliest);
        let mut returned = 0_u128;
        let (mut at, starts) = (cohort, &self.buckets.starts);
        for moment in moments.iter().filter(|moment| moment.matches & RETURNING != 0 && moment.at_ms >= earliest) {
            while starts.get(at + 1).is_some_and(|start| *start <= moment.at_ms) {
                at += 1;
            }
            if at - cohort > self.periods {
                break;
            }
            returned |= 1 << (at - cohort);
        }
        tally.cohorts.entry(cohort).or_default().push(returned);
        if self.wants_groups {
            tally.groups.entry((group, cohort)).or_default().push(returned);
        }
    }

    fn add(&self, tally: &mut RetentionTally, other: RetentionTally) {
        for (cohort, came) in other.cohorts {
            tally.cohorts.entry(cohort).or_default().add(&came);
        }
        for (key, came) in other.groups {
            tally.groups.entry(key).or_default().add(&came);
        }
    }
}

/// Checks a question about a site with these settings and plans its answer.
///
/// # Errors
/// [`QueryError`] names the field at fault and its limit.
pub fn plan(query: &RetentionQuery, settings: &Settings, around: &Circumstances) -> Result<RetentionPlan, QueryError> {
    let Begun { site, zone, period } =
        begin(&query.tracking_id, &query.date_range, query.time_zone.as_deref(), settings, around)?;
    let (dimension, usual) = match query.interval {
        Interval::Day => (Dimension::Date, 30),
        Interval::Week => (Dimension::Week, 12),
        Interval::Month => (Dimension::Month, 12),
    };
    let periods = query.periods.unwrap_or(usual);
    if !(1..=RETENTION_PERIODS_MAX).contains(&periods) {
        return Err(QueryError::new("periods", format!("must be 1 to {RETENTION_PERIODS_MAX}")));
    }
    let covering = |period| Buckets::covering(dimension, &zone, period);
    let cohorts = covering(period).map(|buckets| buckets.starts.len()).unwrap_or(usize::MAX);
    if cohorts > RETENTION_COHORTS_MAX {
        let detail = format!("has more than {RETENTION_COHORTS_MAX} cohorts; ask by week or month");
        return Err(QueryError::new("date_range", detail));
    }
    // No period is longer than 31 days and an hour; those too many are cut off.
    let longest_ms = periods as u64 * if dimension == Dimension::Date { 25 } else { 31 * 25 } * 3_600_000;
    let after = Period { start_ms: period.start_ms, end_ms: period.end_ms.saturating_add(longest_ms) };
    let mut buckets = covering(after).map_err(|e| QueryError::new("date_range", e.detail))?;
    let end_ms = buckets.starts.get(cohorts + periods).copied().unwrap_or(after.end_ms);
    buckets.starts.truncate(cohorts + periods);
    buckets.labels.truncate(cohorts + periods);
    let first_ms = match query.first_in {
        FirstIn::History => around.events_from_ms.unwrap_or(period.start_ms).min(period.start_ms),
        FirstIn::Range => period.start_ms,
    };
    let terms = Terms { site: &site, zone: &zone, period, around };
    let condition = pattern::of_events(Condition::of_people(&query.filters, "filters", &terms)?, "filters")?;
    let pattern = |field: &str, pattern: &_| pattern::condition_of(pattern, field, Some(&terms));
    let ask = Ask {
        site: site.clone(),
        span: first_ms..end_ms,
        condition,
        conditions: vec![pattern("first", &query.first)?, pattern("returning", &query.returning)?],
        unit: Unit::Users,
        by: query.breakdown_by.map(breakdown).transpose()?,
        actions: None,
        keep: Keep::Ends(buckets.starts.clone()),
    };
    let fold = RetentionFold {
        entries: period.start_ms..period.end_ms,
        buckets,
        cohorts,
        periods,
        wants_groups: ask.by.is_some(),
    };
    let unit = unit_name(Unit::Users, settings);
    Ok(RetentionPlan { ask, fold, period, zone, returned: query.returned, unit, now_ms: around.now_ms })
}

/// The parts of an answer that come from what was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// By cohort.
    pub cohorts: Vec<Cohort>,
    /// All together.
    pub average: Vec<Returning>,
    /// By value.
    pub groups: Vec<RetentionGroup>,
}

/// What is told of a tally.
pub fn answer(plan: &RetentionPlan, tally: &RetentionTally, names: &Names) -> Told {
    let none = Came::default();
    let cohort = |(at, start): (usize, &String)| {
        let came = tally.cohorts.get(&at).unwrap_or(&none);
        Cohort { start: start.clone(), users: came.users, returned: plan.returning(at, came) }
    };
    let labels = plan.fold.buckets.labels.iter().take(plan.fold.cohorts);
    Told {
        cohorts: labels.enumerate().map(cohort).collect(),
        average: plan.average(tally.cohorts.iter().map(|(cohort, came)| (*cohort, came))),
        groups: groups(plan, tally, names),
    }
}

fn groups(plan: &RetentionPlan, tally: &RetentionTally, names: &Names) -> Vec<RetentionGroup> {
    let mut by_value: HashMap<&str, BTreeMap<usize, Came>> = HashMap::new();
    for ((group, cohort), came) in &tally.groups {
        let value = names.group(*group);
        by_value.entry(value).or_default().entry(*cohort).or_default().add(came);
    }
    let users = |cohorts: &BTreeMap<usize, Came>| cohorts.values().map(|came| came.users).sum::<u64>();
    let mut others = by_value.remove(OTHERS).unwrap_or_default();
    let mut ranked: Vec<_> = by_value.into_iter().collect();
    ranked.sort_unstable_by_key(|(value, cohorts)| (Reverse(users(cohorts)), *value));
    for (cohort, came) in ranked.iter().skip(PEOPLE_GROUPS_MAX).flat_map(|(_, cohorts)| cohorts) {
        others.entry(*cohort).or_default().add(came);
    }
    ranked.truncate(PEOPLE_GROUPS_MAX);
    if !others.is_empty() {
        ranked.push((OTHERS, others));
    }
    let told = |(value, cohorts): (&str, BTreeMap<usize, Came>)| RetentionGroup {
        value: value.to_owned(),
        users: users(&cohorts),
        average: plan.average(cohorts.iter().map(|(cohort, came)| (*cohort, came))),
    };
    ranked.into_iter().map(told).collect()
}

impl RetentionPlan {
    /// Who returned, in the periods behind a cohort that have begun.
    fn returning(&self, cohort: usize, came: &Came) -> Vec<Returning> {
        let starts = &self.fold.buckets.starts;
        let has_begun = |period: &usize| starts.get(cohort + period).is_some_and(|start| *start < self.now_ms);
        let told = |period: usize| {
            let users = self.users(came, period);
            let is_complete = self.end_ms(cohort, period) <= self.now_ms;
            Returning { period, of: came.users, users, rate: percent(users, came.users), is_complete }
        };
        (0..=self.fold.periods).take_while(has_begun).map(told).collect()
    }

    /// Who of all cohorts returned that had a period.
    fn average<'a>(&self, cohorts: impl Iterator<Item = (usize, &'a Came)> + Clone) -> Vec<Returning> {
        let told = |period: usize| {
            let had = cohorts.clone().filter(|(cohort, _)| {
                let start = self.fold.buckets.starts.get(cohort + period);
                start.is_some_and(|start| *start < self.now_ms)
            });
            let mut returning = Returning { period, is_complete: true, ..Returning::default() };
            for (cohort, came) in had {
                returning.of += came.users;
                returning.users += self.users(came, period);
                returning.is_complete &= self.end_ms(cohort, period) <= self.now_ms;
            }
            returning.rate = percent(returning.users, returning.of);
            returning
        };
        (0..=self.fold.periods).map(told).take_while(|returning| returning.of > 0).collect()
    }

    fn users(&self, came: &Came, period: usize) -> u64 {
        let all = match self.returned {
            Returned::Within => &came.within,
            Returned::OrLater => &came.or_later,
        };
        all.get(period).copied().unwrap_or_default()
    }

    /// First instant behind a period.
    fn end_ms(&self, cohort: usize, period: usize) -> u64 {
        self.fold.buckets.starts.get(cohort + period + 1).copied().unwrap_or(self.ask.span.end)
    }
}

#[cfg(test)]
mod tests;

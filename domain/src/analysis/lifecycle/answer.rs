//! From what was counted to what is told of lifecycle.

use std::cmp::Reverse;

use hashbrown::HashMap;
use wire::analysis::{LifecycleBucket, LifecycleGroup, Lives, Stickiness, Unit};
use wire::limits::PEOPLE_GROUPS_MAX;

use super::super::{Names, OTHERS, percent};
use super::{Counts, LifecyclePlan, LifecycleTally, MONTH_DAYS, WEEK_DAYS};

/// The parts of an answer that come from what was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// By bucket.
    pub buckets: Vec<LifecycleBucket>,
    /// By day.
    pub stickiness: Vec<Stickiness>,
    /// By value.
    pub groups: Vec<LifecycleGroup>,
    /// What cannot be known.
    pub limits: Vec<String>,
}

/// What is told of a tally.
pub fn answer(plan: &LifecyclePlan, tally: &LifecycleTally, names: &Names) -> Told {
    Told {
        buckets: plan.buckets(|bucket| tally.buckets.get(bucket).copied().unwrap_or_default()),
        stickiness: plan.stickiness(tally),
        groups: groups(plan, tally, names),
        limits: plan.limits(),
    }
}

fn groups(plan: &LifecyclePlan, tally: &LifecycleTally, names: &Names) -> Vec<LifecycleGroup> {
    let mut by_value: HashMap<&str, HashMap<usize, Counts>> = HashMap::new();
    for ((group, bucket), counts) in &tally.groups {
        let of_value = by_value.entry(names.group(*group)).or_default();
        of_value.entry(*bucket as usize).or_default().add(counts);
    }
    let last = plan.first_bucket + plan.labels.len();
    let active = |buckets: &HashMap<usize, Counts>| -> u64 {
        buckets.iter().filter(|(at, _)| (plan.first_bucket..last).contains(at)).map(|(_, one)| one.active()).sum()
    };
    let mut others = by_value.remove(OTHERS).unwrap_or_default();
    let mut ranked: Vec<_> = by_value.into_iter().collect();
    ranked.sort_unstable_by_key(|(value, buckets)| (Reverse(active(buckets)), *value));
    for (bucket, counts) in ranked.iter().skip(PEOPLE_GROUPS_MAX).flat_map(|(_, buckets)| buckets) {
        others.entry(*bucket).or_default().add(counts);
    }
    ranked.truncate(PEOPLE_GROUPS_MAX);
    if !others.is_empty() {
        ranked.push((OTHERS, others));
    }
    let told = |(value, buckets): (&str, HashMap<usize, Counts>)| LifecycleGroup {
        value: value.to_owned(),
        buckets: plan.buckets(|bucket| buckets.get(&bucket).copied().unwrap_or_default()),
    };
    ranked.into_iter().map(told).collect()
}

impl LifecyclePlan {
    /// The buckets that have begun.
    fn buckets(&self, counts: impl Fn(usize) -> Counts) -> Vec<LifecycleBucket> {
        let spans = self.starts.iter().zip(self.starts.iter().skip(1)).zip(&self.labels).enumerate();
        let begun = spans.take_while(|(_, ((start, _), _))| **start < self.now_ms);
        let told = |(at, ((_, end), label)): (usize, ((&u64, &u64), &String))| {
            let counts = counts(self.first_bucket + at);
            let Counts { new, returning, resurrected, dormant } = counts;
            let lives = Lives {
                new: new.into(),
                returning: returning.into(),
                resurrected: resurrected.into(),
                dormant: dormant.into(),
                net: i64::from(new) + i64::from(resurrected) - i64::from(dormant),
            };
            let is_known = self.lasts && self.known_from_ms <= self.previous_ms(at);
            let (active, lives) = (counts.active(), is_known.then_some(lives));
            LifecycleBucket { start: label.clone(), active, lives, is_complete: *end <= self.now_ms }
        };
        begun.map(told).collect()
    }

    /// Start of the bucket before one that is told.
    fn previous_ms(&self, at: usize) -> u64 {
        let first = (self.first_bucket + at).checked_sub(1).and_then(|before| {
            let day = self.fold.buckets.iter().position(|bucket| *bucket as usize == before)?;
            self.fold.days.get(day).copied()
        });
        first.unwrap_or_default()
    }

    /// The days that have begun.
    fn stickiness(&self, tally: &LifecycleTally) -> Vec<Stickiness> {
        let running = |steps: &[i64]| -> Vec<u64> {
            let sums = steps.iter().scan(0_i64, |sum, step| {
                *sum += step;
                Some(u64::try_from(*sum).unwrap_or_default())
            });
            sums.collect()
        };
        let (weekly, monthly) = (running(&tally.weekly), running(&tally.monthly));
        let days = self.dates.iter().zip(self.first_day..);
        let begun = days.take_while(|(_, day)| self.fold.days.get(*day).is_some_and(|start| *start < self.now_ms));
        let told = |(date, day): (&String, usize)| {
            let within = |days: usize, sums: &[u64]| {
                let first = (day + 1).checked_sub(days).and_then(|first| self.fold.days.get(first));
                let is_known = self.lasts && first.is_some_and(|first_ms| self.known_from_ms <= *first_ms);
                is_known.then(|| sums.get(day).copied().unwrap_or_default())
            };
            let dau = tally.daily.get(day).copied().unwrap_or_default();
            let (wau, mau) = (within(WEEK_DAYS, &weekly), within(MONTH_DAYS, &monthly));
            let end_ms = self.fold.days.get(day + 1).or(self.starts.last()).copied().unwrap_or(u64::MAX);
            let share = |of: Option<u64>| of.map(|of| percent(dau, of));
            let (dau_wau, dau_mau, is_complete) = (share(wau), share(mau), end_ms <= self.now_ms);
            Stickiness { date: date.clone(), dau, wau, mau, dau_wau, dau_mau, is_complete }
        };
        begun.map(told).collect()
    }

    /// What cannot be known, in words.
    fn limits(&self) -> Vec<String> {
        let mut limits = Vec::new();
        if self.ask.unit == Unit::Sessions {
            limits.push(
                "a visit is not known again: who is new, returning, resurrected or dormant is not told".to_owned(),
            );
        } else if !self.lasts {
            let text = "visitors are renewed every UTC day (cookieless): who is new, returning, resurrected or dormant, and \
                        how many people a week or a month has, cannot be known; visits can (unit: sessions)";
            limits.push(text.to_owned());
        } else if self.known_from_ms > 0 {
            let from = self.zone.text(self.known_from_ms);
            limits.push(format!("single events are kept from {from} on: whoever was there before counts as new again"));
        }
        limits
    }
}

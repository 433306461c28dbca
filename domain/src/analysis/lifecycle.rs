//! Lifecycle: who is new, who returns, who comes back after a break, who stays away; and how often people come.
//!
//! Of each unit's active events the days count, as the calendar of a zone has them, and the buckets that the days are of:
//!
//! | in a bucket | in the one before | earlier | counts as |
//! |---|---|---|---|
//! | active | active | – | returning |
//! | active | not | active | resurrected |
//! | active | not | never | new |
//! | not | active | – | dormant |
//!
//! A day's active units are its DAU; those of the seven days that end with it its WAU; of 28 days its MAU: whole weeks, so
//! that each has as many Sundays.

mod answer;
mod plan;

use hashbrown::HashMap;
use wire::analysis::Unit;

pub use answer::{Told, answer};
pub use plan::{LifecyclePlan, plan};

use super::{Fold, Moment};

/// Days that end with one and make its WAU.
const WEEK_DAYS: usize = 7;

/// Days that end with one and make its MAU.
const MONTH_DAYS: usize = 28;

/// Bit of active events.
const ACTIVE: u32 = 1;

/// Lifecycle, as its fold needs it.
#[derive(Clone, Debug)]
pub struct LifecycleFold {
    /// Starts of all days that are looked at, Unix milliseconds, ascending: those of the buckets asked about, and as many
    /// before as tell of them.
    pub days: Vec<u64>,
    /// The bucket of each day, ascending.
    pub buckets: Vec<u32>,
    /// Behind the last bucket.
    pub buckets_end: u32,
    /// Whose events belong together: a visit counts on the day it was active first, and never again.
    pub unit: Unit,
    /// Whether values of first events are told apart.
    pub wants_groups: bool,
}

/// What many units amount to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LifecycleTally {
    /// By day: who was active.
    pub daily: Vec<u64>,
    /// By day: by how many more were active within the week that ends with it than with the one before.
    pub weekly: Vec<i64>,
    /// The same within 28 days.
    pub monthly: Vec<i64>,
    /// By bucket.
    pub buckets: Vec<Counts>,
    /// By value of the first event, and bucket.
    pub groups: HashMap<(u32, u32), Counts>,
}

/// How many of a bucket came how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// For the first time.
    pub new: u32,
    /// As in the bucket before.
    pub returning: u32,
    /// After a break.
    pub resurrected: u32,
    /// Not, other than in the bucket before.
    pub dormant: u32,
}

impl Counts {
    /// Adds all others.
    pub fn add(&mut self, other: &Self) {
        self.new += other.new;
        self.returning += other.returning;
        self.resurrected += other.resurrected;
        self.dormant += other.dormant;
    }

    /// Who was active.
    pub fn active(&self) -> u64 {
        u64::from(self.new) + u64::from(self.returning) + u64::from(self.resurrected)
    }
}

impl LifecycleTally {
    fn make_room(&mut self, days: usize, buckets: usize) {
        if self.daily.len() < days {
            self.daily.resize(days, 0);
            self.weekly.resize(days, 0);
            self.monthly.resize(days, 0);
            self.buckets.resize(buckets, Counts::default());
        }
    }

    /// Active on a day, and until another day, if there is one, no more.
    fn be_active(&mut self, day: usize, next: Option<usize>) {
        add(&mut self.daily, day, 1);
        for (days, by_day) in [(WEEK_DAYS, &mut self.weekly), (MONTH_DAYS, &mut self.monthly)] {
            // What ends with the next begins again there.
            let end = next.map_or(day + days, |next| next.min(day + days));
            step(by_day, day, 1);
            step(by_day, end, -1);
        }
    }
}

fn add(to: &mut [u64], at: usize, some: u64) {
    if let Some(sum) = to.get_mut(at) {
        *sum += some;
    }
}

/// A number of units more or less from a day on; what lies behind the last day is not told.
fn step(to: &mut [i64], at: usize, some: i64) {
    if let Some(sum) = to.get_mut(at) {
        *sum += some;
    }
}

/// What is known of a unit while its days are gone through.
#[derive(Clone, Copy, Debug, Default)]
struct Before {
    /// The last day it was active on.
    day: Option<usize>,
    /// The bucket of that day.
    bucket: Option<u32>,
    /// Whether it was active before all days.
    is_known: bool,
}

impl Fold for LifecycleFold {
    type Tally = LifecycleTally;

    fn unit(&self, moments: &mut [Moment], tally: &mut LifecycleTally) {
        tally.make_room(self.days.len(), self.buckets_end as usize);
        let mut active = moments.iter().filter(|moment| moment.matches & ACTIVE != 0);
        let Some(first) = active.next() else { return };
        let group = first.group;
        let (mut before, mut day) = (Before::default(), 0);
        let count = if self.unit == Unit::Sessions { 0 } else { usize::MAX };
        for moment in std::iter::once(first).chain(active.take(count)) {
            if self.days.first().is_none_or(|start| moment.at_ms < *start) {
                before.is_known = true;
                continue;
            }
            while self.days.get(day + 1).is_some_and(|start| *start <= moment.at_ms) {
                day += 1;
            }
            if before.day == Some(day) {
                continue;
            }
            if let Some(last) = before.day {
                tally.be_active(last, Some(day));
            }
            before.day = Some(day);
            self.be_in_bucket(&mut before, self.buckets.get(day).copied(), group, tally);
        }
        if let Some(last) = before.day {
            tally.be_active(last, None);
        }
        self.be_in_bucket(&mut before, None, group, tally);
    }

    fn add(&self, tally: &mut LifecycleTally, other: LifecycleTally) {
        tally.make_room(other.daily.len(), other.buckets.len());
        tally.daily.iter_mut().zip(other.daily).for_each(|(sum, more)| *sum += more);
        tally.weekly.iter_mut().zip(other.weekly).for_each(|(sum, more)| *sum += more);
        tally.monthly.iter_mut().zip(other.monthly).for_each(|(sum, more)| *sum += more);
        tally.buckets.iter_mut().zip(&other.buckets).for_each(|(sum, more)| sum.add(more));
        for (key, more) in other.groups {
            tally.groups.entry(key).or_default().add(&more);
        }
    }
}

impl LifecycleFold {
    /// Goes on to a bucket, or to none any more.
    fn be_in_bucket(&self, before: &mut Before, bucket: Option<u32>, group: u32, tally: &mut LifecycleTally) {
        if bucket.is_some() && before.bucket == bucket {
            return;
        }
        if let Some(missed) = before.bucket.map(|last| last + 1)
            && bucket != Some(missed)
            && missed < self.buckets_end
        {
            self.count(tally, group, missed, |counts| counts.dormant += 1);
        }
        let Some(bucket) = bucket else { return };
        let of = match before.bucket {
            Some(last) if last + 1 == bucket => |counts: &mut Counts| counts.returning += 1,
            None if !before.is_known => |counts: &mut Counts| counts.new += 1,
            _ => |counts: &mut Counts| counts.resurrected += 1,
        };
        self.count(tally, group, bucket, of);
        before.bucket = Some(bucket);
    }

    fn count(&self, tally: &mut LifecycleTally, group: u32, bucket: u32, count: impl Fn(&mut Counts)) {
        if let Some(counts) = tally.buckets.get_mut(bucket as usize) {
            count(counts);
        }
        if self.wants_groups {
            count(tally.groups.entry((group, bucket)).or_default());
        }
    }
}

#[cfg(test)]
mod tests;

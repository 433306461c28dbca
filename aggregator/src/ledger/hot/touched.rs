//! When each day of a site last changed, so that what was told about days that did not can be told again.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use domain::window::DAY_MS;

/// Days of a site that are known apart. Frames come for today and at most the day before, unless an edge was away for
/// long; each day takes ~20 bytes.
const DAYS_MAX: usize = 100;

/// The version at which each UTC day of a site last changed.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    /// No day that is not known apart changed later.
    others: u64,
    /// By the day's start, Unix milliseconds.
    days: BTreeMap<u64, u64>,
    /// Days that what is counted touched, whose version is not known yet.
    pending: BTreeSet<u64>,
}

impl Touched {
    /// Nothing is known but that no day changed after this version.
    pub fn at(version: u64) -> Self {
        Self { others: version, ..Self::default() }
    }

    /// Notes that something of a minute is counted.
    pub(super) fn touch(&mut self, at_ms: u64) {
        self.pending.insert(day(at_ms));
    }

    /// What was touched has this version.
    pub(super) fn settle(&mut self, version: u64) {
        for day in std::mem::take(&mut self.pending) {
            let known = self.days.entry(day).or_default();
            *known = version.max(*known);
        }
        while self.days.len() > DAYS_MAX
            && let Some((_, version)) = self.days.pop_first()
        {
            self.others = version.max(self.others);
        }
    }

    /// Any day may have changed.
    pub(super) fn change_all(&mut self, version: u64) {
        self.days.clear();
        self.others = version.max(self.others);
    }

    /// The version at which a span of time last changed, at the latest. It never falls.
    pub fn newest(&self, span: &Range<u64>) -> u64 {
        let within = self.days.range(day(span.start)..span.end.max(span.start));
        within.map(|(_, version)| *version).fold(self.others, u64::max)
    }
}

fn day(at_ms: u64) -> u64 {
    at_ms - at_ms % DAY_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: u64 = DAY_MS / 2;

    #[test]
    fn a_day_changes_alone() {
        let mut touched = Touched::at(3);
        touched.touch(5 * DAY_MS + NOON);
        assert_eq!(touched.newest(&(0..9 * DAY_MS)), 3, "not counted yet");
        touched.settle(4);
        touched.touch(6 * DAY_MS);
        touched.settle(7);
        let newest = |from: u64, until: u64| touched.newest(&(from..until));
        assert_eq!(newest(0, 5 * DAY_MS), 3);
        assert_eq!(newest(0, 5 * DAY_MS + 1), 4);
        assert_eq!(newest(5 * DAY_MS + NOON + 1, 6 * DAY_MS), 4, "a part of the day is the day");
        assert_eq!(newest(5 * DAY_MS, 7 * DAY_MS), 7);
        assert_eq!(newest(7 * DAY_MS, 8 * DAY_MS), 3);
        let mut all = touched.clone();
        all.change_all(8);
        assert_eq!((all.newest(&(0..1)), all.newest(&(6 * DAY_MS..7 * DAY_MS))), (8, 8));
    }

    #[test]
    fn old_days_become_one() {
        let mut touched = Touched::at(0);
        for number in 0..2 * DAYS_MAX as u64 {
            touched.touch(number * DAY_MS);
            touched.settle(number + 1);
        }
        assert_eq!(touched.days.len(), DAYS_MAX);
        assert_eq!(touched.newest(&(0..DAY_MS)), DAYS_MAX as u64, "that of the newest that is not known apart");
        let last = 2 * DAYS_MAX as u64;
        assert_eq!(touched.newest(&((last - 1) * DAY_MS..last * DAY_MS)), last);
    }
}

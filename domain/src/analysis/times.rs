//! Distributions of times in bounded memory: how many were about how long, to one part in 256.

use std::collections::BTreeMap;

use wire::analysis::Times;

/// Parts of each doubling.
const PARTS_BITS: u32 = 8;

/// How many times there are of about each length. With lengths up to 90 days, 2^33 ms, there are at most 6 700 of them,
/// some 270 KB.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    /// By part: how many, and their sum in milliseconds.
    parts: BTreeMap<u32, (u64, u64)>,
}

impl Durations {
    /// Adds one of so many milliseconds.
    pub fn push(&mut self, ms: u64) {
        let (count, sum) = self.parts.entry(part(ms)).or_default();
        *count += 1;
        *sum = sum.saturating_add(ms);
    }

    /// Adds all others.
    pub fn add(&mut self, other: &Self) {
        for (part, (more, ms)) in &other.parts {
            let (count, sum) = self.parts.entry(*part).or_default();
            *count += more;
            *sum = sum.saturating_add(*ms);
        }
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.parts.values().map(|(count, _)| count).sum()
    }

    /// What is told of them; none where there are none.
    pub fn told(&self) -> Option<Times> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let sum: u128 = self.parts.values().map(|(_, sum)| u128::from(*sum)).sum();
        let at = |percent: u64| self.percentile(percent, count);
        let mean = sum as f64 / count as f64 / 1e3;
        Some(Times { mean, median: at(50), p75: at(75), p90: at(90), p95: at(95) })
    }

    /// The smallest that is at least as long as so many of a hundred, seconds: the mean of those about as long.
    fn percentile(&self, percent: u64, count: u64) -> f64 {
        let mut rest = (count * percent).div_ceil(100).max(1);
        for (some, sum) in self.parts.values() {
            if rest <= *some {
                return *sum as f64 / *some as f64 / 1e3;
            }
            rest -= some;
        }
        0.0
    }
}

/// The part that a time belongs to: below 2^9 each has its own, above each doubling has 2^8.
fn part(ms: u64) -> u32 {
    let doublings = (u64::BITS - ms.leading_zeros()).saturating_sub(PARTS_BITS + 1);
    (doublings << PARTS_BITS) + (ms >> doublings) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_sorted_times() {
        for (count, factor) in [(1_u64, 7_919), (2, 104_729), (99, 15_485_863), (1000, 611_953)] {
            let mut all: Vec<u64> = (0..count).map(|at| (at * factor + 13) % 7_776_000_000).collect();
            let mut durations = Durations::default();
            all.iter().for_each(|ms| durations.push(*ms));
            all.sort_unstable();
            let told = durations.told().unwrap_or_default();
            let mean = all.iter().sum::<u64>() as f64 / count as f64 / 1e3;
            assert!((told.mean - mean).abs() < 1e-6, "{} {mean}", told.mean);
            for (percent, told) in [(50, told.median), (75, told.p75), (90, told.p90), (95, told.p95)] {
                let place = (count * percent).div_ceil(100).max(1) as usize - 1;
                let exact = all.get(place).copied().unwrap_or_default() as f64 / 1e3;
                assert!((told - exact).abs() <= exact / 256.0, "{percent} of {count}: {told} {exact}");
            }
        }
        assert_eq!(Durations::default().told(), None);
    }

    #[test]
    fn parts_are_ascending_and_narrow() {
        let mut before = (0, 0);
        for ms in (0..2000).chain((11..34).flat_map(|bits| [(1 << bits) - 1, 1 << bits, (1 << bits) + 1])) {
            let now = part(ms);
            assert!(now >= before.1 && (now > before.1 || ms - before.0 <= ms / 256), "{ms}");
            before = (ms, now);
        }
        assert!(part(90 * 24 * 60 * 60 * 1000) < 6_700);
    }
}

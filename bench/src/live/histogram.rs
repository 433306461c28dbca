//! Times by the millisecond.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Times are told apart up to a minute.
const MOST_MS: usize = 60_000;

/// How often each time was seen.
#[derive(Clone, Debug)]
pub struct Histogram(Vec<u64>);

impl Default for Histogram {
    fn default() -> Self {
        Self(vec![0; MOST_MS + 1])
    }
}

impl Histogram {
    /// Adds a time.
    pub fn add(&mut self, time: Duration) {
        if let Some(count) = self.0.get_mut(place(time)) {
            *count += 1;
        }
    }

    /// Adds another's times.
    pub fn merge(&mut self, other: &Self) {
        for (sum, count) in self.0.iter_mut().zip(&other.0) {
            *sum += count;
        }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The time that this share of all does not exceed, milliseconds.
    pub fn quantile(&self, share: f64) -> u64 {
        let wanted = (self.count() as f64 * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        let found = self.0.iter().position(|count| {
            seen += count;
            seen >= wanted
        });
        found.unwrap_or_default() as u64
    }
}

/// The same, for many tasks at once.
#[derive(Debug)]
pub struct Shared(Vec<AtomicU64>);

impl Default for Shared {
    fn default() -> Self {
        Self((0..=MOST_MS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Shared {
    /// Adds a time.
    pub fn add(&self, time: Duration) {
        if let Some(count) = self.0.get(place(time)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What was seen so far.
    pub fn read(&self) -> Histogram {
        Histogram(self.0.iter().map(|count| count.load(Ordering::Relaxed)).collect())
    }
}

fn place(time: Duration) -> usize {
    usize::try_from(time.as_millis()).unwrap_or(MOST_MS).min(MOST_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_times() {
        let shared = Shared::default();
        (1..=100).for_each(|ms| shared.add(Duration::from_millis(ms)));
        let times = shared.read();
        assert_eq!([0.0, 0.5, 0.99, 1.0].map(|share| times.quantile(share)), [1, 50, 99, 100]);
        assert_eq!(Histogram::default().quantile(0.5), 0);
    }
}

//! How long something takes: the median of rounds.

use std::time::{Duration, Instant};

/// Rounds of each measurement, after one that warms caches up.
pub const ROUNDS: usize = 15;

/// Nanoseconds per operation of `operations` of them done by `run`; what `prepare` does is not counted.
pub fn per_operation<T, U>(operations: usize, prepare: impl Fn() -> T, run: impl Fn(&mut T) -> U) -> f64 {
    let round = || {
        let mut input = prepare();
        let begun = Instant::now();
        let output = std::hint::black_box(run(&mut input));
        let took = begun.elapsed();
        drop(output);
        took
    };
    round();
    nanos_each(median((0..ROUNDS).map(|_| round())), operations)
}

/// The one in the middle.
pub fn median(times: impl IntoIterator<Item = Duration>) -> Duration {
    let mut times: Vec<Duration> = times.into_iter().collect();
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

/// Nanoseconds of one of `count`.
pub fn nanos_each(time: Duration, count: usize) -> f64 {
    time.as_secs_f64() * 1e9 / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        let times = [9, 1, 5].map(Duration::from_millis);
        assert_eq!(median(times), Duration::from_millis(5));
        assert_eq!(nanos_each(Duration::from_millis(5), 1000), 5000.0);
    }
}

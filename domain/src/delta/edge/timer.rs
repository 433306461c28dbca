//! Waiting, by a clock that may be set.

use crate::window::MINUTE_MS;

/// Nothing waits longer than this: a later end means that the clock was set back meanwhile.
pub const WAIT_MAX_MS: u64 = MINUTE_MS;

/// When something is to be done next. Starts out due.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timer {
    at_ms: u64,
}

impl Timer {
    /// Starts a wait of at most [`WAIT_MAX_MS`].
    pub fn set(&mut self, now_ms: u64, wait_ms: u64) {
        self.at_ms = now_ms.saturating_add(wait_ms.min(WAIT_MAX_MS));
    }

    /// What is left of the wait; nothing if the clock was set back so far that it cannot be told.
    pub fn left_ms(&self, now_ms: u64) -> u64 {
        let left_ms = self.at_ms.saturating_sub(now_ms);
        if left_ms > WAIT_MAX_MS { 0 } else { left_ms }
    }

    /// Whether the wait is over.
    pub fn is_due(&self, now_ms: u64) -> bool {
        self.left_ms(now_ms) == 0
    }
}

/// How long to wait after `failures` failed tries in a row: full jitter over 1, 2, 4, … up to 60 s, so that edges
/// that lost the aggregator together do not come back together.
///
/// `random` lies in [0, 1).
pub fn backoff_ms(failures: u32, random: f64) -> u64 {
    let ceiling = 1000u64.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(WAIT_MAX_MS);
    (ceiling as f64 * random.clamp(0.0, 1.0)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute_and_are_spread() {
        let longest = |failures| backoff_ms(failures, 1.0);
        assert_eq!([1, 2, 3, 6, 7, 99].map(longest), [1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
        assert_eq!(backoff_ms(99, 0.5), 30_000);
        assert_eq!(backoff_ms(0, 0.0), 0);
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait() {
        let mut timer = Timer::default();
        assert!(timer.is_due(0));
        timer.set(3_600_000, 5_000);
        assert_eq!(timer.left_ms(3_601_000), 4_000);
        assert!(timer.is_due(3_605_000));
        assert!(timer.is_due(1_000));
    }
}

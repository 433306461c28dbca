//! How long to wait after a failed attempt: exponential, with full jitter.
//!
//! Full jitter (a uniform draw between nothing and the step) spreads the clients that failed
//! together; see M. Brooker, "Exponential Backoff And Jitter", 2015.

/// The first step, in milliseconds.
const STEP_MIN_MS: f64 = 1000.0;
/// The largest step, in milliseconds.
const STEP_MAX_MS: f64 = 60_000.0;
/// Longest time a server may ask for, in milliseconds.
const ASKED_MAX_MS: f64 = 3_600_000.0;
/// Attempts after which a batch is given up: half an hour of 30 s on average, then some.
pub const ATTEMPTS_MAX: u32 = 100;

/// Milliseconds until the next attempt: what the server asked for (`Retry-After`), within bounds, and what comes on top.
///
/// `failures` counts the attempts that failed, from 1; `asked_ms` is zero where the server said nothing; `random` is uniform.
#[must_use]
pub fn delay_ms(failures: u32, asked_ms: f64, random: u32) -> (f64, f64) {
    let doublings = failures.saturating_sub(1).min(6);
    let step = (STEP_MIN_MS * f64::from(1_u32 << doublings)).min(STEP_MAX_MS);
    (asked_ms.clamp(0.0, ASKED_MAX_MS), step * (f64::from(random) / f64::from(u32::MAX)))
}

#[cfg(test)]
mod tests {
    use super::delay_ms;

    #[test]
    fn the_step_doubles_up_to_a_minute() {
        let longest: Vec<f64> = (0..10).map(|failures| delay_ms(failures, 0.0, u32::MAX).1).collect();
        let expected = [1.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0, 60.0].map(|seconds| seconds * 1000.0);
        assert_eq!(longest, expected);
    }

    #[test]
    fn jitter_is_full() {
        assert_eq!(delay_ms(5, 0.0, 0).1, 0.0);
        assert!((delay_ms(5, 0.0, u32::MAX / 2).1 - 8000.0).abs() < 1.0);
    }

    #[test]
    fn the_server_is_obeyed_within_an_hour() {
        assert_eq!(delay_ms(1, 7000.0, 0), (7000.0, 0.0));
        assert_eq!(delay_ms(1, 1e12, 0).0, 3_600_000.0);
        assert_eq!(delay_ms(1, -5.0, 0).0, 0.0);
    }
}

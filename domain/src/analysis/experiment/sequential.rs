//! What holds whenever and however often one looks: an asymptotic confidence sequence.
//!
//! I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas: Time-uniform central limit theory and asymptotic confidence
//! sequences, Annals of Statistics 52 (2024), theorem 2.2. With `t` people in all, `V` the variance of the difference and `r` a
//! number that is set before the start, the true difference lies within
//!
//! ```text
//! difference ± sqrt( V · 2 (t r² + 1) / (t r²) · ln( sqrt(t r² + 1) / alpha ) )
//! ```
//!
//! at all times together in all but `alpha` of the cases. Turned around, this is the mixture sequential probability ratio test (R. Johari, P. Koomen,
//! L. Pekelis, D. Walsh: Always valid inference, Operations Research 70 (2022)): the least `alpha` that leaves zero outside.

use wire::analysis::Bounds;

use super::ALPHA;
use super::measure::Measure;

/// People in all for whom the sequence is narrowest, where a question does not say.
pub const PLANNED_USERS: u64 = 10_000;

/// What is told of a difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlwaysValid {
    /// Where the true difference lies.
    pub interval: Bounds,
    /// How often chance makes as much of a difference at any time.
    pub p_value: f64,
}

/// The square of the number `r` with which the sequence is narrowest at so many people: the paper's equation 12.
fn tuned(planned_users: u64) -> f64 {
    let log = -2.0 * ALPHA.ln();
    (log + (log + 1.0).ln()) / (planned_users.max(1) as f64)
}

/// Compares one with a control. With nobody or without any variance nothing is known.
pub fn compare(control: &Measure, one: &Measure, planned_users: u64) -> AlwaysValid {
    let difference = one.mean() - control.mean();
    let variance = control.variance_of_mean() + one.variance_of_mean();
    let users = control.of() + one.of();
    if variance <= 0.0 || control.of() < 1.0 || one.of() < 1.0 {
        let interval = Bounds { low: f64::MIN, high: f64::MAX };
        return AlwaysValid { interval, p_value: 1.0 };
    }
    let mixed = users * tuned(planned_users);
    let half = (variance * 2.0 * (mixed + 1.0) / mixed * ((mixed + 1.0).sqrt() / ALPHA).ln()).sqrt();
    let square = difference * difference / variance;
    let p_value = ((mixed + 1.0).ln() / 2.0 - square * mixed / (2.0 * (mixed + 1.0))).exp().min(1.0);
    AlwaysValid { interval: Bounds { low: difference - half, high: difference + half }, p_value }
}

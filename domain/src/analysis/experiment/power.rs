//! How many people an effect takes, and what effect so many people show.

use statrs::distribution::{ContinuousCDF, Normal};

use super::ALPHA;
use super::measure::{Measure, normal_quantile};

/// How often an effect is to be found that is there.
pub const POWER: f64 = 0.8;

/// Steps that a root is narrowed down in: to one part in 2^60.
const HALVINGS: usize = 60;

/// Variances of the control's people and of those in whom its mean is greater by a part.
fn variances(control: &Measure, effect: f64) -> (f64, f64) {
    match control {
        Measure::Share { .. } => {
            let share = (control.mean() * (1.0 + effect)).clamp(0.0, 1.0);
            (control.variance(), share * (1.0 - share))
        }
        Measure::Mean { .. } => (control.variance(), control.variance()),
    }
}

/// How often so many people show an effect of this part of the control's mean, from zero to one; both may be of different
/// number.
pub fn power(control: &Measure, users: f64, effect: f64) -> f64 {
    let difference = control.mean() * effect.abs();
    let (v0, v1) = variances(control, effect);
    if control.of() < 1.0 || users < 1.0 || v0 <= 0.0 {
        return 0.0;
    }
    let without = (v0 * (1.0 / control.of() + 1.0 / users)).sqrt();
    let with = (v0 / control.of() + v1 / users).sqrt();
    if with <= 0.0 {
        return 1.0;
    }
    Normal::standard().cdf((difference - normal_quantile(1.0 - ALPHA / 2.0) * without) / with)
}

/// The smallest part of the control's mean that so many people show in [`POWER`] of the cases; none where the control has
/// none, or nothing that can be is large enough.
pub fn detectable(control: &Measure, users: f64) -> Option<f64> {
    let mean = control.mean();
    let most = match control {
        Measure::Share { .. } if mean > 0.0 => 1.0 / mean - 1.0,
        _ if mean > 0.0 => 1e6,
        _ => return None,
    };
    if power(control, users, most) < POWER {
        return None;
    }
    let (mut low, mut high) = (0.0, most);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        if power(control, users, middle) < POWER { low = middle } else { high = middle }
    }
    Some(high)
}

/// People of the control and of the other each that show an effect of this part of the control's mean in [`POWER`] of the
/// cases; none where the control has no mean, or the effect is none.
pub fn users_needed(control: &Measure, effect: f64) -> Option<u64> {
    let difference = control.mean() * effect.abs();
    let (v0, v1) = variances(control, effect);
    let sum = normal_quantile(1.0 - ALPHA / 2.0) * (2.0 * v0).sqrt() + normal_quantile(POWER) * (v0 + v1).sqrt();
    let users = (sum / difference).powi(2).ceil();
    (difference > 0.0 && users.is_finite()).then_some(users.max(1.0) as u64)
}

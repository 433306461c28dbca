//! The difference between two variants, by tests that hold once: at an end that was set before the start.

use wire::analysis::Bounds;

use super::ALPHA;
use super::measure::{Measure, normal_quantile, normal_two_sided, student_quantile, student_two_sided};

/// A difference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// Mean of the one less that of the control.
    pub difference: f64,
    /// Where the true one lies. Of shares: Newcombe, Interval estimation for the difference between independent proportions,
    /// Statistics in Medicine 17 (1998), method 10. Of means: Welch.
    pub interval: Bounds,
    /// As a share of the control's mean; none where that is zero.
    pub relative: Option<f64>,
    /// Where the true one lies, by the delta method.
    pub relative_interval: Option<Bounds>,
    /// How often chance makes as much of a difference, two-sided. Of shares: the test of two proportions with a common one.
    /// Of means: Welch's.
    pub p_value: f64,
}

/// Compares one with a control.
pub fn compare(control: &Measure, one: &Measure) -> Effect {
    let difference = one.mean() - control.mean();
    let (v0, v1) = (control.variance_of_mean(), one.variance_of_mean());
    let error = (v0 + v1).sqrt();
    let is_share = matches!((control, one), (Measure::Share { .. }, Measure::Share { .. }));
    let (interval, p_value, quantile) = if is_share {
        let z = normal_quantile(1.0 - ALPHA / 2.0);
        (newcombe(control, one), two_shares(control, one), z)
    } else {
        let degrees = welch_degrees(control, one);
        let quantile = student_quantile(1.0 - ALPHA / 2.0, degrees);
        let half = if error > 0.0 { quantile * error } else { 0.0 };
        let p_value = match error {
            0.0 if difference == 0.0 => 1.0,
            0.0 => 0.0,
            error => student_two_sided(difference / error, degrees),
        };
        (Bounds { low: difference - half, high: difference + half }, p_value, quantile)
    };
    let base = control.mean();
    let relative = (base > 0.0).then(|| difference / base);
    let relative_interval = relative.map(|relative| {
        let ratio = one.mean() / base;
        let half = quantile * (v1 + ratio * ratio * v0).sqrt() / base;
        Bounds { low: relative - half, high: relative + half }
    });
    Effect { difference, interval, relative, relative_interval, p_value }
}

fn newcombe(control: &Measure, one: &Measure) -> Bounds {
    let (p0, p1, w0, w1) = (control.mean(), one.mean(), control.interval(), one.interval());
    let difference = p1 - p0;
    Bounds {
        low: difference - ((p1 - w1.low).powi(2) + (w0.high - p0).powi(2)).sqrt(),
        high: difference + ((w1.high - p1).powi(2) + (p0 - w0.low).powi(2)).sqrt(),
    }
}

fn two_shares(control: &Measure, one: &Measure) -> f64 {
    let (n0, n1) = (control.of(), one.of());
    if n0 == 0.0 || n1 == 0.0 {
        return 1.0;
    }
    let common = (control.mean() * n0 + one.mean() * n1) / (n0 + n1);
    let error = (common * (1.0 - common) * (1.0 / n0 + 1.0 / n1)).sqrt();
    if error > 0.0 { normal_two_sided((one.mean() - control.mean()) / error) } else { 1.0 }
}

/// Degrees of freedom by Welch and Satterthwaite.
pub fn welch_degrees(control: &Measure, one: &Measure) -> f64 {
    let (v0, v1) = (control.variance_of_mean(), one.variance_of_mean());
    let under = v0 * v0 / (control.of() - 1.0).max(1.0) + v1 * v1 / (one.of() - 1.0).max(1.0);
    if under > 0.0 { (v0 + v1) * (v0 + v1) / under } else { (control.of() + one.of() - 2.0).max(1.0) }
}

/// P-values of several comparisons, each as one of all: S. Holm, A simple sequentially rejective multiple test procedure,
/// Scandinavian Journal of Statistics 6 (1979).
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = p_values.iter().copied().enumerate().collect();
    order.sort_by(|(_, one), (_, other)| one.total_cmp(other));
    let (mut adjusted, mut least) = (vec![1.0; p_values.len()], 0.0_f64);
    for (rank, (at, p_value)) in order.into_iter().enumerate() {
        least = least.max(((p_values.len() - rank) as f64 * p_value).min(1.0));
        adjusted.get_mut(at).into_iter().for_each(|adjusted| *adjusted = least);
    }
    adjusted
}

//! From registers to a number: Ertl's improved raw estimator.

use super::Precision;

/// How many standard errors of a normal distribution hold 95 % of it.
const DEVIATIONS_95: f64 = 1.96;

/// How many distinct hashes a sketch holds, and between what it lies in 95 of 100 cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// The most likely number, to the nearest whole one.
    pub count: u64,
    /// 1.96 standard errors below, rounded down.
    pub low: u64,
    /// 1.96 standard errors above, rounded up. Small sets are counted more exactly than this says.
    pub high: u64,
}

impl Estimate {
    /// From the number of registers at each rank.
    pub(super) fn of(precision: Precision, ranks: &Ranks) -> Self {
        let count = count(precision, ranks);
        let error = DEVIATIONS_95 * precision.standard_error() * count;
        Self { count: count.round() as u64, low: (count - error).floor() as u64, high: (count + error).ceil() as u64 }
    }
}

/// Number of registers at each rank, from 0 on; a rank has six bits.
pub(super) type Ranks = [u32; 64];

fn count(precision: Precision, ranks: &Ranks) -> f64 {
    let m = precision.registers() as f64;
    let [zeros, above @ ..] = ranks;
    let above = above.get(..usize::from(precision.rank_max())).unwrap_or_default();
    let Some((highest, lower)) = above.split_last() else { return 0.0 };
    let mut z = m * tau(1.0 - f64::from(*highest) / m);
    for count in lower.iter().rev() {
        z = 0.5 * (z + f64::from(*count));
    }
    z += m * sigma(f64::from(*zeros) / m);
    m * m / (2.0 * std::f64::consts::LN_2 * z)
}

/// Correction for small sets.
fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z <= before {
            return z;
        }
    }
}

/// Correction for sets so large that hashes run out of bits.
fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z >= before {
            return z / 3.0;
        }
    }
}

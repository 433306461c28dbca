//! Whether people came to the variants as they were meant to.
//!
//! Where they did not, something decides who is counted: an error, a redirect, a program. Then those who are compared are not alike, and
//! what they do says nothing. A. Fabijan et al., Diagnosing sample ratio mismatch in online controlled experiments, KDD 2019.

use statrs::distribution::{ChiSquared, ContinuousCDF};
use wire::analysis::Split;

/// Below it the split is said to be broken: once in a thousand, so that it is not said of one in twenty.
pub const P_VALUE_MIN: f64 = 0.001;

/// Tests how many came against how many were meant to, which must be as many; none of fewer than two.
pub fn check(came: &[f64], expected: &[f64]) -> Option<Split> {
    let degrees = came.len().checked_sub(1).filter(|degrees| *degrees > 0)?;
    let part = |(came, expected): (&f64, &f64)| {
        if *expected > 0.0 { (came - expected).powi(2) / expected } else { 0.0 }
    };
    let chi_square: f64 = came.iter().zip(expected).map(part).sum();
    let p_value = ChiSquared::new(degrees as f64).ok()?.sf(chi_square);
    Some(Split { chi_square, degrees: degrees as u64, p_value, is_broken: p_value < P_VALUE_MIN })
}

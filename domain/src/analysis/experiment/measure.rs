//! What is known of one variant: a share of its people, or the mean of what each paid.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};
use wire::analysis::Bounds;

use super::ALPHA;

/// How many standard deviations from the middle this share of a normal distribution lies below.
pub fn normal_quantile(share: f64) -> f64 {
    Normal::standard().inverse_cdf(share)
}

/// How often a normal value lies as far from the middle, in standard deviations, on either side.
pub fn normal_two_sided(distance: f64) -> f64 {
    2.0 * Normal::standard().cdf(-distance.abs())
}

/// The same of Student's distribution.
pub fn student_two_sided(distance: f64, degrees: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees).map_or(1.0, |student| 2.0 * student.cdf(-distance.abs()))
}

/// As [`normal_quantile`], of Student's distribution.
pub fn student_quantile(share: f64, degrees: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees).map_or(f64::INFINITY, |student| student.inverse_cdf(share))
}

/// What is known of one variant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Measure {
    /// So many did it, of so many.
    Share {
        /// Who did.
        some: f64,
        /// Who could.
        of: f64,
    },
    /// Of so many, mean and variance of what each paid.
    Mean {
        /// How many.
        of: f64,
        /// The mean.
        mean: f64,
        /// Of single people about the mean, `n - 1` in the denominator.
        variance: f64,
    },
}

impl Measure {
    /// Of sums over people.
    pub fn of_sums(of: f64, sum: f64, squares: f64) -> Self {
        let mean = if of > 0.0 { sum / of } else { 0.0 };
        let variance = if of > 1.0 { ((squares - sum * mean) / (of - 1.0)).max(0.0) } else { 0.0 };
        Self::Mean { of, mean, variance }
    }

    /// How many people.
    pub fn of(&self) -> f64 {
        match self {
            Self::Share { of, .. } | Self::Mean { of, .. } => *of,
        }
    }

    /// Share of one, or mean.
    pub fn mean(&self) -> f64 {
        match self {
            Self::Share { some, of } if *of > 0.0 => some / of,
            Self::Share { .. } => 0.0,
            Self::Mean { mean, .. } => *mean,
        }
    }

    /// Of single people about the mean.
    pub fn variance(&self) -> f64 {
        match self {
            Self::Share { .. } => self.mean() * (1.0 - self.mean()),
            Self::Mean { variance, .. } => *variance,
        }
    }

    /// Of the mean about the true one.
    pub fn variance_of_mean(&self) -> f64 {
        if self.of() > 0.0 { self.variance() / self.of() } else { 0.0 }
    }

    /// Where the true mean lies: of shares by Wilson's score, of means by Student's distribution.
    pub fn interval(&self) -> Bounds {
        match self {
            Self::Share { of, .. } if *of > 0.0 => {
                let (share, z) = (self.mean(), normal_quantile(1.0 - ALPHA / 2.0));
                let (middle, scale) = (share + z * z / (2.0 * of), 1.0 + z * z / of);
                let half = z * (share * (1.0 - share) / of + z * z / (4.0 * of * of)).sqrt();
                Bounds { low: ((middle - half) / scale).max(0.0), high: ((middle + half) / scale).min(1.0) }
            }
            Self::Mean { of, mean, .. } if *of > 1.0 => {
                let half = student_quantile(1.0 - ALPHA / 2.0, of - 1.0) * self.variance_of_mean().sqrt();
                Bounds { low: mean - half, high: mean + half }
            }
            Self::Share { .. } => Bounds { low: 0.0, high: 1.0 },
            Self::Mean { mean, .. } => Bounds { low: *mean, high: *mean },
        }
    }
}

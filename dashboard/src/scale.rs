//! The vertical scale of a chart: from zero to a round number, with round ticks between.

/// Steps between zero and the top.
const STEPS_MAX: f64 = 5.0;

/// A scale from zero.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    /// The value at the top.
    pub max: f64,
    /// The values with a grid line, zero first.
    pub ticks: Vec<f64>,
}

/// The smallest step between ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// Counts have no halves.
    Whole,
    /// Ratios may.
    Fraction,
}

impl Scale {
    /// The smallest scale that holds `highest` with at most five steps of 1, 2, 2.5 or 5 times a
    /// power of ten.
    pub fn covering(highest: f64, grain: Grain) -> Self {
        let highest = if highest.is_finite() && highest > 0.0 { highest } else { 4.0 };
        let mut power = 0.01;
        while power * 50.0 < highest {
            power *= 10.0;
        }
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .filter(|step| grain == Grain::Fraction || step.fract() == 0.0)
            .find(|step| step * STEPS_MAX >= highest)
            .unwrap_or(1.0);
        let mut ticks = vec![0.0];
        let mut top = 0.0;
        while top < highest {
            top += step;
            ticks.push(top);
        }
        Self { max: top, ticks }
    }

    /// Where a value lies, 0 at the bottom to 1 at the top.
    pub fn share(&self, value: f64) -> f64 {
        (value / self.max).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round() {
        for (highest, grain, ticks) in [
            (0.0, Grain::Whole, vec![0.0, 1.0, 2.0, 3.0, 4.0]),
            (1.0, Grain::Whole, vec![0.0, 1.0]),
            (3.0, Grain::Whole, vec![0.0, 1.0, 2.0, 3.0]),
            (9.0, Grain::Whole, vec![0.0, 2.0, 4.0, 6.0, 8.0, 10.0]),
            (87.0, Grain::Whole, vec![0.0, 20.0, 40.0, 60.0, 80.0, 100.0]),
            (1234.0, Grain::Whole, vec![0.0, 250.0, 500.0, 750.0, 1000.0, 1250.0]),
            (2.0, Grain::Fraction, vec![0.0, 0.5, 1.0, 1.5, 2.0]),
            (f64::NAN, Grain::Whole, vec![0.0, 1.0, 2.0, 3.0, 4.0]),
        ] {
            let scale = Scale::covering(highest, grain);
            assert_eq!(scale.ticks, ticks, "{highest}");
            assert!(scale.max >= highest || highest.is_nan());
        }
    }
}

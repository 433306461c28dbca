//! The vertical scale of a chart: from zero to a round number, with round ticks between.

/// Steps between zero and the top.
const STEPS_MAX: f64 = 5.0;

/// Seconds of an hour.
const HOUR: f64 = 3600.0;

/// Steps of time up to an hour, seconds.
const OF_TIME: [u16; 13] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

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
    /// Seconds go by clocks.
    Time,
}

impl Scale {
    /// The smallest scale that holds `highest` with at most five steps of 1, 2, 2.5 or 5 times a power of ten: of hours,
    /// where it is hours of time; of less, the steps that clocks have.
    pub fn covering(highest: f64, grain: Grain) -> Self {
        let highest = if highest.is_finite() && highest > 0.0 { highest } else { 4.0 };
        let of_clocks = OF_TIME.into_iter().map(f64::from).find(|step| step * STEPS_MAX >= highest);
        let step = match (grain, of_clocks) {
            (Grain::Time, Some(step)) => step,
            (Grain::Time, None) => HOUR * Self::step(highest / HOUR, Grain::Whole),
            _ => Self::step(highest, grain),
        };
        Self::by(step, highest)
    }

    /// The smallest round step.
    fn step(highest: f64, grain: Grain) -> f64 {
        let mut power = 0.01;
        while power * 50.0 < highest {
            power *= 10.0;
        }
        [1.0, 2.0, 2.5, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .filter(|step| grain == Grain::Fraction || step.fract() == 0.0)
            .find(|step| step * STEPS_MAX >= highest)
            .unwrap_or(1.0)
    }

    fn by(step: f64, highest: f64) -> Self {
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
    use proptest::prelude::*;

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
            (4.0, Grain::Time, vec![0.0, 1.0, 2.0, 3.0, 4.0]),
            (140.0, Grain::Time, vec![0.0, 30.0, 60.0, 90.0, 120.0, 150.0]),
            (3720.0, Grain::Time, vec![0.0, 900.0, 1800.0, 2700.0, 3600.0, 4500.0]),
            (90_000.0, Grain::Time, vec![0.0, 18_000.0, 36_000.0, 54_000.0, 72_000.0, 90_000.0]),
            (2.0, Grain::Fraction, vec![0.0, 0.5, 1.0, 1.5, 2.0]),
            (f64::NAN, Grain::Whole, vec![0.0, 1.0, 2.0, 3.0, 4.0]),
        ] {
            let scale = Scale::covering(highest, grain);
            assert_eq!(scale.ticks, ticks, "{highest}");
            assert!(scale.max >= highest || highest.is_nan());
        }
    }

    /// Whether a step is 1, 2, 2.5 or 5 times a power of ten.
    fn is_round(step: f64) -> bool {
        let mantissa = step / 10f64.powf(step.log10().floor());
        [1.0, 2.0, 2.5, 5.0, 10.0].iter().any(|round| (mantissa - round).abs() < 1e-6)
    }

    proptest! {
        #[test]
        fn every_scale_holds_its_value_by_few_round_steps(mantissa in 1.0..10.0, power in -2..15, whole: bool) {
            let highest: f64 = mantissa * 10f64.powi(power);
            let (highest, grain) = if whole { (highest.ceil(), Grain::Whole) } else { (highest, Grain::Fraction) };
            let Scale { max, ticks } = Scale::covering(highest, grain);
            let step = ticks[1];
            prop_assert!((2..=6).contains(&ticks.len()), "{ticks:?}");
            prop_assert!(ticks[0] == 0.0 && ticks.last() == Some(&max));
            prop_assert!(is_round(step), "{step}");
            prop_assert!(grain == Grain::Fraction || step.fract() == 0.0, "{step}");
            prop_assert!(ticks.windows(2).all(|pair| ((pair[1] - pair[0]) / step - 1.0).abs() < 1e-6), "{ticks:?}");
            // All of it is needed: without the last step the value would not fit.
            prop_assert!(max >= highest && max - step < highest, "{highest} below {max}");
        }

        #[test]
        fn higher_values_stand_higher(highest in 0.01..1e12, one in 0.0..1.0, other in 0.0..1.0) {
            let scale = Scale::covering(highest, Grain::Fraction);
            let (low, high) = if one < other { (one, other) } else { (other, one) };
            let (low, high) = (scale.share(low * highest), scale.share(high * highest));
            prop_assert!((0.0..=1.0).contains(&low) && low <= high && high <= 1.0);
        }
    }
}

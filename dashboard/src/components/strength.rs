//! How strongly a number colours its place: in few steps of one colour, which `later-charts.css` mixes for either theme.

/// Strengths of the colour.
pub const STEPS: u32 = 6;

/// How strongly a value colours its place, where the highest is `most`: from 1 to [`STEPS`], by the square root. By the value
/// itself all but the highest would look empty.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a step between 1 and STEPS"
)]
pub fn step(value: u64, most: u64) -> u32 {
    let share = value as f64 / most.max(1) as f64;
    ((share.sqrt() * f64::from(STEPS)).ceil() as u32).clamp(1, STEPS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_grow_by_the_root() {
        for (value, most, expected) in [
            (0, 0, 1),
            (0, 100, 1),
            (1, 1, STEPS),
            (1, 1_000_000, 1),
            (25, 900, 1),
            (26, 900, 2),
            (100, 900, 2),
            (225, 900, 3),
            (899, 900, STEPS),
            (900, 900, STEPS),
            (u64::MAX, u64::MAX, STEPS),
        ] {
            assert_eq!(step(value, most), expected, "{value} of {most}");
        }
    }

    #[test]
    fn more_never_colours_less() {
        for most in [1, 2, 5, 6, 7, 100, 12_345] {
            let steps: Vec<u32> = (1..=most.min(2_000)).map(|value| step(value, most)).collect();
            assert!(steps.is_sorted(), "{most}");
        }
    }
}

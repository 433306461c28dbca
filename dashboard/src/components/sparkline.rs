//! A line without axes: how something went, at a glance.

use leptos::prelude::*;

use crate::curve;

/// Width and height of the line, in units of its own.
const SIZE: (f64, f64) = (3000.0, 480.0);

/// Room above and below, so that the line is not cut.
const EDGE: f64 = 20.0;

/// The line through values at equal distances, from zero at the bottom to the highest at the top. Its words stand beside it.
#[component]
pub fn Sparkline(
    /// The values, oldest first.
    values: Signal<Vec<u64>>,
) -> impl IntoView {
    view! {
        <svg class="sparkline" viewBox=format!("0 0 {} {}", SIZE.0, SIZE.1) preserveAspectRatio="none" aria-hidden="true">
            <path d=move || values.with(|values| line(values))/>
        </svg>
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
fn line(values: &[u64]) -> String {
    let highest = values.iter().copied().max().unwrap_or(0).max(1);
    let step = SIZE.0 / values.len().saturating_sub(1).max(1) as f64;
    let points = values.iter().enumerate().map(|(at, value)| {
        let share = *value as f64 / highest as f64;
        (at as f64 * step, EDGE + (1.0 - share) * (SIZE.1 - 2.0 * EDGE))
    });
    let points: Vec<(f64, f64)> = points.collect();
    points.first().map(|first| curve::start(*first) + &curve::segments(&points).concat()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_reaches_from_edge_to_edge() {
        for (values, expected) in [
            (vec![], ""),
            (vec![7], "M0 20"),
            (vec![0, 0], "M0 460C1000 460 2000 460 3000 460"),
            (vec![0, 5], "M0 460C1000 313 2000 167 3000 20"),
        ] {
            assert_eq!(line(&values), expected);
        }
    }
}

//! The geometry of the chart, apart from the page: a drawing area of [`SIZE`] × [`SIZE`] units that
//! the page stretches to whatever room there is.

use crate::curve::{self, unit};
use crate::metric::Kpi;
use crate::scale::{Grain, Scale};
use crate::series::{Point, Series};

/// Width and height of the drawing area.
pub const SIZE: f64 = 10_000.0;

/// What the chart draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// The vertical scale.
    pub scale: Scale,
    /// The period's buckets, those to come included.
    pub series: Series,
    /// The previous period's.
    pub previous: Option<Series>,
    /// A value for each bucket that has begun.
    pub values: Vec<f64>,
    /// Whether the last of the values is still counting.
    pub is_running: bool,
    /// The line through the finished buckets.
    pub line: String,
    /// The line on to the bucket that is still counting.
    pub running: String,
    /// The surface below both.
    pub area: String,
    /// The line of the previous period.
    pub previous_line: String,
}

impl Plot {
    /// Draws `series`, as far as it has come at `now_ms`, over `previous`.
    pub fn draw(series: Series, previous: Option<Series>, kpi: Kpi, now_ms: u64) -> Self {
        let slots = series.points.len();
        let value = |point: &Point| kpi.of(point.counts);
        let values: Vec<f64> = series.points.iter().take(series.begun(now_ms)).map(value).collect();
        // While the period changes, the two may be of different kinds for a moment.
        let previous = previous.filter(|previous| previous.interval == series.interval);
        let before: Vec<f64> =
            previous.iter().flat_map(|previous| previous.points.iter().take(slots)).map(value).collect();
        let highest = values.iter().chain(&before).copied().fold(0.0, f64::max);
        let grain = if kpi == Kpi::ViewsPerVisitor { Grain::Fraction } else { Grain::Whole };
        let scale = Scale::covering(highest, grain);

        let place = |values: &[f64]| -> Vec<(f64, f64)> {
            values
                .iter()
                .enumerate()
                .map(|(at, value)| (share_of_width(at, slots) * SIZE, (1.0 - scale.share(*value)) * SIZE))
                .collect()
        };
        let points = place(&values);
        let mut segments = curve::segments(&points);
        let area = area(&points, &segments);
        let is_running = series.is_running(now_ms);
        let last = if is_running { segments.pop() } else { None };
        let running = match (last, points.iter().nth_back(1)) {
            (Some(segment), Some(from)) => curve::start(*from) + &segment,
            _ => String::new(),
        };
        // A line along the bottom says nothing that its absence does not.
        let previous_points = if before.iter().any(|value| *value > 0.0) { place(&before) } else { Vec::new() };
        Self {
            line: joined(&points, &segments),
            running,
            area,
            previous_line: joined(&previous_points, &curve::segments(&previous_points)),
            scale,
            is_running,
            values,
            series,
            previous,
        }
    }

    /// Where a bucket lies, 0 at the left to 1 at the right.
    pub fn share_of_width(&self, slot: usize) -> f64 {
        share_of_width(slot, self.series.points.len())
    }

    /// The bucket that has begun nearest to a place, 0 at the left to 1 at the right.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "slots are few"
    )]
    pub fn slot_at(&self, share: f64) -> Option<usize> {
        let last = self.values.len().checked_sub(1)?;
        let slot = (share * self.series.points.len().saturating_sub(1) as f64).round().max(0.0) as usize;
        Some(slot.min(last))
    }
}

#[expect(clippy::cast_precision_loss, reason = "slots are few")]
fn share_of_width(slot: usize, slots: usize) -> f64 {
    if slots < 2 { 0.5 } else { slot as f64 / (slots - 1) as f64 }
}

fn joined(points: &[(f64, f64)], segments: &[String]) -> String {
    points.first().map(|first| curve::start(*first) + &segments.concat()).unwrap_or_default()
}

fn area(points: &[(f64, f64)], segments: &[String]) -> String {
    match (points.first(), points.last()) {
        (Some(first), Some(last)) if !segments.is_empty() => {
            let line = joined(points, segments);
            let bottom = unit(SIZE);
            format!("{line}L{} {bottom}L{} {bottom}Z", unit(last.0), unit(first.0))
        }
        _ => String::new(),
    }
}

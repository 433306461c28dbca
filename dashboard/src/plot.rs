//! The geometry of the chart, apart from the page: a drawing area of [`SIZE`] × [`SIZE`] units that
//! the page stretches to whatever room there is.

use crate::curve::{self, unit};
use crate::day::bucket_end_ms;
use crate::metric::{Kpi, Unit};
use crate::scale::{Grain, Scale};
use crate::series::Series;

/// Width and height of the drawing area.
pub const SIZE: f64 = 10_000.0;

/// What the chart draws.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// The vertical scale.
    pub scale: Scale,
    /// The period's buckets, those to come included, and those they are compared with.
    pub series: Series,
    /// The figure.
    pub kpi: Kpi,
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
    /// The line of what they are compared with.
    pub previous_line: String,
}

impl Plot {
    /// Draws `series`, as far as it has come at `now_ms`.
    pub fn draw(series: Series, kpi: Kpi, now_ms: u64) -> Self {
        let slots = series.points.len();
        let begun = series.points.iter().take(series.begun(now_ms));
        let values: Vec<f64> = begun.map(|point| series.value(point, kpi)).collect();
        let before: Vec<(usize, f64)> =
            (0..slots).filter_map(|at| Some((at, series.value(series.before(at)?, kpi)))).collect();
        let highest = values.iter().copied().chain(before.iter().map(|(_, value)| *value)).fold(0.0, f64::max);
        let grain = match kpi.unit() {
            Unit::Count => Grain::Whole,
            Unit::Seconds => Grain::Time,
            _ => Grain::Fraction,
        };
        let scale = Scale::covering(highest, grain);

        let place = |at: usize, value: f64| (share_of_width(at, slots) * SIZE, (1.0 - scale.share(value)) * SIZE);
        let points: Vec<_> = values.iter().enumerate().map(|(at, value)| place(at, *value)).collect();
        let mut segments = curve::segments(&points);
        let area = area(&points, &segments);
        let is_running = series.is_running(now_ms);
        let last = if is_running { segments.pop() } else { None };
        let running = match (last, points.iter().nth_back(1)) {
            (Some(segment), Some(from)) => curve::start(*from) + &segment,
            _ => String::new(),
        };
        // A line along the bottom says nothing that its absence does not.
        let has_before = before.iter().any(|(_, value)| *value > 0.0);
        let previous: Vec<_> = before.into_iter().filter(|_| has_before).map(|(at, value)| place(at, value)).collect();
        Self {
            line: joined(&points, &segments),
            running,
            area,
            previous_line: joined(&previous, &curve::segments(&previous)),
            scale,
            kpi,
            is_running,
            values,
            series,
        }
    }

    /// When a bucket begins, and when the one behind it does, milliseconds.
    pub fn span(&self, slot: usize) -> Option<(u64, u64)> {
        let start_ms = self.series.points.get(slot)?.start_ms;
        Some((start_ms, bucket_end_ms(start_ms, self.series.interval)))
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

//! Which buckets are bad.
//!
//! | condition | bad where |
//! |---|---|
//! | above, below | the value is |
//! | change | it changed by at least so many percent, in that direction |
//! | spike, drop | it is *z* standard deviations from what is expected, and at least so many percent |
//! | conversion drop | the same of the number of visits that reached the goal |
//! | no data | nothing came for as long as [`EXPECTED_OF_SILENCE`] are expected in, at the site's dispersion |

use wire::alert::{Against, AlertDefinition, Condition, Interval, Judged, Sensitivity};

use super::reading::{Kind, Point, silence_from, weeks_before};
use super::usual::{BASE_MIN, Usual, usual};
use crate::zone::Zone;

/// How much is expected of a silence that is no chance: nothing comes of 14 that are expected once in 1.2 million times.
pub const EXPECTED_OF_SILENCE: f64 = 14.0;

/// Consecutive buckets, the oldest first. There may be gaps between them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    points: Vec<Point>,
    /// Position of the first that is not empty: what lies before was not measured, and tells nothing of what is usual.
    first: usize,
}

impl Series {
    /// Of points in any order, the last of those of one start.
    pub fn new(mut points: Vec<Point>) -> Self {
        points.sort_by_key(|point| point.start_ms);
        points.dedup_by(|later, earlier| {
            let is_same = later.start_ms == earlier.start_ms;
            if is_same {
                *earlier = *later;
            }
            is_same
        });
        let is_empty = |point: &Point| point.value == 0.0 && point.base == 0.0;
        let first = points.iter().position(|point| !is_empty(point)).unwrap_or(points.len());
        Self { points, first }
    }

    /// Puts together what two questions told of the same buckets: the visits, and those of them that reached the goal.
    pub fn joined(all: Vec<Point>, reached: &[Point]) -> Self {
        let mut reached: Vec<&Point> = reached.iter().collect();
        reached.sort_by_key(|point| point.start_ms);
        let value = |start_ms| {
            let at = reached.binary_search_by_key(&start_ms, |point| point.start_ms).ok()?;
            reached.get(at).map(|point| point.value)
        };
        let joined = |point: Point| Point { value: value(point.start_ms).unwrap_or_default(), ..point };
        Self::new(all.into_iter().map(joined).collect())
    }

    /// The position of the bucket that begins at an instant, if it was measured.
    pub fn find(&self, start_ms: u64) -> Option<usize> {
        let at = self.points.binary_search_by_key(&start_ms, |point| point.start_ms).ok()?;
        (at >= self.first).then_some(at)
    }

    /// The bucket at a position.
    pub fn get(&self, at: usize) -> Option<&Point> {
        self.points.get(at)
    }

    /// The positions of those that begin at an instant or later.
    pub fn since(&self, from_ms: u64) -> std::ops::Range<usize> {
        self.points.partition_point(|point| point.start_ms < from_ms)..self.points.len()
    }
}

/// How far a bucket must be from what is expected.
struct Distance {
    /// In standard deviations.
    deviations: f64,
    /// At least so many times as much.
    times: f64,
    /// At most this share.
    share: f64,
}

impl Distance {
    fn of(sensitivity: Sensitivity, interval: Interval) -> Self {
        let (deviations, times, share) = match sensitivity {
            Sensitivity::Low => (6.0, 3.0, 0.3),
            Sensitivity::Medium => (4.5, 2.0, 0.5),
            Sensitivity::High => (3.5, 1.5, 0.7),
        };
        // A day is looked at once where an hour is 24 times, a minute 1440 times: as seldom a false alarm with less.
        let deviations = match interval {
            Interval::Minute => deviations + 1.0,
            Interval::Hour => deviations,
            Interval::Day => deviations - 0.5,
        };
        Self { deviations, times, share }
    }
}

/// Looks at the bucket at a position of a series; none where there is none.
pub fn judge(definition: &AlertDefinition, series: &Series, zone: &Zone, at: usize) -> Option<Judged> {
    let point = series.get(at)?;
    let kind = Kind::of(definition);
    let usual = usual(kind, definition.interval, series, zone, point);
    let has_value = kind == Kind::Count || point.base >= if kind == Kind::Mean { BASE_MIN } else { 1.0 };
    // A share is shown as such, and looked at as a number of visits.
    let shown = |number: f64| match kind {
        Kind::Share if point.base > 0.0 => (100.0 * number / point.base).clamp(0.0, 100.0),
        _ => number,
    };
    let (low, high) = bounds(definition, usual.as_ref(), reference(definition, series, zone, at));
    let is_beyond = || {
        let (is_under, is_over) = (low.map(|low| point.value < low), high.map(|high| point.value > high));
        is_under.into_iter().chain(is_over).reduce(|one, other| one || other)
    };
    let is_bad = match definition.condition {
        Condition::NoData => silence(series, definition, zone, at),
        _ if !has_value => None,
        _ => is_beyond(),
    };
    Some(Judged {
        start_ms: point.start_ms,
        end_ms: point.end_ms,
        value: has_value.then(|| shown(point.value)),
        expected: usual.filter(|_| has_value).map(|usual| shown(usual.expected)),
        low: low.filter(|_| has_value).map(shown),
        high: high.filter(|_| has_value).map(shown),
        is_bad,
    })
}

/// Below what a value is bad, and above what; none where there is no telling.
fn bounds(definition: &AlertDefinition, usual: Option<&Usual>, then: Option<f64>) -> (Option<f64>, Option<f64>) {
    let distance = Distance::of(definition.sensitivity, definition.interval);
    let lowest = |usual: &Usual| usual.below(distance.deviations).min(usual.expected * distance.share).max(0.0);
    let highest = |usual: &Usual| usual.above(distance.deviations).max(usual.expected * distance.times);
    match &definition.condition {
        Condition::Above { value } => (None, Some(*value)),
        Condition::Below { value } => (Some(*value), None),
        Condition::Spike => (None, usual.map(highest)),
        Condition::Drop | Condition::ConversionDrop { .. } => (usual.map(lowest), None),
        Condition::NoData => (None, None),
        Condition::Change { percent, against, least } => {
            let then = if *against == Against::Usual { usual.map(|usual| usual.expected) } else { then };
            let Some(then) = then.filter(|then| then.abs() >= *least && *then != 0.0) else { return (None, None) };
            // A bound is what is still good: the smallest number beyond is bad.
            let bound = then * (1.0 + percent / 100.0);
            if *percent < 0.0 { (Some(bound.next_up()), None) } else { (None, Some(bound.next_down())) }
        }
    }
}

/// What a change is measured against, where that is one bucket.
fn reference(definition: &AlertDefinition, series: &Series, zone: &Zone, at: usize) -> Option<f64> {
    let Condition::Change { against, .. } = definition.condition else { return None };
    let point = series.get(at)?;
    let then = match against {
        Against::Previous => series.get(at.checked_sub(1)?).filter(|before| before.end_ms == point.start_ms),
        Against::Week => series.get(series.find(weeks_before(zone, point.start_ms, 1)?)?),
        Against::Usual => None,
    };
    let is_told = |then: &&Point| Kind::of(definition) == Kind::Count || then.base >= BASE_MIN;
    then.filter(is_told).map(|then| then.value)
}

/// Whether nothing came for so long that it is no chance. None where nothing is known of what is usual.
fn silence(series: &Series, definition: &AlertDefinition, zone: &Zone, at: usize) -> Option<bool> {
    let last = series.get(at)?;
    if last.value > 0.0 {
        return Some(false);
    }
    let (mut expected, mut next_ms) = (0.0, last.end_ms);
    let mut is_known = false;
    for point in (0..=at).rev().map_while(|at| series.get(at)) {
        let is_silent = point.value <= 0.0 && point.end_ms == next_ms && point.start_ms >= silence_from(last.end_ms);
        if !is_silent && is_known {
            break;
        }
        let Some(usual) = usual(Kind::Count, definition.interval, series, zone, point) else { break };
        is_known = true;
        expected += usual.expected / usual.dispersion;
        if expected >= EXPECTED_OF_SILENCE {
            return Some(true);
        }
        next_ms = point.start_ms;
    }
    is_known.then_some(false)
}

//! What is expected of a bucket, and how far it may be from that by chance.
//!
//! Expected is the median of what was measured at the same moment of the weeks before, by the site's clock: one holiday,
//! spike or outage among them does not move it. Chance is what counting alone makes (a count of *m* wanders by √*m*, a
//! share of *n* visits by √(*n p* (1 − *p*)), a mean by 1/√*n*), times how much more this site wanders than that: the
//! median absolute deviation of what was measured around that moment from what was expected there, where that was about as much, in units of that chance,
//! over 0.6745 (its value for a normal distribution). See Rousseeuw & Croux, *Alternatives to the Median Absolute
//! Deviation*, JASA 88 (1993).

use wire::alert::Interval;

use super::Series;
use super::reading::{Kind, Point, around, weeks, weeks_before};
use crate::zone::Zone;

/// Weeks that must have been measured before anything is expected.
pub const WEEKS_MIN: usize = 3;

/// Visits or events that a mean must be taken of to say anything.
pub const BASE_MIN: f64 = 10.0;

/// Median absolute deviation of a normal distribution, in standard deviations.
const MAD_OF_NORMAL: f64 = 0.6745;

/// Variance of a median of *n*, in variances of a mean of *n*, where *n* is large: π / 2.
const MEDIAN_PENALTY: f64 = std::f64::consts::FRAC_PI_2;

/// Standard deviation of counts that nobody is alarmed by, however regular the weeks before were.
const COUNT_FLOOR: f64 = 2.0;
const SHARE_FLOOR: f64 = 1.0;

/// The same of means, as a share of what is expected.
const MEAN_FLOOR: f64 = 0.02;

/// Nothing is thought to be more than *e* to this, some 20 000 times, what is expected.
const NATURE_MAX: f64 = 10.0;

/// Shares of less than this are not told apart.
const SHARE_MIN: f64 = 1e-4;

/// What is usual of a bucket.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usual {
    /// Expected; of a share how many visits are expected to reach the goal.
    pub expected: f64,
    /// How far counting alone takes it from that: a standard deviation. Of a mean, all that does.
    pub by_counting: f64,
    /// How far the site wanders beyond that: a standard deviation, as a share of what is expected.
    pub by_nature: f64,
    /// How much more the site wanders than counting alone: variance over variance, at least 1 for counts and shares.
    pub dispersion: f64,
}

/// What is usual of a bucket by the buckets of the weeks before; none where there are too few.
pub fn usual(kind: Kind, interval: Interval, series: &Series, zone: &Zone, point: &Point) -> Option<Usual> {
    let found = |week| weeks_before(zone, point.start_ms, week).and_then(|at_ms| series.find(at_ms));
    // A part of an hour, where the clock was changed within it, tells nothing of a whole one.
    let is_alike =
        |at: &usize| interval == Interval::Day || series.get(*at).is_some_and(|one| length(one) == length(point));
    let weeks: Vec<usize> = (1..=weeks(interval)).filter_map(found).filter(is_alike).collect();
    if weeks.len() < WEEKS_MIN {
        return None;
    }
    let beside = |at: usize, by: isize| at.checked_add_signed(by).and_then(|at| series.get(at));
    let sides = isize::try_from(around(interval)).unwrap_or_default();
    let is_near = interval == Interval::Minute;
    // Of minutes, those around tell what is usual too.
    let samples: Vec<&Point> = match is_near {
        true => weeks.iter().flat_map(|at| (-sides..=sides).filter_map(|by| beside(*at, by))).collect(),
        false => weeks.iter().filter_map(|at| series.get(*at)).collect(),
    };
    let level = level(kind, &samples)?;
    let mut wanders = Vec::new();
    match is_near {
        true => wander(kind, &samples, &mut wanders),
        false => {
            for by in -sides..=sides {
                let slot: Vec<&Point> = weeks.iter().filter_map(|at| beside(*at, by)).collect();
                wander(kind, &slot, &mut wanders);
            }
        }
    }
    let expected = match kind {
        Kind::Share => level * point.base,
        _ => level,
    };
    let own_variance = variance(kind, level, point.base);
    // What wanders like weather does so the more, the more there is: compared with what is about as much.
    let is_alike =
        |one: &&Wander| kind == Kind::Mean || (own_variance..=4.0 * own_variance).contains(&(2.0 * one.chance));
    let mut alike: Vec<f64> = wanders.iter().filter(is_alike).map(|one| one.by).collect();
    let wanders_by = median(&mut alike).unwrap_or_default() / MAD_OF_NORMAL;
    let least = if kind == Kind::Mean { 0.0 } else { 1.0 };
    let dispersion = (wanders_by * wanders_by).max(least);
    let floor = match kind {
        Kind::Count => COUNT_FLOOR,
        Kind::Share => SHARE_FLOOR,
        Kind::Mean => MEAN_FLOOR * expected.abs(),
    };
    let both = own_variance * (1.0 + MEDIAN_PENALTY / samples.len() as f64);
    if kind == Kind::Mean {
        let by_counting = (dispersion * both + floor * floor).sqrt();
        return Some(Usual { expected, by_counting, by_nature: 0.0, dispersion });
    }
    let by_nature = if expected > 0.0 { ((dispersion - 1.0) * both).sqrt() / expected } else { 0.0 };
    Some(Usual { expected, by_counting: (both + floor * floor).sqrt(), by_nature, dispersion })
}

fn length(point: &Point) -> u64 {
    point.end_ms.saturating_sub(point.start_ms)
}

impl Usual {
    /// So many standard deviations above what is expected. What a site does by nature multiplies: it is as often twice as
    /// much as half as much.
    pub fn above(&self, deviations: f64) -> f64 {
        let by_nature = self.expected * ((deviations * self.by_nature).min(NATURE_MAX).exp() - 1.0);
        self.expected + by_nature.hypot(deviations * self.by_counting)
    }

    /// So many standard deviations below it.
    pub fn below(&self, deviations: f64) -> f64 {
        let by_nature = self.expected * (1.0 - (-deviations * self.by_nature).exp());
        self.expected - by_nature.hypot(deviations * self.by_counting)
    }
}

/// The usual level: of a share the share, else the number.
fn level(kind: Kind, samples: &[&Point]) -> Option<f64> {
    match kind {
        Kind::Count => median(&mut samples.iter().map(|point| point.value).collect::<Vec<_>>()),
        Kind::Mean => {
            let mut told: Vec<f64> =
                samples.iter().filter(|point| point.base >= BASE_MIN).map(|point| point.value).collect();
            if told.len() < WEEKS_MIN { None } else { median(&mut told) }
        }
        Kind::Share => {
            // Few conversions make coarse shares: those of all weeks together, but for the highest and the lowest.
            let mut told: Vec<&Point> = samples.iter().filter(|point| point.base > 0.0).copied().collect();
            if told.len() < WEEKS_MIN {
                return None;
            }
            told.sort_unstable_by(|a, b| (a.value * b.base).total_cmp(&(b.value * a.base)));
            let trim = usize::from(told.len() >= 5);
            let kept = told.get(trim..told.len() - trim)?;
            let (reached, of) = kept.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.value, sum.1 + one.base));
            Some(reached / of)
        }
    }
}

/// How far by chance alone: a variance, but for what a mean is a mean of.
fn variance(kind: Kind, level: f64, base: f64) -> f64 {
    match kind {
        Kind::Count => level.max(0.0),
        Kind::Mean => 1.0 / base.max(1.0),
        Kind::Share => base * level.max(SHARE_MIN) * (1.0 - level).max(SHARE_MIN),
    }
}

/// How far a bucket was from what is usual then.
struct Wander {
    /// In units of chance alone.
    by: f64,
    /// The variance of chance alone.
    chance: f64,
}

/// Adds how far the buckets of some moment wandered from what is usual then, in units of chance alone.
fn wander(kind: Kind, samples: &[&Point], wanders: &mut Vec<Wander>) {
    let Some(level) = level(kind, samples).filter(|_| samples.len() >= WEEKS_MIN) else { return };
    let few = of_few(samples.len());
    for point in samples.iter().filter(|point| kind == Kind::Count || point.base >= 1.0) {
        let expected = if kind == Kind::Share { level * point.base } else { level };
        let chance = variance(kind, level, point.base);
        if chance > 0.0 {
            wanders.push(Wander { by: (point.value - expected).abs() / chance.sqrt() * few, chance });
        }
    }
}

/// By how much more the median absolute deviation of many is than that of a few from their own median: Croux & Rousseeuw,
/// *Time-Efficient Algorithms for Two Highly Robust Estimators of Scale*, COMPSTAT 1992.
fn of_few(samples: usize) -> f64 {
    match samples {
        0..=3 => 1.495,
        4 => 1.363,
        5 => 1.206,
        6 => 1.200,
        7 => 1.140,
        8 => 1.129,
        9 => 1.107,
        many => many as f64 / (many as f64 - 0.8),
    }
}

/// The one in the middle; the mean of the two there are in the middle of an even number. None of nothing.
pub fn median(numbers: &mut [f64]) -> Option<f64> {
    let half = numbers.len() / 2;
    if numbers.is_empty() {
        return None;
    }
    let is_even = numbers.len().is_multiple_of(2);
    let (below, middle, _) = numbers.select_nth_unstable_by(half, f64::total_cmp);
    let middle = *middle;
    let before = below.iter().copied().reduce(f64::max);
    Some(before.filter(|_| is_even).map_or(middle, |before| f64::midpoint(before, middle)))
}

//! Made-up sites: weeks that breathe by hour and weekday, counted by chance from a seed.

use jiff::civil::date;
use wire::alert::Interval;

use super::super::reading::bucket_end;
use super::super::{Point, Series};
use crate::zone::Zone;

/// Chance from a seed: splitmix64.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    /// Evenly from 0 to 1.
    pub fn even(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Around 0, of variance 1.
    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.even().max(1e-300).ln()).sqrt() * (std::f64::consts::TAU * self.even()).cos()
    }

    /// A count of this mean.
    pub fn count(&mut self, mean: f64) -> f64 {
        if mean > 60.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0);
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.even(), 0.0);
        while product > limit {
            product *= self.even();
            count += 1.0;
        }
        count
    }
}

/// A site, and how far it wanders beyond chance: the standard deviation of what an hour is multiplied by.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    pub by_day: f64,
    pub wanders: f64,
    /// How many events come at once.
    pub clump: f64,
    pub zone: &'static str,
}

impl Site {
    pub fn of(by_day: f64) -> Self {
        Self { by_day, wanders: 0.1, clump: 1.0, zone: "America/New_York" }
    }

    pub fn zone(&self) -> Zone {
        Zone::named(self.zone).unwrap_or_default()
    }

    /// So many days of buckets from the first of July 2026 on, across the end of summer time.
    pub fn days(&self, seed: u64, interval: Interval, days: u32) -> Vec<Point> {
        let zone = self.zone();
        let mut chance = Chance::new(seed);
        let first = date(2026, 7, 1);
        let end = first.checked_add(jiff::Span::new().days(i64::from(days))).unwrap_or(first);
        let (mut at_ms, end_ms) = (zone.day_start(first).unwrap_or_default(), zone.day_start(end).unwrap_or_default());
        let mut points = Vec::new();
        while at_ms < end_ms {
            let to_ms = bucket_end(interval, &zone, at_ms);
            let wanders = (self.wanders * chance.normal()).exp();
            let mean = self.mean(&zone, interval, at_ms, to_ms) * wanders;
            let value = (0..1).map(|_| self.clump * chance.count(mean / self.clump)).sum();
            points.push(Point { start_ms: at_ms, end_ms: to_ms, value, base: 0.0 });
            at_ms = to_ms;
        }
        points
    }

    fn mean(&self, zone: &Zone, interval: Interval, at_ms: u64, to_ms: u64) -> f64 {
        let local = zone.local(at_ms);
        let weekday = f64::from(local.date().weekday().to_monday_zero_offset());
        let week = if weekday < 5.0 { 1.15 } else { 0.6 };
        let hour = f64::from(local.hour());
        let clock = 1.0 + 0.9 * ((hour - 14.0) / 24.0 * std::f64::consts::TAU).cos();
        match interval {
            Interval::Day => self.by_day * week,
            _ => self.by_day * week * clock / 24.0 * (to_ms - at_ms) as f64 / 3_600_000.0,
        }
    }
}

/// The position of a bucket of a day after the first, by its hour.
pub fn position(points: &[Point], zone: &Zone, day: i64, hour: i8) -> usize {
    let first = zone.date_of(points[0].start_ms);
    let date = first.checked_add(jiff::Span::new().days(day)).unwrap_or(first);
    let at_ms = zone.first_instant(date.at(hour, 0, 0, 0)).unwrap_or_default();
    points.iter().position(|point| point.start_ms == at_ms).unwrap_or_default()
}

pub fn series(points: &[Point]) -> Series {
    Series::new(points.to_vec())
}

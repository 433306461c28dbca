//! Clocks that are not whole hours ahead of UTC, and some that are put forward by half an hour.

use wire::alert::Interval;
use wire::query::Dimension;

use super::super::reading::{bucket_end, bucket_start, weeks, weeks_before};
use super::super::usual::usual;
use super::super::{Point, Series, reading::Kind};
use crate::query::{Buckets, Period, Pieces};
use crate::rollup::Horizon;
use crate::window::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::zone::Zone;

/// Half hours, quarters, half hours with summer time of an hour and of half an hour, and whole hours to compare with.
const ZONES: [&str; 7] = [
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Adelaide",
    "Pacific/Chatham",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Europe/Berlin",
];

/// The first of January and of July 2026.
const JANUARY_MS: u64 = 1_767_225_600_000;
const JULY_MS: u64 = JANUARY_MS + 181 * DAY_MS;

fn hours(zone: &Zone, start_ms: u64, end_ms: u64) -> Buckets {
    Buckets::covering(Dimension::Hour, zone, Period { start_ms, end_ms }).unwrap_or_else(|e| panic!("{e}"))
}

/// The hours of half a year, as answers have them, of as many visits as they have minutes.
fn measured(zone: &Zone, start_ms: u64) -> Vec<Point> {
    let end_ms = start_ms + 180 * DAY_MS;
    let starts = hours(zone, start_ms, end_ms).starts;
    let point = |(at, start_ms): (usize, &u64)| {
        let until_ms = starts.get(at + 1).copied().unwrap_or(end_ms);
        Point { start_ms: *start_ms, end_ms: until_ms, value: ((until_ms - start_ms) / MINUTE_MS) as f64, base: 0.0 }
    };
    starts.iter().enumerate().map(point).collect()
}

#[test]
fn hours_are_those_of_answers_where_clocks_are_changed() {
    for name in ZONES {
        let zone = Zone::named(name).unwrap_or_default();
        for half in [JANUARY_MS, JULY_MS] {
            let points = measured(&zone, half);
            // All but the last, which is cut by the range.
            for point in points.iter().take(points.len() - 1) {
                let told = format!("{name}: {} to {}", zone.text(point.start_ms), zone.text(point.end_ms));
                assert_eq!(bucket_end(Interval::Hour, &zone, point.start_ms), point.end_ms, "{told}");
                for at_ms in [point.start_ms, point.start_ms + MINUTE_MS, point.end_ms - 1] {
                    assert_eq!(bucket_start(Interval::Hour, &zone, at_ms), point.start_ms, "{told}");
                }
            }
        }
    }
}

#[test]
fn each_hour_has_the_same_one_of_six_weeks_before() {
    for name in ZONES {
        let zone = Zone::named(name).unwrap_or_default();
        for half in [JANUARY_MS, JULY_MS] {
            let points = measured(&zone, half);
            let series = Series::new(points.clone());
            let (from_ms, until_ms) = (half + 50 * DAY_MS, half + 179 * DAY_MS);
            let mut parts = Vec::new();
            for point in points.iter().filter(|point| (from_ms..until_ms).contains(&point.start_ms)) {
                let told = format!("{name}: {}", zone.text(point.start_ms));
                let usual = usual(Kind::Count, Interval::Hour, &series, &zone, point);
                // Where the clock is changed within an hour: nothing like its parts was before.
                if point.end_ms - point.start_ms < HOUR_MS {
                    assert_eq!(usual, None, "{told}");
                    parts.push(zone.text(point.start_ms));
                    continue;
                }
                let found = (1..=weeks(Interval::Hour))
                    .filter_map(|week| series.find(weeks_before(&zone, point.start_ms, week)?));
                assert_eq!(found.count(), 6, "{told}");
                assert_eq!(usual.map(|usual| usual.expected), Some(60.0), "{told}");
            }
            let expected: &[&str] = match (name, half) {
                ("Australia/Lord_Howe", JANUARY_MS) => &["2026-04-05T01:30:00+10:30"],
                ("Australia/Lord_Howe", _) => &["2026-10-04T02:30:00+11:00"],
                ("Pacific/Chatham", JANUARY_MS) => &["2026-04-05T03:00:00+13:45", "2026-04-05T02:45:00+12:45"],
                ("Pacific/Chatham", _) => &["2026-09-27T02:00:00+12:45", "2026-09-27T03:45:00+13:45"],
                _ => &[],
            };
            assert_eq!(parts, expected, "{name}");
        }
    }
}

/// Minutes are kept for 35 days, so the sixth week is told by the whole hours of UTC: half an hour beside the clock's, and
/// under their names.
#[test]
fn hours_that_are_told_by_others_keep_their_names() {
    for name in ZONES {
        let zone = Zone::named(name).unwrap_or_default();
        let now_ms = JULY_MS + 100 * DAY_MS + 10 * HOUR_MS;
        let period = Period { start_ms: bucket_start(Interval::Hour, &zone, now_ms - 44 * DAY_MS), end_ms: now_ms };
        let asked = hours(&zone, period.start_ms, period.end_ms);
        let horizon = Horizon::at(now_ms, 731);
        let pieces = Pieces::of(period, Some(&asked), &horizon).unwrap_or_else(|e| panic!("{e}"));
        let told = pieces.buckets.unwrap_or_else(|| panic!("{name}: no buckets"));
        assert_eq!(told.labels, asked.labels, "{name}");
        for (told_ms, asked_ms) in told.starts.iter().zip(&asked.starts) {
            assert!(told_ms.abs_diff(*asked_ms) <= HOUR_MS / 2, "{name}: {}", zone.text(*asked_ms));
            assert!(*asked_ms < horizon.minute_from_ms || told_ms == asked_ms, "{name}: {}", zone.text(*asked_ms));
        }
    }
}

//! Spans and buckets of time, in every zone.

use jiff::tz::TimeZoneDatabase;
use proptest::prelude::*;
use serde_json::json;
use wire::query::Dimension;

use super::*;
use crate::window::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::zone::Zone;

const OF_TIME: [Dimension; 9] = [
    Dimension::Minute,
    Dimension::Hour,
    Dimension::Date,
    Dimension::Week,
    Dimension::Month,
    Dimension::Year,
    Dimension::HourOfDay,
    Dimension::Weekday,
    Dimension::HourOfWeek,
];

fn zone(name: &str) -> Zone {
    Zone::named(name).unwrap_or_else(|| panic!("{name}"))
}

/// What the calendar calls the bucket of an instant.
fn name(dimension: Dimension, zone: &Zone, at_ms: u64) -> String {
    let local = zone.local(at_ms);
    let date = local.date();
    let weekday = date.weekday().to_monday_one_offset();
    match dimension {
        Dimension::Minute => format!("{date} {:02}:{:02} {}", local.hour(), local.minute(), zone.offset_s(at_ms)),
        Dimension::Hour => format!("{date} {:02} {}", local.hour(), zone.offset_s(at_ms)),
        Dimension::Week => {
            let days = i64::from(date.weekday().to_monday_zero_offset());
            date.checked_sub(jiff::Span::new().days(days)).unwrap_or(date).to_string()
        }
        Dimension::Month => date.first_of_month().to_string(),
        Dimension::Year => date.first_of_year().to_string(),
        Dimension::HourOfDay => format!("{:02}", local.hour()),
        Dimension::Weekday => weekday.to_string(),
        Dimension::HourOfWeek => format!("{weekday}T{:02}", local.hour()),
        _ => date.to_string(),
    }
}

/// The buckets leave no gap, do not overlap, begin no later than the period, and each is what the calendar calls it.
fn check(dimension: Dimension, zone: &Zone, period: Period, probes: impl Iterator<Item = u64>) {
    let about = format!("{dimension} {} {}", zone.name(), zone.text(period.start_ms));
    let buckets = Buckets::covering(dimension, zone, period).unwrap_or_else(|e| panic!("{about}: {e}"));
    assert!(buckets.starts.is_sorted_by(|a, b| a < b), "{about}: ascending");
    assert!(buckets.starts.first().is_some_and(|first| *first <= period.start_ms), "{about}: covers the start");
    assert!(buckets.starts.get(1).is_none_or(|second| *second > period.start_ms), "{about}: not more than that");
    assert!(buckets.starts.last().is_some_and(|last| *last < period.end_ms), "{about}: ends with the period");
    match dimension.is_cyclic() {
        true => assert_eq!(buckets.cycle.len(), buckets.starts.len(), "{about}"),
        false => assert!(buckets.cycle.is_empty() && buckets.labels.len() == buckets.starts.len(), "{about}"),
    }
    for at_ms in probes {
        let at = buckets.of(at_ms);
        let label = buckets.labels.get(at).map(String::as_str).unwrap_or_default();
        let expect = name(dimension, zone, at_ms);
        if matches!(dimension, Dimension::Minute | Dimension::Hour) {
            let start = buckets.starts.get(at).copied().unwrap_or_default();
            assert_eq!(name(dimension, zone, start), expect, "{about}: the bucket of {}", zone.text(at_ms));
            assert_eq!(label, zone.text(start), "{about}");
        } else {
            assert_eq!(label, expect, "{about}: the bucket of {}", zone.text(at_ms));
        }
    }
}

#[test]
fn buckets_follow_the_calendar_in_every_zone_through_every_change() {
    let from_ms = 1_704_067_200_000; // 2024-01-01T00:00:00Z
    let until_ms = from_ms + 2 * 366 * DAY_MS;
    let mut changes = 0;
    for name in TimeZoneDatabase::bundled().available() {
        let zone = zone(name.as_str());
        let mut change = zone.next_change(from_ms);
        while let Some(at_ms) = change.filter(|at_ms| *at_ms < until_ms) {
            changes += 1;
            for dimension in OF_TIME {
                // Around it, not beginning with a bucket.
                let hours = if dimension == Dimension::Minute { 2 } else { 26 };
                let start_ms = at_ms - at_ms % MINUTE_MS - hours * HOUR_MS - 17 * MINUTE_MS;
                let period = Period { start_ms, end_ms: start_ms + 2 * hours * HOUR_MS };
                let probes = (period.start_ms..period.end_ms).step_by((hours * 97_000) as usize);
                check(dimension, &zone, period, probes.chain([at_ms - 1, at_ms]));
            }
            change = zone.next_change(at_ms);
        }
    }
    assert!(changes > 600, "{changes} changes of {} zones", TimeZoneDatabase::bundled().available().count());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn any_period_is_covered(zone_at in 0usize..600, start in 0u64..25_000_000, days in 1u64..800, of in 1usize..9) {
        let zones = TimeZoneDatabase::bundled();
        let names: Vec<_> = zones.available().collect();
        let zone = zone(names[zone_at % names.len()].as_str());
        let start_ms = 1_420_070_400_000 + start * MINUTE_MS / 5;
        let dimension = OF_TIME[of];
        let days = if dimension == Dimension::Hour { days % 400 + 1 } else { days };
        let start_ms = start_ms - start_ms % MINUTE_MS;
        let period = Period { start_ms, end_ms: start_ms + days * DAY_MS + start % 1440 * MINUTE_MS };
        let probes = (period.start_ms..period.end_ms).step_by(13 * HOUR_MS as usize);
        check(dimension, &zone, period, probes);
        // And the windows read are a partition of it that no bucket cuts.
        let buckets = Buckets::covering(dimension, &zone, period).unwrap_or_else(|e| panic!("{e}"));
        let pieces = Pieces::of(period, Some(&buckets), &counted().horizon).unwrap_or_else(|e| panic!("{e}"));
        let mut at_ms = period.start_ms;
        for piece in &pieces.pieces {
            prop_assert_eq!(piece.start_ms, at_ms);
            let length_ms = piece.granularity.length_ms();
            prop_assert!(piece.start_ms.is_multiple_of(length_ms) && piece.end_ms.is_multiple_of(length_ms));
            let cut = buckets.starts.iter().find(|s| piece.start_ms < **s && **s < piece.end_ms && !s.is_multiple_of(length_ms));
            prop_assert_eq!(cut, None);
            at_ms = piece.end_ms;
        }
        prop_assert_eq!(at_ms, period.end_ms);
    }
}

#[test]
fn days_hours_and_months_are_the_zones() {
    fn labels(json: serde_json::Value) -> Vec<String> {
        planned(json).now.rows.question.buckets.map(|buckets| buckets.labels).unwrap_or_default()
    }
    let hours = |zone: &str, date: &str| {
        labels(json!({"date_range": {"start": date, "end": date}, "time_zone": zone, "dimensions": ["hour"]}))
    };
    assert_eq!(hours("Europe/Berlin", "2026-03-29").len(), 23);
    let autumn = hours("Europe/Berlin", "2026-10-25");
    assert_eq!(autumn.len(), 25);
    assert_eq!(
        autumn.get(2..4),
        Some(&["2026-10-25T02:00:00+02:00".to_owned(), "2026-10-25T02:00:00+01:00".to_owned()][..])
    );
    // Half an hour is put back: the half hour that comes twice is a bucket of its own.
    let lord_howe = hours("Australia/Lord_Howe", "2026-04-05");
    assert_eq!(
        lord_howe.get(1..4),
        Some(
            &[
                "2026-04-05T01:00:00+11:00".to_owned(),
                "2026-04-05T01:30:00+10:30".to_owned(),
                "2026-04-05T02:00:00+10:30".to_owned(),
            ][..]
        )
    );
    assert_eq!(hours("Asia/Kolkata", "2026-02-02").first().map(String::as_str), Some("2026-02-02T00:00:00+05:30"));
    assert_eq!(hours("Africa/Cairo", "2024-04-26").first().map(String::as_str), Some("2024-04-26T01:00:00+03:00"));
    let dates = |zone: &str, start: &str, end: &str, dimension: &str| {
        labels(json!({"date_range": {"start": start, "end": end}, "time_zone": zone, "dimensions": [dimension]}))
    };
    assert_eq!(dates("Pacific/Apia", "2011-12-29", "2011-12-31", "date"), ["2011-12-29", "2011-12-31"]);
    assert_eq!(dates("UTC", "2026-01-30", "2026-02-10", "week"), ["2026-01-26", "2026-02-02", "2026-02-09"]);
    assert_eq!(dates("Asia/Tokyo", "2026-01-30", "2026-03-01", "month"), ["2026-01-01", "2026-02-01", "2026-03-01"]);
    assert_eq!(dates("UTC", "2024-12-31", "2026-01-01", "year"), ["2024-01-01", "2025-01-01", "2026-01-01"]);
    assert_eq!(dates("UTC", "2026-02-02", "2026-02-02", "weekday").len(), 7);
}

#[test]
fn spans_have_names() {
    fn check(name: &str, zone: &str, first_ms: Option<u64>, expect: (&str, &str)) {
        let zone = Zone::named(zone).unwrap_or_default();
        let span = serde_json::from_value(json!(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let period = Period::of(&span, &zone, NOW, first_ms, "date_range").unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((zone.text(period.start_ms).as_str(), zone.text(period.end_ms).as_str()), expect, "{name}");
    }
    // A Monday, 15:30 in UTC, and the day after at half past midnight in Tokyo.
    for (name, start, end) in [
        ("realtime", "2026-02-02T15:26:00Z", "2026-02-02T15:31:00Z"),
        ("30m", "2026-02-02T15:01:00Z", "2026-02-02T15:31:00Z"),
        ("24h", "2026-02-01T15:31:00Z", "2026-02-02T15:31:00Z"),
        ("today", "2026-02-02T00:00:00Z", "2026-02-03T00:00:00Z"),
        ("day", "2026-02-02T00:00:00Z", "2026-02-03T00:00:00Z"),
        ("yesterday", "2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"),
        ("7d", "2026-01-27T00:00:00Z", "2026-02-03T00:00:00Z"),
        ("28d", "2026-01-06T00:00:00Z", "2026-02-03T00:00:00Z"),
        ("30d", "2026-01-04T00:00:00Z", "2026-02-03T00:00:00Z"),
        ("90d", "2025-11-05T00:00:00Z", "2026-02-03T00:00:00Z"),
        ("91d", "2025-11-04T00:00:00Z", "2026-02-03T00:00:00Z"),
        ("week", "2026-02-02T00:00:00Z", "2026-02-09T00:00:00Z"),
        ("month", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("last_month", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
        ("6mo", "2025-09-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("12mo", "2025-03-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("year", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"),
        ("all", "2026-02-02T00:00:00Z", "2026-02-03T00:00:00Z"),
    ] {
        check(name, "UTC", None, (start, end));
    }
    check("today", "Asia/Tokyo", None, ("2026-02-03T00:00:00+09:00", "2026-02-04T00:00:00+09:00"));
    check("all", "Asia/Tokyo", Some(DAY - DAY_MS), ("2026-02-01T00:00:00+09:00", "2026-02-04T00:00:00+09:00"));
    check("all", "UTC", Some(0), ("2016-01-28T00:00:00Z", "2026-02-03T00:00:00Z"));
}

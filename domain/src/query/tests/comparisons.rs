//! What a span is compared with, and which of its rows.

use serde_json::{Value, json};
use wire::query::Row;

use super::*;
use crate::window::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::zone::Zone;

#[test]
fn the_other_span_is_the_calendars() {
    fn check(range: Value, compare: Value, zone: &str, expect: (&str, &str)) {
        let json = json!({"date_range": range, "compare": compare, "time_zone": zone});
        let plan = planned(json.clone());
        let then = plan.then.map(|then| (plan.zone.text(then.period.start_ms), plan.zone.text(then.period.end_ms)));
        assert_eq!(then, Some((expect.0.to_owned(), expect.1.to_owned())), "{json}");
    }
    let days = |start: &str, end: &str| json!({"start": start, "end": end});
    let previous = || json!({"period": "previous"});
    let utc = "UTC";
    check(days("2026-02-01", "2026-02-07"), previous(), utc, ("2026-01-25T00:00:00Z", "2026-02-01T00:00:00Z"));
    check(json!("day"), previous(), utc, ("2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"));
    check(
        json!("day"),
        json!({"period": "previous", "same_hours": true}),
        utc,
        ("2026-02-01T00:00:00Z", "2026-02-01T15:30:00Z"),
    );
    check(
        json!("yesterday"),
        json!({"period": "previous", "same_hours": true}),
        utc,
        ("2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z"),
    );
    check(
        json!("month"),
        json!({"period": "year", "same_hours": true}),
        utc,
        ("2025-02-01T00:00:00Z", "2025-02-02T15:30:00Z"),
    );
    check(json!("24h"), previous(), utc, ("2026-01-31T15:31:00Z", "2026-02-01T15:31:00Z"));
    // 2026-02-02 is a Monday, and a year before is a Sunday.
    check(
        days("2026-02-02", "2026-02-02"),
        json!({"period": "year"}),
        utc,
        ("2025-02-02T00:00:00Z", "2025-02-03T00:00:00Z"),
    );
    check(
        days("2026-02-02", "2026-02-02"),
        json!({"period": "year", "match_weekday": true}),
        utc,
        ("2025-02-03T00:00:00Z", "2025-02-04T00:00:00Z"),
    );
    check(
        days("2026-02-02", "2026-02-04"),
        json!({"period": "previous", "match_weekday": true}),
        utc,
        ("2026-01-26T00:00:00Z", "2026-01-29T00:00:00Z"),
    );
    let custom = json!({"period": "custom", "date_range": {"start": "2025-06-01", "end": "2025-06-30"}});
    check(json!("month"), custom, utc, ("2025-06-01T00:00:00Z", "2025-07-01T00:00:00Z"));
    check(
        days("2024-02-01", "2024-02-29"),
        json!({"period": "year"}),
        utc,
        ("2023-02-01T00:00:00Z", "2023-03-01T00:00:00Z"),
    );
    // A day of 23 hours and the one before.
    check(
        days("2026-03-29", "2026-03-29"),
        previous(),
        "Europe/Berlin",
        ("2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00"),
    );
    check(
        days("2026-03-30", "2026-04-05"),
        previous(),
        "Europe/Berlin",
        ("2026-03-23T00:00:00+01:00", "2026-03-30T00:00:00+02:00"),
    );
}

fn compared(json: Value, stored: &[Stored<'_>]) -> (Vec<Row>, Vec<Option<Row>>) {
    let told = told(&planned(json), stored);
    let rows = told.comparison.map(|then| then.rows).unwrap_or_default();
    (told.rows, rows)
}

#[test]
fn nine_oclock_stands_beside_nine_oclock() {
    let berlin = Zone::named("Europe/Berlin").unwrap_or_default();
    let start = |date: &str| date.parse().ok().and_then(|date| berlin.day_start(date)).unwrap_or_default();
    let (short, before) = (start("2026-03-29"), start("2026-03-28"));
    let stored = [(short + 8 * HOUR_MS, "", 1, 1), (before + 9 * HOUR_MS, "", 10, 1), (before + 2 * HOUR_MS, "", 5, 1)];
    let json = json!({
        "date_range": {"start": "2026-03-29", "end": "2026-03-29"}, "time_zone": "Europe/Berlin",
        "dimensions": ["hour"], "compare": {"period": "previous"},
    });
    let (rows, then) = compared(json, &stored);
    assert_eq!((rows.len(), then.len()), (23, 23));
    let nine = rows.iter().position(|row| row.get("pageviews") == Some(&wire::query::Cell::Count(1))).unwrap_or(99);
    assert_eq!(rows.get(nine), Some(&row(json!({"hour": "2026-03-29T09:00:00+02:00", "pageviews": 1}))));
    let expect = row(json!({"hour": "2026-03-28T09:00:00+01:00", "pageviews": 10}));
    assert_eq!(then.get(nine), Some(&Some(expect)));
    // The other way round: the hour that one of the days skips stands alone.
    let json = json!({
        "date_range": {"start": "2026-03-28", "end": "2026-03-28"}, "time_zone": "Europe/Berlin", "dimensions": ["hour"],
        "compare": {"period": "custom", "date_range": {"start": "2026-03-29", "end": "2026-03-29"}},
    });
    let (rows, then) = compared(json, &stored);
    assert_eq!((rows.len(), then.iter().filter(|row| row.is_none()).count()), (24, 1));
    assert_eq!(then.get(2), Some(&None));
}

#[test]
fn days_stand_beside_days_by_number() {
    let json = json!({
        "date_range": {"start": "2026-03-01", "end": "2026-03-31"}, "dimensions": ["date"],
        "compare": {"period": "custom", "date_range": {"start": "2026-02-01", "end": "2026-02-28"}},
    });
    let (rows, then) = compared(json, &[(DAY, "", 7, 1)]);
    assert_eq!((rows.len(), then.len(), then.iter().flatten().count()), (31, 31, 28));
    assert_eq!(then.get(1), Some(&Some(row(json!({"date": "2026-02-02", "pageviews": 7})))));
}

#[test]
fn values_stand_beside_the_same_values() {
    let stored = [(DAY, "/a", 3, 1), (DAY, "/b", 2, 1), (DAY - DAY_MS, "/b", 9, 1), (DAY - DAY_MS, "/c", 5, 2)];
    let json = json!({
        "dimensions": ["page"], "metrics": ["pageviews", "unique_users"], "totals": true,
        "compare": {"period": "previous"},
    });
    let told = told(&planned(json), &stored);
    let page = |page: &str, n: u64, visitors: u64| row(json!({"page": page, "pageviews": n, "unique_users": visitors}));
    assert_eq!(told.rows, [page("/a", 3, 1), page("/b", 2, 1)]);
    let then = told.comparison.unwrap_or_else(|| panic!("compared"));
    assert_eq!(then.rows, [Some(page("/a", 0, 0)), Some(page("/b", 9, 1))]);
    assert_eq!(then.date_range.start, "2026-02-01T00:00:00Z");
    assert_eq!(then.totals, Some(row(json!({"pageviews": 14, "unique_users": 2}))));
}

#[test]
fn a_running_day_is_compared_to_the_minute() {
    let json = json!({
        "date_range": "day", "compare": {"period": "previous", "same_hours": true}, "metrics": ["pageviews"],
    });
    let yesterday = DAY - DAY_MS;
    let stored = [
        (yesterday + 15 * HOUR_MS + 29 * MINUTE_MS, "", 1, 1),
        (yesterday + 15 * HOUR_MS + 30 * MINUTE_MS, "", 10, 1),
        (DAY, "", 100, 1),
    ];
    let (rows, then) = compared(json, &stored);
    assert_eq!((rows, then), (vec![row(json!({"pageviews": 100}))], vec![Some(row(json!({"pageviews": 1})))]));
}

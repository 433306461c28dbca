//! What each condition calls bad, and which definitions are refused.

use serde_json::{Value, json};
use wire::alert::{AlertDefinition, Interval};

use super::super::reading::{bucket_end, bucket_start};
use super::super::{AlertError, Point, Reading, Series, checked, judge};
use crate::window::{DAY_MS, HOUR_MS};
use crate::zone::Zone;

fn definition(json: Value) -> AlertDefinition {
    let mut whole = json!({"metric": "visits", "interval": "hour", "condition": {"kind": "spike"}});
    if let (Some(whole), Some(changes)) = (whole.as_object_mut(), json.as_object()) {
        whole.extend(changes.clone());
    }
    serde_json::from_value(whole).unwrap_or_else(|e| panic!("{json}: {e}"))
}

/// Hours of these values.
fn hours(values: &[f64]) -> Series {
    let point = |(at, value): (usize, &f64)| {
        let start_ms = 1_769_990_400_000 + at as u64 * HOUR_MS;
        Point { start_ms, end_ms: start_ms + HOUR_MS, value: *value, base: 100.0 }
    };
    Series::new(values.iter().enumerate().map(point).collect())
}

fn last_is_bad(definition: &AlertDefinition, values: &[f64]) -> Option<bool> {
    judge(definition, &hours(values), &Zone::default(), values.len() - 1).and_then(|judged| judged.is_bad)
}

#[test]
fn thresholds_and_changes_are_what_they_say() {
    let check = |condition: Value, values: &[f64], expect: Option<bool>| {
        let definition = definition(json!({"condition": condition}));
        assert_eq!(last_is_bad(&definition, values), expect, "{condition} of {values:?}");
    };
    check(json!({"kind": "above", "value": 10}), &[10.0], Some(false));
    check(json!({"kind": "above", "value": 10}), &[10.5], Some(true));
    check(json!({"kind": "below", "value": 10}), &[10.0], Some(false));
    check(json!({"kind": "below", "value": 10}), &[5.0, 0.0], Some(true));
    let previous = |percent: i32| json!({"kind": "change", "percent": percent, "against": "previous", "least": 20});
    check(previous(50), &[100.0, 150.0], Some(true));
    check(previous(50), &[100.0, 149.0], Some(false));
    check(previous(-50), &[100.0, 50.0], Some(true));
    check(previous(-50), &[100.0, 51.0], Some(false));
    check(previous(-50), &[10.0, 0.0], None);
    check(previous(50), &[100.0], None);
    let week = json!({"kind": "change", "percent": -30, "against": "week"});
    let mut values = vec![10.0; 7 * 24 + 1];
    values[0] = 100.0;
    values[7 * 24] = 70.0;
    check(week.clone(), &values, Some(true));
    values[7 * 24] = 71.0;
    check(week, &values, Some(false));
    // Too little history to know what is usual.
    check(json!({"kind": "spike"}), &vec![10.0; 14 * 24 + 1], None);
    check(json!({"kind": "spike"}), &vec![10.0; 21 * 24 + 1], Some(false));
}

#[test]
fn what_cannot_be_watched_is_refused_by_its_field() {
    let check = |json: Value, expect: Option<&str>| {
        let found = checked(&definition(json.clone()));
        assert_eq!(found.as_ref().err().map(|AlertError { field, .. }| field.as_str()), expect, "{json}: {found:?}");
    };
    check(json!({}), None);
    check(json!({"metric": "percentage"}), Some("metric"));
    check(json!({"metric": "revenue"}), Some("currency"));
    check(json!({"metric": "revenue", "currency": "EUR"}), None);
    check(json!({"metric": "revenue", "currency": "euro"}), Some("currency"));
    check(json!({"currency": "EUR"}), Some("currency"));
    check(json!({"filters": ["matches", "page", ["("]]}), Some("filters"));
    check(json!({"condition": {"kind": "conversion_drop"}}), Some("metric"));
    check(
        json!({"metric": "conversion_rate", "condition": {"kind": "conversion_drop", "goal": ""}}),
        Some("condition.goal"),
    );
    check(json!({"metric": "bounce_rate", "condition": {"kind": "no_data"}}), Some("metric"));
    check(json!({"condition": {"kind": "above", "value": 1e13}}), Some("condition.value"));
    check(json!({"condition": {"kind": "change", "percent": 0, "against": "week"}}), Some("condition.percent"));
    check(json!({"condition": {"kind": "change", "percent": -101, "against": "week"}}), Some("condition.percent"));
    check(json!({"open_after": 0}), Some("open_after"));
    check(json!({"close_after": 61}), Some("close_after"));
    check(json!({"cooldown_minutes": 10_081}), Some("cooldown_minutes"));
    check(json!({"remind_minutes": 4}), Some("remind_minutes"));
    check(json!({"quiet": {"from": "22:00", "to": "07:00"}}), None);
    check(json!({"quiet": {"from": "22", "to": "07:00"}}), Some("quiet.from"));
    check(json!({"quiet": {"from": "22:00", "to": "24:01"}}), Some("quiet.to"));
}

#[test]
fn buckets_are_of_the_site_s_clock() {
    let check = |zone: &str, interval: Interval, at: &str, expect: &str| {
        let zone = Zone::named(zone).unwrap_or_default();
        let at_ms = at.parse::<jiff::Timestamp>().map(|at| at.as_millisecond()).unwrap_or_default().unsigned_abs();
        let start_ms = bucket_start(interval, &zone, at_ms);
        let found = format!("{} {}", zone.text(start_ms), zone.text(bucket_end(interval, &zone, start_ms)));
        assert_eq!(found, expect, "{at}");
    };
    check("UTC", Interval::Minute, "2026-02-02T10:30:59Z", "2026-02-02T10:30:00Z 2026-02-02T10:31:00Z");
    check(
        "Asia/Kolkata",
        Interval::Hour,
        "2026-02-02T10:10:00Z",
        "2026-02-02T15:00:00+05:30 2026-02-02T16:00:00+05:30",
    );
    // Days of 23 and of 25 hours.
    check(
        "Europe/Berlin",
        Interval::Day,
        "2026-03-29T12:00:00Z",
        "2026-03-29T00:00:00+01:00 2026-03-30T00:00:00+02:00",
    );
    check(
        "Europe/Berlin",
        Interval::Day,
        "2026-10-25T12:00:00Z",
        "2026-10-25T00:00:00+02:00 2026-10-26T00:00:00+01:00",
    );
}

#[test]
fn what_is_asked_reaches_as_far_back_as_is_needed() {
    let now_ms = 1_769_990_400_000 + 10 * HOUR_MS;
    let reading = |json| Reading::of("UA-1", &definition(json), &Zone::default(), now_ms, now_ms + HOUR_MS);
    let hourly = reading(json!({"filters": {"country": "US"}}));
    let [(_, asked)] = hourly.queries.as_slice() else { panic!("{hourly:?}") };
    let text = serde_json::to_string(&asked.date_range).unwrap_or_default();
    assert_eq!(text, r#"{"start":"2025-12-21T04:00:00Z","end":"2026-02-02T11:00:00Z"}"#);
    assert!(!asked.filters.is_empty());
    // The metric and what it is taken of; a goal is asked for beside all visits.
    assert_eq!(reading(json!({"metric": "bounce_rate"})).queries[0].1.metrics.len(), 2);
    let goal = json!({"metric": "conversion_rate", "condition": {"kind": "conversion_drop", "goal": "Signed up"}});
    assert_eq!(reading(goal).queries.len(), 2);
    // Four weeks before, in whole hours, so that the next minute asks the same.
    let minutes = reading(json!({"interval": "minute"}));
    assert_eq!(minutes.queries.len(), 5);
    assert!(minutes.queries.iter().take(4).all(|(_, query)| {
        serde_json::to_string(&query.date_range).unwrap_or_default().matches(":00:00Z").count() == 2
    }));
    assert!(now_ms - 28 * DAY_MS > 0);
}

//! Which question is answered by what.

use serde_json::{Value, json};
use wire::frame::RollupDimension;
use wire::site::VisitorMode;

use super::*;
use crate::window::{DAY_MS, Granularity, HOUR_MS, MINUTE_MS};

#[test]
fn a_rollup_answers_what_one_tells_exactly() {
    fn check(json: Value, expect: Option<RollupDimension>) {
        let found = plan(&query(json.clone()), &settings(), &kept()).unwrap_or_else(|e| panic!("{json}: {e}"));
        let found = match found.now.rows.route {
            Route::Rollup { coverage, .. } => Some(coverage.dimension),
            Route::Raw => None,
        };
        assert_eq!(found, expect, "{json}");
    }
    use RollupDimension as D;
    check(json!({}), Some(D::Total));
    check(json!({"dimensions": ["page"]}), Some(D::Page));
    check(json!({"dimensions": ["device", "date", "country"]}), Some(D::Pair));
    check(json!({"dimensions": ["property:plan"]}), Some(D::Property));
    check(json!({"dimensions": ["property:seats"]}), None);
    check(json!({"dimensions": ["page", "country"]}), None);
    check(json!({"dimensions": ["country", "device", "browser"]}), None);
    check(json!({"dimensions": ["title"]}), None);
    check(json!({"metrics": ["visits"], "dimensions": ["page"]}), None);
    check(json!({"metrics": ["visits"], "dimensions": ["entry_page"]}), Some(D::EntryPage));
    check(json!({"metrics": ["visits", "pageviews"], "dimensions": ["entry_page"]}), None);
    check(json!({"metrics": ["average_order"]}), None);
    // Filters on what is broken down by may say anything; elsewhere an event without a value has to fail.
    check(json!({"dimensions": ["page"], "filters": ["is_not", "page", ["/"]]}), Some(D::Page));
    check(json!({"filters": {"page": ["/", "/a"]}}), Some(D::Page));
    check(json!({"filters": ["contains", "page", ["doc"]]}), Some(D::Page));
    check(json!({"filters": ["contains", "page", [""]]}), None);
    check(json!({"filters": ["matches", "page", ["^/blog"]]}), Some(D::Page));
    check(json!({"filters": ["matches", "page", [".*"]]}), None);
    check(json!({"filters": ["is_not", "country", ["DE"]]}), None);
    check(json!({"filters": ["and", [["is_not", "country", ["DE"]], ["is_not", "country", [""]]]]}), Some(D::Country));
    check(json!({"filters": ["not", ["not", ["is", "country", ["DE"]]]]}), Some(D::Country));
    check(json!({"dimensions": ["device"], "filters": {"country": "DE"}}), Some(D::Pair));
    check(json!({"dimensions": ["device"], "filters": ["not", ["is", "country", ["DE"]]]}), None);
    check(json!({"filters": ["or", [["is", "country", ["DE"]], ["is", "device", ["mobile"]]]]}), None);
    check(json!({"filters": ["and", [["is", "country", ["DE"]], ["is", "device", ["mobile"]]]]}), Some(D::Pair));
    check(json!({"filters": {"goal": "buy"}}), Some(D::Goal));
    check(json!({"filters": {"goal": ["buy", "sign up"]}}), None);
    check(json!({"filters": ["contains", "goal", ["b"]]}), None);
    check(json!({"dimensions": ["goal"], "filters": {"goal": ["buy", "sign up"]}}), Some(D::Goal));
    check(json!({"dimensions": ["goal"], "filters": ["not", ["is", "goal", ["buy"]]]}), None);
}

#[test]
fn the_longest_windows_that_cut_exactly_are_read() {
    fn check(start: &str, end: &str, changes: Value, expect: &[(Granularity, u64, u64)]) {
        let mut json = json!({"date_range": {"start": start, "end": end}});
        json.as_object_mut().into_iter().for_each(|json| json.extend(changes.as_object().cloned().unwrap_or_default()));
        let Route::Rollup { pieces, .. } = planned(json.clone()).now.rows.route else { panic!("{json}") };
        let found: Vec<_> = pieces.pieces.iter().map(|p| (p.granularity, p.start_ms - DAY, p.end_ms - DAY)).collect();
        assert_eq!(found, expect, "{json}");
    }
    use Granularity::{Day, Hour, Minute};
    check("2026-02-02", "2026-02-02", json!({}), &[(Day, 0, DAY_MS)]);
    check("2026-02-02", "2026-02-03", json!({"dimensions": ["date"]}), &[(Day, 0, 2 * DAY_MS)]);
    check("2026-02-02", "2026-02-02", json!({"dimensions": ["hour"]}), &[(Hour, 0, DAY_MS)]);
    check("2026-02-02", "2026-02-02", json!({"dimensions": ["minute"]}), &[(Minute, 0, DAY_MS)]);
    check("2026-02-02", "2026-02-03", json!({"dimensions": ["hour_of_day"]}), &[(Hour, 0, 2 * DAY_MS)]);
    check("2026-02-02", "2026-02-15", json!({"dimensions": ["weekday"]}), &[(Day, 0, 14 * DAY_MS)]);
    check("2026-02-02", "2026-02-02T05:00:00Z", json!({}), &[(Hour, 0, 5 * HOUR_MS)]);
    check("2026-02-02T00:00:30Z", "2026-02-02T00:01:10Z", json!({}), &[(Minute, 0, 2 * MINUTE_MS)]);
    check(
        "2026-02-02T22:58:00Z",
        "2026-02-05T01:02:00Z",
        json!({}),
        &[
            (Minute, 22 * HOUR_MS + 58 * MINUTE_MS, 23 * HOUR_MS),
            (Hour, 23 * HOUR_MS, DAY_MS),
            (Day, DAY_MS, 3 * DAY_MS),
            (Hour, 3 * DAY_MS, 3 * DAY_MS + HOUR_MS),
            (Minute, 3 * DAY_MS + HOUR_MS, 3 * DAY_MS + HOUR_MS + 2 * MINUTE_MS),
        ],
    );
    let berlin = |dimensions: Value| json!({"time_zone": "Europe/Berlin", "dimensions": dimensions});
    let (week, hour) = (7 * DAY_MS, HOUR_MS);
    check(
        "2026-02-03",
        "2026-02-09",
        berlin(json!([])),
        &[(Hour, DAY_MS - hour, DAY_MS), (Day, DAY_MS, week), (Hour, week, week + DAY_MS - hour)],
    );
    check("2026-02-03", "2026-02-09", berlin(json!(["date"])), &[(Hour, DAY_MS - hour, week + DAY_MS - hour)]);
    let kolkata = json!({"time_zone": "Asia/Kolkata", "dimensions": ["page"]});
    let half = 30 * MINUTE_MS;
    check(
        "2026-02-03",
        "2026-02-03",
        kolkata,
        &[
            (Minute, 18 * hour + half, 19 * hour),
            (Hour, 19 * hour, DAY_MS + 18 * hour),
            (Minute, DAY_MS + 18 * hour, DAY_MS + 18 * hour + half),
        ],
    );
}

#[test]
fn what_is_no_longer_kept_is_told_by_events_or_rounded() {
    let horizon = Horizon { minute_from_ms: DAY, hour_from_ms: DAY - 30 * DAY_MS, day_from_ms: DAY - 90 * DAY_MS };
    let around = |events_from_ms| Circumstances { horizon, events_from_ms, ..counted() };
    let route = |json: Value, events_from_ms| {
        plan(&query(json), &settings(), &around(events_from_ms)).map(|plan| match plan.now.rows.route {
            Route::Rollup { pieces, .. } => pieces.rounded_to.map(Granularity::name),
            Route::Raw => Some("raw"),
        })
    };
    let kolkata = |start: &str, dimension: &str| json!({"date_range": {"start": start, "end": "2026-02-02"}, "time_zone": "Asia/Kolkata", "dimensions": [dimension]});
    assert_eq!(route(kolkata("2026-02-03", "page"), None).map_err(|e| e.field), Err("date_range.end".to_owned()));
    assert_eq!(route(kolkata("2026-01-28", "date"), None), Ok(Some("hour")));
    assert_eq!(route(kolkata("2026-01-28", "date"), Some(0)), Ok(Some("raw")));
    assert_eq!(route(kolkata("2025-12-28", "date"), None), Ok(Some("day")));
    assert_eq!(route(kolkata("2025-12-28", "date"), Some(DAY)), Ok(Some("day")));
    let hours = route(kolkata("2025-12-28", "hour"), None);
    assert!(hours.is_err_and(|e| e.field == "dimensions" && e.detail.contains("kept by the day")));
    // Whole days need no hours, however long ago.
    let utc = json!({"date_range": {"start": "2025-12-28", "end": "2026-02-02"}, "dimensions": ["date"]});
    assert_eq!(route(utc, None), Ok(None));
    // Each window lies in the bucket that it mostly belongs to.
    let rounded = plan(&query(kolkata("2026-01-31", "date")), &settings(), &around(None));
    let told = told(
        &rounded.unwrap_or_else(|e| panic!("{e}")),
        &[
            (DAY - 2 * DAY_MS - 6 * HOUR_MS, "", 1, 1),
            (DAY - DAY_MS - 7 * HOUR_MS, "", 10, 1),
            (DAY - DAY_MS - 6 * HOUR_MS, "", 100, 1),
        ],
    );
    let views: Vec<_> = told.rows.iter().filter_map(|row| row.get("pageviews").cloned()).collect();
    assert_eq!(serde_json::json!(views), json!([11, 100, 0]));
}

#[test]
fn visitors_are_visitors_where_their_ids_last() {
    fn check(end: &str, visitors: VisitorMode, expect: &str) {
        let range = json!({"date_range": {"start": "2026-02-02", "end": end}});
        let settings = Settings { visitors, ..Settings::default() };
        assert_eq!(
            plan(&query(range), &settings, &counted()).map(|plan| plan.unique_users_unit()),
            Ok(expect),
            "{end}"
        );
    }
    check("2026-02-02", VisitorMode::Cookieless, "visitors");
    check("2026-02-03", VisitorMode::Cookieless, "visitor_days");
    check("2026-02-02", VisitorMode::Persistent, "visitors");
    check("2026-02-03", VisitorMode::Persistent, "visitors");
}

#[test]
fn a_plans_text_tells_apart_what_is_read_and_made() {
    let key = |json| planned(json).key();
    let plain = key(json!({"dimensions": ["page"]}));
    assert_eq!(plain, key(json!({"dimensions": ["page"], "limit": 1000, "filters": {}, "time_zone": "UTC"})));
    assert_eq!(plain, key(json!({"dimensions": ["page"], "date_range": "day"})));
    for other in [
        json!({}),
        json!({"dimensions": ["page"], "limit": 999}),
        json!({"dimensions": ["page"], "offset": 1}),
        json!({"dimensions": ["page"], "totals": true}),
        json!({"dimensions": ["page"], "metrics": ["events"]}),
        json!({"dimensions": ["page"], "filters": {"page": "/"}}),
        json!({"dimensions": ["page"], "date_range": "yesterday"}),
        json!({"dimensions": ["page"], "order_by": [{"field": "page"}]}),
        json!({"dimensions": ["page"], "compare": {"period": "previous"}}),
        json!({"dimensions": ["page", "date"]}),
    ] {
        assert_ne!(plain, key(other.clone()), "{other}");
    }
}

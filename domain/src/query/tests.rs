use std::collections::BTreeMap;

use wire::frame::RollupDimension;
use wire::query::{Cell, Query, Row};
use wire::site::{Settings, VisitorMode};

use super::*;
use crate::rollup::VisitSums;
use crate::sketch::Sketch;
use crate::window::{DAY_MS, Granularity, HOUR_MS, MINUTE_MS};

const DAY: u64 = 1_769_990_400_000; // 2026-02-02T00:00:00Z

fn query(json: serde_json::Value) -> Query {
    let mut whole = serde_json::json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-02"}, "metrics": ["pageviews"]
    });
    if let (Some(whole), Some(changes)) = (whole.as_object_mut(), json.as_object()) {
        whole.extend(changes.clone());
    }
    serde_json::from_value(whole).unwrap_or_else(|e| panic!("{e}"))
}

/// With a declared property beside the default pairs.
fn settings() -> Settings {
    Settings { properties: vec!["plan".to_owned()], ..Settings::default() }
}

#[test]
fn the_coarsest_windows_that_cut_exactly_are_read() {
    fn check(start: &str, end: &str, dimensions: &[&str], expect: (u64, u64, Granularity)) {
        let range = serde_json::json!({"date_range": {"start": start, "end": end}, "dimensions": dimensions});
        let planned = plan(&query(range), &Settings::default()).map(|p| (p.start_ms, p.end_ms, p.granularity));
        assert_eq!(planned, Ok(expect), "{start} {end} {dimensions:?}");
    }
    check("2026-02-02", "2026-02-02", &[], (DAY, DAY + DAY_MS, Granularity::Day));
    check("2026-02-02", "2026-02-03", &["date"], (DAY, DAY + 2 * DAY_MS, Granularity::Day));
    check("2026-02-02", "2026-02-02", &["hour"], (DAY, DAY + DAY_MS, Granularity::Hour));
    check("2026-02-02", "2026-02-02", &["minute"], (DAY, DAY + DAY_MS, Granularity::Minute));
    check("2026-02-02", "2026-02-02T05:00:00Z", &["date"], (DAY, DAY + 5 * HOUR_MS, Granularity::Hour));
    check("2026-02-02T00:00:30Z", "2026-02-02T00:01:10Z", &[], (DAY, DAY + 2 * MINUTE_MS, Granularity::Minute));
}

#[test]
fn a_question_that_cannot_be_answered_names_the_field() {
    fn check(json: serde_json::Value, field: &str, words: &str) {
        match plan(&query(json), &settings()) {
            Ok(plan) => panic!("planned {plan:?}"),
            Err(e) => assert!(e.field == field && e.detail.contains(words), "{e}, wanted {field}: {words}"),
        }
    }
    use serde_json::json;
    check(json!({"tracking_id": ""}), "tracking_id", "64");
    check(json!({"metrics": []}), "metrics", "at least one");
    check(json!({"metrics": ["events", "events"]}), "metrics", "twice");
    check(json!({"date_range": {"start": "soon", "end": "2026-02-02"}}), "date_range.start", "RFC 3339");
    check(json!({"date_range": {"start": "1969-01-01", "end": "2026-02-02"}}), "date_range.start", "1970");
    check(json!({"date_range": {"start": "2026-02-03", "end": "2026-02-02"}}), "date_range.end", "after");
    check(json!({"date_range": {"start": "2020-02-03", "end": "2026-02-02"}}), "date_range", "731 days");
    check(json!({"dimensions": ["page", "country"]}), "dimensions", "country and device, source and utm_medium");
    check(json!({"dimensions": ["date", "hour"]}), "dimensions", "at most one");
    check(json!({"dimensions": ["page", "page"]}), "dimensions", "none twice");
    check(json!({"dimensions": ["page", "source", "country"]}), "dimensions", "two others");
    check(json!({"dimensions": ["country", "device"], "filters": {"page": "/"}}), "filters.page", "two besides time");
    check(json!({"filters": {"page": "/", "country": "DE"}}), "filters.page", "page and source");
    check(json!({"dimensions": ["property:seats"]}), "dimensions", "declared: plan");
    check(json!({"filters": {"property:seats": "3"}}), "filters.property:seats", "declared: plan");
    check(json!({"dimensions": ["property:plan", "country"]}), "dimensions", "property and country");
    for dimension in ["page", "event_type", "goal", "property:plan"] {
        let words = format!("bounce_rate cannot be told by {}", dimension.split(':').next().unwrap_or_default());
        check(json!({"metrics": ["events", "bounce_rate"], "dimensions": [dimension]}), "metrics", &words);
        check(json!({"metrics": ["bounce_rate"], "filters": {dimension: "x"}}), "metrics", &words);
    }
    check(
        json!({"metrics": ["quality"], "dimensions": ["source", "page"]}),
        "metrics",
        "quality cannot be told by page",
    );
    for metric in ["pageviews", "unique_users", "revenue", "views_per_visit"] {
        let words = format!("{metric} cannot be told by exit_page");
        check(json!({"metrics": ["visits", metric], "dimensions": ["exit_page"]}), "metrics", &words);
    }
    check(json!({"filters": {"hour": "1"}}), "filters.hour", "date_range");
    check(json!({"filters": {"page": []}}), "filters.page", "1 to 100");
    check(json!({"dimensions": ["page"], "filters": {"country": "DE"}}), "filters.country", "not counted together");
    check(json!({"order_by": [{"field": "events"}]}), "order_by", "pageviews");
    check(json!({"limit": 0}), "limit", "10000");
    check(
        json!({"date_range": {"start": "2026-01-01", "end": "2026-01-31"}, "dimensions": ["minute"]}),
        "dimensions",
        "10000",
    );
}

fn answer(json: serde_json::Value, rows: &[(u64, &str, u64, u64)]) -> (Vec<Row>, usize) {
    let plan = plan(&query(json), &settings()).unwrap_or_else(|e| panic!("{e}"));
    let mut evaluation = Evaluation::new(&plan);
    for (start_ms, value, pageviews, visitor) in rows {
        let mut visitors = Sketch::default();
        visitors.insert(visitor.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let row = StoredRow {
            start_ms: *start_ms,
            value,
            pageviews: *pageviews,
            events: pageviews + 1,
            visitors: &visitors.encode(),
            visits: VisitSums::default(),
            revenue: BTreeMap::new(),
        };
        assert_eq!(evaluation.add(row), Ok(()));
    }
    assert_eq!(evaluation.rows_read(), rows.len() as u64);
    evaluation.finish()
}

fn row(cells: &[(&str, Cell)]) -> Row {
    cells.iter().map(|(name, cell)| ((*name).to_owned(), cell.clone())).collect::<BTreeMap<_, _>>()
}

fn text(value: &str) -> Cell {
    Cell::Text(value.to_owned())
}

#[test]
fn a_series_has_no_gaps() {
    let json = serde_json::json!({"dimensions": ["hour"], "date_range": {"start": "2026-02-02T00:00:00Z", "end": "2026-02-02T03:00:00Z"}});
    let (rows, total) = answer(json, &[(DAY + HOUR_MS, "", 5, 1), (DAY + HOUR_MS, "", 2, 1)]);
    let hour = |at: &str, n| row(&[("hour", text(at)), ("pageviews", Cell::Count(n))]);
    assert_eq!(total, 3);
    assert_eq!(
        rows,
        vec![hour("2026-02-02T00:00:00Z", 0), hour("2026-02-02T01:00:00Z", 7), hour("2026-02-02T02:00:00Z", 0),]
    );
}

#[test]
fn top_values_come_first_and_the_rest_is_counted() {
    let json = serde_json::json!({"dimensions": ["page"], "metrics": ["unique_users", "pageviews"], "limit": 2});
    let rows = [(DAY, "/a", 9, 1), (DAY, "/b", 1, 1), (DAY, "/b", 1, 2), (DAY, "/c", 1, 1)];
    let (rows, total) = answer(json, &rows);
    let page = |at: &str, visitors, views| {
        row(&[("page", text(at)), ("unique_users", Cell::Count(visitors)), ("pageviews", Cell::Count(views))])
    };
    assert_eq!((rows, total), (vec![page("/b", 2, 2), page("/a", 1, 9)], 3));
}

#[test]
fn filters_order_and_totals_apply() {
    let rows = [(DAY, "DE", 3, 1), (DAY, "US", 4, 2), (DAY, "FR", 5, 3)];
    let json = serde_json::json!({"filters": {"country": ["DE", "US"]}, "metrics": ["events", "unique_users"]});
    let (found, _) = answer(json, &rows);
    assert_eq!(found, vec![row(&[("events", Cell::Count(9)), ("unique_users", Cell::Count(2))])]);
    let json = serde_json::json!({
        "dimensions": ["country"], "filters": {"country": ["DE", "US"]}, "order_by": [{"field": "country", "direction": "asc"}]
    });
    let countries: Vec<_> = answer(json, &rows).0.iter().filter_map(|row| row.get("country").cloned()).collect();
    assert_eq!(countries, vec![text("DE"), text("US")]);
}

#[test]
fn nothing_is_a_row_of_zeros() {
    let (rows, total) = answer(serde_json::json!({}), &[]);
    assert_eq!((rows, total), (vec![row(&[("pageviews", Cell::Count(0))])], 1));
    let planned = |json| plan(&query(json), &settings()).map(|plan| plan.coverage.dimension);
    assert_eq!(planned(serde_json::json!({"dimensions": ["page"]})), Ok(RollupDimension::Page));
    assert_eq!(planned(serde_json::json!({"dimensions": ["device", "country"]})), Ok(RollupDimension::Pair));
}

#[test]
fn visitors_are_visitors_where_their_ids_last() {
    fn check(end: &str, visitors: VisitorMode, expect: &str) {
        let range = serde_json::json!({"date_range": {"start": "2026-02-02", "end": end}});
        let settings = Settings { visitors, ..Settings::default() };
        assert_eq!(plan(&query(range), &settings).map(|plan| plan.unique_users_unit()), Ok(expect), "{end}");
    }
    check("2026-02-02", VisitorMode::Cookieless, "visitors");
    check("2026-02-03", VisitorMode::Cookieless, "visitor_days");
    check("2026-02-02", VisitorMode::Persistent, "visitors");
    check("2026-02-03", VisitorMode::Persistent, "visitors");
}

#[test]
fn properties_and_pairs_are_read_by_their_parts() {
    let rows = [
        (DAY, "plan\u{1f}pro", 3, 1),
        (DAY, "plan\u{1f}free", 4, 2),
        (DAY, "plans\u{1f}pro", 90, 3),
        (DAY, "(other)", 90, 4),
    ];
    let by_plan = |plan: &str, n| row(&[("property:plan", text(plan)), ("pageviews", Cell::Count(n))]);
    let (found, _) = answer(serde_json::json!({"dimensions": ["property:plan"]}), &rows);
    assert_eq!(found, [by_plan("free", 4), by_plan("pro", 3)]);
    let (found, _) =
        answer(serde_json::json!({"dimensions": ["property:plan"], "filters": {"property:plan": "pro"}}), &rows);
    assert_eq!(found, [by_plan("pro", 3)]);

    let pair = |country: &str, device: &str| format!("country\u{1f}device\u{1f}{country}\u{1f}{device}");
    let values = [pair("DE", "mobile"), pair("DE", "desktop"), pair("FR", "mobile"), "(other)".to_owned()];
    let rows: Vec<_> = values.iter().zip(1..).map(|(value, n)| (DAY, value.as_str(), n, n)).collect();
    let (found, _) = answer(serde_json::json!({"dimensions": ["device", "country"]}), &rows);
    let both = |device: &str, country: &str, n| {
        row(&[("device", text(device)), ("country", text(country)), ("pageviews", Cell::Count(n))])
    };
    assert_eq!(found, [both("mobile", "FR", 3), both("desktop", "DE", 2), both("mobile", "DE", 1)]);
    let (found, _) = answer(serde_json::json!({"dimensions": ["device"], "filters": {"country": ["DE"]}}), &rows);
    let by_device = |device: &str, n| row(&[("device", text(device)), ("pageviews", Cell::Count(n))]);
    assert_eq!(found, [by_device("desktop", 2), by_device("mobile", 1)]);
    let (found, _) = answer(serde_json::json!({"filters": {"country": "DE", "device": "mobile"}}), &rows);
    assert_eq!(found, [row(&[("pageviews", Cell::Count(1))])]);
}

#[test]
fn visits_are_told_in_means_and_shares() {
    let metrics = [
        "visits",
        "bounce_rate",
        "visit_duration",
        "views_per_visit",
        "engaged_time",
        "conversions",
        "conversion_rate",
        "quality",
        "revenue",
    ];
    let plan = plan(&query(serde_json::json!({"metrics": metrics})), &settings()).unwrap_or_else(|e| panic!("{e}"));
    let told = |rows: &[(VisitSums, i64)]| {
        let mut evaluation = Evaluation::new(&plan);
        for (visits, euros) in rows {
            let revenue = BTreeMap::from([("EUR".to_owned(), *euros), ("USD".to_owned(), 0)]);
            let row = StoredRow {
                start_ms: DAY,
                value: "",
                pageviews: 4,
                events: 4,
                visitors: &[],
                visits: *visits,
                revenue,
            };
            assert_eq!(evaluation.add(row), Ok(()));
        }
        evaluation.finish().0.pop().unwrap_or_default()
    };
    let sums =
        |visits, bounces| VisitSums { visits, bounces, visit_ms: 61_000, engaged_ms: 7_000, converted: 1, quality: 50 };
    // One row takes back what another said.
    let found = told(&[(sums(4, 2), 12_340_000), (sums(-1, -1), -40_000)]);
    let expect = row(&[
        ("visits", Cell::Count(3)),
        ("bounce_rate", Cell::Number(33.3)),
        ("visit_duration", Cell::Number(40.7)),
        ("views_per_visit", Cell::Number(2.67)),
        ("engaged_time", Cell::Number(4.7)),
        ("conversions", Cell::Count(2)),
        ("conversion_rate", Cell::Number(66.7)),
        ("quality", Cell::Number(33.3)),
        ("revenue", Cell::Money(BTreeMap::from([("EUR".to_owned(), 12.3)]))),
    ]);
    assert_eq!(found, expect);
    let nothing = told(&[]);
    assert_eq!((nothing.get("visits"), nothing.get("bounce_rate")), (Some(&Cell::Count(0)), Some(&Cell::Number(0.0))));
    assert_eq!(nothing.get("revenue"), Some(&Cell::Money(BTreeMap::new())));
}

#[test]
fn a_page_that_every_visit_left_behind_is_not_told() {
    let by_exit = serde_json::json!({"metrics": ["visits"], "dimensions": ["exit_page"]});
    let plan = plan(&query(by_exit), &settings()).unwrap_or_else(|e| panic!("{e}"));
    let mut evaluation = Evaluation::new(&plan);
    let visits = |visits| VisitSums { visits, bounces: visits, ..VisitSums::default() };
    for (start_ms, value, visits) in [(DAY, "/", visits(1)), (DAY + DAY_MS, "/", visits(-1)), (DAY, "/b", visits(1))] {
        let (visitors, revenue) = (&[][..], BTreeMap::new());
        let row = StoredRow { start_ms, value, pageviews: 0, events: 0, visitors, visits, revenue };
        assert_eq!(evaluation.add(row), Ok(()));
    }
    let told = row(&[("exit_page", text("/b")), ("visits", Cell::Count(1))]);
    assert_eq!(evaluation.finish(), (vec![told], 1));
}

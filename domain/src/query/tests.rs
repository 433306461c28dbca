use std::collections::BTreeMap;

use wire::frame::RollupDimension;
use wire::query::{Cell, Query, Row};

use super::*;
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

#[test]
fn the_coarsest_windows_that_cut_exactly_are_read() {
    fn check(start: &str, end: &str, dimensions: &[&str], expect: (u64, u64, Granularity)) {
        let range = serde_json::json!({"date_range": {"start": start, "end": end}, "dimensions": dimensions});
        let planned = plan(&query(range)).map(|p| (p.start_ms, p.end_ms, p.granularity));
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
        match plan(&query(json)) {
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
    check(json!({"dimensions": ["page", "country"]}), "dimensions", "at most one");
    check(json!({"dimensions": ["date", "hour"]}), "dimensions", "at most one");
    check(json!({"filters": {"page": "/", "country": "DE"}}), "filters", "at most one");
    check(json!({"filters": {"hour": "1"}}), "filters.hour", "date_range");
    check(json!({"filters": {"page": []}}), "filters.page", "1 to 100");
    check(json!({"dimensions": ["page"], "filters": {"country": "DE"}}), "filters.country", "broken down");
    check(json!({"order_by": [{"field": "events"}]}), "order_by", "pageviews");
    check(json!({"limit": 0}), "limit", "10000");
    check(
        json!({"date_range": {"start": "2026-01-01", "end": "2026-01-31"}, "dimensions": ["minute"]}),
        "dimensions",
        "10000",
    );
}

fn answer(json: serde_json::Value, rows: &[(u64, &str, u64, u64)]) -> (Vec<Row>, usize) {
    let plan = plan(&query(json)).unwrap_or_else(|e| panic!("{e}"));
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
    assert!(!plan(&query(serde_json::json!({}))).is_ok_and(|p| p.spans_days()));
    assert_eq!(
        plan(&query(serde_json::json!({"dimensions": ["page"]}))).map(|p| p.dimension),
        Ok(RollupDimension::Page)
    );
}

//! What is made of rows.

use std::collections::BTreeMap;

use serde_json::json;
use wire::query::Cell;

use super::*;
use crate::rollup::VisitSums;
use crate::window::{DAY_MS, HOUR_MS};

#[test]
fn a_series_has_no_gaps() {
    let range = json!({"start": "2026-02-02T00:00:00Z", "end": "2026-02-02T03:00:00Z"});
    let stored = [(DAY + HOUR_MS, "", 5, 1), (DAY + HOUR_MS, "", 2, 1)];
    let (rows, total) = answered(json!({"dimensions": ["hour"], "date_range": range}), &stored);
    let hour = |at: &str, n: u64| row(json!({"hour": at, "pageviews": n}));
    assert_eq!(total, 3);
    assert_eq!(
        rows,
        [hour("2026-02-02T00:00:00Z", 0), hour("2026-02-02T01:00:00Z", 7), hour("2026-02-02T02:00:00Z", 0)]
    );
}

#[test]
fn top_values_come_first_and_the_rest_is_counted() {
    let stored = [(DAY, "/a", 9, 1), (DAY, "/b", 1, 1), (DAY, "/b", 1, 2), (DAY, "/c", 1, 1)];
    let page =
        |at: &str, visitors: u64, views: u64| row(json!({"page": at, "unique_users": visitors, "pageviews": views}));
    let json = json!({"dimensions": ["page"], "metrics": ["unique_users", "pageviews"], "limit": 2});
    assert_eq!(answered(json, &stored), (vec![page("/b", 2, 2), page("/a", 1, 9)], 3));
    let json = json!({"dimensions": ["page"], "metrics": ["unique_users", "pageviews"], "limit": 2, "offset": 1});
    assert_eq!(answered(json, &stored), (vec![page("/a", 1, 9), page("/c", 1, 1)], 3));
}

#[test]
fn filters_order_and_totals_apply() {
    let stored = [(DAY, "DE", 3, 1), (DAY, "US", 4, 2), (DAY, "FR", 5, 3)];
    let json = json!({"filters": {"country": ["DE", "US"]}, "metrics": ["events", "unique_users"]});
    assert_eq!(answered(json, &stored).0, [row(json!({"events": 9, "unique_users": 2}))]);
    let json = json!({
        "dimensions": ["country"], "filters": {"country": ["DE", "US"]}, "totals": true,
        "metrics": ["pageviews", "percentage"], "order_by": [{"field": "country", "direction": "asc"}],
    });
    let told = told(&planned(json), &stored);
    let country = |name: &str, n: u64| row(json!({"country": name, "pageviews": n, "percentage": 50.0}));
    assert_eq!(told.rows, [country("DE", 3), country("US", 4)]);
    assert_eq!(told.totals, Some(row(json!({"pageviews": 7, "percentage": 100.0}))));
}

#[test]
fn nothing_is_a_row_of_zeros() {
    assert_eq!(answered(json!({}), &[]), (vec![row(json!({"pageviews": 0}))], 1));
    assert_eq!(answered(json!({"dimensions": ["page"]}), &[]), (vec![], 0));
}

#[test]
fn properties_and_pairs_are_read_by_their_parts() {
    let stored = [(DAY, "pro", 3, 1), (DAY, "free", 4, 2)];
    let by_plan = |plan: &str, n: u64| row(json!({"property:plan": plan, "pageviews": n}));
    let json = json!({"dimensions": ["property:plan"]});
    assert_eq!(answered(json, &stored).0, [by_plan("free", 4), by_plan("pro", 3)]);
    let json = json!({"dimensions": ["property:plan"], "filters": {"property:plan": "pro"}});
    assert_eq!(answered(json, &stored).0, [by_plan("pro", 3)]);

    let values = [pair("DE", "mobile"), pair("DE", "desktop"), pair("FR", "mobile"), "(other)".to_owned()];
    let stored: Vec<_> = values.iter().zip(1..).map(|(value, n)| (DAY, value.as_str(), n, n)).collect();
    let both = |device: &str, country: &str, n: u64| row(json!({"device": device, "country": country, "pageviews": n}));
    let json = json!({"dimensions": ["device", "country"]});
    assert_eq!(answered(json, &stored).0, [both("mobile", "FR", 3), both("desktop", "DE", 2), both("mobile", "DE", 1)]);
    let by_device = |device: &str, n: u64| row(json!({"device": device, "pageviews": n}));
    let json = json!({"dimensions": ["device"], "filters": {"country": ["DE"]}});
    assert_eq!(answered(json, &stored).0, [by_device("desktop", 2), by_device("mobile", 1)]);
    let json = json!({"filters": ["and", [["contains", "country", ["e"]], ["matches", "device", ["^mob"]]]]});
    assert_eq!(answered(json, &stored).0, [row(json!({"pageviews": 1}))]);
}

#[test]
fn visits_are_told_in_means_and_shares() {
    let metrics = json!([
        "visits",
        "bounce_rate",
        "visit_duration",
        "views_per_visit",
        "engaged_time",
        "conversions",
        "conversion_rate",
        "quality",
        "revenue",
        "average_order",
        "orders",
        "revenue_per_visitor",
        "events_per_visitor",
        "active_users",
    ]);
    let plan = plan(&query(json!({"metrics": metrics})), &settings(), &kept()).unwrap_or_else(|e| panic!("{e}"));
    let question = &plan.now.rows.question;
    let told = |counted: Counted, sampled| {
        let group = Group { counted, ..Group::default() };
        let found = Found { groups: vec![group], sampled, ..Found::default() };
        answer(question, found, 0).map(|(mut rows, _)| rows.pop().unwrap_or_default())
    };
    let visits = VisitSums { visits: 3, bounces: 1, visit_ms: 122_000, engaged_ms: 14_000, converted: 2, quality: 100 };
    let money = |eur: i64| BTreeMap::from([("EUR".to_owned(), eur), ("USD".to_owned(), 0)]);
    let orders = BTreeMap::from([("EUR".to_owned(), 2)]);
    let counted = Counted { pageviews: 8, events: 9, visitors: 2, visits, revenue: money(12_300_000), orders };
    let expect = json!({
        "visits": 3, "bounce_rate": 33.3, "visit_duration": 40.7, "views_per_visit": 2.67, "engaged_time": 4.7,
        "conversions": 2, "conversion_rate": 66.7, "quality": 33.3, "revenue": {"EUR": 12.3},
        "average_order": {"EUR": 6.15}, "orders": 2, "revenue_per_visitor": {"EUR": 6.15}, "events_per_visitor": 4.5,
        "active_users": 2,
    });
    assert_eq!(told(counted.clone(), None), Ok(row(expect)));
    let doubled = json!({
        "visits": 6, "bounce_rate": 33.3, "visit_duration": 40.7, "views_per_visit": 2.67, "engaged_time": 4.7,
        "conversions": 4, "conversion_rate": 66.7, "quality": 33.3, "revenue": {"EUR": 24.6},
        "average_order": {"EUR": 6.15}, "orders": 4, "revenue_per_visitor": {"EUR": 6.15}, "events_per_visitor": 4.5,
        "active_users": 4,
    });
    assert_eq!(told(counted, Some(0.5)), Ok(row(doubled)), "half of the visitors stand for all");
    let nothing = told(Counted::default(), None).unwrap_or_default();
    assert_eq!((nothing.get("visits"), nothing.get("bounce_rate")), (Some(&Cell::Count(0)), Some(&Cell::Number(0.0))));
    assert_eq!(nothing.get("revenue"), Some(&Cell::Money(BTreeMap::new())));
}

#[test]
fn a_page_that_every_visit_left_behind_is_not_told() {
    let plan = planned(json!({"metrics": ["visits"], "dimensions": ["exit_page"], "date_range": "7d"}));
    let Route::Rollup { coverage, pieces } = &plan.now.rows.route else { panic!("a rollup tells it") };
    let mut evaluation = Evaluation::new(&plan.now.rows.question, coverage, pieces);
    let visits = |visits| VisitSums { visits, bounces: visits, ..VisitSums::default() };
    for (start_ms, value, visits) in [(DAY, "/", visits(1)), (DAY - DAY_MS, "/", visits(-1)), (DAY, "/b", visits(1))] {
        let (visitors, revenue) = (&[][..], BTreeMap::new());
        evaluation.add(&StoredRow { start_ms, value, pageviews: 0, events: 0, visitors, visits, revenue });
    }
    let now = Sides { rows: evaluation.finish(), totals: None };
    let told = plan.answer(now, None).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((told.rows, told.total_rows), (vec![row(json!({"exit_page": "/b", "visits": 1}))], 1));
}

#[test]
fn a_damaged_sketch_makes_no_number() {
    let plan = planned(json!({"metrics": ["unique_users"]}));
    let Route::Rollup { coverage, pieces } = &plan.now.rows.route else { panic!("a rollup tells it") };
    let mut evaluation = Evaluation::new(&plan.now.rows.question, coverage, pieces);
    let visits = VisitSums::default();
    let (visitors, revenue) = (&[9, 9, 9][..], BTreeMap::new());
    evaluation.add(&StoredRow { start_ms: DAY, value: "", pageviews: 1, events: 1, visitors, visits, revenue });
    assert!(plan.answer(Sides { rows: evaluation.finish(), totals: None }, None).is_err());
}

#[test]
fn of_several_goals_only_those_asked_for_are_told() {
    let json = json!({"dimensions": ["goal", "country"], "filters": {"goal": "buy"}});
    let plan = plan(&query(json), &settings(), &kept()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(plan.now.rows.route, Route::Raw);
    let group = |goal: &str| Group {
        values: vec![goal.to_owned(), "DE".to_owned()],
        counted: Counted { pageviews: 1, events: 1, ..Counted::default() },
        ..Group::default()
    };
    let found = Found { groups: vec![group("buy"), group("sign up")], ..Found::default() };
    let told = answer(&plan.now.rows.question, found, 0).unwrap_or_default();
    assert_eq!(told, (vec![row(json!({"goal": "buy", "country": "DE", "pageviews": 1}))], 1));
}

#[test]
fn amounts_are_told_in_the_reporting_currency_where_asked_for() {
    let rate = |currency: &str, rate: &str| wire::site::ExchangeRate {
        currency: currency.to_owned(),
        rate: rate.to_owned(),
        as_of: "2026-02-01".to_owned(),
    };
    let rates = vec![rate("USD", "0.5"), rate("JPY", "0.006")];
    let settings = Settings { reporting_currency: "EUR".to_owned(), exchange_rates: rates, ..settings() };
    let json = json!({
        "metrics": ["revenue", "orders", "average_order", "revenue_per_visitor"], "dimensions": ["country"],
        "totals": true, "currency": "reporting",
    });
    let plan = plan(&query(json), &settings, &kept()).unwrap_or_else(|e| panic!("{e}"));
    let group = |country: &[&str], paid: &[(&str, i64, u64)]| {
        let counted = Counted {
            visitors: 4,
            events: 9,
            revenue: paid.iter().map(|(currency, micros, _)| ((*currency).to_owned(), *micros)).collect(),
            orders: paid.iter().map(|(currency, _, orders)| ((*currency).to_owned(), *orders)).collect(),
            ..Counted::default()
        };
        Group { values: country.iter().map(|one| (*one).to_owned()).collect(), counted, ..Group::default() }
    };
    let us = [("USD", 30_000_000, 2), ("GBP", 7_000_000, 1)];
    let de = [("EUR", 18_000_000, 1), ("USD", 2_000_001, 1)];
    let all = [("EUR", 18_000_000, 1), ("USD", 32_000_001, 3), ("GBP", 7_000_000, 1)];
    let tally = |groups: Vec<Group>| Tally::counted(Found { groups, ..Found::default() });
    let now = Sides {
        rows: tally(vec![group(&["US"], &us), group(&["DE"], &de)]),
        totals: Some(tally(vec![group(&[], &all)])),
    };
    let told = plan.answer(now, None).unwrap_or_else(|e| panic!("{e}"));
    let expect = [
        json!({
            "country": "US", "revenue": {"EUR": 15.0, "GBP": 7.0}, "orders": 3,
            "average_order": {"EUR": 7.5, "GBP": 7.0}, "revenue_per_visitor": {"EUR": 3.75, "GBP": 1.75},
        }),
        // A millionth of a dollar is half a millionth of a euro: rounded up.
        json!({
            "country": "DE", "revenue": {"EUR": 19.000_001}, "orders": 2, "average_order": {"EUR": 9.5},
            "revenue_per_visitor": {"EUR": 4.75},
        }),
    ];
    assert_eq!(told.rows, expect.map(row), "first those that paid most");
    let totals = json!({
        "revenue": {"EUR": 34.000_001, "GBP": 7.0}, "orders": 5, "average_order": {"EUR": 8.5, "GBP": 7.0},
        "revenue_per_visitor": {"EUR": 8.5, "GBP": 1.75},
    });
    assert_eq!(told.totals, Some(row(totals)));
    let meta = plan.conversion.map(|conversion| conversion.told(&told.currencies));
    let expect = json!({
        "currency": "EUR", "rates": [{"currency": "USD", "rate": "0.5", "as_of": "2026-02-01"}], "missing": ["GBP"],
    });
    assert_eq!(serde_json::to_value(meta).unwrap_or_default(), expect);
}

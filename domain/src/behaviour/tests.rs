//! What filters that say what people did are understood as, and what is refused.

use serde_json::{Value, json};
use wire::filter::Filters;
use wire::query::Query;
use wire::site::{Settings, VisitorMode};

use super::*;
use crate::query::{Circumstances, Route, plan};
use crate::rollup::Horizon;

const DAY: u64 = 86_400_000;

/// 2026-02-20T12:00:00Z, of a site whose single events are kept from 2026-02-01 on.
fn around() -> Circumstances {
    let horizon = Horizon { minute_from_ms: 0, hour_from_ms: 0, day_from_ms: 0 };
    let (now_ms, kept_ms) = (1_771_588_800_000, 1_769_904_000_000);
    Circumstances { now_ms, horizon, events_from_ms: Some(kept_ms), first_ms: Some(kept_ms - 90 * DAY) }
}

fn query(filters: &Value, more: Value) -> Query {
    let mut query = json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-10", "end": "2026-02-12"}, "metrics": ["pageviews"],
        "filters": filters
    });
    query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_str(&query.to_string()).unwrap()
}

fn planned(filters: &Value, more: Value) -> Result<crate::query::Plan, QueryError> {
    plan(&query(filters, more), &Settings::default(), &around())
}

/// The spans that tests read, in days of February, and for how many tests.
fn spans(filters: Value, more: Value) -> Vec<(f64, f64)> {
    let plan = planned(&filters, more).unwrap_or_else(|e| panic!("{filters}: {e}"));
    assert!(plan.asks().all(|ask| ask.route == Route::Raw), "{filters}");
    let day =
        |at_ms: u64| if at_ms == u64::MAX { f64::MAX } else { (at_ms as f64 - 1_769_904_000_000.0) / DAY as f64 + 1.0 };
    plan.people().unwrap().iter().map(|test| (day(test.span.start), day(test.span.end))).collect()
}

#[test]
fn a_behaviour_is_looked_for_where_it_says() {
    let none = || json!({});
    assert_eq!(spans(json!(["did", {}]), none()), [(10.0, 13.0)]);
    assert_eq!(spans(json!(["did", {"within": "7d"}]), none()), [(14.0, 21.0)]);
    assert_eq!(spans(json!(["did", {"within": {"start": "2026-02-01", "end": "2026-02-01"}}]), none()), [(1.0, 2.0)]);
    // The first is looked for as far back as events are kept, the last as far as they go.
    assert_eq!(spans(json!(["first_did", {}]), none()), [(1.0, 13.0)]);
    assert_eq!(spans(json!(["last_did", {}]), none()), [(10.0, f64::MAX)]);
    let funnel = json!({"steps": [{"event_type": "a"}, {"event_type": "b"}], "window": "2d"});
    let [(start, end)] = spans(json!(["funnel", {"funnel": funnel, "step": 1}]), none())[..] else { panic!("one") };
    assert!(start == 10.0 && (end - 15.0).abs() < 1e-6, "{end}");
    // What is asked twice is looked for once; a span of its own is the same beside a comparison, the question's is not.
    assert_eq!(
        spans(json!(["or", [["did", {}], ["not", ["did", {"at_least": 1}]]]]), json!({"totals": true})).len(),
        1
    );
    let compare = json!({"compare": {"period": "previous"}});
    assert_eq!(spans(json!(["did", {"within": "7d"}]), compare.clone()), [(14.0, 21.0)]);
    assert_eq!(spans(json!(["did", {}]), compare), [(10.0, 13.0), (7.0, 10.0)]);
}

#[test]
fn an_answer_is_another_one_when_its_behaviour_is() {
    let key = |filters: Value| planned(&filters, json!({})).unwrap().key();
    let all = [
        json!(["did", {}]),
        json!(["not", ["did", {}]]),
        json!(["did", {"at_least": 2}]),
        json!(["did", {"at_most": 2}]),
        json!(["did", {"within": "7d"}]),
        json!(["did", {"event_type": "buy"}]),
        json!(["did", {"sum": {"of": "revenue", "currency": "EUR", "at_least": 5}}]),
        json!(["did", {"sum": {"of": "revenue", "currency": "USD", "at_least": 5}}]),
        json!(["did", {"sum": {"of": "revenue", "currency": "EUR", "at_least": 6}}]),
        json!(["first_did", {}]),
        json!(["last_did", {}]),
        json!(["funnel", {"funnel": {"steps": [{"event_type": "a"}, {"event_type": "b"}]}, "step": 1}]),
        json!(["funnel", {"funnel": {"steps": [{"event_type": "a"}, {"event_type": "b"}]}, "step": 2}]),
        json!(["funnel", {"funnel": {"steps": [{"event_type": "a"}, {"event_type": "b"}]}, "step": 1, "outcome": "dropped"}]),
    ];
    let keys: BTreeSet<String> = all.iter().cloned().map(key).collect();
    assert_eq!(keys.len(), all.len());
    // The data of the behaviour's span decides the answer too.
    let plan = planned(&json!(["did", {"within": "7d"}]), json!({})).unwrap();
    assert_eq!(plan.spans().count(), 2);
}

#[test]
fn what_cannot_be_told_is_named() {
    fn check(filters: Value, field: &str, words: &str) {
        let error = planned(&filters, json!({})).expect_err(&filters.to_string());
        assert!(error.field == field && error.detail.contains(words), "{filters}: {error}");
    }
    check(json!(["did", {"at_most": 0}]), "filters.at_most", "not be below at_least, which is 1");
    check(json!(["did", {"at_least": 1_000_001}]), "filters.at_least", "at most 1000000");
    check(json!(["and", [["did", {"sum": {"of": "revenue", "at_least": 1}}]]]), "filters.0.sum.currency", "required");
    check(
        json!(["did", {"sum": {"of": "revenue", "currency": "euro", "at_least": 1}}]),
        "filters.sum.currency",
        "ISO 4217",
    );
    check(
        json!(["did", {"sum": {"of": "property:a", "currency": "EUR", "at_least": 1}}]),
        "filters.sum.currency",
        "revenue alone",
    );
    check(json!(["did", {"sum": {"of": "property:a"}}]), "filters.sum.at_least", "or at_most");
    check(json!(["did", {"sum": {"of": "property:a", "at_least": 2, "at_most": 1}}]), "filters.sum.at_most", "below");
    check(json!(["did", {"within": "90d"}]), "filters.within", "from 2026-02-01T00:00:00Z on");
    check(json!(["did", {"within": {"start": "2026-02-04", "end": "2026-02-03"}}]), "filters.within.end", "after");
    check(json!(["did", {"filters": {"entry_page": "/"}}]), "filters.filters", "whole visits");
    check(json!(["did", {"filters": ["did", {}]}]), "filters.filters", "nothing that people did");
    check(json!(["last_did", {"filters": {"segment": "3"}}]), "filters.filters.segment", "not written out");
    check(json!(["funnel", {"step": 1}]), "filters", "either funnel_id or funnel");
    check(json!(["funnel", {"funnel_id": "UA-1.1", "step": 1}]), "filters.funnel_id", "not written out");
    let steps = json!([{"event_type": "a"}, {"event_type": "b"}]);
    check(json!(["funnel", {"funnel": {"steps": steps, "unit": "sessions"}, "step": 1}]), "filters.funnel", "users");
    check(json!(["funnel", {"funnel": {"steps": steps}, "step": 3}]), "filters.step", "1 to 2");
    check(json!(["funnel", {"funnel": {"steps": steps}, "step": 2, "outcome": "dropped"}]), "filters.step", "1 to 1");
    check(json!(["funnel", {"funnel": {"steps": []}, "step": 1}]), "filters.funnel.steps", "2 to 10");
    let many: Vec<Value> = (1..12).map(|times| json!(["did", {"at_least": times}])).collect();
    check(json!(["and", many]), "filters", "more than 10 behaviours");
}

#[test]
fn a_site_without_events_says_so() {
    let filters = json!(["did", {}]);
    let kept = Circumstances { events_from_ms: None, ..around() };
    let error = plan(&query(&filters, json!({})), &Settings::default(), &kept).unwrap_err();
    assert_eq!(
        error.to_string(),
        "filters.within: what people did is told by single events alone, and this site keeps none"
    );
    // Of a site that is younger than its events are kept for, nothing is missing.
    let young = Circumstances { first_ms: Some(around().now_ms - DAY), ..around() };
    assert!(plan(&query(&json!(["did", {"within": "90d"}]), json!({})), &Settings::default(), &young).is_ok());
}

#[test]
fn who_a_person_is_is_told() {
    let unit = |mode| {
        let settings = Settings { visitors: mode, ..Settings::default() };
        plan(&query(&json!(["did", {}]), json!({})), &settings, &around()).unwrap().people_unit()
    };
    assert_eq!(
        (unit(VisitorMode::Cookieless), unit(VisitorMode::Persistent)),
        (Some("visitor_days"), Some("visitors"))
    );
    assert_eq!(planned(&json!({}), json!({})).unwrap().people_unit(), None);
}

#[test]
fn what_is_kept_is_checked_without_a_day() {
    let filters = |value: Value| serde_json::from_str::<Filters>(&value.to_string()).unwrap();
    assert!(Condition::kept(&filters(json!(["did", {"within": "all"}])), "filters").is_ok());
    assert!(Condition::kept(&filters(json!(["last_did", {"within": "12mo"}])), "filters").is_ok());
    let error = Condition::kept(&filters(json!(["did", {"at_most": 0}])), "lock").unwrap_err();
    assert_eq!(error.field, "lock.at_most");
    let error = Condition::of(&filters(json!(["did", {}])), "filters").unwrap_err();
    assert_eq!(error.to_string(), "filters: takes nothing that people did");
}

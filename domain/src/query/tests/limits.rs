//! What cannot be asked, and what is said about it.

use serde_json::{Value, json};

use super::*;

fn check_at(around: &Circumstances, settings: &Settings, json: Value, field: &str, words: &str) {
    match plan(&query(json.clone()), settings, around) {
        Ok(plan) => panic!("{json}: planned {:?}", plan.now.rows.route),
        Err(e) => assert!(e.field == field && e.detail.contains(words), "{json}: {e}, wanted {field}: {words}"),
    }
}

#[test]
fn a_question_that_nothing_answers_names_the_field() {
    for around in [counted(), kept()] {
        let check = |json, field, words| check_at(&around, &settings(), json, field, words);
        check(json!({"tracking_id": ""}), "tracking_id", "64");
        check(json!({"metrics": []}), "metrics", "at least one");
        check(json!({"metrics": ["events", "events"]}), "metrics", "twice");
        check(json!({"metrics": ["percentage"]}), "metrics", "takes a dimension");
        check(json!({"date_range": {"start": "soon", "end": "2026-02-02"}}), "date_range.start", "RFC 3339");
        check(json!({"date_range": {"start": "1969-01-01", "end": "2026-02-02"}}), "date_range.start", "1970");
        check(json!({"date_range": {"start": "2026-02-03", "end": "2026-02-02"}}), "date_range.end", "after");
        check(json!({"date_range": {"start": "2010-02-03", "end": "2026-02-02"}}), "date_range", "3660 days");
        check(json!({"time_zone": "Mars/Olympus"}), "time_zone", "IANA");
        check(json!({"dimensions": ["date", "hour"]}), "dimensions", "at most one");
        check(json!({"dimensions": ["weekday", "hour_of_day"]}), "dimensions", "at most one");
        check(json!({"dimensions": ["page", "page"]}), "dimensions", "none twice");
        check(json!({"dimensions": ["page", "source", "country", "city", "os", "screen"]}), "dimensions", "5 others");
        check(json!({"filters": {"hour": "1"}}), "filters.hour", "date_range");
        check(json!({"filters": {"page": []}}), "filters.page", "1 to 100");
        check(json!({"filters": ["is", "page", []]}), "filters", "1 to 100");
        check(json!({"filters": ["or", []]}), "filters", "at least one");
        check(json!({"filters": ["and", [["matches", "page", ["("]]]]}), "filters.0", "regular expression");
        check(json!({"order_by": [{"field": "events"}]}), "order_by", "pageviews");
        check(json!({"limit": 0}), "limit", "10000");
        check(json!({"sample": 1.0}), "sample", "below 1");
        check(json!({"sample": 0.0}), "sample", "above 0");
        check(json!({"compare": {"period": "custom"}}), "compare.date_range", "custom");
        let range = json!({"start": "2026-01-01", "end": "2026-01-02"});
        check(json!({"compare": {"period": "previous", "date_range": range}}), "compare.date_range", "custom");
        let range = json!({"start": "2026-01-01", "end": "never"});
        check(json!({"compare": {"period": "custom", "date_range": range}}), "compare.date_range.end", "RFC 3339");
        let month = json!({"start": "2026-01-01", "end": "2026-01-31"});
        check(json!({"date_range": month, "dimensions": ["minute"]}), "dimensions", "10000");
    }
}

#[test]
fn a_question_that_events_would_answer_says_what_no_counter_tells() {
    let check = |json, field: &str, words: &str| check_at(&counted(), &settings(), json, field, words);
    check(json!({"dimensions": ["page", "country"]}), "dimensions", "country and device, source and utm_medium");
    check(json!({"dimensions": ["page", "source", "country"]}), "dimensions", "more than two");
    check(json!({"dimensions": ["country", "device"], "filters": {"page": "/"}}), "filters.page", "more than two");
    check(json!({"filters": {"page": "/", "country": "DE"}}), "filters.page", "page and source");
    check(json!({"dimensions": ["page"], "filters": {"country": "DE"}}), "filters.country", "not counted together");
    check(json!({"dimensions": ["property:seats"]}), "dimensions", "declared: plan");
    check(json!({"filters": {"property:seats": "3"}}), "filters.property:seats", "declared: plan");
    check(json!({"dimensions": ["property:plan", "country"]}), "dimensions", "property and country");
    check(json!({"dimensions": ["title"]}), "dimensions", "single events alone");
    check(json!({"filters": {"referrer": "x"}}), "filters.referrer", "single events alone");
    check(json!({"metrics": ["average_order"]}), "metrics", "single events alone");
    check(json!({"metrics": ["orders"]}), "metrics", "single events alone");
    check(json!({"metrics": ["revenue"], "currency": "EUR"}), "currency", "declares none");
    check(json!({"filters": ["is_not", "country", ["DE"]]}), "filters", "events without country may pass");
    check(json!({"filters": {"goal": ["a", "b"]}}), "filters.goal", "several goals");
    for dimension in ["page", "event_type", "goal", "property:plan"] {
        let words = format!("bounce_rate cannot be told by {}", dimension.split(':').next().unwrap_or_default());
        check(json!({"metrics": ["events", "bounce_rate"], "dimensions": [dimension]}), "metrics", &words);
        check(json!({"metrics": ["bounce_rate"], "filters": {dimension: "x"}}), "metrics", &words);
    }
    check(json!({"metrics": ["quality"], "dimensions": ["source", "page"]}), "metrics", "cannot be told by page");
    for metric in ["pageviews", "unique_users", "revenue", "views_per_visit", "active_users", "events_per_visitor"] {
        let words = format!("{metric} cannot be told by exit_page");
        check(json!({"metrics": ["visits", metric], "dimensions": ["exit_page"]}), "metrics", &words);
    }
}

#[test]
fn why_there_are_no_events_is_said_too() {
    let by_title = || json!({"dimensions": ["title"]});
    let none = Settings { keeps_events: false, ..settings() };
    check_at(&counted(), &none, by_title(), "dimensions", "this site keeps none");
    let lately = Circumstances { events_from_ms: Some(DAY + 86_400_000), ..counted() };
    check_at(&lately, &settings(), by_title(), "dimensions", "kept from 2026-02-03T00:00:00Z on");
    check_at(&counted(), &settings(), by_title(), "dimensions", "are not there");
}

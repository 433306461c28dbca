use serde_json::{Value, json};
use wire::query::Dimension;

use super::names::{Form, countries, escaped, money, wildcard};
use super::request::Request;

fn request(json: Value) -> Request {
    let mut whole = json!({"site_id": "dummy.site", "metrics": ["visitors"], "date_range": "7d"});
    if let (Some(whole), Some(changes)) = (whole.as_object_mut(), json.as_object()) {
        whole.extend(changes.clone());
    }
    serde_json::from_value(whole).unwrap_or_else(|e| panic!("{json}: {e}"))
}

/// The question that a request is, as JSON.
fn check(json: Value, expect: Value) {
    let mut whole = json!({"tracking_id": "dummy.site", "date_range": "7d", "metrics": ["unique_users"], "dimensions": [], "limit": 10_000});
    if let (Some(whole), Some(changes)) = (whole.as_object_mut(), expect.as_object()) {
        whole.extend(changes.clone());
    }
    match request(json.clone()).translate() {
        Ok(translated) => assert_eq!(serde_json::json!(translated.query), whole, "{json}"),
        Err(refusal) => panic!("{json}: {refusal:?}"),
    }
}

#[test]
fn the_documented_examples_are_questions_of_ours() {
    check(json!({}), json!({}));
    check(
        json!({"metrics": ["visitors", "pageviews", "bounce_rate"], "filters": [["is_not", "visit:country_name", [""]]], "dimensions": ["visit:country_name", "visit:city_name"]}),
        json!({"metrics": ["unique_users", "pageviews", "bounce_rate"], "dimensions": ["country", "city"], "filters": ["is_not", "country", [""]]}),
    );
    check(
        json!({"date_range": ["2024-08-01", "2024-08-15"]}),
        json!({"date_range": {"start": "2024-08-01", "end": "2024-08-15"}}),
    );
    check(
        json!({"filters": [["contains", "event:page", ["/docs", "/pricing"]], ["is", "visit:country_name", ["Estonia", "United States of America"]]]}),
        json!({"filters": ["and", [["matches", "page", ["\\/docs", "\\/pricing"]], ["is", "country", ["EE", "US"]]]]}),
    );
    check(
        json!({"filters": [["contains", "event:page", ["blog"], {"case_sensitive": false}]]}),
        json!({"filters": ["contains", "page", ["blog"]]}),
    );
    check(json!({"dimensions": ["time:day"]}), json!({"dimensions": ["date"]}));
    check(
        json!({"dimensions": ["time"], "date_range": "12mo"}),
        json!({"dimensions": ["month"], "date_range": "12mo"}),
    );
    check(
        json!({"dimensions": ["time"], "date_range": ["2024-08-20", "2024-08-20"]}),
        json!({"dimensions": ["hour"], "date_range": {"start": "2024-08-20", "end": "2024-08-20"}}),
    );
    check(
        json!({"metrics": ["visitors", "events", "pageviews"], "dimensions": ["visit:utm_medium", "visit:utm_source"], "include": {"total_rows": true}, "pagination": {"limit": 3, "offset": 1}}),
        json!({"metrics": ["unique_users", "events", "pageviews"], "dimensions": ["utm_medium", "utm_source"], "limit": 3, "offset": 1}),
    );
    check(
        json!({"dimensions": ["event:props:path"], "order_by": [["visitors", "desc"], ["event:props:path", "asc"]]}),
        json!({"dimensions": ["property:path"], "order_by": [{"field": "unique_users", "direction": "desc"}, {"field": "property:path", "direction": "asc"}]}),
    );
    check(
        json!({"metrics": ["total_revenue", "average_revenue"], "dimensions": ["event:goal"]}),
        json!({"metrics": ["revenue", "average_order"], "dimensions": ["goal"]}),
    );
    check(
        json!({"metrics": ["conversion_rate", "visitors"], "filters": [["is", "event:goal", ["Signup"]]]}),
        json!({"filters": ["is", "goal", ["Signup"]]}),
    );
    check(
        json!({"filters": [["or", [["is", "visit:source", ["Direct / None"]], ["not", ["is", "visit:channel", ["Organic Search"]]]]]]}),
        json!({"filters": ["or", [["is", "source", ["Direct"]], ["not", ["is", "channel", ["organic_search"]]]]]}),
    );
    check(
        json!({"filters": [["is", "visit:city_name", ["St. Gallen"]]]}),
        json!({"filters": ["matches", "city", ["^St\\. Gallen, [A-Z]{2}$"]]}),
    );
}

#[test]
fn what_has_no_counterpart_is_refused_by_its_name() {
    fn check(json: Value, field: &str, words: &str) {
        match request(json.clone()).translate() {
            Ok(translated) => panic!("{json}: {translated:?}"),
            Err(refusal) => {
                let problem = refusal.problem();
                let is_said = problem.field.as_deref() == Some(field) && problem.detail.contains(words);
                assert!(is_said, "{json}: {problem:?}");
            }
        }
    }
    check(json!({"metrics": ["visitors", "scroll_depth"]}), "metrics[1]", "scroll_depth");
    check(json!({"metrics": ["time_on_page"]}), "metrics[0]", "by the visit");
    check(json!({"metrics": ["conversion_rate"]}), "metrics[0]", "event:goal");
    check(json!({"dimensions": ["visit:city"]}), "dimensions[0]", "GeoName");
    check(json!({"dimensions": ["visit:planet"]}), "dimensions[0]", "visit:planet");
    check(json!({"dimensions": ["event:props:"]}), "dimensions[0]", "no such dimension");
    check(json!({"date_range": "fortnight"}), "date_range", "fortnight");
    check(json!({"order_by": [["visits", "asc"]]}), "order_by[0]", "metrics or dimensions");
    let filter = |filter: Value| json!({"filters": [filter]});
    check(filter(json!(["has_done", ["is", "event:page", ["/pricing"]]])), "filters[0]", "has_done");
    check(filter(json!(["is", "segment", [1]])), "filters[0][1]", "segment");
    check(filter(json!(["is", "time:day", ["2026-01-01"]])), "filters[0][1]", "date_range");
    check(filter(json!(["is", "event:page", [1]])), "filters[0][2]", "texts");
    check(filter(json!(["is", "event:page", ["/"], {"case": 1}])), "filters[0][3]", "case_sensitive");
    check(filter(json!(["has", "event:page", ["/"]])), "filters[0][0]", "no such operator");
    check(filter(json!(["is_not", "event:goal", ["a"]])), "filters[0][0]", "event:goal");
    check(filter(json!(["matches", "visit:country_name", ["a"]])), "filters[0][0]", "country_name");
    check(filter(json!("x")), "filters[0]", "must be");
    check(filter(json!(["and", [["or", [["is", "x", ["a"]]]]]])), "filters[0][1][0][1][0][1]", "x");
}

#[test]
fn values_are_written_as_there() {
    for (form, value, label) in [
        (Form::Words, "organic_search", "Organic Search"),
        (Form::Words, "desktop", "Desktop"),
        (Form::Source, "Direct", "Direct / None"),
        (Form::Source, "Google", "Google"),
        (Form::Country, "EE", "Estonia"),
        (Form::Country, "US", "United States"),
        (Form::Country, "XX", "XX"),
        (Form::City, "Berlin, DE", "Berlin"),
        (Form::Time, "2024-08-20", "2024-08-20"),
        (Form::Time, "2024-08-20T01:00:00+02:00", "2024-08-20 01:00:00"),
    ] {
        assert_eq!(form.label(value), label);
    }
    assert_eq!(countries().count(), 254);
    assert_eq!((escaped("/a.b-c ü").as_str(), wildcard("/a/*/c**").as_str()), (r"\/a\.b\-c ü", r"^\/a\/[^/]*\/c.*$"));
    assert_eq!(
        money("USD", 96_336_315.0),
        json!({"value": 96_336_315.0, "currency": "USD", "short": "$96.3M", "long": "$96,336,315.00"})
    );
    assert_eq!(money("SEK", -1234.5)["long"], "SEK -1,234.50");
}

#[test]
fn a_request_is_said_back() {
    let echo = request(json!({"dimensions": ["time:day"]})).echo(["a".to_owned(), "b".to_owned()]);
    let include = json!({"imports": false, "time_labels": false, "total_rows": false});
    let expect = json!({
        "site_id": "dummy.site", "metrics": ["visitors"], "date_range": ["a", "b"], "filters": [], "dimensions": ["time:day"],
        "order_by": [["time:day", "asc"]], "include": include, "pagination": {"limit": 10_000, "offset": 0},
    });
    assert_eq!(echo, expect);
    assert!(
        serde_json::from_value::<Request>(json!({"site_id": "a", "metrics": [], "date_range": "7d", "more": 1}))
            .is_err()
    );
    let translated = request(json!({"metrics": ["group_conversion_rate"], "dimensions": ["event:goal", "visit:device"], "filters": [["is", "event:goal", ["a"]], ["is", "visit:device", ["Mobile"]]]})).translate();
    let translated = translated.unwrap_or_else(|e| panic!("{e:?}"));
    let everyone = translated.without_goals(vec![Dimension::Device]);
    assert_eq!(json!(everyone.filters), json!(["is", "device", ["mobile"]]));
}

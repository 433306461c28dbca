//! What is not counted, and why: programs, too many events at once, the same one again.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use e2e::edge::CF_HEADER;
use e2e::event::{anonymous, event, with};
use e2e::http::Headers;
use e2e::trial::{SITE, Trial};
use jiff::Timestamp;
use serde_json::{Value, json};
use wire::Id128;
use wire::problem::Problem;

/// A person's user agent.
const BROWSER: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

#[test]
fn programs_are_told_apart_and_counted_by_reason() {
    let trial = Trial::start().unwrap();
    trial.set(&["--filter-bots", "true"]).unwrap();
    let check = |headers: Headers<'_>, body: Value, reason: Option<&str>| {
        let answer = trial.post_with(headers, &body).unwrap();
        match reason {
            None => assert_eq!(answer.status, 204, "{}", answer.text()),
            Some(reason) => {
                let outcome = json!({"index": 0, "status": "filtered", "detail": reason});
                let expect = json!({"accepted": 0, "outcomes": [outcome]});
                assert_eq!((answer.status, answer.json::<Value>().unwrap()), (200, expect), "{headers:?}");
            }
        }
    };
    let anonymous = anonymous("pageview", "/");
    let named = event("1", "pageview", "/");
    let of_sdk = json!({"tracking_id": SITE, "sdk": "wasm/1.0.0", "client_id": "2", "events": [
        {"event_type": "pageview", "page": {"url": "https://shop.example/"}},
    ]});
    let crawler = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
    let headless = BROWSER.replace("Chrome/", "HeadlessChrome/");
    let brands = r#""HeadlessChrome";v="156", "Chromium";v="156""#;
    let person = ("user-agent", BROWSER);
    check(&[("user-agent", crawler)], anonymous.clone(), Some("bot_user_agent"));
    check(&[("user-agent", crawler)], of_sdk.clone(), Some("bot_user_agent"));
    check(&[("user-agent", &headless)], anonymous.clone(), Some("automation"));
    check(&[person, ("sec-ch-ua", brands)], anonymous.clone(), Some("automation"));
    check(&[person], with(anonymous.clone(), json!({"automated": true})), Some("automation"));
    check(&[person, ("sec-purpose", "prefetch;prerender")], anonymous.clone(), Some("prefetch"));
    check(&[person, (CF_HEADER, r#"{"asn":24940,"country":"DE"}"#)], anonymous.clone(), Some("data_center"));
    // People, and a server that speaks for one.
    check(&[person, (CF_HEADER, r#"{"asn":3320,"country":"DE"}"#)], anonymous, None);
    check(&[person], of_sdk, None);
    check(&[("user-agent", "python-requests/2.32"), (CF_HEADER, r#"{"asn":24940}"#)], named.clone(), None);
    // Two minutes' worth of page views at once, and ten more.
    let pages = vec![event("3", "pageview", "/"); 130];
    let answer = trial.post_with(&[person], &json!(pages)).unwrap();
    assert_eq!((answer.status, answer.json::<Value>().unwrap()["accepted"].clone()), (200, json!(120)));

    trial.settle_at(3 + 120).unwrap();
    assert_eq!(trial.rows(&json!(["visits"]), &json!([])).unwrap(), [json!({"visits": 4})]);
    trial
        .outcomes_become(&[
            ("filtered automation", 3),
            ("filtered bot_user_agent", 2),
            ("filtered data_center", 1),
            ("filtered prefetch", 1),
            ("filtered visitor_rate", 10),
        ])
        .unwrap();
}

#[test]
fn too_many_events_are_refused_until_there_is_room() {
    let trial = Trial::start().unwrap();
    trial.set(&["--visitor-per-second", "10", "--block-per-second", "10", "--filter-bots", "true"]).unwrap();
    let (near, far) = (("cf-connecting-ip", "198.51.100.7"), ("cf-connecting-ip", "203.0.113.7"));
    let batch = |client: &str, count: usize| json!(vec![event(client, "step", "/"); count]);
    let post = |from, body: &Value| trial.post_with(&[("user-agent", BROWSER), from], body).unwrap();
    // As many as one may send at once.
    assert_eq!(post(near, &batch("x", 500)).status, 204);
    // There is room for 10 more each second, from the request above on.
    let refused = |from, body: &Value, scope: &str| {
        let answer = post(from, body);
        let retry_after = answer.header("retry-after").map(str::to_owned);
        assert_eq!(answer.status, 429, "{scope}");
        assert!(matches!(retry_after.as_deref(), Some("1" | "2" | "3")), "{scope}: {retry_after:?}");
        let problem: Problem = answer.json().unwrap();
        assert_eq!((problem.code.as_str(), problem.field.as_deref()), ("rate_limited", Some(scope)));
    };
    let (visitors, blocks) = (batch("x", 30), batch("y", 30));
    refused(far, &visitors, "visitor");
    refused(near, &blocks, "address_block");
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(post(far, &visitors).status, 204);
    assert_eq!(post(near, &blocks).status, 204);

    // One of each kind.
    let step = |id: &str| with(event("z", "step", "/"), json!({"event_id": id}));
    let automated = with(event("z", "step", "/"), json!({"automated": true}));
    let wrong = with(event("z", "step", "/"), json!({"timestamp": "yesterday"}));
    let answer = post(far, &json!([step("1"), step("1"), automated, wrong]));
    let statuses: Vec<Value> = answer.json::<Value>().unwrap()["outcomes"].as_array().unwrap().clone();
    let statuses: Vec<&str> = statuses.iter().map(|outcome| outcome["status"].as_str().unwrap()).collect();
    assert_eq!(statuses, ["accepted", "duplicate", "filtered", "rejected"]);

    // Every event sent has one outcome: 500 + 4 × 30 + 4.
    trial.settle_at(500 + 2 * 30 + 1).unwrap();
    trial
        .outcomes_become(&[
            ("duplicate event_id", 1),
            ("filtered automation", 1),
            ("limited address_block", 30),
            ("limited visitor", 30),
            ("rejected timestamp", 1),
        ])
        .unwrap();
}

#[test]
fn a_whole_site_has_a_limit_too() {
    let trial = Trial::start().unwrap();
    trial.set(&["--events-per-second", "1"]).unwrap();
    let batch = |client: &str, count: usize| json!(vec![event(client, "step", "/"); count]);
    assert_eq!(trial.send(&batch("x", 500)).unwrap(), 204);
    let answer = trial.post(batch("y", 30).to_string().as_bytes()).unwrap();
    let problem: Problem = answer.json().unwrap();
    assert_eq!((answer.status, problem.field.as_deref()), (429, Some("site")));
    let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((25..=30).contains(&seconds), "{seconds}");
    trial.settle_at(500).unwrap();
    trial.outcomes_become(&[("limited site", 30)]).unwrap();
}

#[test]
fn an_event_counts_once_in_whatever_batch_it_comes() {
    let mut trial = Trial::start().unwrap();
    let an_hour_ago_s = UNIX_EPOCH.elapsed().unwrap().as_secs() as i64 - 60 * 60;
    let at = Timestamp::from_second(an_hour_ago_s).unwrap().to_string();
    let natural = |kind: &str| with(event("a", kind, "/"), json!({"session_id": "s", "timestamp": at}));
    let own = |id: &str| with(event("a", "step", "/"), json!({"event_id": id}));
    let again = |trial: &Trial, body: &Value, expect: &[&str]| {
        let answer = trial.post(body.to_string().as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        let outcomes = answer.json::<Value>().unwrap()["outcomes"].as_array().unwrap().clone();
        let statuses: Vec<&str> = outcomes.iter().map(|outcome| outcome["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, expect);
    };
    assert_eq!(trial.send(&json!([own("1"), natural("click")])).unwrap(), 204);
    trial.strike_edge().unwrap();
    again(
        &trial,
        &json!([own("1"), natural("click"), own("2"), natural("scroll")]),
        &["duplicate", "duplicate", "accepted", "accepted"],
    );
    trial.settle_at(4).unwrap();
    again(&trial, &json!([own("2"), natural("scroll")]), &["duplicate"; 2]);
    trial.strike_edge().unwrap();
    again(
        &trial,
        &json!([natural("scroll"), own("1"), own("3"), own("3")]),
        &["duplicate", "duplicate", "accepted", "duplicate"],
    );
    trial.settle_at(5).unwrap();
    trial.outcomes_become(&[("duplicate event_id", 2 + 2 + 3)]).unwrap();
    let ids: BTreeSet<Id128> = trial.exported().unwrap().iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), 5);
}

#[test]
fn a_repeated_batch_is_answered_as_before() {
    let mut trial = Trial::start().unwrap();
    let mut events = vec![event("a", "step", "/"), event("a", "stop", "/"), event("b", "step", "/")];
    let batch = |events: &[Value]| json!({"batch_id": "batch-0000000000009", "tracking_id": SITE, "events": events});
    assert_eq!(trial.send(&batch(&events)).unwrap(), 204);
    trial.strike_edge().unwrap();
    events.reverse();
    assert_eq!(trial.send(&batch(&events)).unwrap(), 204);
    trial.settle_at(3).unwrap();
    trial.strike_edge().unwrap();
    let packed = rmp_serde::to_vec_named(&batch(&events)).unwrap();
    assert_eq!(trial.post(&packed).unwrap().status, 204);
    assert_eq!(trial.send(&event("a", "last", "/")).unwrap(), 204);
    trial.settle_at(4).unwrap();
    assert!(trial.outcomes().unwrap().is_empty());
}

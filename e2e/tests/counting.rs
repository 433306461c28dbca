//! What is counted of events, and what is not: visits, goals, revenue, programs, limits, repetition, privacy.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use e2e::edge::CF_HEADER;
use e2e::http::Headers;
use e2e::trial::{SITE, Trial, until};
use jiff::Timestamp;
use serde_json::{Value, json};
use wire::Id128;
use wire::problem::Problem;

/// A person's user agent.
const BROWSER: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

/// When the visits of these tests begin: some hours ago, as servers may tell.
const VISITS_AGO_S: i64 = 3 * 60 * 60;

/// `after_s` seconds after the visits began.
fn at(began: Timestamp, after_s: i64) -> String {
    Timestamp::from_second(began.as_second() + after_s).unwrap().to_string()
}

fn began() -> Timestamp {
    let now_s = UNIX_EPOCH.elapsed().unwrap().as_secs() as i64;
    Timestamp::from_second(now_s - VISITS_AGO_S).unwrap()
}

fn event(client: &str, kind: &str, path: &str) -> Value {
    let url = format!("https://shop.example{path}");
    json!({"tracking_id": SITE, "client_id": client, "event_type": kind, "page": {"url": url}})
}

fn anonymous() -> Value {
    json!({"tracking_id": SITE, "event_type": "pageview", "page": {"url": "https://shop.example/"}})
}

fn with(mut event: Value, more: Value) -> Value {
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    event
}

fn send(trial: &Trial, body: &Value) -> u16 {
    trial.post(body.to_string().as_bytes()).unwrap().status
}

fn restart_edge(trial: &mut Trial) {
    trial.stack.edge.process().kill().unwrap();
    trial.stack.edge.restart().unwrap();
}

/// The only row of these metrics.
fn total(trial: &Trial, metrics: Value) -> Value {
    trial.rows(&metrics, &json!([])).unwrap().remove(0)
}

fn settle(trial: &Trial, events: u64) {
    trial.settle(events).unwrap();
    assert_eq!(trial.counted().unwrap(), events);
}

/// Three visits: two pages, thanks, a purchase; one page; two pages and a purchase.
fn three_visits() -> Vec<Value> {
    let began = began();
    let of = |client: &str, after_s, kind: &str, path: &str, more: Value| {
        let place = if client == "b" {
            json!({"country": "US", "device": "desktop"})
        } else {
            json!({"country": "DE", "device": "mobile"})
        };
        with(with(event(client, kind, path), json!({"timestamp": at(began, after_s), "user": place})), more)
    };
    let paid = |amount: f64, currency: &str| json!({"revenue": {"amount": amount, "currency": currency}, "custom_properties": {"plan": "pro"}});
    vec![
        of("a", 0, "pageview", "/landing", json!({})),
        of("b", 10, "pageview", "/landing", json!({})),
        of("c", 20, "pageview", "/plans", json!({})),
        of("a", 60, "pageview", "/plans", json!({})),
        of("c", 110, "pageview", "/landing", json!({})),
        of("c", 120, "purchase", "/landing", paid(5.5, "usd")),
        of("a", 180, "pageview", "/thanks/now", json!({})),
        of("a", 240, "purchase", "/thanks/now", paid(20.0, "EUR")),
    ]
}

fn declare(trial: &Trial) {
    let goals = ["--goal", "buy=purchase", "--goal", "thanks=pageview:/thanks/**"];
    trial.set(&[&goals[..], &["--property", "plan"]].concat()).unwrap();
}

/// What is told of [`three_visits`], whichever way they came.
fn are_told(trial: &Trial) {
    let metrics = ["visits", "bounce_rate", "visit_duration", "views_per_visit", "conversions", "quality", "revenue"];
    let expect = json!({
        "visits": 3, "bounce_rate": 33.3, "visit_duration": 113.3, "views_per_visit": 2.0, "conversions": 2,
        // 12 + 30 + 30, 0 + 10, 5 + 20 + 30
        "quality": 45.7, "revenue": {"EUR": 20.0, "USD": 5.5},
    });
    assert_eq!(total(trial, json!(metrics)), expect);
    let check = |metrics: Value, dimensions: Value, expect: Value| {
        let mut rows = trial.rows(&metrics, &dimensions).unwrap();
        rows.sort_by_key(Value::to_string);
        assert_eq!(Value::Array(rows), expect);
    };
    check(
        json!(["visits"]),
        json!(["entry_page"]),
        json!([{"entry_page": "/landing", "visits": 2}, {"entry_page": "/plans", "visits": 1}]),
    );
    check(
        json!(["visits"]),
        json!(["exit_page"]),
        json!([{"exit_page": "/landing", "visits": 2}, {"exit_page": "/thanks/now", "visits": 1}]),
    );
    check(
        json!(["events", "unique_users"]),
        json!(["goal"]),
        json!([{"events": 1, "goal": "thanks", "unique_users": 1}, {"events": 2, "goal": "buy", "unique_users": 2}]),
    );
    check(
        json!(["revenue"]),
        json!(["property:plan"]),
        json!([{"property:plan": "pro", "revenue": {"EUR": 20.0, "USD": 5.5}}]),
    );
    check(
        json!(["visits", "events"]),
        json!(["country", "device"]),
        json!([
            {"country": "DE", "device": "mobile", "events": 7, "visits": 2},
            {"country": "US", "device": "desktop", "events": 1, "visits": 1},
        ]),
    );
}

#[test]
fn visits_are_told_by_their_events() {
    let trial = Trial::start().unwrap();
    declare(&trial);
    assert_eq!(send(&trial, &json!(three_visits())), 204);
    settle(&trial, 8);
    are_told(&trial);
}

#[test]
fn visits_are_the_same_in_any_order_and_over_kills() {
    let mut trial = Trial::start().unwrap();
    declare(&trial);
    let mut events = three_visits();
    events.reverse();
    events.swap(2, 5);
    for (sent, event) in events.iter().enumerate() {
        assert_eq!(send(&trial, event), 204);
        match sent {
            // Folded in a frame of its own, and known after a kill.
            1 | 5 => {
                settle(&trial, sent as u64 + 1);
                restart_edge(&mut trial);
            }
            // Only journaled.
            3 => restart_edge(&mut trial),
            _ => {}
        }
    }
    settle(&trial, 8);
    are_told(&trial);
}

#[test]
fn a_second_page_takes_the_bounce_back() {
    let mut trial = Trial::start().unwrap();
    let began = began();
    let page = |after_s, path| with(event("a", "pageview", path), json!({"timestamp": at(began, after_s)}));
    let metrics = json!(["visits", "bounce_rate", "visit_duration"]);
    assert_eq!(send(&trial, &page(0, "/")), 204);
    settle(&trial, 1);
    assert_eq!(total(&trial, metrics.clone()), json!({"visits": 1, "bounce_rate": 100.0, "visit_duration": 0.0}));
    restart_edge(&mut trial);
    assert_eq!(send(&trial, &page(90, "/next")), 204);
    restart_edge(&mut trial);
    settle(&trial, 2);
    assert_eq!(total(&trial, metrics.clone()), json!({"visits": 1, "bounce_rate": 0.0, "visit_duration": 90.0}));
    // More than half an hour later it is another visit.
    assert_eq!(send(&trial, &page(90 + 31 * 60, "/")), 204);
    settle(&trial, 3);
    assert_eq!(total(&trial, metrics), json!({"visits": 2, "bounce_rate": 50.0, "visit_duration": 45.0}));
}

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
    let anonymous = anonymous();
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

    settle(&trial, 3 + 120);
    assert_eq!(total(&trial, json!(["visits"])), json!({"visits": 4}));
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
    let refused = |from, body: &Value, scope: &str, retry_after: &str| {
        let answer = post(from, body);
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some(retry_after)), "{scope}");
        let problem: Problem = answer.json().unwrap();
        assert_eq!((problem.code.as_str(), problem.field.as_deref()), ("rate_limited", Some(scope)));
    };
    let (visitors, blocks) = (batch("x", 15), batch("y", 15));
    refused(far, &visitors, "visitor", "2");
    refused(near, &blocks, "address_block", "2");
    std::thread::sleep(Duration::from_secs(2));
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

    // Every event sent has one outcome: 500 + 4 × 15 + 4.
    settle(&trial, 500 + 2 * 15 + 1);
    trial
        .outcomes_become(&[
            ("duplicate event_id", 1),
            ("filtered automation", 1),
            ("limited address_block", 15),
            ("limited visitor", 15),
            ("rejected timestamp", 1),
        ])
        .unwrap();
}

#[test]
fn a_whole_site_has_a_limit_too() {
    let trial = Trial::start().unwrap();
    trial.set(&["--events-per-second", "1"]).unwrap();
    let batch = |client: &str, count: usize| json!(vec![event(client, "step", "/"); count]);
    assert_eq!(send(&trial, &batch("x", 500)), 204);
    let answer = trial.post(batch("y", 30).to_string().as_bytes()).unwrap();
    let problem: Problem = answer.json().unwrap();
    assert_eq!((answer.status, problem.field.as_deref()), (429, Some("site")));
    let seconds: u32 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((25..=30).contains(&seconds), "{seconds}");
    settle(&trial, 500);
    trial.outcomes_become(&[("limited site", 30)]).unwrap();
}

#[test]
fn an_event_counts_once_in_whatever_batch_it_comes() {
    let mut trial = Trial::start().unwrap();
    let began = began();
    let natural = |kind: &str| with(event("a", kind, "/"), json!({"session_id": "s", "timestamp": at(began, 5)}));
    let own = |id: &str| with(event("a", "step", "/"), json!({"event_id": id}));
    let again = |trial: &Trial, body: &Value, expect: &[&str]| {
        let answer = trial.post(body.to_string().as_bytes()).unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
        let outcomes = answer.json::<Value>().unwrap()["outcomes"].as_array().unwrap().clone();
        let statuses: Vec<&str> = outcomes.iter().map(|outcome| outcome["status"].as_str().unwrap()).collect();
        assert_eq!(statuses, expect);
    };
    assert_eq!(send(&trial, &json!([own("1"), natural("click")])), 204);
    restart_edge(&mut trial);
    again(
        &trial,
        &json!([own("1"), natural("click"), own("2"), natural("scroll")]),
        &["duplicate", "duplicate", "accepted", "accepted"],
    );
    settle(&trial, 4);
    again(&trial, &json!([own("2"), natural("scroll")]), &["duplicate"; 2]);
    restart_edge(&mut trial);
    again(
        &trial,
        &json!([natural("scroll"), own("1"), own("3"), own("3")]),
        &["duplicate", "duplicate", "accepted", "duplicate"],
    );
    settle(&trial, 5);
    trial.outcomes_become(&[("duplicate event_id", 2 + 2 + 3)]).unwrap();
    let ids: BTreeSet<Id128> = trial.exported().unwrap().iter().map(|event| event.id).collect();
    assert_eq!(ids.len(), 5);
}

#[test]
fn a_repeated_batch_is_answered_as_before() {
    let mut trial = Trial::start().unwrap();
    let mut events = vec![event("a", "step", "/"), event("a", "stop", "/"), event("b", "step", "/")];
    let batch = |events: &[Value]| json!({"batch_id": "batch-0000000000009", "tracking_id": SITE, "events": events});
    assert_eq!(send(&trial, &batch(&events)), 204);
    restart_edge(&mut trial);
    events.reverse();
    assert_eq!(send(&trial, &batch(&events)), 204);
    settle(&trial, 3);
    restart_edge(&mut trial);
    let packed = rmp_serde::to_vec_named(&batch(&events)).unwrap();
    assert_eq!(trial.post(&packed).unwrap().status, 204);
    assert_eq!(send(&trial, &event("a", "last", "/")), 204);
    settle(&trial, 4);
    assert!(trial.outcomes().unwrap().is_empty());
}

#[test]
fn whoever_asks_not_to_be_known_is_counted_and_not_known() {
    let trial = Trial::start().unwrap();
    let body = event("a", "step", "/");
    let post = |headers: Headers<'_>| assert_eq!(trial.post_with(headers, &body).unwrap().status, 204);
    let known =
        |count| -> Vec<bool> { trial.drained(count).unwrap().iter().map(|event| event.visitor.is_some()).collect() };
    post(&[("sec-gpc", "1")]);
    post(&[("dnt", "1")]);
    post(&[]);
    assert_eq!(known(3), [false, true, true]);
    assert_eq!(
        total(&trial, json!(["events", "unique_users", "visits"])),
        json!({"events": 3, "unique_users": 1, "visits": 1})
    );

    trial.set(&["--honour-dnt", "true", "--filter-bots", "true"]).unwrap();
    let crawler = [("user-agent", "bot")];
    until("the edge knows", || Ok((trial.post_with(&crawler, &anonymous())?.status == 200).then_some(()))).unwrap();
    for (dnt, kind) in [("1", "asks"), ("0", "does not ask")] {
        assert_eq!(trial.post_with(&[("dnt", dnt)], &event("a", kind, "/")).unwrap().status, 204);
        let counted = || Ok(trial.exported()?.into_iter().find(|event| event.event_type == kind));
        assert_eq!(until("it is counted", counted).unwrap().visitor.is_some(), dnt == "0", "{kind}");
    }
}

#[test]
fn counters_without_events_are_right_even_after_the_ledger_was_set_back() {
    let mut trial = Trial::start().unwrap();
    trial.set(&["--keep-events", "false"]).unwrap();
    let (ledger, backup) = (trial.folder().join("aggregator"), trial.folder().join("older-ledger"));
    let send_five = |trial: &Trial, name: &str| {
        for number in 0..5 {
            let client = format!("{name}-{number}");
            let pages = json!([event(&client, "pageview", "/"), event(&client, "pageview", "/next")]);
            assert_eq!(send(trial, &pages), 204);
        }
    };
    let holds = |trial: &Trial, people: u64| {
        settle(trial, 2 * people);
        let metrics = json!(["events", "unique_users", "visits", "bounce_rate"]);
        let expect = json!({"events": 2 * people, "unique_users": people, "visits": people, "bounce_rate": 0.0});
        assert_eq!(total(trial, metrics), expect);
        assert_eq!(trial.stack.aggregator.run(&["export", "--site", SITE]).unwrap(), "");
    };
    send_five(&trial, "before");
    holds(&trial, 5);
    trial.stack.aggregator.process().kill().unwrap();
    copy(&ledger, &backup);
    trial.stack.aggregator.restart().unwrap();
    send_five(&trial, "between");
    holds(&trial, 10);
    // The ledger forgets that; what comes afterwards is there, once, in a new epoch.
    trial.stack.aggregator.process().kill().unwrap();
    send_five(&trial, "while-away");
    fs::remove_dir_all(&ledger).unwrap();
    copy(&backup, &ledger);
    trial.stack.aggregator.restart().unwrap();
    holds(&trial, 10);
    restart_edge(&mut trial);
    send_five(&trial, "after");
    holds(&trial, 15);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

#[test]
fn a_person_is_known_for_as_long_as_the_owner_says() {
    let mut trial = Trial::start().unwrap();
    trial.set(&["--mode", "persistent"]).unwrap();
    let mut sent = 0;
    let mut visitor = |trial: &Trial| {
        assert_eq!(send(trial, &event("a", "step", "/")), 204);
        sent += 1;
        trial.drained(sent).unwrap()[sent - 1].visitor.unwrap()
    };
    let lasting = visitor(&trial);
    restart_edge(&mut trial);
    assert_eq!(visitor(&trial), lasting);
    let unit = || {
        let dates = json!({"start": at(began(), -86_400), "end": at(began(), 86_400)});
        let query = json!({"tracking_id": SITE, "metrics": ["unique_users"], "date_range": dates});
        trial.query(&query).unwrap().meta.unique_users.unwrap().unit
    };
    assert_eq!(unit(), "visitors");

    trial.set(&["--mode", "cookieless"]).unwrap();
    assert_eq!(unit(), "visitor_days");
    until("the lasting id is given up", || Ok((visitor(&trial) != lasting).then_some(()))).unwrap();
}

//! What is counted of events: visits, goals, revenue, properties, pairs; with and without events, ids and consent.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::fs;
use std::path::Path;
use std::time::UNIX_EPOCH;

use e2e::event::{anonymous, event, with};
use e2e::http::Headers;
use e2e::trial::{SITE, Trial, until};
use jiff::Timestamp;
use serde_json::{Value, json};

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

/// The only row of these metrics.
fn total(trial: &Trial, metrics: Value) -> Value {
    trial.rows(&metrics, &json!([])).unwrap().remove(0)
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
    assert_eq!(trial.send(&json!(three_visits())).unwrap(), 204);
    trial.settle_at(8).unwrap();
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
        assert_eq!(trial.send(event).unwrap(), 204);
        match sent {
            // Folded in a frame of its own, and known after a kill.
            1 | 5 => {
                trial.settle_at(sent as u64 + 1).unwrap();
                trial.strike_edge().unwrap();
            }
            // Only journaled.
            3 => {
                trial.strike_edge().unwrap();
            }
            _ => {}
        }
    }
    trial.settle_at(8).unwrap();
    are_told(&trial);
}

#[test]
fn a_second_page_takes_the_bounce_back() {
    let mut trial = Trial::start().unwrap();
    let began = began();
    let page = |after_s, path| with(event("a", "pageview", path), json!({"timestamp": at(began, after_s)}));
    let metrics = json!(["visits", "bounce_rate", "visit_duration"]);
    assert_eq!(trial.send(&page(0, "/")).unwrap(), 204);
    trial.settle_at(1).unwrap();
    assert_eq!(total(&trial, metrics.clone()), json!({"visits": 1, "bounce_rate": 100.0, "visit_duration": 0.0}));
    trial.strike_edge().unwrap();
    assert_eq!(trial.send(&page(90, "/next")).unwrap(), 204);
    trial.strike_edge().unwrap();
    trial.settle_at(2).unwrap();
    assert_eq!(total(&trial, metrics.clone()), json!({"visits": 1, "bounce_rate": 0.0, "visit_duration": 90.0}));
    // More than half an hour later it is another visit.
    assert_eq!(trial.send(&page(90 + 31 * 60, "/")).unwrap(), 204);
    trial.settle_at(3).unwrap();
    assert_eq!(total(&trial, metrics), json!({"visits": 2, "bounce_rate": 50.0, "visit_duration": 45.0}));
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
    until("the edge knows", || {
        Ok((trial.post_with(&crawler, &anonymous("pageview", "/"))?.status == 200).then_some(()))
    })
    .unwrap();
    for (dnt, kind) in [("1", "asks"), ("0", "does not ask")] {
        assert_eq!(trial.post_with(&[("dnt", dnt)], &event("a", kind, "/")).unwrap().status, 204);
        let counted = || Ok(trial.exported()?.into_iter().find(|event| event.event_type == kind));
        assert_eq!(until("it is counted", counted).unwrap().visitor.is_some(), dnt == "0", "{kind}");
    }
}

/// Five people with a name each see two pages.
fn send_five(trial: &Trial, name: &str) {
    for number in 0..5 {
        let client = format!("{name}-{number}");
        let pages = json!([event(&client, "pageview", "/"), event(&client, "pageview", "/next")]);
        assert_eq!(trial.send(&pages).unwrap(), 204);
    }
}

/// So many such people are counted, and nothing is kept of their events.
fn holds(trial: &Trial, people: u64) {
    trial.settle_at(2 * people).unwrap();
    let metrics = json!(["events", "unique_users", "visits", "bounce_rate"]);
    let expect = json!({"events": 2 * people, "unique_users": people, "visits": people, "bounce_rate": 0.0});
    assert_eq!(total(trial, metrics), expect);
    assert_eq!(trial.stack.aggregator.run(&["export", "--site", SITE]).unwrap(), "");
}

#[test]
fn counters_without_events_are_right_even_after_the_ledger_was_set_back() {
    let mut trial = Trial::start().unwrap();
    trial.set(&["--keep-events", "false"]).unwrap();
    let (ledger, backup) = (trial.folder().join("aggregator"), trial.folder().join("older-ledger"));
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
    trial.strike_edge().unwrap();
    send_five(&trial, "after");
    holds(&trial, 15);
}

/// A frame that the restored edge brings again, in a new epoch, is recognised though it has no events.
#[test]
fn counters_without_events_are_right_even_after_the_edge_was_set_back() {
    let mut trial = Trial::start().unwrap();
    trial.set(&["--keep-events", "false"]).unwrap();
    let (objects, backup) = (trial.folder().join("edge/objects"), trial.folder().join("older-objects"));
    send_five(&trial, "before");
    holds(&trial, 5);
    trial.stack.aggregator.process().kill().unwrap();
    send_five(&trial, "held");
    let log = trial.folder().join("edge/edge.log");
    until("a frame is sealed and cannot be sent", || {
        Ok(fs::read_to_string(&log)?.contains("Await failed").then_some(()))
    })
    .unwrap();
    trial.stack.edge.process().kill().unwrap();
    copy(&objects, &backup);
    trial.stack.edge.restart().unwrap();
    trial.stack.aggregator.restart().unwrap();
    holds(&trial, 10);
    send_five(&trial, "between");
    holds(&trial, 15);

    trial.stack.edge.process().kill().unwrap();
    fs::remove_dir_all(&objects).unwrap();
    copy(&backup, &objects);
    trial.stack.edge.restart().unwrap();
    send_five(&trial, "after");
    holds(&trial, 20);
    assert!(fs::read_to_string(&log).unwrap().contains("Forked"), "the edge was not fenced");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_person_is_known_for_as_long_as_the_owner_says() {
    let mut trial = Trial::start().unwrap();
    trial.set(&["--mode", "persistent"]).unwrap();
    let mut sent = 0;
    let mut visitor = |trial: &Trial| {
        assert_eq!(trial.send(&event("a", "step", "/")).unwrap(), 204);
        sent += 1;
        trial.drained(sent).unwrap()[sent - 1].visitor.unwrap()
    };
    let lasting = visitor(&trial);
    trial.strike_edge().unwrap();
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

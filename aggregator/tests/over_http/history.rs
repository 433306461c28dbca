//! Answers about history are what counting the exported events by hand gives.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use wire::frame::RawEvent;

use crate::edge::Edge;
use crate::server::Server;
use crate::visits::{DAY, DAY_MS, three_days};

/// pageviews, events, visitors
type Counts = (u64, u64, BTreeSet<String>);

fn exported(server: &Server) -> Vec<RawEvent> {
    let lines = server.command(&["export", "--site", "UA-1"]);
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// A server with events from three edges, and those events.
pub fn filled(seed: u64) -> (Server, String, Vec<RawEvent>) {
    let server = Server::start();
    let token = server.site("UA-1");
    let mut edges: Vec<_> = (1..=3).map(|number| Edge::join(&server, number, "UA-1")).collect();
    let events = three_days(seed, 600);
    for (at, part) in events.chunks(37).enumerate() {
        edges[at % 3].deliver(&server, part);
    }
    let exported = exported(&server);
    assert_eq!(exported, events, "the export is every event in the order of counting");
    (server, token, exported)
}

fn by_hand(events: &[RawEvent], key: impl Fn(&RawEvent) -> Option<String>) -> BTreeMap<String, Counts> {
    let mut counted: BTreeMap<String, Counts> = BTreeMap::new();
    for event in events {
        let Some(key) = key(event) else { continue };
        let counts = counted.entry(key).or_default();
        counts.0 += u64::from(event.event_type == "pageview");
        counts.1 += 1;
        counts.2.extend(event.visitor.map(|visitor| visitor.to_string()));
    }
    counted
}

fn check_rows(answer: &Value, dimension: &str, expect: &BTreeMap<String, Counts>) {
    let rows = answer["rows"].as_array().unwrap();
    let found: BTreeMap<_, _> = rows
        .iter()
        .filter(|row| row["events"] != 0)
        .map(|row| (row[dimension].as_str().unwrap_or_default().to_owned(), row))
        .collect();
    assert_eq!(found.keys().collect::<Vec<_>>(), expect.keys().collect::<Vec<_>>(), "{dimension}");
    for (key, (pageviews, events, visitors)) in expect {
        let row = found[key];
        assert_eq!((&row["pageviews"], &row["events"]), (&json!(pageviews), &json!(events)), "{dimension} {key}");
        // 150 people fill a sketch of 16 384 registers so little that it is off by two at most.
        let estimate = row["unique_users"].as_u64().unwrap();
        assert!(estimate.abs_diff(visitors.len() as u64) <= 2, "{dimension} {key}: {estimate}, {}", visitors.len());
    }
}

fn ask(server: &Server, token: &str, changes: Value) -> Value {
    let mut query = json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"},
        "metrics": ["pageviews", "events", "unique_users"], "limit": 10_000,
    });
    query.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let answer = server.query(token, &query);
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()
}

pub fn instant(ms: u64) -> String {
    let date = 2 + (ms - DAY) / DAY_MS;
    let minutes = (ms - DAY) % DAY_MS / 60_000;
    format!("2026-02-{date:02}T{:02}:{:02}:00Z", minutes / 60, minutes % 60)
}

#[test]
fn every_dimension_counts_as_by_hand() {
    for seed in [1, 2] {
        let (server, token, events) = filled(seed);
        type Value = fn(&RawEvent) -> &String;
        let dimensions: [(&str, Value); 9] = [
            ("page", |event| &event.path),
            ("source", |event| &event.source),
            ("channel", |event| &event.channel),
            ("country", |event| &event.country),
            ("device", |event| &event.device),
            ("event_type", |event| &event.event_type),
            ("hostname", |event| &event.hostname),
            ("browser", |event| &event.browser),
            ("utm_campaign", |event| &event.utm_campaign),
        ];
        for (name, value) in dimensions {
            let answer = ask(&server, &token, json!({"dimensions": [name]}));
            let key = |event: &RawEvent| Some(value(event).clone()).filter(|value| !value.is_empty());
            check_rows(&answer, name, &by_hand(&events, key));
        }
        let germans =
            |event: &RawEvent| (event.country == "DE").then(|| instant(event.at_ms - event.at_ms % 3_600_000));
        let answer = ask(&server, &token, json!({"dimensions": ["hour"], "filters": {"country": "DE"}}));
        check_rows(&answer, "hour", &by_hand(&events, germans));
        let answer = ask(&server, &token, json!({"filters": {"page": ["/", "/blog/über uns"]}}));
        let pages = |event: &RawEvent| matches!(event.path.as_str(), "/" | "/blog/über uns").then(String::new);
        check_rows(&answer, "", &by_hand(&events, pages));
    }
}

#[test]
fn minutes_hours_and_days_agree() {
    let (server, token, events) = filled(3);
    let everything = by_hand(&events, |_| Some(String::new()));
    let answer = ask(&server, &token, json!({}));
    check_rows(&answer, "", &everything);
    assert_eq!(answer["meta"]["granularity"], "day");
    assert_eq!(answer["meta"]["unique_users"]["unit"], "visitor_days");
    for (name, length_ms) in [("hour", 3_600_000), ("date", DAY_MS)] {
        let answer = ask(&server, &token, json!({"dimensions": [name]}));
        assert_eq!(answer["rows"].as_array().unwrap().len() as u64, 3 * DAY_MS / length_ms, "no gaps");
        let start = |event: &RawEvent| {
            let start = instant(event.at_ms - event.at_ms % length_ms);
            Some(if name == "date" { start[..10].to_owned() } else { start })
        };
        check_rows(&answer, name, &by_hand(&events, start));
        let total: u64 = answer["rows"].as_array().unwrap().iter().map(|row| row["events"].as_u64().unwrap()).sum();
        assert_eq!(total, events.len() as u64);
    }
    // An odd range is cut from events, for minutes are not counted apart so long.
    let (start_ms, end_ms) = (DAY + 17 * 60_000, DAY + DAY_MS + 61 * 60_000);
    let range = || json!({"date_range": {"start": instant(start_ms), "end": instant(end_ms)}});
    let answer = ask(&server, &token, range());
    let inside = |event: &RawEvent| (start_ms..end_ms).contains(&event.at_ms).then(String::new);
    check_rows(&answer, "", &by_hand(&events, inside));
    assert_eq!((&answer["meta"]["granularity"], &answer["meta"]["source"]), (&json!("event"), &json!("raw")));
    // Where none are kept, from whole hours; and the answer says so.
    server.command(&["site", "set", "UA-1", "--keep-events", "false"]);
    let answer = ask(&server, &token, range());
    let inside = |event: &RawEvent| (DAY..DAY + 25 * 3_600_000).contains(&event.at_ms).then(String::new);
    check_rows(&answer, "", &by_hand(&events, inside));
    assert_eq!((&answer["meta"]["granularity"], &answer["meta"]["rounded_to"]), (&json!("hour"), &json!("hour")));
    let minutes = json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-02"}, "metrics": ["events"],
        "dimensions": ["minute"],
    });
    assert_eq!(server.query(&token, &minutes).problem(400), "dimensions");
}

#[test]
fn an_answer_says_how_it_came_about() {
    let (server, token, _) = filled(4);
    let answer = ask(&server, &token, json!({"dimensions": ["page"], "limit": 1}));
    assert_eq!((answer["rows"].as_array().unwrap().len(), &answer["total_rows"]), (1, &json!(4)));
    assert_eq!(answer["is_sampled"], false);
    assert!(answer["execution_time_ms"].as_f64().unwrap() > 0.0);
    let meta = &answer["meta"];
    assert!(meta["rows_read"].as_u64().unwrap() >= 4 && meta["version"].as_u64().unwrap() >= 1);
    assert_eq!((&meta["source"], &meta["time_zone"]), (&json!("rollup"), &json!("UTC")));
    let other = ask(&server, &token, json!({"dimensions": ["page"]}));
    assert_ne!(other["query_id"], answer["query_id"]);
    assert_eq!(other["meta"]["version"], meta["version"]);
}

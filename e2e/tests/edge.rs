//! The edge on real workerd, with a real aggregator behind it, over its public HTTP API.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::io::Write;

use e2e::edge::CF_HEADER;
use e2e::http;
use e2e::trial::{SITE, Trial};
use serde_json::{Value, json};
use wire::problem::Problem;

fn pageview(path: &str) -> Value {
    json!({"tracking_id": SITE, "event_type": "pageview", "page": {"url": format!("https://shop.example{path}")}})
}

#[test]
fn every_shape_and_format_of_ingest_is_counted_once() {
    let trial = Trial::start().unwrap();
    let envelope = json!({"batch_id": "batch-0000000000001", "tracking_id": SITE, "events": [
        {"event_type": "pageview", "page": {"url": "https://shop.example/envelope"}},
        {"event_type": "signup", "custom_properties": {"plan": "pro", "seats": 3, "trial": true}},
    ]});
    let bodies: Vec<Vec<u8>> = vec![
        pageview("/json").to_string().into_bytes(),
        json!([pageview("/list-a"), pageview("/list-b")]).to_string().into_bytes(),
        envelope.to_string().into_bytes(),
        rmp_serde::to_vec_named(&pageview("/messagepack")).unwrap(),
        // A retry of the envelope, in the other format.
        rmp_serde::to_vec_named(&envelope).unwrap(),
    ];
    for body in &bodies {
        let answer = trial.post(body).unwrap();
        assert_eq!((answer.status, answer.text().as_str()), (204, ""));
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    }
    let packed = gzip(pageview("/gzip").to_string().as_bytes());
    let url = format!("{}/api/v1/events", trial.stack.edge.url());
    assert_eq!(http::post(&url, &[("content-encoding", "gzip")], &packed).unwrap().status, 204);
    let beacon = format!("{}/api/v1/beacon?tracking_id={SITE}&url=https://shop.example/beacon", trial.stack.edge.url());
    let picture = http::get(&beacon).unwrap();
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/gif")));
    assert!(picture.body.starts_with(b"GIF89a"));
    let post_beacon = format!("{}/api/v1/beacon", trial.stack.edge.url());
    assert_eq!(http::post(&post_beacon, &[], pageview("/post-beacon").to_string().as_bytes()).unwrap().status, 204);

    let events = trial.drained(9).unwrap();
    let mut counted: Vec<_> = events.iter().map(|e| format!("{} {}", e.event_type, e.path)).collect();
    counted.sort();
    let expect = ["/beacon", "/envelope", "/gzip", "/json", "/list-a", "/list-b", "/messagepack", "/post-beacon"];
    let mut expect: Vec<_> = expect.iter().map(|path| format!("pageview {path}")).collect();
    expect.push("signup ".to_owned());
    assert_eq!(counted, expect);
    let answer = trial
        .query(&json!({
            "tracking_id": SITE, "metrics": ["events", "pageviews"],
            "date_range": {"start": "2020-01-01T00:00:00Z", "end": "2020-01-02T00:00:00Z"}
        }))
        .unwrap();
    assert_eq!(serde_json::to_value(&answer.rows).unwrap(), json!([{"events": 0, "pageviews": 0}]));
}

#[test]
fn visitors_are_told_apart_without_keeping_who_they_are() {
    let trial = Trial::start().unwrap();
    let url = format!("{}/api/v1/events", trial.stack.edge.url());
    let body = pageview("/").to_string();
    let sentinel = "198.51.100.77";
    let send = |address: &str, agent: &str, more: &[(&str, &str)]| {
        let mut headers =
            vec![("cf-connecting-ip", address), ("user-agent", agent), (CF_HEADER, r#"{"country":"SE"}"#)];
        headers.extend_from_slice(more);
        assert_eq!(http::post(&url, &headers, body.as_bytes()).unwrap().status, 204);
    };
    send(sentinel, "sentinel-agent Mobile iPhone", &[]);
    send(sentinel, "sentinel-agent Mobile iPhone", &[]);
    send(sentinel, "another", &[]);
    send("198.51.100.78", "another", &[]);
    send(sentinel, "another", &[("sec-gpc", "1")]);
    let events = trial.drained(5).unwrap();
    let visitors: BTreeSet<_> = events.iter().filter_map(|event| event.visitor).collect();
    assert_eq!(visitors.len(), 3);
    assert_eq!(events.iter().filter(|event| event.visitor.is_none()).count(), 1);
    assert!(events.iter().all(|event| event.country == "SE"));
    assert_eq!(events.iter().filter(|event| event.device == "mobile").count(), 2);
    // Neither the address nor the user agent is in any file: storage, write-ahead logs, logs.
    for needle in [sentinel, "sentinel-agent"] {
        assert_eq!(files_with(trial.folder(), needle), Vec::<String>::new());
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn files_with(folder: &std::path::Path, needle: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap().filter_map(Result::ok) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_bad_event_is_named_and_the_others_are_counted() {
    let trial = Trial::start().unwrap();
    let batch = json!({"batch_id": "batch-0000000000002", "tracking_id": SITE, "events": [
        {"event_type": "pageview", "page": {"url": "https://shop.example/good"}},
        {"event_type": "pageview", "page": {"url": "not a url"}},
        {"event_type": 7},
        {"event_type": "pageview", "page": {"url": "https://shop.example/good-too"}},
        {"event_type": "x", "tracking_id": "no-such-site"},
    ]});
    for _first_and_retry in 0..2 {
        let answer = trial.post(batch.to_string().as_bytes()).unwrap();
        let outcomes: Value = answer.json().unwrap();
        assert_eq!((answer.status, &outcomes["accepted"]), (200, &json!(2)));
        let fields: Vec<_> = outcomes["outcomes"].as_array().unwrap().iter().map(|o| o["field"].clone()).collect();
        assert_eq!(
            fields,
            vec![json!(null), json!("page.url"), json!("event_type"), json!(null), json!("tracking_id")]
        );
    }
    assert_eq!(trial.drained(2).unwrap().len(), 2);
}

/// Every bad request: a 4xx problem that names the field or the limit. Never a 5xx, and good ones still pass.
#[test]
fn bad_input_is_refused_by_name() {
    let trial = Trial::start().unwrap();
    let edge = trial.stack.edge.url();
    let check = |body: &[u8], status: u16, words: &str| {
        let answer = trial.post(body).unwrap();
        let shown = String::from_utf8_lossy(&body[..body.len().min(80)]).into_owned();
        assert_eq!(answer.status, status, "{shown}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{shown}");
        let problem: Problem = answer.json().unwrap();
        assert_eq!(problem.status, status);
        assert!(problem.detail.contains(words), "{shown}: {}, wanted {words}", problem.detail);
    };
    let with = |change: Value| {
        let mut event = pageview("/");
        event.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        event.to_string().into_bytes()
    };
    check(b"", 400, "empty");
    check(b"hello", 400, "neither");
    check(b"{", 400, "JSON");
    check(b"[]", 400, "no events");
    check(b"\xff\xfe\x00", 400, "neither");
    check(b"\xdd\xff\xff\xff\xff", 400, "ends before");
    check(&[&[0x81, 0xa6][..], b"events", &[0xdd, 0xff, 0xff, 0xff, 0xff]].concat(), 400, "ends before");
    check("[".repeat(10_000).as_bytes(), 400, "deep");
    check(&[0x91; 10_000], 400, "deep");
    check(format!("[{}]", vec!["{}"; 501].join(",")).as_bytes(), 400, "at most 500");
    check(format!("[{}]", "1,".repeat(70_000)).as_bytes(), 400, "values");
    check(&vec![b' '; 1_024_001], 413, "1024000 bytes");
    check(json!({"event_type": "x"}).to_string().as_bytes(), 400, "tracking_id");
    check(json!({"tracking_id": "no-such-site", "event_type": "x"}).to_string().as_bytes(), 400, "no such site");
    check(json!({"tracking_id": SITE}).to_string().as_bytes(), 400, "event_type");
    check(&with(json!({"page": {"url": "x".repeat(3000)}})), 400, "2048");
    check(&with(json!({"timestamp": "yesterday"})), 400, "timestamp");
    check(&with(json!({"timestamp": "2020-01-01T00:00:00Z"})), 400, "old");
    check(&with(json!({"custom_properties": {"a": [1]}})), 400, "custom_properties.a");
    check(&with(json!({"custom_properties": 5})), 400, "custom_properties");
    check(&with(json!({"user": {"device": "fridge"}})), 400, "user.device");
    check(json!({"batch_id": "short", "events": [pageview("/")]}).to_string().as_bytes(), 400, "batch_id");
    check(json!({"sent_at_ms": "now", "events": [pageview("/")]}).to_string().as_bytes(), 400, "sent_at_ms");

    for (encoding, body, status, words) in [
        ("br", b"x".to_vec(), 415, "gzip or identity"),
        ("gzip, gzip", b"x".to_vec(), 415, "gzip or identity"),
        ("gzip", b"x".to_vec(), 400, "not gzip"),
        // A kilobyte that unpacks to more than a body may be.
        ("gzip", gzip(&vec![b' '; 1_024_001]), 413, "1024000 bytes"),
    ] {
        let url = format!("{edge}/api/v1/events");
        let answer = http::post(&url, &[("content-encoding", encoding)], &body).unwrap();
        assert_eq!(answer.status, status, "{encoding}: {}", answer.text());
        assert!(answer.json::<Problem>().unwrap().detail.contains(words), "{encoding}: {}", answer.text());
    }
    for (path, status) in [
        ("/api/v1/beacon", 400),
        ("/api/v1/beacon?tracking_id=a&tracking_id=b", 400),
        ("/api/v1/beacon?tracking_id=a&colour=red", 400),
        ("/api/v1/beacon?tracking_id=%ff%fe", 400),
        ("/api/v1/events", 405),
        ("/nowhere", 404),
        ("/api/v1/%2e%2e/%00", 404),
    ] {
        let answer = http::get(&format!("{edge}{path}")).unwrap();
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert_eq!(answer.json::<Problem>().unwrap().status, status);
    }
    let long = format!("{edge}/api/v1/beacon?tracking_id={SITE}&title={}", "x".repeat(9_000));
    assert_eq!(http::get(&long).unwrap().status, 414);
    assert_eq!(trial.post(pageview("/still-here").to_string().as_bytes()).unwrap().status, 204);
    assert_eq!(trial.drained(1).unwrap().len(), 1);
}

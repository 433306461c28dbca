//! The present: asked for, and pushed.

use std::sync::mpsc::Receiver;
use std::time::Instant;

use serde_json::Value;

use crate::edge::{Edge, now_ms};
use crate::server::{DEADLINE, Server, bearer};
use crate::visits::{Random, event};

fn just_now(seed: u64, count: usize) -> Vec<wire::frame::RawEvent> {
    let mut random = Random(seed);
    (0..count).map(|_| event(&mut random, now_ms(), 20)).collect()
}

/// The next event of a stream: version and data.
fn next(stream: &Receiver<String>) -> (u64, Value) {
    let (id, data) = next_with_id(stream);
    (id.split('.').next().unwrap().parse().unwrap(), data)
}

/// The next event of a stream: id and data.
fn next_with_id(stream: &Receiver<String>) -> (String, Value) {
    let (mut id, mut data, mut name) = (None, None, None);
    loop {
        let line = stream.recv_timeout(DEADLINE).expect("an event");
        match line.split_once(": ") {
            Some(("event", text)) => name = Some(text.to_owned()),
            Some(("id", text)) => id = Some(text.to_owned()),
            Some(("data", text)) => data = serde_json::from_str(text).ok(),
            _ if line.is_empty() && data.is_some() => {
                assert_eq!(name.as_deref(), Some("realtime"));
                return (id.unwrap(), data.unwrap());
            }
            _ => {}
        }
    }
}

#[test]
fn a_change_is_seen_at_once() {
    let server = Server::start();
    let authorization = bearer(&server.site("UA-1"));
    let headers = [("authorization", authorization.as_str())];
    let realtime = || server.get("/api/v1/realtime?tracking_id=UA-1", &headers).json::<Value>();
    let before = realtime();
    assert_eq!((&before["version"], &before["active_users"]), (&0.into(), &0.into()));
    let mut edge = Edge::join(&server, 1, "UA-1");
    let events = just_now(1, 40);
    let people: std::collections::BTreeSet<_> = events.iter().filter_map(|event| event.visitor).collect();
    edge.deliver(&server, &events);
    let after = realtime();
    assert_eq!((&after["version"], &after["active_users"]), (&1.into(), &people.len().into()));
    assert_eq!(after["events_per_minute"], 8.0);
    assert_eq!(after["minutes"].as_array().unwrap().len(), 30);
    let of = |list: &str, field: &str| -> u64 {
        after[list].as_array().unwrap().iter().map(|top| top[field].as_u64().unwrap()).sum()
    };
    assert_eq!(["top_event_types", "top_sources"].map(|list| of(list, "events")), [40; 2]);
    let placed = events.iter().filter(|event| !event.country.is_empty()).count() as u64;
    assert_eq!(of("top_countries", "events"), placed);
    assert!(of("top_sources", "active_users") >= people.len() as u64);
    edge.deliver(&server, &just_now(2, 10));
    assert_eq!(realtime()["events_per_minute"], 10.0);
}

#[test]
fn a_stream_pushes_every_change() {
    let server = Server::start();
    let authorization = bearer(&server.site("UA-1"));
    let headers = [("authorization", authorization.as_str())];
    let streams: Vec<_> = (0..3).map(|_| server.stream("/api/v1/live?tracking_id=UA-1", &headers)).collect();
    for stream in &streams {
        let (id, data) = next(stream);
        assert_eq!((id, &data["version"], &data["tracking_id"]), (0, &0.into(), &"UA-1".into()));
    }
    let mut edge = Edge::join(&server, 1, "UA-1");
    for (seed, version) in [(1, 1), (2, 2)] {
        edge.deliver(&server, &just_now(seed, 10));
        for stream in &streams {
            let (id, data) = next(stream);
            assert_eq!((id, data["events_per_minute"].as_f64()), (version, Some(2.0 * version as f64)));
        }
    }
    // Many changes at once make few messages, and the last one is among them.
    let since = Instant::now();
    for seed in 10..30 {
        edge.deliver(&server, &just_now(seed, 1));
    }
    let mut messages = 0;
    while next(&streams[0]).0 < 22 {
        messages += 1;
    }
    let most = since.elapsed().as_secs_f64() * 2.0 + 1.0;
    assert!(f64::from(messages) <= most, "{messages} messages in {:?}", since.elapsed());
}

#[test]
fn a_stream_goes_on_when_nothing_happens() {
    let server = Server::start();
    let authorization = bearer(&server.site("UA-1"));
    let stream = server.stream("/api/v1/live?tracking_id=UA-1", &[("authorization", &authorization)]);
    let (_, first) = next(&stream);
    let since = Instant::now();
    // A new minute is news; a beat comes where there is none.
    let mut beats = 0;
    let second = loop {
        match stream.recv_timeout(DEADLINE).expect("a line").as_str() {
            ":" => beats += 1,
            line if line.starts_with("data: ") => break serde_json::from_str::<Value>(&line[6..]).unwrap(),
            _ => {}
        }
    };
    let minute = |data: &Value| data["minutes"][29]["start_ms"].as_u64().unwrap();
    let is_new_minute = minute(&second) > minute(&first);
    assert!(second["timestamp"].as_u64() > first["timestamp"].as_u64());
    assert!(is_new_minute || (18..22).contains(&since.elapsed().as_secs()), "{:?}", since.elapsed());
    assert!(is_new_minute || beats == 1, "{beats}");
}

#[test]
fn a_client_that_comes_back_is_sent_what_it_has_not_seen() {
    let server = Server::start();
    let authorization = bearer(&server.site("UA-1"));
    let path = "/api/v1/live?tracking_id=UA-1";
    let stream = |seen: &str| server.stream(path, &[("authorization", &authorization), ("last-event-id", seen)]);
    let mut edge = Edge::join(&server, 1, "UA-1");
    edge.deliver(&server, &just_now(1, 10));
    // The minute may change meanwhile: then there is something new to say, and it is tried again.
    let same = (0..2).any(|_| {
        let (id, data) = next_with_id(&stream("nonsense"));
        assert_eq!(data["version"], 1);
        let resumed = stream(&id);
        let mut lines = Vec::new();
        // It is told what comes next, and nothing that it knows.
        edge.deliver(&server, &just_now(2, 10));
        while !lines.iter().any(|line: &String| line.starts_with("data: ")) {
            lines.push(resumed.recv_timeout(DEADLINE).expect("a line"));
        }
        let data: Value = serde_json::from_str(&lines.last().unwrap()[6..]).unwrap();
        data["version"] == 2
    });
    assert!(same);
    let (_, data) = next_with_id(&stream("1.1"));
    assert!(data["version"].as_u64() >= Some(2));
}

#[test]
fn one_site_cannot_take_the_places_of_others() {
    let environment = [("TIDEMARK_LIVE_CLIENTS_MAX", "3"), ("TIDEMARK_LIVE_CLIENTS_PER_SITE_MAX", "2")];
    let server = Server::start_with(tempfile::tempdir().unwrap(), &environment);
    let tokens = ["UA-1", "UA-2"].map(|site| bearer(&server.site(site)));
    let follow = |site: usize| {
        let path = format!("/api/v1/live?tracking_id=UA-{}", site + 1);
        (path, [("authorization", tokens[site].as_str())])
    };
    let open = |site| {
        let (path, headers) = follow(site);
        let stream = server.stream(&path, &headers);
        next(&stream);
        stream
    };
    let refused = |site| {
        let (path, headers) = follow(site);
        let refused = server.get(&path, &headers);
        refused.problem(503);
        refused.text()
    };
    let streams = [open(0), open(0)];
    assert!(refused(0).contains("2 live streams of this site"));
    let other = open(1);
    assert!(refused(1).contains("3 live streams are open"));
    drop((streams, other));
}

#[test]
fn streams_are_bounded_and_end_with_the_server() {
    let mut server = Server::start_with(tempfile::tempdir().unwrap(), &[("TIDEMARK_LIVE_CLIENTS_MAX", "2")]);
    let authorization = bearer(&server.site("UA-1"));
    let headers = [("authorization", authorization.as_str())];
    let path = "/api/v1/live?tracking_id=UA-1";
    let streams = [server.stream(path, &headers), server.stream(path, &headers)];
    streams.iter().for_each(|stream| drop(next(stream)));
    let refused = server.get(path, &headers);
    refused.problem(503);
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(server.terminate(), 0);
    for stream in &streams {
        while let Ok(line) = stream.recv_timeout(DEADLINE) {
            assert!(!line.starts_with("event"), "{line}");
        }
    }
}

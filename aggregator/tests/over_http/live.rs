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

/// The next event of a stream: id and data.
fn next(stream: &Receiver<String>) -> (u64, Value) {
    let (mut id, mut data, mut name) = (None, None, None);
    loop {
        let line = stream.recv_timeout(DEADLINE).expect("an event");
        match line.split_once(": ") {
            Some(("event", text)) => name = Some(text.to_owned()),
            Some(("id", text)) => id = text.parse().ok(),
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
    next(&stream);
    let since = Instant::now();
    next(&stream);
    assert!((9..12).contains(&since.elapsed().as_secs()), "{:?}", since.elapsed());
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

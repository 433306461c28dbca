//! What was acknowledged stays, whatever happens to the process or the disk.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use wire::frame::{FRAMES_PATH, FrameResult};

use crate::edge::{Edge, post_signed, send, signing, try_send};
use crate::server::{Server, wait_until};
use crate::visits::three_days;

fn events(server: &Server, token: &str) -> Value {
    let query = json!({"tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"}, "metrics": ["events"]});
    server.query(token, &query).json::<Value>()["rows"][0]["events"].clone()
}

#[test]
fn an_acknowledged_frame_survives_a_kill() {
    let mut server = Server::start();
    let token = server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    for round in 1..=5 {
        let frame = edge.seal(&three_days(round, 20)).remove(0);
        assert_eq!(send(&server, &frame.bytes).1.result, FrameResult::Applied);
        server = server.kill_and_restart();
        assert_eq!(events(&server, &token), 20 * round);
        assert_eq!(send(&server, &frame.bytes).1.result, FrameResult::Duplicate);
    }
    assert_eq!(server.command(&["export", "--site", "UA-1"]).lines().count(), 100);
}

#[test]
fn a_kill_under_load_loses_nothing_and_counts_nothing_twice() {
    let mut server = Server::start();
    server.site("UA-1");
    let frames: Vec<Vec<_>> = (1..=4)
        .map(|number| {
            let mut edge = Edge::join(&server, number, "UA-1");
            (0..60).flat_map(|part| edge.seal(&three_days(u64::from(number) * 1000 + part, 3))).collect()
        })
        .collect();
    // How many frames of each edge were acknowledged.
    let mut acknowledged = vec![0; frames.len()];
    for kill_at in [20, 90, 160] {
        let total = AtomicUsize::new(acknowledged.iter().sum());
        std::thread::scope(|scope| {
            for (frames, done) in frames.iter().zip(&mut acknowledged) {
                let (server, total) = (&server, &total);
                scope.spawn(move || {
                    while let Some(frame) = frames.get(*done) {
                        let Ok(answer) = try_send(server, &frame.bytes) else { break };
                        assert!(matches!(answer.result, FrameResult::Applied | FrameResult::Duplicate), "{answer:?}");
                        *done += 1;
                        total.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            wait_until("enough frames", || (total.load(Ordering::Relaxed) >= kill_at).then_some(()));
            server.kill();
        });
        server = server.kill_and_restart();
        let counted = exported_ids(&server);
        let kept: usize = frames.iter().zip(&acknowledged).map(|(_, done)| 3 * done).sum();
        assert!(counted.len() >= kept, "{} events counted, {kept} acknowledged", counted.len());
    }
    for edge in &frames {
        for frame in edge {
            let (_, answer) = send(&server, &frame.bytes);
            assert!(matches!(answer.result, FrameResult::Applied | FrameResult::Duplicate), "{answer:?}");
        }
    }
    let mut counted = exported_ids(&server);
    assert_eq!(counted.len(), 4 * 60 * 3);
    counted.sort();
    counted.dedup();
    assert_eq!(counted.len(), 4 * 60 * 3, "no event twice");
}

fn exported_ids(server: &Server) -> Vec<String> {
    let lines = server.command(&["export", "--site", "UA-1"]);
    let id = |line| serde_json::from_str::<Value>(line).unwrap()["id"].as_str().unwrap().to_owned();
    lines.lines().map(id).collect()
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let full = [("TIDEMARK_LEDGER_BYTES_MAX", "1000000")];
    let server = Server::start_with(tempfile::tempdir().unwrap(), &full);
    let token = server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    let mut counted = 0;
    let refused = loop {
        let frame = edge.seal(&three_days(counted, 100)).remove(0);
        let answer = post_signed(&server, FRAMES_PATH, &signing(&frame.bytes), &frame.bytes);
        if answer.status != 200 {
            answer.problem(503);
            assert_eq!(answer.header("retry-after"), "1");
            break frame;
        }
        counted += 1;
        assert!(counted < 100, "a megabyte holds this much?");
    };
    assert!(counted > 0);
    assert_eq!(events(&server, &token), 100 * counted);
    server.get("/readyz", &[]).problem(503);
    assert_eq!(server.get("/healthz", &[]).status, 200);
    // With room again, the same frame counts.
    let server = server.kill_and_restart();
    assert_eq!(server.get("/readyz", &[]).status, 200);
    assert_eq!(send(&server, &refused.bytes).1.result, FrameResult::Applied);
    assert_eq!(events(&server, &token), 100 * (counted + 1));
}

#[test]
fn commands_write_beside_a_busy_server() {
    let server = Server::start();
    let token = server.site("UA-1");
    std::thread::scope(|scope| {
        let server = &server;
        scope.spawn(move || {
            let mut edge = Edge::join(server, 1, "UA-1");
            for round in 0..50 {
                edge.deliver(server, &three_days(round, 20));
            }
        });
        for number in 0..10 {
            server.command(&["site", "add", &format!("UA-x{number}"), "--name", "x"]);
        }
    });
    assert_eq!(events(&server, &token), 1000);
    assert_eq!(server.command(&["site", "list"]).lines().count(), 11);
}

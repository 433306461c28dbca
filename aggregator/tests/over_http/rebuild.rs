//! Rollups made anew from raw events, beside a busy server and without one; accounts that agree, or say where not.

use std::sync::atomic::{AtomicBool, Ordering};

use domain::rollup::Caps;
use domain::seal::{Folding, seal};
use domain::visit::{self, Known};
use serde_json::{Value, json};
use wire::Seq;
use wire::frame::{FrameResult, RawEvent};
use wire::site::Settings;

use crate::edge::{Edge, now_ms, send};
use crate::server::{Server, tidemark};
use crate::visits::{DAY_MS, Random, event};

/// An edge object that follows visits, as the real one does.
pub struct Follower {
    pub edge: Edge,
    known: Known,
    caps: Caps,
    pub settings: Settings,
}

impl Follower {
    pub fn join(server: &Server, edge: u8, site: &str) -> Self {
        let edge = Edge::join(server, edge, site);
        Self { edge, known: Known::new(), caps: Caps::default(), settings: Settings::default() }
    }

    pub fn deliver(&mut self, server: &Server, events: &[RawEvent]) {
        let mut events = events.to_vec();
        let changes = visit::follow(&mut events, &mut self.known, &self.settings, &mut self.caps);
        let (settings, sealed_through_ms) = (&self.settings, now_ms());
        let folding = Folding { events: &events, changes: &changes, outcomes: &[], settings, sealed_through_ms };
        let sealed = seal(&folding, &self.edge.writer, self.edge.next, &mut self.caps).unwrap();
        for frame in sealed {
            let (status, answer) = send(server, &frame.bytes);
            assert_eq!((status, answer.result), (200, FrameResult::Applied), "{answer:?}");
            self.edge.next = Seq(frame.seq.0 + 1);
        }
    }
}

/// Start of the UTC day `ago` days before today.
pub fn day(ago: u64) -> u64 {
    now_ms() / DAY_MS * DAY_MS - ago * DAY_MS
}

pub fn date(day_ms: u64) -> String {
    domain::window::date_of(day_ms)
}

/// Events within a few hours of a day by a few people, in the order of time.
pub fn some_events(seed: u64, day_ms: u64, count: usize) -> Vec<RawEvent> {
    let mut random = Random(seed);
    let mut events: Vec<RawEvent> = (0..count)
        .map(|_| {
            let at_ms = day_ms + random.below(6 * 3_600_000);
            event(&mut random, at_ms, 12)
        })
        .collect();
    events.sort_by_key(|event| event.at_ms);
    events
}

fn rebuild(server: &Server, from: u64, to: u64, more: &[&str]) -> String {
    let (from, to) = (date(from), date(to));
    let words = [&["rebuild", "--site", "UA-1", "--from", &from, "--to", &to], more].concat();
    server.command(&words)
}

pub fn content(server: &Server) -> String {
    let said = server.command(&["check"]);
    said.lines().find_map(|line| line.strip_prefix("content  ")).unwrap().to_owned()
}

/// Events, visitors and visits of a site over the last week.
pub fn totals(server: &Server, token: &str, site: &str) -> Value {
    let query = json!({
        "tracking_id": site, "date_range": {"start": date(day(7)), "end": date(day(0))},
        "metrics": ["events", "unique_users", "visits"],
    });
    server.query(token, &query).json::<Value>()["rows"][0].clone()
}

fn ledger(server: &Server) -> rusqlite::Connection {
    rusqlite::Connection::open(server.folder.path().join("ledger.sqlite")).unwrap()
}

#[test]
fn what_is_damaged_is_made_anew_and_what_is_right_stays() {
    let mut server = Server::start();
    let token = server.site("UA-1");
    let mut followers = [1, 2].map(|edge| Follower::join(&server, edge, "UA-1"));
    for (number, ago) in [3, 2, 1].into_iter().enumerate() {
        for (edge, follower) in followers.iter_mut().enumerate() {
            let mut events = some_events((10 * number + edge) as u64, day(ago), 80);
            // Both know their own people.
            events.iter_mut().filter(|_| edge > 0).for_each(|event| {
                event.visitor = event.visitor.map(|id| id.xor(wire::Id128([edge as u8; 16])));
                event.session = event.visitor;
            });
            events.chunks(30).for_each(|part| follower.deliver(&server, part));
        }
    }
    let before = totals(&server, &token, "UA-1");
    let said = rebuild(&server, day(3), day(1), &[]);
    assert_eq!(said.matches("same: 160 events counted, 160 kept, 0 of").count(), 3, "{said}");
    // Hot rows and those of a checkpoint are the same to a rebuild.
    assert_eq!(server.terminate(), 0);
    let whole = content(&server);
    let dry = |expect: &str| {
        let said = rebuild(&server, day(2), day(2), &["--dry-run"]);
        assert!(said.contains(expect), "{said}");
    };
    dry("same: 160 events counted");
    let connection = ledger(&server);
    let page = i64::from(wire::frame::RollupDimension::Page as u8);
    let span = [day(2) as i64, day(1) as i64];
    let damaged = "DELETE FROM blocks WHERE dimension = ?1 AND start_ms >= ?2 AND start_ms < ?3";
    assert!(connection.execute(damaged, [page, span[0], span[1]]).unwrap() > 10);
    let total = "DELETE FROM blocks WHERE dimension = 0 AND granularity = 0 AND start_ms >= ?1 AND start_ms < ?2";
    assert!(connection.execute(total, span).unwrap() > 10);
    drop(connection);
    dry("would_replace: 160 events counted, 160 kept");
    assert!(!server.try_command(&["check"]).status.success());
    let said = rebuild(&server, day(3), day(1), &[]);
    let dones: Vec<&str> = said.lines().filter(|line| line.starts_with("20")).map(|line| &line[12..16]).collect();
    assert_eq!(dones, ["same", "repl", "same"], "{said}");
    assert!(said.contains("page \"/pricing\": events 0, by its events"), "{said}");
    dry("same: 160 events counted");
    assert_eq!(content(&server), whole);
    let server = server.kill_and_restart();
    assert_eq!(totals(&server, &token, "UA-1"), before);
    assert!(server.command(&["reconcile"]).contains("\"agrees\": true"));
}

/// The day that is rebuilt is the one that is being counted, again and again.
#[test]
fn nothing_that_is_counted_meanwhile_is_lost_or_doubled() {
    let server = Server::start();
    let token = server.site("UA-1");
    let is_done = AtomicBool::new(false);
    let delivered = std::thread::scope(|scope| {
        let busy = scope.spawn(|| {
            let mut follower = Follower::join(&server, 1, "UA-1");
            follower.deliver(&server, &some_events(1, day(0), 200));
            let mut delivered = 200u64;
            for seed in 2u64.. {
                let was_done = is_done.load(Ordering::Relaxed);
                follower.deliver(&server, &some_events(seed, day(0), 20));
                delivered += 20;
                if was_done {
                    return delivered;
                }
            }
            delivered
        });
        for _ in 0..6 {
            // Damage that the next rebuild finds, so that it writes.
            let page = i64::from(wire::frame::RollupDimension::Page as u8);
            let connection = ledger(&server);
            connection.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
            connection.execute("DELETE FROM blocks WHERE dimension = ?1", [page]).unwrap();
            connection.execute("UPDATE checkpoint SET changes = changes + 1", []).unwrap();
            rebuild(&server, day(0), day(0), &[]);
        }
        is_done.store(true, Ordering::Relaxed);
        busy.join().unwrap()
    });
    assert_eq!(totals(&server, &token, "UA-1")["events"].as_u64(), Some(delivered));
    let server = server.kill_and_restart();
    assert_eq!(totals(&server, &token, "UA-1")["events"].as_u64(), Some(delivered));
    server.command(&["check"]);
    rebuild(&server, day(0), day(0), &[]);
    assert!(rebuild(&server, day(0), day(0), &["--dry-run"]).contains("same"));
    server.command(&["check"]);
}

#[test]
fn what_is_declared_later_is_counted_by_a_rebuild_and_what_was_not_kept_stays() {
    let server = Server::start();
    let token = server.site("UA-1");
    let mut follower = Follower::join(&server, 1, "UA-1");
    follower.deliver(&server, &some_events(1, day(2), 50));
    follower.settings.keeps_events = false;
    follower.deliver(&server, &some_events(2, day(1), 50));
    server.command(&["site", "set", "UA-1", "--property", "price"]);
    let said = rebuild(&server, day(3), day(1), &[]);
    assert!(said.contains("same: 0 events counted, 0 kept"), "{said}");
    assert!(said.contains("replaced: 50 events counted, 50 kept"), "{said}");
    assert!(said.contains("incomplete: 50 events counted, 0 kept"), "{said}");
    let query = json!({
        "tracking_id": "UA-1", "date_range": {"start": date(day(3)), "end": date(day(1))},
        "metrics": ["events"], "dimensions": ["property:price"],
    });
    let answer: Value = server.query(&token, &query).json();
    assert_eq!(answer["rows"], json!([{"property:price": "9.5", "events": 50}]), "{answer}");
    server.command(&["check"]);
    let refused = server.try_command(&["rebuild", "--site", "UA-2", "--from", "2026-01-01", "--to", "2026-01-01"]);
    assert!(String::from_utf8_lossy(&refused.stderr).contains("no site UA-2"));
    let refused = server.try_command(&["rebuild", "--site", "UA-1", "--from", "2026-01-02", "--to", "2026-01-01"]);
    assert!(!refused.status.success());
}

#[test]
fn a_reconciliation_says_what_does_not_agree() {
    let mut server = Server::start();
    server.site("UA-1");
    for edge in [1, 2] {
        let mut follower = Follower::join(&server, edge, "UA-1");
        follower.deliver(&server, &some_events(edge.into(), day(1), 40));
        follower.deliver(&server, &some_events(edge.into(), day(0), 10));
    }
    let report: Value = serde_json::from_str(&server.command(&["reconcile"])).unwrap();
    assert_eq!((&report["agrees"], &report["site_days"]), (&json!(true), &json!(2)), "{report}");
    let sources = report["sites"][0]["sources"].as_array().unwrap();
    assert_eq!(sources.iter().map(|source| source["events"].as_u64().unwrap()).collect::<Vec<_>>(), [50, 50]);
    assert_eq!(server.terminate(), 0);
    let run = |words: &[&str]| tidemark(&server.folder).args(words).output().unwrap();
    let said = |damage: &str| {
        let connection = ledger(&server);
        assert!(connection.execute(damage, []).unwrap() > 0);
        drop(connection);
        let output = run(&["reconcile", "--site", "UA-1"]);
        assert!(!output.status.success());
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        report["named"].to_string()
    };
    let named = said("UPDATE source_days SET events = events + 1");
    assert!(
        named.contains(r#""between":"rollups","date""#) && named.contains(r#""delivered":82,"found":80"#),
        "{named}"
    );
    let named = said(
        "UPDATE source_days SET events = events - 1, checksum_low = ~checksum_low WHERE edge_id = x'01010101010101010101010101010101'",
    );
    assert!(named.contains(r#""between":"ids""#), "{named}");
}

//! Frames that come again under other numbers, and frames of the version before.

use domain::rollup::Caps;
use domain::seal::{Folding, renumber, seal};
use domain::visit::{self, Known};
use serde_json::{Value, json};
use wire::frame::{Frame, FrameResult, HELLO_PATH, Hello, HelloAnswer, RawEvent, WIRE_VERSION_MIN};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

use crate::edge::{Edge, hello, now_ms, post_signed, send, signing};
use crate::server::{Server, wait_until};
use crate::visits::three_days;

fn events_of(server: &Server, token: &str, site: &str) -> u64 {
    let query = json!({
        "tracking_id": site, "date_range": {"start": "2026-02-01", "end": "2026-02-05"}, "metrics": ["events"],
    });
    let answer: Value = server.query(token, &query).json();
    answer["rows"][0]["events"].as_u64().unwrap()
}

/// Frames as sites seal them that keep no events: counters, and what events changed of visits.
fn counters_only(edge: &mut Edge, events: &[RawEvent]) -> Vec<u8> {
    let settings = Settings { keeps_events: false, ..Settings::default() };
    let (mut events, mut caps) = (events.to_vec(), Caps::default());
    let changes = visit::follow(&mut events, &mut Known::new(), &settings, &mut caps);
    let folding =
        Folding { events: &events, changes: &changes, outcomes: &[], settings: &settings, sealed_through_ms: now_ms() };
    let sealed = seal(&folding, &edge.writer, edge.next, &mut caps).unwrap().remove(0);
    edge.next = edge.next.next();
    assert!(Frame::decode(&sealed.bytes).unwrap().events.is_empty());
    sealed.bytes
}

#[test]
fn a_frame_counts_once_under_any_number() {
    let server = Server::start();
    let token = server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    let sent = [counters_only(&mut edge, &three_days(1, 7)), edge.seal(&three_days(2, 5)).remove(0).bytes];
    for bytes in &sent {
        assert_eq!(send(&server, bytes).1.result, FrameResult::Applied);
    }
    // Sealed, but never sent before the edge had to say hello.
    let held = [counters_only(&mut edge, &three_days(3, 9)), edge.seal(&three_days(4, 4)).remove(0).bytes];
    let mut frames: Vec<Vec<u8>> = sent.into_iter().chain(held).collect();
    for epoch in 2..5 {
        assert_eq!(hello(&server, 1, "UA-1", Some(epoch - 1)), HelloAnswer::Welcome { epoch: Epoch(epoch) });
        for (seq, bytes) in (1..).zip(&mut frames) {
            *bytes = renumber(bytes, Epoch(epoch), Seq(seq)).unwrap().bytes;
            let (status, acknowledgement) = send(&server, bytes);
            assert_eq!((status, acknowledgement.result), (200, FrameResult::Applied), "{acknowledgement:?}");
            assert_eq!(acknowledgement.applied_through, Seq(seq));
            assert_eq!(send(&server, bytes).1.result, FrameResult::Duplicate);
        }
        assert_eq!(events_of(&server, &token, "UA-1"), 7 + 5 + 9 + 4, "epoch {epoch}");
    }
    assert_eq!(server.command(&["export", "--site", "UA-1"]).lines().count(), 5 + 4);
    // The same birth, but of another frame: the edge's storage went back in time and it sealed anew.
    let mut forked = Edge::at(1, "UA-1", Epoch(1));
    let other = renumber(&counters_only(&mut forked, &three_days(5, 6)), Epoch(4), Seq(5)).unwrap();
    assert_eq!(send(&server, &other.bytes).1.result, FrameResult::Applied);
    assert_eq!(events_of(&server, &token, "UA-1"), 7 + 5 + 9 + 4 + 6);
}

fn ledger_of(server: &Server) -> rusqlite::Connection {
    rusqlite::Connection::open(server.folder.path().join("ledger.sqlite")).unwrap()
}

/// A server whose log is sealed, so that no frame's bytes are kept, and older than it is: a frame for each of `parts`.
fn aged(server: &mut Server, parts: u64, days: u64) -> Vec<Vec<u8>> {
    server.site("UA-1");
    let mut edge = Edge::join(server, 1, "UA-1");
    let mut sent = Vec::new();
    for part in 0..parts {
        let bytes = edge.seal(&three_days(part + 1, 3)).remove(0).bytes;
        assert_eq!(send(server, &bytes).1.result, FrameResult::Applied);
        sent.push(bytes);
    }
    assert_eq!(server.terminate(), 0);
    server.command(&["segments", "seal"]);
    let shift = (days * 24 * 3_600_000) as i64;
    ledger_of(server).execute("UPDATE frames SET received_at_ms = received_at_ms - ?1", [shift]).unwrap();
    sent
}

fn rows(server: &Server) -> i64 {
    ledger_of(server).query_row("SELECT count(*) FROM frames", [], |row| row.get(0)).unwrap()
}

#[test]
fn frames_that_nobody_can_send_again_are_forgotten_and_count_no_second_time() {
    let mut server = Server::start();
    let mut frames = aged(&mut server, 12, 36);
    let before = server.command(&["export", "--site", "UA-1"]);
    assert_eq!((rows(&server), before.lines().count()), (12, 36));
    let server = server.kill_and_restart();
    wait_until("old rows to go", || (rows(&server) == 5).then_some(()));
    let token = server.command(&["token", "create", "--site", "UA-1", "--name", "again"]);
    let (token, checked) = (token.trim(), server.command(&["check"]));
    assert!(checked.contains("frames   12\nevents   36\n"), "{checked}");
    // Under their own numbers by the mark, under others by their events.
    assert!(frames.iter().all(|bytes| send(&server, bytes).1.result == FrameResult::Duplicate));
    assert_eq!(hello(&server, 1, "UA-1", Some(1)), HelloAnswer::Welcome { epoch: Epoch(2) });
    for (seq, bytes) in (1..).zip(&mut frames) {
        let again = renumber(bytes, Epoch(2), Seq(seq)).unwrap().bytes;
        assert_eq!(send(&server, &again).1.result, FrameResult::Applied);
    }
    assert_eq!(events_of(&server, token, "UA-1"), 36);
    assert_eq!(server.command(&["export", "--site", "UA-1"]), before);
    assert!(server.command(&["check"]).contains("frames   24\nevents   36\n"));
    server.command(&["reconcile"]);
    server.command(&["delete", "site", "UA-1", "--confirm", "UA-1"]);
    server.command(&["check"]);
}

#[test]
fn what_may_still_come_again_is_not_forgotten() {
    // Young; or kept by the edge until a backup has it.
    for (days, environment) in [(34, ("TIDEMARK_STABLE_AFTER", "commit")), (36, ("TIDEMARK_STABLE_AFTER", "backup"))] {
        let mut server = Server::start();
        aged(&mut server, 8, days);
        // A part of the passes is as good as known to be over when what is old of something else is gone.
        let sql = "INSERT INTO erased_events (site, id, erased_at_ms) SELECT site, zeroblob(16), 0 FROM sites";
        ledger_of(&server).execute(sql, []).unwrap();
        let server = server.kill_and_restart_with(&[environment]);
        wait_until("old ids to go", || {
            let left: i64 =
                ledger_of(&server).query_row("SELECT count(*) FROM erased_events", [], |row| row.get(0)).unwrap();
            (left == 0).then_some(())
        });
        assert_eq!(rows(&server), 8, "{environment:?}");
        // A backup that was made so long ago, and of which the edge was told by a later answer, makes them stable.
        if environment.1 == "backup" {
            let mut server = server;
            assert_eq!(server.terminate(), 0);
            let ledger = ledger_of(&server);
            let ago = |days: u64| (now_ms() - days * 24 * 3_600_000) as i64;
            let sql = "UPDATE frames SET received_at_ms = CASE WHEN seq < 4 THEN ?1 ELSE ?2 END";
            ledger.execute(sql, [ago(50), ago(40)]).unwrap();
            let sql = "INSERT INTO backups (started_at_ms, finished_at_ms, bytes, file) VALUES (?1, ?1, 0, '')";
            ledger.execute(sql, [ago(45)]).unwrap();
            drop(ledger);
            let server = server.kill_and_restart_with(&[environment]);
            wait_until("stable rows to go", || (rows(&server) == 5).then_some(()));
        }
    }
}

/// A person is erased; then the edge's storage goes back in time, and it seals their events anew, with another.
#[test]
fn erased_events_do_not_come_back() {
    for is_sealed in [true, false] {
        let mut server = Server::start();
        let token = server.site("UA-1");
        let mut edge = Edge::join(&server, 1, "UA-1");
        let mut events = three_days(1, 20);
        let alice = Id128([0xa1; 16]);
        events.iter_mut().take(3).for_each(|event| event.visitor = Some(alice));
        edge.deliver(&server, &events);
        assert_eq!(server.terminate(), 0);
        if is_sealed {
            server.command(&["segments", "seal"]);
        }
        let server = server.kill_and_restart();
        let record = server.command(&["delete", "person", "--site", "UA-1", "--visitor", &alice.to_string()]);
        assert_eq!(serde_json::from_str::<Value>(&record).unwrap()["events"], 3, "{record}");
        assert_eq!(events_of(&server, &token, "UA-1"), 17);
        let mut set_back = Edge::at(1, "UA-1", Epoch(1));
        events.extend(three_days(2, 1));
        assert_eq!(hello(&server, 1, "UA-1", Some(1)), HelloAnswer::Welcome { epoch: Epoch(2) });
        for (seq, sealed) in (1..).zip(set_back.seal(&events)) {
            let again = renumber(&sealed.bytes, Epoch(2), Seq(seq)).unwrap();
            assert_eq!(send(&server, &again.bytes).1.result, FrameResult::Applied);
        }
        assert_eq!(events_of(&server, &token, "UA-1"), 18);
        let kept = server.command(&["export", "--site", "UA-1"]);
        assert!(kept.lines().count() == 18 && !kept.contains(&alice.to_string()));
        server.command(&["check"]);
        assert!(server.command(&["reconcile"]).contains("\"agrees\": true"));
        let erased: Vec<Vec<u8>> = {
            let ledger = ledger_of(&server);
            let mut ids = ledger.prepare("SELECT id FROM erased_events ORDER BY id").unwrap();
            ids.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        let mut expect: Vec<Vec<u8>> = events.iter().take(3).map(|event| event.id.0.to_vec()).collect();
        expect.sort();
        assert_eq!(erased, expect);
    }
}

fn golden(hex: &str) -> Vec<u8> {
    let digits: String = hex.split_whitespace().collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
}

/// An edge of the version before is served as it was.
#[test]
fn a_frame_of_version_1_is_counted() {
    let server = Server::start();
    let token = server.site("UA-123456-1");
    let frame = golden(include_str!("../../../wire/golden/frame-v1.hex"));
    let decoded = Frame::decode(&frame).unwrap();
    assert_eq!(decoded.wire_version, WIRE_VERSION_MIN);
    let greet = |epoch: u64| {
        let edge_id = decoded.edge_id;
        let hello = Hello { wire_version: 1, edge_id, site: decoded.site.clone(), shard: 3, epoch: Some(Epoch(epoch)) };
        let body = rmp_serde::to_vec_named(&hello).unwrap();
        let answer = post_signed(&server, HELLO_PATH, &signing(&body), &body);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json::<HelloAnswer>()
    };
    assert_eq!(greet(6), HelloAnswer::Welcome { epoch: decoded.epoch });
    // The golden frame has a number of more than 32 bits: the mark is put there by hand.
    let ledger = rusqlite::Connection::open(server.folder.path().join("ledger.sqlite")).unwrap();
    let before = decoded.seq.0 as i64 - 1;
    ledger.execute("UPDATE marks SET applied_through = ?1", [before]).unwrap();
    let (status, acknowledgement) = send(&server, &frame);
    assert_eq!((status, acknowledgement.result), (200, FrameResult::Applied), "{acknowledgement:?}");
    assert_eq!(acknowledgement.applied_through, decoded.seq);
    assert_eq!(send(&server, &frame).1.result, FrameResult::Duplicate);
    assert_eq!(events_of(&server, &token, "UA-123456-1"), 1);
    // The golden hello; then the frame comes again as version 1 replays one, without saying where it was born.
    let hello = golden(include_str!("../../../wire/golden/hello-v1.hex"));
    let answer = post_signed(&server, HELLO_PATH, &signing(&hello), &hello);
    assert_eq!(answer.json::<HelloAnswer>(), HelloAnswer::Welcome { epoch: Epoch(8) });
    let replayed = Frame { epoch: Epoch(8), seq: Seq(1), replayed: true, ..decoded.clone() }.encode().unwrap();
    assert_eq!(send(&server, &replayed).1.result, FrameResult::Applied);
    assert_eq!(events_of(&server, &token, "UA-123456-1"), 1);
    // The edge is brought up to date and replays what version 1 replayed.
    assert_eq!(greet(8), HelloAnswer::Welcome { epoch: Epoch(9) });
    let again = renumber(&replayed, Epoch(9), Seq(1)).unwrap();
    assert_eq!(send(&server, &again.bytes).1.result, FrameResult::Applied);
    assert_eq!(events_of(&server, &token, "UA-123456-1"), 1);
    assert_eq!(server.command(&["export", "--site", "UA-123456-1"]).lines().count(), 1);
    assert_ne!(decoded.edge_id, Id128::default());
}

//! Frames that come again under other numbers, and frames of the version before.

use domain::rollup::Caps;
use domain::seal::{Folding, renumber, seal};
use domain::visit::{self, Known};
use serde_json::{Value, json};
use wire::frame::{Frame, FrameResult, HELLO_PATH, Hello, HelloAnswer, RawEvent, WIRE_VERSION_MIN};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

use crate::edge::{Edge, hello, now_ms, post_signed, send, signing};
use crate::server::Server;
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

//! Every row of the delta protocol's table, over HTTP.

use std::collections::BTreeSet;

use domain::{hash, seal};
use wire::frame::{FRAMES_PATH, Frame, FrameResult, HelloAnswer};
use wire::{Epoch, Id128, Seq};

use crate::edge::{Edge, hello, now_ms, post_signed, send, signing};
use crate::server::Server;
use crate::visits::three_days;

fn events_of(server: &Server) -> usize {
    server.command(&["export", "--site", "UA-1"]).lines().count()
}

#[test]
fn a_frame_counts_once() {
    let server = Server::start();
    server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    let frames: Vec<_> = (0..3).flat_map(|n| edge.seal(&three_days(n, 5))).collect();
    let check = |at: usize, status: u16, result: FrameResult, applied: u64| {
        let (found, acknowledgement) = send(&server, &frames[at].bytes);
        assert_eq!((found, acknowledgement.result), (status, result));
        assert_eq!((acknowledgement.epoch, acknowledgement.applied_through), (Epoch(1), Seq(applied)));
        assert_eq!(acknowledgement.stable_through, acknowledgement.applied_through);
    };
    check(0, 200, FrameResult::Applied, 1);
    check(0, 200, FrameResult::Duplicate, 1);
    check(2, 200, FrameResult::Gap, 1);
    check(1, 200, FrameResult::Applied, 2);
    check(2, 200, FrameResult::Applied, 3);
    check(1, 200, FrameResult::Duplicate, 3);
    assert_eq!(events_of(&server), 15);
}

#[test]
fn of_a_replayed_frame_only_the_news_is_counted() {
    let server = Server::start();
    server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    let events = three_days(7, 12);
    edge.deliver(&server, &events[..8]);
    // The edge's storage went back: it seals what is counted together with what is not, and says hello.
    let held = edge.seal(&events[4..]);
    let replay = |server: &Server, epoch: u64| {
        assert_eq!(hello(server, 1, "UA-1", Some(epoch - 1)), HelloAnswer::Welcome { epoch: Epoch(epoch) });
        let frame = seal::renumber(&held[0].bytes, Epoch(epoch), Seq(1)).unwrap();
        assert_eq!(send(server, &frame.bytes).1.result, FrameResult::Applied);
        assert_eq!(send(server, &frame.bytes).1.result, FrameResult::Duplicate);
        assert_eq!(events_of(server), 12);
    };
    replay(&server, 2);
    replay(&server, 3);
    let server = server.kill_and_restart();
    replay(&server, 4);
    let ids: BTreeSet<String> = server.command(&["export", "--site", "UA-1"]).lines().map(str::to_owned).collect();
    assert_eq!(ids.len(), 12);
    // Another edge's events are its own, even under the same ids.
    let mut other = Edge::join(&server, 2, "UA-1");
    other.deliver(&server, &events[..2]);
    assert_eq!(events_of(&server), 14);
}

#[test]
fn a_frame_out_of_place_changes_nothing() {
    let server = Server::start();
    server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    edge.deliver(&server, &three_days(1, 5));

    let mut forked = Edge::at(1, "UA-1", Epoch(1));
    let (status, acknowledgement) = send(&server, &forked.seal(&three_days(2, 5))[0].bytes);
    assert_eq!((status, acknowledgement.result), (409, FrameResult::Forked));
    assert_eq!(acknowledgement.applied_through, Seq(1));

    let mut stranger = Edge::at(9, "UA-1", Epoch(1));
    let (status, acknowledgement) = send(&server, &stranger.seal(&three_days(3, 5))[0].bytes);
    assert_eq!((status, acknowledgement.result), (200, FrameResult::UnknownEdge));
    assert_eq!((acknowledgement.epoch, acknowledgement.applied_through), (Epoch(0), Seq(0)));

    let mut renewed = Edge::join(&server, 1, "UA-1");
    assert_eq!(renewed.writer.epoch, Epoch(2));
    for (epoch, expect) in [(Epoch(1), FrameResult::Fenced), (Epoch(3), FrameResult::Fenced)] {
        let mut other = Edge::at(1, "UA-1", epoch);
        let (status, acknowledgement) = send(&server, &other.seal(&three_days(4, 5))[0].bytes);
        assert_eq!((status, acknowledgement.result, acknowledgement.epoch), (200, expect, Epoch(2)));
    }
    assert_eq!(events_of(&server), 5);
    renewed.deliver(&server, &three_days(5, 5));
    assert_eq!(events_of(&server), 10);
}

#[test]
fn a_frame_that_can_never_count_is_rejected() {
    let server = Server::start();
    server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    edge.deliver(&server, &three_days(0, 5));
    let good = edge.seal(&three_days(1, 5)).remove(0).bytes;
    let changed = |change: fn(&mut Frame)| {
        let mut frame = Frame::decode(&good).unwrap();
        change(&mut frame);
        frame.encode().unwrap()
    };
    let check = |bytes: &[u8], words: &str, applied: u64| {
        let (status, acknowledgement) = send(&server, bytes);
        assert_eq!((status, acknowledgement.result), (422, FrameResult::Rejected));
        let detail = acknowledgement.detail.unwrap();
        assert!(detail.contains(words), "{detail}, wanted {words}");
        assert_eq!(acknowledgement.applied_through, Seq(applied));
    };
    check(b"not a frame", "frame", 0);
    check(b"", "frame", 0);
    check(&good[..good.len() - 1], "frame", 0);
    check(&changed(|frame| frame.site = "UA-2".to_owned()), "UA-2", 1);
    check(&changed(|frame| frame.event_count += 1), "event_count", 1);
    check(&changed(|frame| frame.id_checksum = Id128([9; 16])), "id_checksum", 1);
    check(&changed(|frame| frame.rows[0].visitors = vec![9, 9].into()), "sketch", 1);
    check(&changed(|frame| frame.rows[0].start_ms = u64::MAX - u64::MAX % 60_000), "2^63", 1);
    check(&changed(|frame| frame.epoch = Epoch(u64::MAX)), "2^63", 1);
    check(&changed(|frame| frame.seq = Seq(u64::MAX)), "2^63", 1);
    check(&changed(|frame| frame.seq = Seq(0)), "seq", 1);

    let mut other_hash = signing(&good);
    other_hash.hash = Id128([3; 16]);
    let answer = post_signed(&server, FRAMES_PATH, &other_hash, &good);
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("hash"), "{}", answer.text());

    let connection = rusqlite::Connection::open(server.folder.path().join("ledger.sqlite")).unwrap();
    let kept = |hash: Id128| -> bool {
        connection
            .query_row("SELECT EXISTS (SELECT 1 FROM quarantine WHERE hash = ?1)", [hash.0], |row| row.get(0))
            .unwrap()
    };
    assert!(kept(hash::of_bytes(b"not a frame")) && kept(hash::of_bytes(&good)));
    assert_eq!(events_of(&server), 5);
    assert_eq!(send(&server, &good).1.result, FrameResult::Applied);
}

#[test]
fn only_a_signed_frame_is_read() {
    let server = Server::start();
    server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    let bytes = edge.seal(&three_days(1, 5)).remove(0).bytes;
    let check = |change: &dyn Fn(&mut crate::edge::Signing<'static>), field: &str| {
        let mut signing = signing(&bytes);
        change(&mut signing);
        assert_eq!(post_signed(&server, FRAMES_PATH, &signing, &bytes).problem(401), field);
    };
    check(&|signing| signing.key = &[8; 32], "tidemark-signature");
    check(&|signing| signing.key_id = "nobody", "tidemark-key-id");
    check(&|signing| signing.key_id = "edge-2", "tidemark-signature");
    check(&|signing| signing.timestamp_ms = now_ms() - 301_000, "tidemark-timestamp");
    check(&|signing| signing.timestamp_ms = now_ms() + 310_000, "tidemark-timestamp");
    assert_eq!(server.post(FRAMES_PATH, &[], &bytes).problem(401), "tidemark-timestamp");
    let too_long = vec![0; 256 * 1024 + 1];
    assert_eq!(post_signed(&server, FRAMES_PATH, &signing(&too_long), &too_long).problem(413), "body");
    // A signature for the one path is none for the other.
    let answer = {
        let signing = signing(&bytes);
        let signature = domain::signature::sign(signing.key, "/edge/v1/hello", signing.timestamp_ms, signing.hash);
        let (timestamp, hash) = (signing.timestamp_ms.to_string(), signing.hash.to_string());
        let headers = [
            ("tidemark-key-id", signing.key_id),
            ("tidemark-timestamp", &timestamp),
            ("tidemark-hash", &hash),
            ("tidemark-signature", &signature),
        ];
        server.post(FRAMES_PATH, &headers, &bytes)
    };
    assert_eq!(answer.problem(401), "tidemark-signature");
    assert_eq!(events_of(&server), 0);

    // Every configured key is valid, so that one can be replaced without a pause.
    let mut second = signing(&bytes);
    (second.key_id, second.key) = ("edge-2", &[0xab; 32]);
    assert_eq!(post_signed(&server, FRAMES_PATH, &second, &bytes).status, 200);
}

#[test]
fn many_edges_at_once_are_all_counted() {
    let server = Server::start();
    server.site("UA-1");
    std::thread::scope(|scope| {
        for number in 1..=16 {
            let server = &server;
            scope.spawn(move || {
                let mut edge = Edge::join(server, number, "UA-1");
                for part in 0..10 {
                    edge.deliver(server, &three_days(u64::from(number) * 100 + part, 7));
                }
            });
        }
    });
    assert_eq!(events_of(&server), 16 * 10 * 7);
}

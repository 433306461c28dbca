//! Events that are sealed into Parquet files: exported, checked, merged and recognised as before.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use domain::seal::renumber;
use rusqlite::Connection;
use serde_json::Value;
use wire::frame::{FrameResult, HelloAnswer, RawEvent};
use wire::{Epoch, Seq};

use crate::edge::{Edge, hello, send};
use crate::server::{Server, wait_until};
use crate::visits::three_days;

/// Sealed as soon as the server looks.
const AT_ONCE: [(&str, &str); 2] = [("TIDEMARK_STORAGE__SEAL_EVENTS", "1"), ("TIDEMARK_STORAGE__SEAL_AFTER_S", "0")];

/// What the export prints, as events, each once.
fn exported(server: &Server) -> Vec<RawEvent> {
    let lines = server.command(&["export", "--site", "UA-1"]);
    let mut events: Vec<RawEvent> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    events.sort_by_key(|event| event.id);
    events
}

fn sorted(mut events: Vec<RawEvent>) -> Vec<RawEvent> {
    events.sort_by_key(|event| event.id);
    events
}

fn ledger(server: &Server) -> Connection {
    Connection::open(server.folder.path().join("ledger.sqlite")).unwrap()
}

fn frames_with_bytes(server: &Server) -> i64 {
    ledger(server).query_row("SELECT count(*) FROM frame_bytes", [], |row| row.get(0)).unwrap()
}

/// The files below `segments`, by what follows the site.
fn files(server: &Server) -> Vec<PathBuf> {
    let site = server.folder.path().join("segments/UA-1");
    let days = fs::read_dir(site).unwrap().map(|day| day.unwrap().path());
    days.flat_map(|day| fs::read_dir(day).unwrap().map(|file| file.unwrap().path())).collect()
}

fn listed(server: &Server) -> usize {
    server.command(&["segments", "list", "--site", "UA-1"]).lines().count()
}

/// Ends the server, so that all is in the blocks, and seals.
fn stop_and_seal(server: &mut Server) {
    assert_eq!(server.terminate(), 0);
    server.command(&["segments", "seal"]);
}

#[test]
fn sealed_events_are_exported_as_they_were() {
    let mut server = Server::start();
    server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    let first = three_days(1, 700);
    edge.deliver(&server, &first);
    stop_and_seal(&mut server);
    assert_eq!((frames_with_bytes(&server), listed(&server)), (0, 3));
    assert_eq!(exported(&server), sorted(first.clone()));
    let said = server.command(&["check"]);
    assert!(said.contains("segments 3\nsealed   700"), "{said}");
    let mut server = server.kill_and_restart();
    let second = three_days(2, 300);
    edge.deliver(&server, &second);
    let all = sorted([first, second].concat());
    assert_eq!(exported(&server), all);
    server.command(&["check"]);
    stop_and_seal(&mut server);
    assert_eq!(server.command(&["segments", "seal"]), "0 events");
    assert_eq!((frames_with_bytes(&server), listed(&server), exported(&server)), (0, 6, all.clone()));
    // The days are long over: each becomes one file. Who reads the folder sees no event twice.
    assert_eq!(server.command(&["segments", "compact"]), "6 segments");
    let parquet = |files: Vec<PathBuf>| files.iter().filter(|file| file.extension().unwrap() == "parquet").count();
    assert_eq!((listed(&server), parquet(files(&server)), exported(&server)), (3, 3, all));
    server.command(&["check"]);
}

#[test]
fn the_server_seals_by_itself() {
    let mut server = Server::start_with(tempfile::tempdir().unwrap(), &AT_ONCE);
    server.site("UA-1");
    let events = three_days(1, 50);
    Edge::join(&server, 1, "UA-1").deliver(&server, &events);
    // What is not in the blocks is not sealed; a start finds it there.
    assert_eq!(server.terminate(), 0);
    let server = server.kill_and_restart_with(&AT_ONCE);
    wait_until("the frames to be sealed", || (frames_with_bytes(&server) == 0).then_some(()));
    assert_eq!(exported(&server), sorted(events));
    server.command(&["check"]);
}

/// An edge that was set back sends sealed events again, in other frames.
#[test]
fn sealed_events_are_known_when_they_come_again() {
    let mut server = Server::start();
    let token = server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    let events = three_days(1, 60);
    let frame = edge.seal(&events).remove(0);
    assert_eq!(send(&server, &frame.bytes).1.result, FrameResult::Applied);
    stop_and_seal(&mut server);
    let server = server.kill_and_restart();
    assert_eq!(hello(&server, 1, "UA-1", Some(1)), HelloAnswer::Welcome { epoch: Epoch(2) });
    // The same frame under another number, then some of its events in another one with news.
    let again = renumber(&frame.bytes, Epoch(2), Seq(1)).unwrap();
    assert_eq!(send(&server, &again.bytes).1.result, FrameResult::Applied);
    let news = three_days(2, 5);
    let mixed: Vec<RawEvent> = events[20..40].iter().chain(&news).cloned().collect();
    let mixed = Edge::at(1, "UA-1", Epoch(9)).seal(&mixed).remove(0);
    let mixed = renumber(&mixed.bytes, Epoch(2), Seq(2)).unwrap();
    assert_eq!(send(&server, &mixed.bytes).1.result, FrameResult::Applied);
    assert_eq!(exported(&server), sorted([events, news].concat()));
    let query = serde_json::json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-01", "end": "2026-02-05"}, "metrics": ["events"],
    });
    assert_eq!(server.query(&token, &query).json::<Value>()["rows"][0]["events"], 65);
}

#[test]
fn a_damaged_segment_is_named() {
    let check = |damage: &dyn Fn(&Server), words: &str| {
        let mut server = Server::start();
        server.site("UA-1");
        Edge::join(&server, 1, "UA-1").deliver(&server, &three_days(1, 40));
        stop_and_seal(&mut server);
        damage(&server);
        let checked = server.try_command(&["check"]);
        let said = String::from_utf8_lossy(&checked.stderr).into_owned();
        assert!(!checked.status.success() && said.contains(words), "{words}: {said}");
    };
    check(&|server| fs::remove_file(&files(server)[0]).unwrap(), "is gone");
    check(
        &|server| {
            let file = &files(server)[1];
            let mut bytes = fs::read(file).unwrap();
            let middle = bytes.len() / 3;
            bytes[middle..middle + 64].fill(0);
            fs::write(file, bytes).unwrap();
        },
        ".parquet",
    );
    // One segment in the place of another.
    check(
        &|server| {
            let files = files(server);
            fs::copy(&files[0], &files[1]).unwrap();
        },
        "is not what the manifest says",
    );
    let sql = |sql: &'static str| move |server: &Server| assert!(ledger(server).execute(sql, []).unwrap() > 0);
    check(&sql("DELETE FROM segments WHERE day_ms = (SELECT min(day_ms) FROM segments)"), "events in segments");
    check(&sql("UPDATE sealed SET events = events + 1"), "events in sealed frames");
    check(&sql("UPDATE sealed SET position = 0, events = 0"), "in segments");
}

/// A ledger that was set back to a backup does not know what was sealed since.
#[test]
fn segments_that_the_ledger_does_not_know_are_set_apart() {
    let mut server = Server::start();
    server.site("UA-1");
    Edge::join(&server, 1, "UA-1").deliver(&server, &three_days(1, 40));
    stop_and_seal(&mut server);
    let known: BTreeSet<PathBuf> = files(&server).into_iter().collect();
    let stray = server.folder.path().join("segments/UA-1/2026-02-02/stray.parquet");
    fs::write(&stray, b"some").unwrap();
    let server = server.kill_and_restart();
    wait_until("the stray to be set apart", || (!stray.exists()).then_some(()));
    assert!(server.folder.path().join("segments-strays/UA-1/2026-02-02/stray.parquet").is_file());
    assert_eq!(files(&server).into_iter().collect::<BTreeSet<_>>(), known);
}

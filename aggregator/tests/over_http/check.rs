//! `tidemark check`: what is damaged is named, and the same counts have the same digest.

use domain::rollup::{Block, Builder, Rollup};
use rusqlite::Connection;
use wire::frame::{RawEvent, RollupDimension};

use crate::edge::{Edge, now_ms, send};
use crate::server::Server;
use crate::visits::{DAY, DAY_MS, three_days};

fn content(server: &Server) -> String {
    let said = server.command(&["check"]);
    said.lines().find_map(|line| line.strip_prefix("content  ")).unwrap().to_owned()
}

/// A server that counted a frame of 20 events from each of two edges.
fn counted() -> Server {
    let server = Server::start();
    server.site("UA-1");
    for edge in [1, 2] {
        Edge::join(&server, edge, "UA-1").deliver(&server, &lately(u64::from(edge)));
    }
    server
}

#[test]
fn the_same_counts_have_the_same_digest() {
    let [left, right] = [Server::start(), Server::start()];
    let mut edges = [1, 2].map(|number| {
        for server in [&left, &right] {
            server.site(&format!("UA-{number}"));
        }
        Edge::join(&left, number, &format!("UA-{number}"));
        Edge::join(&right, number, &format!("UA-{number}"))
    });
    let [one, two] = [0, 1].map(|at| edges[at].seal(&three_days(at as u64, 20)).remove(0));
    for (server, frames) in [(&left, [&one, &two, &one]), (&right, [&two, &one, &one])] {
        for frame in frames {
            send(server, &frame.bytes);
        }
    }
    let said = left.command(&["check"]);
    assert!(said.contains("whole") && said.contains("frames   2\nevents   40\n"), "{said}");
    assert_eq!(content(&left), content(&right));
    edges[0].deliver(&left, &three_days(3, 5));
    assert_ne!(content(&left), content(&right));
}

/// 20 events of the last days: minutes and hours are kept of them.
fn lately(seed: u64) -> Vec<RawEvent> {
    let later = now_ms() / DAY_MS * DAY_MS - 3 * DAY_MS - DAY;
    three_days(seed, 20).into_iter().map(|event| RawEvent { at_ms: event.at_ms + later, ..event }).collect()
}

/// Another block in place of those that match: each row as `change` makes it.
fn replace_blocks(ledger: &Connection, which: &str, change: impl Fn(&mut Rollup)) -> usize {
    let mut found = ledger.prepare(&format!("SELECT rowid_of, bytes FROM ({which})")).unwrap();
    let blocks = found.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?))).unwrap();
    let blocks: Vec<_> = blocks.map(Result::unwrap).collect();
    for (place, bytes) in &blocks {
        let mut builder = Builder::default();
        for row in Block::open(bytes.clone()).unwrap().iter() {
            let mut rollup = row.rollup().unwrap();
            change(&mut rollup);
            builder.push(row.value(), &rollup).unwrap();
        }
        let sql = format!("UPDATE blocks SET bytes = ?1 WHERE {PLACE} = ?2");
        let bytes = builder.finish().unwrap().bytes().to_vec();
        assert_eq!(ledger.execute(&sql, rusqlite::params![bytes, place]).unwrap(), 1);
    }
    blocks.len()
}

/// A block's key as one text.
const PLACE: &str = "concat_ws(' ', site, granularity, dimension, name, start_ms)";

#[test]
fn a_damaged_block_is_named() {
    let check = |granularity: usize, dimension: RollupDimension, change: fn(&mut Rollup), words: &str| {
        let mut server = counted();
        assert_eq!(server.terminate(), 0);
        let before = content(&server);
        let ledger = Connection::open(server.folder.path().join("ledger.sqlite")).unwrap();
        let number = dimension as usize;
        let which = format!(
            "SELECT {PLACE} AS rowid_of, bytes FROM blocks WHERE granularity = {granularity} AND dimension = {number} LIMIT 1"
        );
        assert_eq!(replace_blocks(&ledger, &which, change), 1);
        let checked = server.try_command(&["check"]);
        let said = String::from_utf8_lossy(&checked.stderr).into_owned();
        if words.is_empty() {
            // Damage that no sum shows: the digest does.
            assert!(checked.status.success(), "{said}");
            assert_ne!(content(&server), before);
        } else {
            assert!(!checked.status.success() && said.contains(words), "{said}");
        }
    };
    check(1, RollupDimension::Total, |rollup| rollup.events += 1, "by hour differ");
    check(2, RollupDimension::Total, |rollup| rollup.pageviews += 1, "differ");
    check(0, RollupDimension::Total, |rollup| rollup.events += 1, "by minute differ");
    check(0, RollupDimension::Page, |rollup| rollup.events += 1, "");
    check(2, RollupDimension::Total, |rollup| rollup.visitors = Default::default(), "");
    check(2, RollupDimension::Page, |rollup| rollup.visits.bounces += 1, "");
}

#[test]
fn what_is_damaged_is_named() {
    let check = |damage: &str, words: &str| {
        let mut server = counted();
        assert_eq!(server.terminate(), 0);
        let before = content(&server);
        let connection = Connection::open(server.folder.path().join("ledger.sqlite")).unwrap();
        assert!(connection.execute(damage, []).unwrap() > 0, "{damage}");
        let checked = server.try_command(&["check"]);
        let said = String::from_utf8_lossy(&checked.stderr).into_owned();
        if words.is_empty() {
            // Damage that no sum shows: the digest does.
            assert!(checked.status.success(), "{said}");
            assert_ne!(content(&server), before, "{damage}");
        } else {
            assert!(!checked.status.success() && said.contains(words), "{damage}: {said}");
        }
    };
    check("DELETE FROM blocks WHERE granularity = 0 AND dimension = 0", "by minute are missing");
    check("DELETE FROM blocks WHERE granularity = 2 AND dimension = 0", "by minute are missing");
    check("UPDATE blocks SET bytes = x'01' WHERE dimension = 1", "block");
    check("UPDATE blocks SET dimension = 99 WHERE dimension = 1", "dimension 99");
    check("UPDATE checkpoint SET position = 0", "in the log");
    check("UPDATE marks SET applied_through = 0", "");
    check("DELETE FROM frames WHERE position = 1", "events in the log");
    check("UPDATE frames SET events = 21 WHERE position = 1", "events in the log");
    check("UPDATE frames SET kept_events = 19 WHERE position = 1", "not what was counted");
    check("UPDATE frame_bytes SET bytes = x'00' WHERE position = 1", "frame");
}

#[test]
fn a_ledger_that_is_not_there_is_not_whole() {
    let folder = tempfile::tempdir().unwrap();
    let checked = crate::server::tidemark(&folder).arg("check").output().unwrap();
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(!checked.status.success() && said.contains("ledger.sqlite"), "{said}");
}

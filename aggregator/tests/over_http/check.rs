//! `tidemark check`: what is damaged is named, and the same counts have the same digest.

use crate::edge::{Edge, send};
use crate::server::Server;
use crate::visits::three_days;

fn content(server: &Server) -> String {
    let said = server.command(&["check"]);
    said.lines().find_map(|line| line.strip_prefix("content  ")).unwrap().to_owned()
}

/// A server that counted 40 events from two edges, in this order.
fn counted(order: [u8; 2]) -> Server {
    let server = Server::start();
    server.command(&["site", "add", "UA-1", "--name", "shop.example"]);
    for edge in order {
        Edge::join(&server, edge, "UA-1").deliver(&server, &three_days(u64::from(edge), 20));
    }
    server
}

#[test]
fn the_same_counts_have_the_same_digest() {
    let (server, other) = (counted([1, 2]), counted([2, 1]));
    let said = server.command(&["check"]);
    assert!(said.contains("whole") && said.contains("frames   2\nevents   40\n"), "{said}");
    assert_eq!(content(&server), content(&other));
    let frame = Edge::join(&server, 3, "UA-1").seal(&three_days(3, 5)).remove(0);
    send(&server, &frame.bytes);
    assert_ne!(content(&server), content(&other));
}

#[test]
fn what_is_damaged_is_named() {
    let check = |damage: &str, words: &str| {
        let server = counted([1, 2]);
        let before = content(&server);
        let connection = rusqlite::Connection::open(server.folder.path().join("ledger.sqlite")).unwrap();
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
    check("UPDATE rollups SET events = events + 1 WHERE granularity = 'hour' AND dimension = 'total'", "by minute");
    check(
        "UPDATE rollups SET pageviews = pageviews + 1 WHERE dimension = 'total' AND granularity = 'day'",
        "by minute",
    );
    check("DELETE FROM rollups WHERE granularity = 'minute' AND dimension = 'total'", "by minute");
    check("UPDATE rollups SET events = events + 1 WHERE dimension = 'page'", "");
    check("UPDATE rollups SET visitors = x'' WHERE dimension = 'total' AND visitors != x''", "");
    check("UPDATE marks SET applied_through = 0", "");
    check("DELETE FROM frames WHERE position = 1", "events in the log");
    check("UPDATE frames SET bytes = x'00' WHERE position = 1", "frame");
}

#[test]
fn a_ledger_that_is_not_there_is_not_whole() {
    let folder = tempfile::tempdir().unwrap();
    let checked = crate::server::tidemark(&folder).arg("check").output().unwrap();
    let said = String::from_utf8_lossy(&checked.stderr).into_owned();
    assert!(!checked.status.success() && said.contains("ledger.sqlite"), "{said}");
}

//! `tidemark check`: what is damaged is named, and the same counts have the same digest.

use crate::edge::{Edge, send};
use crate::server::Server;
use crate::visits::three_days;

fn content(server: &Server) -> String {
    let said = server.command(&["check"]);
    said.lines().find_map(|line| line.strip_prefix("content  ")).unwrap().to_owned()
}

/// A server that counted a frame of 20 events from each of two edges.
fn counted() -> Server {
    let server = Server::start();
    server.site("UA-1");
    for edge in [1, 2] {
        Edge::join(&server, edge, "UA-1").deliver(&server, &three_days(u64::from(edge), 20));
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

#[test]
fn what_is_damaged_is_named() {
    let check = |damage: &str, words: &str| {
        let server = counted();
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

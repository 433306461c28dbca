//! Events that were not counted are told, by reason and once.

use domain::seal::renumber;
use serde_json::{Value, json};
use wire::frame::{FrameResult, OutcomeRow};
use wire::{Epoch, Seq};

use crate::edge::{Edge, hello, send};
use crate::server::{Server, bearer};
use crate::visits::{DAY, DAY_MS, three_days};

fn outcome(start_ms: u64, outcome: &str, reason: &str, events: u64) -> OutcomeRow {
    OutcomeRow { start_ms, outcome: outcome.to_owned(), reason: reason.to_owned(), events }
}

fn ask(server: &Server, token: &str, span: &str) -> Value {
    let path = format!("/api/v1/outcomes?tracking_id=UA-1&{span}");
    let answer = server.get(&path, &[("authorization", &bearer(token))]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer: Value = answer.json();
    assert_eq!(answer["tracking_id"], "UA-1");
    answer["outcomes"].clone()
}

fn counted(outcome: &str, reason: &str, events: u64) -> Value {
    json!({"outcome": outcome, "reason": reason, "events": events})
}

#[test]
fn what_was_not_counted_is_told_by_reason() {
    let server = Server::start();
    let token = server.site("UA-1");
    let mut edges = [Edge::join(&server, 1, "UA-1"), Edge::join(&server, 2, "UA-1")];
    let first = [outcome(DAY, "filtered", "bot", 3), outcome(DAY + DAY_MS, "rejected", "page.url", 2)];
    let second = [outcome(DAY, "filtered", "bot", 4), outcome(DAY, "limited", "visitor", 5)];
    let frames = [edges[0].seal_with(&three_days(1, 3), &first), edges[1].seal_with(&[], &second)];
    for frame in frames.iter().flatten() {
        assert_eq!(send(&server, &frame.bytes).1.result, FrameResult::Applied);
        assert_eq!(send(&server, &frame.bytes).1.result, FrameResult::Duplicate);
    }
    // The same under other numbers changes nothing, with events or without.
    for (number, frame) in (1..).zip(&frames) {
        hello(&server, number, "UA-1", Some(1));
        let again = renumber(&frame[0].bytes, Epoch(2), Seq(1)).unwrap();
        assert_eq!(send(&server, &again.bytes).1.result, FrameResult::Applied);
    }
    let all = [counted("filtered", "bot", 7), counted("limited", "visitor", 5), counted("rejected", "page.url", 2)];
    assert_eq!(ask(&server, &token, "start=2026-02-02&end=2026-02-03"), json!(all));
    assert_eq!(ask(&server, &token, "start=2026-02-03&end=2026-02-03"), json!(all[2..]));
    assert_eq!(ask(&server, &token, "start=2026-02-02T00:01:00Z&end=2026-02-02"), json!([]));
}

#[test]
fn only_a_reader_of_the_site_is_told() {
    let server = Server::start();
    let (own, other) = (server.site("UA-1"), server.site("UA-2"));
    let path = "/api/v1/outcomes?tracking_id=UA-1&start=2026-02-02&end=2026-02-03";
    assert_eq!(server.get(path, &[("authorization", &bearer(&own))]).status, 200);
    assert_eq!(server.get(path, &[("authorization", &bearer(&other))]).problem(404), "tracking_id");
    server.get(path, &[]).problem(401);
    let check = |query: &str, field: &str| {
        let path = format!("/api/v1/outcomes?{query}");
        assert_eq!(server.get(&path, &[("authorization", &bearer(&own))]).problem(400), field, "{query}");
    };
    check("start=2026-02-02&end=2026-02-03", "tracking_id");
    check("tracking_id=UA-1&end=2026-02-03", "start");
    check("tracking_id=UA-1&start=2026-02-02", "end");
    check("tracking_id=UA-1&start=2026-02-03&end=2026-02-02", "end");
    check("tracking_id=UA-1&start=2010-02-03&end=2026-02-02", "end");
    check("tracking_id=UA-1&start=2026-02-02&end=2026-02-02&start=2026-02-01", "start");
    check("tracking_id=UA-1&since=2026-02-02", "since");
}

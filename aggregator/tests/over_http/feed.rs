//! Single events as they are taken in.

use std::collections::BTreeSet;
use std::sync::mpsc::Receiver;

use serde_json::{Value, json};
use wire::frame::RawEvent;

use crate::edge::{Edge, now_ms};
use crate::people::{member, open_share, operator};
use crate::server::{DEADLINE, Server, bearer};
use crate::visits::{Random, event};

const PATH: &str = "/api/v1/live/events?tracking_id=UA-1";

/// Events of now whose paths number them from `from` on.
fn numbered(from: u64, count: u64) -> Vec<RawEvent> {
    let mut random = Random(from + 1);
    let at_ms = now_ms();
    let made = (0..count)
        .map(|number| RawEvent { path: format!("/{}", from + number), ..event(&mut random, at_ms + number, 20) });
    made.collect()
}

/// The next message of a stream that tells of events, with its id.
fn next(stream: &Receiver<String>) -> (String, Value) {
    let mut id = String::new();
    loop {
        let line = stream.recv_timeout(DEADLINE).expect("a message");
        match line.split_once(": ") {
            Some(("event", name)) => assert_eq!(name, "feed"),
            Some(("id", text)) => text.clone_into(&mut id),
            Some(("data", text)) => {
                let data: Value = serde_json::from_str(text).unwrap();
                if data["taken"] != 0 {
                    return (id, data);
                }
            }
            _ => {}
        }
    }
}

fn paths(data: &Value) -> Vec<String> {
    data["events"].as_array().unwrap().iter().map(|event| event["path"].as_str().unwrap().to_owned()).collect()
}

fn named(numbers: std::ops::Range<u64>) -> Vec<String> {
    numbers.map(|number| format!("/{number}")).collect()
}

fn owner(server: &Server) -> String {
    operator(server).headers[0].1.clone()
}

#[test]
fn events_are_told_one_by_one_as_they_come() {
    let server = Server::start();
    server.site("UA-1");
    let cookie = owner(&server);
    let headers = [("cookie", cookie.as_str())];
    let mut edge = Edge::join(&server, 1, "UA-1");
    edge.deliver(&server, &numbered(0, 70));
    let stream = server.stream(PATH, &headers);
    let (_, first) = next(&stream);
    assert_eq!((paths(&first), &first["taken"]), (named(20..70), &json!(50)), "the newest fifty, oldest first");
    let event = &first["events"][0];
    let told: BTreeSet<_> = event.as_object().unwrap().keys().map(String::as_str).collect();
    let expect = ["at_ms", "browser", "country", "device", "event_type", "path", "source"];
    assert_eq!(told, BTreeSet::from(expect), "nobody can be known again by it");
    edge.deliver(&server, &numbered(70, 6));
    let (id, second) = next(&stream);
    assert_eq!((paths(&second), &second["taken"]), (named(70..76), &json!(6)));
    // Of more than ten a second some are told, and how many they were.
    edge.deliver(&server, &numbered(76, 400));
    let (_, third) = next(&stream);
    let told = paths(&third);
    assert!(third["taken"] == 400 && (10..=50).contains(&told.len()), "{third}");
    assert!(told.iter().collect::<BTreeSet<_>>().len() == told.len() && told.len().is_multiple_of(10), "{told:?}");
    // Whoever was away is told what came since, and nothing twice.
    let mut lost = server.stream(PATH, &[headers[0], ("last-event-id", &id)]);
    assert_eq!(next(&lost).1["taken"], 400);
    edge.deliver(&server, &numbered(500, 3));
    assert_eq!(paths(&next(&lost).1), named(500..503));
    lost = server.stream(&format!("{PATH}&after={id}"), &headers);
    let (_, again) = next(&lost);
    assert_eq!((&again["taken"], paths(&again).len()), (&json!(403), 50));
    // A position that is still to come is of another ledger.
    lost = server.stream(&format!("{PATH}&after=99999999"), &headers);
    assert_eq!(paths(&next(&lost).1).last().unwrap(), "/502");
}

#[test]
fn who_cannot_follow_asks_again_and_again() {
    let server = Server::start();
    server.site("UA-1");
    let cookie = owner(&server);
    let headers = [("cookie", cookie.as_str()), ("accept", "application/json")];
    let ask = |after: &str| server.get(&format!("{PATH}{after}"), &headers).json::<Value>();
    let mut edge = Edge::join(&server, 1, "UA-1");
    assert_eq!((&ask("")["taken"], &ask("")["position"]), (&json!(0), &json!(0)));
    edge.deliver(&server, &numbered(0, 5));
    let first = ask("&after=0");
    assert_eq!((paths(&first), &first["taken"]), (named(0..5), &json!(5)));
    let after = format!("&after={}", first["position"]);
    assert_eq!(ask(&after)["taken"], 0);
    edge.deliver(&server, &numbered(5, 2));
    assert_eq!(paths(&ask(&after)), named(5..7));
    assert_eq!(server.get(&format!("{PATH}&after=x"), &headers).problem(400), "after");
    assert_eq!(server.get(&format!("{PATH}&since=1"), &headers).problem(400), "since");
}

#[test]
fn single_events_are_for_who_may_read_them() {
    let server = Server::start();
    let token = server.site("UA-1");
    let owner = operator(&server);
    let share = owner.post(&server, "/api/v1/sites/UA-1/shares", json!({"name": "s"})).json::<Value>();
    open_share(&server, "share", share["slug"].as_str().unwrap(), json!({})).get(&server, PATH).problem(403);
    member(&server, "vi", "UA-1", "viewer").get(&server, PATH).problem(403);
    server.get(PATH, &[("authorization", &bearer(&token))]).problem(403);
    server.get(PATH, &[]).problem(401);
    assert_eq!(server.head_of(PATH, &[("cookie", &owner.headers[0].1)]).status, 200);
    // A site of counters alone has none to tell.
    assert_eq!(
        owner.ask(&server, "PATCH", "/api/v1/sites/UA-1", &json!({"settings": {"keeps_events": false}})).status,
        200
    );
    assert_eq!(owner.get(&server, PATH).problem(422), "tracking_id");
}

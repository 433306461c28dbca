//! A person is erased wherever they are, and nobody else; so is a site. The record tells nothing of them.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use wire::Id128;
use wire::event::Property;
use wire::frame::{FrameResult, HelloAnswer, RawEvent};

use crate::edge::{Edge, hello, send};
use crate::rebuild::{Follower, day, some_events, totals};
use crate::server::{Answer, Server, bearer, wait_until};

const ALICE: Id128 = Id128([0xa1; 16]);

fn owner(server: &Server) -> String {
    let link = server.command(&["link"]);
    let token = link.split_once('#').unwrap().1.to_owned();
    let signed_in = server.post("/api/v1/session", &[], json!({ "token": token }).to_string().as_bytes());
    signed_in.header("set-cookie").split(';').next().unwrap().to_owned()
}

fn ask(server: &Server, cookie: &str, path: &str, body: &Value) -> Answer {
    server.post(path, &[("cookie", cookie), ("sec-fetch-site", "same-origin")], body.to_string().as_bytes())
}

fn done(server: &Server, cookie: &str, id: &Value) -> Value {
    let path = format!("/api/v1/deletions/{}", id.as_str().unwrap());
    wait_until("the deletion", || {
        let record: Value = server.get(&path, &[("cookie", cookie)]).json();
        assert_ne!(record["state"], "failed", "{record}");
        (record["state"] == "done").then_some(record)
    })
}

/// Alice's visit of two pages; the second says who she is.
fn of_alice(seed: u64, at_ms: u64) -> Vec<RawEvent> {
    let mut events = some_events(seed, at_ms, 2);
    for (n, event) in events.iter_mut().enumerate() {
        (event.visitor, event.session, event.at_ms) = (Some(ALICE), Some(ALICE), at_ms + 60_000 * n as u64);
    }
    events[1].properties.insert("account".to_owned(), Property::Text("alice@example.org".to_owned()));
    events
}

/// Whether any file of a folder holds these bytes.
fn holds(folder: &Path, bytes: &[u8]) -> bool {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        if path.is_dir() {
            holds(&path, bytes)
        } else {
            fs::read(&path).unwrap().windows(bytes.len()).any(|window| window == bytes)
        }
    })
}

fn exported(server: &Server, site: &str) -> String {
    server.command(&["export", "--site", site])
}

#[test]
fn a_person_is_erased_everywhere_and_nobody_else_is() {
    let mut server = Server::start();
    let token = server.site("UA-1");
    let mut follower = Follower::join(&server, 1, "UA-1");
    follower.deliver(&server, &some_events(1, day(2), 60));
    follower.deliver(&server, &of_alice(2, day(2) + 3_600_000));
    // Sealed by an orderly stop and a command; what follows is in the log alone, and hot.
    assert_eq!(server.terminate(), 0);
    server.command(&["segments", "seal"]);
    let mut server = server.kill_and_restart();
    follower.deliver(&server, &of_alice(3, day(1) + 7_200_000));
    follower.deliver(&server, &some_events(4, day(1), 60));
    let before = totals(&server, &token, "UA-1");
    assert_eq!(before["events"], 124);
    assert!(exported(&server, "UA-1").contains(&ALICE.to_string()));

    let cookie = owner(&server);
    let who = json!({"tracking_id": "UA-1", "property": {"name": "account", "value": "alice@example.org"}});
    let kept: Value = ask(&server, &cookie, "/api/v1/person", &who).json();
    assert_eq!(kept["visitors"], json!([ALICE.to_string()]));
    assert_eq!(kept["events"].as_array().unwrap().len(), 4);
    let taken = ask(&server, &cookie, "/api/v1/deletions", &who);
    assert_eq!(taken.status, 202, "{}", taken.text());
    let id = taken.json::<Value>()["id"].clone();
    assert_eq!(taken.header("location"), format!("/api/v1/deletions/{}", id.as_str().unwrap()));
    let record = done(&server, &cookie, &id);
    let outcome = &record["outcome"];
    assert_eq!((&outcome["visitors"], &outcome["events"]), (&json!(1), &json!(4)), "{record}");
    let rollups: Vec<&Value> = outcome["days"].as_array().unwrap().iter().map(|day| &day["rollups"]).collect();
    assert_eq!(rollups, ["replaced", "replaced"]);
    let text = record.to_string();
    assert!(!text.contains("alice") && !text.contains(&ALICE.to_string()), "{text}");
    // Sketches and visits too: she was one visitor and two visits.
    let after = totals(&server, &token, "UA-1");
    assert_eq!(after["events"], 120);
    for (metric, hers) in [("visits", 2), ("unique_users", 1)] {
        assert_eq!(after[metric].as_i64().unwrap(), before[metric].as_i64().unwrap() - hers, "{before} {after}");
    }
    let kept: Value = ask(&server, &cookie, "/api/v1/person", &who).json();
    assert_eq!(kept["events"], json!([]));
    assert!(!exported(&server, "UA-1").contains(&ALICE.to_string()));
    server.command(&["check"]);
    assert!(server.command(&["reconcile"]).contains("\"agrees\": true"));
    // The same person has the same name in records; another has not.
    let again = ask(&server, &cookie, "/api/v1/deletions", &who).json::<Value>()["id"].clone();
    let again = done(&server, &cookie, &again);
    assert_eq!((&again["subject"], &again["outcome"]["events"]), (&record["subject"], &json!(0)));
    let bob = json!({"tracking_id": "UA-1", "property": {"name": "account", "value": "bob"}});
    let bob = ask(&server, &cookie, "/api/v1/deletions", &bob).json::<Value>()["id"].clone();
    assert_ne!(done(&server, &cookie, &bob)["subject"], record["subject"]);
    let listed: Value = server.get("/api/v1/deletions", &[("cookie", &cookie)]).json();
    assert_eq!(listed["deletions"].as_array().unwrap().len(), 3);
    // And her bytes are in no file.
    assert_eq!(server.terminate(), 0);
    assert!(!holds(server.folder.path(), &ALICE.0), "her id");
    assert!(!holds(server.folder.path(), ALICE.to_string().as_bytes()), "her id, in hex");
    assert!(!holds(server.folder.path(), b"alice@example.org"), "her name");
}

#[test]
fn by_an_id_of_the_sender_somebody_is_found_only_where_it_lasts() {
    let server = Server::start();
    server.site("UA-1");
    let cookie = owner(&server);
    let client = json!({"tracking_id": "UA-1", "client_id": "c-1"});
    for path in ["/api/v1/deletions", "/api/v1/person"] {
        let refused = ask(&server, &cookie, path, &client);
        assert_eq!(refused.problem(400), "client_id");
        assert!(refused.text().contains("destroyed after its day"), "{}", refused.text());
    }
    server.command(&["site", "set", "UA-1", "--mode", "persistent"]);
    assert_eq!(ask(&server, &cookie, "/api/v1/person", &client).problem(400), "client_id");
    let taken: Value = ask(&server, &cookie, "/api/v1/deletions", &client).json();
    let marker = &taken["marker"];
    let ledger = rusqlite::Connection::open(server.folder.path().join("ledger.sqlite")).unwrap();
    ledger.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
    wait_until("the first look, in vain", || {
        let sql = "SELECT state = 'waiting' AND progress != '' FROM tasks WHERE kind = 'erase'";
        ledger.query_row(sql, [], |row| row.get::<_, bool>(0)).unwrap_or_default().then_some(())
    });
    // The event that the answer asks for, as the edge counts it.
    let mut events = of_alice(1, day(0));
    let (name, value) = (marker["custom_property"].as_str().unwrap(), marker["value"].as_str().unwrap());
    events[1].properties.insert(name.to_owned(), Property::Text(value.to_owned()));
    let mut follower = Follower::join(&server, 1, "UA-1");
    follower.deliver(&server, &some_events(2, day(0), 10));
    follower.deliver(&server, &events);
    assert_eq!(ledger.execute("UPDATE tasks SET due_at_ms = 0 WHERE kind = 'erase'", []).unwrap(), 1);
    let record = done(&server, &cookie, &taken["id"]);
    assert_eq!((&record["by"], &record["outcome"]["events"]), (&json!("marker"), &json!(2)));
    assert_eq!(exported(&server, "UA-1").lines().count(), 10);
}

#[test]
fn only_an_owner_erases_and_every_fault_is_named() {
    let server = Server::start();
    let token = server.site("UA-1");
    let cookie = owner(&server);
    let body = json!({"tracking_id": "UA-1", "visitor": ALICE.to_string()});
    let bytes = body.to_string();
    for path in ["/api/v1/deletions", "/api/v1/person"] {
        let post = |headers: &[(&str, &str)]| server.post(path, headers, bytes.as_bytes());
        assert_eq!(post(&[]).status, 401);
        assert_eq!(post(&[("authorization", &bearer(&token))]).status, 403);
        assert_eq!(post(&[("cookie", &cookie), ("origin", "https://evil.example")]).problem(403), "origin");
        assert_eq!(post(&[("cookie", &cookie), ("sec-fetch-site", "cross-site")]).problem(403), "origin");
        let check = |body: Value, status: u16, field: &str| {
            let answer = ask(&server, &cookie, path, &body);
            assert_eq!(answer.problem(status), field, "{body}: {}", answer.text());
        };
        check(json!({"tracking_id": "UA-1"}), 400, "visitor");
        check(json!({"tracking_id": "UA-1", "visitor": ALICE, "user_id": "u"}), 400, "visitor");
        check(json!({"tracking_id": "UA-1", "visitor": "x"}), 400, "visitor");
        check(json!({"tracking_id": "UA-1", "user_id": "u"}), 400, "user_id");
        check(json!({"tracking_id": "UA-1", "property": {"name": "", "value": "x"}}), 400, "property.name");
        check(json!({"tracking_id": "UA-1", "property": {"name": "a", "value": ""}}), 400, "property.value");
        check(json!({"tracking_id": "UA-2", "visitor": ALICE}), 404, "tracking_id");
        check(json!({"tracking_id": "UA-1", "visitor": ALICE, "why": "x"}), 400, "why");
    }
    for path in ["/api/v1/deletions/0123", "/api/v1/deletions/00000000000000000000000000000000"] {
        assert_eq!(server.get(path, &[("cookie", &cookie)]).status, 404);
    }
    assert_eq!(server.get("/api/v1/deletions", &[("authorization", &bearer(&token))]).status, 403);
    let reports = server.get("/api/v1/reconciliations", &[("cookie", &cookie)]);
    assert_eq!(reports.status, 200);
}

#[test]
fn a_deleted_site_is_gone_and_its_frames_are_refused() {
    let mut server = Server::start();
    server.site("UA-1");
    let token = server.site("UA-2");
    let mut followers = ["UA-1", "UA-2"].map(|site| Follower::join(&server, 1 + (site == "UA-2") as u8, site));
    for follower in &mut followers {
        follower.deliver(&server, &of_alice(1, day(2)));
    }
    assert_eq!(server.terminate(), 0);
    server.command(&["segments", "seal"]);
    let mut server = server.kill_and_restart();
    for follower in &mut followers {
        follower.deliver(&server, &some_events(2, day(1), 30));
    }
    let unsure = server.try_command(&["delete", "site", "UA-1", "--confirm", "UA-2"]);
    assert!(!unsure.status.success());
    let said = server.command(&["delete", "site", "UA-1", "--confirm", "UA-1"]);
    assert!(said.contains("\"events\": 32") && said.contains("\"sealed_events\": 2"), "{said}");
    // What comes for it is refused, and nothing of it is kept to be looked at.
    let frame = followers[0].edge.seal(&some_events(3, day(0), 5)).remove(0);
    assert_eq!(send(&server, &frame.bytes).1.result, FrameResult::Rejected);
    assert_eq!(server.command(&["quarantine", "list"]), "");
    // Its edges learn that nobody waits for the rest.
    assert_eq!(hello(&server, 1, "UA-1", Some(1)), HelloAnswer::UnknownSite { is_deleted: true });
    assert_eq!(hello(&server, 1, "UA-3", Some(1)), HelloAnswer::UnknownSite { is_deleted: false });
    followers[1].deliver(&server, &some_events(4, day(0), 8));
    assert_eq!(totals(&server, &token, "UA-2")["events"], 40);
    // A stop writes what is hot: nothing of the site that is gone.
    assert_eq!(server.terminate(), 0);
    server.command(&["check"]);
    assert!(!holds(server.folder.path(), b"UA-1-") && !server.folder.path().join("segments/UA-1").exists());
    let server = server.kill_and_restart();
    assert_eq!(totals(&server, &token, "UA-2")["events"], 40);
    assert!(server.command(&["reconcile"]).contains("\"agrees\": true"));
    // It may begin anew.
    assert_eq!(hello(&server, 1, "UA-1", Some(1)), HelloAnswer::UnknownSite { is_deleted: true });
    server.site("UA-1");
    assert!(matches!(hello(&server, 1, "UA-1", Some(1)), HelloAnswer::Welcome { .. }));
    assert_eq!(exported(&server, "UA-1"), "");
    Edge::join(&server, 9, "UA-1").deliver(&server, &some_events(5, day(0), 3));
    assert_eq!(exported(&server, "UA-1").lines().count(), 3);
}

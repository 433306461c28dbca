//! What is noted about moments of a site.

use serde_json::{Value, json};

use crate::people::{Caller, member, open_share, operator};
use crate::server::Server;

const PATH: &str = "/api/v1/sites/UA-1/notes";

fn listed(caller: &Caller, server: &Server) -> Vec<Value> {
    caller.get(server, PATH).json::<Value>()["notes"].as_array().unwrap().clone()
}

#[test]
fn a_note_is_about_a_moment() {
    let server = Server::start();
    server.site("UA-1");
    let (editor, viewer) = (member(&server, "ed", "UA-1", "editor"), member(&server, "vi", "UA-1", "viewer"));
    let made = editor.post(&server, PATH, json!({"at_ms": 1_770_000_000_000u64, "text": " Launch: “über” 🚀 \n"}));
    assert_eq!(made.status, 201, "{}", made.text());
    let made: Value = made.json();
    assert_eq!((&made["at_ms"], &made["text"]), (&json!(1_770_000_000_000u64), &json!("Launch: “über” 🚀")));
    assert_eq!(made["author"], "ed@shop.example");
    assert_eq!(listed(&viewer, &server), std::slice::from_ref(&made));
    let path = format!("{PATH}/{}", made["note"]);
    // A viewer reads it, and changes nothing.
    viewer.ask(&server, "PATCH", &path, &json!({"text": "z"})).problem(403);
    viewer.post(&server, PATH, json!({"at_ms": 1, "text": "z"})).problem(403);
    viewer.delete(&server, &path).problem(403);
    // Each half changes alone; who wrote it stays.
    let owner = operator(&server);
    let changed: Value = owner.ask(&server, "PATCH", &path, &json!({"text": "Relaunch"})).json();
    assert_eq!((&changed["at_ms"], &changed["text"]), (&made["at_ms"], &json!("Relaunch")));
    let moved: Value = owner.ask(&server, "PATCH", &path, &json!({"at_ms": 5})).json();
    assert_eq!((&moved["at_ms"], &moved["text"], &moved["author"]), (&json!(5), &json!("Relaunch"), &made["author"]));
    assert!(moved["changed_at_ms"].as_u64() >= made["created_at_ms"].as_u64());
    // By their moments, of which one may bear several.
    for (at_ms, text) in [(9, "c"), (2, "a"), (5, "b")] {
        assert_eq!(editor.post(&server, PATH, json!({"at_ms": at_ms, "text": text})).status, 201);
    }
    let texts: Vec<_> = listed(&viewer, &server).iter().map(|note| note["text"].clone()).collect();
    assert_eq!(texts, ["a", "Relaunch", "b", "c"]);
    assert_eq!(editor.delete(&server, &path).status, 204);
    assert_eq!(editor.delete(&server, &path).problem(404), "note");
    assert_eq!(editor.ask(&server, "PATCH", &path, &json!({"text": "y"})).problem(404), "note");
    assert_eq!(listed(&viewer, &server).len(), 3);
}

#[test]
fn what_cannot_be_noted_is_refused_by_its_field() {
    let server = Server::start();
    server.site("UA-1");
    server.site("UA-2");
    let owner = operator(&server);
    let refused = |body: Value, field: &str| assert_eq!(owner.post(&server, PATH, body).problem(400), field);
    refused(json!({"at_ms": 1, "text": " "}), "text");
    refused(json!({"at_ms": 1, "text": "x".repeat(281)}), "text");
    refused(json!({"at_ms": 1, "text": "ü".repeat(141)}), "text");
    refused(json!({"at_ms": 1, "text": "a\u{7}b"}), "text");
    refused(json!({"at_ms": 253_402_300_800_000u64, "text": "x"}), "at_ms");
    refused(json!({"at_ms": -1, "text": "x"}), "at_ms");
    refused(json!({"at_ms": "2026-02-02", "text": "x"}), "at_ms");
    refused(json!({"at_ms": 1, "text": "x", "colour": "red"}), "colour");
    assert_eq!(owner.post(&server, PATH, json!({"at_ms": 1, "text": "x".repeat(4096)})).problem(413), "body");
    // The longest, at the last moment.
    let longest = json!({"at_ms": 253_402_300_799_999u64, "text": "ü".repeat(140)});
    assert_eq!(owner.post(&server, PATH, longest).status, 201);
    // Another site's note is none of this one's.
    let made: Value = owner.post(&server, PATH, json!({"at_ms": 1, "text": "x"})).json();
    let elsewhere = format!("/api/v1/sites/UA-2/notes/{}", made["note"]);
    assert_eq!(owner.delete(&server, &elsewhere).problem(404), "note");
    assert_eq!(owner.ask(&server, "PATCH", &elsewhere, &json!({"text": "y"})).problem(404), "note");
    for at_ms in 2..500 {
        assert_eq!(owner.post(&server, PATH, json!({"at_ms": at_ms, "text": "x"})).status, 201);
    }
    assert_eq!(owner.post(&server, PATH, json!({"at_ms": 1, "text": "one more"})).problem(409), "tracking_id");
    // They go with their site.
    assert_eq!(owner.delete(&server, "/api/v1/sites/UA-1").status, 204);
}

#[test]
fn a_shared_link_reads_notes_and_not_who_wrote_them() {
    let server = Server::start();
    server.site("UA-1");
    let owner = operator(&server);
    assert_eq!(owner.post(&server, PATH, json!({"at_ms": 1, "text": "x"})).status, 201);
    assert_eq!(listed(&owner, &server)[0]["author"], "operator");
    let share = |lock: Value| {
        let made = owner.post(&server, "/api/v1/sites/UA-1/shares", json!({"name": "s", "lock": lock})).json::<Value>();
        open_share(&server, "share", made["slug"].as_str().unwrap(), json!({}))
    };
    let visitor = share(Value::Null);
    let notes = listed(&visitor, &server);
    assert_eq!((notes.len(), &notes[0]["text"], notes[0].get("author")), (1, &json!("x"), None));
    visitor.post(&server, PATH, json!({"at_ms": 1, "text": "y"})).problem(403);
    assert!(share(json!(["is", "country", ["US"]])).get(&server, PATH).text().contains("locked"));
}

//! Filters that are kept of a site, and questions that name them.

use serde_json::{Value, json};

use crate::history::filled;
use crate::people::{Caller, member, open_share, operator};
use crate::server::Server;

const PATH: &str = "/api/v1/sites/UA-1/segments";

fn listed(caller: &Caller, server: &Server) -> Vec<Value> {
    caller.get(server, PATH).json::<Value>()["segments"].as_array().unwrap().clone()
}

/// Keeps filters; answers the number that a question names them by.
fn keep(caller: &Caller, server: &Server, name: &str, filters: Value) -> String {
    let made = caller.post(server, PATH, json!({"name": name, "filters": filters}));
    assert_eq!(made.status, 201, "{}", made.text());
    made.json::<Value>()["segment"].to_string()
}

fn question(filters: Value) -> Value {
    json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"},
        "metrics": ["events", "pageviews", "unique_users"], "dimensions": ["page"], "filters": filters,
    })
}

#[test]
fn a_segment_is_kept_and_changed() {
    let server = Server::start();
    server.site("UA-1");
    let (editor, viewer) = (member(&server, "ed", "UA-1", "editor"), member(&server, "vi", "UA-1", "viewer"));
    let filters = json!(["and", [["is", "device", ["mobile"]], ["not", ["contains", "page", ["/docs"]]]]]);
    let made = editor.post(&server, PATH, json!({"name": " Phones ", "filters": filters}));
    assert_eq!(made.status, 201, "{}", made.text());
    let made: Value = made.json();
    assert_eq!((&made["name"], &made["filters"]), (&json!("Phones"), &filters));
    assert_eq!(listed(&viewer, &server), std::slice::from_ref(&made));
    let path = format!("{PATH}/{}", made["segment"]);
    viewer.ask(&server, "PATCH", &path, &json!({"name": "z"})).problem(403);
    viewer.post(&server, PATH, json!({"name": "z", "filters": filters})).problem(403);
    viewer.delete(&server, &path).problem(403);
    let renamed: Value = editor.ask(&server, "PATCH", &path, &json!({"name": "Telephones"})).json();
    assert_eq!((&renamed["name"], &renamed["filters"]), (&json!("Telephones"), &filters));
    let changed: Value = editor.ask(&server, "PATCH", &path, &json!({"filters": {"country": "DE"}})).json();
    assert_eq!((&changed["name"], &changed["filters"]), (&json!("Telephones"), &json!({"country": "DE"})));
    // A segment of a segment is what that one is now.
    let number = made["segment"].to_string();
    keep(&editor, &server, "A", json!(["and", [["is", "segment", [number]], ["is", "os", ["iOS"]]]]));
    let written = json!(["and", [["and", [["is", "country", ["DE"]]]], ["is", "os", ["iOS"]]]]);
    assert_eq!(listed(&viewer, &server)[0]["filters"], written);
    assert_eq!(editor.post(&server, PATH, json!({"name": "A", "filters": filters})).problem(409), "name");
    assert_eq!(editor.ask(&server, "PATCH", &path, &json!({"name": "A"})).problem(409), "name");
    assert_eq!(editor.delete(&server, &path).status, 204);
    assert_eq!(editor.delete(&server, &path).problem(404), "segment");
    assert_eq!(listed(&viewer, &server).len(), 1);
}

#[test]
fn what_cannot_be_kept_is_refused_by_its_field() {
    let server = Server::start();
    server.site("UA-1");
    server.site("UA-2");
    let owner = operator(&server);
    let refused = |body: Value, field: &str| assert_eq!(owner.post(&server, PATH, body).problem(400), field);
    let german = json!({"country": "DE"});
    refused(json!({"name": "", "filters": german}), "name");
    refused(json!({"name": "x".repeat(101), "filters": german}), "name");
    refused(json!({"name": "x", "filters": {}}), "filters");
    refused(json!({"name": "x", "filters": ["matches", "page", ["("]]}), "filters");
    refused(json!({"name": "x", "filters": ["is", "date", ["2026-02-02"]]}), "filters");
    refused(json!({"name": "x", "filters": ["is", "segment", ["77"]]}), "filters");
    refused(json!({"name": "x", "filters": german, "colour": "red"}), "colour");
    let tests: Vec<_> = (0..16).map(|number| json!(["is", "page", [number.to_string()]])).collect();
    refused(json!({"name": "x", "filters": ["and", tests]}), "filters");
    let long: Vec<_> = (0..9).map(|number| format!("{number}{}", "x".repeat(990))).collect();
    refused(json!({"name": "x", "filters": ["is", "page", long]}), "filters");
    // Another site's segment is none of this one's.
    let number = keep(&owner, &server, "x", german.clone());
    let elsewhere = format!("/api/v1/sites/UA-2/segments/{number}");
    assert_eq!(owner.delete(&server, &elsewhere).problem(404), "segment");
    let mut asked = question(json!(["is", "segment", [number]]));
    asked["tracking_id"] = json!("UA-2");
    assert_eq!(owner.post(&server, "/api/v1/query", asked).problem(400), "filters");
    for number in 1..100 {
        keep(&owner, &server, &number.to_string(), german.clone());
    }
    let more = json!({"name": "one more", "filters": german});
    assert_eq!(owner.post(&server, PATH, more).problem(409), "tracking_id");
    // They go with their site.
    assert_eq!(owner.delete(&server, "/api/v1/sites/UA-1").status, 204);
}

#[test]
fn a_question_names_segments_as_it_names_filters() {
    let (server, ..) = filled(11);
    let owner = operator(&server);
    let rows = |filters: Value| {
        let answer = owner.post(&server, "/api/v1/query", question(filters.clone()));
        assert_eq!(answer.status, 200, "{filters}: {}", answer.text());
        answer.json::<Value>()["rows"].clone()
    };
    let everything = rows(json!({}));
    let (german, phones) = (json!(["is", "country", ["DE"]]), json!(["is", "device", ["mobile"]]));
    let one = keep(&owner, &server, "Germans", json!({"country": "DE"}));
    let other = keep(&owner, &server, "Phones", phones.clone());
    let (named, other_named) = (json!(["is", "segment", [one]]), json!(["is", "segment", [other]]));
    for (asked, meant) in [
        (named.clone(), german.clone()),
        (json!({"segment": one}), german.clone()),
        (json!(["is_not", "segment", [one]]), json!(["not", german])),
        (json!(["is", "segment", [one, other]]), json!(["or", [german, phones]])),
        (json!(["and", [named, other_named]]), json!(["and", [german, phones]])),
        (json!(["or", [named, ["not", other_named]]]), json!(["or", [german, ["not", phones]]])),
    ] {
        let found = rows(asked.clone());
        assert_eq!(found, rows(meant), "{asked}");
        assert_ne!(found, everything, "{asked} leaves something out");
        assert!(!found.as_array().unwrap().is_empty(), "{asked} leaves something in");
    }
    // What is changed holds from the next question on.
    let changed = json!({"filters": {"country": "FR"}});
    assert_eq!(owner.ask(&server, "PATCH", &format!("{PATH}/{one}"), &changed).status, 200);
    assert_eq!(rows(named.clone()), rows(json!(["is", "country", ["FR"]])));
    // A link may be locked to what it is now.
    let lock = json!({"name": "s", "lock": named});
    let share = owner.post(&server, "/api/v1/sites/UA-1/shares", lock);
    assert_eq!(share.status, 201, "{}", share.text());
    let share: Value = share.json();
    assert_eq!(share["lock"], json!(["and", [["is", "country", ["FR"]]]]));
    let visitor = open_share(&server, "share", share["slug"].as_str().unwrap(), json!({}));
    let seen = visitor.post(&server, "/api/v1/query", question(json!({})));
    assert_eq!(seen.json::<Value>()["rows"], rows(named.clone()));
    assert!(visitor.get(&server, PATH).text().contains("locked"));
    let lock = json!({"name": "s", "lock": ["is", "segment", ["77"]]});
    assert_eq!(owner.post(&server, "/api/v1/sites/UA-1/shares", lock).problem(400), "lock");
    // What is not there any more, and what cannot be asked so.
    let asked = question(json!(["and", [german, ["is", "segment", ["77"]]]]));
    assert_eq!(owner.post(&server, "/api/v1/query", asked).problem(400), "filters.1");
    let mut asked = question(json!({}));
    asked["dimensions"] = json!(["segment"]);
    assert_eq!(owner.post(&server, "/api/v1/query", asked).problem(400), "dimensions");
    assert_eq!(owner.delete(&server, &format!("{PATH}/{one}")).status, 204);
    let asked = owner.post(&server, "/api/v1/query", question(named));
    assert!(asked.text().contains(&format!("no segment {one}")), "{}", asked.text());
}

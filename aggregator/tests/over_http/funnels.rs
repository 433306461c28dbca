//! Funnels that are kept of a site.

use serde_json::{Value, json};

use crate::people::{Caller, member, open_share, operator};
use crate::server::Server;

const PATH: &str = "/api/v1/funnels";

fn funnel(name: &str) -> Value {
    json!({
        "tracking_id": "UA-1", "name": name, "window": "30d",
        "steps": [
            {"name": "View", "event_type": "pageview", "filters": {"page_path": "/products/*"}},
            {"event_type": "buy"},
        ],
    })
}

fn listed(caller: &Caller, server: &Server) -> Vec<Value> {
    let all = caller.get(server, &format!("{PATH}?tracking_id=UA-1"));
    all.json::<Value>()["funnels"].as_array().unwrap().clone()
}

#[test]
fn a_funnel_is_kept_and_analyzed() {
    let server = Server::start();
    server.site("UA-1");
    let (editor, viewer) = (member(&server, "ed", "UA-1", "editor"), member(&server, "vi", "UA-1", "viewer"));
    let made = editor.post(&server, PATH, funnel(" Purchase "));
    assert_eq!(made.status, 201, "{}", made.text());
    let made: Value = made.json();
    let id = made["funnel_id"].as_str().unwrap();
    assert_eq!((&made["name"], &made["definition"]["steps"]), (&json!("Purchase"), &funnel("")["steps"]));
    assert!(id.starts_with("UA-1.") && made["created_at"].as_str().unwrap().ends_with('Z'), "{made}");
    assert_eq!(listed(&viewer, &server), std::slice::from_ref(&made));
    // A viewer reads it, and changes nothing.
    let path = format!("{PATH}/{id}");
    viewer.post(&server, PATH, funnel("z")).problem(403);
    viewer.ask(&server, "PUT", &path, &funnel("z")).problem(403);
    viewer.delete(&server, &path).problem(403);
    let range = "start_date=2026-02-02&end_date=2026-02-03&breakdown_by=country&next_actions=true";
    let answer = viewer.get(&server, &format!("{path}/analysis?{range}"));
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer: Value = answer.json();
    assert_eq!((&answer["funnel_id"], &answer["total_users"]), (&made["funnel_id"], &json!(0)));
    assert_eq!(answer["steps"][1]["name"], "buy");
    assert_eq!(viewer.get(&server, &format!("{path}/analysis")).status, 200);
    for (parameters, field) in [
        ("start_date=2026-02-02", "end_date"),
        ("end_date=2026-02-02", "start_date"),
        ("breakdown_by=colour", "breakdown_by"),
        ("interval=minute", "interval"),
        ("next_actions=1", "next_actions"),
        ("limit=1", "limit"),
    ] {
        assert_eq!(viewer.get(&server, &format!("{path}/analysis?{parameters}")).problem(400), field);
    }
    let mut other = funnel("Orders");
    other["order"] = json!("any");
    let changed: Value = editor.ask(&server, "PUT", &path, &other).json();
    assert_eq!((&changed["name"], &changed["definition"]["order"]), (&json!("Orders"), &json!("any")));
    // Names are one each; the same again is no other.
    assert_eq!(editor.post(&server, PATH, funnel("A")).status, 201);
    assert_eq!(editor.post(&server, PATH, funnel("A")).problem(409), "name");
    assert_eq!(editor.ask(&server, "PUT", &path, &funnel("A")).problem(409), "name");
    assert_eq!(editor.ask(&server, "PUT", &path, &funnel("Orders")).status, 200);
    let names: Vec<_> = listed(&viewer, &server).iter().map(|funnel| funnel["name"].clone()).collect();
    assert_eq!(names, ["A", "Orders"]);
    assert_eq!(editor.delete(&server, &path).status, 204);
    assert_eq!(editor.delete(&server, &path).problem(404), "funnel");
    assert_eq!(viewer.get(&server, &format!("{path}/analysis")).problem(404), "funnel");
}

#[test]
fn what_cannot_be_kept_is_refused_by_its_field() {
    let server = Server::start();
    server.site("UA-1");
    server.site("UA-2");
    let owner = operator(&server);
    let with = |field: &str, value: Value| {
        let mut funnel = funnel("x");
        funnel[field] = value;
        funnel
    };
    let refused = |body: Value, field: &str| assert_eq!(owner.post(&server, PATH, body).problem(400), field);
    refused(with("name", json!("")), "name");
    refused(with("name", json!("x".repeat(101))), "name");
    refused(with("steps", json!([{}])), "steps");
    refused(with("steps", json!([{}, {"filters": {"page_path": []}}])), "steps.1.filters.page_path");
    refused(with("window", json!("0s")), "window");
    refused(with("colour", json!("red")), "colour");
    let long = json!({"event_type": vec!["x".repeat(100); 80]});
    refused(with("steps", json!([long, long])), "steps");
    assert_eq!(owner.post(&server, PATH, with("name", json!("x".repeat(20 * 1024)))).problem(413), "body");
    // Another site's funnel is none of this one's.
    let made: Value = owner.post(&server, PATH, funnel("x")).json();
    let number = made["funnel_id"].as_str().unwrap().strip_prefix("UA-1.").unwrap();
    assert_eq!(owner.delete(&server, &format!("{PATH}/UA-2.{number}")).problem(404), "funnel");
    let moved = owner.ask(&server, "PUT", &format!("{PATH}/UA-1.{number}"), &with("tracking_id", json!("UA-2")));
    assert_eq!(moved.problem(400), "tracking_id");
    owner.get(&server, &format!("{PATH}/UA-1.x/analysis")).problem(404);
    owner.get(&server, &format!("{PATH}/nonsense/analysis")).problem(404);
}

#[test]
fn a_site_keeps_two_hundred_and_whoever_sees_a_part_sees_none() {
    let server = Server::start();
    server.site("UA-1");
    let owner = operator(&server);
    for number in 0..200 {
        assert_eq!(owner.post(&server, PATH, funnel(&format!("{number}"))).status, 201);
    }
    assert_eq!(owner.post(&server, PATH, funnel("one more")).problem(409), "tracking_id");
    let share = json!({"name": "part", "lock": ["is", "country", ["US"]]});
    let made: Value = owner.post(&server, "/api/v1/sites/UA-1/shares", share).json();
    let guest = open_share(&server, "guest", made["slug"].as_str().unwrap(), json!({}));
    guest.get(&server, &format!("{PATH}?tracking_id=UA-1")).problem(403);
}

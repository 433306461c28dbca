//! Questions that are kept of a site.

use serde_json::{Value, json};

use crate::people::{Caller, member, open_share, operator};
use crate::server::Server;

const PATH: &str = "/api/v1/sites/UA-1/reports";

fn query() -> Value {
    json!({
        "tracking_id": "UA-1", "date_range": "30d", "metrics": ["visits"], "dimensions": ["page", "country"],
        "filters": ["and", [["is", "device", ["mobile"]], ["not", ["contains", "page", ["/docs"]]]]],
        "order_by": [{"field": "visits", "direction": "asc"}], "limit": 20, "totals": true,
    })
}

fn listed(caller: &Caller, server: &Server) -> Vec<Value> {
    caller.get(server, PATH).json::<Value>()["reports"].as_array().unwrap().clone()
}

#[test]
fn a_report_is_kept_as_it_was_asked() {
    let server = Server::start();
    server.site("UA-1");
    let (editor, viewer) = (member(&server, "ed", "UA-1", "editor"), member(&server, "vi", "UA-1", "viewer"));
    let made = editor.post(&server, PATH, json!({"name": " Phones \n", "query": query()}));
    assert_eq!(made.status, 201, "{}", made.text());
    let made: Value = made.json();
    assert_eq!((&made["name"], &made["query"]), (&json!("Phones"), &query()));
    assert_eq!(listed(&viewer, &server), std::slice::from_ref(&made));
    let path = format!("{PATH}/{}", made["report"]);
    // A viewer reads it, and changes nothing.
    viewer.ask(&server, "PATCH", &path, &json!({"name": "z"})).problem(403);
    viewer.post(&server, PATH, json!({"name": "z", "query": query()})).problem(403);
    viewer.delete(&server, &path).problem(403);
    // Each half changes alone.
    let renamed: Value = editor.ask(&server, "PATCH", &path, &json!({"name": "Telephones"})).json();
    assert_eq!((&renamed["name"], &renamed["query"]), (&json!("Telephones"), &query()));
    let mut other = query();
    other["limit"] = json!(7);
    let changed: Value = editor.ask(&server, "PATCH", &path, &json!({"query": other})).json();
    assert_eq!((&changed["name"], &changed["query"]["limit"]), (&json!("Telephones"), &json!(7)));
    assert!(changed["changed_at_ms"].as_u64() >= made["changed_at_ms"].as_u64());
    // Names are one each; the same again is no other.
    assert_eq!(editor.post(&server, PATH, json!({"name": "A", "query": query()})).status, 201);
    assert_eq!(editor.post(&server, PATH, json!({"name": "A", "query": query()})).problem(409), "name");
    assert_eq!(editor.ask(&server, "PATCH", &path, &json!({"name": "A"})).problem(409), "name");
    assert_eq!(editor.ask(&server, "PATCH", &path, &json!({"name": "Telephones"})).status, 200);
    let names: Vec<_> = listed(&viewer, &server).iter().map(|report| report["name"].clone()).collect();
    assert_eq!(names, ["A", "Telephones"]);
    assert_eq!(editor.delete(&server, &path).status, 204);
    assert_eq!(editor.delete(&server, &path).problem(404), "report");
    assert_eq!(listed(&viewer, &server).len(), 1);
}

#[test]
fn what_cannot_be_kept_is_refused_by_its_field() {
    let server = Server::start();
    server.site("UA-1");
    server.site("UA-2");
    let owner = operator(&server);
    let refused = |body: Value, field: &str| assert_eq!(owner.post(&server, PATH, body).problem(400), field);
    refused(json!({"name": "", "query": query()}), "name");
    refused(json!({"name": "x".repeat(101), "query": query()}), "name");
    refused(json!({"name": "a\u{7}b", "query": query()}), "name");
    let with = |field: &str, value: Value| {
        let mut query = query();
        query[field] = value;
        json!({"name": "x", "query": query})
    };
    refused(with("tracking_id", json!("UA-2")), "query.tracking_id");
    refused(with("metrics", json!([])), "query.metrics");
    refused(with("metrics", json!(["nonsense"])), "query.metrics[0]");
    refused(with("time_zone", json!("x".repeat(8 * 1024))), "query");
    refused(json!({"name": "x", "query": query(), "colour": "red"}), "colour");
    assert_eq!(owner.post(&server, PATH, with("time_zone", json!("x".repeat(16 * 1024)))).problem(413), "body");
    // Another site's report is none of this one's.
    let made: Value = owner.post(&server, PATH, json!({"name": "x", "query": query()})).json();
    let elsewhere = format!("/api/v1/sites/UA-2/reports/{}", made["report"]);
    assert_eq!(owner.delete(&server, &elsewhere).problem(404), "report");
    assert_eq!(owner.ask(&server, "PATCH", &elsewhere, &json!({"name": "y"})).problem(404), "report");
    for number in 1..200 {
        assert_eq!(owner.post(&server, PATH, json!({"name": number.to_string(), "query": query()})).status, 201);
    }
    assert_eq!(owner.post(&server, PATH, json!({"name": "one more", "query": query()})).problem(409), "tracking_id");
    // They go with their site.
    assert_eq!(owner.delete(&server, "/api/v1/sites/UA-1").status, 204);
}

#[test]
fn a_shared_link_reads_what_it_may() {
    let server = Server::start();
    server.site("UA-1");
    let owner = operator(&server);
    owner.post(&server, PATH, json!({"name": "x", "query": query()}));
    let share = |lock: Value| {
        let made = owner.post(&server, "/api/v1/sites/UA-1/shares", json!({"name": "s", "lock": lock})).json::<Value>();
        open_share(&server, "share", made["slug"].as_str().unwrap(), json!({}))
    };
    assert_eq!(listed(&share(Value::Null), &server).len(), 1);
    assert!(share(json!(["is", "country", ["US"]])).get(&server, PATH).text().contains("locked"));
}

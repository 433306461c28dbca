//! Dashboards that are kept of a site.

use serde_json::{Value, json};

use crate::people::{Caller, member, open_share, operator};
use crate::server::Server;

const PATH: &str = "/api/v1/sites/UA-1/dashboards";

fn layout() -> Value {
    let query = json!({"tracking_id": "UA-1", "date_range": "7d", "metrics": ["visits"], "dimensions": ["page"]});
    let funnel = json!({"tracking_id": "UA-1", "date_range": "7d", "steps": [{"event_type": "pageview"}, {}]});
    json!({"date_range": "28d", "widgets": [
        {"title": "Pages", "width": 6, "shows": {"report": {"query": query, "picture": "chart"}}},
        {"title": "Way", "width": 12, "keeps_range": true, "shows": {"funnel": funnel}},
        {"title": "", "width": 4, "shows": {"text": "What we look at on Mondays"}},
    ]})
}

fn listed(caller: &Caller, server: &Server) -> Vec<Value> {
    caller.get(server, PATH).json::<Value>()["dashboards"].as_array().unwrap().clone()
}

#[test]
fn a_dashboard_is_kept_changed_and_deleted() {
    let server = Server::start();
    server.site("UA-1");
    let (editor, viewer) = (member(&server, "ed", "UA-1", "editor"), member(&server, "vi", "UA-1", "viewer"));
    let made = editor.post(&server, PATH, json!({"name": " Mondays ", "layout": layout()}));
    assert_eq!(made.status, 201, "{}", made.text());
    let made: Value = made.json();
    assert_eq!(made["name"], "Mondays");
    // What was left out stands as its default; all that was said stands as it was said.
    assert_eq!(made["layout"]["widgets"][0], layout()["widgets"][0]);
    assert_eq!(made["layout"]["widgets"][1]["shows"]["funnel"]["steps"], json!([{"event_type": "pageview"}, {}]));
    assert_eq!(made["layout"]["widgets"][2], layout()["widgets"][2]);
    assert_eq!(listed(&viewer, &server), std::slice::from_ref(&made));
    let path = format!("{PATH}/{}", made["dashboard"]);
    assert_eq!(viewer.get(&server, &path).json::<Value>(), made);
    // A viewer reads it, and changes nothing.
    viewer.ask(&server, "PATCH", &path, &json!({"name": "z"})).problem(403);
    viewer.post(&server, PATH, json!({"name": "z", "layout": layout()})).problem(403);
    viewer.delete(&server, &path).problem(403);
    // Each half changes alone.
    let renamed: Value = editor.ask(&server, "PATCH", &path, &json!({"name": "Tuesdays"})).json();
    assert_eq!((&renamed["name"], &renamed["layout"]), (&json!("Tuesdays"), &made["layout"]));
    let empty = json!({"date_range": {"start": "2026-01-01", "end": "2026-01-31"}, "widgets": []});
    let emptied: Value = editor.ask(&server, "PATCH", &path, &json!({"layout": empty})).json();
    assert_eq!((&emptied["name"], &emptied["layout"]), (&json!("Tuesdays"), &empty));
    // What was read of one makes another.
    let copy = json!({"name": "Tuesdays again", "layout": emptied["layout"]});
    assert_eq!(editor.post(&server, PATH, copy.clone()).status, 201);
    assert_eq!(editor.post(&server, PATH, copy).problem(409), "name");
    assert_eq!(editor.delete(&server, &path).status, 204);
    assert_eq!(editor.get(&server, &path).problem(404), "dashboard");
    assert_eq!(editor.delete(&server, &path).problem(404), "dashboard");
    assert_eq!(listed(&viewer, &server).len(), 1);
}

#[test]
fn what_cannot_be_kept_is_refused_by_its_field() {
    let server = Server::start();
    server.site("UA-1");
    server.site("UA-2");
    let owner = operator(&server);
    let refused = |layout: Value, field: &str| {
        assert_eq!(owner.post(&server, PATH, json!({"name": "x", "layout": layout})).problem(400), field);
    };
    assert_eq!(owner.post(&server, PATH, json!({"name": " ", "layout": layout()})).problem(400), "name");
    let with = |at: usize, field: &str, value: Value| {
        let mut layout = layout();
        layout["widgets"][at][field] = value;
        layout
    };
    refused(with(0, "width", json!(5)), "layout.widgets[0].width");
    refused(with(1, "title", json!("x".repeat(101))), "layout.widgets[1].title");
    refused(with(2, "shows", json!({"text": ""})), "layout.widgets[2].shows.text");
    refused(with(2, "shows", json!({"weather": ""})), "layout.widgets[2].shows");
    refused(with(2, "colour", json!("red")), "layout.widgets[2].colour");
    let asks = |field: &str, value: Value| {
        let mut layout = layout();
        layout["widgets"][0]["shows"]["report"]["query"][field] = value;
        layout
    };
    refused(asks("tracking_id", json!("UA-2")), "layout.widgets[0].shows.report.query.tracking_id");
    refused(asks("metrics", json!(["nonsense"])), "layout.widgets[0].shows.report.query.metrics[0]");
    refused(asks("metrics", json!([])), "layout.widgets[0].shows.report.query.metrics");
    refused(json!({"date_range": "28d", "widgets": vec![layout()["widgets"][2].clone(); 31]}), "layout.widgets");
    let long = asks("time_zone", json!("x".repeat(64 * 1024)));
    refused(long, "layout");
    let long = json!({"name": "x", "layout": asks("time_zone", json!("x".repeat(70 * 1024)))});
    assert_eq!(owner.post(&server, PATH, long).problem(413), "body");
    // Another site's is none of this one's.
    let made: Value = owner.post(&server, PATH, json!({"name": "x", "layout": layout()})).json();
    let elsewhere = format!("/api/v1/sites/UA-2/dashboards/{}", made["dashboard"]);
    assert_eq!(owner.get(&server, &elsewhere).problem(404), "dashboard");
    let share = json!({"name": "s", "dashboard": made["dashboard"]});
    assert_eq!(owner.post(&server, "/api/v1/sites/UA-2/shares", share).problem(404), "dashboard");
    for number in 1..50 {
        let small = json!({"name": number.to_string(), "layout": {"date_range": "28d", "widgets": []}});
        assert_eq!(owner.post(&server, PATH, small).status, 201);
    }
    let more = json!({"name": "one more", "layout": layout()});
    assert_eq!(owner.post(&server, PATH, more).problem(409), "tracking_id");
    // They go with their site.
    assert_eq!(owner.delete(&server, "/api/v1/sites/UA-1").status, 204);
}

#[test]
fn a_shared_link_shows_one_and_ends_with_it() {
    let server = Server::start();
    server.site("UA-1");
    let owner = operator(&server);
    let made: Value = owner.post(&server, PATH, json!({"name": "Mondays", "layout": layout()})).json();
    let number = made["dashboard"].clone();
    let shares = "/api/v1/sites/UA-1/shares";
    let locked = json!({"name": "s", "dashboard": number, "lock": ["is", "country", ["US"]]});
    assert_eq!(owner.post(&server, shares, locked).problem(400), "lock");
    let share: Value = owner.post(&server, shares, json!({"name": "s", "dashboard": number})).json();
    assert_eq!(share["dashboard"], number);
    let slug = share["slug"].as_str().unwrap();
    let nobody = Caller::nobody();
    let link = format!("/api/v1/shares/{slug}");
    assert_eq!(nobody.get(&server, &link).json::<Value>(), json!({"has_password": false, "dashboard": number}));
    let visitor = open_share(&server, "visitor", slug, json!({}));
    let path = format!("{PATH}/{number}");
    assert_eq!(visitor.get(&server, &path).json::<Value>(), made);
    // Links without one show the overview; those to a part of the site read no dashboards.
    let plain: Value = owner.post(&server, shares, json!({"name": "p"})).json();
    assert!(plain.get("dashboard").is_none(), "{plain}");
    let part: Value = owner.post(&server, shares, json!({"name": "l", "lock": ["is", "country", ["US"]]})).json();
    let part = open_share(&server, "part", part["slug"].as_str().unwrap(), json!({}));
    assert!(part.get(&server, &path).text().contains("locked"));
    assert_eq!(owner.delete(&server, &path).status, 204);
    assert_eq!(nobody.get(&server, &link).problem(404), "share");
    assert_eq!(visitor.get(&server, &path).status, 401);
    assert_eq!(owner.get(&server, shares).json::<Value>()["shares"].as_array().unwrap().len(), 2);
}

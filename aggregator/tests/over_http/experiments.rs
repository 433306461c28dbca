//! Experiments that are kept of a site.

use serde_json::{Value, json};

use crate::measures::{answered, experiment, exposed, filled, with};
use crate::people::{Caller, member, open_share, operator};
use crate::server::Server;

const PATH: &str = "/api/v1/sites/UA-1/experiments";

fn definition() -> Value {
    json!({
        "property": "variant", "exposure": {"event_type": "pageview"},
        "variants": [{"name": "A", "weight": 2.0}, {"name": "B", "weight": 2.0}],
        "metrics": [
            {"name": "Purchase", "kind": "conversion", "event": {"event_type": "purchase"}},
            {"name": "Revenue", "kind": "revenue", "event": {}},
        ],
        "unit": "users", "decide_by": "sequential", "planned_users": 4000, "started_on": "2026-02-02",
    })
}

fn named(name: &str, definition: Value) -> Value {
    json!({"name": name, "definition": definition})
}

fn listed(caller: &Caller, server: &Server) -> Vec<Value> {
    caller.get(server, PATH).json::<Value>()["experiments"].as_array().unwrap().clone()
}

#[test]
fn an_experiment_is_kept_replaced_and_deleted() {
    let server = Server::start();
    server.site("UA-1");
    server.site("UA-2");
    let (editor, viewer) = (member(&server, "ed", "UA-1", "editor"), member(&server, "vi", "UA-1", "viewer"));
    let made = editor.post(&server, PATH, named(" Checkout ", definition()));
    assert_eq!(made.status, 201, "{}", made.text());
    let made: Value = made.json();
    assert_eq!((&made["name"], &made["definition"]), (&json!("Checkout"), &definition()));
    assert!(made["created_at_ms"].as_u64().unwrap() > 0 && made["created_at_ms"] == made["changed_at_ms"], "{made}");
    assert_eq!(listed(&viewer, &server), std::slice::from_ref(&made));
    let path = format!("{PATH}/{}", made["experiment"]);
    assert_eq!(viewer.get(&server, &path).json::<Value>(), made);
    // A viewer reads it, and changes nothing.
    viewer.post(&server, PATH, named("z", definition())).problem(403);
    viewer.ask(&server, "PUT", &path, &named("z", definition())).problem(403);
    viewer.delete(&server, &path).problem(403);
    // All of it is replaced: what is not said any more is gone.
    let short = json!({"property": "colour", "metrics": [{"name": "x", "kind": "revenue"}]});
    let changed: Value = editor.ask(&server, "PUT", &path, &named("Colours", short)).json();
    assert_eq!((&changed["name"], &changed["definition"]["property"]), (&json!("Colours"), &json!("colour")));
    assert_eq!(changed["definition"].get("planned_users"), None);
    // Names are one each; the same again is no other.
    assert_eq!(editor.post(&server, PATH, named("A", definition())).status, 201);
    assert_eq!(editor.post(&server, PATH, named("A", definition())).problem(409), "name");
    assert_eq!(editor.ask(&server, "PUT", &path, &named("A", definition())).problem(409), "name");
    assert_eq!(editor.ask(&server, "PUT", &path, &named("Colours", definition())).status, 200);
    let names: Vec<_> = listed(&viewer, &server).iter().map(|kept| kept["name"].clone()).collect();
    assert_eq!(names, ["A", "Colours"]);
    // It is none of another site's.
    let elsewhere = path.replace("UA-1", "UA-2");
    assert_eq!(operator(&server).get(&server, &elsewhere).problem(404), "experiment");
    assert_eq!(editor.delete(&server, &path).status, 204);
    for gone in [editor.delete(&server, &path), editor.get(&server, &path), editor.get(&server, &format!("{path}x"))] {
        assert_eq!(gone.problem(404), "experiment");
    }
    assert_eq!(editor.ask(&server, "PUT", &path, &named("B", definition())).problem(404), "experiment");
    assert_eq!(viewer.get(&server, &format!("{path}/analysis")).problem(404), "experiment");
}

#[test]
fn a_kept_experiment_is_answered_as_the_same_question() {
    let (server, caller) = filled(&exposed());
    let made: Value = caller.post(&server, PATH, named("Checkout", definition())).json();
    let path = format!("{PATH}/{}/analysis", made["experiment"]);
    let kept = |parameters: &str| {
        let answer = caller.get(&server, &format!("{path}{parameters}"));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json::<Value>()
    };
    let mut asked = definition();
    asked.as_object_mut().unwrap().remove("started_on");
    let asked = answered(&caller, &server, "/api/v1/experiment", with(experiment(), asked));
    let found = kept("?start_date=2026-02-02&end_date=2026-02-04");
    for part in ["exposed", "variants", "split", "metrics", "planned_users", "date_range", "decide_by"] {
        assert_eq!(found[part], asked[part], "{part}");
    }
    assert_eq!((&found["experiment"], asked.get("experiment")), (&made["experiment"], None));
    assert_eq!((&found["exposed"], &found["planned_users"]), (&json!(1000), &json!(4000)));
    assert_eq!(found["metrics"][0]["words"], "B is better than A");
    // Its own days are those that it is asked about without others.
    let running = kept("?time_zone=Asia/Tokyo");
    assert_eq!(running["date_range"]["start"], "2026-02-02T00:00:00+09:00");
    let (start, end) = (&running["date_range"]["start"], &running["date_range"]["end"]);
    assert!(start.as_str() < end.as_str() && running["exposed"] == json!(1000), "{running}");
    let replace = |changes: Value| {
        let path = path.trim_end_matches("/analysis");
        assert_eq!(caller.ask(&server, "PUT", path, &named("Checkout", with(definition(), changes))).status, 200);
    };
    replace(json!({"ended_on": "2026-02-02"}));
    let day = json!({"start": "2026-02-02T00:00:00Z", "end": "2026-02-03T00:00:00Z"});
    assert_eq!(kept("")["date_range"], day);
    replace(json!({"started_on": "9998-01-01"}));
    assert_eq!(kept("")["exposed"], 0);
    // What is to be decided once is not decided before.
    replace(json!({"decide_by": "planned_end"}));
    let early = &kept("?start_date=2026-02-02&end_date=2026-02-04")["metrics"][0];
    assert_eq!(
        (&early["verdict"], &early["variants"][1]["compared"]["verdict"]),
        (&json!("too_early"), &json!("too_early"))
    );
    replace(json!({"decide_by": "planned_end", "planned_users": 1000}));
    assert_eq!(kept("?start_date=2026-02-02&end_date=2026-02-04")["metrics"][0]["verdict"], "better");
    for (parameters, field) in [
        ("start_date=2026-02-02", "end_date"),
        ("end_date=2026-02-02", "start_date"),
        ("time_zone=Moon", "time_zone"),
        ("limit=1", "limit"),
    ] {
        assert_eq!(caller.get(&server, &format!("{path}?{parameters}")).problem(400), field);
    }
}

#[test]
fn what_cannot_be_kept_is_refused_by_its_field() {
    let server = Server::start();
    server.site("UA-1");
    let owner = operator(&server);
    let refused = |changes: Value, field: &str| {
        let asked = owner.post(&server, PATH, named("x", with(definition(), changes)));
        assert_eq!(asked.problem(400), field);
    };
    refused(json!({"property": ""}), "definition.property");
    refused(json!({"metrics": []}), "definition.metrics");
    refused(json!({"metrics": [{"name": "x", "kind": "conversion"}]}), "definition.metrics.0.event");
    refused(json!({"variants": [{"name": "A"}]}), "definition.variants");
    refused(json!({"variants": [{"name": "A"}, {"name": "B", "weight": 0.0}]}), "definition.variants.1.weight");
    refused(json!({"variants": [{"name": "A"}, {"name": "A"}]}), "definition.variants.1.name");
    refused(json!({"control": "C"}), "definition.control");
    refused(json!({"planned_users": 0}), "definition.planned_users");
    refused(json!({"effect_sought": 0}), "definition.effect_sought");
    refused(json!({"started_on": "yesterday"}), "definition.started_on");
    refused(json!({"started_on": null, "ended_on": "2026-02-02"}), "definition.started_on");
    refused(json!({"ended_on": "2026-02-01"}), "definition.ended_on");
    refused(json!({"window": "0s"}), "definition.window");
    refused(json!({"filters": ["is", "segment", ["7"]]}), "definition.filters");
    refused(json!({"colour": "red"}), "definition.colour");
    let long = json!({"event_type": vec!["x".repeat(100); 80]});
    refused(json!({"exposure": long, "metrics": [{"name": "x", "kind": "revenue", "event": long}]}), "definition");
    for name in [" ".to_owned(), "x".repeat(101)] {
        assert_eq!(owner.post(&server, PATH, named(&name, definition())).problem(400), "name");
    }
    let huge = named(&"x".repeat(20 * 1024), definition());
    assert_eq!(owner.post(&server, PATH, huge).problem(413), "body");
    assert_eq!(owner.get(&server, &format!("{PATH}?limit=1")).problem(400), "limit");
}

#[test]
fn a_site_keeps_two_hundred_and_whoever_sees_a_part_sees_none() {
    let server = Server::start();
    server.site("UA-1");
    let owner = operator(&server);
    for number in 0..200 {
        assert_eq!(owner.post(&server, PATH, named(&format!("{number}"), definition())).status, 201);
    }
    assert_eq!(owner.post(&server, PATH, named("one more", definition())).problem(409), "tracking_id");
    let share = json!({"name": "part", "lock": ["is", "country", ["US"]]});
    let made: Value = owner.post(&server, "/api/v1/sites/UA-1/shares", share).json();
    let guest = open_share(&server, "guest", made["slug"].as_str().unwrap(), json!({}));
    guest.get(&server, PATH).problem(403);
}

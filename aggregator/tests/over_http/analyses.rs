//! Questions about people: how far they get, who comes back, and which ways they take.

use serde_json::{Value, json};
use wire::Id128;
use wire::frame::RawEvent;

use crate::edge::Edge;
use crate::people::{Caller, open_share, operator};
use crate::server::Server;
use crate::visits::{DAY, DAY_MS};

const MINUTE: u64 = 60_000;

/// A person's events: minutes from the first day on, type and path.
fn person(number: u8, country: &str, events: &[(u64, &str, &str)]) -> Vec<RawEvent> {
    let event = |(at, (minute, event_type, path)): (usize, &(u64, &str, &str))| RawEvent {
        id: Id128([number, at as u8, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
        at_ms: DAY + minute * MINUTE,
        visitor: Some(Id128([number; 16])),
        session: Some(Id128([number + 100; 16])),
        event_type: (*event_type).to_owned(),
        path: (*path).to_owned(),
        country: country.to_owned(),
        ..RawEvent::default()
    };
    events.iter().enumerate().map(event).collect()
}

/// Four people over three days.
fn events() -> Vec<RawEvent> {
    let day = DAY_MS / MINUTE;
    [
        // What the script sends to measure is nothing that anybody does.
        person(
            1,
            "DE",
            &[
                (0, "pageview", "/products/a"),
                (1, "engagement", "/products/a"),
                (2, "cart", "/products/a"),
                (10, "purchase", "/done"),
            ],
        ),
        person(
            2,
            "DE",
            &[
                (5, "pageview", "/products/b"),
                (6, "pageview", "/help"),
                (day, "cart", "/products/b"),
                (day + 1, "engagement", "/products/b"),
            ],
        ),
        person(
            3,
            "US",
            &[(7, "pageview", "/products/a"), (day + 1, "pageview", "/products/a"), (2 * day, "cart", "/")],
        ),
        person(4, "US", &[(9, "pageview", "/"), (11, "purchase", "/done")]),
    ]
    .concat()
}

fn filled() -> (Server, Caller) {
    let server = Server::start();
    server.site("UA-1");
    Edge::join(&server, 1, "UA-1").deliver(&server, &events());
    let caller = operator(&server);
    (server, caller)
}

fn with(mut query: Value, changes: Value) -> Value {
    query.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    query
}

fn funnel() -> Value {
    json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"}, "window": "2d",
        "steps": [
            {"name": "View", "event_type": "pageview", "filters": {"page_path": "/products/*"}},
            {"name": "Cart", "event_type": "cart"},
            {"name": "Buy", "event_type": "purchase"},
        ],
    })
}

fn answered(caller: &Caller, server: &Server, path: &str, query: Value) -> Value {
    let answer = caller.post(server, path, query.clone());
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()
}

fn users(answer: &Value) -> Vec<u64> {
    answer["steps"].as_array().unwrap().iter().map(|step| step["users"].as_u64().unwrap()).collect()
}

fn check_funnel(server: &Server, caller: &Caller) {
    let changes = json!({"breakdown_by": "country", "interval": "date", "next_actions": true});
    let answer = answered(caller, server, "/api/v1/funnel", with(funnel(), changes));
    assert_eq!((users(&answer), &answer["total_users"]), (vec![3, 3, 1], &json!(3)));
    assert_eq!(answer["avg_time_to_convert"], 600.0);
    // Of 2, 1 435 and 1 439 minutes.
    assert_eq!(answer["steps"][1]["time_from_previous"]["median"], 86_100.0);
    assert_eq!(answer["steps"][2]["dropped"], 2);
    let next = json!([{"event_type": null, "page": null, "users": 2}]);
    assert_eq!(answer["steps"][1]["next_actions"], next);
    let groups: Vec<_> =
        answer["groups"].as_array().unwrap().iter().map(|one| (&one["value"], &one["users"])).collect();
    assert_eq!(groups, [(&json!("DE"), &json!([2, 2, 1])), (&json!("US"), &json!([1, 1, 0]))]);
    let trend: Vec<_> = answer["trend"].as_array().unwrap().iter().map(|one| one["users"][0].clone()).collect();
    assert_eq!(trend, [2, 1, 0], "of the third person the later view counts");
    assert_eq!((&answer["meta"]["rows_read"], &answer["meta"]["unit"]), (&json!(13), &json!("visitor_days")));
    assert_eq!(answer["date_range"], json!({"start": "2026-02-02T00:00:00Z", "end": "2026-02-05T00:00:00Z"}));
}

#[test]
fn a_funnel_tells_how_far_people_get() {
    let (mut server, caller) = filled();
    check_funnel(&server, &caller);
    // The same of sealed events.
    assert_eq!(server.terminate(), 0);
    server.command(&["segments", "seal"]);
    let server = server.kill_and_restart();
    let caller = operator(&server);
    check_funnel(&server, &caller);
    let asked = |changes: Value| users(&answered(&caller, &server, "/api/v1/funnel", with(funnel(), changes)));
    assert_eq!(asked(json!({"window": "10m"})), [3, 1, 1]);
    assert_eq!(asked(json!({"window": "599s"})), [3, 1, 0]);
    assert_eq!(asked(json!({"unit": "sessions"})), [4, 1, 1], "three people in four visits");
    assert_eq!(asked(json!({"window": "1d"})), [3, 3, 1]);
    assert_eq!(asked(json!({"window": "1d", "attempts": "first"})), [3, 2, 1]);
    assert_eq!(asked(json!({"order": "strict"})), [3, 2, 1]);
    assert_eq!(asked(json!({"filters": {"country": "US"}})), [1, 1, 0]);
    assert_eq!(asked(json!({"exclude": [{"filters": {"page": "/help"}}]})), [3, 2, 1]);
    assert_eq!(asked(json!({"order": "any"})), [4, 3, 1], "the fourth person only bought");
}

#[test]
fn retention_tells_who_comes_back() {
    let (server, caller) = filled();
    let query =
        json!({"tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-03"}, "periods": 2});
    let answer = answered(&caller, &server, "/api/v1/retention", query.clone());
    let cohort = |at: usize| {
        let of = &answer["cohorts"][at];
        let returned: Vec<_> = of["returned"].as_array().unwrap().iter().map(|one| one["users"].clone()).collect();
        (of["start"].clone(), of["users"].clone(), returned)
    };
    assert_eq!(cohort(0), (json!("2026-02-02"), json!(4), vec![json!(4), json!(2), json!(1)]));
    assert_eq!(cohort(1), (json!("2026-02-03"), json!(0), vec![json!(0), json!(0), json!(0)]));
    assert_eq!(answer["average"][1], json!({"period": 1, "of": 4, "users": 2, "rate": 50.0, "is_complete": true}));
    let changes = json!({
        "first": {"event_type": "pageview"}, "returning": {"event_type": "cart"}, "breakdown_by": "country",
    });
    let answer = answered(&caller, &server, "/api/v1/retention", with(query, changes));
    assert_eq!(answer["cohorts"][0]["returned"][2]["users"], 1);
    let groups: Vec<_> =
        answer["groups"].as_array().unwrap().iter().map(|one| (&one["value"], &one["users"])).collect();
    assert_eq!(groups, [(&json!("DE"), &json!(2)), (&json!("US"), &json!(2))]);
}

#[test]
fn paths_tell_which_ways_people_take() {
    let (server, caller) = filled();
    let query = json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"}, "unit": "users", "depth": 2,
        "window": "7d", "groups": [{"name": "Product", "page_path": "/products/*"}],
        "from": {"event_type": "pageview", "filters": {"page_path": "/products/*"}},
    });
    let answer = answered(&caller, &server, "/api/v1/paths", query.clone());
    let column = |at: usize| {
        let nodes = answer["columns"][at].as_array().unwrap();
        nodes.iter().map(|node| format!("{} {}", node["name"].as_str().unwrap(), node["users"])).collect::<Vec<_>>()
    };
    assert_eq!(answer["total"], 3);
    assert_eq!((column(0), column(1)), (vec!["Product 3".to_owned()], vec!["cart 2".to_owned(), "/help 1".to_owned()]));
    assert_eq!(column(2), ["cart 1", "purchase 1"]);
    assert_eq!(answer["links"][0], json!([{"from": 0, "to": 0, "users": 2}, {"from": 0, "to": 1, "users": 1}]));
    let back = json!({"from": {"event_type": "purchase"}, "direction": "previous"});
    let answer = answered(&caller, &server, "/api/v1/paths", with(query, back));
    assert_eq!(answer["total"], 2);
    assert_eq!(answer["columns"][1][0]["users"], 1);
}

#[test]
fn a_link_to_a_part_is_answered_about_that_part() {
    let (server, caller) = filled();
    let share = json!({"name": "US", "lock": ["is", "country", ["US"]]});
    let made: Value = caller.post(&server, "/api/v1/sites/UA-1/shares", share).json();
    let guest = open_share(&server, "guest", made["slug"].as_str().unwrap(), json!({}));
    assert_eq!(users(&answered(&guest, &server, "/api/v1/funnel", funnel())), [1, 1, 0]);
    let day = json!({"tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-02"}});
    assert_eq!(answered(&guest, &server, "/api/v1/retention", day.clone())["cohorts"][0]["users"], 2);
    assert_eq!(answered(&guest, &server, "/api/v1/paths", with(day, json!({"unit": "users"})))["total"], 2);
}

#[test]
fn what_cannot_be_answered_is_refused_by_its_field() {
    let (server, caller) = filled();
    let refused =
        |path: &str, query: Value, field: &str| assert_eq!(caller.post(&server, path, query).problem(400), field);
    refused("/api/v1/funnel", with(funnel(), json!({"steps": [{}]})), "steps");
    refused("/api/v1/funnel", with(funnel(), json!({"window": "91d"})), "window");
    refused("/api/v1/funnel", with(funnel(), json!({"steps": [{}, {"event_typ": "x"}]})), "steps[1].event_typ");
    refused("/api/v1/funnel", with(funnel(), json!({"tracking_id": "a/b"})), "tracking_id");
    refused("/api/v1/retention", json!({"tracking_id": "UA-1", "date_range": "7d", "periods": 91}), "periods");
    refused("/api/v1/paths", json!({"tracking_id": "UA-1", "date_range": "7d", "depth": 11}), "depth");
}

#[test]
fn lifecycle_tells_who_is_new_returns_or_stays_away() {
    let (server, caller) = filled();
    let query = json!({"tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"}});
    let active = |answer: &Value| -> Vec<u64> {
        answer["buckets"].as_array().unwrap().iter().map(|bucket| bucket["active"].as_u64().unwrap()).collect()
    };
    let answer = answered(&caller, &server, "/api/v1/lifecycle", query.clone());
    assert_eq!((active(&answer), &answer["meta"]["unit"]), (vec![4, 2, 1], &json!("visitor_days")));
    assert_eq!((&answer["buckets"][0]["new"], &answer["stickiness"][0]["mau"]), (&Value::Null, &Value::Null));
    assert!(answer["limits"][0].as_str().unwrap().contains("unit: sessions"), "{answer}");
    let visits = with(query.clone(), json!({"unit": "sessions", "active": {"event_type": "pageview"}}));
    let answer = answered(&caller, &server, "/api/v1/lifecycle", visits);
    assert_eq!((active(&answer), &answer["meta"]["unit"]), (vec![4, 1, 0], &json!("visits")));

    let persistent = json!({"settings": {"visitors": "persistent"}});
    assert_eq!(caller.ask(&server, "PATCH", "/api/v1/sites/UA-1", &persistent).status, 200);
    let answer = answered(&caller, &server, "/api/v1/lifecycle", with(query, json!({"breakdown_by": "country"})));
    let expect = [
        json!({"start": "2026-02-02", "active": 4, "new": 4, "returning": 0, "resurrected": 0, "dormant": 0, "net": 4}),
        json!({"start": "2026-02-03", "active": 2, "new": 0, "returning": 2, "resurrected": 0, "dormant": 2, "net": -2}),
        json!({"start": "2026-02-04", "active": 1, "new": 0, "returning": 1, "resurrected": 0, "dormant": 1, "net": -1}),
    ];
    for (at, expect) in expect.into_iter().enumerate() {
        assert_eq!(answer["buckets"][at], with(expect, json!({"is_complete": true})));
    }
    assert_eq!(answer["groups"][0]["value"], "US", "three person days against three: {answer}");
    let last = json!({
        "date": "2026-02-04", "dau": 1, "wau": 4, "mau": 4, "dau_wau": 25.0, "dau_mau": 25.0, "is_complete": true,
    });
    assert_eq!(answer["stickiness"][2], last);
    assert_eq!(answer["limits"], Value::Null);
}

//! What people did, as a part of filters: the examples of `docs/analyses.md`, and wherever filters go.

use serde_json::{Value, json};
use wire::Id128;
use wire::frame::{Money, RawEvent};

use crate::edge::Edge;
use crate::people::{Caller, open_share, operator};
use crate::server::Server;
use crate::visits::{DAY, DAY_MS};

const MINUTE: u64 = 60_000;

/// A person's events: minutes from the first day on, type, path and what was paid.
fn person(number: u8, country: &str, events: &[(u64, &str, &str, i64)]) -> Vec<RawEvent> {
    let event = |(at, (minute, event_type, path, euros)): (usize, &(u64, &str, &str, i64))| RawEvent {
        id: Id128([number, at as u8, 9, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
        at_ms: DAY + minute * MINUTE,
        visitor: Some(Id128([number; 16])),
        session: Some(Id128([number + 100; 16])),
        event_type: (*event_type).to_owned(),
        path: (*path).to_owned(),
        country: country.to_owned(),
        revenue: (*euros != 0).then(|| Money { currency: "EUR".to_owned(), micros: euros * 1_000_000 }),
        ..RawEvent::default()
    };
    events.iter().enumerate().map(event).collect()
}

/// Five people over three days, and an event of nobody.
fn events() -> Vec<RawEvent> {
    let day = DAY_MS / MINUTE;
    let view = |minute: u64| (minute, "pageview", "/", 0);
    let buy = |minute: u64, euros: i64| (minute, "purchase", "/done", euros);
    let nobody = RawEvent { visitor: None, session: None, ..person(9, "DE", &[view(1)]).remove(0) };
    [
        person(1, "DE", &[view(0), buy(1, 200), buy(day, 200), buy(day + 1, 150)]),
        person(2, "DE", &[view(2), buy(3, 600)]),
        person(3, "US", &[view(5), view(day + 5), buy(2 * day, 10), buy(2 * day + 1, -10)]),
        person(4, "US", &[(9, "pageview", "/docs/a", 0)]),
        person(5, "US", &[view(2 * day + 9)]),
        vec![nobody],
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

fn query(filters: &Value) -> Value {
    json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"},
        "metrics": ["unique_users", "events"], "filters": filters
    })
}

fn answered(caller: &Caller, server: &Server, path: &str, query: &Value) -> Value {
    let answer = caller.post(server, path, query.clone());
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()
}

/// Visitors and events.
fn asked(caller: &Caller, server: &Server, filters: Value) -> (u64, u64) {
    let answer = answered(caller, server, "/api/v1/query", &query(&filters));
    let row = &answer["rows"][0];
    (row["unique_users"].as_u64().unwrap(), row["events"].as_u64().unwrap())
}

/// The table of `docs/analyses.md`.
fn check_examples(server: &Server, caller: &Caller) {
    let check = |filters: Value, expect: (u64, u64)| {
        assert_eq!(asked(caller, server, filters.clone()), expect, "{filters}");
    };
    check(json!({}), (5, 13));
    check(json!(["did", {"event_type": "purchase"}]), (3, 10));
    check(json!(["not", ["did", {"event_type": "purchase"}]]), (2, 3));
    check(json!(["did", {"event_type": "purchase", "at_least": 3}]), (1, 4));
    check(json!(["did", {"event_type": "purchase", "at_most": 2}]), (2, 6));
    check(json!(["did", {"event_type": "purchase", "at_least": 0, "at_most": 2}]), (4, 9));
    let paid = |bounds: Value| {
        let mut sum = json!({"of": "revenue", "currency": "EUR"});
        sum.as_object_mut().unwrap().extend(bounds.as_object().unwrap().clone());
        json!(["did", {"event_type": "purchase", "sum": sum}])
    };
    check(paid(json!({"at_least": 550})), (2, 6));
    check(paid(json!({"at_least": 550.01})), (1, 2));
    check(paid(json!({"at_most": 0})), (1, 4));
    check(json!(["and", [["did", {"event_type": "purchase", "at_least": 3}], paid(json!({"at_least": 500}))]]), (1, 4));
    let first_day = json!({"start": "2026-02-02", "end": "2026-02-02"});
    check(json!(["did", {"event_type": "purchase", "within": first_day}]), (2, 6));
    // A span's end is not within it.
    let minutes = |end: &str| json!({"start": "2026-02-02T00:00:00Z", "end": end});
    check(json!(["did", {"event_type": "purchase", "within": minutes("2026-02-02T00:03:00Z")}]), (1, 4));
    check(json!(["did", {"event_type": "purchase", "within": minutes("2026-02-02T00:04:00Z")}]), (2, 6));
    check(json!(["first_did", {"within": first_day}]), (4, 11));
    check(json!(["last_did", {"within": first_day}]), (2, 3));
    check(
        json!(["first_did", {"event_type": "purchase", "within": {"start": "2026-02-03", "end": "2026-02-04"}}]),
        (1, 4),
    );
    check(json!(["did", {"filters": {"page_path": "/docs/**"}}]), (1, 1));
    let funnel = json!({"steps": [{"event_type": "pageview"}, {"event_type": "purchase"}], "window": "1h"});
    check(json!(["funnel", {"funnel": funnel, "step": 2}]), (2, 6));
    check(json!(["funnel", {"funnel": funnel, "step": 1, "outcome": "dropped"}]), (3, 6));
    check(json!(["and", [["is", "country", ["US"]], ["did", {"event_type": "purchase"}]]]), (1, 4));
}

#[test]
fn people_are_whom_the_terms_mean() {
    let (mut server, caller) = filled();
    check_examples(&server, &caller);
    let answer = answered(&caller, &server, "/api/v1/query", &query(&json!(["did", {}])));
    assert_eq!((&answer["meta"]["source"], &answer["meta"]["people"]), (&json!("raw"), &json!("visitor_days")));
    // The same of sealed events.
    assert_eq!(server.terminate(), 0);
    server.command(&["segments", "seal"]);
    let server = server.kill_and_restart();
    check_examples(&server, &operator(&server));
}

#[test]
fn an_answer_is_told_anew_when_people_did_more() {
    let server = Server::start();
    server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    edge.deliver(&server, &events());
    let caller = operator(&server);
    // Asked of the first day, by what is done on the last.
    let mut asked =
        query(&json!(["did", {"event_type": "signup", "within": {"start": "2026-02-04", "end": "2026-02-04"}}]));
    asked["date_range"] = json!({"start": "2026-02-02", "end": "2026-02-02"});
    let events = |asked: &Value| answered(&caller, &server, "/api/v1/query", asked)["rows"][0]["events"].clone();
    assert_eq!((events(&asked), events(&asked)), (json!(0), json!(0)));
    edge.deliver(
        &server,
        &person(4, "US", &[(2 * DAY_MS / MINUTE, "pageview", "/", 0), (2 * DAY_MS / MINUTE + 1, "signup", "/", 0)])
            [1..],
    );
    assert_eq!(events(&asked), 1);
    // Compared with the day before, each side has its own people; totals have the same as rows.
    asked["filters"] = json!(["did", {"event_type": "purchase"}]);
    asked["date_range"] = json!({"start": "2026-02-03", "end": "2026-02-03"});
    asked["compare"] = json!({"period": "previous"});
    asked["dimensions"] = json!(["country"]);
    asked["totals"] = json!(true);
    let answer = answered(&caller, &server, "/api/v1/query", &asked);
    assert_eq!((&answer["totals"]["events"], &answer["comparison"]["totals"]["events"]), (&json!(2), &json!(4)));
}

#[test]
fn it_goes_wherever_filters_go() {
    let (server, caller) = filled();
    let keep = |name: &str, filters: Value| {
        let made = caller.post(&server, "/api/v1/sites/UA-1/segments", json!({"name": name, "filters": filters}));
        assert_eq!(made.status, 201, "{}", made.text());
        let made: Value = made.json();
        made["segment"].to_string()
    };
    let buyers = keep("Buyers", json!(["did", {"event_type": "purchase"}]));
    let germans = keep("Germans", json!({"country": "DE"}));
    assert_eq!(asked(&caller, &server, json!({"segment": buyers})), (3, 10));
    assert_eq!(asked(&caller, &server, json!(["is_not", "segment", [buyers]])), (2, 3));
    assert_eq!(
        asked(&caller, &server, json!(["did", {"event_type": "purchase", "filters": {"segment": germans}}])),
        (2, 6)
    );
    // Questions about people.
    let steps = json!([{"event_type": "pageview"}, {"event_type": "pageview"}]);
    let range = json!({"start": "2026-02-02", "end": "2026-02-04"});
    let users = |steps: &Value, filters: Value| {
        let query = json!({"tracking_id": "UA-1", "date_range": range, "steps": steps, "filters": filters});
        let answer = answered(&caller, &server, "/api/v1/funnel", &query);
        let users = answer["steps"].as_array().unwrap().iter().map(|step| step["users"].as_u64().unwrap());
        users.collect::<Vec<_>>()
    };
    assert_eq!(users(&steps, json!({})), [5, 1]);
    assert_eq!(users(&steps, json!(["is", "segment", [buyers]])), [3, 1]);
    assert_eq!(users(&steps, json!(["not", ["did", {"event_type": "purchase"}]])), [2, 0]);
    let of_step =
        json!([{"filters": {"segment": buyers}}, {"event_type": "purchase", "filters": {"segment": [germans]}}]);
    assert_eq!(users(&of_step, json!({})), [3, 2]);
    // A funnel in and out of segments.
    let mut by_segment =
        json!({"tracking_id": "UA-1", "date_range": range, "steps": steps, "filters": {"country": "US"}});
    by_segment["breakdown_segments"] = json!([buyers, germans]);
    let answer = answered(&caller, &server, "/api/v1/funnel", &by_segment);
    let sides = |at: usize| {
        let of = &answer["segments"][at];
        (of["segment"].clone(), of["inside"]["users"].clone(), of["outside"]["users"].clone())
    };
    assert_eq!(sides(0), (json!(buyers), json!([1, 1]), json!([2, 0])));
    assert_eq!(sides(1), (json!(germans), json!([0, 0]), json!([3, 1])));
    by_segment["breakdown_segments"] = json!(["1", "2", "3", "4", "5", "6"]);
    assert_eq!(caller.post(&server, "/api/v1/funnel", by_segment.clone()).problem(400), "breakdown_segments");
    by_segment["breakdown_segments"] = json!(["9"]);
    let gone = caller.post(&server, "/api/v1/funnel", by_segment);
    assert!(gone.text().contains("no segment 9"), "{}", gone.text());
    assert_eq!(gone.problem(400), "breakdown_segments");
    let people = json!({"tracking_id": "UA-1", "date_range": range, "filters": {"segment": buyers}});
    let answer = answered(&caller, &server, "/api/v1/retention", &people);
    assert_eq!(answer["cohorts"][0]["users"], 3);
    let mut people = people;
    people["unit"] = json!("users");
    assert_eq!(answered(&caller, &server, "/api/v1/paths", &people)["total"], 3);
    // A funnel that is kept follows the segments that it names, and is a behaviour by its name.
    let funnel = json!({
        "tracking_id": "UA-1", "name": "Buy", "steps": [{"filters": {"country": "US"}}, {"event_type": "purchase"}],
        "filters": {"segment": buyers}
    });
    let refused = caller.post(&server, "/api/v1/funnels", funnel.clone());
    assert_eq!(refused.status, 201, "{}", refused.text());
    let made: Value = refused.json();
    let funnel_id = made["funnel_id"].clone();
    let path =
        format!("/api/v1/funnels/{}/analysis?start_date=2026-02-02&end_date=2026-02-04", funnel_id.as_str().unwrap());
    let answer: Value = caller.get(&server, &path).json();
    assert_eq!(answer["steps"][1]["users"], 1);
    let nested = query(&json!(["funnel", {"funnel_id": funnel_id, "step": 2}]));
    assert_eq!(caller.post(&server, "/api/v1/query", nested).problem(400), "filters.funnel.filters.0");
    let mut plain = funnel;
    (plain["name"], plain["filters"]) = (json!("Plain"), json!({}));
    let made: Value = caller.post(&server, "/api/v1/funnels", plain).json();
    let funnel_id = made["funnel_id"].clone();
    assert_eq!(asked(&caller, &server, json!(["funnel", {"funnel_id": funnel_id, "step": 2}])), (1, 4));
    let missing = query(&json!(["funnel", {"funnel_id": "UA-1.99", "step": 2}]));
    assert_eq!(caller.post(&server, "/api/v1/query", missing).problem(400), "filters.funnel_id");
}

#[test]
fn whoever_sees_a_part_learns_nothing_of_the_rest() {
    let (server, caller) = filled();
    let open = |name: &'static str, lock: Value| {
        let made: Value = caller.post(&server, "/api/v1/sites/UA-1/shares", json!({"name": name, "lock": lock})).json();
        open_share(&server, name, made["slug"].as_str().unwrap(), json!({}))
    };
    let views = open("views", json!(["is", "event_type", ["pageview"]]));
    assert_eq!(asked(&views, &server, json!(["did", {}])).0, 5);
    assert_eq!(asked(&views, &server, json!(["did", {"event_type": "purchase"}])), (0, 0));
    let steps = json!([{"filters": ["did", {"event_type": "purchase"}]}, {}]);
    let funnel =
        json!({"tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"}, "steps": steps});
    assert_eq!(answered(&views, &server, "/api/v1/funnel", &funnel)["total_users"], 0);
    // A lock may say what people did itself.
    let buyers = open("buyers", json!(["did", {"event_type": "purchase"}]));
    assert_eq!(asked(&buyers, &server, json!({})), (3, 10));
}

#[test]
fn what_cannot_be_told_is_refused_by_its_place() {
    let (server, caller) = filled();
    let refused = |filters: Value, field: &str| {
        assert_eq!(caller.post(&server, "/api/v1/query", query(&filters)).problem(400), field, "{filters}");
    };
    refused(json!(["and", [["did", {"at_most": 0}]]]), "filters.0.at_most");
    refused(json!(["did", {"times": 1}]), "filters[1].times");
    refused(json!(["did", {"filters": ["did", {}]}]), "filters.filters");
    let segment = json!({"name": "Bad", "filters": ["did", {"sum": {"of": "revenue", "at_least": 1}}]});
    assert_eq!(caller.post(&server, "/api/v1/sites/UA-1/segments", segment).problem(400), "filters");
}

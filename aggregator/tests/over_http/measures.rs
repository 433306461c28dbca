//! Questions about people: whether variants differ, and which visits conversions are owed to.

use serde_json::{Value, json};
use wire::Id128;
use wire::event::Property;
use wire::frame::{Money, RawEvent};

use crate::edge::Edge;
use crate::people::{Caller, open_share, operator};
use crate::server::Server;
use crate::visits::{DAY, DAY_MS};

const MINUTE: u64 = 60_000;

/// What somebody does: minutes from the first day on, type, channel, variant, and what they pay.
type Deed = (u64, &'static str, &'static str, &'static str, Option<(i64, &'static str)>);

fn person(number: u16, country: &str, deeds: &[Deed]) -> Vec<RawEvent> {
    let event = |(at, (minute, event_type, channel, variant, paid)): (usize, &Deed)| {
        let [high, low] = number.to_be_bytes();
        // A visit of its own where a channel begins another.
        let visit = deeds.iter().take(at + 1).filter(|(_, kind, ..)| *kind == "pageview").count() as u8;
        let mut properties = std::collections::BTreeMap::new();
        if !variant.is_empty() {
            properties.insert("variant".to_owned(), Property::Text((*variant).to_owned()));
        }
        RawEvent {
            id: Id128([high, low, at as u8, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]),
            at_ms: DAY + minute * MINUTE,
            visitor: Some(Id128([high + 1, low, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])),
            session: Some(Id128([high + 1, low, visit, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])),
            event_type: (*event_type).to_owned(),
            path: "/".to_owned(),
            channel: (*channel).to_owned(),
            country: country.to_owned(),
            revenue: paid.map(|(units, currency)| Money { currency: currency.to_owned(), micros: units * 1_000_000 }),
            properties,
            ..RawEvent::default()
        }
    };
    deeds.iter().enumerate().map(event).collect()
}

const DAYS: u64 = DAY_MS / MINUTE;

/// Three people who buy, and one who does not.
fn visits() -> Vec<RawEvent> {
    let euro = |units| Some((units, "EUR"));
    [
        person(
            1,
            "DE",
            &[
                (0, "pageview", "organic_search", "", None),
                (DAYS, "pageview", "email", "", None),
                (2 * DAYS, "pageview", "direct", "", None),
                (2 * DAYS + 1, "purchase", "direct", "", euro(30)),
            ],
        ),
        person(2, "DE", &[(5, "pageview", "email", "", None), (6, "purchase", "email", "", euro(10))]),
        person(3, "US", &[(7, "pageview", "social", "", None), (9, "purchase", "social", "", Some((8, "USD")))]),
        person(4, "US", &[(9, "pageview", "organic_search", "", None)]),
    ]
    .concat()
}

pub fn filled(events: &[RawEvent]) -> (Server, Caller) {
    let server = Server::start();
    server.site("UA-1");
    Edge::join(&server, 1, "UA-1").deliver(&server, events);
    let caller = operator(&server);
    (server, caller)
}

pub fn with(mut query: Value, changes: Value) -> Value {
    query.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    query
}

pub fn answered(caller: &Caller, server: &Server, path: &str, query: Value) -> Value {
    let answer = caller.post(server, path, query.clone());
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json()
}

fn attribution() -> Value {
    json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"},
        "conversion": {"event_type": "purchase"}, "models": ["first", "last", "last_non_direct", "linear"],
    })
}

/// Conversions by value, of each model.
fn credits(answer: &Value) -> Vec<(String, Vec<f64>)> {
    let row = |row: &Value| {
        let credits = row["credits"].as_array().unwrap().iter().map(|one| one["conversions"].as_f64().unwrap());
        (row["value"].as_str().unwrap().to_owned(), credits.map(|one| (one * 1e3).round() / 1e3).collect())
    };
    answer["rows"].as_array().unwrap().iter().map(row).collect()
}

fn check_attribution(server: &Server, caller: &Caller) {
    let answer = answered(caller, server, "/api/v1/attribution", attribution());
    let row = |value: &str, credits: [f64; 4]| (value.to_owned(), credits.to_vec());
    let expect = [
        row("email", [1.0, 1.0, 2.0, 1.333]),
        row("social", [1.0, 1.0, 1.0, 1.0]),
        row("direct", [0.0, 1.0, 0.0, 0.333]),
        row("organic_search", [1.0, 0.0, 0.0, 0.333]),
    ];
    assert_eq!(credits(&answer), expect);
    assert_eq!((&answer["conversions"], &answer["users"]), (&json!(3), &json!(3)));
    assert_eq!(answer["revenue"], json!({"EUR": 40.0, "USD": 8.0}));
    assert_eq!(answer["rows"][0]["credits"][3]["revenue"], json!({"EUR": 20.0}));
    assert_eq!(answer["lengths"], json!([{"visits": 1, "conversions": 2}, {"visits": 3, "conversions": 1}]));
    assert_eq!(answer["paths"][1]["values"], json!(["organic_search", "email", "direct"]));
    assert_eq!((&answer["lookback_is_complete"], &answer["meta"]["unit"]), (&json!(true), &json!("visitor_days")));
}

#[test]
fn attribution_tells_which_visits_conversions_are_owed_to() {
    let (mut server, caller) = filled(&visits());
    check_attribution(&server, &caller);
    // The same of sealed events.
    assert_eq!(server.terminate(), 0);
    server.command(&["segments", "seal"]);
    let server = server.kill_and_restart();
    let caller = operator(&server);
    check_attribution(&server, &caller);
    let asked = |changes: Value| answered(&caller, &server, "/api/v1/attribution", with(attribution(), changes));
    let short = asked(json!({"lookback": "1d", "models": ["first"]}));
    assert_eq!(
        credits(&short),
        [("direct", 1.0), ("email", 1.0), ("social", 1.0)].map(|(v, c)| (v.to_owned(), vec![c]))
    );
    let visits = asked(json!({"unit": "sessions", "models": ["first"]}));
    assert_eq!((credits(&visits), &visits["meta"]["unit"]), (credits(&short), &json!("visits")));
    let all = asked(json!({"models": []}));
    assert_eq!(all["models"].as_array().unwrap().len(), 7);
    for model in 0..7 {
        let sum: f64 = credits(&all).iter().map(|(_, credits)| credits[model]).sum();
        assert!((sum - 3.0).abs() < 0.01, "{model}: {sum}");
    }
    assert_eq!(all["without_conversion"], 1);
    let german = asked(json!({"filters": {"country": "DE"}, "conversions": "first"}));
    assert_eq!(german["conversions"], 2);
}

/// Five hundred people in each of two variants, of whom 50 and 110 buy, and one who sees both.
pub fn exposed() -> Vec<RawEvent> {
    let mut events = Vec::new();
    for number in 0..1000 {
        let (variant, buyers) = if number % 2 == 0 { ("A", 50) } else { ("B", 110) };
        let mut deeds: Vec<Deed> = vec![
            (u64::from(number), "purchase", "direct", "", Some((99, "EUR"))),
            (u64::from(number) + 1, "pageview", "direct", variant, None),
        ];
        if number / 2 < buyers {
            deeds.push((u64::from(number) + 2, "purchase", "direct", "", Some((20, "EUR"))));
        }
        events.extend(person(number, "DE", &deeds));
    }
    events.extend(person(2000, "US", &[(1, "pageview", "direct", "A", None), (2, "pageview", "direct", "B", None)]));
    events
}

pub fn experiment() -> Value {
    json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"}, "property": "variant",
        "metrics": [
            {"name": "Purchase", "kind": "conversion", "event": {"event_type": "purchase"}},
            {"name": "Revenue", "kind": "revenue"},
        ],
    })
}

#[test]
fn an_experiment_tells_whether_variants_differ() {
    let (server, caller) = filled(&exposed());
    let answer = answered(&caller, &server, "/api/v1/experiment", experiment());
    assert_eq!((&answer["exposed"], &answer["saw_several"]), (&json!(1000), &json!(1)));
    assert_eq!((&answer["variants"][0]["name"], &answer["split"]["is_broken"]), (&json!("A"), &json!(false)));
    let purchase = &answer["metrics"][0];
    assert_eq!((&purchase["words"], &purchase["verdict"]), (&json!("B is better than A"), &json!("better")));
    let told = |at: usize| (purchase["variants"][at]["converted"].clone(), purchase["variants"][at]["mean"].clone());
    assert_eq!(
        (told(0), told(1)),
        ((json!(50), json!(10.0)), (json!(110), json!(22.0))),
        "what was before does not count"
    );
    let compared = &purchase["variants"][1]["compared"];
    let number = |value: &Value| value.as_f64().unwrap();
    assert!((number(&compared["effect"]) - 12.0).abs() < 1e-9 && (number(&compared["relative"]) - 120.0).abs() < 1e-9);
    assert!(number(&compared["p_value"]) < number(&compared["sequential"]["p_value"]), "{compared}");
    assert!(number(&compared["sequential"]["p_value"]) < 0.01, "{compared}");
    let revenue = &answer["metrics"][1];
    assert_eq!((&revenue["currency"], &revenue["variants"][1]["total"]), (&json!("EUR"), &json!(2200.0)));
    assert_eq!((&revenue["variants"][1]["mean"], &revenue["verdict"]), (&json!(4.4), &json!("better")));
    let weighted = json!({"variants": [{"name": "A", "weight": 3.0}, {"name": "B"}]});
    let broken = answered(&caller, &server, "/api/v1/experiment", with(experiment(), weighted));
    assert_eq!(
        (&broken["split"]["is_broken"], &broken["metrics"][0]["verdict"]),
        (&json!(true), &json!("split_is_broken"))
    );
    let none = answered(&caller, &server, "/api/v1/experiment", with(experiment(), json!({"property": "none"})));
    assert_eq!((&none["exposed"], &none["metrics"][0]["words"]), (&json!(0), &json!("not enough data")));
    let visits = answered(&caller, &server, "/api/v1/experiment", with(experiment(), json!({"unit": "sessions"})));
    assert_eq!((&visits["exposed"], &visits["meta"]["unit"]), (&json!(1002), &json!("visits")));
}

#[test]
fn a_link_to_a_part_is_answered_about_that_part() {
    let (server, caller) = filled(&visits());
    let share = json!({"name": "US", "lock": ["is", "country", ["US"]]});
    let made: Value = caller.post(&server, "/api/v1/sites/UA-1/shares", share).json();
    let guest = open_share(&server, "guest", made["slug"].as_str().unwrap(), json!({}));
    let answer = answered(&guest, &server, "/api/v1/attribution", attribution());
    assert_eq!((&answer["conversions"], &answer["revenue"]), (&json!(1), &json!({"USD": 8.0})));
    assert_eq!(answered(&guest, &server, "/api/v1/experiment", experiment())["exposed"], 0);
}

#[test]
fn what_cannot_be_answered_is_refused_by_its_field() {
    let (server, caller) = filled(&visits());
    let refused =
        |path: &str, query: Value, field: &str| assert_eq!(caller.post(&server, path, query).problem(400), field);
    refused("/api/v1/attribution", with(attribution(), json!({"lookback": "91d"})), "lookback");
    refused("/api/v1/attribution", with(attribution(), json!({"conversion": {}})), "conversion");
    refused("/api/v1/attribution", with(attribution(), json!({"models": ["best"]})), "models[0]");
    refused("/api/v1/experiment", with(experiment(), json!({"property": ""})), "property");
    refused("/api/v1/experiment", with(experiment(), json!({"metrics": []})), "metrics");
    refused("/api/v1/experiment", with(experiment(), json!({"window": "0s"})), "window");
}

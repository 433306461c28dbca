//! How often something happened lately: sign-ins by country, over 24 hours.

use std::collections::BTreeMap;

use domain::rollup::Caps;
use domain::seal::{Folding, seal};
use serde_json::Value;
use wire::event::Property;
use wire::frame::{FrameResult, RawEvent, RollupDimension};
use wire::site::Settings;

use crate::edge::{Edge, now_ms, send};
use crate::server::{Server, bearer};
use crate::visits::{Random, event};

const HOUR_MS: u64 = 60 * 60 * 1000;

/// Events over a day and a half up to now, of two types, in three countries, on two plans.
fn events(count: usize) -> Vec<RawEvent> {
    let mut random = Random(7);
    let now_ms = now_ms();
    let made = (0..count).map(|_| {
        let at_ms = now_ms - random.below(36 * HOUR_MS);
        let plan = ["free", "paid"][random.below(2) as usize].to_owned();
        let event_type = ["login", "pageview"][random.below(2) as usize].to_owned();
        let properties = BTreeMap::from([("plan".to_owned(), Property::Text(plan))]);
        RawEvent { event_type, properties, ..event(&mut random, at_ms, 50) }
    });
    made.collect()
}

fn deliver(server: &Server, edge: &mut Edge, events: &[RawEvent], settings: &Settings) {
    let folding = Folding { events, changes: &[], outcomes: &[], settings, sealed_through_ms: now_ms() };
    for frame in seal(&folding, &edge.writer, edge.next, &mut Caps::default()).unwrap() {
        assert_eq!(send(server, &frame.bytes).1.result, FrameResult::Applied);
        edge.next = frame.seq.next();
    }
}

#[test]
fn sign_ins_are_counted_by_country() {
    let server = Server::start();
    let authorization = bearer(&server.site("UA-1"));
    server.command(&["site", "set", "UA-1", "--pair", "event_type,country", "--property", "plan"]);
    let settings = Settings {
        properties: vec!["plan".to_owned()],
        pairs: vec![(RollupDimension::EventType, RollupDimension::Country)],
        ..Settings::default()
    };
    let mut edge = Edge::join(&server, 1, "UA-1");
    let events = events(600);
    deliver(&server, &mut edge, &events, &settings);
    let ask = |question: &str| {
        let path = format!("/api/v1/live/counters?tracking_id=UA-1{question}");
        let answer = server.get(&path, &[("authorization", &authorization)]);
        assert_eq!(answer.status, 200, "{question}: {}", answer.text());
        answer.json::<Value>()
    };
    let check = |question: &str,
                 step_ms: u64,
                 is_asked: &dyn Fn(&RawEvent) -> bool,
                 value: &dyn Fn(&RawEvent) -> String| {
        let answer = ask(question);
        let (start, end) = (answer["start_ms"].as_u64().unwrap(), answer["end_ms"].as_u64().unwrap());
        assert_eq!((end - start) / step_ms, answer["series"].as_array().unwrap().len() as u64);
        let mut expect: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for event in events.iter().filter(|event| is_asked(event) && (start..end).contains(&event.at_ms)) {
            let series = expect.entry(value(event)).or_insert_with(|| vec![0; ((end - start) / step_ms) as usize]);
            series[((event.at_ms - start) / step_ms) as usize] += 1;
        }
        let found: BTreeMap<String, Vec<u64>> = answer["values"]
            .as_array()
            .unwrap()
            .iter()
            .map(|value| {
                (value["value"].as_str().unwrap().to_owned(), serde_json::from_value(value["series"].clone()).unwrap())
            })
            .collect();
        assert_eq!(found, expect, "{question}");
        let total: u64 = expect.values().flatten().sum();
        assert_eq!((answer["events"].as_u64(), answer["other_events"].as_u64()), (Some(total), Some(0)));
        assert!(total > 10, "{question}");
    };
    let is_login = |event: &RawEvent| event.event_type == "login";
    // An event whose value is not known is counted under none.
    let placed_login = |event: &RawEvent| is_login(event) && !event.country.is_empty();
    let country = |event: &RawEvent| event.country.clone();
    let plan = |event: &RawEvent| {
        if let Property::Text(plan) = &event.properties["plan"] { plan.clone() } else { String::new() }
    };
    check("&event_type=login&by=country", HOUR_MS, &placed_login, &country);
    check("&event_type=login&by=country&minutes=1440&interval=minute", 60_000, &placed_login, &country);
    check("&by=country&minutes=600", HOUR_MS, &|event| !event.country.is_empty(), &country);
    check("&by=property:plan", HOUR_MS, &|_| true, &plan);
    check("&by=event_type&event_type=login", HOUR_MS, &is_login, &|event| event.event_type.clone());
    assert_eq!(ask("&event_type=login")["values"], Value::Array(Vec::new()));
    // News are seen at once, and what was seen is not sent again.
    let before = ask("&by=country")["events"].as_u64().unwrap();
    let mut one = event(&mut Random(3), now_ms(), 5);
    one.country = "DE".to_owned();
    deliver(&server, &mut edge, &[one], &settings);
    assert_eq!(ask("&by=country")["events"].as_u64().unwrap(), before + 1);
    let path = "/api/v1/live/counters?tracking_id=UA-1&by=country";
    let tag = server.get(path, &[("authorization", &authorization)]).header("etag").to_owned();
    let again = server.get(path, &[("authorization", &authorization), ("if-none-match", &tag)]);
    assert!(again.status == 304 || again.header("etag") != tag, "{} {}", again.status, again.header("etag"));
}

#[test]
fn what_is_not_declared_is_refused_with_what_to_declare() {
    let server = Server::start();
    let authorization = bearer(&server.site("UA-1"));
    let ask = |question: &str, field: &str, words: &str| {
        let path = format!("/api/v1/live/counters?tracking_id=UA-1{question}");
        let refused = server.get(&path, &[("authorization", &authorization)]);
        assert_eq!(refused.problem(400), field, "{question}");
        assert!(refused.text().contains(words), "{question}: {}", refused.text());
    };
    ask("&event_type=login&by=country", "by", "tidemark site set UA-1 --pair event_type,country");
    ask("&by=property:plan", "by", "tidemark site set UA-1 --property plan");
    ask("&by=nothing", "by", "dimension");
    ask("&minutes=1441", "minutes", "1440");
    ask("&minute=1", "minute", "known");
    ask("&interval=day", "interval", "minute or hour");
    let other = bearer(&server.site("UA-2"));
    server.get("/api/v1/live/counters?tracking_id=UA-1", &[("authorization", &other)]).problem(404);
    server.get("/api/v1/live/counters?tracking_id=UA-1", &[]).problem(401);
}

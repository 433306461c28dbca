//! What is told of visits, goals, revenue, places, properties and pairs is what counting by hand gives.

use std::collections::BTreeMap;

use domain::rollup::Caps;
use domain::seal::{Folding, seal};
use domain::visit::{self, Known};
use serde_json::{Value, json};
use wire::event::Property;
use wire::frame::{FrameResult, Money, RawEvent};
use wire::site::Settings;

use crate::edge::{Edge, now_ms, send};
use crate::server::Server;
use crate::visits::{DAY, DAY_MS, Random};

const PAUSE_MS: u64 = 30 * 60_000;

/// Random sessions over three days, each of a few events, in the order of arrival of a bad network.
fn events(seed: u64) -> Vec<RawEvent> {
    let mut random = Random(seed);
    let mut events = Vec::new();
    for _ in 0..60 {
        let begin = DAY + random.below(3 * DAY_MS - 4 * 3_600_000);
        let mut of = |choices: &[&str]| choices[random.below(choices.len() as u64) as usize].to_owned();
        let session = RawEvent {
            hostname: "shop.example".to_owned(),
            source: of(&["Direct", "Google"]),
            channel: "direct".to_owned(),
            country: of(&["DE", "US", "FR"]),
            city: of(&["London", "Berlin"]),
            device: of(&["desktop", "mobile"]),
            ..RawEvent::default()
        };
        let session = RawEvent { region: format!("{}-X", session.country), ..session };
        let person = wire::Id128((u128::from(random.next()) << 64 | u128::from(random.next())).to_be_bytes());
        for _ in 0..1 + random.below(5) {
            let mut of = |choices: &[&str]| choices[random.below(choices.len() as u64) as usize].to_owned();
            let event_type = of(&["pageview", "pageview", "pageview", "purchase"]);
            let (path, currency, plan) = (of(&["/", "/shop", "/thanks"]), of(&["EUR", "USD"]), of(&["pro", "free"]));
            let micros = random.below(100_000_000) as i64 - 20_000_000;
            events.push(RawEvent {
                id: wire::Id128((u128::from(random.next()) << 64 | u128::from(random.next())).to_be_bytes()),
                at_ms: begin + random.below(3 * 3_600_000),
                visitor: Some(person),
                session: Some(person),
                revenue: (event_type == "purchase").then_some(Money { currency, micros }),
                event_type,
                path,
                engaged_ms: random.below(90_000),
                properties: BTreeMap::from([("plan".to_owned(), Property::Text(plan))]),
                ..session.clone()
            });
        }
    }
    for at in (1..events.len()).rev() {
        events.swap(at, random.below(at as u64 + 1) as usize);
    }
    events
}

/// Seals the events in small frames, as an object does that remembers its visits.
fn deliver(server: &Server, events: &[RawEvent], settings: &Settings) {
    let mut edge = Edge::join(server, 1, "UA-1");
    let (mut known, mut caps) = (Known::new(), Caps::default());
    for part in events.chunks(7) {
        let mut part = part.to_vec();
        let changes = visit::follow(&mut part, &mut known, settings, &mut caps);
        let folding =
            Folding { events: &part, changes: &changes, outcomes: &[], settings, sealed_through_ms: now_ms() };
        for frame in seal(&folding, &edge.writer, edge.next, &mut caps).unwrap() {
            assert_eq!(send(server, &frame.bytes).1.result, FrameResult::Applied);
            edge.next = frame.seq.next();
        }
    }
}

/// A visit by hand: its events in order.
type Visit = Vec<RawEvent>;

fn visits_by_hand(events: &[RawEvent]) -> Vec<Visit> {
    let mut sessions: BTreeMap<_, Visit> = BTreeMap::new();
    for event in events {
        sessions.entry(event.session).or_default().push(event.clone());
    }
    let mut visits: Vec<Visit> = Vec::new();
    for mut session in sessions.into_values() {
        session.sort_by_key(|event| (event.at_ms, event.id));
        visits.push(Vec::new());
        for event in session {
            let last = visits.last_mut().unwrap();
            match last.last() {
                Some(before) if event.at_ms - before.at_ms > PAUSE_MS => visits.push(vec![event]),
                _ => last.push(event),
            }
        }
    }
    visits
}

fn rounded(number: f64, decimals: f64) -> f64 {
    (number * decimals).round() / decimals
}

/// What the metrics of visits say of these.
fn told_by_hand(visits: &[&Visit]) -> Value {
    let views = |visit: &Visit| visit.iter().filter(|event| event.event_type == "pageview").count();
    let bounces = visits.iter().filter(|visit| views(visit) == 1).count() as f64;
    let converted: Vec<_> =
        visits.iter().filter(|visit| visit.iter().any(|event| event.event_type == "purchase")).collect();
    let length = |visit: &Visit| (visit.last().unwrap().at_ms - visit[0].at_ms) as f64 / 1e3;
    let engaged = |visit: &Visit| visit.iter().map(|event| event.engaged_ms).sum::<u64>() as f64 / 1e3;
    let count = visits.len() as f64;
    let mean = |sum: f64| if count > 0.0 { rounded(sum / count, 10.0) } else { 0.0 };
    json!({
        "visits": visits.len(),
        "bounce_rate": mean(bounces * 100.0),
        "visit_duration": mean(visits.iter().map(|visit| length(visit)).sum()),
        "engaged_time": mean(visits.iter().map(|visit| engaged(visit)).sum()),
        "conversions": converted.len(),
        "conversion_rate": mean(converted.len() as f64 * 100.0),
    })
}

const OF_VISITS: [&str; 6] =
    ["visits", "bounce_rate", "visit_duration", "engaged_time", "conversions", "conversion_rate"];

fn ask(server: &Server, token: &str, changes: Value) -> Vec<Value> {
    let mut query = json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"}, "limit": 10_000,
    });
    query.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let answer = server.query(token, &query);
    assert_eq!(answer.status, 200, "{query}: {}", answer.text());
    answer.json::<Value>()["rows"].as_array().unwrap().clone()
}

/// A site with a goal and a property, and the events as its edge counted them.
fn filled(seed: u64) -> (Server, String, Vec<RawEvent>) {
    let server = Server::start();
    let token = server.site("UA-1");
    let changes = ["site", "set", "UA-1", "--goal", "buy=purchase", "--property", "plan", "--pair", "page,event_type"];
    let settings: Settings = serde_json::from_str(&server.command(&changes)).unwrap();
    let events = events(seed);
    deliver(&server, &events, &settings);
    (server, token, events)
}

#[test]
fn visits_are_told_as_by_hand() {
    for seed in [1, 2, 3] {
        let (server, token, events) = filled(seed);
        let visits = visits_by_hand(&events);
        let everything: Vec<&Visit> = visits.iter().collect();
        assert_eq!(ask(&server, &token, json!({"metrics": OF_VISITS})), [told_by_hand(&everything)]);
        type Value = fn(&Visit) -> Option<String>;
        let dimensions: [(&str, Value); 5] = [
            ("country", |visit| Some(visit[0].country.clone())),
            ("region", |visit| Some(visit[0].region.clone())),
            ("city", |visit| Some(format!("{}, {}", visit[0].city, visit[0].country))),
            ("entry_page", |visit| visit.iter().find(|e| e.event_type == "pageview").map(|e| e.path.clone())),
            ("exit_page", |visit| visit.iter().rfind(|e| e.event_type == "pageview").map(|e| e.path.clone())),
        ];
        for (dimension, value) in dimensions {
            let mut by_value: BTreeMap<String, Vec<&Visit>> = BTreeMap::new();
            for visit in &visits {
                if let Some(value) = value(visit) {
                    by_value.entry(value).or_default().push(visit);
                }
            }
            let order = [json!({"field": dimension, "direction": "asc"})];
            let rows =
                ask(&server, &token, json!({"metrics": OF_VISITS, "dimensions": [dimension], "order_by": order}));
            let mut found = rows.iter().filter(|row| row["visits"] != 0);
            for (value, visits) in &by_value {
                let mut expect = told_by_hand(visits);
                expect[dimension] = json!(value);
                assert_eq!(found.next(), Some(&expect), "{dimension}");
            }
            assert_eq!(found.next(), None, "{dimension}");
        }
        for (time, length_ms) in [("date", DAY_MS), ("hour", 3_600_000)] {
            let rows = ask(&server, &token, json!({"metrics": ["visits", "conversions"], "dimensions": [time]}));
            for (row, start) in rows.iter().zip((DAY..).step_by(length_ms as usize)) {
                let begun = visits.iter().filter(|visit| (start..start + length_ms).contains(&visit[0].at_ms)).count();
                assert_eq!(row["visits"], json!(begun), "{row}");
            }
        }
        let views = events.iter().filter(|event| event.event_type == "pageview").count() as f64;
        let rows = ask(&server, &token, json!({"metrics": ["views_per_visit", "quality"]}));
        assert_eq!(rows[0]["views_per_visit"], json!(rounded(views / visits.len() as f64, 100.0)));
        assert!((1.0..=100.0).contains(&rows[0]["quality"].as_f64().unwrap()), "{rows:?}");
    }
}

#[test]
fn goals_revenue_properties_and_pairs_are_told_as_by_hand() {
    let (server, token, events) = filled(4);
    let purchases: Vec<_> = events.iter().filter(|event| event.event_type == "purchase").collect();
    let rows = ask(&server, &token, json!({"metrics": ["events"], "dimensions": ["goal"]}));
    assert_eq!(rows, [json!({"goal": "buy", "events": purchases.len()})]);

    let revenue_of = |events: &mut dyn Iterator<Item = &RawEvent>| {
        let mut micros: BTreeMap<String, i64> = BTreeMap::new();
        for money in events.filter_map(|event| event.revenue.as_ref()) {
            *micros.entry(money.currency.clone()).or_default() += money.micros;
        }
        let amounts: BTreeMap<_, _> = micros.into_iter().map(|(code, micros)| (code, micros as f64 / 1e6)).collect();
        json!(amounts)
    };
    let rows = ask(&server, &token, json!({"metrics": ["revenue"]}));
    assert_eq!(rows, [json!({"revenue": revenue_of(&mut events.iter())})]);
    for row in ask(&server, &token, json!({"metrics": ["revenue"], "dimensions": ["page"]})) {
        assert_eq!(row["revenue"], revenue_of(&mut events.iter().filter(|event| row["page"] == event.path)));
    }

    let has_plan = |event: &RawEvent, plan: &str| event.properties["plan"] == Property::Text(plan.to_owned());
    for changes in [json!({}), json!({"filters": {"property:plan": ["pro", "free"]}})] {
        let mut changes = changes;
        changes["metrics"] = json!(["events", "revenue"]);
        changes["dimensions"] = json!(["property:plan"]);
        let rows = ask(&server, &token, changes);
        assert_eq!(rows.len(), 2);
        for row in rows {
            let mut with = events.iter().filter(|event| has_plan(event, row["property:plan"].as_str().unwrap()));
            assert_eq!(row["events"], json!(with.clone().count()));
            assert_eq!(row["revenue"], revenue_of(&mut with));
        }
    }

    // Pairs, in either order, and one half as a filter; of the visit where both halves are.
    let visits = visits_by_hand(&events);
    let asked = json!({"metrics": ["events", "visits"], "dimensions": ["device", "country"]});
    let rows = ask(&server, &token, asked);
    assert_eq!(rows.len(), 6);
    for row in &rows {
        let is_in = |event: &RawEvent| row["country"] == event.country && row["device"] == event.device;
        assert_eq!(row["events"], json!(events.iter().filter(|event| is_in(event)).count()));
        assert_eq!(row["visits"], json!(visits.iter().filter(|visit| is_in(&visit[0])).count()));
    }
    let asked = json!({"metrics": ["events"], "dimensions": ["date", "page"], "filters": {"event_type": "purchase"}});
    for row in ask(&server, &token, asked) {
        let day = DAY + DAY_MS * (row["date"].as_str().unwrap()[8..].parse::<u64>().unwrap() - 2);
        let on = |event: &&&RawEvent| row["page"] == event.path && (day..day + DAY_MS).contains(&event.at_ms);
        assert_eq!(row["events"], json!(purchases.iter().filter(on).count()), "{row}");
    }
    let both = json!({"metrics": ["events"], "filters": {"event_type": "purchase", "page": ["/", "/shop"]}});
    let expect = purchases.iter().filter(|event| event.path != "/thanks").count();
    assert_eq!(ask(&server, &token, both), [json!({"events": expect})]);
}

#[test]
fn what_a_site_does_not_count_is_refused_by_name() {
    let (server, token, _) = filled(5);
    server.command(&["site", "set", "UA-1", "--keep-events", "false"]);
    let check = |changes: Value, field: &str, words: &str| {
        let mut query = json!({"tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"}, "metrics": ["events"]});
        query.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let answer = server.query(&token, &query);
        assert_eq!(answer.problem(400), field, "{query}");
        assert!(answer.text().contains(words), "{}", answer.text());
    };
    check(json!({"dimensions": ["property:seats"]}), "dimensions", "declared: plan");
    check(json!({"dimensions": ["os", "browser"]}), "dimensions", "page and event_type");
    check(json!({"dimensions": ["os"], "filters": {"browser": "Chrome"}}), "filters.browser", "declared pairs");
    check(json!({"metrics": ["visits"], "dimensions": ["page"]}), "metrics", "visits cannot be told by page");
    check(json!({"dimensions": ["entry_page"]}), "metrics", "events cannot be told by entry_page");
    check(json!({"dimensions": ["property:"]}), "dimensions[0]", "unknown dimension");
}

#[test]
fn a_person_counts_once_where_ids_last() {
    let (server, token, _) = filled(6);
    let unit = || {
        let query = json!({
            "tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"}, "metrics": ["visitors"],
        });
        server.query(&token, &query).json::<Value>()["meta"]["unique_users"]["unit"].clone()
    };
    assert_eq!(unit(), "visitor_days");
    server.command(&["site", "set", "UA-1", "--mode", "persistent"]);
    assert_eq!(unit(), "visitors");
}

//! What a site's owner decides reaches the edge at any time, whatever fails meanwhile; so do new keys.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use domain::route::Point;
use domain::sketch::Sketch;
use domain::visitor::Identity;
use e2e::effort::Effort;
use e2e::http;
use e2e::key::EdgeKey;
use e2e::load::Load;
use e2e::port::{self, Ports};
use e2e::random::Random;
use e2e::trial::{SITE, Trial, until};
use e2e::verdict::Verdict;
use serde_json::{Value, json};
use wire::frame::{SIGNATURE_HEADER, TIMESTAMP_HEADER};
use wire::site::SETTINGS_PATH;

/// A crawler's user agent.
const CRAWLER: &str = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

/// How long a decision may take to reach an edge that gets events.
const KNOWN_WITHIN: Duration = Duration::from_secs(15);

/// Clients that batches mix.
const CLIENTS: u64 = 40;

fn named(name: impl Into<String>) -> Value {
    let name: String = name.into();
    json!({"event_type": "step", "event_id": name, "client_id": name, "custom_properties": {"name": name}})
}

fn batch(id: &str, events: &[Value]) -> Value {
    json!({"batch_id": format!("batch-{id:0>12}"), "tracking_id": SITE, "events": events})
}

/// Whether the edge leaves crawlers out.
fn filters(trial: &Trial) -> bool {
    let event = json!({"tracking_id": SITE, "event_type": "crawl"});
    match trial.post_with(&[("user-agent", CRAWLER)], &event).unwrap().status {
        200 => true,
        204 => false,
        status => panic!("{status}"),
    }
}

/// Objects that ever stored something.
fn objects(trial: &Trial) -> usize {
    let names = fs::read_dir(trial.folder().join("edge/objects/tidemark-SiteShard")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".sqlite") && !name.starts_with("metadata")).count()
}

/// Spreads the site over so many objects, more than ever before, and waits until each got something.
fn spread(trial: &Trial, shards: usize) {
    trial.set(&["--shards", &shards.to_string()]).unwrap();
    let mut probes = 0..;
    until("as many objects as decided", || {
        let event = json!({"tracking_id": SITE, "event_type": "probe", "client_id": format!("{:?}", probes.next())});
        trial.post(event.to_string().as_bytes())?;
        Ok((objects(trial) >= shards).then_some(()))
    })
    .unwrap();
}

fn steps(trial: &Trial) -> u64 {
    let rows = trial.rows_of_events(&json!(["event_type"])).unwrap();
    rows.iter().find(|row| row["event_type"] == "step").map_or(0, |row| row["events"].as_u64().unwrap())
}

fn drained_steps(trial: &Trial, count: u64) {
    until("all steps are counted", || Ok((steps(trial) >= count).then_some(()))).unwrap();
    assert_eq!(steps(trial), count);
}

#[test]
fn a_decision_reaches_the_edge_soon() {
    let trial = Trial::start().unwrap();
    assert!(!filters(&trial));
    for (decision, expect) in [("true", true), ("false", false)] {
        trial.set(&["--filter-bots", decision]).unwrap();
        let decided = Instant::now();
        until("the edge knows", || {
            trial.send(&json!([{"tracking_id": SITE, "event_type": "step", "client_id": "1"}])).unwrap();
            Ok((filters(&trial) == expect).then_some(()))
        })
        .unwrap();
        println!("filter-bots {decision}: known after {:.1?}", decided.elapsed());
        assert!(decided.elapsed() < KNOWN_WITHIN);
    }
}

/// Stands between edge and aggregator, and when told to changes settings on their way, signature and all else left.
fn forger(aggregator: u16) -> (String, Arc<AtomicBool>) {
    let port = port::free().unwrap();
    let server = tiny_http::Server::http(("127.0.0.1", port)).unwrap();
    let forging = Arc::new(AtomicBool::new(false));
    let shared = Arc::clone(&forging);
    thread::spawn(move || {
        for mut request in server.incoming_requests() {
            let mut body = Vec::new();
            request.as_reader().read_to_end(&mut body).unwrap();
            let text = |name: &tiny_http::HeaderField| name.as_str().as_str().to_ascii_lowercase();
            let headers: Vec<_> = request
                .headers()
                .iter()
                .map(|header| (text(&header.field), header.value.as_str().to_owned()))
                .filter(|(name, _)| name.starts_with("x-") || name.starts_with("tidemark") || name == "content-type")
                .collect();
            let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let url = format!("http://127.0.0.1:{aggregator}{}", request.url());
            let is_settings = request.url().starts_with(SETTINGS_PATH);
            let answer =
                if is_settings { http::get_with(&url, &headers) } else { http::post(&url, &headers, &body) }.unwrap();
            let mut body = answer.text();
            if is_settings && shared.load(Ordering::Relaxed) {
                let forged = body.replace(r#""filters_bots":false"#, r#""filters_bots":true"#);
                assert_ne!(forged, body);
                body = forged;
            }
            let mut response = tiny_http::Response::from_string(body).with_status_code(answer.status);
            for name in [SIGNATURE_HEADER, TIMESTAMP_HEADER] {
                if let Some(value) = answer.header(name) {
                    response.add_header(tiny_http::Header::from_bytes(name, value).unwrap());
                }
            }
            let _ = request.respond(response);
        }
    });
    (format!("http://127.0.0.1:{port}"), forging)
}

#[test]
fn settings_that_were_changed_on_their_way_are_not_believed() {
    let ports = Ports::free().unwrap();
    let (url, forging) = forger(ports.aggregator);
    let trial = Trial::start_by_route(ports, url).unwrap();
    assert!(!filters(&trial));

    forging.store(true, Ordering::Relaxed);
    trial.set(&["--property", "plan"]).unwrap();
    let log = || fs::read_to_string(trial.folder().join("edge/edge.log")).unwrap();
    until("the edge says what it thinks of it", || {
        assert!(!filters(&trial), "a forged document is believed");
        Ok(log().contains("no settings").then_some(()))
    })
    .unwrap();
    assert!(log().contains("signature"), "{}", log());
    assert!(!filters(&trial));

    forging.store(false, Ordering::Relaxed);
    trial.set(&["--filter-bots", "true"]).unwrap();
    until("true ones are believed", || Ok(filters(&trial).then_some(()))).unwrap();
}

#[test]
fn a_batch_is_recognised_by_whoever_keeps_it_later() {
    let mut trial = Trial::start().unwrap();
    let events: Vec<Value> = (0..30).map(|number| named(format!("client-{number}"))).collect();
    let mut mixed = events.clone();
    mixed.push(json!({"event_type": "step", "custom_properties": 5}));
    let (whole, partly) = (batch("whole", &events), batch("partly", &mixed));
    assert_eq!(trial.send(&whole).unwrap(), 204);
    let answer = trial.post(partly.to_string().as_bytes()).unwrap();
    assert_eq!(answer.status, 200, "all are duplicates or rejected");

    spread(&trial, 4);
    for _ in 0..2 {
        assert_eq!(trial.send(&whole).unwrap(), 204, "answered as before");
        assert_eq!(trial.post(partly.to_string().as_bytes()).unwrap().text(), answer.text(), "answered as before");
        trial.strike_edge().unwrap();
    }
    // The same events in other batches, or in none.
    for again in [batch("other", &events), json!({"tracking_id": SITE, "events": events})] {
        let again = trial.post(again.to_string().as_bytes()).unwrap();
        assert_eq!((again.status, again.text().matches(r#""duplicate""#).count()), (200, 30), "{}", again.text());
    }
    drained_steps(&trial, 30);
    trial.outcomes_become(&[("duplicate event_id", 30 + 60), ("rejected custom_properties", 1)]).unwrap();
}

/// Whoever keeps events now asked whoever kept them before, and failed then.
#[test]
fn events_that_nobody_took_are_taken_after_a_failure() {
    let trial = Trial::start().unwrap();
    trial.set(&["--visitor-per-second", "10"]).unwrap();
    assert_eq!(trial.send(&batch("first", &[named("first")])).unwrap(), 204);
    spread(&trial, 4);
    let of_clients = |name: &str, each: usize| -> Vec<Value> {
        let event = |number| {
            let name = format!("{name}-{number}");
            json!({"event_type": "step", "event_id": name, "client_id": format!("client-{}", number % 5)})
        };
        (0..5 * each).map(event).collect()
    };
    // All that each may send at once.
    for part in of_clients("fill", 498).chunks(498) {
        assert_eq!(trial.send(&json!({"tracking_id": SITE, "events": part})).unwrap(), 204);
    }
    let wanted = batch("wanted", &of_clients("wanted", 20));
    assert_eq!(trial.send(&wanted).unwrap(), 429);
    until("it passes", || Ok((trial.send(&wanted).unwrap() == 204).then_some(()))).unwrap();
    drained_steps(&trial, 1 + 5 * 498 + 5 * 20);
    assert!(!trial.outcomes().unwrap().contains_key("duplicate event_id"));
}

/// The first client that one of two objects keeps.
fn client_of(shard: u16) -> String {
    let mut clients = (0..).map(|number| format!("client-{number}"));
    clients.find(|id| Point::of(Identity::Client(id)).shard(2) == shard).unwrap()
}

/// Waits until the worker and object 0 know a decision about crawlers; no other object is asked.
fn root_knows(trial: &Trial, filters_bots: bool) {
    let page = json!({"event_type": "crawl"});
    let body = json!({"tracking_id": SITE, "sdk": "e2e", "client_id": client_of(0), "events": [page]});
    until("object 0 knows", || {
        let answer = trial.post_with(&[("user-agent", CRAWLER)], &body)?;
        Ok(((answer.status == 200) == filters_bots).then_some(()))
    })
    .unwrap();
}

#[test]
fn objects_tell_each_other_while_the_aggregator_is_away() {
    let mut trial = Trial::start().unwrap();
    spread(&trial, 2);
    trial.set(&["--shards", "1", "--filter-bots", "true"]).unwrap();
    root_knows(&trial, true);
    let event = |name: &str| json!({"event_type": "step", "event_id": name, "client_id": client_of(1)});
    let first = batch("first", &[event("first")]);
    assert_eq!(trial.send(&first).unwrap(), 204);
    trial.set(&["--shards", "2", "--filter-bots", "false"]).unwrap();
    root_knows(&trial, false);
    // The other object has not heard of either.
    trial.stack.aggregator.process().kill().unwrap();
    assert_eq!(trial.send(&first).unwrap(), 204);
    assert_eq!(trial.send(&batch("second", &[event("second")])).unwrap(), 204);
    trial.stack.aggregator.restart().unwrap();
    drained_steps(&trial, 2);
}

#[test]
fn all_objects_know_a_person_by_the_same_key_that_lasts() {
    let trial = Trial::start().unwrap();
    trial.set(&["--mode", "persistent"]).unwrap();
    spread(&trial, 2);
    let visitor = |name: &str| {
        let event = json!({
            "tracking_id": SITE, "event_type": name, "event_id": name, "client_id": client_of(1),
        });
        assert_eq!(trial.send(&event).unwrap(), 204);
        let counted = || Ok(trial.exported()?.into_iter().find(|event| event.event_type == name));
        until("the event is counted", counted).unwrap().visitor.unwrap()
    };
    let first = visitor("first");
    // The one that draws the key hears of the time between, the other one does not.
    trial.set(&["--mode", "cookieless", "--filter-bots", "true"]).unwrap();
    root_knows(&trial, true);
    trial.set(&["--mode", "persistent", "--filter-bots", "false"]).unwrap();
    root_knows(&trial, false);
    let second = visitor("second");
    assert_ne!(second, first, "the key it was made with is destroyed");
    trial.set(&["--shards", "1", "--filter-bots", "true"]).unwrap();
    root_knows(&trial, true);
    assert_eq!(visitor("third"), second);
}

#[test]
fn the_number_of_objects_may_change_under_load() {
    let mut random = Random::new(Effort::from_env().unwrap().seed);
    let mut trial = Trial::start().unwrap();
    let load = Load::start_mixed(&trial.stack.edge.url(), Duration::ZERO, CLIENTS);
    load.wait_for(200).unwrap();
    for shards in ["3", "2", "5"] {
        trial.set(&["--shards", shards]).unwrap();
        for _ in 0..2 {
            load.wait_for(40).unwrap();
            thread::sleep(Duration::from_millis(u64::from(random.below(1200))));
            trial.strike_edge().unwrap();
        }
        load.wait_for(400).unwrap();
    }
    until("all five are used", || Ok((objects(&trial) >= 5).then_some(()))).unwrap();
    let sent = load.finish().unwrap();
    let drained = trial.settle(sent.len() as u64).unwrap();
    let counted = trial.exported().unwrap();
    let verdict = Verdict::of(&sent, &counted).unwrap();
    println!("shards 1, 3, 2, 5: {verdict}; drained in {drained:.1?}");
    verdict.hold(&trial).unwrap();
    assert_eq!(objects(&trial), 5);
    let visitors: BTreeSet<_> = counted.iter().map(|event| event.visitor.unwrap()).collect();
    assert_eq!(visitors.len() as u64, CLIENTS, "every object knows a client by the same id");
    // One in twenty times, two of forty share a register: what all objects sketched together is what one would have.
    let mut sketch = Sketch::default();
    visitors.iter().for_each(|visitor| sketch.insert(visitor.high_bits()));
    let told = trial.rows(&json!(["unique_users"]), &json!([])).unwrap();
    assert_eq!(told, [json!({"unique_users": sketch.count()})]);
    assert!(trial.outcomes().unwrap().is_empty(), "{:?}", trial.outcomes());
}

#[test]
fn a_key_is_replaced_without_loss() {
    let mut trial = Trial::start().unwrap();
    let (old, new) = (trial.stack.edge.key().clone(), EdgeKey::drawn("next").unwrap());
    let load = Load::start(&trial.stack.edge.url(), Duration::from_millis(5));
    load.wait_for(100).unwrap();
    let believe = |trial: &mut Trial, keys: &[&EdgeKey]| {
        trial.stack.aggregator.process().terminate(Duration::from_secs(10)).unwrap();
        trial.stack.aggregator.believe(keys).unwrap();
        trial.stack.aggregator.restart().unwrap();
        load.wait_for(100).unwrap();
    };
    believe(&mut trial, &[&old, &new]);
    trial.stack.edge.sign_with(new.clone()).unwrap();
    trial.strike_edge().unwrap();
    load.wait_for(100).unwrap();
    believe(&mut trial, &[&new]);
    let sent = load.finish().unwrap();
    trial.settle(sent.len() as u64).unwrap();
    let verdict = Verdict::of(&sent, &trial.exported().unwrap()).unwrap();
    println!("key replaced: {verdict}");
    verdict.hold(&trial).unwrap();
}

//! Processes are killed at random instants under load. What was acknowledged is counted, once.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use e2e::http;
use e2e::trial::{SITE, Trial};
use serde_json::json;
use wire::Id128;

/// Kills of one kind in a run.
const KILLS: u32 = 20;

/// Senders at once, and events in each of their batches.
const SENDERS: u64 = 6;
const EVENTS: u64 = 4;

/// Sends batch after batch, each again under the same id until it is acknowledged, as the SDK does.
struct Load {
    stopping: Arc<AtomicBool>,
    acknowledged: Arc<AtomicU64>,
    senders: Vec<thread::JoinHandle<Vec<String>>>,
}

impl Load {
    fn start(edge_url: &str) -> Self {
        let stopping = Arc::new(AtomicBool::new(false));
        let acknowledged = Arc::new(AtomicU64::new(0));
        let senders = (0..SENDERS).map(|sender| {
            let (url, stopping, acknowledged) =
                (format!("{edge_url}/api/v1/events"), Arc::clone(&stopping), Arc::clone(&acknowledged));
            thread::spawn(move || send_until(sender, &url, &stopping, &acknowledged))
        });
        Self { senders: senders.collect(), stopping, acknowledged }
    }

    /// Lets every sender finish its batch, and answers the ids of all events sent: all are acknowledged.
    fn finish(self) -> Vec<String> {
        self.stopping.store(true, Ordering::Relaxed);
        self.senders.into_iter().flat_map(|sender| sender.join().unwrap()).collect()
    }
}

fn send_until(sender: u64, url: &str, stopping: &AtomicBool, acknowledged: &AtomicU64) -> Vec<String> {
    let agent = http::agent();
    let mut sent = Vec::new();
    for number in 0.. {
        if stopping.load(Ordering::Relaxed) {
            break;
        }
        let ids: Vec<String> = (0..EVENTS).map(|event| format!("{sender}-{number}-{event}")).collect();
        let events: Vec<_> = ids
            .iter()
            .map(|id| json!({"event_type": "pageview", "event_id": id, "page": {"url": format!("https://t.example/{sender}")}}))
            .collect();
        let batch = json!({
            "batch_id": format!("sender-{sender:04}-{number:08}"), "tracking_id": SITE,
            "client_id": format!("{sender}"), "events": events,
        });
        let body = batch.to_string();
        let begun = Instant::now();
        // A refused connection or a 503 is no acknowledgement: the same batch again.
        while !http::post_by(&agent, url, &[], body.as_bytes()).is_ok_and(|answer| answer.status == 204) {
            assert!(begun.elapsed() < Duration::from_secs(60), "a batch was not acknowledged within a minute");
            thread::sleep(Duration::from_millis(15));
        }
        acknowledged.fetch_add(EVENTS, Ordering::Relaxed);
        sent.extend(ids);
    }
    sent
}

/// Waits until the load has moved on, so that every kill meets traffic, then a little longer.
fn let_it_run(load: &Load, kill: u32) {
    let before = load.acknowledged.load(Ordering::Relaxed);
    let begun = Instant::now();
    while load.acknowledged.load(Ordering::Relaxed) < before + 40 {
        assert!(begun.elapsed() < Duration::from_secs(60), "no batch is acknowledged any more");
        thread::sleep(Duration::from_millis(5));
    }
    // Spread over the cycles of commit (10 ms) and alarm (1 s).
    thread::sleep(Duration::from_millis(u64::from(kill.wrapping_mul(2_654_435_761) % 700)));
}

fn event_id(id: &str) -> Id128 {
    domain::hash::of_fields(&[b"event", SITE.as_bytes(), id.as_bytes()])
}

/// acknowledged ⊆ counted ⊆ sent, each once, and the rollups agree.
fn check(trial: &Trial, sent: &[String]) {
    let events = trial.drained(sent.len()).unwrap();
    let counted: BTreeSet<_> = events.iter().map(|event| event.id).collect();
    let wanted: BTreeSet<_> = sent.iter().map(|id| event_id(id)).collect();
    assert_eq!(wanted.len(), sent.len());
    assert_eq!(wanted.difference(&counted).count(), 0, "acknowledged events are lost");
    assert_eq!(counted.difference(&wanted).count(), 0, "events are counted that nobody sent");
    assert_eq!(events.len(), counted.len(), "events are counted twice");
    let first = events.iter().map(|event| event.at_ms).min().unwrap_or_default();
    // A run that begins before midnight may end behind it.
    let range = json!({"start": date(first), "end": date(first + 86_400_000)});
    for dimensions in [json!([]), json!(["hour"]), json!(["minute"]), json!(["date"])] {
        let asked = json!({"tracking_id": SITE, "date_range": range, "metrics": ["events"], "dimensions": dimensions});
        let answer = trial.query(&asked).unwrap();
        let rows = serde_json::to_value(&answer.rows).unwrap();
        let sum: u64 = rows.as_array().unwrap().iter().map(|row| row["events"].as_u64().unwrap()).sum();
        assert_eq!(sum, sent.len() as u64, "the rollups by {dimensions} differ from the events");
    }
    let asked = json!({
        "tracking_id": SITE, "date_range": range, "metrics": ["events", "unique_users"], "dimensions": ["page"]
    });
    let pages = serde_json::to_value(trial.query(&asked).unwrap().rows).unwrap();
    assert_eq!(pages.as_array().unwrap().len() as u64, SENDERS);
    assert!(pages.as_array().unwrap().iter().all(|row| row["unique_users"].as_u64() >= Some(1)));
}

/// The UTC date of an instant, as a query wants it.
fn date(at_ms: u64) -> String {
    jiff::Timestamp::from_millisecond(at_ms as i64).unwrap().to_string()[..10].to_owned()
}

fn report(what: &str, sent: usize, ready: &[Duration]) {
    let slowest = ready.iter().max().copied().unwrap_or_default();
    println!(
        "{what}: {} kills, {sent} events acknowledged, 0 lost, 0 doubled; ready again within {slowest:?}",
        ready.len()
    );
}

#[test]
fn a_killed_edge_loses_and_doubles_nothing() {
    let mut trial = Trial::start().unwrap();
    let load = Load::start(&trial.stack.edge.url());
    let mut ready = Vec::new();
    for kill in 0..KILLS {
        let_it_run(&load, kill);
        trial.stack.edge.process().kill().unwrap();
        ready.push(trial.stack.edge.restart().unwrap());
    }
    let sent = load.finish();
    check(&trial, &sent);
    report("edge", sent.len(), &ready);
}

#[test]
fn a_killed_aggregator_loses_and_doubles_nothing() {
    let mut trial = Trial::start().unwrap();
    let load = Load::start(&trial.stack.edge.url());
    let mut ready = Vec::new();
    for kill in 0..KILLS {
        let_it_run(&load, kill);
        trial.stack.aggregator.process().kill().unwrap();
        ready.push(trial.stack.aggregator.restart().unwrap());
    }
    let sent = load.finish();
    check(&trial, &sent);
    report("aggregator", sent.len(), &ready);
}

#[test]
fn both_killed_at_once_lose_and_double_nothing() {
    let mut trial = Trial::start().unwrap();
    let load = Load::start(&trial.stack.edge.url());
    let mut ready = Vec::new();
    for kill in 0..KILLS / 4 {
        let_it_run(&load, kill);
        trial.stack.edge.process().kill().unwrap();
        trial.stack.aggregator.process().kill().unwrap();
        ready.push(trial.stack.aggregator.restart().unwrap());
        ready.push(trial.stack.edge.restart().unwrap());
    }
    let sent = load.finish();
    check(&trial, &sent);
    report("both", sent.len(), &ready);
}

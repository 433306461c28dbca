//! The helpers for servers, in Node and in Rust, through a network that fails, to an edge that is killed: the ledger has every
//! event once.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use e2e::artifacts;
use e2e::proxy::{Fault, Proxy};
use e2e::trial::{SITE, Trial, until};
use serde_json::json;
use tidemark_client::{Client, Event, Receipt, Status};
use wire::event::Property;

#[path = "../../client/examples/orders.rs"]
#[allow(dead_code, reason = "its `main` is not called")]
mod orders;

/// Pause between two events of a helper.
const PAUSE: Duration = Duration::from_millis(15);

/// Longest that the events may take when the faults are over: the pause before a fifth try, and an answer that never came.
const DELIVERED_WITHIN: Duration = Duration::from_secs(40);

/// Node, which runs `browser/servers.mjs`.
struct Node(Child);

impl Node {
    fn start(endpoint: &str) -> Self {
        let mut node = Command::new("node");
        node.arg("browser/servers.mjs").env("EDGE_URL", endpoint).env("SITE", SITE);
        node.env("PACKAGES_DIR", artifacts::packages_dir().unwrap()).env("PAUSE_MS", PAUSE.as_millis().to_string());
        Self(node.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node runs"))
    }

    /// Tells it that the faults are over; answers how many of its events ended how.
    fn end(mut self) -> BTreeMap<String, u32> {
        self.0.stdin.take().unwrap().write_all(b"end\n").unwrap();
        let output = self.0.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success(), "browser/servers.mjs: {} {text}", output.status);
        serde_json::from_str(&text).unwrap()
    }
}

/// Sends until it is told to end. Answers its client and the receipts.
fn send(endpoint: &str, ends: &AtomicBool) -> (Client, Vec<Receipt>) {
    let client = Client::new(endpoint, SITE).unwrap();
    let mut receipts = Vec::new();
    while !ends.load(Ordering::Relaxed) {
        thread::sleep(PAUSE);
        let n = receipts.len() as u32;
        let event = Event::new("rust").client(format!("customer-{}", n % 50)).property("n", n);
        receipts.push(client.send(event).unwrap());
    }
    (client, receipts)
}

/// Breaks the network until at least so many more of its kind were hit, and waits until answers pass again.
fn strike(network: &Proxy, fault: Fault, times: u64) {
    let hits = || {
        let traffic = network.traffic();
        match fault {
            Fault::DropAnswers => traffic.answers_dropped,
            Fault::DropRequests => traffic.requests_dropped,
            _ => traffic.connections_cut,
        }
    };
    let before = hits();
    network.set(fault);
    until("the fault hits", || Ok((hits() >= before + times).then_some(()))).unwrap();
    network.set(Fault::None);
    let before = network.traffic().answer_bytes;
    until("answers pass", || Ok((network.traffic().answer_bytes > before).then_some(()))).unwrap();
}

#[test]
fn what_servers_send_is_counted_once() {
    let mut trial = Trial::start().unwrap();
    let network = Proxy::start(trial.stack.edge.port()).unwrap();
    // Without an aggregator that told of the site the edge answers 503.
    trial.stack.aggregator.process().kill().unwrap();
    let refused = json!({"tracking_id": SITE, "client_id": "a", "event_type": "a"});
    assert_eq!(trial.send(&refused).unwrap(), 503);

    let node = Node::start(&network.url());
    let ends = Arc::new(AtomicBool::new(false));
    let (endpoint, told) = (network.url(), Arc::clone(&ends));
    let sender = thread::spawn(move || send(&endpoint, &told));
    until("refusals", || Ok((network.traffic().answer_bytes > 0).then_some(()))).unwrap();
    trial.stack.aggregator.restart().unwrap();
    let counted = || Ok((trial.counted()? > 0).then_some(()));
    until("the first events", counted).unwrap();
    for (fault, times) in [(Fault::DropAnswers, 2), (Fault::Cut, 2), (Fault::DropRequests, 1), (Fault::DropAnswers, 2)]
    {
        strike(&network, fault, times);
    }
    trial.strike_edge().unwrap();
    ends.store(true, Ordering::Relaxed);
    let told = node.end();
    let (client, receipts) = sender.join().unwrap();
    assert_eq!(client.flush(DELIVERED_WITHIN), 0, "events of the Rust helper without an answer");
    let outcomes: Vec<_> = receipts.iter().map(|receipt| receipt.wait(Duration::ZERO).unwrap()).collect();
    assert!(outcomes.iter().all(|outcome| outcome.status == Status::Accepted), "{outcomes:?}");
    let (of_node, of_rust) = (told["accepted"], receipts.len() as u32);
    assert_eq!(told.len(), 1, "what the Node helper was told: {told:?}");
    println!("servers: {of_node} and {of_rust} events; {:?}", network.traffic());

    trial.settle_at(u64::from(of_node + of_rust)).unwrap();
    let events = trial.drained((of_node + of_rust) as usize).unwrap();
    let mut times: BTreeMap<(&str, u32), u32> = BTreeMap::new();
    for event in &events {
        let Property::Number(n) = event.properties["n"] else { panic!("{event:?}") };
        *times.entry((&event.event_type, n as u32)).or_default() += 1;
    }
    let once = |name, count| (0..count).map(move |n| ((name, n), 1));
    assert_eq!(times, once("node", of_node).chain(once("rust", of_rust)).collect());
    // They happened when they did, and not when they arrived: no pause of the network is a pause of the events.
    let mut happened: Vec<u64> = events.iter().filter(|e| e.event_type == "rust").map(|e| e.at_ms).collect();
    happened.sort_unstable();
    let longest_ms = happened.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
    assert!(longest_ms < 500, "{longest_ms} ms between two events");
}

/// The real edge's own words, by both helpers; and the documentation's programs, run.
#[test]
fn what_is_wrong_comes_back_to_the_caller() {
    let trial = Trial::start().unwrap();
    let edge = trial.stack.edge.url();
    let long = "x".repeat(1100);
    let client = Client::new(&edge, SITE).unwrap();
    let check = |event: Event, field: &str, detail: &str| {
        let receipt = client.send(event).unwrap();
        assert_eq!(client.flush(DELIVERED_WITHIN), 0);
        let outcome = receipt.wait(Duration::ZERO).unwrap();
        let told = (outcome.status, outcome.field.as_deref().unwrap_or_default(), outcome.detail.unwrap_or_default());
        assert_eq!(told, (Status::Rejected, field, detail.to_owned()));
    };
    let event = || Event::new("order").client("customer-17");
    check(event().property("plan", &*long), "custom_properties.plan", "is 1100 bytes, at most 1024");
    check(event().page("shop"), "page.url", "must be an absolute http or https URL");
    check(event().revenue(1.0, "euro"), "revenue.currency", "must be an ISO 4217 code, three letters");
    check(Event::new("x".repeat(65)).client("a"), "event_type", "must be 1 to 64 bytes without control characters");
    let elsewhere = Client::new(&edge, "nobody").unwrap();
    let receipt = elsewhere.send(event()).unwrap();
    elsewhere.flush(DELIVERED_WITHIN);
    assert_eq!(receipt.wait(Duration::ZERO).unwrap().field.as_deref(), Some("tracking_id"));

    orders::tell_of_an_order(&client).unwrap();
    let node = Command::new("node")
        .arg("browser/server_words.mjs")
        .env("EDGE_URL", &edge)
        .env("SITE", SITE)
        .env("PACKAGES_DIR", artifacts::packages_dir().unwrap())
        .status();
    assert!(node.unwrap().success(), "browser/server_words.mjs failed");

    // Of the documentation: an order by Rust, the same by Node, which is known by its id, and a page view.
    let all = || Ok(Some(trial.exported()?).filter(|events| events.len() >= 4));
    let events = until("events", all).unwrap();
    let mut found: Vec<_> = events.iter().map(|event| (event.event_type.as_str(), event.path.as_str())).collect();
    found.sort_unstable();
    assert_eq!(found, [("ending", ""), ("pageview", "/thanks"), ("purchase", "/checkout"), ("visit", "/a")]);
    assert_eq!(events.iter().find(|event| event.event_type == "pageview").unwrap().country, "SE");
}

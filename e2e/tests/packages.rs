//! The npm package in pages that are built with it, in a real browser, against a real edge; what counts is what the ledger has.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use e2e::artifacts;
use e2e::trial::{SITE, Trial};
use serde_json::{Value, json};
use wire::frame::RawEvent;

/// What the pages of a kind of project are to have sent.
const SIGNED_UP: &[&str] = &["pageview", "signup {\"plan\":\"pro\"}"];

fn of(events: &[RawEvent], page: &str) -> Vec<String> {
    let path = format!("/{page}/");
    let mut names: Vec<String> = events.iter().filter(|event| event.path == path).map(named).collect();
    names.sort();
    names
}

/// `type`, or `type {properties}`; what was measured is the machine's.
fn named(event: &RawEvent) -> String {
    let properties: BTreeMap<_, _> = event.properties.iter().collect();
    if properties.is_empty() || event.event_type == "web-vitals" {
        return event.event_type.clone();
    }
    format!("{} {}", event.event_type, json!(properties))
}

#[test]
fn every_entry_counts_what_happens_on_the_pages_built_with_it() {
    let trial = Trial::start().unwrap();
    let mut node = Command::new("node")
        .arg("browser/packages.mjs")
        .env("EDGE_URL", trial.stack.edge.url())
        .env("PACKAGES_DIR", artifacts::packages_dir().unwrap())
        .env("SITE", SITE)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node runs the browser");
    let mut told = String::new();
    BufReader::new(node.stdout.take().unwrap()).read_line(&mut told).unwrap();
    print!("{told}");
    assert!(!told.is_empty(), "browser/packages.mjs failed");
    let senders: Value = serde_json::from_str(&told).unwrap();

    let with_vitals = &["pageview", "signup {\"plan\":\"pro\"}", "web-vitals"];
    let early = &["early {\"n\":1.0}", "experiment {\"experiment\":\"hero\",\"variant\":\"b\"}", "pageview", "told"];
    let expected: &[(&str, &[&str])] = &[
        ("react", SIGNED_UP),
        ("vue", SIGNED_UP),
        ("plain", SIGNED_UP),
        ("gtm", SIGNED_UP),
        ("next", SIGNED_UP),
        ("early", early),
        ("blocked", &[]),
        ("options", &["404 {\"path\":\"/options/\"}", "pageview {\"kind\":\"own\"}"]),
        ("inlinejs", with_vitals),
        ("inlinewasm", with_vitals),
    ];
    let count = expected.iter().map(|(_, events)| events.len()).sum();
    // Too few are named below.
    let events = trial.drained(count).or_else(|_| trial.exported()).unwrap();
    drop(node.stdin.take());
    assert!(node.wait().unwrap().success(), "browser/packages.mjs failed");
    let found: Vec<_> = expected.iter().map(|(page, _)| (*page, of(&events, page))).collect();
    let expected: Vec<_> =
        expected.iter().map(|(page, names)| (*page, names.iter().map(|n| (*n).to_owned()).collect())).collect();
    assert_eq!(found, expected);
    assert_eq!(events.len(), count);
    assert!(events.iter().all(|event| event.hostname == "shop.example"));

    // The loader its page view, then the core that the page allows.
    for (page, core) in [("react", "wasm"), ("next", "wasm"), ("inlinejs", "js"), ("inlinewasm", "wasm")] {
        assert_eq!(senders[page], json!(["loader/0.1.0", format!("{core}/0.1.0")]), "{page}");
    }
}

/// What the documentation shows and no browser runs is what the compiler is given.
#[test]
fn the_documentation_shows_what_is_compiled() {
    let read = |path: &str| fs::read_to_string(format!("../{path}")).unwrap();
    let fenced = |page: &str, info: &str| {
        let text = read(page);
        let (_, rest) = text.split_once(&format!("```{info}\n")).unwrap();
        rest.split_once("```").unwrap().0.to_owned()
    };
    assert_eq!(
        fenced("docs/servers.md", "rust client/examples/orders.rs"),
        read("client/examples/orders.rs"),
        "docs/servers.md"
    );
    let view = fenced("docs/sdk.md", "rust").replace('\n', "\n    ");
    assert!(read("examples/leptos/src/main.rs").contains(view.trim()), "docs/sdk.md: {view}");
}

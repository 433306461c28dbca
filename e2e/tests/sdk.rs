//! The SDK in a real browser, on pages of every kind; what counts is what the ledger has.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use e2e::artifacts;
use e2e::effort::Effort;
use e2e::trial::{SITE, Trial};
use serde_json::{Value, json};
use wire::frame::RawEvent;

/// Runs a script of `browser/` against a trial's edge, and answers what it prints as its last line.
fn browse(trial: &Trial, script: &str, more: &[(&str, String)]) -> Value {
    let output = Command::new("node")
        .arg(format!("browser/{script}"))
        .env("EDGE_URL", trial.stack.edge.url())
        .env("SDK_DIR", artifacts::sdk_dir().unwrap())
        .env("SITE", SITE)
        .envs(more.iter().map(|(name, value)| (name, value)))
        .stderr(Stdio::inherit())
        .output()
        .expect("node runs the browser");
    let text = String::from_utf8(output.stdout).unwrap();
    print!("{text}");
    assert!(output.status.success(), "browser/{script} ended with {}", output.status);
    serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap_or_default()
}

/// The events of the pages below a folder, as `type` or `type {properties}`, sorted.
fn of(events: &[RawEvent], folder: &str) -> Vec<String> {
    let prefix = format!("/{folder}/");
    let mut names: Vec<String> = events.iter().filter(|event| event.path.starts_with(&prefix)).map(named).collect();
    names.sort();
    names
}

fn named(event: &RawEvent) -> String {
    let path = event.path.rsplit('/').next().unwrap_or_default();
    let properties: BTreeMap<_, _> = event.properties.iter().collect();
    let mut name = format!("{path} {}", event.event_type);
    if !properties.is_empty() {
        name = format!("{name} {}", json!(properties));
    }
    if let Some(money) = &event.revenue {
        name = format!("{name} {} {}", money.micros, money.currency);
    }
    name
}

/// Each kind of page, once. What is expected of each stands here, what is done on it in `browser/sdk.mjs`.
#[test]
fn pages_of_every_kind_count_what_happens_on_them() {
    let trial = Trial::start().unwrap();
    let expected: &[(&str, &[&str])] = &[
        (
            "plain",
            &["a buy {\"plan\":\"pro\"} 12500000 EUR", "a buy {\"yes\":true}", "a early {\"n\":1.0}", "a pageview"],
        ),
        ("long", &["a pageview"]),
        ("csp", &["a click", "a pageview"]),
        ("cspwasm", &["a click", "a pageview"]),
        ("nonce", &["a click", "a pageview"]),
        ("prefix", &["a click", "a pageview"]),
        ("nowasm", &["a click", "a pageview"]),
        ("denied", &["a click", "a pageview"]),
        ("hostile", &["a click", "a pageview"]),
        ("nobeacon", &["a last", "a pageview"]),
        ("leaving", &["a last", "a pageview"]),
        ("retry", &["a click", "a pageview"]),
        ("spa", &["a pageview", "b pageview", "c pageview", "b pageview"]),
        ("hash", &["a pageview", "cart pageview", "pay pageview"]),
        ("manual", &["a pageview {\"kind\":\"own\"}"]),
        ("exclude", &["seen pageview"]),
        ("include", &["seen pageview"]),
        ("local", &["a pageview"]),
        ("webdriver", &[]),
        ("optout", &["a pageview"]),
        ("own", &[]),
        ("consent", &["a late", "a pageview"]),
        ("refused", &[]),
        ("gpc", &["a click", "a pageview"]),
        ("missing", &["a 404 {\"path\":\"/missing/a\"}", "a pageview"]),
        ("sandbox", &["a pageview"]),
        ("sandboxed", &["a pageview"]),
        ("bfcache", &["a pageview", "a pageview", "b pageview"]),
        ("engaged", &["a engagement {\"scroll\":100.0}", "a pageview"]),
        ("vitals", &["a pageview", "a web-vitals"]),
        ("variant", &["a experiment {\"experiment\":\"hero\",\"variant\":\"b\"}", "a pageview"]),
        ("people", &["a click {\"group\":\"acme\"}", "a identify {\"plan\":\"pro\"}", "a pageview"]),
        (
            "clicks",
            &[
                "a File Download {\"url\":\"http://127.0.0.1:1/list.pdf\"}",
                "a Form: Submission {\"path\":\"/clicks/a\"}",
                "a Outbound Link: Click {\"url\":\"http://127.0.0.1:1/other\"}",
                "a Order {\"size\":\"large one\"} 9500000 EUR",
                "a Signup {\"plan\":\"pro\"} 29000000 EUR",
                "a Subscribe",
                "a pageview",
            ],
        ),
    ];
    let told = browse(&trial, "sdk.mjs", &[]);
    let count = expected.iter().map(|(_, events)| events.len()).sum();
    // Too few are named below.
    let events = trial.drained(count).or_else(|_| trial.exported()).unwrap();
    let mut wrong = Vec::new();
    for (folder, expected) in expected {
        let mut expected: Vec<String> = expected.iter().map(|name| (*name).to_owned()).collect();
        expected.sort();
        let mut found = of(&events, folder);
        if *folder == "vitals" {
            // What was measured is the machine's.
            found.iter_mut().for_each(|name| name.truncate(name.find(" {").unwrap_or(name.len())));
        }
        if found != expected {
            wrong.push(format!("{folder}: {found:#?}, not {expected:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(events.len(), count);
    let long = events.iter().find(|event| event.path.starts_with("/long/")).unwrap();
    assert_eq!(long.title, "日".repeat(170));
    let engaged = events.iter().find(|event| event.event_type == "engagement").unwrap();
    assert!((2500..20_000).contains(&engaged.engaged_ms), "{} ms of engagement", engaged.engaged_ms);
    for private in events.iter().filter(|event| event.path.starts_with("/gpc/")) {
        assert_eq!((private.visitor, private.session), (None, None));
    }
    // Who sent them: the loader its page view, then the core that the page allows.
    for (folder, core) in [
        ("plain", "wasm"),
        ("csp", "js"),
        ("cspwasm", "wasm"),
        ("nonce", "js"),
        ("nowasm", "js"),
        ("denied", "wasm"),
        ("retry", "wasm"),
    ] {
        assert_eq!(told[folder], json!(["loader/0.1.0", format!("{core}/0.1.0")]), "{folder}");
    }
    assert_eq!(told["hostile"], json!(["wasm/0.1.0"]), "without `crypto` the loader leaves it to the core");
}

/// Reloads, closed pages, no network and a killed edge, on a page that may keep events: each that was kept is counted once.
#[test]
fn what_is_kept_is_counted_once() {
    let trial = Trial::start().unwrap();
    let rounds = Effort::from_env().unwrap().kills;
    let told = browse(&trial, "persist.mjs", &[("ROUNDS", rounds.to_string())]);
    let kept: Vec<String> = serde_json::from_value(told["kept"].clone()).unwrap();
    assert!(kept.len() as u32 >= rounds, "{} events in {rounds} rounds", kept.len());
    let mut times: BTreeMap<String, u32> = BTreeMap::new();
    for event in trial.drained(kept.len()).unwrap() {
        if event.event_type == "kept" {
            *times.entry(serde_json::to_value(&event.properties["n"]).unwrap().to_string()).or_default() += 1;
        }
    }
    let wrong: Vec<_> = kept.iter().filter(|name| times.get(*name) != Some(&1)).collect();
    assert!(wrong.is_empty(), "not counted once: {wrong:?}");
    assert!(times.values().all(|count| *count == 1), "counted twice: {times:?}");
}

/// The module that is shipped and the plain core, call by call.
#[test]
fn both_cores_put_the_same_on_the_wire() {
    let staging: PathBuf = artifacts::sdk_dir().unwrap().join("../../staging/sdk");
    let status = Command::new("node").arg("browser/identity.mjs").env("SDK_STAGING_DIR", staging).status().unwrap();
    assert!(status.success());
}

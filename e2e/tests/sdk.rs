//! The SDK in a real browser, on pages of every kind; what counts is what the ledger has.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use e2e::artifacts;
use e2e::effort::Effort;
use e2e::random::Random;
use e2e::summary::Row;
use e2e::trial::{SITE, Trial};
use e2e::verdict::Verdict;
use serde_json::{Value, json};
use wire::frame::RawEvent;

/// Longest wait before the edge is killed.
const WAIT_MS_MAX: u32 = 500;

/// A script of `browser/` against a trial's edge.
fn browser(trial: &Trial, script: &str, more: &[(&str, String)]) -> Command {
    let mut command = Command::new("node");
    command
        .arg(format!("browser/{script}"))
        .env("EDGE_URL", trial.stack.edge.url())
        .env("SDK_DIR", artifacts::sdk_dir().unwrap())
        .env("SITE", SITE)
        .envs(more.iter().map(|(name, value)| (name, value)))
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit());
    command
}

/// Runs one, and answers what it prints as its last line.
fn browse(trial: &Trial, script: &str) -> Value {
    let output = browser(trial, script, &[]).output().expect("node runs the browser");
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
        ("early", &["a first", "a pageview", "b pageview", "b second", "c pageview"]),
        ("known", &["a click", "a pageview", "b pageview", "c click", "c out", "c pageview"]),
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
        ("back", &["a pageview", "a pageview", "b pageview"]),
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
    let told = browse(&trial, "sdk.mjs");
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
    // Known by what the page calls the person, in both browsers; before that, and after `reset`, by something else.
    let visitors = |path: &str, kind: &str| -> BTreeSet<String> {
        let of = events.iter().filter(|event| event.path == format!("/known/{path}") && event.event_type == kind);
        of.filter_map(|event| event.visitor.map(|visitor| visitor.to_string())).collect()
    };
    let known = visitors("a", "click");
    assert_eq!((known.len(), &visitors("b", "pageview"), &visitors("c", "click")), (1, &known, &known));
    assert!(visitors("a", "pageview").is_disjoint(&known) && visitors("c", "out").is_disjoint(&known));
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

/// Pages that the browser keeps when they are left, and such as it renders before anybody asks for them.
#[test]
fn pages_that_are_there_before_count_when_they_are_shown() {
    let trial = Trial::start().unwrap();
    browse(&trial, "shown.mjs");
    let kept = ["a after", "a before", "a pageview", "a pageview", "b elsewhere", "b pageview"];
    let ahead = ["a pageview", "b pageview", "b unseen {\"unseen\":true}"];
    let events = trial.drained(kept.len() + ahead.len()).unwrap();
    assert_eq!(of(&events, "kept"), kept);
    assert_eq!(of(&events, "ahead"), ahead);
    assert_eq!(events.len(), kept.len() + ahead.len());
}

/// Reloads, closed pages, no network and an edge that is killed as often, on a page that may keep events: each that was kept is counted
/// once.
#[test]
fn what_is_kept_is_counted_once() {
    let mut trial = Trial::start().unwrap();
    let effort = Effort::from_env().unwrap();
    let rounds = effort.kills;
    let mut command = browser(&trial, "persist.mjs", &[("ROUNDS", rounds.to_string())]);
    let mut page = command.stdin(Stdio::piped()).spawn().expect("node runs the browser");
    let mut input = page.stdin.take();
    let mut lines = BufReader::new(page.stdout.take().unwrap()).lines();
    let is_over = Arc::new(AtomicBool::new(false));
    let hears = Arc::clone(&is_over);
    let listener = thread::spawn(move || {
        let over = lines.next();
        hears.store(true, Ordering::Relaxed);
        (over, lines.next())
    });
    let mut random = Random::new(effort.seed);
    let (mut strikes, mut slowest) = (0, Duration::ZERO);
    while !is_over.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(u64::from(random.below(WAIT_MS_MAX))));
        slowest = slowest.max(trial.strike_edge().unwrap());
        strikes += 1;
        if strikes >= rounds {
            // Says that it was killed often enough.
            drop(input.take());
        }
    }
    let (over, told) = listener.join().unwrap();
    assert!(page.wait().unwrap().success(), "browser/persist.mjs failed");
    assert_eq!(over.unwrap().unwrap(), "rounds are over");
    let kept: Vec<String> = serde_json::from_str(&told.unwrap().unwrap()).unwrap();
    assert!(kept.len() as u32 >= rounds, "{} events in {rounds} rounds", kept.len());
    trial.settle(kept.len() as u64).unwrap();
    let verdict = Verdict::of(&kept, &trial.exported().unwrap()).unwrap();
    println!("{rounds} rounds, edge killed {strikes} times: {verdict}; ready again within {slowest:.0?}");
    let note = format!("{rounds} reloads, closed pages, lost answers and no network in between");
    Row::new("edge killed under pages that keep events")
        .times(u64::from(strikes))
        .verdict(&verdict)
        .ready(slowest)
        .note(note)
        .keep();
    verdict.hold(&trial).unwrap();
}

/// The module that is shipped and the plain core, call by call.
#[test]
fn both_cores_put_the_same_on_the_wire() {
    let staging: PathBuf = artifacts::sdk_dir().unwrap().join("../../staging/sdk");
    let status = Command::new("node").arg("browser/identity.mjs").env("SDK_STAGING_DIR", staging).status().unwrap();
    assert!(status.success());
}

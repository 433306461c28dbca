//! Storage goes back in time, or is lost. What the other side still holds arrives once; nothing is doubled.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use e2e::trial::{SITE, Trial};
use serde_json::json;

/// Sends `count` events that the edge acknowledges, on pages `/{name}-0`, `/{name}-1`, …
fn send(trial: &Trial, name: &str, count: usize) {
    for number in 0..count {
        let batch = json!({
            "batch_id": format!("batch-{name}-{number:08}"), "tracking_id": SITE,
            "events": [{"event_type": "pageview", "page": {"url": format!("https://t.example/{name}-{number}")}}],
        });
        assert_eq!(trial.post(batch.to_string().as_bytes()).unwrap().status, 204);
    }
}

/// How often each of the pages `/{name}-…` is counted.
fn counted(trial: &Trial, name: &str) -> BTreeMap<String, usize> {
    let mut pages = BTreeMap::new();
    for event in trial.exported().unwrap() {
        if event.path.starts_with(&format!("/{name}-")) {
            *pages.entry(event.path).or_insert(0) += 1;
        }
    }
    pages
}

fn each_once(trial: &Trial, name: &str, count: usize) {
    let pages = counted(trial, name);
    assert_eq!(pages.len(), count, "{name}: {pages:?}");
    assert!(pages.values().all(|times| *times == 1), "{name}: {pages:?}");
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn replace(folder: &Path, by: &Path) {
    fs::remove_dir_all(folder).unwrap();
    copy(by, folder);
}

#[test]
fn an_edge_restored_to_an_older_state_is_recognised() {
    let mut trial = Trial::start().unwrap();
    let objects = trial.folder().join("edge/objects");
    let backup = trial.folder().join("older-objects");
    send(&trial, "before", 5);
    trial.drained(5).unwrap();

    trial.stack.edge.process().kill().unwrap();
    copy(&objects, &backup);
    trial.stack.edge.restart().unwrap();
    send(&trial, "between", 5);
    trial.drained(10).unwrap();

    // The storage forgets that frames were sealed since; new ones get numbers that are taken.
    trial.stack.edge.process().kill().unwrap();
    replace(&objects, &backup);
    trial.stack.edge.restart().unwrap();
    send(&trial, "after", 5);
    trial.drained(15).unwrap();
    // And the new epoch goes on as usual.
    send(&trial, "later", 5);
    trial.drained(20).unwrap();
    for name in ["before", "between", "after", "later"] {
        each_once(&trial, name, 5);
    }
}

#[test]
fn an_aggregator_restored_to_an_older_state_gets_a_new_epoch() {
    let mut trial = Trial::start().unwrap();
    let ledger = trial.folder().join("aggregator");
    let backup = trial.folder().join("older-ledger");
    send(&trial, "before", 5);
    trial.drained(5).unwrap();

    trial.stack.aggregator.process().kill().unwrap();
    copy(&ledger, &backup);
    trial.stack.aggregator.restart().unwrap();
    send(&trial, "between", 5);
    trial.drained(10).unwrap();

    // Acknowledged while it is away, and so held by the edge.
    trial.stack.aggregator.process().kill().unwrap();
    send(&trial, "while-away", 5);
    replace(&ledger, &backup);
    trial.stack.aggregator.restart().unwrap();
    // What was counted after the backup was stable and is gone with the disk; all else is there.
    trial.drained(10).unwrap();
    send(&trial, "after", 5);
    trial.drained(15).unwrap();
    for name in ["before", "while-away", "after"] {
        each_once(&trial, name, 5);
    }
    assert!(counted(&trial, "between").values().all(|times| *times == 1));
}

#[test]
fn an_aggregator_that_lost_its_ledger_gets_what_the_edge_holds() {
    let mut trial = Trial::start().unwrap();
    send(&trial, "before", 5);
    trial.drained(5).unwrap();
    trial.stack.aggregator.process().kill().unwrap();
    send(&trial, "while-away", 5);
    for file in ["ledger.sqlite", "ledger.sqlite-wal", "ledger.sqlite-shm"] {
        let _ = fs::remove_file(trial.folder().join("aggregator").join(file));
    }
    trial.stack.aggregator.restart().unwrap();
    trial.stack.aggregator.add_open_site(SITE, "test.example").unwrap();
    trial.drained(5).unwrap();
    each_once(&trial, "while-away", 5);
    send(&trial, "after", 5);
    trial.drained(10).unwrap();
    each_once(&trial, "after", 5);
}

#[test]
fn a_site_that_the_edge_never_met_is_refused_until_the_aggregator_knows_it() {
    let mut trial = Trial::start().unwrap();
    trial.stack.aggregator.process().kill().unwrap();
    let event = json!({"tracking_id": SITE, "event_type": "x"}).to_string();
    let answer = trial.post(event.as_bytes()).unwrap();
    // Nothing is acknowledged that could never be delivered.
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
    trial.stack.aggregator.restart().unwrap();
    assert_eq!(trial.post(event.as_bytes()).unwrap().status, 204);
    // From then on it takes events whatever happens to the aggregator.
    trial.stack.aggregator.process().kill().unwrap();
    assert_eq!(trial.post(event.as_bytes()).unwrap().status, 204);
    trial.stack.aggregator.restart().unwrap();
    assert_eq!(trial.drained(2).unwrap().len(), 2);
}

/// The backup holds events that are delivered after it was made, so the restored edge sends them again.
#[test]
fn events_that_a_restored_edge_brings_again_are_recognised() {
    let mut trial = Trial::start().unwrap();
    let objects = trial.folder().join("edge/objects");
    let backup = trial.folder().join("older-objects");
    send(&trial, "before", 5);
    trial.drained(5).unwrap();
    trial.stack.aggregator.process().kill().unwrap();
    send(&trial, "held", 5);

    trial.stack.edge.process().kill().unwrap();
    copy(&objects, &backup);
    trial.stack.edge.restart().unwrap();
    trial.stack.aggregator.restart().unwrap();
    trial.drained(10).unwrap();
    send(&trial, "between", 5);
    trial.drained(15).unwrap();

    trial.stack.edge.process().kill().unwrap();
    replace(&objects, &backup);
    trial.stack.edge.restart().unwrap();
    send(&trial, "after", 5);
    trial.drained(20).unwrap();
    for name in ["before", "held", "between", "after"] {
        each_once(&trial, name, 5);
    }
}

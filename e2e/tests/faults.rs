//! Processes are killed, ended and paused at random instants under load. What was acknowledged is counted, once.
//!
//! Short in `cargo xtask test`; `cargo xtask faults --kills 200 --seed 7` makes it long.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::thread;
use std::time::{Duration, Instant};

use e2e::effort::Effort;
use e2e::load::{Load, SENDERS};
use e2e::random::Random;
use e2e::stack::PATIENCE;
use e2e::summary::Row;
use e2e::trial::Trial;
use e2e::verdict::Verdict;
use serde_json::json;

/// How long a process is paused.
const PAUSE: Duration = Duration::from_secs(1);

/// Longest that a process may take to be ready again.
const READY_WITHIN: Duration = Duration::from_secs(5);

/// Longest wait before a strike: spread over the cycles of commit (10 ms) and alarm (1 s).
const WAIT_MS_MAX: u32 = 700;

/// Strikes `times` under load, each at a random instant of live traffic, then compares what was acknowledged with
/// what was counted. `strike` answers how long each process took to be ready again.
fn under_load(what: &str, times: u32, strike: impl Fn(&mut Trial) -> Vec<Duration>) {
    let seed = Effort::from_env().unwrap().seed;
    let mut random = Random::new(seed);
    let mut trial = Trial::start().unwrap();
    let load = Load::start(&trial.stack.edge.url(), Duration::ZERO);
    let (mut ready, mut waits_ms) = (Vec::new(), Vec::new());
    for _ in 0..times {
        load.wait_for(40).unwrap();
        let wait_ms = random.below(WAIT_MS_MAX);
        waits_ms.push(wait_ms);
        thread::sleep(Duration::from_millis(u64::from(wait_ms)));
        ready.extend(strike(&mut trial));
    }
    load.wait_for(40).unwrap();
    let sent = load.finish().unwrap();
    let drained = trial.settle(sent.len() as u64).unwrap();
    let verdict = Verdict::of(&sent, &trial.exported().unwrap()).unwrap();
    let slowest = ready.into_iter().max().unwrap_or_default();
    println!("{what}: {times} times, {verdict}; ready again within {slowest:.0?}; backlog drained in {drained:.1?}");
    println!("  seed {seed}, waits in ms {waits_ms:?}");
    Row::new(what)
        .times(u64::from(times))
        .verdict(&verdict)
        .ready(slowest)
        .note(format!("drained in {drained:.1?}"))
        .keep();
    verdict.hold(&trial).unwrap();
    assert!(slowest <= READY_WITHIN, "ready again after {slowest:?}");
    trial.stack.aggregator.run(&["check"]).unwrap();
    each_sender_has_its_page(&trial);
}

fn each_sender_has_its_page(trial: &Trial) {
    let pages = trial.rows_of_events(&json!(["page"])).unwrap();
    assert_eq!(pages.len() as u64, SENDERS);
}

#[test]
fn a_killed_edge_loses_and_doubles_nothing() {
    under_load("edge killed", Effort::from_env().unwrap().kills, |trial| {
        trial.stack.edge.process().kill().unwrap();
        vec![trial.stack.edge.restart().unwrap()]
    });
}

#[test]
fn a_killed_aggregator_loses_and_doubles_nothing() {
    under_load("aggregator killed", Effort::from_env().unwrap().kills, |trial| {
        trial.stack.aggregator.process().kill().unwrap();
        vec![trial.stack.aggregator.restart().unwrap()]
    });
}

#[test]
fn both_killed_at_once_lose_and_double_nothing() {
    under_load("both killed at once", Effort::from_env().unwrap().double_kills(), |trial| {
        trial.stack.edge.process().kill().unwrap();
        trial.stack.aggregator.process().kill().unwrap();
        vec![trial.stack.aggregator.restart().unwrap(), trial.stack.edge.restart().unwrap()]
    });
}

#[test]
fn an_ended_edge_loses_and_doubles_nothing() {
    under_load("edge ended by SIGTERM", Effort::from_env().unwrap().gentle(), |trial| {
        trial.stack.edge.process().terminate(PATIENCE).unwrap();
        vec![trial.stack.edge.restart().unwrap()]
    });
}

#[test]
fn an_ended_aggregator_loses_and_doubles_nothing() {
    under_load("aggregator ended by SIGTERM", Effort::from_env().unwrap().gentle(), |trial| {
        trial.stack.aggregator.process().terminate(PATIENCE).unwrap();
        vec![trial.stack.aggregator.restart().unwrap()]
    });
}

#[test]
fn a_paused_edge_loses_and_doubles_nothing() {
    under_load("edge paused", Effort::from_env().unwrap().gentle(), |trial| {
        trial.stack.edge.process().pause().unwrap();
        thread::sleep(PAUSE);
        trial.stack.edge.process().resume().unwrap();
        vec![ready_after_pause(&format!("{}/healthz", trial.stack.edge.url()))]
    });
}

#[test]
fn a_paused_aggregator_loses_and_doubles_nothing() {
    under_load("aggregator paused", Effort::from_env().unwrap().gentle(), |trial| {
        trial.stack.aggregator.process().pause().unwrap();
        thread::sleep(PAUSE);
        trial.stack.aggregator.process().resume().unwrap();
        vec![ready_after_pause(&format!("{}/readyz", trial.stack.aggregator.url()))]
    });
}

fn ready_after_pause(url: &str) -> Duration {
    let begun = Instant::now();
    assert_eq!(e2e::http::get(url).unwrap().status, 200);
    begun.elapsed()
}

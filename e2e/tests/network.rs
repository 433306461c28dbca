//! The network between edge and aggregator breaks. Events are taken in all the while, and counted once.
//!
//! Short in `cargo xtask test`; `cargo xtask faults --partition 120` makes it long.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::thread;
use std::time::{Duration, Instant};

use e2e::artifacts::Artifacts;
use e2e::effort::Effort;
use e2e::load::{EVENTS, Load, SENDERS};
use e2e::proxy::Fault;
use e2e::random::Random;
use e2e::summary::Row;
use e2e::trial::Trial;
use e2e::verdict::Verdict;

/// Between two batches of a sender, so that a backlog can shrink while events go on to arrive.
const PAUSE_MIN: Duration = Duration::from_millis(5);

/// Events that may come in during a partition: about half of what an edge holds, 256 MiB.
const BACKLOG_EVENTS: u64 = 350_000;

/// How long the network is whole at first, so that there is something to compare with.
const CALM: Duration = Duration::from_secs(3);

/// Answers and requests that must have been lost before the network gets well.
const LOST_MIN: u64 = 2;

/// Ends of connections that must have been cut: both of one connection.
const CUT_MIN: u64 = 2;

#[test]
fn a_broken_network_holds_up_nobody_and_loses_and_doubles_nothing() {
    let effort = Effort::from_env().unwrap();
    let mut random = Random::new(effort.seed);
    let (trial, proxy) = Trial::start_by_proxy(&Artifacts::from_env().unwrap()).unwrap();
    let load = Load::start(&trial.stack.edge.url(), pause(effort.partition));
    load.wait_for(200).unwrap();
    load.seen().since_last();
    thread::sleep(CALM.max(effort.partition / 30));
    let calm = load.seen().since_last();

    // The aggregator counts, and the edge does not learn of it: the same frames come again.
    proxy.set(Fault::DropAnswers);
    until("answers are lost", || proxy.traffic().answers_dropped >= LOST_MIN);
    // After each fault the edge gets through once, so that its pauses between tries begin short again.
    proxy.set(Fault::None);
    catch_up(&trial, &load);
    proxy.set(Fault::DropRequests);
    until("requests are lost", || proxy.traffic().requests_dropped >= LOST_MIN);
    proxy.set(Fault::Latency(Duration::from_millis(100)));
    catch_up(&trial, &load);

    until("connections are cut", || {
        proxy.flap(Fault::Cut, 2, || Duration::from_millis(50 + u64::from(random.below(300))));
        proxy.traffic().connections_cut >= CUT_MIN
    });
    let (answers, requests) = (proxy.traffic().answers_dropped, proxy.traffic().requests_dropped);
    println!("network: {answers} answers and {requests} requests dropped; {} cut", proxy.traffic().connections_cut);

    proxy.set(Fault::Partition);
    load.seen().since_last();
    let (begun, before) = (Instant::now(), load.seen().acknowledged());
    thread::sleep(effort.partition);
    let parted = load.seen().since_last();
    proxy.set(Fault::None);
    let ingested = (load.seen().acknowledged() - before) as f64 / begun.elapsed().as_secs_f64();
    let (healed, counted) = (Instant::now(), trial.counted().unwrap());
    let backlog = load.seen().acknowledged() - counted;
    let silence = catch_up(&trial, &load);
    let took = healed.elapsed();
    let drained = (trial.counted().unwrap() - counted) as f64 / (took - silence).as_secs_f64();
    println!(
        "partition of {:?}: {backlog} events waited; first counted {silence:.1?} after it ended, all after {took:.1?}; \
         drained at {drained:.0} events/s against {ingested:.0} events/s coming in",
        effort.partition
    );
    println!(
        "  {:.2} % acknowledged during it, p99 {:.1?} against {:.1?} before; drained {:.0} times as fast as events came in",
        parted.acknowledged_percent(),
        parted.latency(99),
        calm.latency(99),
        drained / ingested
    );
    let note = format!(
        "{:.2} % taken in, p99 {:.0?} (before: {:.0?}), drain {:.0} × ingest",
        parted.acknowledged_percent(),
        parted.latency(99),
        calm.latency(99),
        drained / ingested
    );
    let row = Row::new(&format!("network parted for {:?}", effort.partition)).note(note);

    let (refused, unanswered) = (load.seen().refused(), load.seen().unanswered());
    let sent = load.finish().unwrap();
    let drained = trial.settle(sent.len() as u64).unwrap();
    let verdict = Verdict::of(&sent, &trial.exported().unwrap()).unwrap();
    println!("network: {verdict}; {refused} requests refused, {unanswered} without answer; the rest in {drained:.1?}");
    println!("  seed {}", effort.seed);
    assert_eq!((refused, unanswered), (0, 0), "somebody was held up");
    row.verdict(&verdict).keep();
    verdict.hold(&trial).unwrap();
}

/// So that a long partition does not fill the edge.
fn pause(partition: Duration) -> Duration {
    let batches_per_sender = BACKLOG_EVENTS / (SENDERS * EVENTS);
    PAUSE_MIN.max(partition / batches_per_sender as u32)
}

/// Waits until all that is acknowledged now is counted. Answers how long nothing was counted at first.
fn catch_up(trial: &Trial, load: &Load) -> Duration {
    let (begun, first, owed) = (Instant::now(), trial.counted().unwrap(), load.seen().acknowledged());
    let mut silence = None;
    until("the backlog drains", || {
        let counted = trial.counted().unwrap();
        if counted > first {
            silence.get_or_insert(begun.elapsed());
        }
        counted >= owed
    });
    silence.unwrap_or_default()
}

/// Longer than the edge's longest pause between two tries.
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < Duration::from_secs(150), "waited in vain until {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

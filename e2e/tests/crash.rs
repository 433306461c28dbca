//! Each process is ended before, and within, every single step that it takes towards disk and network.
//!
//! A few steps in `cargo xtask test`; every one in `cargo xtask faults`. Linux only.
#![cfg(target_os = "linux")]
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use e2e::aggregator::Aggregator;
use e2e::artifacts::Artifacts;
use e2e::crash::{Crash, Preload};
use e2e::effort::Effort;
use e2e::http;
use e2e::key::EdgeKey;
use e2e::load::NAME_PROPERTY;
use e2e::port::Ports;
use e2e::process::Process;
use e2e::stack::PATIENCE;
use e2e::summary::Row;
use e2e::trial::Trial;
use e2e::verdict::Verdict;
use serde_json::json;

/// Batches in a round: the first makes the object say hello, the second finds it introduced.
const BATCHES: usize = 2;

/// Events in a batch.
const EVENTS: usize = 3;

/// Rounds left untouched in a row after which no step is thought to be left. A process does not always take the same
/// number: how many pages a checkpoint writes, and who closes last, depends on who reads meanwhile.
const UNTOUCHED: u32 = 5;

/// How long a round may take: a restart, and the edge's first pauses between two tries.
const ROUND_WITHIN: Duration = Duration::from_secs(60);

/// Who is ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Victim {
    Edge,
    Aggregator,
}

impl Victim {
    fn name(self) -> &'static str {
        match self {
            Self::Edge => "edge",
            Self::Aggregator => "aggregator",
        }
    }

    fn process(self, trial: &mut Trial) -> &mut Process {
        match self {
            Self::Edge => trial.stack.edge.process(),
            Self::Aggregator => trial.stack.aggregator.process(),
        }
    }

    fn restart(self, trial: &mut Trial) -> Duration {
        match self {
            Self::Edge => trial.stack.edge.restart().unwrap(),
            Self::Aggregator => trial.stack.aggregator.restart().unwrap(),
        }
    }

    fn launch(self, trial: &mut Trial, environment: &[(&'static str, String)]) {
        match self {
            Self::Edge => trial.stack.edge.launch_with(environment).unwrap(),
            Self::Aggregator => trial.stack.aggregator.launch_with(environment).unwrap(),
        }
    }
}

/// How the process before ended: what the next one finds on the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Ended,
    Killed,
}

/// Rounds of one victim, all over the same storage.
struct Rounds {
    trial: Trial,
    preload: Preload,
    victim: Victim,
    round: u32,
    acknowledged: usize,
    slowest: Duration,
}

impl Rounds {
    fn new(victim: Victim) -> Self {
        let mut trial = Trial::start().unwrap();
        let preload = Preload::build(trial.folder()).unwrap();
        victim.process(&mut trial).terminate(PATIENCE).unwrap();
        Self { trial, preload, victim, round: 0, acknowledged: 0, slowest: Duration::ZERO }
    }

    /// Starts the victim, has a site of its own send its first batches, ends the victim in order. When it ends before
    /// that, starts it again, and goes on. Answers whether it did. Whatever happened, each event must be counted once.
    fn round(&mut self, crash: Crash, before: Before) -> bool {
        self.round += 1;
        let site = format!("UA-crash-{}", self.round);
        self.trial.stack.aggregator.add_open_site(&site, "test.example").unwrap();
        self.victim.launch(&mut self.trial, &self.preload.environment(crash));
        let begun = Instant::now();
        let mut crashed = false;
        let mut names = Vec::new();
        for batch in 0..BATCHES {
            let batch_names: Vec<String> = (0..EVENTS).map(|event| format!("{}-{batch}-{event}", self.round)).collect();
            let body = body(&site, &format!("crash-{:08}-{batch:04}", self.round), &batch_names);
            let url = format!("{}/api/v1/events", self.trial.stack.edge.url());
            while !http::post(&url, &[], body.as_bytes()).is_ok_and(|answer| answer.status == 204) {
                crashed |= self.revive();
                assert!(begun.elapsed() < ROUND_WITHIN, "{crash:?}: a batch is not acknowledged");
                thread::sleep(Duration::from_millis(10));
            }
            names.extend(batch_names);
        }
        while self.trial.exported_of(&site).unwrap().len() < names.len() {
            crashed |= self.revive();
            assert!(begun.elapsed() < ROUND_WITHIN, "{crash:?}: what was acknowledged is not counted");
            thread::sleep(Duration::from_millis(10));
        }
        crashed |= self.revive();
        // The orderly end is steps too. One that was ended there has left its traces for the next round to find.
        crashed |= match before {
            Before::Ended => !self.victim.process(&mut self.trial).terminate(PATIENCE).unwrap().success() && !crashed,
            Before::Killed => {
                self.victim.process(&mut self.trial).kill().unwrap();
                false
            }
        };
        let verdict = Verdict::of(&names, &self.trial.exported_of(&site).unwrap()).unwrap();
        assert_eq!((verdict.lost, verdict.doubled, verdict.invented), (0, 0, 0), "{crash:?}");
        self.trial.stack.aggregator.run(&["check"]).unwrap_or_else(|e| panic!("{crash:?}: {e:#}"));
        self.acknowledged += verdict.acknowledged;
        crashed
    }

    /// Starts the victim again if it ended. Answers whether it did.
    fn revive(&mut self) -> bool {
        if self.victim.process(&mut self.trial).is_running().unwrap() {
            return false;
        }
        self.slowest = self.slowest.max(self.victim.restart(&mut self.trial));
        true
    }

    /// Ends the victim at steps 1, 2, 3, …, until it takes so few that rounds are left untouched; or, where only some
    /// points are wanted, at about so many of them. Answers how often it ended before which kind of step.
    fn every(&mut self, points: u32, crash: fn(u64) -> Crash, before: Before) -> BTreeMap<String, u32> {
        assert!(!self.round(Crash::Never, before), "the {} ended by itself", self.victim.name());
        let steps = self.preload.steps().count;
        assert!(steps > 10, "{steps} steps");
        let stride = if points == 0 { 1 } else { (steps / u64::from(points)).max(1) };
        let mut struck: BTreeMap<String, u32> = BTreeMap::new();
        let (mut at, mut untouched) = (stride.div_ceil(2), 0);
        while untouched < if points == 0 { UNTOUCHED } else { 1 } {
            if self.round(crash(at), before) {
                let last = self.preload.steps().last.expect("it ended at another place");
                *struck.entry(last).or_default() += 1;
                untouched = 0;
            } else {
                untouched += 1;
            }
            at += stride;
        }
        struck
    }
}

fn body(site: &str, batch_id: &str, names: &[String]) -> String {
    let event = |name: &String| {
        json!({
            "event_type": "pageview", "event_id": name, "page": {"url": "https://t.example/"},
            "custom_properties": {NAME_PROPERTY: name},
        })
    };
    let events: Vec<_> = names.iter().map(event).collect();
    json!({"batch_id": batch_id, "tracking_id": site, "client_id": "1", "events": events}).to_string()
}

fn every_step_of(victim: Victim) {
    let points = Effort::from_env().unwrap().crash_points;
    let mut rounds = Rounds::new(victim);
    let mut struck: BTreeMap<String, u32> = BTreeMap::new();
    type Pass = (&'static str, fn(u64) -> Crash, Before);
    let passes: [Pass; 3] = [
        ("before each step", Crash::Before, Before::Ended),
        ("within each step", Crash::Halfway, Before::Ended),
        ("before each step, started after a kill", Crash::Before, Before::Killed),
    ];
    // The short form is the first pass, with strides.
    for (name, crash, before) in passes.into_iter().take(if points == 0 { 3 } else { 1 }) {
        let of_pass = rounds.every(points, crash, before);
        println!("{} {name}: {} points", victim.name(), of_pass.values().sum::<u32>());
        for (step, times) in of_pass {
            *struck.entry(step).or_default() += times;
        }
    }
    let total: u32 = struck.values().sum();
    let kinds: Vec<String> = struck.iter().map(|(step, times)| format!("{times} × {step}")).collect();
    let checked = {
        victim.restart(&mut rounds.trial);
        rounds.trial.stack.aggregator.run(&["check"]).unwrap()
    };
    println!("  {}; ready again within {:.0?}\n{checked}", kinds.join(", "), rounds.slowest);
    assert!(total >= points.max(2) / 2, "{total} points");
    let verdict = Verdict { acknowledged: rounds.acknowledged, ..Verdict::default() };
    Row::new(&format!("{} ended at its every step", victim.name()))
        .times(u64::from(total))
        .verdict(&verdict)
        .ready(rounds.slowest)
        .note(format!("{} kinds of step", kinds.len()))
        .keep();
}

#[test]
fn an_edge_may_end_at_any_step() {
    every_step_of(Victim::Edge);
}

#[test]
fn an_aggregator_may_end_at_any_step() {
    every_step_of(Victim::Aggregator);
}

#[test]
fn a_first_start_may_end_at_any_step() {
    let points = Effort::from_env().unwrap().crash_points;
    let (artifacts, folder) = (Artifacts::from_env().unwrap(), tempfile::tempdir().unwrap());
    let preload = Preload::build(folder.path()).unwrap();
    let key = EdgeKey::of_file(&folder.path().join("edge-key.toml")).unwrap();
    let mut ended = 0;
    for crash in [Crash::Before as fn(u64) -> Crash, Crash::Halfway] {
        for at in (1u64..).step_by(if points == 0 { 1 } else { 20 }) {
            let dir = folder.path().join("data");
            let ports = Ports::free().unwrap();
            let environment = preload.environment(crash(at));
            if Aggregator::start_with(&artifacts, &dir, ports, &key, &environment).is_ok() {
                // Ready, and so the first start is over.
                break;
            }
            ended += 1;
            let aggregator = Aggregator::start(&artifacts, &dir, ports, &key).unwrap();
            aggregator.add_open_site("UA-1", "test.example").unwrap();
            aggregator.run(&["check"]).unwrap();
            drop(aggregator);
            std::fs::remove_dir_all(&dir).unwrap();
        }
        std::fs::remove_dir_all(folder.path().join("data")).unwrap();
    }
    println!("first start: ended at {ended} steps, and whole after the next");
    assert!(ended > 4);
    Row::new("first start ended at every step").times(ended).keep();
}

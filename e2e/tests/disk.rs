//! A disk becomes full under load, and has room again. Whoever cannot keep an event says so.
//!
//! Three times in `cargo xtask test`, twenty in `cargo xtask faults`; not at all where no tmpfs can be mounted.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod signed;

use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, Instant};

use domain::rollup::Caps;
use domain::seal::{Folding, Sealed, Writer, seal};
use e2e::disk::SmallDisk;
use e2e::effort::Effort;
use e2e::http;
use e2e::key::EdgeKey;
use e2e::load::{Load, NAME_PROPERTY};
use e2e::random::Random;
use e2e::summary::Row;
use e2e::trial::{PROGRESS_WITHIN, SITE, Trial};
use e2e::verdict::Verdict;
use signed::Line;
use wire::event::Property;
use wire::frame::{Acknowledgement, FRAMES_PATH, FrameResult, RawEvent};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

/// Room for all that a long run counts, and for its log.
const DISK_MEBIBYTES: u32 = 384;

/// Between two batches of a sender.
const PAUSE: Duration = Duration::from_millis(20);

/// Longest wait before the disk is filled.
const WAIT_MS_MAX: u32 = 700;

/// How long a full disk may take to be noticed: until what was free inside the ledger is used up.
const NOTICED_WITHIN: Duration = Duration::from_secs(20);

/// How long a process may take to do its work again once there is room.
const RECOVERED_WITHIN: Duration = Duration::from_secs(30);

/// The disk, or none where this user may not mount one.
fn small_disk() -> Option<SmallDisk> {
    SmallDisk::mount(DISK_MEBIBYTES).inspect_err(|e| println!("disk: skipped: {e:#}")).ok()
}

/// Waits until `done` and answers how long that took; none if it took too long.
fn within(limit: Duration, mut done: impl FnMut() -> bool) -> Option<Duration> {
    let begun = Instant::now();
    while !done() {
        if begun.elapsed() > limit {
            return None;
        }
        thread::sleep(Duration::from_millis(20));
    }
    Some(begun.elapsed())
}

/// An edge of the test's own, whose every answer is looked at. Its frames are large: they fit nowhere by chance.
struct LargeFrames {
    line: Line,
    writer: Writer,
    next: Seq,
    acknowledged: Vec<String>,
}

impl LargeFrames {
    fn join(trial: &Trial) -> Self {
        let key = EdgeKey::of_file(&trial.folder().join("edge-key.toml")).unwrap();
        let line = Line::to(trial.stack.aggregator.url(), &key);
        let writer = Writer { edge_id: Id128([9; 16]), epoch: Epoch(1), site: SITE.to_owned(), shard: 9 };
        line.join(writer.edge_id, SITE);
        Self { line, writer, next: Seq(1), acknowledged: Vec::new() }
    }

    fn frame(&self) -> (String, Sealed) {
        let name = format!("large-{}", self.next.0);
        let filling = (0..180).map(|number| (format!("filling-{number}"), Property::Text("x".repeat(1000))));
        let mut properties: BTreeMap<String, Property> = filling.collect();
        properties.insert(NAME_PROPERTY.to_owned(), Property::Text(name.clone()));
        let at_ms = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
        let event = RawEvent {
            id: Id128((u128::from(self.next.0) << 64).to_be_bytes()),
            at_ms,
            event_type: "pageview".to_owned(),
            path: "/large".to_owned(),
            device: "desktop".to_owned(),
            properties,
            ..RawEvent::default()
        };
        let settings = Settings::default();
        let folding =
            Folding { events: &[event], changes: &[], outcomes: &[], settings: &settings, sealed_through_ms: at_ms };
        (name, seal(&folding, &self.writer, self.next, &mut Caps::default()).unwrap().remove(0))
    }

    /// Sends the next frame. Answers whether it is counted; if not, it is next again.
    fn send(&mut self) -> bool {
        let (name, frame) = self.frame();
        let answer = self.line.post(FRAMES_PATH, frame.hash, &frame.bytes);
        if answer.status == 503 {
            assert_eq!(answer.header("retry-after"), Some("1"), "{}", answer.text());
            return false;
        }
        let acknowledgement: Acknowledgement = answer.json().unwrap();
        assert_eq!((acknowledgement.result, acknowledgement.applied_through), (FrameResult::Applied, self.next));
        self.next = self.next.next();
        self.acknowledged.push(name);
        true
    }
}

#[test]
fn an_aggregator_on_a_full_disk_refuses_recovers_and_loses_nothing() {
    let Some(disk) = small_disk() else { return };
    let Effort { disk_rounds, seed, .. } = Effort::from_env().unwrap();
    let mut random = Random::new(seed);
    let trial = Trial::start_on(|folder| disk.carry(&folder.join("aggregator"))).unwrap();
    let ready = || http::get(&format!("{}/readyz", trial.stack.aggregator.url())).unwrap();
    let mut large = LargeFrames::join(&trial);
    let load = Load::start(&trial.stack.edge.url(), PAUSE);
    let (mut refused, mut slowest, mut caught_up) = (0, Duration::ZERO, Duration::ZERO);
    for round in 0..disk_rounds {
        load.wait_for(40).unwrap();
        thread::sleep(Duration::from_millis(u64::from(random.below(WAIT_MS_MAX))));
        disk.fill();
        within(NOTICED_WITHIN, || !large.send()).expect("a full disk is noticed");
        let answer = ready();
        assert_eq!(answer.status, 503, "round {round}: {}", answer.text());
        assert!(answer.header("retry-after").is_some());
        // While it is full nothing is acknowledged, and the edge takes events in as ever.
        for _ in 0..5 {
            assert!(!large.send(), "round {round}: what was written where?");
            refused += 1;
            load.wait_for(20).unwrap();
        }
        let owed = load.seen().acknowledged();
        disk.clear().unwrap();
        let recovered = within(RECOVERED_WITHIN, || ready().status == 200).expect("it is ready again");
        assert!(large.send(), "round {round}: ready, but a frame is refused");
        slowest = slowest.max(recovered);
        let counted = within(PROGRESS_WITHIN, || trial.counted().unwrap() >= owed).expect("it catches up");
        caught_up = caught_up.max(recovered + counted);
    }
    let (others, unanswered) = (load.seen().refused(), load.seen().unanswered());
    let mut sent = load.finish().unwrap();
    sent.extend(large.acknowledged);
    trial.settle(sent.len() as u64).unwrap();
    let verdict = Verdict::of(&sent, &trial.exported().unwrap()).unwrap();
    println!(
        "aggregator's disk full: {disk_rounds} times, {verdict}; {refused} frames refused by 503; ready {slowest:.1?} after \
         there was room, all counted after {caught_up:.1?}; seed {seed}"
    );
    assert_eq!((others, unanswered), (0, 0), "the edge held somebody up");
    trial.stack.aggregator.run(&["check"]).unwrap();
    Row::new("aggregator's disk full")
        .times(u64::from(disk_rounds))
        .verdict(&verdict)
        .ready(slowest)
        .note(format!("{refused} frames refused; caught up in {caught_up:.1?}"))
        .keep();
    verdict.hold(&trial).unwrap();
}

#[test]
fn an_edge_on_a_full_disk_acknowledges_nothing_and_recovers() {
    let Some(disk) = small_disk() else { return };
    let Effort { disk_rounds, seed, .. } = Effort::from_env().unwrap();
    let mut random = Random::new(seed);
    let mut trial = Trial::start_on(|folder| disk.carry(&folder.join("edge/objects"))).unwrap();
    let load = Load::start(&trial.stack.edge.url(), PAUSE);
    let mut slowest = Duration::ZERO;
    let mut statuses: BTreeMap<u16, u64> = BTreeMap::new();
    for round in 0..disk_rounds {
        load.wait_for(40).unwrap();
        thread::sleep(Duration::from_millis(u64::from(random.below(WAIT_MS_MAX))));
        load.seen().since_last();
        // An edge that delivers takes new events in where the old ones were. So nothing can be delivered.
        trial.stack.aggregator.process().pause().unwrap();
        disk.fill();
        let refused = load.seen().refused() + 20;
        let noticed = within(NOTICED_WITHIN, || load.seen().refused() >= refused);
        let seen = load.seen().since_last().statuses;
        assert!(noticed.is_some(), "round {round}: the disk is full, and answers are {seen:?}");
        for (status, times) in seen {
            *statuses.entry(status).or_default() += times;
        }
        disk.clear().unwrap();
        trial.stack.aggregator.process().resume().unwrap();
        let begun = load.seen().acknowledged();
        let recovered = within(RECOVERED_WITHIN, || load.seen().acknowledged() > begun);
        let recovered = recovered.expect("it takes events in again");
        slowest = slowest.max(recovered);
    }
    let sent = load.finish().unwrap();
    trial.settle(sent.len() as u64).unwrap();
    let verdict = Verdict::of(&sent, &trial.exported().unwrap()).unwrap();
    println!(
        "edge's disk full: {disk_rounds} times, {verdict}; meanwhile answered {statuses:?}; takes events in {slowest:.1?} \
         after there was room; seed {seed}"
    );
    Row::new("edge's disk full")
        .times(u64::from(disk_rounds))
        .verdict(&verdict)
        .ready(slowest)
        .note(format!("answers by status: {statuses:?}"))
        .keep();
    verdict.hold(&trial).unwrap();
    assert!(statuses.keys().all(|status| [204, 503].contains(status)), "{statuses:?}");
}

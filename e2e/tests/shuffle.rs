//! Frames of 64 edges arrive in disorder and up to five times each. The ledger then holds, bit for bit, what it holds
//! where each arrived once and in order.
//!
//! Short in `cargo xtask test`; `cargo xtask faults --frames 100000` makes it long.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod signed;

use std::thread;
use std::time::{Duration, Instant};

use domain::rollup::Caps;
use domain::seal::{Folding, Sealed, Writer, seal};
use e2e::aggregator::Aggregator;
use e2e::artifacts::Artifacts;
use e2e::effort::Effort;
use e2e::key::EdgeKey;
use e2e::port::Ports;
use e2e::random::Random;
use e2e::summary::Row;
use signed::Line;
use wire::frame::{Acknowledgement, FRAMES_PATH, FrameResult, RawEvent};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

const EDGES: u64 = 64;

/// How often a frame arrives, at most; as often as an edge would retry it within a minute.
const COPIES_MAX: u32 = 5;

/// Frames of an edge that overtake one another.
const WINDOW: usize = 5;

/// Frames in a hundred that arrive once more when everything else has.
const LATE_PERCENT: u32 = 5;

/// 2026-02-02T00:00:00Z: events happen within the two hours from here.
const BEGIN_MS: u64 = 1_769_990_400_000;
const SPAN_MS: u32 = 2 * 60 * 60 * 1000;

/// What an edge heard.
#[derive(Clone, Copy, Default)]
struct Heard {
    applied: u64,
    duplicate: u64,
    gap: u64,
}

struct Edge {
    number: u64,
    frames: Vec<Sealed>,
}

/// What an edge sent to one aggregator. It knows what each answer must be.
struct Sending {
    line: Line,
    applied: u64,
    heard: Heard,
}

fn id(random: &mut Random) -> Id128 {
    let words: Vec<u8> = (0..4).flat_map(|_| random.below(u32::MAX).to_be_bytes()).collect();
    Id128(words.try_into().unwrap())
}

fn event(random: &mut Random) -> RawEvent {
    let mut one_of = |choices: &[&str]| choices[random.below(choices.len() as u32) as usize].to_owned();
    let event = RawEvent {
        event_type: one_of(&["pageview", "pageview", "pageview", "signup"]),
        hostname: "shop.example".to_owned(),
        path: one_of(&["/", "/pricing", "/blog", "/docs", "/über-uns", ""]),
        source: one_of(&["Direct", "Google", "a.example"]),
        channel: one_of(&["direct", "organic_search", "referral"]),
        country: one_of(&["DE", "US", "FR", ""]),
        device: one_of(&["desktop", "mobile", "tablet"]),
        browser: one_of(&["Chrome", "Firefox", ""]),
        utm_campaign: one_of(&["", "", "spring sale"]),
        ..RawEvent::default()
    };
    let visitor = id(&mut Random::new(u64::from(random.below(5000))));
    let at_ms = BEGIN_MS + u64::from(random.below(SPAN_MS));
    RawEvent { id: id(random), at_ms, visitor: Some(visitor), session: Some(visitor), ..event }
}

fn edge_id(number: u64) -> Id128 {
    Id128(u128::from(number + 1).to_be_bytes())
}

fn site(number: u64) -> String {
    format!("UA-{}", number % 4)
}

impl Edge {
    /// An edge with so many sealed frames of one to three events.
    fn with_frames(number: u64, count: u64) -> Self {
        let mut random = Random::new(number);
        let writer = Writer { edge_id: edge_id(number), epoch: Epoch(1), site: site(number), shard: 0 };
        let frame = |seq| {
            let events: Vec<_> = (0..=random.below(3)).map(|_| event(&mut random)).collect();
            let settings = Settings::default();
            let folding = Folding {
                events: &events,
                changes: &[],
                outcomes: &[],
                settings: &settings,
                sealed_through_ms: BEGIN_MS,
            };
            seal(&folding, &writer, Seq(seq), &mut Caps::default()).unwrap().remove(0)
        };
        Self { number, frames: (1..=count).map(frame).collect() }
    }

    fn deliver_in_order(&self, to: &mut Sending) {
        for frame in &self.frames {
            to.send(frame);
        }
    }

    /// Window by window, each frame one to five times in any order. A frame that found a gap is sent again, as an edge
    /// does. Late ones follow.
    fn deliver_shuffled(&self, to: &mut Sending, random: &mut Random) {
        for window in self.frames.chunks(WINDOW) {
            let copies = window.iter().flat_map(|frame| vec![frame; 1 + random.below(COPIES_MAX) as usize]);
            let mut waiting: Vec<&Sealed> = copies.collect();
            while !waiting.is_empty() {
                shuffle(&mut waiting, random);
                waiting.retain(|frame| to.send(frame) == FrameResult::Gap);
            }
        }
        let mut late: Vec<&Sealed> = self.frames.iter().filter(|_| random.below(100) < LATE_PERCENT).collect();
        shuffle(&mut late, random);
        for frame in late {
            assert_eq!(to.send(frame), FrameResult::Duplicate);
        }
    }
}

fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for at in (1..items.len()).rev() {
        items.swap(at, random.below(at as u32 + 1) as usize);
    }
}

impl Sending {
    fn send(&mut self, frame: &Sealed) -> FrameResult {
        let answer: Acknowledgement = self.line.post(FRAMES_PATH, frame.hash, &frame.bytes).json().unwrap();
        let expect = match frame.seq.0 {
            seq if seq <= self.applied => FrameResult::Duplicate,
            seq if seq == self.applied + 1 => FrameResult::Applied,
            _ => FrameResult::Gap,
        };
        self.applied += u64::from(expect == FrameResult::Applied);
        assert_eq!((answer.result, answer.applied_through), (expect, Seq(self.applied)), "frame {}", frame.seq.0);
        match expect {
            FrameResult::Applied => self.heard.applied += 1,
            FrameResult::Duplicate => self.heard.duplicate += 1,
            _ => self.heard.gap += 1,
        }
        expect
    }
}

/// Delivers all edges' frames to an aggregator of its own, all edges at once, and answers what `tidemark check` says
/// of its ledger, what the edges heard, and how long it took.
fn ledger_after(edges: &[Edge], deliver: impl Fn(&Edge, &mut Sending) + Sync) -> (String, Heard, Duration) {
    let folder = tempfile::tempdir().unwrap();
    let key = EdgeKey::of_file(&folder.path().join("edge-key.toml")).unwrap();
    let artifacts = Artifacts::from_env().unwrap();
    let aggregator = Aggregator::start(&artifacts, folder.path(), Ports::free().unwrap(), &key).unwrap();
    for number in 0..4 {
        aggregator.add_site(&site(number), "test.example").unwrap();
    }
    let begun = Instant::now();
    let heard: Vec<Heard> = thread::scope(|scope| {
        let running: Vec<_> = edges
            .iter()
            .map(|edge| {
                let line = Line::to(aggregator.url(), &key);
                let deliver = &deliver;
                scope.spawn(move || {
                    line.join(edge_id(edge.number), &site(edge.number));
                    let mut sending = Sending { line, applied: 0, heard: Heard::default() };
                    deliver(edge, &mut sending);
                    sending.heard
                })
            })
            .collect();
        running.into_iter().map(|edge| edge.join().unwrap()).collect()
    });
    let took = begun.elapsed();
    let heard = heard.into_iter().fold(Heard::default(), |sum, one| Heard {
        applied: sum.applied + one.applied,
        duplicate: sum.duplicate + one.duplicate,
        gap: sum.gap + one.gap,
    });
    (aggregator.run(&["check"]).unwrap(), heard, took)
}

#[test]
fn frames_shuffled_and_repeated_count_as_once_in_order() {
    let Effort { frames, seed, .. } = Effort::from_env().unwrap();
    let each = u64::from(frames).div_ceil(EDGES);
    let edges: Vec<Edge> = (0..EDGES).map(|number| Edge::with_frames(number, each)).collect();
    let total = each * EDGES;

    let (in_order, _, once_took) = ledger_after(&edges, Edge::deliver_in_order);
    let (shuffled, heard, took) = ledger_after(&edges, |edge, to| {
        edge.deliver_shuffled(to, &mut Random::new(seed ^ edge.number << 32));
    });
    println!(
        "shuffle: {total} frames from {EDGES} edges, {} deliveries ({} again, {} before their turn) in {took:.1?}; \
         once in order in {once_took:.1?}\n{shuffled}  seed {seed}",
        heard.applied + heard.duplicate + heard.gap,
        heard.duplicate,
        heard.gap,
    );
    assert_eq!(heard.applied, total);
    assert!(heard.duplicate > total && heard.gap > 0, "that was no disorder");
    assert!(shuffled.contains(&format!("frames   {total}\n")), "{shuffled}");
    assert_eq!(shuffled, in_order, "bit for bit the same");
    Row::new("frames shuffled, 1–5 times")
        .times(total)
        .note(format!("{} again, {} too early; ledger bit-equal", heard.duplicate, heard.gap))
        .keep();
}

mod left_out;
mod members;
mod people;
mod random;
mod reference;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use domain::query::{Condition, Found, Question, Test};
use domain::window::DAY_MS;
use proptest::prelude::*;
use wire::frame::RawEvent;
use wire::query::{Dimension, Metric};

use super::*;
use crate::{batch, write};
use random::{BEGIN_MS, DECLARED, Random};

type Stored = (Segment, Arc<dyn Blob>);

fn budget(bytes_max: usize) -> Budget {
    let until = Instant::now() + Duration::from_secs(60);
    Budget { bytes_max, until, is_given_up: AtomicBool::new(false), threads: 2 }
}

fn stored(name: usize, events: Vec<RawEvent>) -> Stored {
    let (bytes, written) = write::to_bytes(events, &[DECLARED.to_owned()]).unwrap();
    let segment = Segment {
        path: format!("{name}.parquet"),
        day_ms: written.first_ms - written.first_ms % DAY_MS,
        events: written.events,
        bytes: written.bytes,
        first_ms: written.first_ms,
        last_ms: written.last_ms,
        id_checksum: written.id_checksum,
        level: 0,
    };
    (segment, Arc::new(Bytes::from(bytes)))
}

/// Events in segments of their days, several of some days, and a tail.
fn spread(random: &mut Random, events: &[RawEvent]) -> (Vec<Stored>, Vec<RecordBatch>) {
    let mut files: BTreeMap<(u64, u64), Vec<RawEvent>> = BTreeMap::new();
    let (mut tail, per_day, in_tail) = (Vec::new(), 1 + random.below(3), random.below(4));
    for event in events {
        if random.below(10) < in_tail {
            tail.push(event.clone());
        } else {
            files.entry((event.at_ms / DAY_MS, random.below(per_day))).or_default().push(event.clone());
        }
    }
    let segments = files.into_values().enumerate().map(|(name, events)| stored(name, events)).collect();
    let half = tail.len() / 2;
    let batches = [&tail[..half], &tail[half..]].map(|events| batch::of_events(events, &[]).unwrap());
    (segments, batches.to_vec())
}

fn groups(found: &Found) -> reference::Groups {
    let groups = found.groups.iter().map(|group| ((group.bucket, group.values.clone()), group.counted.clone()));
    let all: reference::Groups = groups.collect();
    assert_eq!(all.len(), found.groups.len(), "a group came twice");
    all
}

fn ask(segments: &[Stored], tail: &[RecordBatch], question: &Question) -> Result<Found, ScanError> {
    aggregate(&Sources { segments, tail, footers: &Footers::default() }, question, &budget(64 << 20))
}

fn check_one(seed: u64) {
    let mut random = Random(seed);
    let visits = 1 + random.below(150) as usize;
    let events = random::events(&mut random, visits);
    let (segments, tail) = spread(&mut random, &events);
    for _ in 0..8 {
        let question = random::question(&mut random);
        let found = ask(&segments, &tail, &question).unwrap();
        let expect = reference::asked(reference::answer(&events, &question), &question);
        let found_groups = reference::asked(groups(&found), &question);
        assert_eq!(found_groups, expect, "seed {seed}: {question:#?}");
        assert_eq!((found.visitors_error, found.sampled), (0.0, question.sample));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, ..ProptestConfig::default() })]

    #[test]
    fn every_answer_is_the_one_that_the_terms_mean(seed: u64) {
        check_one(seed);
    }
}

fn of(metrics: &[Metric], by: &[Dimension]) -> Question {
    let mut question = random::question(&mut Random(0));
    (question.start_ms, question.end_ms) = (BEGIN_MS, BEGIN_MS + random::DAYS * DAY_MS);
    (question.metrics, question.by) = (metrics.to_vec(), by.to_vec());
    (question.buckets, question.sample, question.condition) = (None, None, Condition::All(Vec::new()));
    question
}

#[test]
fn events_come_one_visitor_after_the_other() {
    let mut random = Random(7);
    let mut events = random::events(&mut random, 300);
    let (segments, tail) = spread(&mut random, &events);
    let span = BEGIN_MS + DAY_MS / 2..BEGIN_MS + 3 * DAY_MS;
    let mut handed = Vec::new();
    let footers = Footers::default();
    let sources = Sources { segments: &segments, tail: &tail, footers: &footers };
    ordered(&sources, span.clone(), &budget(64 << 20), &mut |event| handed.push(event)).unwrap();
    events.retain(|event| span.contains(&event.at_ms));
    events.sort_by_key(batch::key);
    assert_eq!(handed, events);
    let few = ordered(&sources, span, &budget(1000), &mut |_| ());
    assert!(matches!(few, Err(ScanError::TooMuchMemory(1000))), "{few:?}");
}

#[test]
fn too_many_visitors_are_estimated_and_too_many_groups_refused() {
    let mut random = Random(3);
    let events = random::events(&mut random, 4000);
    let (segments, tail) = spread(&mut random, &events);
    let footers = Footers::default();
    let sources = Sources { segments: &segments, tail: &tail, footers: &footers };
    let question = of(&[Metric::UniqueUsers], &[Dimension::Device]);
    let exact = groups(&aggregate(&sources, &question, &budget(64 << 20)).unwrap());
    let estimated = aggregate(&sources, &question, &budget(60_000)).unwrap();
    assert!(estimated.visitors_error > 0.0, "{estimated:?}");
    for (key, counted) in groups(&estimated) {
        let (about, exactly) = (counted.visitors as f64, exact[&key].visitors as f64);
        assert!((about / exactly - 1.0).abs() < 5.0 * estimated.visitors_error, "{about} {exactly}");
    }
    let few = aggregate(&sources, &question, &budget(2_000));
    assert!(matches!(few, Err(ScanError::TooMuchMemory(2_000))), "{few:?}");
}

#[test]
fn a_scan_ends_when_its_time_is_over_or_nobody_waits() {
    let mut random = Random(3);
    let events = random::events(&mut random, 20);
    let (segments, tail) = spread(&mut random, &events);
    let footers = Footers::default();
    let sources = Sources { segments: &segments, tail: &tail, footers: &footers };
    let question = of(&[Metric::Events], &[]);
    let late = Budget { until: Instant::now(), ..budget(1 << 20) };
    assert!(matches!(aggregate(&sources, &question, &late), Err(ScanError::TooLong)));
    let given_up = budget(1 << 20);
    given_up.is_given_up.store(true, Ordering::Relaxed);
    assert!(matches!(aggregate(&sources, &question, &given_up), Err(ScanError::GivenUp)));
    assert!(matches!(ordered(&sources, 0..u64::MAX, &given_up, &mut |_| ()), Err(ScanError::GivenUp)));
}

#[test]
fn a_damaged_file_is_an_error_and_never_a_number() {
    let mut random = Random(5);
    let events = random::events(&mut random, 60);
    let (bytes, written) = write::to_bytes(events, &[]).unwrap();
    let (segment, _) = stored(0, vec![RawEvent { at_ms: BEGIN_MS, ..RawEvent::default() }]);
    let segment = Segment { bytes: written.bytes, last_ms: written.last_ms, ..segment };
    let question = of(&[Metric::UniqueUsers, Metric::Visits, Metric::Revenue], &[Dimension::Page]);
    let whole = ask(&[(segment.clone(), Arc::new(Bytes::from(bytes.clone())))], &[], &question).unwrap();
    let mut refused = 0;
    for _ in 0..400 {
        let mut bytes = bytes.clone();
        let at = random.below(bytes.len() as u64) as usize;
        bytes[at] ^= 1 << random.below(8);
        // What does not matter to the question may change; what cannot be read is refused, and nothing panics.
        match ask(&[(segment.clone(), Arc::new(Bytes::from(bytes)))], &[], &question) {
            Ok(found) => assert!(found.rows_read <= whole.rows_read),
            Err(_) => refused += 1,
        }
    }
    assert!(refused > 20, "{refused}");
    let short = Bytes::from(bytes[..bytes.len() / 2].to_vec());
    assert!(ask(&[(segment, Arc::new(short))], &[], &question).is_err());
}

#[test]
fn a_segment_that_cannot_matter_is_not_read() {
    struct Untouchable;
    impl Blob for Untouchable {
        fn read(&self, _: std::ops::Range<u64>) -> io::Result<Bytes> {
            panic!("read")
        }
    }
    let event = |at_ms, path: &str| RawEvent { at_ms, path: path.to_owned(), ..RawEvent::default() };
    let inside = stored(0, vec![event(BEGIN_MS, "/a"), event(BEGIN_MS + 1, "/b")]);
    let (outside, _) = stored(1, vec![event(BEGIN_MS + 9 * DAY_MS, "/a")]);
    let mut question = of(&[Metric::Events], &[]);
    question.condition = Condition::Test(Dimension::Page, Test::Is(["/a".to_owned()].into()));
    let found = ask(&[inside, (outside, Arc::new(Untouchable))], &[], &question).unwrap();
    assert_eq!(found.groups[0].counted.events, 1);
}

//! On a ledger without a server: frames are put into the log as the writer does.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;

use domain::query::{Condition, Question};
use domain::window::DAY_MS;
use events::store::{Budget, EventStore};
use tempfile::TempDir;
use wire::frame::{Born, Frame, RawEvent};
use wire::query::Metric;
use wire::session::Site;
use wire::site::{Settings, VisitorMode};
use wire::{Epoch, Id128, Seq};

use super::*;
use crate::ledger::frame::{Entry, Place};
use crate::ledger::site::SiteKey;

const SITE: &str = "UA-1";

/// 2026-02-02T00:00:00Z.
const DAY: u64 = 1_769_990_400_000;

struct Bench {
    folder: TempDir,
    segments: Arc<Segments>,
    connection: Connection,
    site: SiteKey,
    frames: u64,
}

fn id(number: u64) -> Id128 {
    Id128((u128::from(number) << 64 | u128::from(number)).to_be_bytes())
}

/// Events of four visitors and of none, a minute apart, over two days.
fn events_from(first: u64, count: u64) -> Vec<RawEvent> {
    let event = |number: u64| RawEvent {
        id: id(number + 1),
        at_ms: DAY + number * 60_000 % (2 * DAY_MS),
        visitor: Some(number % 5).filter(|person| *person > 0).map(id),
        event_type: "pageview".to_owned(),
        path: format!("/{}", number % 7),
        ..RawEvent::default()
    };
    (first..first + count).map(event).collect()
}

impl Bench {
    fn new() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let data_dir = temporary.path().to_owned();
        let config: Config = figment::Figment::new()
            .merge(figment::providers::Serialized::default("data_dir", data_dir))
            .extract()
            .unwrap();
        let folder = DataFolder::prepare(temporary.path()).unwrap();
        let connection = ledger::open(&folder.ledger_file()).unwrap();
        let site = Site { tracking_id: SITE.to_owned(), name: "shop".to_owned() };
        assert!(ledger::site::add(&connection, &site, 0).unwrap());
        let site = ledger::site::find(&connection, SITE).unwrap().unwrap();
        let segments = Segments::open(&folder, &config).unwrap();
        Self { folder: temporary, segments, connection, site, frames: 0 }
    }

    /// Logs frames of at most a thousand events.
    fn count(&mut self, events: &[RawEvent]) {
        events.chunks(1000).for_each(|some| self.count_frame(some));
    }

    fn count_frame(&mut self, events: &[RawEvent]) {
        self.frames += 1;
        let place = Place { edge: id(1), epoch: Epoch(1), seq: Seq(self.frames) };
        let frame = Frame {
            wire_version: wire::frame::WIRE_VERSION,
            edge_id: place.edge,
            epoch: place.epoch,
            seq: place.seq,
            site: SITE.to_owned(),
            shard: 0,
            replayed: false,
            born: None,
            rows: Vec::new(),
            events: events.to_vec(),
            outcomes: Vec::new(),
            event_count: events.len() as u32,
            id_checksum: domain::seal::checksum(events),
            sealed_through_ms: 0,
        };
        let bytes = frame.encode().unwrap();
        let hash = domain::hash::of_bytes(&bytes);
        let born = Born { epoch: place.epoch, seq: place.seq, hash };
        let (site, events) = (self.site, events.len() as u64);
        let entry = Entry { place, site, hash, born, events, kept_events: events, bytes: &bytes };
        let transaction = begin(&mut self.connection).unwrap();
        ledger::frame::append(&transaction, &entry, 0).unwrap();
        transaction.commit().unwrap();
    }

    /// Says that the blocks hold everything.
    fn checkpoint(&self) {
        let newest = ledger::segment::newest(&self.connection, self.site).unwrap();
        ledger::block::move_checkpoint(&self.connection, newest as i64).unwrap();
    }

    fn seal(&mut self, events: &[RawEvent]) {
        self.count(events);
        self.checkpoint();
        self.segments.work().unwrap().seal(Amount::All).unwrap();
    }

    /// All events there are, by every way of reading them.
    fn all(&self) -> Vec<RawEvent> {
        self.segments.check(&self.connection).unwrap();
        let mut exported = Vec::new();
        let take = |event| {
            exported.push(event);
            std::ops::ControlFlow::Continue(())
        };
        self.segments.each_event(SITE, take).unwrap();
        let (mut ordered, mut viewed) = (Vec::new(), Vec::new());
        let store = Store(Arc::clone(&self.segments));
        store.ordered(SITE, 0..u64::MAX / 2, &budget(), &mut |event| ordered.push(event)).unwrap();
        let view = self.segments.view(SITE, &(0..u64::MAX)).unwrap();
        let keep = |event| {
            viewed.push(event);
            Ok(())
        };
        self.segments.each_ordered(&view, &(0..u64::MAX), keep).unwrap();
        exported.sort_by_key(events::batch::key);
        assert_eq!(ordered, exported);
        assert_eq!(viewed, exported);
        exported
    }

    fn question(span: std::ops::Range<u64>) -> Question {
        Question {
            site: SITE.to_owned(),
            start_ms: span.start,
            end_ms: span.end,
            buckets: None,
            by: Vec::new(),
            metrics: vec![Metric::Events],
            condition: Condition::All(Vec::new()),
            visitors: VisitorMode::Persistent,
            sample: None,
            order: Vec::new(),
            offset: 0,
            limit: 10,
        }
    }

    fn found(&self, span: std::ops::Range<u64>) -> u64 {
        let store = Store(Arc::clone(&self.segments));
        let found = store.aggregate(SITE, &Self::question(span), &budget()).unwrap();
        found.groups.iter().map(|group| group.counted.events).sum()
    }
}

fn budget() -> Budget {
    Budget {
        bytes_max: 100 << 20,
        until: std::time::Instant::now() + std::time::Duration::from_secs(60),
        is_given_up: AtomicBool::new(false),
        threads: 2,
    }
}

fn sorted(mut events: Vec<RawEvent>) -> Vec<RawEvent> {
    events.sort_by_key(events::batch::key);
    events
}

#[test]
fn segments_and_tail_are_read_as_one() {
    let mut bench = Bench::new();
    let mut all = events_from(0, 100);
    bench.seal(&all);
    for part in 1..4u64 {
        let more = events_from(part * 1000, 3000);
        bench.count(&more);
        all.extend(more);
        // Asked twice: what was read once is remembered.
        for _ in 0..2 {
            assert_eq!(bench.found(0..u64::MAX / 2), all.len() as u64);
        }
    }
    assert_eq!(bench.all(), sorted(all.clone()));
    // What is not in the blocks is not sealed.
    assert_eq!(bench.segments.work().unwrap().seal(Amount::All).unwrap(), 0);
    bench.checkpoint();
    let more = events_from(9000, 10);
    bench.count(&more);
    all.extend(more);
    assert_eq!(bench.segments.work().unwrap().seal(Amount::All).unwrap(), 9000);
    assert_eq!(bench.found(0..u64::MAX / 2), all.len() as u64);
    assert_eq!(bench.all(), sorted(all.clone()));
    let day: Vec<&RawEvent> = all.iter().filter(|event| event.at_ms < DAY + DAY_MS).collect();
    assert_eq!(bench.found(DAY..DAY + DAY_MS), day.len() as u64);
}

/// A property that is declared later has its column in the tail at once, and in segments when they are merged.
#[test]
fn columns_follow_the_settings() {
    let mut bench = Bench::new();
    bench.seal(&events_from(0, 10));
    bench.count(&events_from(10, 10));
    let columns = |bench: &Bench| bench.segments.view(SITE, &(0..u64::MAX)).unwrap().tail[0].num_columns();
    let before = columns(&bench);
    let declare = |settings: Settings| Settings { properties: vec!["plan".to_owned()], ..settings };
    ledger::settings::change(&bench.connection, bench.site, 0, declare).unwrap();
    assert_eq!(columns(&bench), before + 1);
    bench.checkpoint();
    let mut work = bench.segments.work().unwrap();
    work.seal(Amount::All).unwrap();
    assert_eq!(work.compact(DAY + 10 * DAY_MS).unwrap(), 2);
    drop(work);
    assert_eq!(bench.all(), sorted(events_from(0, 20)));
}

#[test]
fn erased_visitors_are_gone_from_everywhere() {
    let mut bench = Bench::new();
    let (sealed, tail) = (events_from(0, 3000), events_from(5000, 200));
    bench.seal(&sealed[..1500]);
    bench.seal(&sealed[1500..]);
    // Replaced segments that can still be read have the visitors too.
    bench.segments.work().unwrap().compact(DAY + 10 * DAY_MS).unwrap();
    bench.count(&tail);
    assert_eq!(bench.found(0..u64::MAX / 2), 3200);
    let all = [sealed, tail].concat();
    let (gone, kept): (Vec<RawEvent>, Vec<RawEvent>) =
        all.into_iter().partition(|event| [Some(id(2)), Some(id(3))].contains(&event.visitor));
    let mut by_day: BTreeMap<u64, u64> = BTreeMap::new();
    gone.iter().for_each(|event| *by_day.entry(event.at_ms - event.at_ms % DAY_MS).or_default() += 1);
    let store = Store(Arc::clone(&bench.segments));
    let version = ledger::site::versions(&bench.connection).unwrap();
    let erased = store.delete(SITE, &[id(2), id(3), id(77)]).unwrap();
    assert_eq!(erased, by_day.into_iter().collect::<Vec<_>>());
    assert_ne!(ledger::site::versions(&bench.connection).unwrap(), version);
    assert_eq!(bench.found(0..u64::MAX / 2), kept.len() as u64);
    assert_eq!(bench.all(), sorted(kept.clone()));
    assert_eq!(store.delete(SITE, &[id(2)]).unwrap(), []);
    // No file of the folder has them, whatever its name.
    let mut folders = vec![bench.folder.path().join("segments")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
                continue;
            }
            let visitors = [id(2), id(3)].into();
            assert!(!events::read::has_visitor(File::open(entry.path()).unwrap(), &visitors).unwrap());
        }
    }
    // The frames that were shortened are sealed like others.
    bench.checkpoint();
    bench.segments.work().unwrap().seal(Amount::All).unwrap();
    assert_eq!(bench.all(), sorted(kept));
}

#[test]
fn old_days_and_whole_sites_are_dropped() {
    let mut bench = Bench::new();
    let all = events_from(0, 2880);
    bench.seal(&all);
    let store = Store(Arc::clone(&bench.segments));
    assert_eq!(store.retain(SITE, DAY + DAY_MS - 1).unwrap(), 0);
    assert_eq!(store.retain(SITE, DAY + DAY_MS).unwrap(), 1440);
    let rest: Vec<RawEvent> = all.into_iter().filter(|event| event.at_ms >= DAY + DAY_MS).collect();
    assert_eq!(bench.all(), sorted(rest));
    let change = |settings: Settings| Settings { event_retention_days: 30, ..settings };
    ledger::settings::change(&bench.connection, bench.site, 0, change).unwrap();
    let mut work = bench.segments.work().unwrap();
    assert_eq!(work.retain_all(DAY + 31 * DAY_MS).unwrap(), 0);
    assert_eq!(work.retain_all(DAY + 32 * DAY_MS).unwrap(), 1440);
    drop(work);
    assert_eq!(bench.all(), []);
    bench.seal(&events_from(3000, 50));
    assert_eq!(bench.segments.work().unwrap().erase_site(SITE).unwrap(), 50);
    assert!(!bench.folder.path().join("segments/UA-1").exists());
    assert_eq!(bench.all(), []);
}

#[test]
fn replaced_segments_can_be_read_for_a_while() {
    let mut bench = Bench::new();
    bench.seal(&events_from(0, 10));
    bench.seal(&events_from(10, 10));
    let view = bench.segments.view(SITE, &(0..u64::MAX)).unwrap();
    let now_ms = DAY + 10 * DAY_MS;
    let read = |bench: &Bench| {
        let mut count = 0;
        let take = |_| {
            count += 1;
            Ok(())
        };
        bench.segments.each_ordered(&view, &(0..u64::MAX), take).map(|()| count)
    };
    let mut work = bench.segments.work().unwrap();
    assert_eq!(work.compact(now_ms).unwrap(), 2);
    work.sweep(now_ms + compaction::READ_WITHIN_MS - 1).unwrap();
    assert_eq!(read(&bench).unwrap(), 20);
    work.sweep(now_ms + compaction::READ_WITHIN_MS).unwrap();
    assert!(matches!(read(&bench), Err(SegmentsError::Files(FilesError::Gone(_)))));
    drop(work);
    assert_eq!(bench.all().len(), 20);
}

#[test]
fn a_site_is_sealed_when_enough_wait_or_long_enough() {
    let mut bench = Bench::new();
    bench.count(&events_from(0, 10));
    bench.checkpoint();
    let seal = |now_ms| bench.segments.work().unwrap().seal(Amount::Due { now_ms }).unwrap();
    assert_eq!(seal(599_999), 0);
    assert_eq!(seal(600_000), 10);
    let rules = Rules { seal_events: 20, ..bench.segments.rules };
    let folder = DataFolder::prepare(bench.folder.path()).unwrap();
    let config: Config = figment::Figment::new().extract().unwrap();
    let mut segments = Segments::open(&folder, &config).unwrap();
    Arc::get_mut(&mut segments).unwrap().rules = rules;
    bench.count(&events_from(10, 19));
    bench.checkpoint();
    assert_eq!(segments.work().unwrap().seal(Amount::Due { now_ms: 0 }).unwrap(), 0);
    bench.count(&events_from(29, 1));
    bench.checkpoint();
    assert_eq!(segments.work().unwrap().seal(Amount::Due { now_ms: 0 }).unwrap(), 20);
}

/// Whoever asks while frames come, are sealed, and segments are merged and removed, finds what was counted, each event once.
#[test]
fn readers_see_each_event_once_whatever_moves() {
    let mut bench = Bench::new();
    let segments = Arc::clone(&bench.segments);
    let (begun, counted) = (AtomicU64::new(0), AtomicU64::new(0));
    let question = Bench::question(0..u64::MAX / 2);
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut rounds = 0;
            while !is_over.load(Ordering::SeqCst) {
                let least = counted.load(Ordering::SeqCst);
                let found = Store(Arc::clone(&segments)).aggregate(SITE, &question, &budget()).unwrap();
                let found: u64 = found.groups.iter().map(|group| group.counted.events).sum();
                let most = begun.load(Ordering::SeqCst);
                assert!((least..=most).contains(&found), "{found} found, {least} to {most} counted");
                rounds += 1;
            }
            rounds
        });
        for part in 0..40 {
            begun.fetch_add(100, Ordering::SeqCst);
            bench.count(&events_from(part * 100, 100));
            counted.fetch_add(100, Ordering::SeqCst);
            let now_ms = DAY + (10 + part) * DAY_MS;
            let mut work = bench.segments.work().unwrap();
            match part % 4 {
                0 => bench.checkpoint(),
                1 => work.seal(Amount::All).map(|_| ()).unwrap(),
                2 => work.compact(now_ms).map(|_| ()).unwrap(),
                _ => work.sweep(now_ms).unwrap(),
            }
        }
        is_over.store(true, Ordering::SeqCst);
        assert!(reader.join().unwrap() > 10);
    });
    assert_eq!(bench.all().len(), 4000);
}

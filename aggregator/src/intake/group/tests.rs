use std::ops::ControlFlow;
use std::sync::Arc;

use domain::query::{Ask, Circumstances, Evaluation, Route, Sides};
use domain::rollup::Caps;
use domain::seal::{Folding, Sealed, Writer, seal};
use tempfile::TempDir;
use tokio::sync::{Semaphore, oneshot};
use wire::frame::RawEvent;
use wire::session::Site;
use wire::site::Settings;
use wire::{Epoch, Seq};

use super::*;
use crate::ledger::DataFolder;

fn ledger() -> (TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let file = DataFolder::prepare(folder.path()).map(|folder| folder.ledger_file());
    let connection = file.and_then(|file| ledger::open(&file)).unwrap_or_else(|e| panic!("{e}"));
    let site = Site { tracking_id: "UA-1".to_owned(), name: "shop".to_owned() };
    assert!(matches!(ledger::site::add(&connection, &site, 0), Ok(true)));
    (folder, connection)
}

fn sealed(path: &str, first: u64) -> Sealed {
    let json = serde_json::json!({
        "id": format!("{first:032x}"), "at_ms": 1_770_028_200_000_u64, "visitor": format!("{first:032x}"),
        "event_type": "pageview", "path": path, "source": "Direct", "channel": "direct", "device": "desktop",
    });
    let event: RawEvent = serde_json::from_value(json).unwrap_or_else(|e| panic!("{e}"));
    let writer = Writer { edge_id: Id128([1; 16]), epoch: Epoch(1), site: "UA-1".to_owned(), shard: 0 };
    let settings = Settings::default();
    let folding = Folding { events: &[event], changes: &[], outcomes: &[], settings: &settings, sealed_through_ms: 0 };
    let frames = seal(&folding, &writer, Seq(first), &mut Caps::default());
    let mut frames = frames.unwrap_or_else(|e| panic!("{e}"));
    frames.remove(0)
}

fn frame_job(sealed: Sealed) -> (Job, oneshot::Receiver<Acknowledgement>) {
    let (reply, answer) = oneshot::channel();
    let checked = CheckedFrame::check(sealed.bytes, sealed.hash).unwrap_or_else(|e| panic!("{e:?}"));
    let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap_or_else(|e| panic!("{e}"));
    (Job::Frame(Box::new(checked), reply, place), answer)
}

fn hello_job() -> (Job, oneshot::Receiver<HelloAnswer>) {
    let (reply, answer) = oneshot::channel();
    let hello = Hello { wire_version: 1, edge_id: Id128([1; 16]), site: "UA-1".to_owned(), shard: 0, epoch: None };
    (Job::Hello(hello, reply), answer)
}

fn site(connection: &Connection) -> SiteKey {
    ledger::site::find(connection, "UA-1").ok().flatten().unwrap_or_else(|| panic!("no site"))
}

fn counted(connection: &Connection) -> Vec<u64> {
    let mut seqs = Vec::new();
    let read = ledger::frame::each(connection, site(connection), |frame| {
        seqs.push(frame.seq.0);
        ControlFlow::Continue(())
    });
    assert!(read.is_ok());
    seqs
}

/// Events of the site by the windows of a plan over one dimension of time.
fn events(connection: &Connection, time: &str) -> Vec<u64> {
    let query = serde_json::json!({
        "tracking_id": "UA-1", "metrics": ["events"], "dimensions": [time, "device"],
        "date_range": {"start": "2026-02-02", "end": "2026-02-02"},
    });
    let query = serde_json::from_value(query).unwrap_or_else(|e| panic!("{e}"));
    let settings = Settings::default();
    // Some hours later, when minutes are still kept.
    let around = Circumstances::at(1_770_080_000_000, &settings);
    let plan = domain::query::plan(&query, &settings, &around).unwrap_or_else(|e| panic!("{e}"));
    let Ask { question, route: Route::Rollup { coverage, pieces } } = &plan.now.rows else {
        panic!("a rollup tells it")
    };
    let mut evaluation = Evaluation::new(question, coverage, pieces);
    let hot = ledger::rollup::replayed(connection).unwrap_or_else(|e| panic!("{e}"));
    let site = site(connection);
    for piece in &pieces.pieces {
        let read = ledger::rollup::evaluate(connection, &hot.view(site), site, (coverage, piece), &mut evaluation);
        assert!(read.is_ok());
    }
    let counts = |row: wire::query::Row| match row.get("events") {
        Some(wire::query::Cell::Count(count)) => Some(*count),
        _ => None,
    };
    let told = plan.answer(Sides { rows: evaluation.finish(), totals: None }, None).unwrap_or_else(|e| panic!("{e}"));
    told.rows.into_iter().filter_map(counts).collect()
}

#[test]
fn later_jobs_of_a_group_see_earlier_ones() {
    let (_folder, mut connection) = ledger();
    let (hello, mut welcome) = hello_job();
    let frames = [sealed("/", 1), sealed("/", 2), sealed("/", 2), sealed("/other", 2), sealed("/", 4)];
    let (frames, answers): (Vec<_>, Vec<_>) = frames.into_iter().map(frame_job).unzip();
    let jobs = std::iter::once(hello).chain(frames).collect();
    let committed = commit(&mut connection, jobs, &mut Replays::default(), StableAfter::Commit, 5)
        .unwrap_or_else(|e| panic!("{e}"));
    assert!(welcome.try_recv().is_err(), "nobody is answered before the commit");
    assert_eq!(committed.changed, [(site(&connection), 1)].into());
    assert_eq!(committed.counted.iter().map(|counted| counted.position).collect::<Vec<_>>(), [1, 2]);
    committed.answers.into_iter().for_each(|answer| answer());
    assert!(matches!(welcome.try_recv(), Ok(HelloAnswer::Welcome { epoch: Epoch(1), .. })));
    let results: Vec<_> = answers.into_iter().filter_map(|mut answer| answer.try_recv().ok()).collect();
    let expect = [
        (FrameResult::Applied, 1),
        (FrameResult::Applied, 2),
        (FrameResult::Duplicate, 2),
        (FrameResult::Forked, 2),
        (FrameResult::Gap, 2),
    ];
    let found: Vec<_> = results.iter().map(|answer| (answer.result, answer.applied_through.0)).collect();
    assert_eq!(found, expect);
    assert_eq!(counted(&connection), [1, 2]);
    assert_eq!(ledger::site::versions(&connection).ok(), Some(vec![(site(&connection), 1)]));
    for time in ["minute", "hour", "date"] {
        assert_eq!(events(&connection, time), [2], "{time}");
    }
}

#[test]
fn frames_that_overtook_each_other_are_counted_in_order() {
    let (_folder, mut connection) = ledger();
    let (hello, _welcome) = hello_job();
    let frames = [sealed("/", 3), sealed("/", 1), sealed("/", 4), sealed("/", 2)];
    let (frames, mut answers): (Vec<_>, Vec<_>) = frames.into_iter().map(frame_job).unzip();
    let jobs = frames.into_iter().chain([hello]).collect();
    let committed = commit(&mut connection, jobs, &mut Replays::default(), StableAfter::Commit, 5)
        .unwrap_or_else(|e| panic!("{e}"));
    committed.answers.into_iter().for_each(|answer| answer());
    assert_eq!(counted(&connection), [1, 2, 3, 4]);
    assert!(answers.iter_mut().all(|answer| matches!(answer.try_recv(), Ok(a) if a.result == FrameResult::Applied)));
}

#[test]
fn a_group_that_fails_leaves_nothing() {
    let (_folder, mut connection) = ledger();
    let (hello, mut welcome) = hello_job();
    let (first, mut first_answer) = frame_job(sealed("/", 1));
    let (second, mut second_answer) = frame_job(sealed("/", 2));
    // Something stands where the second frame belongs.
    let place = Place { edge: Id128([1; 16]), epoch: Epoch(1), seq: Seq(2) };
    let bytes = sealed("/", 9).bytes;
    let born = Born { epoch: Epoch(1), seq: Seq(2), hash: Id128::default() };
    let entry = Entry {
        place,
        site: site(&connection),
        hash: Id128::default(),
        born,
        events: 0,
        kept_events: 0,
        bytes: &bytes,
    };
    assert!(ledger::frame::append(&connection, &entry, 0).is_ok());
    assert!(
        commit(&mut connection, vec![hello, first, second], &mut Replays::default(), StableAfter::Commit, 5).is_err()
    );
    assert!(welcome.try_recv().is_err() && first_answer.try_recv().is_err() && second_answer.try_recv().is_err());
    assert_eq!(counted(&connection), [9]);
    assert!(matches!(ledger::mark::newest(&connection, Id128([1; 16])), Ok(None)));
    assert_eq!(events(&connection, "date"), [1], "what the log holds, and no more");
}

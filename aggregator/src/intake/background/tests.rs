use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use domain::rollup::Caps;
use domain::seal::{Folding, seal};
use domain::window::{DAY_MS, Granularity};
use rusqlite::Connection;
use tokio::sync::oneshot;
use wire::frame::{Acknowledgement, FrameResult, Hello, HelloAnswer, RawEvent, RollupDimension};
use wire::session::Site;
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

use super::*;
use crate::clock::now_ms;
use crate::config::StableAfter;
use crate::intake::SealedIds;
use crate::intake::{CheckedFrame, Writer};
use crate::ledger::hot::View;
use crate::ledger::rollup;

/// Frames that each edge sends.
const FRAMES: u64 = 150;

/// Events of a frame.
const EVENTS: u64 = 8;

struct Running {
    _folder: tempfile::TempDir,
    file: PathBuf,
    hot: Arc<Hot>,
    writer: Writer,
    thread: JoinHandle<()>,
    site: SiteKey,
}

fn start(checkpoint_interval: Duration) -> Running {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.sqlite");
    let connection = ledger::open(&file).unwrap();
    ledger::site::add(&connection, &Site { tracking_id: "UA-1".to_owned(), name: "shop".to_owned() }, 0).unwrap();
    let site = ledger::site::find(&connection, "UA-1").unwrap().unwrap();
    let hot = Arc::new(rollup::replayed(&connection).unwrap());
    let sealed: SealedIds = Box::new(|_, _, _, _| Ok(std::collections::BTreeSet::new()));
    let started = Writer::start(
        connection,
        file.clone(),
        Arc::clone(&hot),
        StableAfter::Commit,
        checkpoint_interval,
        sealed,
        |_| {},
    );
    let (writer, thread) = started.unwrap();
    Running { _folder: folder, file, hot, writer, thread, site }
}

fn ask<T: Send + 'static>(writer: &Writer, job: impl FnOnce(oneshot::Sender<T>) -> Job) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(writer.ask(job)).unwrap()
}

/// A frame of events of the last three days, so that days, hours and minutes are kept of it.
fn frame(edge: u8, seq: u64) -> CheckedFrame {
    let event = |n: u64| {
        let id = (u64::from(edge) << 32) + seq * EVENTS + n;
        let json = serde_json::json!({
            "id": format!("{id:032x}"), "at_ms": now_ms() - (id * 7_919_000) % (3 * DAY_MS), "event_type": "pageview",
            "visitor": format!("{:032x}", u128::from(id % 50) << 70 | u128::from(id % 50)), "path": format!("/{}", id % 30), "device": "mobile",
        });
        serde_json::from_value(json).unwrap()
    };
    let events: Vec<RawEvent> = (0..EVENTS).map(event).collect();
    let settings = Settings { keeps_events: seq.is_multiple_of(2), ..Settings::default() };
    let folding = Folding { events: &events, changes: &[], outcomes: &[], settings: &settings, sealed_through_ms: 0 };
    let writer =
        domain::seal::Writer { edge_id: Id128([edge; 16]), epoch: Epoch(1), site: "UA-1".to_owned(), shard: 0 };
    let sealed = seal(&folding, &writer, Seq(seq), &mut Caps::default()).unwrap().remove(0);
    CheckedFrame::check(sealed.bytes, sealed.hash).unwrap()
}

fn send(writer: &Writer, edge: u8, seq: u64) -> Acknowledgement {
    let checked = frame(edge, seq);
    let place = writer.reserve(checked.bytes.len()).unwrap();
    ask(writer, |reply| Job::Frame(Box::new(checked), reply, place))
}

fn welcome(writer: &Writer, edge: u8) {
    let edge_id = Id128([edge; 16]);
    let hello = Hello { wire_version: 2, edge_id, site: "UA-1".to_owned(), shard: 0, epoch: None };
    assert!(matches!(ask(writer, |reply| Job::Hello(hello, reply)), HelloAnswer::Welcome { epoch: Epoch(1) }));
}

/// Events of the site by the total, and by page.
fn events(connection: &Connection, hot: &View, site: SiteKey, granularity: Granularity) -> [u64; 2] {
    [RollupDimension::Total, RollupDimension::Page].map(|dimension| {
        let mut sum = 0;
        rollup::each_block(connection, hot, site, granularity, (dimension, ""), 0..u64::MAX, |_, block| {
            sum += block.iter().map(|row| row.events()).sum::<u64>();
            Ok(())
        })
        .unwrap();
        sum
    })
}

#[test]
fn readers_see_each_frame_once_while_checkpoints_are_written() {
    let Running { _folder, file, hot, writer, thread, site } = start(Duration::from_millis(3));
    let (sent, acknowledged) = (AtomicU64::new(0), AtomicU64::new(0));
    let is_over = AtomicBool::new(false);
    let mut positions = std::collections::BTreeSet::new();
    thread::scope(|scope| {
        let edges: Vec<_> = (1..=3u8)
            .map(|edge| {
                let (writer, sent, acknowledged) = (&writer, &sent, &acknowledged);
                scope.spawn(move || {
                    welcome(writer, edge);
                    for seq in 1..=FRAMES {
                        sent.fetch_add(EVENTS, Ordering::SeqCst);
                        assert_eq!(send(writer, edge, seq).result, FrameResult::Applied);
                        acknowledged.fetch_add(EVENTS, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        let looking = scope.spawn(|| {
            let mut reader = ledger::open_reader(&file).unwrap();
            let (mut looks, mut last) = (0, [0; 2]);
            while !is_over.load(Ordering::SeqCst) {
                for granularity in Granularity::ALL {
                    let at_least = acknowledged.load(Ordering::SeqCst);
                    let view = hot.view(site);
                    let instant = reader.transaction().unwrap();
                    let found = events(&instant, &view, site, granularity);
                    positions.insert(ledger::block::checkpoint(&instant).unwrap().position);
                    let at_most = sent.load(Ordering::SeqCst);
                    assert!(
                        found.iter().all(|sum| (at_least..=at_most).contains(sum)),
                        "{at_least} {found:?} {at_most}"
                    );
                    assert!(found[0] >= last[0] && found[1] >= last[1], "{last:?} {found:?}");
                    (looks, last) = (looks + 1, found);
                }
            }
            looks
        });
        edges.into_iter().for_each(|edge| edge.join().unwrap());
        is_over.store(true, Ordering::SeqCst);
        assert!(looking.join().unwrap() > 100);
    });
    assert!(positions.len() > 10, "{} checkpoints were seen", positions.len());
    writer.stop();
    thread.join().unwrap();
    // The last checkpoint holds everything, and lets go of what holds no events.
    let mut connection = ledger::open(&file).unwrap();
    let all = 3 * FRAMES;
    assert_eq!(ledger::block::checkpoint(&connection).unwrap().position, all as i64);
    let mut kept = 0;
    let count = |_| {
        kept += 1;
        std::ops::ControlFlow::Continue(())
    };
    ledger::frame::each(&connection, site, count).unwrap();
    assert_eq!(kept, all / 2);
    let replayed = rollup::replayed(&connection).unwrap();
    assert_eq!(replayed.bytes(), 0);
    for granularity in Granularity::ALL {
        assert_eq!(events(&connection, &replayed.view(site), site, granularity), [all * EVENTS; 2]);
    }
    let instant = connection.transaction().unwrap();
    let contents = ledger::check::contents(&instant, now_ms()).unwrap();
    assert_eq!((contents.frames, contents.events), (all, all * EVENTS));
}

#[test]
fn what_is_behind_the_checkpoint_is_counted_by_the_next_start() {
    let Running { _folder, file, hot, writer, site, .. } = start(Duration::from_secs(1000));
    welcome(&writer, 1);
    for seq in 1..=5 {
        send(&writer, 1, seq);
    }
    // Another process reads the ledger as a start after a kill would.
    let reader = ledger::open_reader(&file).unwrap();
    assert_eq!(ledger::block::checkpoint(&reader).unwrap().position, 0);
    let replayed = rollup::replayed(&reader).unwrap();
    for granularity in Granularity::ALL {
        assert_eq!(events(&reader, &replayed.view(site), site, granularity), [5 * EVENTS; 2]);
        assert_eq!(events(&reader, &hot.view(site), site, granularity), [5 * EVENTS; 2]);
    }
    assert_eq!(replayed.view(site).version, hot.view(site).version);
}

#[test]
fn a_checkpoint_is_merged_anew_where_blocks_have_changed() {
    let Running { _folder, file, hot, writer, thread, site } = start(Duration::from_secs(1000));
    welcome(&writer, 1);
    send(&writer, 1, 1);
    let layer = hot.freeze().unwrap();
    let mut reader = ledger::open_reader(&file).unwrap();
    let prepared = || checkpoint::prepare(&mut ledger::open_reader(&file).unwrap(), &layer).unwrap();
    let write = |prepared| {
        let (reply, answer) = sync_channel(1);
        // As a job of the writer.
        writer.submit(Job::Checkpoint(prepared, reply));
        answer.recv().unwrap()
    };
    let old = prepared();
    ledger::block::note_change(&Connection::open(&file).unwrap()).unwrap();
    assert!(!write(old), "blocks have changed");
    assert!(write(prepared()));
    hot.release();
    let instant = reader.transaction().unwrap();
    assert_eq!(events(&instant, &hot.view(site), site, Granularity::Day), [EVENTS; 2]);
    drop(instant);
    writer.stop();
    thread.join().unwrap();
}

#[test]
fn old_rollups_go_and_what_they_counted_is_noted() {
    let Running { _folder, file, hot, writer, thread, site } = start(Duration::from_secs(1000));
    welcome(&writer, 1);
    for seq in 1..=4 {
        send(&writer, 1, seq);
    }
    writer.stop();
    thread.join().unwrap();
    let mut connection = ledger::open(&file).unwrap();
    let later = now_ms() + 40 * DAY_MS;
    let empty = hot.view(site);
    while crate::intake::retention::step(&mut connection, later).unwrap() {}
    let sums = |connection: &Connection| Granularity::ALL.map(|length| events(connection, &empty, site, length)[0]);
    assert_eq!(sums(&connection), [0, 4 * EVENTS, 4 * EVENTS]);
    let years = now_ms() + 800 * DAY_MS;
    while crate::intake::retention::step(&mut connection, years).unwrap() {}
    assert_eq!(sums(&connection), [0; 3]);
    let instant = connection.transaction().unwrap();
    assert_eq!(ledger::check::contents(&instant, years).unwrap().events, 4 * EVENTS);
}

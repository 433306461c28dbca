use std::collections::BTreeMap;
use std::fs;

use domain::rollup::{Caps, Rollup, VisitSums};
use domain::seal::{Folding, Writer, seal};
use domain::sketch::Sketch;
use domain::window::Granularity;
use rusqlite::params;
use tempfile::TempDir;
use wire::frame::{PART, RollupDimension};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

use super::*;
use crate::ledger::block::{self, BlockKey};
use crate::ledger::site::SiteKey;
use crate::ledger::{self, DataFolder};

/// The version that ledgers are brought to.
const KNOWN: i64 = MIGRATIONS.len() as i64;

/// Name of the copy that is made before.
fn copy_name() -> String {
    format!("ledger.sqlite.before-{KNOWN:04}")
}

/// A ledger as a program of version 2 left it: a site, two frames, and rows of three dimensions.
fn version_2() -> (TempDir, DataFolder) {
    let temporary = tempfile::tempdir().unwrap();
    let folder = DataFolder::prepare(temporary.path()).unwrap();
    let old = Connection::open(folder.ledger_file()).unwrap();
    old.pragma_update(None, "journal_mode", "wal").unwrap();
    old.execute_batch("CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied_at_ms INTEGER NOT NULL) STRICT")
        .unwrap();
    for (version, migration) in (1..).zip(&MIGRATIONS[..2]) {
        let Migration::Sql(sql) = migration else { panic!("version {version} is statements") };
        old.execute_batch(sql).unwrap();
        old.execute("INSERT INTO migrations VALUES (?1, 0)", [version]).unwrap();
    }
    old.execute("INSERT INTO sites VALUES (7, 'UA-1', 'shop', 0)", []).unwrap();
    for (seq, keeps_events) in [(1u32, true), (2, false)] {
        let (bytes, hash) = frame(u64::from(seq), keeps_events);
        let born: (i64, i64, Vec<u8>) = if seq == 1 { (1, 1, hash.clone()) } else { (1, 9, vec![5; 16]) };
        old.execute(
            "INSERT INTO frames (edge_id, epoch, seq, hash, site, received_at_ms, bytes, born_epoch, born_seq, born_hash)
             VALUES (?1, 1, ?2, ?3, 7, 0, ?4, ?5, ?6, ?7)",
            params![[1u8; 16], seq, hash, bytes, born.0, born.1, born.2],
        )
        .unwrap();
    }
    let visitors = sketch([3, 4, 5]).encode();
    for (granularity, dimension, start_ms, value, events) in rows() {
        old.execute(
            "INSERT INTO rollups VALUES (7, ?1, ?2, ?3, ?4, 2, ?5, ?6, x'', 1, -1, 9, 0, 0, 0, '{\"EUR\":5}')",
            params![granularity, dimension, start_ms, value, events, visitors],
        )
        .unwrap();
    }
    (temporary, folder)
}

fn rows() -> Vec<(&'static str, &'static str, i64, String, i64)> {
    let pair = |country: &str| ["country", "device", country, "mobile"].join(&PART.to_string());
    vec![
        ("day", "total", 0, String::new(), 3),
        ("hour", "total", 3_600_000, String::new(), 3),
        ("minute", "total", 60_000, String::new(), 3),
        ("day", "page", 0, "/a".to_owned(), 1),
        ("day", "page", 0, "/b".to_owned(), 2),
        ("day", "page", 86_400_000, "/b".to_owned(), 4),
        ("day", "pair", 0, pair("DE"), 1),
        ("day", "pair", 0, pair("FR"), 2),
    ]
}

fn sketch(hashes: impl IntoIterator<Item = u64>) -> Sketch {
    let mut sketch = Sketch::default();
    hashes.into_iter().for_each(|hash| sketch.insert(hash << 40 | hash));
    sketch
}

fn frame(seq: u64, keeps_events: bool) -> (Vec<u8>, Vec<u8>) {
    let json = serde_json::json!({"id": format!("{seq:032x}"), "at_ms": 60_000, "event_type": "pageview", "path": "/", "device": "mobile"});
    let settings = Settings { keeps_events, ..Settings::default() };
    let writer = Writer { edge_id: Id128([1; 16]), epoch: Epoch(1), site: "UA-1".to_owned(), shard: 0 };
    let events = [serde_json::from_value(json).unwrap()];
    let folding = Folding { events: &events, changes: &[], outcomes: &[], settings: &settings, sealed_through_ms: 0 };
    let sealed = seal(&folding, &writer, Seq(seq), &mut Caps::default()).unwrap().remove(0);
    (sealed.bytes, sealed.hash.0.to_vec())
}

fn copies(temporary: &TempDir) -> Vec<String> {
    let names = fs::read_dir(temporary.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<_> = names.filter(|name| name.contains(".before-")).collect();
    names.sort();
    names
}

fn old_rows(file: &Path) -> i64 {
    let sql = "SELECT count(*) + (SELECT count(*) FROM frames) FROM rollups";
    Connection::open(file).unwrap().query_row(sql, [], |row| row.get(0)).unwrap()
}

#[test]
fn rows_become_blocks_and_frames_are_parted() {
    let (temporary, folder) = version_2();
    let connection = ledger::open(&folder.ledger_file()).unwrap();
    let read = |granularity, dimension, name: &str, start_ms| {
        let key = BlockKey { site: SiteKey(7), granularity, dimension, name: name.into(), start_ms };
        let block = block::read(&connection, &key).unwrap();
        block.iter().map(|row| (row.value().to_owned(), row.rollup().unwrap())).collect::<BTreeMap<_, _>>()
    };
    let rollup = |events| Rollup {
        pageviews: 2,
        events,
        visitors: sketch([3, 4, 5]),
        sessions: Sketch::default(),
        visits: VisitSums { visits: 1, bounces: -1, visit_ms: 9, ..VisitSums::default() },
        revenue: [("EUR".to_owned(), 5)].into(),
    };
    let of = |values: &[(&str, u64)]| -> BTreeMap<String, Rollup> {
        values.iter().map(|(value, events)| ((*value).to_owned(), rollup(*events))).collect()
    };
    for (granularity, start_ms) in
        [(Granularity::Day, 0), (Granularity::Hour, 3_600_000), (Granularity::Minute, 60_000)]
    {
        assert_eq!(read(granularity, RollupDimension::Total, "", start_ms), of(&[("", 3)]));
    }
    assert_eq!(read(Granularity::Day, RollupDimension::Page, "", 0), of(&[("/a", 1), ("/b", 2)]));
    assert_eq!(read(Granularity::Day, RollupDimension::Page, "", 86_400_000), of(&[("/b", 4)]));
    let name = format!("country{PART}device");
    let values = ["DE", "FR"].map(|country| format!("{country}{PART}mobile"));
    assert_eq!(read(Granularity::Day, RollupDimension::Pair, &name, 0), of(&[(&values[0], 1), (&values[1], 2)]));
    // All of it is in the blocks, so what holds no events is let go of.
    assert_eq!(block::checkpoint(&connection).unwrap().position, 2);
    let frames = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, String>(0)).unwrap();
    let known =
        "SELECT group_concat(concat_ws(' ', position, seq, events, kept_events, ifnull(born_seq, '-'))) FROM frames";
    assert_eq!(frames(known), "1 1 1 1 -,2 2 1 0 9");
    assert_eq!(frames("SELECT group_concat(position) FROM frame_bytes"), "1");
    let edge = Id128([1; 16]);
    let (_, hash) = frame(1, true);
    let born = |seq, hash: Vec<u8>| wire::frame::Born {
        epoch: Epoch(1),
        seq: Seq(seq),
        hash: Id128(hash.try_into().unwrap()),
    };
    for (seq, hash, is_counted) in [(1, hash, true), (9, vec![5; 16], true), (2, frame(2, false).1, false)] {
        assert_eq!(ledger::frame::is_counted(&connection, edge, born(seq, hash)).unwrap(), is_counted, "{seq}");
    }
    assert_eq!(copies(&temporary), [copy_name()]);
    assert_eq!(old_rows(&temporary.path().join(copy_name())), 10);
    // Nothing is copied when nothing changes.
    drop(connection);
    fs::remove_file(temporary.path().join(copy_name())).unwrap();
    drop(ledger::open(&folder.ledger_file()).unwrap());
    assert_eq!(copies(&temporary), [""; 0]);
}

/// Killed at every step: while the copy is written, between copy and migration, and within the migration.
#[test]
fn a_migration_that_was_broken_off_is_done_by_the_next_start() {
    let (temporary, folder) = version_2();
    let file = folder.ledger_file();
    fs::write(temporary.path().join(copy_name() + ".part"), b"half a copy").unwrap();
    {
        let connection = Connection::open(&file).unwrap();
        copy::keep(&connection, &file, KNOWN).unwrap();
    }
    assert_eq!(copies(&temporary), [copy_name()]);
    {
        let mut connection = Connection::open(&file).unwrap();
        let transaction = begin(&mut connection).unwrap();
        blocks::migrate(&transaction).unwrap();
        // Dropped without a commit, as by a kill.
    }
    assert_eq!(old_rows(&file), 10);
    let connection = ledger::open(&file).unwrap();
    assert_eq!(applied_version(&connection).unwrap(), KNOWN);
    assert_eq!(copies(&temporary), [copy_name()]);
    assert_eq!(old_rows(&temporary.path().join(copy_name())), 10);
}

#[test]
fn a_ledger_that_cannot_be_copied_is_left_as_it_is() {
    let (temporary, folder) = version_2();
    // A folder stands where the copy belongs.
    fs::create_dir_all(temporary.path().join(copy_name() + "/x")).unwrap();
    assert!(matches!(ledger::open(&folder.ledger_file()), Err(LedgerError::Copy(_))));
    assert_eq!(old_rows(&folder.ledger_file()), 10);
}

#[test]
fn few_copies_are_kept_and_a_new_ledger_needs_none() {
    let (temporary, folder) = version_2();
    for version in ["0000", "0001", "0002"] {
        fs::write(temporary.path().join(format!("ledger.sqlite.before-{version}")), b"").unwrap();
    }
    fs::write(temporary.path().join("ledger.sqlite.before-lunch"), b"mine").unwrap();
    drop(ledger::open(&folder.ledger_file()).unwrap());
    let kept = ["0001", "0002", &format!("{KNOWN:04}"), "lunch"].map(|ending| format!("ledger.sqlite.before-{ending}"));
    assert_eq!(copies(&temporary), kept);
    let fresh = tempfile::tempdir().unwrap();
    drop(ledger::open(&fresh.path().join("ledger.sqlite")).unwrap());
    assert_eq!(copies(&fresh), [""; 0]);
}

#[test]
fn what_waits_in_the_outbox_of_alerts_waits_in_that_of_all() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = DataFolder::prepare(temporary.path()).unwrap();
    let mut old = Connection::open(folder.ledger_file()).unwrap();
    applied_version(&old).unwrap();
    for (version, migration) in (1i64..).zip(&MIGRATIONS[..14]) {
        let transaction = begin(&mut old).unwrap();
        match migration {
            Migration::Sql(sql) => transaction.execute_batch(sql).unwrap(),
            Migration::Code(migrate) => migrate(&transaction).unwrap(),
        }
        transaction.execute("INSERT INTO migrations VALUES (?1, 0)", [version]).unwrap();
        transaction.commit().unwrap();
    }
    old.execute_batch(concat!(
        "INSERT INTO sites (site, tracking_id, name, created_at_ms) VALUES (7, 'UA-1', 'shop', 0);",
        "INSERT INTO alerts VALUES (1, 7, 'Few', '{}', '[]', 1, 1, '{}', NULL, 0, 0);",
        "INSERT INTO alert_entries VALUES (3, 1, 5, 'opened', NULL, 'Opened');",
        "INSERT INTO alert_deliveries VALUES
            ('msg_1', 3, 'slack', '{\"kind\":\"slack\",\"url\":\"https://a.example/\"}', '{}', 'waiting', 2, 9, 'later', 5);",
    ))
    .unwrap();
    drop(old);
    let connection = ledger::open(&folder.ledger_file()).unwrap();
    let due = ledger::delivery::due(&connection, 10, 5).unwrap();
    assert_eq!(
        due.iter().map(|one| (one.id.as_str(), one.tries, one.made_at_ms)).collect::<Vec<_>>(),
        [("msg_1", 2, 5)]
    );
    assert_eq!(ledger::alert_entry::history(&connection, 1).unwrap()[0].deliveries.len(), 1);
}

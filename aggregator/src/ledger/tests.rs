use tempfile::TempDir;

use super::*;

fn folder() -> (TempDir, DataFolder) {
    let temporary = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let folder = DataFolder::prepare(temporary.path()).unwrap_or_else(|e| panic!("{e}"));
    (temporary, folder)
}

fn open_in(folder: &DataFolder) -> Connection {
    open(&folder.ledger_file()).unwrap_or_else(|e| panic!("{e}"))
}

fn schema(connection: &Connection) -> Vec<String> {
    let mut all = connection
        .prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")
        .unwrap_or_else(|e| panic!("{e}"));
    let rows = all.query_map([], |row| row.get(0)).unwrap_or_else(|e| panic!("{e}"));
    rows.filter_map(Result::ok).collect()
}

#[test]
fn migrating_again_changes_nothing() {
    let (_temporary, folder) = folder();
    let first = schema(&open_in(&folder));
    assert!(first.len() > 10);
    assert_eq!(schema(&open_in(&folder)), first);
}

/// A ledger as the first version wrote it, with a frame and a rollup.
#[test]
fn an_older_ledger_is_brought_up_to_date() {
    let (_temporary, folder) = folder();
    let file = folder.ledger_file();
    let old = Connection::open(&file).unwrap_or_else(|e| panic!("{e}"));
    let filled = old.execute_batch(&format!(
        "{}
         CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied_at_ms INTEGER NOT NULL) STRICT;
         INSERT INTO migrations VALUES (1, 0);
         INSERT INTO sites VALUES (7, 'UA-1', 'shop', 0);
         INSERT INTO frames VALUES (1, zeroblob(16), 3, 5, x'0a0b', 7, 0, x'00');
         INSERT INTO rollups VALUES (7, 'day', 'total', 0, '', 2, 3, x'', x'');",
        migration::MIGRATIONS[0]
    ));
    assert_eq!(filled, Ok(()));
    drop(old);
    let connection = open_in(&folder);
    let born = connection.query_row("SELECT born_epoch, born_seq, born_hash FROM frames", [], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    });
    assert_eq!(born, Ok((3, 5, vec![0x0a, 0x0b])));
    let site = site::find(&connection, "UA-1").ok().flatten().unwrap_or_else(|| panic!("no site"));
    let mut more = rollup::Additions::default();
    let visits = domain::rollup::VisitSums { visits: 1, bounces: -1, visit_ms: 9, ..Default::default() };
    let revenue = std::collections::BTreeMap::from([("EUR".to_owned(), 5)]);
    let added = domain::rollup::Rollup { events: 1, visits, revenue, ..Default::default() };
    for _ in 0..2 {
        more.add(site, wire::frame::RollupDimension::Total, 0, "", &added);
    }
    assert!(more.write(&connection).is_ok());
    let sql = "SELECT events, visits, bounces, visit_ms, revenue FROM rollups WHERE granularity = 'day'";
    let sums = connection
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get::<_, String>(4)?)));
    assert_eq!(sums, Ok((5, 2, -2, 18, r#"{"EUR":10}"#.to_owned())));
}

#[test]
fn a_newer_ledger_is_refused() {
    let (_temporary, folder) = folder();
    let connection = open_in(&folder);
    connection
        .execute("INSERT INTO migrations (version, applied_at_ms) VALUES (99, 0)", [])
        .unwrap_or_else(|e| panic!("{e}"));
    match open(&folder.ledger_file()) {
        Err(LedgerError::NewerSchema { found: 99, known: 2 }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_commit_is_on_the_disk_before_it_is_done() {
    let (_temporary, folder) = folder();
    let connection = open_in(&folder);
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, rusqlite::types::Value>(0));
    assert_eq!(pragma("journal_mode"), Ok("wal".to_owned().into()));
    assert_eq!(pragma("synchronous"), Ok(2.into()));
    assert_eq!(pragma("foreign_keys"), Ok(1.into()));
}

#[test]
fn a_folder_has_one_server() {
    let (_temporary, folder) = folder();
    let first = folder.occupy();
    assert!(first.is_ok());
    assert!(matches!(folder.occupy(), Err(LedgerError::InUse(_))));
    drop(first);
    assert!(folder.occupy().is_ok());
}

#[test]
fn a_link_opens_one_session() {
    let (_temporary, folder) = folder();
    let connection = open_in(&folder);
    let hash = crate::secret::SecretHash::of;
    let redeem = |link, session, now| sign_in::redeem(&connection, hash(link), hash(session), now, now + 10).ok();
    let signed_in = |session, now| sign_in::is_signed_in(&connection, hash(session), now).ok();
    assert!(sign_in::add_link(&connection, hash("link"), 0, 100).is_ok());
    assert!(sign_in::add_link(&connection, hash("late"), 0, 100).is_ok());
    assert_eq!(redeem("link", "a", 50), Some(true));
    assert_eq!(redeem("link", "b", 50), Some(false));
    assert_eq!(redeem("late", "c", 100), Some(false));
    assert_eq!(redeem("never", "d", 50), Some(false));
    assert_eq!((signed_in("a", 59), signed_in("a", 60), signed_in("b", 50)), (Some(true), Some(false), Some(false)));
}

#[test]
fn the_quarantine_is_bounded() {
    let (_temporary, folder) = folder();
    let connection = open_in(&folder);
    for n in 0..quarantine::QUARANTINE_FRAMES_MAX as u64 + 5 {
        let hash = domain::hash::of_bytes(&n.to_be_bytes());
        assert!(quarantine::keep(&connection, hash, "test", b"x", n).is_ok());
    }
    let kept: Result<(i64, i64), _> =
        connection.query_row("SELECT count(*), min(received_at_ms) FROM quarantine", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        });
    assert_eq!(kept, Ok((quarantine::QUARANTINE_FRAMES_MAX, 5)));
}

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

#[test]
fn a_newer_ledger_is_refused() {
    let (_temporary, folder) = folder();
    let connection = open_in(&folder);
    connection
        .execute("INSERT INTO migrations (version, applied_at_ms) VALUES (99, 0)", [])
        .unwrap_or_else(|e| panic!("{e}"));
    match open(&folder.ledger_file()) {
        Err(LedgerError::NewerSchema { found: 99, known }) => assert_eq!(known, migration::MIGRATIONS.len() as i64),
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

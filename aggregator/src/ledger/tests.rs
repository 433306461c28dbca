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

/// A ledger as the first version wrote it, with a token and a session.
#[test]
fn who_was_let_in_before_still_is() {
    let (_temporary, folder) = folder();
    let file = folder.ledger_file();
    let old = Connection::open(&file).unwrap_or_else(|e| panic!("{e}"));
    let migration::Migration::Sql(first) = migration::MIGRATIONS[0] else { panic!("the first is SQL") };
    let filled = old.execute_batch(&format!(
        "{}
         CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied_at_ms INTEGER NOT NULL) STRICT;
         INSERT INTO migrations VALUES (1, 0);
         INSERT INTO sites VALUES (7, 'UA-1', 'shop', 0);
         INSERT INTO tokens VALUES (4, x'{}', 7, 'report', 0);
         INSERT INTO sessions VALUES (x'{}', 0, 9000000000000);",
        first,
        "01".repeat(32),
        "02".repeat(32),
    ));
    assert_eq!(filled, Ok(()));
    drop(old);
    let connection = open_in(&folder);
    let site = site::find(&connection, "UA-1").ok().flatten().unwrap_or_else(|| panic!("no site"));
    // A token is a key that reads its site's numbers; who was signed in still is.
    let (token, session) = (crate::secret::SecretHash([1; 32]), crate::secret::SecretHash([2; 32]));
    let holder = access::of_key(&connection, token, 0).ok().flatten().unwrap_or_else(|| panic!("no key"));
    let rights = [wire::account::Permission::StatsRead].into_iter().collect();
    assert_eq!((holder.who, holder.grants), (access::Who::Key(4), vec![access::Grant { site, rights, lock: None }]));
    assert!(access::of_session(&connection, session, crate::clock::now_ms()).is_ok_and(|holder| holder.is_some()));
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
fn a_link_is_taken_once_and_for_its_purpose() {
    use link::Purpose;
    let (_temporary, folder) = folder();
    let connection = open_in(&folder);
    let hash = crate::secret::SecretHash::of;
    let take = |text, purpose, now_ms| link::take(&connection, hash(text), purpose, now_ms).ok().flatten().is_some();
    let add = |text, purpose| assert!(link::add(&connection, hash(text), purpose, None, 0, 100).is_ok());
    add("link", Purpose::SignIn);
    add("late", Purpose::SignIn);
    assert!(!take("link", Purpose::Setup, 50));
    assert!(take("link", Purpose::SignIn, 50));
    assert!(!take("link", Purpose::SignIn, 50));
    assert!(!take("late", Purpose::SignIn, 100));
    assert!(!take("never", Purpose::SignIn, 50));
    // There is one link for setting up.
    add("first", Purpose::Setup);
    add("second", Purpose::Setup);
    assert!(!take("first", Purpose::Setup, 50));
    assert!(take("second", Purpose::Setup, 50));
}

#[test]
fn a_session_ends_unused_or_in_the_end() {
    use domain::window::DAY_MS;
    let (_temporary, folder) = folder();
    let connection = open_in(&folder);
    let hash = crate::secret::SecretHash::of("a");
    let is_valid = |now_ms| access::of_session(&connection, hash, now_ms).ok().flatten().is_some();
    let day = |days: u64| 1_770_000_000_000 + days * DAY_MS;
    assert!(session::begin(&connection, hash, None, "Firefox, Linux", day(0)).is_ok());
    assert!(is_valid(day(session::IDLE_DAYS) - 1));
    assert!(!is_valid(day(session::IDLE_DAYS)));
    for days in (6..session::SESSION_DAYS).step_by(6) {
        assert!(session::seen(&connection, hash, day(days)).is_ok());
        assert!(is_valid(day(days + 5)) || days + 5 >= session::SESSION_DAYS);
    }
    assert!(is_valid(day(session::SESSION_DAYS) - 1));
    assert!(!is_valid(day(session::SESSION_DAYS)));
    // The oldest of one person goes; nobody else's.
    let other = crate::secret::SecretHash::of("other");
    let user = user::add(&connection, "ann@shop.example", "Ann", None, false, 0).ok().flatten();
    assert!(session::begin(&connection, other, user, "", day(29)).is_ok());
    for n in 0..session::SESSIONS_MAX {
        let hash = crate::secret::SecretHash::of(&n.to_string());
        assert!(session::begin(&connection, hash, None, "", day(29)).is_ok());
    }
    assert!(!is_valid(day(29)));
    assert!(access::of_session(&connection, other, day(29)).is_ok_and(|holder| holder.is_some()));
}

#[test]
fn what_fails_is_undone_alone() {
    let (_temporary, folder) = folder();
    let mut connection = open_in(&folder);
    let transaction = begin(&mut connection).unwrap_or_else(|e| panic!("{e}"));
    let add = |connection: &Connection, email: &str| user::add(connection, email, "x", None, false, 0);
    assert!(apart(&transaction, |connection| add(connection, "a@x")).is_ok_and(|done| done.is_some()));
    let failed = apart(&transaction, |connection| {
        add(connection, "b@x")?;
        Err::<(), _>(LedgerError::Damaged("here".to_owned()))
    });
    assert!(matches!(failed, Ok(None)), "{failed:?}");
    assert!(apart(&transaction, |connection| add(connection, "c@x")).is_ok_and(|done| done.is_some()));
    assert!(transaction.commit().is_ok());
    let emails: Vec<_> = user::list(&connection).into_iter().flatten().map(|user| user.email).collect();
    assert_eq!(emails, ["a@x", "c@x"]);
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

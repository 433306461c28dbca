//! The schema's versions. A migration is never changed once released; a new one is added below.

use rusqlite::{Connection, params};

use super::{LedgerError, begin};
use crate::clock::now_ms;

/// Every migration, in order; the first is version 1.
pub(super) const MIGRATIONS: [&str; 3] = [
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_visits_settings_backups.sql"),
    include_str!("migrations/0006_upkeep.sql"),
];

/// Applies the migrations that are missing, each in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), LedgerError> {
    for (version, sql) in (1i64..).zip(MIGRATIONS) {
        if applied_version(connection)? >= version {
            continue;
        }
        let transaction = begin(connection)?;
        // Looked at again behind the lock: another process may have been faster.
        if applied_version(&transaction)? < version {
            transaction.execute_batch(sql)?;
            let record = "INSERT INTO migrations (version, applied_at_ms) VALUES (?1, ?2)";
            transaction.execute(record, params![version, super::stored(now_ms())])?;
        }
        transaction.commit()?;
    }
    let found = applied_version(connection)?;
    let known = MIGRATIONS.len() as i64;
    if found > known {
        return Err(LedgerError::NewerSchema { found, known });
    }
    Ok(())
}

fn applied_version(connection: &Connection) -> Result<i64, LedgerError> {
    let exists = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'migrations')";
    if !connection.query_row(exists, [], |row| row.get::<_, bool>(0))? {
        connection.execute_batch(
            "CREATE TABLE IF NOT EXISTS migrations (version INTEGER PRIMARY KEY, applied_at_ms INTEGER NOT NULL) STRICT",
        )?;
    }
    Ok(connection.query_row("SELECT coalesce(max(version), 0) FROM migrations", [], |row| row.get(0))?)
}

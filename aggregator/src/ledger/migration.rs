//! The schema's versions. A migration is never changed once released; a new one is added below. Before a ledger that
//! holds something is changed, it is copied to a file beside it.

mod blocks;
mod copy;
mod upkeep;

use std::path::Path;

use rusqlite::{Connection, params};

use super::{LedgerError, begin};
use crate::clock::now_ms;

/// One step from a version to the next.
pub(super) enum Migration {
    /// Statements.
    Sql(&'static str),
    /// What statements cannot say.
    Code(fn(&Connection) -> Result<(), LedgerError>),
}

/// Every migration, in order; the first is version 1.
pub(super) const MIGRATIONS: [Migration; 16] = [
    Migration::Sql(include_str!("migrations/0001_first.sql")),
    Migration::Sql(include_str!("migrations/0002_visits_settings_backups.sql")),
    Migration::Code(blocks::migrate),
    Migration::Sql(include_str!("migrations/0004_segments.sql")),
    Migration::Sql(include_str!("migrations/0005_people.sql")),
    Migration::Code(upkeep::migrate),
    Migration::Sql(include_str!("migrations/0007_parts.sql")),
    Migration::Sql(include_str!("migrations/0008_recovery.sql")),
    Migration::Sql(include_str!("migrations/0009_reports.sql")),
    Migration::Sql(include_str!("migrations/0010_notes.sql")),
    Migration::Sql(include_str!("migrations/0011_saved_segments.sql")),
    Migration::Sql(include_str!("migrations/0012_funnels.sql")),
    Migration::Sql(include_str!("migrations/0013_alerts.sql")),
    Migration::Sql(include_str!("migrations/0014_dashboards.sql")),
    Migration::Sql(include_str!("migrations/0015_digests.sql")),
    Migration::Sql(include_str!("migrations/0016_experiments.sql")),
];

/// Applies the migrations that are missing, each in one transaction, after a copy of what is there.
pub(super) fn migrate(connection: &mut Connection, file: &Path) -> Result<(), LedgerError> {
    let (found, known) = (applied_version(connection)?, MIGRATIONS.len() as i64);
    if (1..known).contains(&found) {
        copy::keep(connection, file, known)?;
    }
    apply(connection)
}

/// Applies the migrations that are missing, each in one transaction, to a ledger that is a copy already.
pub(super) fn apply(connection: &mut Connection) -> Result<(), LedgerError> {
    let known = MIGRATIONS.len() as i64;
    for (version, migration) in (1i64..).zip(MIGRATIONS) {
        if applied_version(connection)? >= version {
            continue;
        }
        let transaction = begin(connection)?;
        // Looked at again behind the lock: another process may have been faster.
        if applied_version(&transaction)? < version {
            match migration {
                Migration::Sql(sql) => transaction.execute_batch(sql)?,
                Migration::Code(migrate) => migrate(&transaction)?,
            }
            let record = "INSERT INTO migrations (version, applied_at_ms) VALUES (?1, ?2)";
            transaction.execute(record, params![version, super::stored(now_ms())])?;
        }
        transaction.commit()?;
    }
    let found = applied_version(connection)?;
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

#[cfg(test)]
mod tests;

//! The ledger: one SQLite file that holds all the aggregator knows. The only place with SQL.
//!
//! Functions take a connection or a transaction, so that the caller decides what belongs together. One
//! connection of the server writes ([`crate::intake::writer`]); [`readers`] read beside it; commands of the
//! same program may write a row from another process meanwhile.
//!
//! | module | tables |
//! |---|---|
//! | [`site`], [`settings`] | `sites`, `site_versions`; `site_settings` |
//! | [`mark`], [`frame`] | `marks`; `frames`, `frame_bytes`: the delta protocol's memory and the raw log |
//! | [`feed`] | the last two, read for who watches |
//! | [`forget`] | `forgotten_frames`, in place of old rows of `frames` |
//! | [`block`], [`outcome`] | `blocks`, `checkpoint`, `dropped_events`; `outcomes` |
//! | [`part`], [`absorb`] | `parts`: what checkpoints wrote and blocks do not hold yet; and its way there |
//! | [`hot`], [`rollup`] | none: what is counted since the checkpoint, and all of it as one |
//! | [`segment`] | `segments`, `sealed`, `removed_segments` |
//! | [`backup`] | `backups`, `stable_marks` |
//! | [`reconciliation`] | `source_days`, `erased_days` |
//! | [`restore`] | all of them, from a backup |
//! | [`quarantine`] | `quarantine` |
//! | [`user`], [`member`] | `users`; `members`, `invitations` |
//! | [`link`], [`session`] | `links`; `sessions` |
//! | [`key`], [`share`] | `keys`; `shares`, `shared_sessions` |
//! | [`access`] | the last six, read for each request |
//! | [`report`], [`note`], [`saved_segment`], [`funnel`], [`experiment`] | `reports`, `notes`, `saved_segments`, `funnels`, `experiments` |
//! | [`alert`], [`alert_entry`] | `alerts`; `alert_entries` |
//! | [`subscriber`] | `subscribers` |
//! | [`delivery`] | `deliveries`: the outbox of both |
//! | [`audit`] | `audit` |
//! | [`task`] | `tasks` |
//! | [`deletion`] | `deleted_sites`, `erased_events`, `instance_keys`; rows of every table |
//! | [`rebuild`] | `blocks`, a day at a time |
//! | [`installation`] | `installation` |
//! | [`probe`] | `probes` |
//! | [`check`], [`gauge`] | all of them, read alone |

pub mod absorb;
pub mod access;
pub mod alert;
pub mod alert_entry;
pub mod audit;
pub mod backup;
pub mod block;
pub mod check;
pub mod dashboard;
pub mod deletion;
pub mod delivery;
mod error;
pub mod experiment;
pub mod feed;
mod folder;
pub mod forget;
pub mod frame;
pub mod funnel;
pub mod gauge;
pub mod hot;
pub mod installation;
pub mod kept;
pub mod key;
pub mod link;
pub mod mark;
pub mod member;
mod migration;
pub mod note;
pub mod outcome;
pub mod part;
pub mod probe;
pub mod quarantine;
pub mod readers;
pub mod rebuild;
pub mod reconciliation;
pub mod report;
pub mod restore;
pub mod rollup;
pub mod saved_segment;
pub mod segment;
pub mod session;
pub mod settings;
pub mod share;
pub mod site;
pub mod subscriber;
pub mod task;
pub mod user;

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

pub use error::{LedgerError, Severity};
pub use folder::DataFolder;

/// How long to wait for another process's write: commands write one row, which takes milliseconds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Prepared statements kept per connection; there are about thirty in all.
const STATEMENTS_KEPT: usize = 64;

/// Opens the ledger for writing and brings its schema up to date.
///
/// # Errors
/// [`LedgerError`] when it cannot be opened, or was written by a newer version.
pub fn open(file: &Path) -> Result<Connection, LedgerError> {
    let mut connection = Connection::open(file)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    connection.pragma_update(None, "journal_mode", "wal")?;
    // FULL: a commit is on the disk before it is acknowledged.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    migration::migrate(&mut connection, file)?;
    Ok(connection)
}

/// Opens the ledger for reading. It must exist and be up to date.
///
/// # Errors
/// [`LedgerError`] when it cannot be opened.
pub fn open_reader(file: &Path) -> Result<Connection, LedgerError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    Ok(connection)
}

/// Bounds the ledger's file.
///
/// # Errors
/// [`LedgerError`] when the bound cannot be set.
pub fn set_bytes_max(connection: &Connection, bytes_max: u64) -> Result<(), LedgerError> {
    let page_bytes: i64 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
    let pages = stored(bytes_max) / page_bytes.max(1);
    connection.query_row(&format!("PRAGMA max_page_count = {}", pages.max(1)), [], |_| Ok(()))?;
    Ok(())
}

/// Begins a transaction that will write: it takes the lock now, not half-way.
///
/// # Errors
/// [`LedgerError`] when another process holds the lock for too long.
pub fn begin(connection: &mut Connection) -> Result<Transaction<'_>, LedgerError> {
    Ok(connection.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

/// Does `work` within a transaction that others share: when it fails, what it did is undone, and what they did is not.
/// Answers nothing then.
///
/// # Errors
/// [`LedgerError`] when it fails in a way that concerns the others too.
pub fn apart<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, LedgerError>,
) -> Result<Option<T>, LedgerError> {
    connection.execute_batch("SAVEPOINT apart")?;
    match work(connection) {
        Ok(done) => {
            connection.execute_batch("RELEASE apart")?;
            Ok(Some(done))
        }
        Err(e) if e.severity() == Severity::Fatal => Err(e),
        Err(e) => {
            tracing::error!("a write was undone: {e}");
            connection.execute_batch("ROLLBACK TO apart; RELEASE apart")?;
            Ok(None)
        }
    }
}

/// A number as SQLite stores it: 63 bits and a sign. Larger ones are refused at intake; sums stop here.
fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A stored number.
fn unstored(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests;

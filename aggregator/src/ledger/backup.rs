//! Copies of the ledger, and what outlives the loss of its disk by them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OptionalExtension, params};
use wire::{Epoch, Id128, Seq};

use super::{LedgerError, begin, stored, unstored};
use crate::clock::now_ms;

/// Pages in one step: all of them, at one version of the ledger. In smaller steps every commit of a running server
/// would start the copy anew.
const ALL_PAGES: i32 = -1;

/// How long to wait for the ledger when it is held at the start.
const BUSY_TIME_MAX: Duration = Duration::from_secs(30);

/// Between two tries.
const BUSY_PAUSE: Duration = Duration::from_millis(50);

/// Backups remembered; the oldest go first.
const BACKUPS_MAX: i64 = 1000;

/// A finished backup.
#[derive(Clone, Copy, Debug)]
pub struct Finished {
    /// Length of the file.
    pub bytes: u64,
    /// Edges whose frames it covers.
    pub edges: usize,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// Backups are never written over anything.
    #[error("{0} exists already; choose another name")]
    Exists(PathBuf),
    /// The file cannot be written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The ledger was held by others all the time.
    #[error("the ledger was busy for {} s", BUSY_TIME_MAX.as_secs())]
    Busy,
    /// The copy is damaged, and so the ledger may be.
    #[error("the copy is damaged: {0}")]
    Damaged(String),
    /// The segments were not copied.
    #[error("{0}")]
    Segments(String),
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Ledger(error.into())
    }
}

/// Copies the ledger to a file, beside a running server, and notes which frames are in it once the file is whole, checked
/// and on the disk.
///
/// `also`: copies what the checked copy of the ledger, which it is told of, refers to; only then the backup gets its name
///
/// # Errors
/// [`BackupError`] when there is no such file afterwards, or it is not noted.
pub fn write(
    connection: &mut Connection,
    file: &Path,
    also: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<Finished, BackupError> {
    let failure = |source| BackupError::File { path: file.to_owned(), source };
    if file.try_exists().map_err(failure)? {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let started_at_ms = now_ms();
    let (bytes, marks) = put(connection, file, also)?;
    note(connection, file, bytes, &marks, started_at_ms)?;
    Ok(Finished { bytes, edges: marks.len() })
}

/// Copies the ledger to a file, in place of one that may be there, and checks the copy before. Answers its length.
///
/// # Errors
/// [`BackupError`] when there is no such file afterwards; what was there before is there still.
pub(super) fn copy_to(connection: &Connection, file: &Path) -> Result<u64, BackupError> {
    put(connection, file, |_| Ok(())).map(|(bytes, _)| bytes)
}

/// Last frame of an edge's epoch that is in the last finished backup.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn stable_through(connection: &Connection, edge: Id128, epoch: Epoch) -> Result<Seq, LedgerError> {
    let sql = "SELECT applied_through FROM stable_marks WHERE edge_id = ?1 AND epoch = ?2";
    let mut stable = connection.prepare_cached(sql)?;
    let found = stable.query_row(params![edge.0, stored(epoch.0)], |row| row.get(0).map(unstored)).optional()?;
    Ok(Seq(found.unwrap_or_default()))
}

/// The newest epoch of each edge, and its last frame.
type Marks = Vec<([u8; 16], i64, i64)>;

/// Writes a copy beside the file and puts it there once it is whole, checked and on the disk.
fn put(
    connection: &Connection,
    file: &Path,
    also: impl FnOnce(&Path) -> Result<(), String>,
) -> Result<(u64, Marks), BackupError> {
    let failure = |source| BackupError::File { path: file.to_owned(), source };
    let part = part_of(file);
    remove(&part).map_err(failure)?;
    let marks = copy(connection, &part).inspect_err(|_| {
        // What is broken off is in the way of the next one; that it could not be removed is said then.
        let _ = remove(&part);
    })?;
    let written = File::options().write(true).open(&part).map_err(failure)?;
    written.sync_all().map_err(failure)?;
    let bytes = written.metadata().map_err(failure)?.len();
    also(&part).map_err(BackupError::Segments)?;
    fs::rename(&part, file).map_err(failure)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failure)?;
    Ok((bytes, marks))
}

/// Copies the ledger to a file of its own, without a log beside it, and checks that. Answers the marks in it.
fn copy(connection: &Connection, part: &Path) -> Result<Marks, BackupError> {
    let mut copy = Connection::open(part)?;
    {
        let backup = Backup::new(connection, &mut copy)?;
        let until = Instant::now() + BUSY_TIME_MAX;
        while backup.step(ALL_PAGES)? != StepResult::Done {
            if Instant::now() >= until {
                return Err(BackupError::Busy);
            }
            thread::sleep(BUSY_PAUSE);
        }
    }
    copy.pragma_update(None, "journal_mode", "delete")?;
    let verdict: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(BackupError::Damaged(verdict));
    }
    let mut newest = copy.prepare("SELECT edge_id, max(epoch), applied_through FROM marks GROUP BY edge_id")?;
    let marks = newest.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(marks.collect::<Result<_, _>>()?)
}

fn note(
    connection: &mut Connection,
    file: &Path,
    bytes: u64,
    marks: &Marks,
    started_at_ms: u64,
) -> Result<(), LedgerError> {
    let transaction = begin(connection)?;
    let sql = "INSERT INTO backups (started_at_ms, finished_at_ms, bytes, file) VALUES (?1, ?2, ?3, ?4)";
    let file = file.to_string_lossy();
    transaction.execute(sql, params![stored(started_at_ms), stored(now_ms()), stored(bytes), file])?;
    let sql = "DELETE FROM backups WHERE backup <= (SELECT max(backup) FROM backups) - ?1";
    transaction.execute(sql, [BACKUPS_MAX])?;
    transaction.execute("DELETE FROM stable_marks", [])?;
    {
        let sql = "INSERT INTO stable_marks (edge_id, epoch, applied_through) VALUES (?1, ?2, ?3)";
        let mut mark = transaction.prepare(sql)?;
        for stable in marks {
            mark.execute(*stable)?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Where a backup grows until it is whole.
fn part_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

/// Removes what a broken-off backup left.
fn remove(part: &Path) -> io::Result<()> {
    match fs::remove_file(part) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
        _ => Ok(()),
    }
}

//! A data folder made from a backup. Nothing has its final name before all of it is found whole.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::check::{self, Contents};
use super::{DataFolder, LedgerError, migration};
use crate::clock::now_ms;

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// There is something that a restore would destroy.
    #[error("{0} exists already; restore into an empty folder")]
    Exists(PathBuf),
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The backup is not a ledger, or damaged.
    #[error("the backup is damaged: {0}")]
    Damaged(String),
    /// The segments that it refers to were not copied, or are not what it says.
    #[error("{0}")]
    Segments(String),
    /// The ledger in it failed, or disagrees with itself.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<rusqlite::Error> for RestoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Ledger(error.into())
    }
}

/// Copies a backup into a folder that has no ledger, checks it, brings its schema up to date, and puts it in place.
///
/// `also`: brings what the ledger refers to, and checks that
///
/// # Errors
/// [`RestoreError`] when there is no ledger in the folder afterwards.
pub fn restore(
    backup: &Path,
    folder: &DataFolder,
    also: impl FnOnce(&Connection) -> Result<(), String>,
) -> Result<Contents, RestoreError> {
    let ledger = folder.ledger_file();
    for suffix in ["", "-wal", "-journal"] {
        let file = with_suffix(&ledger, suffix);
        if file.try_exists().map_err(|source| failure(&file, source))? {
            return Err(RestoreError::Exists(file));
        }
    }
    let part = with_suffix(&ledger, ".part");
    remove(&part)?;
    let restored = copy(backup, &part).and_then(|()| verify(&part, also)).inspect_err(|_| {
        // What cannot be removed now is said by the next try.
        let _ = remove(&part);
    })?;
    fs::rename(&part, &ledger).map_err(|source| failure(&ledger, source))?;
    let parent = ledger.parent().unwrap_or(Path::new("."));
    File::open(parent).and_then(|parent| parent.sync_all()).map_err(|source| failure(parent, source))?;
    Ok(restored)
}

fn copy(backup: &Path, part: &Path) -> Result<(), RestoreError> {
    fs::copy(backup, part).map_err(|source| failure(backup, source))?;
    // A copy has the rights of its original, which may be kept read-only.
    let file = File::options().write(true).open(part).map_err(|source| failure(part, source))?;
    file.sync_all().map_err(|source| failure(part, source))
}

/// Checks the pages, then brings the schema up to date, then checks that the content agrees with itself.
fn verify(part: &Path, also: impl FnOnce(&Connection) -> Result<(), String>) -> Result<Contents, RestoreError> {
    {
        let connection = super::open_reader(part)?;
        let verdict = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get::<_, String>(0));
        match verdict {
            Ok(verdict) if verdict == "ok" => {}
            Ok(verdict) => return Err(RestoreError::Damaged(verdict)),
            Err(e) => return Err(RestoreError::Damaged(e.to_string())),
        }
        let is_ledger = "SELECT count(*) FROM sqlite_schema WHERE name IN ('migrations', 'sites', 'marks')";
        if connection.query_row(is_ledger, [], |row| row.get::<_, i64>(0))? != 3 {
            return Err(RestoreError::Damaged("it is no ledger of Tidemark".to_owned()));
        }
    }
    let mut connection = Connection::open(part)?;
    migration::apply(&mut connection)?;
    let contents = check::contents(&connection, now_ms())?;
    also(&connection).map_err(RestoreError::Segments)?;
    connection.close().map_err(|(_, e)| e)?;
    File::open(part).and_then(|file| file.sync_all()).map_err(|source| failure(part, source))?;
    Ok(contents)
}

fn remove(part: &Path) -> Result<(), RestoreError> {
    for suffix in ["", "-wal", "-shm", "-journal"] {
        let file = with_suffix(part, suffix);
        match fs::remove_file(&file) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failure(&file, e)),
            _ => {}
        }
    }
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn failure(path: &Path, source: io::Error) -> RestoreError {
    RestoreError::File { path: path.to_owned(), source }
}

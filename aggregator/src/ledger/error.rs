//! What can go wrong with the ledger, and how badly.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;
use rusqlite::ffi::SQLITE_IOERR_SHMSIZE;

/// A failure of the ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// SQLite's own.
    #[error("ledger: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Written by a later version of this program.
    #[error("ledger: its schema is version {found}, this program knows up to {known}; use a newer `tidemark`")]
    NewerSchema {
        /// Version of the file.
        found: i64,
        /// Latest version known here.
        known: i64,
    },
    /// The data folder cannot be made or read.
    #[error("data folder {path}: {source}")]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another server works on it.
    #[error("data folder {0}: another `tidemark serve` is using it; stop that one or choose another --data")]
    InUse(PathBuf),
    /// There is no copy of it, so its schema is left as it is.
    #[error("ledger: it could not be copied before its schema changes: {0}")]
    Copy(String),
    /// A row that this program never writes.
    #[error("ledger: a damaged row: {0}")]
    Damaged(String),
    /// A read went over its limit of rows.
    #[error("ledger: more than {0} rows to read")]
    TooManyRows(u64),
}

/// What to do about a failed commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing was written; it may work later: no space, a lock held by someone else.
    Passing,
    /// What is on the disk is uncertain: only a restart, which reads it anew, brings certainty back.
    Fatal,
}

impl LedgerError {
    /// What to do about it.
    pub fn severity(&self) -> Severity {
        let Self::Sqlite(rusqlite::Error::SqliteFailure(error, _)) = self else { return Severity::Passing };
        match error.code {
            // A full disk shows as this one when the index of the log has to grow.
            ErrorCode::SystemIoFailure if error.extended_code == SQLITE_IOERR_SHMSIZE => Severity::Passing,
            ErrorCode::SystemIoFailure | ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Severity::Fatal,
            _ => Severity::Passing,
        }
    }

    /// Whether a read was stopped for taking too long.
    pub fn is_interrupted(&self) -> bool {
        let Self::Sqlite(error) = self else { return false };
        error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted)
    }
}

//! The data folder, and the lock that keeps a second server out of it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::LedgerError;

const LEDGER_FILE: &str = "ledger.sqlite";
const LOCK_FILE: &str = "lock";
const SEGMENTS: &str = "segments";
const SEGMENT_CACHE: &str = "segments-cache";
const SEGMENT_LOCK: &str = "segments-lock";
const SEGMENT_STRAYS: &str = "segments-strays";

/// Folder of the ledger.
#[derive(Clone, Debug)]
pub struct DataFolder(PathBuf);

/// The folder is this process's, as long as this value lives; the system takes the lock back however
/// the process ends.
#[derive(Debug)]
pub struct Occupied(#[expect(dead_code, reason = "held for its lock")] File);

impl DataFolder {
    /// Makes the folder if it is missing.
    ///
    /// # Errors
    /// [`LedgerError::Folder`] when it cannot be made.
    pub fn prepare(path: &Path) -> Result<Self, LedgerError> {
        fs::create_dir_all(path).map_err(|source| failure(path, source))?;
        Ok(Self(path.to_owned()))
    }

    /// The ledger's file.
    pub fn ledger_file(&self) -> PathBuf {
        self.0.join(LEDGER_FILE)
    }

    /// Folder of the segments.
    pub fn segments(&self) -> PathBuf {
        self.0.join(SEGMENTS)
    }

    /// Folder of segments that were fetched from a bucket.
    pub fn segment_cache(&self) -> PathBuf {
        self.0.join(SEGMENT_CACHE)
    }

    /// The file that whoever changes segments holds a lock on.
    pub fn segment_lock(&self) -> PathBuf {
        self.0.join(SEGMENT_LOCK)
    }

    /// Folder of segments that the ledger does not know.
    pub fn segment_strays(&self) -> PathBuf {
        self.0.join(SEGMENT_STRAYS)
    }

    /// Takes the folder for a server.
    ///
    /// # Errors
    /// [`LedgerError::InUse`] when another server has it.
    pub fn occupy(&self) -> Result<Occupied, LedgerError> {
        let path = self.0.join(LOCK_FILE);
        let file = File::options().create(true).write(true).truncate(false).open(&path);
        let file = file.map_err(|source| failure(&path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(Occupied(file)),
            Err(TryLockError::WouldBlock) => Err(LedgerError::InUse(self.0.clone())),
            Err(TryLockError::Error(source)) => Err(failure(&path, source)),
        }
    }
}

fn failure(path: &Path, source: io::Error) -> LedgerError {
    LedgerError::Folder { path: path.to_owned(), source }
}

//! The copy of a ledger that is about to be changed: whole, checked and on the disk before the first change.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::ledger::LedgerError;
use crate::ledger::backup::{self, BackupError};

/// Copies kept, of as many versions; older ones are removed.
const COPIES_MAX: usize = 3;

/// Copies the ledger to `ledger.sqlite.before-0003`, before it is brought to that version. A copy that is there already
/// is of a start that was broken off before it changed anything, or of an older program's ledger: it is replaced.
pub(super) fn keep(connection: &Connection, file: &Path, version: i64) -> Result<(), LedgerError> {
    let copy = beside(file, &format!(".before-{version:04}"));
    let failure = |e: BackupError| match e {
        BackupError::Ledger(e) => e,
        other => LedgerError::Copy(other.to_string()),
    };
    let bytes = backup::copy_to(connection, &copy).map_err(failure)?;
    tracing::info!(copy = %copy.display(), bytes, "the ledger is copied before its schema changes");
    // What is left over costs space alone.
    if let Err(e) = remove_oldest(file) {
        tracing::warn!("an old copy of the ledger is left: {e}");
    }
    Ok(())
}

fn remove_oldest(file: &Path) -> std::io::Result<()> {
    let Some(folder) = file.parent() else { return Ok(()) };
    let prefix = beside(file, ".before-");
    let prefix = prefix.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut copies: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let version = name.strip_prefix(&prefix);
        if version.is_some_and(|version| version.bytes().all(|byte| byte.is_ascii_digit())) {
            copies.push(path);
        }
    }
    // Names of the same length, numbered.
    copies.sort();
    let surplus = copies.len().saturating_sub(COPIES_MAX);
    copies.into_iter().take(surplus).try_for_each(fs::remove_file)
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

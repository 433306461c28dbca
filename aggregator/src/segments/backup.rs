//! The segments of a backup: a folder beside the copy of the ledger, with every file that its manifest lists.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{Segments, SegmentsError};
use crate::ledger;

/// The folder of segments beside a backup's file.
pub fn beside(file: &Path) -> PathBuf {
    let mut name: OsString = file.as_os_str().to_owned();
    name.push(".segments");
    name.into()
}

/// Copies the segments of a backup into a folder that is being restored. None are no error: it may have had none.
///
/// # Errors
/// When not all are on the disk afterwards.
pub fn bring(backup: &Path, into: &Path) -> io::Result<()> {
    let from = beside(backup);
    if from.is_dir() { copy(&from, into) } else { Ok(()) }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let (entry, target) = entry.map(|entry| (entry.path(), to.join(entry.file_name())))?;
        if entry.is_dir() {
            copy(&entry, &target)?;
        } else {
            fs::copy(&entry, &target)?;
            File::open(&target)?.sync_all()?;
        }
    }
    File::open(to)?.sync_all()
}

impl Segments {
    /// Copies, or links, what the manifest of a copied ledger lists to a folder, in place of what a try that was broken off
    /// left there.
    ///
    /// # Errors
    /// [`SegmentsError`] when not all are there afterwards: one may have been erased since the ledger was copied.
    pub fn copy_listed(&self, ledger_copy: &Path, to: &Path) -> Result<(), SegmentsError> {
        let failure = |source| SegmentsError::Lock { path: to.to_owned(), source };
        match fs::remove_dir_all(to) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(failure(e)),
            _ => {}
        }
        let listed = ledger::segment::list(&ledger::open_reader(ledger_copy)?, None)?;
        let mut folders = BTreeSet::new();
        for segment in &listed {
            self.files.copy_to(&segment.path, to)?;
            let copied = to.join(&segment.path);
            if fs::metadata(&copied).map_err(failure)?.len() != segment.bytes {
                return Err(SegmentsError::Damaged(segment.path.clone()));
            }
            folders.extend(copied.ancestors().skip(1).take_while(|folder| folder.starts_with(to)).map(Path::to_owned));
        }
        folders.iter().try_for_each(|folder| File::open(folder).and_then(|folder| folder.sync_all())).map_err(failure)
    }
}

//! The inputs that mutations begin from: `fuzz/corpus/TARGET/`, one file each, the bytes themselves.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// Beginning of the names of files that are refused.
pub const HOSTILE: &str = "hostile-";

/// Reads a target's corpus, by file name.
///
/// # Errors
/// When it has none.
pub fn of(target: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let listed = fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    let mut files: Vec<PathBuf> = listed.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    files.sort();
    if files.is_empty() {
        bail!("{} is empty", folder.display());
    }
    let name = |file: &Path| file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    files.iter().map(|file| Ok((name(file), fs::read(file)?))).collect()
}

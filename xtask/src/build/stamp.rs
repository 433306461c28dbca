//! Skipping what is done: a fingerprint of a step's inputs, kept beside its result.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::paths;

/// The recipes: a changed one runs again.
const RECIPES: [&str; 9] = [
    include_str!("bindings.rs"),
    include_str!("compress.rs"),
    include_str!("dashboard.rs"),
    include_str!("edge.rs"),
    include_str!("names.rs"),
    include_str!("packages.rs"),
    include_str!("sdk.rs"),
    include_str!("split.rs"),
    include_str!("wasm.rs"),
];

/// The fingerprint of a step's inputs: contents, not times, so a fresh checkout changes nothing.
pub struct Stamp {
    file: PathBuf,
    hash: Sha256,
}

impl Stamp {
    /// Starts the fingerprint of a part.
    pub fn new(part: &str) -> Result<Self> {
        let file = paths::staging_dir(part)?.with_extension("stamp");
        let mut stamp = Self { file, hash: Sha256::new() };
        RECIPES.iter().for_each(|recipe| stamp.add(recipe));
        Ok(stamp)
    }

    /// Adds a value: a version, an option.
    pub fn add(&mut self, value: &str) {
        self.hash.update((value.len() as u64).to_le_bytes());
        self.hash.update(value);
    }

    /// Adds a file's name and content.
    pub fn add_file(&mut self, file: &Path) -> Result<()> {
        let content = fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
        self.add(&file.to_string_lossy());
        self.hash.update((content.len() as u64).to_le_bytes());
        self.hash.update(content);
        Ok(())
    }

    /// Whether the step ran with these inputs before and its results are still there.
    pub fn is_current(&self, results: &[PathBuf]) -> bool {
        results.iter().all(|result| result.exists())
            && fs::read_to_string(&self.file).is_ok_and(|before| before == self.text())
    }

    /// Records that the step is done.
    pub fn keep(&self) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.file, self.text()).with_context(|| format!("{} cannot be written", self.file.display()))
    }

    fn text(&self) -> String {
        hex(&self.hash.clone().finalize())
    }
}

/// The first eight hexadecimal digits of a content's hash, for names that may be cached for ever: two contents of one name
/// have the same once in four thousand million times, and each digit of each part's name is paid at the first load.
pub fn content_hash(content: &[u8]) -> String {
    hex(Sha256::digest(content).get(..4).unwrap_or_default())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

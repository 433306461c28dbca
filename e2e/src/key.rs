//! The key that edge and aggregator share.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// The key that edge and aggregator share.
#[derive(Clone, Serialize, Deserialize)]
pub struct EdgeKey {
    /// Its name.
    pub id: String,
    /// 32 bytes in hex.
    pub secret: String,
}

impl std::fmt::Debug for EdgeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EdgeKey({})", self.id)
    }
}

impl EdgeKey {
    /// The key in `file`, drawn on first use.
    ///
    /// # Errors
    /// When the file is damaged or cannot be written.
    pub fn of_file(file: &Path) -> Result<Self> {
        if let Ok(text) = fs::read_to_string(file) {
            return toml::from_str(&text).with_context(|| format!("{} is damaged", file.display()));
        }
        let key = Self::drawn("local")?;
        fs::write(file, toml::to_string(&key)?)?;
        Ok(key)
    }

    /// A new key.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn drawn(id: &str) -> Result<Self> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|e| anyhow::anyhow!("no randomness: {e}"))?;
        Ok(Self { id: id.to_owned(), secret: bytes.iter().map(|byte| format!("{byte:02x}")).collect() })
    }
}

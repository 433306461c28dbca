//! Where things are: the workspace, cargo's target folder and the built assets.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// The folder that holds `Cargo.lock`: the nearest one at or above the current folder that also
/// holds `xtask/`.
pub fn workspace_root() -> Result<PathBuf> {
    let here = env::current_dir().context("the current folder cannot be read")?;
    here.ancestors()
        .find(|folder| folder.join("Cargo.lock").is_file() && folder.join("xtask").is_dir())
        .map(PathBuf::from)
        .context("run this inside the Tidemark repository")
}

/// Cargo's target folder: `CARGO_TARGET_DIR`, or `target/` in the workspace.
pub fn target_dir() -> Result<PathBuf> {
    let root = workspace_root()?;
    Ok(match env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root.join(folder),
        None => root.join("target"),
    })
}

/// What is shipped: `dist/sdk`, `dist/edge` and `dist/dashboard` below the target folder.
pub fn dist_dir() -> Result<PathBuf> {
    Ok(target_dir()?.join("dist"))
}

/// Intermediate files of one build step; it may be deleted at any time.
pub fn staging_dir(part: &str) -> Result<PathBuf> {
    Ok(target_dir()?.join("staging").join(part))
}

/// The aggregator's program.
pub fn aggregator_program() -> Result<PathBuf> {
    Ok(target_dir()?.join("release").join("tidemark"))
}

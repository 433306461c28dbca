//! What must be built before anything can run.

use std::path::PathBuf;

use anyhow::{Context, Result};

/// Variable that names the aggregator's binary.
pub const TIDEMARK: &str = "E2E_TIDEMARK";
/// Variable that names workerd's binary.
pub const WORKERD: &str = "E2E_WORKERD";
/// Variable that names the folder of the built worker.
pub const EDGE: &str = "E2E_EDGE_DIR";
/// Variable that names the folder of the built SDK.
pub const SDK: &str = "E2E_SDK_DIR";
/// Variable that names the folder of the npm packages as they are published.
pub const PACKAGES: &str = "E2E_PACKAGES_DIR";

/// The folder of the built SDK, as `cargo xtask test` names it.
///
/// # Errors
/// When the variable is missing.
pub fn sdk_dir() -> Result<PathBuf> {
    place(SDK)
}

/// The folder of the built npm packages, as `cargo xtask test` names it.
///
/// # Errors
/// When the variable is missing.
pub fn packages_dir() -> Result<PathBuf> {
    place(PACKAGES)
}

fn place(name: &str) -> Result<PathBuf> {
    let value = std::env::var_os(name).map(PathBuf::from);
    value.with_context(|| format!("{name} is not set; run the tests by `cargo xtask test`"))
}

/// Where the built parts lie.
#[derive(Clone, Debug)]
pub struct Artifacts {
    /// The aggregator's binary, with SDK and dashboard inside.
    pub tidemark: PathBuf,
    /// workerd's binary.
    pub workerd: PathBuf,
    /// Folder with the worker's `index.js` and `index_bg.wasm`.
    pub edge_dir: PathBuf,
}

impl Artifacts {
    /// Reads the places from the environment, as `cargo xtask test` sets it.
    ///
    /// # Errors
    /// Names the variable that is missing.
    pub fn from_env() -> Result<Self> {
        Ok(Self { tidemark: place(TIDEMARK)?, workerd: place(WORKERD)?, edge_dir: place(EDGE)? })
    }
}

//! The aggregator: one native program with the SDK and the dashboard inside.

use anyhow::{Result, bail};

use super::Outcome;
use crate::command::{cargo, run};
use crate::paths;

/// Builds `<target>/release/tidemark`.
pub fn build() -> Result<Outcome> {
    let dist = paths::dist_dir()?;
    for part in ["sdk", "dashboard"] {
        if !dist.join(part).is_dir() {
            bail!(
                "there is no built {part} to embed: run `cargo xtask build`, or `cargo xtask build --only {part}` first"
            );
        }
    }
    let program = paths::aggregator_program()?;
    let modified = || program.metadata().and_then(|metadata| metadata.modified()).ok();
    let before = modified();
    let mut cargo = cargo()?;
    cargo.args(["build", "--release", "--package", "tidemark-aggregator"]);
    run(cargo.env("TIDEMARK_ASSETS_DIR", &dist), "cargo build")?;
    Ok(if before.is_some() && before == modified() { Outcome::UpToDate } else { Outcome::Built })
}

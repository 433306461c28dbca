//! `cargo xtask tidy`: the rules of the architecture that a compiler does not know.

mod crates;
mod sources;

use anyhow::{Result, bail};

use crate::command::{cargo, run as run_command};

/// Checks them all and names every place that breaks one.
///
/// # Errors
/// Fails with the list of places.
pub fn run() -> Result<()> {
    let mut broken = crates::check()?;
    broken.extend(sources::check()?);
    if !broken.is_empty() {
        bail!("not tidy:\n  {}", broken.join("\n  "));
    }
    run_command(cargo()?.args(["fmt", "--check"]), "formatting (mend it by `cargo fmt`)")
}

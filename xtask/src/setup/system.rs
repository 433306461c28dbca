//! Packages of the system.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::command::{command, on_path, output, run};

/// Whether apt is there.
pub fn is_debian() -> bool {
    Path::new("/etc/debian_version").exists()
}

/// Installs Debian's `make` when there is none, and apt is there: the aggregator's allocator is built by it.
pub fn ensure_make() -> Result<()> {
    if on_path("make").is_some() {
        return Ok(());
    }
    if !is_debian() {
        bail!("no make found: install it, then run `cargo xtask setup` again");
    }
    println!("setup: installing make by apt-get (the aggregator's allocator is built by it)");
    install("make")
}

/// Installs a Debian package.
///
/// # Errors
/// Fails without the right to, with the command that somebody else can run.
pub fn install(package: &str) -> Result<()> {
    let by_hand =
        || format!("run `apt-get install --no-install-recommends {package}` as root, then `cargo xtask setup` again");
    apt_get(&["update"]).with_context(by_hand)?;
    apt_get(&["install", "--yes", "--no-install-recommends", package]).with_context(by_hand)
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let root = output(command("id")?.arg("-u"), "find out who runs this")?.trim() == "0";
    let mut apt = if root {
        command("apt-get")?
    } else if on_path("sudo").is_some() {
        let mut sudo = command("sudo")?;
        sudo.args(["--non-interactive", "apt-get"]);
        sudo
    } else {
        bail!("installing a package needs root");
    };
    run(apt.args(arguments).env("DEBIAN_FRONTEND", "noninteractive"), "apt-get")
}

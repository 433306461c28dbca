//! Chromium for the browser tests: the one on the machine, or the system's package.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::system;
use crate::command::on_path;

/// Names under which systems install it.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// Where macOS keeps it.
const MACOS: &str = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/// The browser: `CHROME_PATH` when it is set, else the first known name on PATH.
///
/// # Errors
/// Fails when there is none, with the command that installs one.
pub fn chromium() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CHROME_PATH").map(PathBuf::from) {
        if !path.is_file() {
            bail!("CHROME_PATH names {}, which is no file: correct or unset it", path.display());
        }
        return Ok(path);
    }
    NAMES
        .iter()
        .find_map(|name| on_path(name))
        .or_else(|| Some(PathBuf::from(MACOS)).filter(|path| path.is_file()))
        .context("no Chromium found: install it or set CHROME_PATH, then run `cargo xtask setup` again")
}

/// Installs Debian's Chromium when no browser is found and apt is there.
pub fn ensure() -> Result<()> {
    let missing = match chromium() {
        Ok(_) => return Ok(()),
        Err(missing) => missing,
    };
    if std::env::var_os("CHROME_PATH").is_some() || !system::is_debian() {
        return Err(missing);
    }
    println!("setup: installing Chromium by apt-get (the browser tests drive it)");
    system::install("chromium")?;
    chromium().map(|_| ())
}

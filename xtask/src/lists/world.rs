//! The map of the world and the flags of its countries, for the dashboard.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::command::{command, run as run_command};

/// Bytes of all flags: the aggregator's program carries them, and each once more in brotli and in gzip.
const FLAGS_BYTES_MAX: usize = 256 * 1024;

/// The flag of no country, which is ours.
const UNKNOWN: &str = "ZZ";

/// Writes the map and the flags into the folder of the dashboard. `staging` has the packages.
pub fn write(staging: &Path, dashboard: &Path) -> Result<()> {
    let folder = dashboard.join("map");
    let mut project = command("node")?;
    project.arg(folder.join("project.mjs")).arg(staging).arg(folder.join("world.txt"));
    run_command(&mut project, "projecting the map")?;

    let (drawn, kept) = (staging.join("node_modules/country-flag-icons/3x2"), dashboard.join("static/flags"));
    let (mut flags, mut bytes) = (0, 0);
    for entry in fs::read_dir(&drawn).with_context(|| format!("{} cannot be read", drawn.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "svg") && path.file_stem().is_some_and(is_code) {
            let flag = super::read(&path)?;
            fs::write(kept.join(path.file_name().context("a flag has no name")?), &flag)?;
            (flags, bytes) = (flags + 1, bytes + flag.len());
        }
    }
    ensure!(bytes <= FLAGS_BYTES_MAX, "the flags would have {bytes} bytes, at most {FLAGS_BYTES_MAX}");
    println!("lists: {flags} flags, {bytes} bytes in {}", kept.display());
    Ok(())
}

/// Two letters of a country; parts of one, which are longer, are nowhere on the dashboard.
fn is_code(stem: &std::ffi::OsStr) -> bool {
    stem.to_str().is_some_and(|code| code.len() == 2 && code != UNKNOWN)
}

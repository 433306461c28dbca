//! The engines that the scan engine is held against, in a Python environment of their own below the target folder.
//! Never shipped; no other part of the project knows Python.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command::{command, run};
use crate::paths::{target_dir, workspace_root};

/// Which engines.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Engines {
    /// DuckDB, which tests ask.
    Oracle,
    /// ClickHouse (chDB) as well, some 600 MB, which only measurements ask.
    Peers,
}

impl Engines {
    /// The list of packages in `bench/peers/`.
    fn list(self) -> &'static str {
        match self {
            Self::Oracle => "oracle.txt",
            Self::Peers => "bench.txt",
        }
    }
}

/// Installs what is missing, and answers the environment's Python.
///
/// # Errors
/// Fails when there is no Python 3, or the packages cannot be installed; the message says what to do.
pub fn ensure(engines: Engines) -> Result<PathBuf> {
    let folder = target_dir()?.join("python");
    let python = folder.join("bin").join("python");
    let list = workspace_root()?.join("bench").join("peers").join(engines.list());
    let wanted = fs::read_to_string(&list).with_context(|| format!("{} cannot be read", list.display()))?;
    // What was installed stands beside it; another list is installed anew.
    let installed = folder.join(engines.list());
    if python.is_file() && fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    println!("setup: installing {} for Python into {}", engines.list(), folder.display());
    if !python.is_file() {
        let advice =
            "install Python 3 with its `venv` module (Debian: python3-venv), then run `cargo xtask setup` again";
        run(command("python3")?.args(["-m", "venv"]).arg(&folder), "make a Python environment").context(advice)?;
    }
    let mut pip = command(&python)?;
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&list);
    run(&mut pip, "pip install").context("see what pip says; without a network, nothing can be installed")?;
    fs::write(installed, wanted).context("what was installed cannot be noted")?;
    Ok(python)
}

//! Programs that PyPI distributes, each in an environment of its own below the target folder, by a list of exact versions.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command::{command, run};
use crate::paths::{target_dir, workspace_root};

/// A set of packages.
pub struct Packages {
    /// Names its folder.
    pub name: &'static str,
    /// Its list, from the workspace's root.
    pub requirements: &'static str,
    /// What it is for.
    pub purpose: &'static str,
}

/// The S3 server of the tests.
pub const S3: Packages = Packages {
    name: "s3",
    requirements: "events/tests/requirements.txt",
    purpose: "moto, an S3 server for the tests of segments in a bucket",
};

impl Packages {
    /// A program of the set.
    ///
    /// # Errors
    /// Fails outside of the workspace.
    pub fn program(&self, name: &str) -> Result<PathBuf> {
        Ok(self.folder()?.join("bin").join(name))
    }

    /// Installs the set when it is missing, or other than its list.
    ///
    /// # Errors
    /// Fails when it cannot be installed; the message says what to do.
    pub fn ensure(&self) -> Result<()> {
        let list = workspace_root()?.join(self.requirements);
        let wanted = fs::read_to_string(&list).with_context(|| format!("{}", list.display()))?;
        let folder = self.folder()?;
        let installed = folder.join("installed.txt");
        if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
            return Ok(());
        }
        println!("setup: installing Python packages by {} ({})", self.requirements, self.purpose);
        let advice = "install Python 3.10 or newer with venv and pip, then run `cargo xtask setup` again";
        let python = self.program("python")?;
        run(command("python3")?.args(["-m", "venv", "--clear"]).arg(&folder), "python3 -m venv").context(advice)?;
        let mut pip = std::process::Command::new(&python);
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"]);
        run(pip.arg(&list), "pip install").context(advice)?;
        Ok(fs::write(installed, wanted)?)
    }

    fn folder(&self) -> Result<PathBuf> {
        Ok(target_dir()?.join("tools").join(self.name))
    }
}

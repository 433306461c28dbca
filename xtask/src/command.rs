//! Starting other programs: a clean environment, and errors that say what was run.

use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::paths;

/// What an outer cargo exports and an inner one must not see, and what would change the flags of
/// a build behind its back.
const INHERITED: [&str; 9] = [
    "CARGO",
    "CARGO_BUILD_TARGET",
    "CARGO_ENCODED_RUSTFLAGS",
    "CARGO_MANIFEST_DIR",
    "RUSTC",
    "RUSTC_BOOTSTRAP",
    "RUSTDOC",
    "RUSTFLAGS",
    "RUSTUP_TOOLCHAIN",
];

/// A command at the workspace root, without the outer cargo's environment.
pub fn command(program: impl AsRef<Path>) -> Result<Command> {
    let mut command = Command::new(program.as_ref());
    command.current_dir(paths::workspace_root()?);
    for name in INHERITED {
        command.env_remove(name);
    }
    Ok(command)
}

/// `cargo`, found on PATH.
pub fn cargo() -> Result<Command> {
    command("cargo")
}

/// Runs a command with its output on the terminal; `purpose` stands in the error.
pub fn run(command: &mut Command, purpose: &str) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("{purpose}: {:?} cannot be started", command.get_program()))?;
    if !status.success() {
        bail!("{purpose}: {:?} ended with {status}", command.get_program());
    }
    Ok(())
}

/// Runs a command and returns what it printed on standard output.
pub fn output(command: &mut Command, purpose: &str) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("{purpose}: {:?} cannot be started", command.get_program()))?;
    if !output.status.success() {
        bail!("{purpose}: {:?} ended with {}", command.get_program(), output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("{purpose}: output is not UTF-8"))
}

/// Whether a program of this name is on PATH.
pub fn on_path(name: &str) -> Option<std::path::PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(name)).find(|file| file.is_file())
}

//! The tools that npm distributes: esbuild, terser, binaryen's wasm-opt, workerd, playwright-core, axe-core; and what the npm
//! package is tried with: publint, TypeScript, Vite, React, Vue.
//!
//! The programs are run from their packages' folders, so no install script has to run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::command::{command, output, run};
use crate::paths::workspace_root;

/// Lowest major version of Node: the tests' `playwright-core` needs it, and so does wasm-opt.
const NODE_MAJOR_MIN: u32 = 20;

/// Checks Node and installs the packages when they are missing or older than the lock file.
pub fn ensure() -> Result<()> {
    let root = workspace_root()?;
    let installed = modified(root.join("node_modules/.package-lock.json"));
    if installed.is_none() || installed < modified(root.join("package-lock.json")) {
        install()?;
    }
    // npm leaves out, without a word, what it takes to be made for another machine.
    esbuild()?;
    workerd()?;
    terser()?;
    wasm_opt().map(|_| ())
}

fn install() -> Result<()> {
    let advice = || format!("install Node {NODE_MAJOR_MIN} or newer with npm, then run `cargo xtask setup` again");
    let version = output(command("node")?.arg("--version"), "read the version of Node").with_context(advice)?;
    let major = version.trim().trim_start_matches('v').split('.').next().and_then(|major| major.parse().ok());
    if major.is_none_or(|major: u32| major < NODE_MAJOR_MIN) {
        bail!("Node {NODE_MAJOR_MIN} or newer is needed, found {}: {}", version.trim(), advice());
    }
    println!(
        "setup: installing npm packages by package-lock.json (esbuild, terser, wasm-opt, workerd; some 400 MB unpacked)"
    );
    run(command("npm")?.args(["ci", "--ignore-scripts"]), "npm ci").context("run `npm ci` and see what it says")
}

fn modified(file: PathBuf) -> Option<SystemTime> {
    fs::metadata(file).and_then(|metadata| metadata.modified()).ok()
}

/// The folder of the installed packages.
pub fn node_modules() -> Result<PathBuf> {
    Ok(workspace_root()?.join("node_modules"))
}

/// The workerd program (the Workers runtime).
///
/// # Errors
/// Fails when it is not installed or not made for this machine.
pub fn workerd() -> Result<PathBuf> {
    let machine = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "darwin-64",
        ("macos", "aarch64") => "darwin-arm64",
        other => return unsupported("workerd", other),
    };
    installed(&format!("@cloudflare/workerd-{machine}/bin/workerd"))
}

/// The esbuild program.
///
/// # Errors
/// Fails when it is not installed or not made for this machine.
pub fn esbuild() -> Result<PathBuf> {
    let machine = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "x86_64") => "darwin-x64",
        ("macos", "aarch64") => "darwin-arm64",
        other => return unsupported("esbuild", other),
    };
    installed(&format!("@esbuild/{machine}/bin/esbuild"))
}

/// A command that runs wasm-opt, which is a program for Node.
///
/// # Errors
/// Fails when it is not installed.
pub fn wasm_opt() -> Result<Command> {
    by_node("binaryen/bin/wasm-opt")
}

/// A command that runs terser, which is a program for Node.
///
/// # Errors
/// Fails when it is not installed.
pub fn terser() -> Result<Command> {
    by_node("terser/bin/terser")
}

fn by_node(file: &str) -> Result<Command> {
    let mut node = command("node")?;
    node.arg(installed(file)?);
    Ok(node)
}

fn installed(file: &str) -> Result<PathBuf> {
    let path = node_modules()?.join(file);
    if !path.is_file() {
        bail!("node_modules/{file} is missing: delete node_modules and run `cargo xtask setup`");
    }
    Ok(path)
}

fn unsupported(tool: &str, (system, processor): (&str, &str)) -> Result<PathBuf> {
    bail!("{tool} is not set up for {system} on {processor}: use Linux or macOS (on Windows, WSL)")
}

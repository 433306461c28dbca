//! The Rust side: version, WebAssembly target, library sources.

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::command::{command, on_path, output, run};

/// Lowest minor version of Rust 1 that builds the workspace (`rust-version` in `Cargo.toml`).
const MINOR_VERSION_MIN: u32 = 95;

/// Checks the compiler and adds what it lacks by rustup.
pub fn ensure() -> Result<()> {
    let version =
        output(command("rustc")?.arg("--version"), "read the version of Rust").context("install Rust with rustup")?;
    if minor_version(&version).is_none_or(|minor| minor < MINOR_VERSION_MIN) {
        bail!("Rust 1.{MINOR_VERSION_MIN} or newer is needed, found {}: run `rustup update stable`", version.trim());
    }
    let sysroot = output(command("rustc")?.args(["--print", "sysroot"]), "find the Rust libraries")?;
    let rustlib = Path::new(sysroot.trim()).join("lib/rustlib");
    if !rustlib.join("wasm32-unknown-unknown/lib").is_dir() {
        println!("setup: adding the WebAssembly target to Rust (SDK, edge and dashboard are built for it)");
        rustup(["target", "add", "wasm32-unknown-unknown"])?;
    }
    if !rustlib.join("src/rust/library/Cargo.toml").is_file() {
        println!("setup: adding the library sources of Rust (SDK and edge rebuild them with their own flags)");
        rustup(["component", "add", "rust-src"])?;
    }
    Ok(())
}

fn rustup<const N: usize>(arguments: [&str; N]) -> Result<()> {
    let by_hand = format!("run `rustup {}`, then `cargo xtask setup` again", arguments.join(" "));
    if on_path("rustup").is_none() {
        bail!("rustup is not on PATH: install it, {by_hand}");
    }
    run(command("rustup")?.args(arguments), "rustup").context(by_hand)
}

/// The minor number in `rustc 1.95.0 (…)`; nothing for another major version.
fn minor_version(version: &str) -> Option<u32> {
    let number = version.split_whitespace().nth(1)?;
    let mut parts = number.split('.');
    (parts.next()? == "1").then_some(())?;
    parts.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::minor_version;

    #[test]
    fn reads_the_minor_version() {
        assert_eq!(minor_version("rustc 1.95.0 (abc 2026-01-01)"), Some(95));
        assert_eq!(minor_version("rustc 1.97.0-nightly (abc)"), Some(97));
        assert_eq!(minor_version("rustc 2.0.0"), None);
        assert_eq!(minor_version(""), None);
    }
}

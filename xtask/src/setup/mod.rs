//! `cargo xtask setup`: what a fresh machine lacks, installed; nothing when it is all there.
//!
//! | need | tools | from |
//! |---|---|---|
//! | build | the wasm32 target and the library sources of the installed Rust | rustup |
//! | build | make | the system's packages |
//! | build | esbuild, wasm-opt, workerd; for tests, frameworks | npm, by `package-lock.json` |
//! | test | Chromium | `CHROME_PATH`, PATH, or the system's packages |
//! | test | Umami's tracker | npm, by its hash |
//! | test | an S3 server | PyPI, by `events/tests/requirements.txt` |
//! | test | DuckDB, the scan engine's oracle | PyPI, by `bench/peers/oracle.txt` |

pub mod browser;
pub mod packages;
pub mod python;
mod rust;
mod system;
pub mod trackers;

use std::time::Instant;

use anyhow::Result;
use clap::Args;

/// Arguments of `cargo xtask setup`.
#[derive(Args)]
pub struct SetupArguments {
    /// Only what building and running need: no browser.
    #[arg(long)]
    build_only: bool,
}

/// What the tools are wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// `build` and `up`.
    Build,
    /// `test`: a browser and servers to test against as well.
    Test,
}

/// Installs what is missing and says where things stand.
///
/// # Errors
/// Fails when something is missing and cannot be installed; the message says what to do.
pub fn run(arguments: &SetupArguments) -> Result<()> {
    let started = Instant::now();
    let need = if arguments.build_only { Need::Build } else { Need::Test };
    ensure(need)?;
    println!("setup: complete ({:.1} s)", started.elapsed().as_secs_f64());
    Ok(())
}

/// Installs what `need` lacks; silent and quick when nothing does.
///
/// # Errors
/// Fails when something is missing and cannot be installed; the message says what to do.
pub fn ensure(need: Need) -> Result<()> {
    rust::ensure()?;
    system::ensure_make()?;
    packages::ensure()?;
    match need {
        Need::Build => Ok(()),
        Need::Test => {
            browser::ensure()?;
            trackers::UMAMI.ensure()?;
            python::S3.ensure()?;
            python::ORACLE.ensure()
        }
    }
}

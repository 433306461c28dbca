//! `cargo xtask fuzz`: hostile bytes for every decoder. `cargo xtask test` runs the same targets short.

use anyhow::Result;
use clap::Args;

use crate::command::{cargo, run as run_command};

/// Arguments of `cargo xtask fuzz`.
#[derive(Args)]
pub struct FuzzArguments {
    /// Mutations of each target's corpus.
    #[arg(long, default_value_t = 1_000_000)]
    runs: u64,
    /// Number of the first: a run's input follows from its number; with `--runs 1`, that one alone again.
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// Only this target.
    #[arg(long)]
    target: Option<String>,
}

/// Runs the targets, optimised, and prints what each was given and what it cost.
///
/// # Errors
/// Fails where a promise does not hold, and prints the number of the run and its input.
pub fn run(arguments: &FuzzArguments) -> Result<()> {
    let mut tests = cargo()?;
    tests.args(["test", "--profile", "fuzz", "-p", "tidemark-fuzz", "--test", "targets", "--"]);
    tests.args(arguments.target.iter().flat_map(|name| [name.as_str(), "--exact"]));
    tests
        .args(["--nocapture", "--test-threads=1"])
        .env("FUZZ_RUNS", arguments.runs.to_string())
        .env("FUZZ_FIRST", arguments.first.to_string());
    run_command(&mut tests, "fuzzing")
}

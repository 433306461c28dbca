//! `cargo xtask sim`: the delta protocol under simulated faults, seed after seed.

use anyhow::Result;
use clap::Args;

use crate::command::{cargo, run as run_command};

/// Arguments of `cargo xtask sim`.
#[derive(Args)]
pub struct SimArguments {
    /// Seeds to run, 400 operations each.
    #[arg(long, default_value_t = 10_000)]
    seeds: u64,
    /// The first seed; with `--seeds 1`, that one alone again.
    #[arg(long, default_value_t = 0)]
    first: u64,
}

/// Runs the seeds and prints what they tried.
///
/// # Errors
/// Fails at the first seed that loses or doubles an event, and prints its history.
pub fn run(arguments: &SimArguments) -> Result<()> {
    run_command(
        cargo()?
            .args(["test", "--release", "-p", "tidemark-domain", "--test", "simulation", "--", "--nocapture"])
            .env("SIM_SEEDS", arguments.seeds.to_string())
            .env("SIM_FIRST", arguments.first.to_string()),
        "the simulation",
    )
}

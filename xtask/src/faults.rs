//! `cargo xtask faults`: the fault tests, as long as one likes. `cargo xtask test` runs the same ones short.

use anyhow::Result;
use clap::{Args, ValueEnum};
use e2e::effort;

use crate::build::{self, Effort, Part};
use crate::command::run as run_command;
use crate::setup::{self, Need};
use crate::test::whole_product;

/// Arguments of `cargo xtask faults`.
#[derive(Args)]
pub struct FaultsArguments {
    /// Kills of the edge, and as many of the aggregator; a fifth as many of both, of orderly ends and of pauses.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    kills: u32,
    /// Seed of the waits between them: the same one waits as long before each.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seconds in which nothing passes between edge and aggregator.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    partition: u64,
}

/// Builds, and kills, ends, pauses and cuts off under load; prints what became of every acknowledged event.
///
/// # Errors
/// Fails when an event is lost or doubled, or somebody was held up.
pub fn run(arguments: &FaultsArguments) -> Result<()> {
    setup::ensure(Need::Test)?;
    build::build(Part::value_variants(), Effort::Full)?;
    let mut tests = whole_product(&["--test", "faults", "--test", "network"])?;
    tests
        .env(effort::KILLS, arguments.kills.to_string())
        .env(effort::SEED, arguments.seed.to_string())
        .env(effort::PARTITION_SECONDS, arguments.partition.to_string());
    run_command(&mut tests, "fault tests")
}

//! `cargo xtask abuse`: hostile requests to the real edge and aggregator, as many as one likes. `cargo xtask test` sends
//! the same ones, fewer.

use anyhow::Result;
use clap::{Args, ValueEnum};
use e2e::effort;

use crate::build::{self, Effort, Part};
use crate::command::run as run_command;
use crate::setup::{self, Need};
use crate::test::whole_product;

/// Arguments of `cargo xtask abuse`.
#[derive(Args)]
pub struct AbuseArguments {
    /// Hostile requests.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(3..))]
    attacks: u64,
    /// Seed of them all: the same one sends the same.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Builds, attacks, and prints what became of every kind of request and of the traffic beside it.
///
/// # Errors
/// Fails when something malformed is not refused, when memory grows, or when an event of others is lost or doubled.
pub fn run(arguments: &AbuseArguments) -> Result<()> {
    setup::ensure(Need::Test)?;
    build::build(Part::value_variants(), Effort::Full)?;
    let mut tests = whole_product(&["--test", "abuse"])?;
    tests.env(effort::ATTACKS, arguments.attacks.to_string()).env(effort::SEED, arguments.seed.to_string());
    run_command(&mut tests, "abuse tests")
}

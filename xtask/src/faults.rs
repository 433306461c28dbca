//! `cargo xtask faults`: the fault tests, as long as one likes. `cargo xtask test` runs the same ones short.

use std::fs;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use e2e::{effort, summary};

use crate::build::{self, Effort, Part};
use crate::command::run as run_command;
use crate::paths;
use crate::setup::{self, Need};
use crate::test::whole_product;

/// Arguments of `cargo xtask faults`.
#[derive(Args)]
pub struct FaultsArguments {
    /// Kills of the edge, and as many of the aggregator; a quarter as many of both at once, a fifth as many orderly
    /// ends and pauses.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    kills: u32,
    /// Seed of the waits between them: the same one waits as long before each.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Seconds in which nothing passes between edge and aggregator.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..))]
    partition: u64,
    /// Frames that arrive in disorder, one to five times each.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(640..))]
    frames: u32,
    /// Times that each disk becomes full.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    disks: u32,
    /// Steps at which each process is ended; 0 for every single one.
    #[arg(long, default_value_t = 0)]
    steps: u32,
    /// Only these kinds of fault; all, if none is named.
    #[arg(long, value_delimiter = ',')]
    only: Vec<Kind>,
}

/// A kind of fault; each is a test program.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Kills, orderly ends and pauses at random instants.
    Kills,
    /// An end before and within every step towards disk and network.
    Steps,
    /// Commands that look after a ledger, and its migration, ended before and within every step.
    Upkeep,
    /// A broken network, a partition at last.
    Network,
    /// Frames in disorder.
    Frames,
    /// Full disks.
    Disks,
    /// Pages that keep their events, reloaded, closed and without an answer, while the edge is killed.
    Pages,
}

impl Kind {
    fn test(self) -> &'static str {
        match self {
            Self::Kills => "faults",
            Self::Steps => "crash",
            Self::Upkeep => "upkeep",
            Self::Network => "network",
            Self::Frames => "shuffle",
            Self::Disks => "disk",
            Self::Pages => "sdk",
        }
    }
}

/// Builds, does all that, and prints what became of every acknowledged event.
///
/// # Errors
/// Fails when an event is lost or doubled, or somebody was held up.
pub fn run(arguments: &FaultsArguments) -> Result<()> {
    setup::ensure(Need::Test)?;
    build::build(Part::value_variants(), Effort::Full)?;
    let kinds = if arguments.only.is_empty() { Kind::value_variants() } else { &arguments.only };
    let tests: Vec<&str> = kinds.iter().flat_map(|kind| ["--test", kind.test()]).collect();
    let mut command = whole_product(&[&["--no-fail-fast"], tests.as_slice()].concat())?;
    let staging = paths::staging_dir("faults")?;
    fs::create_dir_all(&staging).with_context(|| format!("{} cannot be made", staging.display()))?;
    let rows = staging.join("summary.jsonl");
    fs::write(&rows, "").with_context(|| format!("{} cannot be written", rows.display()))?;
    command
        .env(summary::SUMMARY, &rows)
        .env(effort::KILLS, arguments.kills.to_string())
        .env(effort::SEED, arguments.seed.to_string())
        .env(effort::PARTITION_SECONDS, arguments.partition.to_string())
        .env(effort::FRAMES, arguments.frames.to_string())
        .env(effort::DISK_ROUNDS, arguments.disks.to_string())
        .env(effort::CRASH_POINTS, arguments.steps.to_string());
    let result = run_command(&mut command, "fault tests");
    println!("{}", summary::table(&rows)?);
    result
}

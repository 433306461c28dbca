//! `cargo xtask bench`: what the product does on this machine, in figures. Nothing passes or fails by speed.

use std::time::Duration;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use e2e::bench::table::tables;
use e2e::bench::{self, Plan};

use crate::build::{self, Effort, Part};
use crate::up;

/// Arguments of `cargo xtask bench`.
#[derive(Args)]
pub struct BenchArguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Durable ingest through one workerd process.
    Edge(EdgeArguments),
}

#[derive(Args)]
struct EdgeArguments {
    /// Seconds of each of the three rounds of a size.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    seconds: u64,
    /// Connections at once.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1024))]
    connections: u32,
    /// Events in a request, one measurement each.
    #[arg(long, value_delimiter = ',', default_values_t = [1, 20, 100, 500],
        value_parser = clap::value_parser!(u32).range(1..=500))]
    events: Vec<u32>,
}

/// Builds, measures and prints a table.
///
/// # Errors
/// Fails when a part does not come up, or an acknowledged event is not counted exactly once.
pub fn run(arguments: &BenchArguments) -> Result<()> {
    let What::Edge(edge) = &arguments.what;
    build::build(Part::value_variants(), Effort::Full)?;
    let artifacts = up::artifacts()?;
    let plan = Plan { round: Duration::from_secs(edge.seconds), connections: edge.connections as usize };
    println!(
        "{} connections, closed loop; the median of {} rounds of {} s each",
        plan.connections,
        bench::ROUNDS,
        edge.seconds
    );
    let floor = bench::floor(&artifacts, &plan)?;
    let mut sizes = Vec::new();
    for events in &edge.events {
        println!("{events} events a request …");
        sizes.push(bench::ingest(&artifacts, &plan, *events as usize)?);
    }
    println!("\n{}", tables(&floor, &sizes));
    println!("Every acknowledged event was counted, once.");
    Ok(())
}

//! Tidemark's only entry for people and for CI: `cargo xtask <command>`.
//!
//! One variant of [`Task`] and one module per command. A command prints what it does and why, and
//! when it fails the message names the one thing to do.

mod abuse;
mod bench;
mod build;
mod command;
mod faults;
mod fuzz;
mod lists;
mod paths;
mod setup;
mod sim;
mod size;
mod test;
mod tidy;
mod up;

use clap::{Parser, Subcommand};

/// Everything Tidemark needs to be built, tried and checked.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

/// The commands.
#[derive(Subcommand)]
enum Task {
    /// Install what building (and testing) needs; does nothing when it is all there.
    Setup(setup::SetupArguments),
    /// Build the SDK, the edge worker, the dashboard and the aggregator that serves them.
    Build(build::BuildArguments),
    /// Run the whole product here and print its links.
    Up(up::UpArguments),
    /// Run every test: unit, property, browser, fault.
    Test(test::TestArguments),
    /// Run the fault tests long: kills, pauses, a broken network, under load.
    Faults(faults::FaultsArguments),
    /// Send hostile requests to edge and aggregator, beside traffic that must not notice.
    Abuse(abuse::AbuseArguments),
    /// Give hostile bytes to every decoder.
    Fuzz(fuzz::FuzzArguments),
    /// Measure what the product does on this machine.
    Bench(bench::BenchArguments),
    /// Write the lists of traffic sources and of bots anew, from their npm packages.
    Lists,
    /// Run the delta protocol under simulated faults, seed after seed.
    Sim(sim::SimArguments),
    /// Print the sizes of what is shipped and compare them with `size-budget.toml` and with other products'.
    Size(size::SizeArguments),
    /// Check the rules of the architecture, and formatting.
    Tidy,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Setup(arguments) => setup::run(&arguments),
        Task::Build(arguments) => build::run(&arguments),
        Task::Up(arguments) => up::run(&arguments),
        Task::Test(arguments) => test::run(&arguments),
        Task::Faults(arguments) => faults::run(&arguments),
        Task::Abuse(arguments) => abuse::run(&arguments),
        Task::Fuzz(arguments) => fuzz::run(&arguments),
        Task::Bench(arguments) => bench::run(&arguments),
        Task::Lists => lists::run(),
        Task::Sim(arguments) => sim::run(&arguments),
        Task::Size(arguments) => size::run(&arguments),
        Task::Tidy => tidy::run(),
    }
}

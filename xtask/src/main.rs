//! Tidemark's only entry for people and for CI: `cargo xtask <command>`.
//!
//! One variant of [`Task`] and one module per command. A command prints what it does and why, and
//! when it fails the message names the one thing to do.

mod build;
mod command;
mod paths;
mod setup;
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
    /// Print the sizes of what is shipped and compare them with `size-budget.toml`.
    Size,
    /// Check the rules of the architecture, and formatting.
    Tidy,
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Setup(arguments) => setup::run(&arguments),
        Task::Build(arguments) => build::run(&arguments),
        Task::Up(arguments) => up::run(&arguments),
        Task::Test(arguments) => test::run(&arguments),
        Task::Size => size::run(),
        Task::Tidy => tidy::run(),
    }
}

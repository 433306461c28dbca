//! `cargo xtask bench`: what the product does on this machine, in figures. Nothing passes or fails by speed.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use e2e::bench::table::tables;
use e2e::bench::{self, Plan};

use crate::build::{self, Effort, Part};
use crate::command::{cargo, command, run as run_command};
use crate::paths::{self, target_dir};
use crate::setup::{browser, python, trackers};
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
    /// How exact, small and fast the sketch is, beside crate `hyperloglog`; fails when it is less exact than stated.
    Sketch(RulesArguments),
    /// What an event costs in the rules, stage by stage.
    Core(RulesArguments),
    /// How many events a second the aggregator takes in, durably: counters alone, and with single events.
    Intake(RulesArguments),
    /// How many events become one row, and how many bytes travel for an event.
    Ratio(RulesArguments),
    /// How late thousands of clients of live streams see what was counted, and what they cost.
    Live(RulesArguments),
    /// What questions cost that are answered from single events, beside DuckDB and ClickHouse (chDB); fails when an
    /// answer differs.
    Query(RulesArguments),
    /// What funnels and retention cost, beside DuckDB and ClickHouse (chDB); fails when a number differs.
    Analyses(RulesArguments),
    /// What a dashboard's panels take by the whole path, a server over HTTP, beside DuckDB and ClickHouse (chDB); fails
    /// when an answer differs.
    Panels(RulesArguments),
    /// What the dashboard loads, how soon it answers a person with ten million events behind it, and whether its memory stays
    /// as it is while it is left open, in Chromium; fails when a page has an error, and when WebAssembly's memory grows.
    Dashboard(RulesArguments),
    /// What the script costs the page that it is on, in Chromium, beside trackers of other products; fails when an event
    /// is lost or comes twice.
    Sdk(SdkArguments),
    /// 500 random questions answered from single events, held against DuckDB; fails when an answer differs.
    Oracle(RulesArguments),
}

/// What measures the rules alone is a program of its own, `bench/`, built in release.
#[derive(Args)]
struct RulesArguments {
    /// Arguments of the measurement; `--help` names them.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
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

#[derive(Args)]
struct SdkArguments {
    /// How often each kind of page is opened; the tables have the medians.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Calls of `track` in a page, measured one by one, and as many again in bursts.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(200..=100_000))]
    calls: u32,
    /// Events after which a page's memory is measured for the last time.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(1000..=10_000_000))]
    events: u32,
}

/// Builds, measures and prints tables.
///
/// # Errors
/// Fails when a part does not come up, or what must hold at any speed does not.
pub fn run(arguments: &BenchArguments) -> Result<()> {
    match &arguments.what {
        What::Edge(arguments) => edge(arguments),
        What::Sketch(arguments) => rules("sketch", arguments),
        What::Core(arguments) => rules("core", arguments),
        What::Intake(arguments) => intake(arguments),
        What::Ratio(arguments) => rules("ratio", arguments),
        What::Live(arguments) => live(arguments),
        What::Query(arguments) => query("query", arguments),
        What::Analyses(arguments) => query("analyses", arguments),
        What::Panels(arguments) => panels(arguments),
        What::Dashboard(arguments) => dashboard(arguments),
        What::Sdk(arguments) => sdk(arguments),
        What::Oracle(arguments) => oracle(arguments),
    }
}

fn rules(name: &str, arguments: &RulesArguments) -> Result<()> {
    run_command(program(name)?.args(&arguments.rest), "the measurement")
}

fn program(name: &str) -> Result<Command> {
    let mut cargo = cargo()?;
    cargo.args(["run", "--quiet", "--release", "-p", "tidemark-bench", "--", name]);
    Ok(cargo)
}

/// What is asked of events that are kept below the target folder, for the next time.
fn query(name: &str, arguments: &RulesArguments) -> Result<()> {
    python::PEERS.ensure()?;
    let python = python::PEERS.program("python")?;
    let folder = target_dir()?.join("query");
    let mut program = program(name)?;
    program.arg("--python").arg(python).arg("--folder").arg(folder);
    run_command(program.args(&arguments.rest), "the measurement")
}

/// The events are kept below the target folder, for the next time.
fn panels(arguments: &RulesArguments) -> Result<()> {
    python::PEERS.ensure()?;
    build::build(&[Part::Aggregator], Effort::Full)?;
    let artifacts = up::artifacts()?;
    let mut program = program("panels")?;
    program.arg("--python").arg(python::PEERS.program("python")?).arg("--folder").arg(target_dir()?.join("query"));
    program.args(&arguments.rest).env(e2e::artifacts::TIDEMARK, artifacts.tidemark);
    run_command(&mut program, "the measurement")
}

/// The events are kept below the target folder, for the next time.
fn dashboard(arguments: &RulesArguments) -> Result<()> {
    build::build(Part::value_variants(), Effort::Full)?;
    browser::ensure()?;
    let artifacts = up::artifacts()?;
    let mut program = program("dashboard")?;
    program.arg("--folder").arg(target_dir()?.join("query"));
    program.arg("--scripts").arg(paths::workspace_root()?.join("e2e/browser"));
    program
        .args(&arguments.rest)
        .env(e2e::artifacts::TIDEMARK, artifacts.tidemark)
        .env(e2e::artifacts::WORKERD, artifacts.workerd)
        .env(e2e::artifacts::EDGE, artifacts.edge_dir)
        .env("CHROME_PATH", browser::chromium()?);
    run_command(&mut program, "the measurement")
}

/// The pages and what measures them are scripts for Node, as the browser tests are.
fn sdk(arguments: &SdkArguments) -> Result<()> {
    build::build(&[Part::Sdk], Effort::Full)?;
    browser::ensure()?;
    for package in [trackers::UMAMI, trackers::POSTHOG] {
        package.ensure()?;
    }
    let mut node = command("node")?;
    node.current_dir(paths::workspace_root()?.join("e2e"))
        .arg("browser/bench/sdk.mjs")
        .env("CHROME_PATH", browser::chromium()?)
        .env("SDK_DIR", paths::dist_dir()?.join("sdk"))
        .env("UMAMI_TRACKER", trackers::UMAMI.path(trackers::UMAMI_FILE)?)
        .env("POSTHOG_TRACKER", trackers::POSTHOG.path(trackers::POSTHOG_FILE)?)
        .env("ROUNDS", arguments.rounds.to_string())
        .env("CALLS", arguments.calls.to_string())
        .env("EVENTS", arguments.events.to_string());
    run_command(&mut node, "the measurement")
}

fn oracle(arguments: &RulesArguments) -> Result<()> {
    python::ORACLE.ensure()?;
    run_command(
        program("oracle")?.arg("--python").arg(python::ORACLE.program("python")?).args(&arguments.rest),
        "the oracle",
    )
}

/// The clients are a program of their own beside the server, which needs neither SDK nor dashboard for them.
fn live(arguments: &RulesArguments) -> Result<()> {
    let mut build = cargo()?;
    build.args(["build", "--release", "--package", "tidemark-aggregator"]);
    let dist = paths::dist_dir()?;
    if dist.join("dashboard").is_dir() && dist.join("sdk").is_dir() {
        build.env("TIDEMARK_ASSETS_DIR", dist);
    }
    run_command(&mut build, "cargo build")?;
    let program = ["run", "--quiet", "--release", "-p", "tidemark-bench", "--", "live", "--tidemark"];
    let mut measurement = cargo()?;
    measurement.args(program).arg(paths::aggregator_program()?).args(&arguments.rest);
    run_command(&mut measurement, "the measurement")
}

fn intake(arguments: &RulesArguments) -> Result<()> {
    build::build(&[Part::Aggregator], Effort::Full)?;
    let artifacts = up::artifacts()?;
    let program = ["run", "--quiet", "--release", "-p", "tidemark-bench", "--", "intake"];
    let mut command = cargo()?;
    command.args(program).args(&arguments.rest).env(e2e::artifacts::TIDEMARK, artifacts.tidemark);
    run_command(&mut command, "the measurement")
}

fn edge(edge: &EdgeArguments) -> Result<()> {
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

//! `cargo xtask test`: everything that can be checked, in the order in which it fails fastest.

use std::process::Command;
use std::time::Instant;

use anyhow::Result;
use clap::{Args, ValueEnum};
use e2e::artifacts;

use crate::build::{self, Effort, Part};
use crate::command::{cargo, run as run_command};
use crate::setup::{self, Need, trackers};
use crate::size::{self, SizeArguments};
use crate::{paths, tidy, up};

/// Arguments of `cargo xtask test`.
#[derive(Args)]
pub struct TestArguments {
    /// Only the tests of single crates: no browser, no processes.
    #[arg(long)]
    quick: bool,
}

/// Crates that are linted as what they are built for; those that stand together share their dependencies.
const WASM_CRATES: [&[&str]; 3] = [&["tidemark-sdk"], &["tidemark-edge"], &["tidemark-dashboard", "leptos-example"]];

/// Random questions that the scan engine and DuckDB are asked; `cargo xtask bench oracle` asks 500.
const ORACLE_QUESTIONS: u32 = 100;

/// Sets up what is missing, builds, and runs every test.
///
/// # Errors
/// Fails at the first step that fails.
pub fn run(arguments: &TestArguments) -> Result<()> {
    step("tools", || setup::ensure(if arguments.quick { Need::Build } else { Need::Test }))?;
    step("tidy", tidy::run)?;
    step("unit and property tests", || {
        run_command(
            cargo()?.args(["test", "--workspace", "--exclude", "tidemark-e2e", "--exclude", "tidemark-edge"]),
            "unit tests",
        )
    })?;
    if arguments.quick {
        return Ok(());
    }
    step("tests against an S3 server", || {
        let mut tests = cargo()?;
        tests.args(["test", "-p", "tidemark-events", "-p", "tidemark-aggregator", "--test", "bucket"]);
        run_command(tests.env("MOTO_SERVER", setup::python::S3.program("moto_server")?), "bucket tests")
    })?;
    step("the scan engine against DuckDB", || oracle(ORACLE_QUESTIONS))?;
    step("lints", lint)?;
    step("build", || build::build(Part::value_variants(), Effort::Full))?;
    step("sizes", || size::run(&SizeArguments::OURS))?;
    step("browser and fault tests", || run_command(&mut whole_product(&[])?, "whole-product tests"))
}

/// Holds the scan engine against DuckDB.
///
/// # Errors
/// Fails when their answers differ; the message has the question.
pub fn oracle(questions: u32) -> Result<()> {
    setup::python::ORACLE.ensure()?;
    let python = setup::python::ORACLE.program("python")?;
    let mut program = cargo()?;
    program.args(["run", "--quiet", "-p", "tidemark-bench", "--", "oracle", "--python"]).arg(python);
    run_command(program.args(["--questions", &questions.to_string()]), "the oracle")
}

fn lint() -> Result<()> {
    let deny = ["--", "-D", "warnings"];
    run_command(cargo()?.args(["clippy", "--all-targets", "-p", "tidemark-e2e"]).args(native()).args(deny), "clippy")?;
    // One by one: together, their dependencies would be built with the features of all.
    for names in WASM_CRATES {
        let mut wasm = cargo()?;
        wasm.args(["clippy", "--target", "wasm32-unknown-unknown"]).args(names.iter().flat_map(|name| ["-p", name]));
        run_command(wasm.args(deny), "clippy for wasm")?;
    }
    Ok(())
}

/// Real browser, real workerd, real aggregator. One at a time: they measure, and they kill.
///
/// # Errors
/// Fails when a part is not built or Chromium is missing.
pub fn whole_product(tests: &[&str]) -> Result<Command> {
    let built = up::artifacts()?;
    let mut command = cargo()?;
    command
        .args(["test", "-p", "tidemark-e2e"])
        .args(tests)
        .args(["--", "--test-threads=1", "--nocapture"])
        .env(artifacts::TIDEMARK, built.tidemark)
        .env(artifacts::WORKERD, built.workerd)
        .env(artifacts::EDGE, built.edge_dir)
        .env(artifacts::SDK, paths::dist_dir()?.join("sdk"))
        .env(artifacts::PACKAGES, paths::dist_dir()?.join("packages"))
        .env("UMAMI_TRACKER", trackers::UMAMI.path(trackers::UMAMI_FILE)?)
        .env("CHROME_PATH", setup::browser::chromium()?);
    Ok(command)
}

fn native() -> impl Iterator<Item = &'static str> {
    let all = [
        "tidemark-wire",
        "tidemark-domain",
        "tidemark-events",
        "tidemark-demo",
        "tidemark-fuzz",
        "tidemark-aggregator",
        "tidemark-client",
        "tidemark-bench",
        "xtask",
    ];
    all.into_iter().flat_map(|name| ["-p", name])
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("── {name}");
    let begun = Instant::now();
    work()?;
    println!("── {name}: done in {:.0} s\n", begun.elapsed().as_secs_f64());
    Ok(())
}

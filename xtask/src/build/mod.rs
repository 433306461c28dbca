//! `cargo xtask build`: everything that is shipped, each part skipped when its inputs are unchanged.
//!
//! | part | how | result below `<target>/dist` |
//! |---|---|---|
//! | `sdk` | no_std, library rebuilt for size, wasm-bindgen, wasm-opt, names minified, esbuild, names with content hashes | `sdk/tidemark.js`, and what it loads |
//! | `packages` | the npm package, with `sdk`'s scripts as one file of it | `packages/web/` |
//! | `edge` | with `sdk` inside; library rebuilt with unwinding, wasm-bindgen, wasm-opt, esbuild | `edge/index.js`, `edge/index_bg.wasm` |
//! | `dashboard` | wasm-bindgen, wasm-opt, esbuild, names with content hashes | `dashboard/` |
//! | `aggregator` | native, with `sdk` and `dashboard` inside | `<target>/release/tidemark` |
//!
//! wasm-bindgen runs as a library, so its version can not differ from the one in `Cargo.lock`.

mod aggregator;
mod bindings;
mod compress;
mod dashboard;
mod edge;
mod names;
mod packages;
mod sdk;
mod split;
mod stamp;
mod unhashed;
mod wasm;

use std::time::Instant;

use anyhow::{Context, Result};
use clap::{Args, ValueEnum};

use crate::setup::{self, Need};

pub use bindings::bundle;
pub use compress::{add_siblings, brotli, gzip};
pub use dashboard::PART as LATER_PART;

/// Arguments of `cargo xtask build`.
#[derive(Args)]
pub struct BuildArguments {
    /// Build one part alone.
    #[arg(long)]
    only: Option<Part>,
    /// Skip wasm-opt for the edge and the dashboard: larger files, ready sooner.
    #[arg(long)]
    fast: bool,
}

/// The parts that are shipped, in the order in which they are built.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The tracking SDK.
    Sdk,
    /// The npm package.
    Packages,
    /// The Cloudflare Worker.
    Edge,
    /// The dashboard.
    Dashboard,
    /// The server, with the SDK and the dashboard inside.
    Aggregator,
}

/// Whether wasm-opt runs where it can be left out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// What is shipped.
    Full,
    /// What is tried out.
    Fast,
}

/// What a build step did.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The result was made anew.
    Built,
    /// The inputs were unchanged.
    UpToDate,
}

/// Runs the command.
///
/// # Errors
/// Fails when a tool is missing or a step fails; the message names the step.
pub fn run(arguments: &BuildArguments) -> Result<()> {
    let effort = if arguments.fast { Effort::Fast } else { Effort::Full };
    match arguments.only {
        Some(part) => build(&[part], effort),
        None => build(Part::value_variants(), effort),
    }
}

/// Builds these parts in this order, after making sure that the tools are there.
///
/// # Errors
/// Fails when a tool is missing or a step fails; the message names the part.
pub fn build(parts: &[Part], effort: Effort) -> Result<()> {
    setup::ensure(Need::Build)?;
    for part in parts {
        let started = Instant::now();
        let (name, outcome) = match part {
            Part::Sdk => ("sdk", sdk::build()),
            Part::Packages => ("packages", packages::build()),
            Part::Edge => ("edge", edge::build(effort)),
            Part::Dashboard => ("dashboard", dashboard::build(effort)),
            Part::Aggregator => ("aggregator", aggregator::build()),
        };
        let outcome = outcome.with_context(|| format!("building the {name} failed"))?;
        let word = match outcome {
            Outcome::Built => "built",
            Outcome::UpToDate => "up to date",
        };
        println!("{name}: {word} ({:.1} s)", started.elapsed().as_secs_f64());
    }
    Ok(())
}

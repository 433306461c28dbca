//! What is measured by a program of its own, on this machine: the rules alone, without process, network and disk; the scan
//! engine beside its peers; and the server's live streams, intake and dashboard, with all of them.
//!
//! `cargo xtask bench sketch|core|ratio|query|analyses|panels|dashboard|live|intake` runs this program in release. It prints tables in Markdown as they stand in
//! `docs/benchmarks.md`. Nothing fails by speed; what must hold (errors of the sketch, exact sums) fails the command.
#![forbid(unsafe_code)]

mod analyses;
mod core;
mod dashboard;
mod events;
mod intake;
mod live;
mod oracle;
mod panels;
mod query;
mod ratio;
mod sketch;
mod stored;
mod table;
mod timing;

use anyhow::Result;
use clap::Parser;

/// What is measured.
#[derive(Parser)]
enum Task {
    /// How exact, small and fast the sketch is, beside crate `hyperloglog`.
    Sketch(sketch::Arguments),
    /// What an event costs, stage by stage.
    Core(core::Arguments),
    /// What questions cost that are answered from single events, beside DuckDB and ClickHouse (chDB).
    Query(query::Arguments),
    /// What questions about people cost, beside DuckDB and ClickHouse (chDB).
    Analyses(analyses::Arguments),
    /// What a dashboard's panels take by the whole path: a server over HTTP, beside DuckDB and ClickHouse (chDB).
    Panels(panels::Arguments),
    /// What the dashboard loads, how soon it answers a person, and whether its memory stays as it is.
    Dashboard(dashboard::Arguments),
    /// Random questions answered from single events, held against DuckDB.
    Oracle(oracle::Arguments),
    /// How many events become one row, and how many bytes travel for an event.
    Ratio,
    /// How many events a second an aggregator takes in, durably.
    Intake(intake::Arguments),
    /// How late the clients of live streams see what was counted.
    Live(live::Arguments),
}

fn main() -> Result<()> {
    match Task::parse() {
        Task::Sketch(arguments) => sketch::run(&arguments),
        Task::Core(arguments) => core::run(&arguments),
        Task::Query(arguments) => query::run(&arguments),
        Task::Analyses(arguments) => analyses::run(&arguments),
        Task::Panels(arguments) => panels::run(&arguments),
        Task::Dashboard(arguments) => dashboard::run(&arguments),
        Task::Oracle(arguments) => oracle::run(&arguments),
        Task::Ratio => ratio::run(),
        Task::Intake(arguments) => intake::run(&arguments),
        Task::Live(arguments) => live::run(&arguments),
    }
}

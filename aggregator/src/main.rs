//! The regional aggregator of Tidemark: takes frames from edges, counts each once, answers questions.
//!
//! | module | what |
//! |---|---|
//! | [`intake`] | frames on their way into the ledger |
//! | [`ledger`] | the one file that holds everything, and all SQL |
//! | [`questions`] | answers about history, from rollups or single events, remembered while they hold |
//! | [`segments`] | single events: sealed into files, merged, dropped, read |
//! | [`live`] | every site as it is now, computed once for all who look |
//! | [`people`], [`password`], [`secret`] | what lets somebody in, and how often it is tried |
//! | [`http`] | the interface: edges, dashboards, programs |
//! | [`setup`] | the link by which the first owner comes in |
//! | [`rebuild`], [`reconcile`], [`deletion`] | rollups made anew, places compared, people and sites erased |
//! | [`task`] | what is done beside counting when somebody asks for it |
//! | [`serve`], [`service`] | the running server: start, stop, and what its requests share |
//! | [`command`], [`config`], [`log`] | the command line, the settings, the log |
//! | [`metrics`], [`telemetry`] | what it says of itself: numbers, traces |
//!
//! Rules about what the data means live in `domain`; nothing here decides them.
#![forbid(unsafe_code)]

mod alerts;
mod clock;
mod command;
mod config;
mod deletion;
mod digests;
mod http;
mod intake;
mod ledger;
mod live;
mod log;
mod metrics;
mod open_files;
mod outbox;
mod password;
mod people;
mod questions;
mod rebuild;
mod reconcile;
mod secret;
mod segments;
mod serve;
mod service;
mod setup;
mod task;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;
use tikv_jemallocator::Jemalloc;

/// The system's allocator keeps what frames took for as long as the server runs; this one gives it back after a second
/// (`.cargo/config.toml`).
#[global_allocator]
static ALLOCATOR: Jemalloc = Jemalloc;

fn main() -> ExitCode {
    match command::run(command::CommandLine::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("tidemark: {e:#}");
            ExitCode::FAILURE
        }
    }
}

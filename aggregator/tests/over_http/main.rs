//! The aggregator as a process, asked over HTTP: what edges, dashboards and programs may rely on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod access;
mod backup;
mod bad_input;
mod check;
mod deletion;
mod durability;
mod edge;
mod frames;
mod health;
mod hello;
mod history;
mod killed;
mod live;
mod outcomes;
mod quarantine;
mod rebuild;
mod replays;
mod segments;
mod server;
mod settings;
mod visits;
mod visits_metrics;

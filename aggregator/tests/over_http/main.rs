//! The aggregator as a process, asked over HTTP: what edges, dashboards and programs may rely on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod access;
mod accounts;
mod backup;
mod bad_input;
mod check;
mod durability;
mod edge;
mod frames;
mod health;
mod hello;
mod history;
mod isolation;
mod killed;
mod live;
mod outcomes;
mod people;
mod plausible;
mod questions;
mod replays;
#[path = "../../src/http/routes.rs"]
mod routes;
mod segments;
mod server;
mod settings;
mod sharing;
mod sites;
mod visits;
mod visits_metrics;
mod world;

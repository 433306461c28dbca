//! The aggregator as a process, asked over HTTP: what edges, dashboards and programs may rely on.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod access;
mod accounts;
mod analyses;
mod backup;
mod bad_input;
mod check;
mod counters;
mod deletion;
mod demo;
mod durability;
mod edge;
mod feed;
mod frames;
mod funnels;
mod health;
mod hello;
mod history;
mod isolation;
mod killed;
mod live;
mod metrics;
mod notes;
mod open_files;
mod outcomes;
mod people;
mod plausible;
mod quarantine;
mod questions;
mod reading;
mod rebuild;
mod replays;
mod reports;
#[path = "../../src/http/routes.rs"]
mod routes;
mod saved_segments;
mod segments;
mod server;
mod settings;
mod sharing;
mod sites;
mod slow;
mod traces;
mod visits;
mod visits_metrics;
mod world;

//! How much the edge takes in durably, and what that costs: `cargo xtask bench edge`.
//!
//! A closed loop of connections against one workerd process; nothing is timed by the clock of another machine, and
//! nothing counts that was not counted: after each round every acknowledged event must have arrived, once.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde_json::json;
use wire::frame::RollupDimension;

use crate::artifacts::Artifacts;
use crate::proxy::Proxy;
use crate::trial::Trial;

pub mod bodies;
mod connection;
pub mod drive;
pub mod table;
pub mod usage;

use bodies::Bodies;
use drive::{Asked, Exchange, Round};
use usage::Usage;

/// Rounds, of which the median by requests per second is reported.
pub const ROUNDS: usize = 3;

/// How long requests are sent before the first round: caches, compiled code and connections are warm then.
const WARM_UP: Duration = Duration::from_secs(2);

/// Seed of the made-up visitors.
const SEED: u64 = 1;

/// What is asked of the edge.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Length of a round.
    pub round: Duration,
    /// Connections at once; each waits for its answer before it asks again.
    pub connections: usize,
}

/// What one kind of request did and cost.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Events in a request.
    pub events_per_request: usize,
    /// Bytes of a request's body, on average.
    pub body_bytes: usize,
    /// The median round.
    pub round: Round,
    /// CPU of the edge, µs a request: from the round's begin until all was delivered.
    pub edge_cpu_us: f64,
    /// The same of the aggregator, µs a request.
    pub aggregator_cpu_us: f64,
    /// CPU of this program in the round, of one core.
    pub sender_share: f64,
    /// From the round's end until every acknowledged event was counted.
    pub drain: Duration,
    /// Bytes sent to the aggregator for one event, headers included.
    pub delivered_bytes_per_event: f64,
    /// Events for each minute rollup stored.
    pub events_per_rollup: f64,
}

/// The floor: the worker answers `GET /healthz`, nothing is read and nothing stored.
///
/// # Errors
/// When the parts do not come up, or an answer is missing.
pub fn floor(artifacts: &Artifacts, plan: &Plan) -> Result<Figures> {
    let (mut trial, _proxy) = Trial::start_by_proxy(artifacts)?;
    let asked = Asked { port: trial.stack.edge.port(), exchange: Exchange::Health };
    drive::round(&asked, plan.connections, WARM_UP)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let before = Usages::read(&mut trial)?;
        let round = drive::round(&asked, plan.connections, plan.round)?;
        let after = Usages::read(&mut trial)?;
        rounds.push(figures(0, 0, round, &before, &after, &after));
    }
    median(rounds)
}

/// Durable ingest of `events_per_request` events at a time.
///
/// # Errors
/// When the parts do not come up, an answer is missing, or an acknowledged event is not counted exactly once.
pub fn ingest(artifacts: &Artifacts, plan: &Plan, events_per_request: usize) -> Result<Figures> {
    let (mut trial, proxy) = Trial::start_by_proxy(artifacts)?;
    let bodies = Bodies::new(events_per_request, SEED)?;
    let body_bytes = bodies.body_bytes();
    let asked = Asked { port: trial.stack.edge.port(), exchange: Exchange::Ingest(bodies) };
    let mut counted = count_all(&trial, 0, drive::round(&asked, plan.connections, WARM_UP)?, events_per_request)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let (before, delivered) = (Usages::read(&mut trial)?, delivered(&proxy));
        let round = drive::round(&asked, plan.connections, plan.round)?;
        let (ended, sent) = (Usages::read(&mut trial)?, Instant::now());
        let first = counted;
        counted = count_all(&trial, first, round.clone(), events_per_request)?;
        let after = Usages::read(&mut trial)?;
        let mut figures = figures(events_per_request, body_bytes, round, &before, &ended, &after);
        figures.drain = sent.elapsed();
        figures.delivered_bytes_per_event = (self::delivered(&proxy) - delivered) as f64 / (counted - first) as f64;
        rounds.push(figures);
    }
    let stored = rollups(&trial)?;
    let mut median = median(rounds)?;
    median.events_per_rollup = counted as f64 / stored as f64;
    Ok(median)
}

/// Waits until a round's events are counted, and answers how many are counted in all: exactly what was acknowledged.
fn count_all(trial: &Trial, before: u64, round: Round, events_per_request: usize) -> Result<u64> {
    let owed = before + round.acknowledged() * events_per_request as u64;
    trial.settle(owed)?;
    match trial.counted()? {
        counted if counted == owed => Ok(counted),
        counted => bail!("{owed} events were acknowledged, {counted} counted"),
    }
}

fn delivered(proxy: &Proxy) -> u64 {
    proxy.traffic().request_bytes
}

/// Minute rollups of events that the ledger keeps: the site's own and each plain dimension's.
fn rollups(trial: &Trial) -> Result<usize> {
    let mut rows = trial.rows_of_events(&json!(["minute"]))?.len();
    use RollupDimension as D;
    let is_asked = |dimension: &D| !matches!(dimension, D::Total | D::EntryPage | D::ExitPage | D::Property | D::Pair);
    for dimension in D::ALL.into_iter().filter(is_asked) {
        rows += trial.rows_of_events(&json!(["minute", dimension.name()]))?.len();
    }
    Ok(rows.max(1))
}

/// CPU used so far by all that takes part.
struct Usages {
    edge: Usage,
    aggregator: Usage,
    sender: Usage,
}

impl Usages {
    fn read(trial: &mut Trial) -> Result<Self> {
        Ok(Self {
            edge: Usage::of(trial.stack.edge.process().id())?,
            aggregator: Usage::of(trial.stack.aggregator.process().id())?,
            sender: Usage::of(std::process::id())?,
        })
    }
}

fn figures(events: usize, body_bytes: usize, round: Round, before: &Usages, ended: &Usages, after: &Usages) -> Figures {
    let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / round.answers().max(1) as f64;
    Figures {
        events_per_request: events,
        body_bytes,
        edge_cpu_us: each(after.edge.since(before.edge)),
        aggregator_cpu_us: each(after.aggregator.since(before.aggregator)),
        sender_share: ended.sender.since(before.sender).as_secs_f64() / round.took.as_secs_f64(),
        drain: Duration::ZERO,
        delivered_bytes_per_event: 0.0,
        events_per_rollup: 0.0,
        round,
    }
}

fn median(mut rounds: Vec<Figures>) -> Result<Figures> {
    rounds.sort_by(|a, b| a.round.per_second().total_cmp(&b.round.per_second()));
    let middle = rounds.len() / 2;
    if rounds.is_empty() {
        bail!("no round was measured");
    }
    Ok(rounds.swap_remove(middle))
}

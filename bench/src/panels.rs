//! What a dashboard's panels take by the whole path: a release build of the server as a process, over HTTP, with ten
//! million events of three sites over ninety days that came in by its own intake.
//!
//! Each question is also put to DuckDB and ClickHouse (as chDB), which hold the events of the server's own segments. An
//! answer is cold when none like it was given before; the operating system has the files in memory, as for the peers.

mod cases;
mod check;
mod client;

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use e2e::artifacts::Artifacts;
use e2e::bench::usage::Usage;
use e2e::memory;
use serde_json::{Value, json};

use self::cases::{Case, Source};
use self::check::Errors;
use self::client::{Answered, Client};
use crate::query;
use crate::query::peer::{Peer, Rows};
use crate::stored::{self, Share, Stored};
use crate::{table, timing};

/// Questions that single events answer are asked so often: each takes long enough.
const RAW_REQUESTS: u32 = 20;

/// Rounds of a whole dashboard.
const DASHBOARDS: u32 = 50;

/// Starts of the server.
const STARTS: usize = 5;

/// Ranges that are asked about, days up to the last.
const RANGES: [u64; 2] = [stored::DAYS, 7];

/// The sites; questions are asked about the first.
const SITES: [Share; 3] = [(80, 2), (18, 1), (2, 1)];

/// What is measured.
#[derive(clap::Args)]
pub struct Arguments {
    /// The aggregator's program, built in release.
    #[arg(long, env = "E2E_TIDEMARK")]
    tidemark: PathBuf,
    /// A Python that has the packages of `bench/peers/bench.txt`; without, the server alone is measured, unchecked.
    #[arg(long)]
    python: Option<PathBuf>,
    /// Where the ledger and the peers' tables are kept.
    #[arg(long)]
    folder: PathBuf,
    /// Events.
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    /// Requests of each panel.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..))]
    requests: u32,
    /// Rounds of the peers, of which the median is told.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
}

/// A server that is asked, and the peers beside it.
struct Bench<'a> {
    arguments: &'a Arguments,
    stored: Stored,
    token: String,
    peers: Vec<Peer>,
    errors: Errors,
    /// Counts forms of questions, so that none is asked twice.
    forms: u64,
}

/// Measures and prints.
///
/// # Errors
/// When a part fails, or an answer is not what the peers find.
pub fn run(arguments: &Arguments) -> Result<()> {
    let folder = arguments.folder.join(format!("panels-{}", arguments.events));
    let tidemark = arguments.tidemark.clone();
    let artifacts = Artifacts { tidemark, workerd: PathBuf::new(), edge_dir: PathBuf::new() };
    let mut stored = Stored::prepare(artifacts, &folder, arguments.events, &SITES)?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        starts.push(stored.start()?);
    }
    thread::sleep(Duration::from_secs(2));
    let idle_kib = memory::resident_kib(stored.process()?)?;
    let peers = peers(arguments, &mut stored, &folder)?;
    let token = stored.token(&stored::site(0))?;
    let mut bench = Bench { arguments, stored, token, peers, errors: Errors::default(), forms: 0 };
    println!("\n{} requests of each panel; p50 / p99, ms\n", arguments.requests);
    table::head(&["panel", "rows", "cold", "cached", "CPU cold, ms", "DuckDB", "ClickHouse", "times faster"]);
    for days in RANGES {
        for case in cases::panels(bench.stored.begin_ms, days) {
            bench.case(&case, arguments.requests)?;
        }
    }
    println!("\nA whole dashboard, all panels at once over a connection each, {DASHBOARDS} times; p50 / p99, ms\n");
    table::head(&["range", "cold", "cached"]);
    for days in RANGES.into_iter().rev() {
        bench.dashboard(days)?;
    }
    let panels_kib = bench.peak_kib()?;
    println!("\nFrom single events, {RAW_REQUESTS} requests\n");
    table::head(&["question", "rows", "cold", "cached", "CPU cold, ms", "DuckDB", "ClickHouse", "times faster"]);
    for days in RANGES {
        for case in cases::raw(bench.stored.begin_ms, days) {
            bench.case(&case, RAW_REQUESTS)?;
        }
    }
    let all_kib = bench.peak_kib()?;
    println!();
    table::head(&["of the server", "value"]);
    let mb = |kib: u64| format!("{:.0} MB", kib as f64 / 1024.0);
    let start = timing::median(starts).as_secs_f64();
    table::row(&["start".to_owned(), format!("{start:.2} s")]);
    table::row(&["memory, idle after a start".to_owned(), mb(idle_kib)]);
    table::row(&["memory, most under panels and dashboards".to_owned(), mb(panels_kib)]);
    table::row(&["memory, most with scans of single events".to_owned(), mb(all_kib)]);
    if !bench.peers.is_empty() {
        println!("\nCounters are those of both peers. Distinct visitors: {}", bench.errors.text());
    }
    Ok(())
}

fn peers(arguments: &Arguments, stored: &mut Stored, folder: &std::path::Path) -> Result<Vec<Peer>> {
    let Some(python) = &arguments.python else { return Ok(Vec::new()) };
    let files = [stored::site(0)].map(|site| stored.segments(&site).map(|files| (site, files)));
    let files = files.into_iter().collect::<Result<Vec<query::Files>>>()?;
    let mut peers = Vec::new();
    for (name, statements) in [("duckdb", query::duckdb(&files)), ("chdb", query::chdb(&files))] {
        println!("{name}: loading, the first time …");
        let mut peer = Peer::start(python, name, folder)?;
        peer.load("ev", &statements)?;
        peers.push(peer);
    }
    Ok(peers)
}

impl Bench<'_> {
    fn client(&self) -> Result<Client> {
        Client::connect(self.stored.port, &self.token)
    }

    /// Measures a question, and holds its answer against the peers'.
    fn case(&mut self, case: &Case, requests: u32) -> Result<()> {
        let mut client = self.client()?;
        let whole = client.ask(&case.whole())?.json()?;
        for peer in &mut self.peers {
            check::check(case, &whole, peer, &mut self.errors)?;
        }
        let process = self.stored.process()?;
        let usage = Usage::of(process)?;
        let mut cold = Vec::new();
        for _ in 0..requests {
            self.forms += 1;
            cold.push(told(case, &client.ask(&case.query(self.forms))?, false)?);
        }
        let cpu = Usage::of(process)?.since(usage).as_secs_f64() * 1e3 / f64::from(requests);
        let mut cached = Vec::new();
        for _ in 0..requests {
            cached.push(told(case, &client.ask(&case.query(self.forms))?, true)?);
        }
        let mut theirs = Vec::new();
        for peer in &mut self.peers {
            let mut walls = Vec::new();
            for _ in 0..self.arguments.rounds {
                walls.push(Duration::from_secs_f64(peer.query(&case.panel_sql(), Rows::Counted)?.wall));
            }
            theirs.push(timing::median(walls));
        }
        let fastest = theirs.iter().min().map(Duration::as_secs_f64);
        let times = fastest.map(|fastest| fastest / timing::median(cold.iter().copied()).as_secs_f64());
        let rows = whole.get("rows").and_then(Value::as_array).map_or(0, Vec::len);
        let mut cells = vec![case.name.clone(), table::grouped(rows as u64), both(cold), both(cached)];
        cells.push(format!("{cpu:.1}"));
        cells.extend(theirs.iter().map(|wall| format!("{:.0}", wall.as_secs_f64() * 1e3)));
        cells.resize(7, "–".to_owned());
        cells.push(times.map_or("–".to_owned(), |times| format!("{times:.1}")));
        table::row(&cells);
        Ok(())
    }

    /// Measures all panels of a range at once.
    fn dashboard(&mut self, days: u64) -> Result<()> {
        let panels = cases::panels(self.stored.begin_ms, days);
        let mut clients = panels.iter().map(|_| self.client()).collect::<Result<Vec<_>>>()?;
        let (mut cold, mut cached) = (Vec::new(), Vec::new());
        for _ in 0..DASHBOARDS {
            self.forms += 1;
            for (is_cached, took) in [(false, &mut cold), (true, &mut cached)] {
                let form = self.forms;
                let since = Instant::now();
                let answers: Vec<Result<Answered>> = thread::scope(|scope| {
                    let asking = panels.iter().zip(&mut clients);
                    let asking: Vec<_> =
                        asking.map(|(case, client)| scope.spawn(move || client.ask(&case.query(form)))).collect();
                    asking.into_iter().filter_map(|thread| thread.join().ok()).collect()
                });
                took.push(since.elapsed());
                ensure!(answers.len() == panels.len(), "a connection's thread panicked");
                for (case, answer) in panels.iter().zip(answers) {
                    told(case, &answer?, is_cached)?;
                }
            }
        }
        table::row(&[format!("{days} d"), both(cold), both(cached)]);
        Ok(())
    }

    /// Most memory that the server had since it was started, KiB.
    fn peak_kib(&mut self) -> Result<u64> {
        memory::peak_kib(self.stored.process()?)
    }
}

/// Sees to it that an answer came from where it should.
fn told(case: &Case, answer: &Answered, is_cached: bool) -> Result<Duration> {
    let json = answer.json()?;
    let meta = json.get("meta").context("an answer without meta")?;
    let cached = meta.get("is_cached").and_then(Value::as_bool).unwrap_or_default();
    let source = if case.source == Source::Raw { "raw" } else { "rollup" };
    ensure!(
        (cached, meta.get("source")) == (is_cached, Some(&json!(source))),
        "{}: {meta}, wanted {source}, cached: {is_cached}",
        case.name
    );
    Ok(answer.took)
}

/// p50 / p99, milliseconds.
fn both(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |share: f64| {
        let rank = (times.len() as f64 * share).ceil() as usize;
        times.get(rank.saturating_sub(1)).copied().unwrap_or_default().as_secs_f64() * 1e3
    };
    format!("{:.1} / {:.1}", at(0.5), at(0.99))
}

//! What questions about people cost: the folds over segments beside DuckDB and ClickHouse (as chDB), on the same events, in
//! the same run. Every number must be the same.

mod cases;
mod memory;
mod segment;

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use domain::analysis::{Analysis, Analyzed};
use events::scan::{Footers, Sources, analyze};
use events::store::Budget;
use serde_json::Value;

use self::segment::SegmentCase;
use crate::query::data::{self, Stored};
use crate::query::peer::{Peer, Rows, Took};
use crate::query::{chdb, cpu, duckdb, of_site};
use crate::table;
use crate::timing;

/// Memory of a scan: the product's own.
const BYTES_MAX: usize = 256 << 20;

/// Longest that a scan may take: the product takes 10 s, a hundred million events on a busy machine minutes.
const TIME_MAX: Duration = Duration::from_mins(30);

/// Most events that are drawn: some 50 GB.
const EVENTS_MAX: u64 = 1_000_000_000;

/// What is measured.
#[derive(clap::Args)]
pub struct Arguments {
    /// A Python that has the packages of `bench/peers/bench.txt`; without, the folds alone are measured.
    #[arg(long)]
    python: Option<PathBuf>,
    /// Where events and the peers' tables are kept.
    #[arg(long)]
    folder: PathBuf,
    /// Events: of three sites, or of one with `--memory`. `100M` and `500k` are numbers too; each takes 48 bytes on disk.
    #[arg(long, default_value = "10M", value_parser = events_of)]
    events: u64,
    /// Rounds: of CPU the least, of time the median is told.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Only questions whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
    /// Memory of a scan in MiB; with less, shares of the people are gone through one by one.
    #[arg(long, default_value_t = BYTES_MAX >> 20)]
    memory_mib: usize,
    /// Tell what the process holds at most for each kind of question, and nothing else.
    #[arg(long)]
    memory: bool,
}

/// A number of events, of thousands (`k`) or of millions (`M`).
fn events_of(text: &str) -> Result<u64> {
    let (number, times) = match (text.strip_suffix('M'), text.strip_suffix('k')) {
        (Some(number), _) => (number, 1_000_000),
        (_, Some(number)) => (number, 1000),
        _ => (text, 1),
    };
    let events: u64 = number.parse().context("not a number of events")?;
    let events = events.checked_mul(times).filter(|events| (1..=EVENTS_MAX).contains(events));
    events.with_context(|| format!("must be 1 to {EVENTS_MAX} events"))
}

/// Measures and prints.
///
/// # Errors
/// When a part fails, or an engine answers otherwise than another.
pub fn run(arguments: &Arguments) -> Result<()> {
    if arguments.memory {
        let folder = arguments.folder.join(format!("one-site-{}", arguments.events));
        let stored = data::prepare_largest(&folder, arguments.events)?;
        return memory::run(&data::site(0), &stored, &arguments.only, arguments.memory_mib << 20);
    }
    let folder = arguments.folder.join(format!("events-{}", arguments.events));
    let sites = data::prepare(&folder, arguments.events)?;
    let stored = sites.first().context("there are no sites")?;
    let mut peers = Vec::new();
    if let Some(python) = &arguments.python {
        let files: Vec<_> = (0..data::SHARES.len()).map(|number| of_site(&folder, data::site(number))).collect();
        for (name, statements) in [("duckdb", duckdb(&files)), ("chdb", chdb(&files))] {
            println!("{name}: loading, the first time …");
            let mut peer = Peer::start(python, name, &folder)?;
            peer.load("ev", &statements)?;
            peers.push(peer);
        }
    }
    println!(
        "\n{} events of {} sites over {} days; the largest site is asked. CPU s (user and system, least of {} rounds) / \
         median ms\n",
        table::grouped(arguments.events),
        data::SHARES.len(),
        data::DAYS,
        arguments.rounds
    );
    table::head(&["question", "people", "Tidemark", "DuckDB", "ClickHouse", "CPU, times the faster peer"]);
    let footers = Footers::default();
    let bytes_max = arguments.memory_mib << 20;
    for case in cases::cases(&data::site(0))?.iter().filter(|case| case.name.contains(&arguments.only)) {
        let ask = || {
            let (found, took) = scan(stored, &footers, &case.analysis, bytes_max)?;
            Ok((case.ours(&found)?, took))
        };
        compare(&case.name, ask, |peer| case.sql(peer), |rows| case.theirs(rows), &mut peers, arguments.rounds)?;
    }
    let case = SegmentCase::of(&data::site(0))?;
    if case.name.contains(&arguments.only) {
        let sources = Sources { segments: stored, tail: &[], footers: &footers };
        let ask = || timed(|budget| case.ours(&sources, budget), bytes_max);
        compare(&case.name, ask, |peer| case.sql(peer), |rows| case.theirs(rows), &mut peers, arguments.rounds)?;
    }
    Ok(())
}

/// Asks us and the others in turn, and prints what it took; all must tell the same numbers.
fn compare<'a>(
    name: &str,
    ask: impl Fn() -> Result<(Vec<u64>, Took)>,
    sql: impl Fn(&str) -> Result<&'a str>,
    theirs: impl Fn(&[Vec<Value>]) -> Result<Vec<u64>>,
    peers: &mut [Peer],
    rounds: u32,
) -> Result<()> {
    let (ours, _) = ask()?;
    let mut took: Vec<Vec<Took>> = vec![Vec::new(); peers.len() + 1];
    for round in 0..rounds {
        for (peer, took) in peers.iter_mut().zip(took.iter_mut().skip(1)) {
            let answered = peer.query(sql(peer.name)?, Rows::All)?;
            if round == 0 {
                let told = theirs(&answered.data)?;
                ensure!(ours == told, "{name}: {ours:?}; {} says {told:?}", peer.name);
            }
            took.push(answered);
        }
        let (again, this) = ask()?;
        ensure!(again == ours, "{name}: {again:?} is not {ours:?}");
        took.iter_mut().take(1).for_each(|all| all.push(this.clone()));
    }
    print(name, &ours, &took);
    Ok(())
}

fn scan(stored: &Stored, footers: &Footers, analysis: &Analysis, bytes_max: usize) -> Result<(Analyzed, Took)> {
    let sources = Sources { segments: stored, tail: &[], footers };
    timed(|budget| Ok(analyze(&sources, analysis, budget)?), bytes_max)
}

/// What is found, and what that took.
fn timed<T>(find: impl Fn(&Budget) -> Result<T>, bytes_max: usize) -> Result<(T, Took)> {
    let budget =
        Budget { bytes_max, until: Instant::now() + TIME_MAX, is_given_up: AtomicBool::new(false), threads: 2 };
    let (begun, before) = (Instant::now(), cpu()?);
    let found = find(&budget)?;
    Ok((found, Took { cpu: cpu()? - before, wall: begun.elapsed().as_secs_f64(), ..Took::default() }))
}

fn print(name: &str, ours: &[u64], took: &[Vec<Took>]) {
    let cpu = |took: &Vec<Took>| took.iter().map(|took| took.cpu).fold(f64::INFINITY, f64::min);
    let told = |took: &Vec<Took>| {
        let median = timing::median(took.iter().map(|took| Duration::from_secs_f64(took.wall)));
        format!("{:.3} / {:.0}", cpu(took), median.as_secs_f64() * 1e3)
    };
    let peers = took.get(1..).unwrap_or_default();
    let fastest = peers.iter().map(cpu).fold(f64::INFINITY, f64::min);
    let mine = took.first().map_or(0.0, cpu);
    let mut cells = vec![name.to_owned(), table::grouped(ours.first().copied().unwrap_or_default())];
    cells.extend(took.iter().map(told));
    cells.resize(5, "–".to_owned());
    cells.push(if peers.is_empty() { "–".to_owned() } else { format!("{:.2}", mine / fastest) });
    table::row(&cells);
}

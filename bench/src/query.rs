//! What questions cost that are answered from single events: the scan engine beside DuckDB and ClickHouse (as chDB), on the
//! same events, in the same run. Every answer must be the same.

mod cases;
#[allow(clippy::indexing_slicing, reason = "made up from lists that stand beside it")]
pub mod data;
pub mod peer;

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use domain::query::{Found, Question};
use events::scan::{Footers, Sources, aggregate};
use events::schema;
use events::store::Budget;
use nix::time::ClockId;

use self::cases::Case;
use self::data::Stored;
use self::peer::{Peer, Rows, Took};
use crate::table;
use crate::timing;

/// Memory of a scan: the product's default is below it.
const BYTES_MAX: usize = 256 << 20;

/// What is measured.
#[derive(clap::Args)]
pub struct Arguments {
    /// A Python that has the packages of `bench/peers/bench.txt`; without, the scan engine alone is measured.
    #[arg(long)]
    python: Option<PathBuf>,
    /// Where events and the peers' tables are kept.
    #[arg(long)]
    folder: PathBuf,
    /// Events.
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    /// Rounds: of CPU the least, of time the median is told.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Only questions whose name contains this.
    #[arg(long, default_value = "")]
    only: String,
}

/// Measures and prints.
///
/// # Errors
/// When a part fails, or an engine answers otherwise than another.
pub fn run(arguments: &Arguments) -> Result<()> {
    let folder = arguments.folder.join(format!("events-{}", arguments.events));
    let sites = data::prepare(&folder, arguments.events)?;
    let Some(stored) = sites.first() else { return Ok(()) };
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
    table::head(&["question", "groups", "Tidemark", "DuckDB", "ClickHouse", "CPU, times the faster peer"]);
    let footers = Footers::default();
    for case in cases::cases(&data::site(0)).iter().filter(|case| case.name.contains(&arguments.only)) {
        compare(case, stored, &footers, &mut peers)?;
        let mut took: Vec<Vec<Took>> = vec![Vec::new(); peers.len() + 1];
        for _ in 0..arguments.rounds {
            for (peer, took) in peers.iter_mut().zip(took.iter_mut().skip(1)) {
                let sql = format!("{} ORDER BY n DESC LIMIT 100", case.sql);
                took.push(peer.query(&sql, Rows::Counted)?);
            }
            let (found, ours) = ask(stored, &footers, &case.question)?;
            drop(found);
            took.iter_mut().take(1).for_each(|all| all.push(ours.clone()));
        }
        print(case, &took);
    }
    Ok(())
}

fn ask(stored: &Stored, footers: &Footers, question: &Question) -> Result<(Found, Took)> {
    let budget = Budget {
        bytes_max: BYTES_MAX,
        until: Instant::now() + Duration::from_secs(60),
        is_given_up: AtomicBool::new(false),
        threads: 2,
    };
    let (begun, cpu) = (Instant::now(), cpu()?);
    let found = aggregate(&Sources { segments: stored, tail: &[], footers }, question, &budget)?;
    let took = Took {
        cpu: self::cpu()? - cpu,
        wall: begun.elapsed().as_secs_f64(),
        rows: found.groups.len() as u64,
        ..Took::default()
    };
    Ok((found, took))
}

/// Seconds of CPU of this process.
pub fn cpu() -> Result<f64> {
    Ok(Duration::from(ClockId::CLOCK_PROCESS_CPUTIME_ID.now()?).as_secs_f64())
}

/// Sees to it that all engines find the same.
fn compare(case: &Case, stored: &Stored, footers: &Footers, peers: &mut [Peer]) -> Result<()> {
    let (found, took) = ask(stored, footers, &case.question)?;
    let mut sums = Vec::new();
    for told in found.groups.iter().map(|group| (case.told)(&group.counted)) {
        sums.resize(told.len(), 0.0);
        sums.iter_mut().zip(told).for_each(|(sum, told)| *sum += told);
    }
    for peer in peers {
        let theirs = peer.query(&case.sql, Rows::Counted)?;
        ensure!(
            (took.rows, &sums) == (theirs.rows, &theirs.sums),
            "{}: {} groups of {sums:?}; {} has {} of {:?}",
            case.name,
            took.rows,
            peer.name,
            theirs.rows,
            theirs.sums
        );
    }
    Ok(())
}

fn print(case: &Case, took: &[Vec<Took>]) {
    let cpu = |took: &Vec<Took>| took.iter().map(|took| took.cpu).fold(f64::INFINITY, f64::min);
    let told = |took: &Vec<Took>| {
        let median = timing::median(took.iter().map(|took| Duration::from_secs_f64(took.wall)));
        format!("{:.3} / {:.0}", cpu(took), median.as_secs_f64() * 1e3)
    };
    let peers = took.get(1..).unwrap_or_default();
    let fastest = peers.iter().map(cpu).fold(f64::INFINITY, f64::min);
    let ours = took.first().map_or(0.0, cpu);
    let groups = took.first().and_then(|all| all.first()).map_or(0, |took| took.rows);
    let mut cells = vec![case.name.clone(), table::grouped(groups)];
    cells.extend(took.iter().map(told));
    cells.resize(5, "–".to_owned());
    cells.push(if peers.is_empty() { "–".to_owned() } else { format!("{:.2}", ours / fastest) });
    table::row(&cells);
}

/// A site and the files of its events.
pub type Files = (String, Vec<String>);

/// A site and where its files are.
pub fn of_site(folder: &Path, site: String) -> Files {
    let files = folder.join(&site).join("*.parquet").to_string_lossy().into_owned();
    (site, vec![files])
}

/// DuckDB's table, in the order of the files: by site, day, visitor and time.
pub fn duckdb(sites: &[Files]) -> Vec<String> {
    let columns: Vec<String> = schema::TEXTS.iter().map(|name| (*name).to_owned()).chain(others("\"")).collect();
    let select = |(site, files): &Files| {
        let columns = columns.join(", ");
        let at = "CAST(epoch_ms(\"at\") AS BIGINT) AS ms, CAST(epoch_ms(\"at\") // 86400000 AS INTEGER) AS day";
        let files = files.join("', '");
        format!("SELECT '{site}' AS site, {at}, visitor, session, {columns} FROM read_parquet(['{files}'])")
    };
    let all: Vec<String> = sites.iter().map(select).collect();
    let create = format!("CREATE OR REPLACE TABLE ev AS {}", all.join(" UNION ALL "));
    vec!["SET preserve_insertion_order = true".to_owned(), create, "CHECKPOINT".to_owned()]
}

/// ClickHouse's table, sorted and merged.
pub fn chdb(sites: &[Files]) -> Vec<String> {
    let texts: Vec<&str> = schema::TEXTS.iter().copied().chain(["goals", "currency"]).chain(data::DECLARED).collect();
    let typed: Vec<String> = texts.iter().map(|name| format!("{name} LowCardinality(String)")).collect();
    let mut statements = vec![
        "DROP TABLE IF EXISTS ev".to_owned(),
        format!(
            "CREATE TABLE ev (site LowCardinality(String), ms UInt64, day UInt32, visitor UInt64, session UInt64, {}, \
             revenue_micros Int64, engaged_ms UInt64) ENGINE = MergeTree ORDER BY (site, day, visitor, ms)",
            typed.join(", ")
        ),
    ];
    for (site, file) in sites.iter().flat_map(|(site, files)| files.iter().map(move |file| (site, file))) {
        let columns: Vec<String> = schema::TEXTS.iter().map(|name| (*name).to_owned()).chain(others("`")).collect();
        statements.push(format!(
            "INSERT INTO ev (site, ms, day, visitor, session, {}, goals, currency, variant, plan, revenue_micros, engaged_ms) \
             SELECT '{site}', toUnixTimestamp64Milli(at), intDiv(toUnixTimestamp64Milli(at), 86400000), visitor, session, {} \
             FROM file('{}', Parquet)",
            schema::TEXTS.join(", "),
            columns.join(", "),
            file
        ));
    }
    statements.push("OPTIMIZE TABLE ev FINAL".to_owned());
    statements
}

/// What else is loaded, with names quoted as an engine does.
fn others(quote: &str) -> Vec<String> {
    let mut names = vec!["goals".to_owned(), "currency".to_owned()];
    names.extend(data::DECLARED.map(|name| format!("{quote}property:{name}{quote} AS {name}")));
    names.extend(["revenue_micros".to_owned(), "engaged_ms".to_owned()]);
    names
}

//! The dashboard in a browser, with ten million events of one site behind it: what it loads, how soon it shows the first
//! number, how soon each thing that a person does is painted, and whether its memory stays as it is while it is left open.
//!
//! The server is a release build with the dashboard inside, and workerd runs the worker: visits that come meanwhile take the
//! whole path. The browser is steered by `e2e/browser/bench/dashboard.mjs`, which prints the tables.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use e2e::artifacts::Artifacts;
use e2e::edge::{Edge, EdgeSettings, Geography};
use e2e::http;
use e2e::key::EdgeKey;
use e2e::port;
use e2e::visitors::{Visitors, user_agent};

use crate::stored::{self, Share, Stored};

/// One site, which has all of it.
const SITES: [Share; 1] = [(100, 2)];

/// Seed of the visits that come while the browser looks.
const SEED: u64 = 1;

/// What is measured.
#[derive(clap::Args)]
pub struct Arguments {
    /// Where the ledger is kept.
    #[arg(long)]
    folder: PathBuf,
    /// Folder of the browser's scripts.
    #[arg(long)]
    scripts: PathBuf,
    /// Events.
    #[arg(long, default_value_t = 10_000_000)]
    events: u64,
    /// How often the dashboard is opened in each way, and how often all is done that is done in it.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Minutes that the pages are left open, after which their memory is compared.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=600))]
    minutes: u32,
    /// Milliseconds between made-up visits meanwhile, on average.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(10..))]
    pause_ms: u32,
}

/// Measures and prints.
///
/// # Errors
/// When a part does not come up, or a page has an error.
pub fn run(arguments: &Arguments) -> Result<()> {
    let artifacts = Artifacts::from_env()?;
    let folder = arguments.folder.join(format!("dashboard-{}", arguments.events));
    let mut stored = Stored::prepare(artifacts.clone(), &folder, arguments.events, &SITES)?;
    let key = EdgeKey::drawn("bench")?;
    stored.start_for(&key)?;
    let aggregator_url = stored.server()?.url();
    let settings = EdgeSettings {
        port: port::free()?,
        aggregator_url,
        key,
        geography: Geography::Runtime,
        trusted_proxies: String::new(),
    };
    let edge = Edge::start(&artifacts, &folder.join("edge"), &settings)?;
    println!("{} events over {} days behind one site\n", arguments.events, stored::DAYS);
    measure(arguments, &mut stored, "speed")?;
    let stopping = AtomicBool::new(false);
    thread::scope(|scope| {
        let visits = scope.spawn(|| send(&edge, arguments.pause_ms, &stopping));
        let measured = measure(arguments, &mut stored, "memory");
        stopping.store(true, Ordering::Relaxed);
        let visits = visits.join().ok().context("a thread panicked")??;
        println!("{visits} visits came meanwhile.");
        measured
    })
}

/// Has the browser measure a part, as its script names it.
fn measure(arguments: &Arguments, stored: &mut Stored, part: &str) -> Result<()> {
    let server = stored.server()?;
    let status = Command::new("node")
        .arg(script(&arguments.scripts))
        .env("PART", part)
        .env("SIGN_IN_LINK", server.sign_in_link()?)
        .env("SITE", stored::site(0))
        .env("ROUNDS", arguments.rounds.to_string())
        .env("MINUTES", arguments.minutes.to_string())
        .status()
        .context("node runs the browser")?;
    ensure!(status.success(), "the browser's script ended with {status}");
    Ok(())
}

fn script(folder: &Path) -> PathBuf {
    folder.join("bench/dashboard.mjs")
}

/// Sends visit after visit until told to stop; answers how many.
fn send(edge: &Edge, pause_ms: u32, stopping: &AtomicBool) -> Result<u64> {
    let run = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis().to_string();
    let mut visitors = Visitors::new(&stored::site(0), SEED, &run);
    let (url, agent) = (format!("{}/api/v1/events", edge.url()), http::agent());
    let mut count = 0;
    while !stopping.load(Ordering::Relaxed) {
        let visit = visitors.visit();
        let headers = [("user-agent", user_agent(&visit))];
        let answer = http::post_by(&agent, &url, &headers, visit.to_string().as_bytes())?;
        ensure!(answer.status == 204, "a visit was answered {}: {}", answer.status, answer.text());
        count += 1;
        thread::sleep(Duration::from_millis(visitors.pause_ms(pause_ms)));
    }
    Ok(count)
}

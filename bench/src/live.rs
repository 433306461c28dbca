//! How late clients of live streams see what was counted: a real `tidemark` with its ledger on the disk, frames that come
//! steadily, and thousands of clients that follow.
//!
//! | figure | from | to |
//! |---|---|---|
//! | lag | an edge's frame was acknowledged | a client has a message that holds its events; one sample for each client and frame |
//! | visible | the oldest event of a frame happened, up to a second before it was sealed | the same |
//!
//! Clients, edges and server share the machine, and the clients' processor time is told beside the server's.

mod client;
mod histogram;
mod sender;
mod site;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use clap::Args;
use e2e::aggregator::Aggregator;
use e2e::bench::usage::Usage;
use e2e::key::EdgeKey;
use e2e::{Artifacts, Ports, memory};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::sync::Semaphore;

use client::Seen;
use sender::Sender;
use site::Site;

use crate::table;

/// Files of this program besides its clients' connections.
const OTHER_FILES: u64 = 256;

/// Connections that are opened at once.
const OPENING: usize = 64;

/// Longest until all clients have their first message.
const OPEN_WITHIN: Duration = Duration::from_secs(120);

/// How long after the last frame messages are still waited for.
const REST: Duration = Duration::from_secs(5);

/// Settings of the measurement.
#[derive(Args)]
pub struct Arguments {
    /// The aggregator's program, built in release.
    #[arg(long, env = "E2E_TIDEMARK")]
    tidemark: PathBuf,
    /// Clients that follow.
    #[arg(long, default_value_t = 10_000)]
    clients: usize,
    /// Sites; each has as many clients.
    #[arg(long, default_value_t = 10)]
    sites: usize,
    /// How long frames come.
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// Frames a second, at all sites together.
    #[arg(long, default_value_t = 20)]
    frames: u32,
    /// Events of a frame.
    #[arg(long, default_value_t = 50)]
    events: usize,
}

/// Measures and prints.
///
/// # Errors
/// When the server does not come up, a frame is not counted, or a client does not see everything.
pub fn run(arguments: &Arguments) -> Result<()> {
    ensure!(arguments.sites > 0 && arguments.clients >= arguments.sites, "every site has a client at least");
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let wanted = arguments.clients as u64 + OTHER_FILES;
    ensure!(hard >= wanted, "{} clients need {wanted} open files, the system allows {hard}", arguments.clients);
    setrlimit(Resource::RLIMIT_NOFILE, soft.max(wanted), hard)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(measure(arguments))
}

async fn measure(arguments: &Arguments) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let key = EdgeKey::drawn("bench")?;
    let artifacts =
        Artifacts { tidemark: arguments.tidemark.clone(), workerd: PathBuf::new(), edge_dir: PathBuf::new() };
    let ports = Ports::free()?;
    // All clients of a site come under one token, and at once.
    let rates = "{ credential_per_second = 100000, credential_burst = 1000000 }".to_owned();
    let most = (arguments.clients + 1).to_string();
    let environment = [
        ("TIDEMARK_READ_RATES", rates),
        ("TIDEMARK_LIVE_CLIENTS_MAX", most.clone()),
        ("TIDEMARK_LIVE_CLIENTS_PER_SITE_MAX", most),
        ("TIDEMARK_CONNECTIONS_MAX", (arguments.clients + 100).to_string()),
    ];
    let mut aggregator = Aggregator::start_with(&artifacts, folder.path(), ports, &key, &environment)?;
    let mut sites = Vec::new();
    for number in 0..arguments.sites {
        let name = format!("UA-{number}");
        aggregator.add_site(&name, &name)?;
        sites.push(Arc::new(Site::new(name.clone(), aggregator.token(&name)?)));
    }
    let mut senders = Vec::new();
    for (number, site) in sites.iter().enumerate() {
        let mut sender = Sender::join(ports.aggregator, &key, Arc::clone(site), number, arguments.events).await?;
        // Half an hour of a site's life, so that the messages are as long as they get.
        sender.history().await?;
        senders.push(sender);
    }
    let process = aggregator.process().id();
    let idle_kib = memory::resident_kib(process)?;

    let seen = Arc::new(Seen::default());
    let opening = Arc::new(Semaphore::new(OPENING));
    let begun = Instant::now();
    let mut clients = tokio::task::JoinSet::new();
    for (_, site) in (0..arguments.clients).zip(sites.iter().cycle()) {
        let (site, seen, opening) = (Arc::clone(site), Arc::clone(&seen), Arc::clone(&opening));
        clients.spawn(client::follow(ports.aggregator, site, seen, opening));
    }
    while seen.following() < arguments.clients {
        ensure!(begun.elapsed() < OPEN_WITHIN, "only {} clients follow", seen.following());
        if let Some(ended) = clients.try_join_next() {
            ended?.context("a client")?;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let opened = begun.elapsed();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let following_kib = memory::resident_kib(process)?;
    println!(
        "{} clients of {} sites follow after {:.1} s; {} KiB each",
        arguments.clients,
        arguments.sites,
        opened.as_secs_f64(),
        following_kib.saturating_sub(idle_kib) / arguments.clients as u64
    );

    let (server, own) = (Usage::of(process)?, Usage::of(std::process::id())?);
    let (bytes, messages) = (seen.bytes(), seen.messages());
    let begun = Instant::now();
    let pace = Duration::from_secs_f64(arguments.sites as f64 / f64::from(arguments.frames.max(1)));
    let mut sending = tokio::task::JoinSet::new();
    for (number, sender) in senders.into_iter().enumerate() {
        let first = pace.mul_f64(number as f64 / arguments.sites as f64);
        sending.spawn(sender.send(begun + first, pace, begun + Duration::from_secs(arguments.seconds)));
    }
    let mut acknowledging = histogram::Histogram::default();
    while let Some(sent) = sending.join_next().await {
        acknowledging.merge(&sent??);
    }
    let took = begun.elapsed();
    let (server, own) = (Usage::of(process)?.since(server), Usage::of(std::process::id())?.since(own));
    let (bytes, messages) = (seen.bytes() - bytes, seen.messages() - messages);
    let busy_kib = memory::resident_kib(process)?;
    tokio::time::sleep(REST).await;
    let behind: usize = sites.iter().map(|site| site.behind()).sum();
    ensure!(behind == 0, "{behind} clients have not seen everything");

    table::head(&["figure", "p50, ms", "p99, ms", "most, ms", "samples"]);
    let row = |name: &str, histogram: &histogram::Histogram| {
        let ms = |share| table::grouped(histogram.quantile(share));
        table::row(&[name.to_owned(), ms(0.5), ms(0.99), ms(1.0), table::grouped(histogram.count())]);
    };
    row("frame sent → acknowledged", &acknowledging);
    row("frame acknowledged → client has its events", &seen.lag.read());
    row("event → visible", &seen.visible.read());
    let seconds = took.as_secs_f64();
    println!();
    table::head(&["of", "value"]);
    let line = |name: &str, value: String| table::row(&[name.to_owned(), value]);
    line("clients, sites", format!("{}, {}", arguments.clients, arguments.sites));
    line(
        "frames/s, events/s",
        format!(
            "{:.1}, {:.0}",
            acknowledging.count() as f64 / seconds,
            acknowledging.count() as f64 * arguments.events as f64 / seconds
        ),
    );
    line("server CPU, of one core", format!("{:.0} %", server.as_secs_f64() / seconds * 100.0));
    line("clients and edges CPU, of one core", format!("{:.0} %", own.as_secs_f64() / seconds * 100.0));
    line(
        "server memory: before, with all clients, under load",
        format!("{}, {}, {} MiB", idle_kib / 1024, following_kib / 1024, busy_kib / 1024),
    );
    line(
        "memory a client",
        format!("{:.1} KiB", following_kib.saturating_sub(idle_kib) as f64 / arguments.clients as f64),
    );
    line("messages/s, MB/s", format!("{:.0}, {:.1}", messages as f64 / seconds, bytes as f64 / seconds / 1e6));
    line("bytes a message", format!("{:.0}", bytes as f64 / messages.max(1) as f64));
    clients.abort_all();
    Ok(())
}

//! How many events a second an aggregator takes in: its release build as a process, over HTTP, durable on disk.
//!
//! Sites by Zipf's law, each counted by as many objects as its traffic needs, up to the number of edges. The frames of a second are made and signed
//! ahead, then sent over some connections, each in a closed loop: what is measured is the time from the first request
//! to the last answer, and the server's CPU from the first request of all to two seconds after the last, with what it does
//! while the next second is made. Generator and server share the machine.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{fs, thread};

use anyhow::{Context, Result, ensure};
use domain::seal::Writer;
use domain::window::SECOND_MS;
use e2e::aggregator::Aggregator;
use e2e::artifacts::{Artifacts, TIDEMARK};
use e2e::key::EdgeKey;
use e2e::memory;
use e2e::port::Ports;
use tidemark_bench::frames::{Audience, Habits, Objects, Sender, Signer, seed};

use crate::table;

/// Events of a visit, on average.
const EVENTS_PER_VISIT: f64 = 2.5;

/// Between two events of a visit: short, so that visits go on within the seconds that are made.
const STEP_MS: (u32, u32) = (300, 2500);

/// Ticks of a processor's time in `/proc`, a second.
const TICKS: f64 = 100.0;

/// What is measured.
#[derive(Clone, clap::Args)]
pub struct Arguments {
    /// Events without single events kept.
    #[arg(long, default_value_t = 10_000_000)]
    counted: u64,
    /// Events with single events kept.
    #[arg(long, default_value_t = 3_000_000)]
    kept: u64,
    /// Events of a second, as the edges seal them.
    #[arg(long, default_value_t = 1_000_000)]
    rate: u64,
    /// Sites.
    #[arg(long, default_value_t = 100)]
    sites: u32,
    /// Objects of a site at most.
    #[arg(long, default_value_t = 64)]
    edges: u16,
    /// Events a second that one object takes: a site has as many objects as its traffic needs. An object's own limit is
    /// 1 000 by default.
    #[arg(long, default_value_t = 1000)]
    object_rate: u32,
    /// Connections at once.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Keep the ledger here, and do not remove it.
    #[arg(long)]
    keep: Option<PathBuf>,
}

/// A site's visitors, and whoever counts them.
struct Site {
    share: f64,
    audience: Audience,
    objects: Objects,
}

/// Requests of one connection.
type Requests = Vec<Vec<u8>>;

/// What one run came to.
#[derive(Default)]
struct Tally {
    events: u64,
    frames: u64,
    sent_bytes: u64,
    later: u64,
    time: Duration,
    cpu_seconds: f64,
    peak_kib: u64,
}

/// Measures and prints.
///
/// # Errors
/// When the aggregator does not come up, refuses a frame, or has not counted what it acknowledged.
pub fn run(arguments: &Arguments) -> Result<()> {
    println!(
        "{} sites by Zipf's law, an object for each {} events a second up to {}, {} connections, sealed at {} events a second\n",
        arguments.sites,
        arguments.object_rate,
        arguments.edges,
        arguments.connections,
        table::grouped(arguments.rate)
    );
    table::head(&[
        "",
        "events",
        "events/s",
        "frames/s",
        "events/frame",
        "bytes/event sent",
        "server, CPU µs/event",
        "peak memory, MB",
        "idle memory, MB",
        "ledger, bytes/event",
        "written, bytes/event",
        "stop, s",
        "start, s",
        "start after a kill, s",
        "memory after a start, MB",
    ]);
    for (name, events, keeps_events) in
        [("counters only", arguments.counted, false), ("with events", arguments.kept, true)]
    {
        if events > 0 {
            measure(arguments, name, events, keeps_events)?;
        }
    }
    println!("\nEvery acknowledged event was counted, once.");
    Ok(())
}

fn measure(arguments: &Arguments, name: &str, events: u64, keeps_events: bool) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let dir = match &arguments.keep {
        Some(keep) => keep.join(if keeps_events { "events" } else { "counters" }),
        None => temporary.path().to_owned(),
    };
    let program = std::env::var_os(TIDEMARK).map(PathBuf::from);
    let tidemark = program.with_context(|| format!("{TIDEMARK} is not set; run `cargo xtask bench intake`"))?;
    let artifacts = Artifacts { tidemark, workerd: PathBuf::new(), edge_dir: PathBuf::new() };
    let (ports, key) = (Ports::free()?, EdgeKey::drawn("bench")?);
    let mut aggregator = Aggregator::start(&artifacts, &dir, ports, &key)?;
    let signer = Signer::new(key)?;
    let makers = [0, 1].map(|half| Maker::start(arguments, keeps_events, half, signer.clone()));
    let mut senders =
        (0..arguments.connections).map(|_| Sender::connect(ports.aggregator)).collect::<Result<Vec<_>>>()?;
    for rank in 1..=arguments.sites {
        aggregator.add_site(&tracking_id(rank), &tracking_id(rank))?;
    }
    let writers: Vec<Writer> = makers.iter().flat_map(|maker| maker.writers.iter().cloned()).collect();
    greet(&mut senders, &writers, &signer)?;

    let mut tally = Tally { cpu_seconds: -cpu_seconds(aggregator.process().id())?, ..Tally::default() };
    let begin_ms = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
    let mut second = 0;
    while tally.events < events {
        let at_ms = begin_ms + second * SECOND_MS;
        let (requests, made) = requests(&makers, arguments.connections, at_ms, &mut tally)?;
        send(&mut senders, &requests, &mut tally, aggregator.process().id())?;
        tally.events += made;
        second += 1;
    }
    report(&mut aggregator, &dir, name, tally)
}

fn report(aggregator: &mut Aggregator, dir: &Path, name: &str, mut tally: Tally) -> Result<()> {
    // What is hot is written by the next checkpoint at the latest; here, by the stop.
    thread::sleep(Duration::from_secs(2));
    let process = aggregator.process().id();
    tally.cpu_seconds += cpu_seconds(process)?;
    let (idle_kib, written) = (memory::resident_kib(process)?, written_bytes(process)?);
    // Memory is what the rest of a second's life takes: killed, its frames are counted anew.
    aggregator.process().kill()?;
    let after_kill = aggregator.restart()?;
    let since = Instant::now();
    aggregator.process().terminate(Duration::from_secs(60))?;
    let stop = since.elapsed();
    let disk = fs::metadata(dir.join("ledger.sqlite"))?.len();
    let start = aggregator.restart()?;
    thread::sleep(Duration::from_secs(1));
    let started_kib = memory::resident_kib(aggregator.process().id())?;
    let said = aggregator.run(&["check"])?;
    let counted = said.lines().find_map(|line| line.strip_prefix("events   "));
    ensure!(counted == Some(tally.events.to_string().as_str()), "{} events were sent; {said}", tally.events);
    let each = |bytes: u64| format!("{:.1}", bytes as f64 / tally.events as f64);
    let per_second = |count: u64| table::grouped((count as f64 / tally.time.as_secs_f64()) as u64);
    let mb = |kib: u64| format!("{:.0}", kib as f64 / 1024.0);
    table::row(&[
        name.to_owned(),
        table::grouped(tally.events),
        per_second(tally.events),
        per_second(tally.frames),
        format!("{:.0}", tally.events as f64 / tally.frames as f64),
        each(tally.sent_bytes),
        format!("{:.2}", tally.cpu_seconds * 1e6 / tally.events as f64),
        mb(tally.peak_kib),
        mb(idle_kib),
        each(disk),
        each(written),
        format!("{:.2}", stop.as_secs_f64()),
        format!("{:.2}", start.as_secs_f64()),
        format!("{:.2}", after_kill.as_secs_f64()),
        mb(started_kib),
    ]);
    if tally.later > 0 {
        println!("\n{} requests were told to come back later.\n", tally.later);
    }
    Ok(())
}

fn tracking_id(rank: u32) -> String {
    format!("UA-{rank}")
}

/// A thread that makes the requests of every other site, a second at a time when told to.
struct Maker {
    /// The objects that it makes frames of.
    writers: Vec<Writer>,
    seconds: SyncSender<u64>,
    made: Receiver<Result<Vec<Request>>>,
}

/// A frame's request, the connection that it goes over, and how many events it counts.
struct Request {
    connection: usize,
    bytes: Vec<u8>,
    events: u32,
}

impl Maker {
    fn start(arguments: &Arguments, keeps_events: bool, half: u32, signer: Signer) -> Self {
        let (seconds, told) = sync_channel(1);
        let (ready, made) = sync_channel(1);
        let (introduce, introduced) = sync_channel(1);
        let arguments = arguments.clone();
        thread::spawn(move || {
            let mut sites = sites(&arguments, keeps_events, half);
            let writers = sites.iter().flat_map(|site| site.objects.writers().cloned());
            let _ = introduce.send(writers.collect());
            for at_ms in told {
                // Nobody waits for more when the run is over.
                let _ = ready.send(make(&mut sites, &arguments, at_ms, &signer));
            }
        });
        Self { writers: introduced.recv().unwrap_or_default(), seconds, made }
    }
}

/// Sites whose shares fall as one, a half, a third…; of these, every other one.
fn sites(arguments: &Arguments, keeps_events: bool, half: u32) -> Vec<Site> {
    let whole: f64 = (1..=arguments.sites).map(|rank| 1.0 / f64::from(rank)).sum();
    let site = |rank: u32| {
        let tracking_id = tracking_id(rank);
        let share = 1.0 / f64::from(rank) / whole;
        let pages = (20_000 / rank).clamp(50, 5000);
        let people = ((arguments.rate as f64 * share) as u32 * 10).max(100);
        let habits = Habits { pages, people, step_ms: STEP_MS, ..Habits::default() };
        let audience = Audience::new(&tracking_id, crate::events::SEED, habits);
        let needed = (arguments.rate as f64 * share / f64::from(arguments.object_rate)).ceil() as u16;
        let objects = Objects::new(&seed::settings(&tracking_id, keeps_events), needed.clamp(1, arguments.edges));
        Site { share, audience, objects }
    };
    (1..=arguments.sites).filter(|rank| rank % 2 == half).map(site).collect()
}

fn make(sites: &mut [Site], arguments: &Arguments, at_ms: u64, signer: &Signer) -> Result<Vec<Request>> {
    let mut made = Vec::new();
    for site in sites {
        let visits = arguments.rate as f64 * site.share / EVENTS_PER_VISIT;
        let events = site.audience.between(at_ms, SECOND_MS, visits as u32);
        for frame in site.objects.seal(events, at_ms + SECOND_MS)? {
            let connection = frame.edge.high_bits() as usize % arguments.connections;
            made.push(Request { connection, bytes: signer.frame(&frame.sealed), events: frame.events });
        }
    }
    Ok(made)
}

fn greet(senders: &mut [Sender], writers: &[Writer], signer: &Signer) -> Result<()> {
    let count = senders.len();
    thread::scope(|scope| {
        let greeting = senders.iter_mut().enumerate().map(|(number, sender)| {
            scope.spawn(move || {
                writers.iter().skip(number).step_by(count).try_for_each(|writer| sender.hello(signer, writer))
            })
        });
        let greeting: Vec<_> = greeting.collect();
        greeting.into_iter().try_for_each(join)
    })
}

/// The requests of a second by connection, and how many events they count. An object's frames go over one connection.
fn requests(makers: &[Maker], connections: usize, at_ms: u64, tally: &mut Tally) -> Result<(Vec<Requests>, u64)> {
    for maker in makers {
        maker.seconds.send(at_ms)?;
    }
    let mut requests = vec![Requests::new(); connections];
    let mut events = 0;
    for maker in makers {
        for Request { connection, bytes, events: counted } in maker.made.recv()?? {
            events += u64::from(counted);
            tally.frames += 1;
            tally.sent_bytes += bytes.len() as u64;
            if let Some(requests) = requests.get_mut(connection) {
                requests.push(bytes);
            }
        }
    }
    Ok((requests, events))
}

fn send(senders: &mut [Sender], requests: &[Requests], tally: &mut Tally, process: u32) -> Result<()> {
    let since = Instant::now();
    let later = thread::scope(|scope| {
        let sending = senders.iter_mut().zip(requests).map(|(sender, requests)| {
            scope.spawn(move || -> Result<u64> {
                let mut later = 0;
                for request in requests {
                    later += u64::from(sender.frame(request)?);
                }
                Ok(later)
            })
        });
        let sending: Vec<_> = sending.collect();
        sending.into_iter().map(join).sum::<Result<u64>>()
    })?;
    tally.time += since.elapsed();
    tally.later += later;
    tally.peak_kib = tally.peak_kib.max(memory::resident_kib(process)?);
    Ok(())
}

fn join<T>(thread: thread::ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().map_err(|_| anyhow::anyhow!("a thread panicked"))?
}

/// User and system time of a process.
fn cpu_seconds(process: u32) -> Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    Ok((ticks(11) + ticks(12)) / TICKS)
}

/// Bytes that a process had written to disks.
fn written_bytes(process: u32) -> Result<u64> {
    let io = fs::read_to_string(format!("/proc/{process}/io"))?;
    let fields: BTreeMap<&str, &str> = io.lines().filter_map(|line| line.split_once(": ")).collect();
    Ok(fields.get("write_bytes").and_then(|bytes| bytes.parse().ok()).unwrap_or_default())
}

//! A server with millions of events over ninety days, as edges deliver them: seeded once, and kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, anyhow, ensure};
use domain::seal::Sealed;
use domain::window::DAY_MS;
use e2e::aggregator::Aggregator;
use e2e::artifacts::Artifacts;
use e2e::key::EdgeKey;
use e2e::port::Ports;
use tidemark_bench::frames::seed::settings;
use tidemark_bench::frames::{Objects, SeedPlan, SeedSite, Sender, Signer, seed};

/// Days.
pub const DAYS: u64 = 90;

/// A site: its share of the events, percent, and objects that count it: few, so that their frames are full.
pub type Share = (u64, u16);

/// Frames of an object that wait to be sent.
const AHEAD: usize = 16;

/// Longest that a server takes to stop.
const STOP_WITHIN: Duration = Duration::from_secs(120);

/// A folder with a seeded ledger, and whoever serves it.
pub struct Stored {
    /// Start of the first day, Unix milliseconds.
    pub begin_ms: u64,
    /// Where the server listens, on loopback.
    pub port: u16,
    artifacts: Artifacts,
    folder: PathBuf,
    ports: Ports,
    sites: &'static [Share],
    aggregator: Option<Aggregator>,
}

/// The tracking id of a site.
pub fn site(number: usize) -> String {
    format!("UA-{}", number + 1)
}

impl Stored {
    /// Seeds what is not there yet. Nothing serves it so far.
    ///
    /// # Errors
    /// When the server does not come up or refuses a frame.
    pub fn prepare(artifacts: Artifacts, folder: &Path, events: u64, sites: &'static [Share]) -> Result<Self> {
        let (done, ports) = (folder.join("complete"), Ports::free()?);
        let mut stored = Self {
            begin_ms: 0,
            port: ports.aggregator,
            artifacts,
            folder: folder.join("data"),
            ports,
            sites,
            aggregator: None,
        };
        if let Ok(begin_ms) = fs::read_to_string(&done) {
            stored.begin_ms = begin_ms.trim().parse().context("when the events begin is not a number")?;
            return Ok(stored);
        }
        let today = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64 / DAY_MS * DAY_MS;
        stored.begin_ms = today - DAYS * DAY_MS;
        if stored.folder.exists() {
            fs::remove_dir_all(&stored.folder)?;
        }
        let since = Instant::now();
        stored.seed(events)?;
        fs::write(&done, stored.begin_ms.to_string())?;
        println!("seeded in {:.0} s\n", since.elapsed().as_secs_f64());
        Ok(stored)
    }

    /// Starts the server anew. Answers how long until it was ready.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(&mut self) -> Result<Duration> {
        self.start_for(&EdgeKey::drawn("bench")?)
    }

    /// As [`Stored::start`], for an edge that signs with this key.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start_for(&mut self, key: &EdgeKey) -> Result<Duration> {
        self.stop()?;
        let rates = "{ credential_per_second = 1000000, credential_burst = 10000000, address_per_second = 1000000, \
                     address_burst = 10000000 }";
        let since = Instant::now();
        let environment = [("TIDEMARK_READ_RATES", rates.to_owned())];
        let started = Aggregator::start_with(&self.artifacts, &self.folder, self.ports, key, &environment)?;
        self.aggregator = Some(started);
        Ok(since.elapsed())
    }

    /// The server's process.
    ///
    /// # Errors
    /// When none was started.
    pub fn process(&mut self) -> Result<u32> {
        Ok(self.server()?.process().id())
    }

    /// A token that reads a site.
    ///
    /// # Errors
    /// When the command fails.
    pub fn token(&mut self, site: &str) -> Result<String> {
        self.server()?.token(site)
    }

    /// The files of a site's segments.
    ///
    /// # Errors
    /// When the command fails.
    pub fn segments(&mut self, site: &str) -> Result<Vec<String>> {
        let listed = self.server()?.run(&["segments", "list", "--site", site])?;
        let folder = self.folder.join("segments");
        let path = |line: &str| Some(folder.join(line.split('\t').next()?).to_string_lossy().into_owned());
        Ok(listed.lines().filter_map(path).collect())
    }

    /// The server.
    ///
    /// # Errors
    /// When none was started.
    pub fn server(&mut self) -> Result<&mut Aggregator> {
        self.aggregator.as_mut().context("no server was started")
    }

    fn stop(&mut self) -> Result<()> {
        match self.aggregator.take() {
            Some(mut aggregator) => aggregator.process().terminate(STOP_WITHIN).map(drop),
            None => Ok(()),
        }
    }

    fn seed(&mut self, events: u64) -> Result<()> {
        println!("seeding {events} events into {} …", self.folder.display());
        let key = EdgeKey::drawn("bench")?;
        let mut aggregator = Aggregator::start(&self.artifacts, &self.folder, self.ports, &key)?;
        let signer = Signer::new(key)?;
        for number in 0..self.sites.len() {
            add_site(&aggregator, &site(number))?;
        }
        let sent = thread::scope(|scope| {
            let sites: Vec<_> = self.sites.iter().enumerate().collect();
            let sending = sites.into_iter().map(|(number, (share, objects))| {
                let plan = SeedPlan {
                    seed: crate::events::SEED,
                    begin_ms: self.begin_ms,
                    days: DAYS as u32,
                    sites: vec![SeedSite { tracking_id: site(number), events: events * share / 100 }],
                    objects: *objects,
                    keeps_events: true,
                };
                let (signer, port) = (&signer, self.port);
                scope.spawn(move || send(&plan, port, signer))
            });
            let sending: Vec<_> = sending.collect();
            sending.into_iter().map(join).sum::<Result<u64>>()
        })?;
        // What is hot becomes blocks; what the blocks hold too can be sealed.
        aggregator.process().terminate(STOP_WITHIN)?;
        aggregator.run(&["segments", "seal"])?;
        aggregator.run(&["segments", "compact"])?;
        let said = aggregator.run(&["check"])?;
        let counted = said.lines().find_map(|line| line.strip_prefix("events   "));
        ensure!(counted == Some(sent.to_string().as_str()), "{sent} events were sent; {said}");
        Ok(())
    }
}

impl Drop for Stored {
    fn drop(&mut self) {
        // The process is ended with its owner at the latest.
        let _ = self.stop();
    }
}

/// A site with the goals, properties and pairs that its events have values in.
fn add_site(aggregator: &Aggregator, tracking_id: &str) -> Result<()> {
    aggregator.add_site(tracking_id, tracking_id)?;
    let wanted = settings(tracking_id, true);
    let mut arguments = vec!["site".to_owned(), "set".to_owned(), tracking_id.to_owned()];
    arguments.extend(["--keep-events".to_owned(), "true".to_owned()]);
    for goal in &wanted.goals {
        arguments.extend(["--goal".to_owned(), format!("{}={}", goal.name, goal.event_type)]);
    }
    for property in &wanted.properties {
        arguments.extend(["--property".to_owned(), property.clone()]);
    }
    for (one, other) in &wanted.pairs {
        arguments.extend(["--pair".to_owned(), format!("{},{}", one.name(), other.name())]);
    }
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    aggregator.run(&arguments).map(drop)
}

/// Makes the frames of a plan and sends them, those of an object one after the other. Answers how many events.
fn send(plan: &SeedPlan, port: u16, signer: &Signer) -> Result<u64> {
    thread::scope(|scope| {
        let (mut ways, mut sending) = (BTreeMap::new(), Vec::new());
        for site in &plan.sites {
            let objects = Objects::new(&settings(&site.tracking_id, plan.keeps_events), plan.objects);
            for writer in objects.writers() {
                let mut sender = Sender::connect(port)?;
                sender.hello(signer, writer)?;
                let (way, frames) = sync_channel(AHEAD);
                ways.insert(writer.edge_id, way);
                sending.push(scope.spawn(move || deliver(sender, signer, &frames)));
            }
        }
        let made = seed(plan, |_, made| {
            let way = ways.get(&made.edge).context("a frame of an object that said no hello")?;
            way.send(made.sealed).map_err(|_| anyhow!("a frame was refused"))
        });
        drop(ways);
        // Why it was refused says more than that it was.
        sending.into_iter().try_for_each(join)?;
        made
    })
}

fn deliver(mut sender: Sender, signer: &Signer, frames: &Receiver<Sealed>) -> Result<()> {
    for sealed in frames {
        sender.frame(&signer.frame(&sealed))?;
    }
    Ok(())
}

fn join<T>(thread: ScopedJoinHandle<'_, Result<T>>) -> Result<T> {
    thread.join().map_err(|_| anyhow!("a thread panicked"))?
}

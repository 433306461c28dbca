//! What is done beside the writer: counted frames are made hot, hot layers are merged for checkpoints, old rollups go.
//!
//! ```text
//!            committed group              frozen layer
//!  writer ────────────────► counting ────────────────► merging
//!    ▲                         │ hot, then answers        │ parts to write, blocks to put in place of parts
//!    └─────────────────────────┼──────────────────────────┘
//! ```
//!
//! A thread that panics ends the process: a server that answers but counts nothing helps nobody.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use std::{io, process};

use rusqlite::Connection;

use super::absorbing::Absorbing;
use super::checkpoint;
use super::group::{Committed, Counted};
use super::job::Job;
use crate::ledger::hot::{HOT_BYTES_DUE, Hot, Layer};
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError, Severity};
use crate::metrics;
use crate::telemetry::span;

/// Between two looks whether somebody asked for a checkpoint.
const WANTED_INTERVAL: Duration = Duration::from_millis(250);

/// Bytes of frames after which a checkpoint is due: as much is replayed in about two seconds.
const LOG_BYTES_DUE: usize = 256 * 1024 * 1024;

/// Groups that may be committed and not hot yet.
const GROUPS_AHEAD: usize = 2;

/// Before a checkpoint that could not be written is tried again.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

/// Between two looks for rollups that are too old.
const RETENTION_INTERVAL: Duration = Duration::from_secs(60 * 60);

/// Between two steps of dropping them.
const RETENTION_PAUSE: Duration = Duration::from_millis(50);

/// Exit status after a panic of a thread that the server cannot be without.
const EXIT_PANIC: i32 = 70;

/// Exit status after an I/O error of the ledger.
pub(super) const EXIT_IO: i32 = 74;

/// The threads.
pub(super) struct Background {
    /// Where committed groups go.
    pub groups: SyncSender<Committed>,
    counting: JoinHandle<()>,
    merging: JoinHandle<()>,
}

impl Background {
    /// Starts the threads. `changed` is told of a site when what changed can be seen.
    ///
    /// * `checkpoint_interval`: time between two checkpoints at most, while frames come
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        file: PathBuf,
        hot: Arc<Hot>,
        checkpoint_interval: Duration,
        jobs: SyncSender<Job>,
        changed: impl Fn(SiteKey) + Send + 'static,
    ) -> io::Result<Self> {
        let (groups, committed) = sync_channel(GROUPS_AHEAD);
        // One layer is frozen at a time.
        let (layers, frozen) = sync_channel(1);
        let releasing = Arc::clone(&hot);
        let counting = spawn("counting", move || {
            count(&hot, checkpoint_interval, &committed, &layers, &changed);
        })?;
        let merging = spawn("merging", move || {
            Merging { file, connection: None, absorbing: Absorbing::new(), jobs }.run(&releasing, &frozen);
        })?;
        Ok(Self { groups, counting, merging })
    }

    /// Waits until all that was committed is hot and answered. The writer must not wait for jobs any more.
    pub fn finish(self) {
        drop(self.groups);
        // A thread that panicked has ended the process.
        let _ = self.counting.join();
        let _ = self.merging.join();
    }
}

/// Starts a thread whose panic ends the process.
pub(crate) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<JoinHandle<()>> {
    struct Ends;
    impl Drop for Ends {
        fn drop(&mut self) {
            if thread::panicking() {
                process::exit(EXIT_PANIC);
            }
        }
    }
    thread::Builder::new().name(name.to_owned()).spawn(move || {
        let _ends = Ends;
        work();
    })
}

/// Makes groups hot, answers, and says when a checkpoint is due.
fn count(
    hot: &Hot,
    checkpoint_interval: Duration,
    committed: &Receiver<Committed>,
    layers: &SyncSender<Arc<Layer>>,
    changed: &impl Fn(SiteKey),
) {
    let mut last = Instant::now();
    let mut log_bytes = 0;
    loop {
        match committed.recv_timeout(checkpoint_interval.saturating_sub(last.elapsed()).min(WANTED_INTERVAL)) {
            Ok(group) => log_bytes += show(hot, group, changed),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        let is_due = log_bytes >= LOG_BYTES_DUE
            || hot.current_bytes() >= HOT_BYTES_DUE
            || last.elapsed() >= checkpoint_interval
            || hot.take_wanted();
        if !is_due {
            continue;
        }
        if let Some(layer) = hot.freeze() {
            log_bytes = 0;
            // Gone only when the server stops, which writes what is left.
            let _ = layers.try_send(layer);
        }
        // Where one is under way still, or nothing is to write, later.
        last = Instant::now();
    }
}

/// Makes a group hot, then tells everyone. Answers how many bytes of log it is.
fn show(hot: &Hot, group: Committed, changed: &impl Fn(SiteKey)) -> usize {
    let Committed { counted, changed: versions, answers } = group;
    let mut log_bytes = 0;
    for Counted { site, position, pieces, bytes } in counted {
        log_bytes += bytes;
        hot.add(site, position, &pieces);
    }
    for (site, version) in versions {
        hot.counted(site, version);
        changed(site);
    }
    answers.into_iter().for_each(|answer| answer());
    log_bytes
}

/// Writes frozen layers and has parts absorbed, and now and then has dropped what is too old.
struct Merging {
    file: PathBuf,
    connection: Option<Connection>,
    absorbing: Absorbing,
    jobs: SyncSender<Job>,
}

impl Merging {
    fn run(mut self, hot: &Hot, frozen: &Receiver<Arc<Layer>>) {
        let mut next_retention = Instant::now() + RETENTION_PAUSE;
        let mut next_absorption = Instant::now();
        loop {
            let due = if self.absorbing.is_due() { next_absorption.min(next_retention) } else { next_retention };
            match frozen.recv_timeout(due.saturating_duration_since(Instant::now())) {
                Ok(layer) => {
                    let since = Instant::now();
                    while let Err(e) = span!("checkpoint").in_scope(|| self.write(&layer)) {
                        match e {
                            Unwritten::Stopping => return,
                            Unwritten::Changed => continue,
                            e => self.failed("a checkpoint", e),
                        }
                        // No layer comes before this one is written: what ends the pause early is the server's end.
                        if let Err(RecvTimeoutError::Disconnected) = frozen.recv_timeout(RETRY_PAUSE) {
                            return;
                        }
                    }
                    hot.release();
                    metrics::checkpoint(since.elapsed());
                }
                Err(RecvTimeoutError::Timeout) if Instant::now() >= next_retention => {
                    let (reply, answer) = sync_channel(1);
                    if self.jobs.send(Job::Retain(reply)).is_err() {
                        return;
                    }
                    let more = answer.recv().unwrap_or_default();
                    next_retention = Instant::now() + if more { RETENTION_PAUSE } else { RETENTION_INTERVAL };
                }
                Err(RecvTimeoutError::Timeout) if !self.absorbing.is_due() => {}
                Err(RecvTimeoutError::Timeout) => match span!("absorb parts").in_scope(|| self.absorb()) {
                    Ok(()) => {}
                    Err(Unwritten::Stopping) => return,
                    Err(e) => {
                        self.absorbing.again();
                        if !matches!(e, Unwritten::Changed) {
                            self.failed("parts", e);
                            next_absorption = Instant::now() + RETRY_PAUSE;
                        }
                    }
                },
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Writes a layer as parts.
    fn write(&mut self, layer: &Layer) -> Result<(), Unwritten> {
        let prepared = checkpoint::prepare(reader(&mut self.connection, &self.file)?, layer)?;
        let bytes = prepared.bytes();
        self.ask(|reply| Job::Checkpoint(prepared, reply))?;
        self.absorbing.wrote(bytes);
        Ok(())
    }

    /// One step of absorbing parts.
    fn absorb(&mut self) -> Result<(), Unwritten> {
        match self.absorbing.step(reader(&mut self.connection, &self.file)?)? {
            Some(absorbed) => self.ask(|reply| Job::Absorb(absorbed, reply)),
            None => Ok(()),
        }
    }

    fn ask(&self, job: impl FnOnce(SyncSender<bool>) -> Job) -> Result<(), Unwritten> {
        let (reply, answer) = sync_channel(1);
        self.jobs.send(job(reply)).map_err(|_| Unwritten::Stopping)?;
        match answer.recv() {
            Ok(true) => Ok(()),
            Ok(false) => Err(Unwritten::Changed),
            Err(_) => Err(Unwritten::Failed),
        }
    }

    /// Says why something was not done, and reads by a new connection from now on.
    fn failed(&mut self, what: &str, e: Unwritten) {
        if let Unwritten::Ledger(e) = e {
            if e.severity() == Severity::Fatal {
                tracing::error!("{e}; stopping, because what is on the disk is uncertain");
                process::exit(EXIT_IO);
            }
            tracing::error!("{what} could not be merged: {e}");
        }
        self.connection = None;
    }
}

/// The connection that blocks and parts are read by.
fn reader<'a>(connection: &'a mut Option<Connection>, file: &Path) -> Result<&'a mut Connection, LedgerError> {
    match connection {
        Some(reader) => Ok(reader),
        None => Ok(connection.insert(ledger::open_reader(file)?)),
    }
}

/// Why something is not written.
#[derive(Debug)]
enum Unwritten {
    /// Blocks have changed meanwhile.
    Changed,
    /// The writer could not write it.
    Failed,
    /// The server stops; it is written then.
    Stopping,
    /// The ledger could not be read.
    Ledger(LedgerError),
}

impl From<LedgerError> for Unwritten {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

#[cfg(test)]
mod tests;

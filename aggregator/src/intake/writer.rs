//! The one writer of the server: a thread that owns the write connection and commits in groups.
//!
//! | commit | answer to the group | then |
//! |---|---|---|
//! | done | each job's own, once it can be seen ([`super::background`]) | go on |
//! | no space, lock held | none: 503 | go on; [`Writer::probe`] writes from now on, until a commit works |
//! | I/O error, damaged file | none | the process ends: what is on the disk is uncertain until it is read anew |

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use std::{io, process};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::absorbing::{self, Absorbing};
use super::background::{self, Background, EXIT_IO};
use super::checkpoint;
use super::group::commit;
use super::job::{Job, Reply};
use super::replay::{Replays, SealedIds};
use super::retention::Retention;
use crate::clock::now_ms;
use crate::config::StableAfter;
use crate::ledger::hot::Hot;
use crate::ledger::site::SiteKey;
use crate::ledger::{LedgerError, Severity};
use crate::metrics;
use crate::telemetry::span;

/// Jobs in one commit.
const GROUP_JOBS_MAX: usize = 256;

/// Bytes of frames in one commit. Decoded, a byte of a sketch takes up to eight: a group stays within 64 MB.
const GROUP_BYTES_MAX: usize = 8 * 1024 * 1024;

/// How long the first job of a group waits for company: half of what a commit takes on a common disk.
const GROUP_WAIT: Duration = Duration::from_millis(5);

/// Jobs that may wait: four groups.
const QUEUE_JOBS_MAX: usize = 4 * GROUP_JOBS_MAX;

/// Bytes of frames that may wait, from the moment they are read: eight groups, 600 MB decoded at the very worst.
const QUEUE_BYTES_MAX: usize = 8 * GROUP_BYTES_MAX;

/// The way to the writer.
pub struct Writer {
    jobs: SyncSender<Job>,
    bytes: Arc<Semaphore>,
    hot: Arc<Hot>,
}

/// Nothing was written; asking again later may help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// Too much is waiting.
    #[error("too many writes are waiting")]
    Full,
    /// The commit failed, or the server is stopping.
    #[error("the ledger cannot be written at present")]
    Failed,
}

impl Writer {
    /// Starts the writer. `changed` is told of a site when what changed is durable and can be seen.
    ///
    /// * `file`: the ledger's, to read it beside the writer
    /// * `hot`: what is counted behind the ledger's checkpoint
    /// * `checkpoint_interval`: time between two checkpoints at most, while frames come
    /// * `sealed`: looks up what is in no frame any more
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        connection: Connection,
        file: PathBuf,
        hot: Arc<Hot>,
        stable_after: StableAfter,
        checkpoint_interval: Duration,
        sealed: SealedIds,
        changed: impl Fn(SiteKey) + Send + 'static,
    ) -> io::Result<(Self, JoinHandle<()>)> {
        let (jobs, waiting) = sync_channel(QUEUE_JOBS_MAX);
        let background = Background::start(file, Arc::clone(&hot), checkpoint_interval, jobs.clone(), changed)?;
        let replays = Replays::over(sealed);
        let retention = Retention::new(stable_after);
        let mut task = Task { connection, hot: Arc::clone(&hot), stable_after, replays, retention, background };
        let thread = background::spawn("writer", move || {
            task.write(&waiting);
            // Whoever waits for the writer learns that it is gone.
            drop(waiting);
            task.finish();
        })?;
        Ok((Self { jobs, bytes: Arc::new(Semaphore::new(QUEUE_BYTES_MAX)), hot }, thread))
    }

    /// Room for the bytes of a frame; given back when it is counted.
    ///
    /// # Errors
    /// [`Unavailable::Full`] when too much is waiting.
    pub fn reserve(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Unavailable> {
        if self.hot.is_full() {
            return Err(Unavailable::Full);
        }
        let bytes = u32::try_from(bytes).map_err(|_| Unavailable::Full)?;
        Arc::clone(&self.bytes).try_acquire_many_owned(bytes).map_err(|_| Unavailable::Full)
    }

    /// Has a job done; the answer comes when it is durable.
    ///
    /// # Errors
    /// [`Unavailable`] when nothing was written.
    pub async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job) -> Result<T, Unavailable> {
        let (reply, answer) = oneshot::channel();
        self.jobs.try_send(job(reply)).map_err(|e| match e {
            TrySendError::Full(_) => Unavailable::Full,
            TrySendError::Disconnected(_) => Unavailable::Failed,
        })?;
        answer.await.map_err(|_| Unavailable::Failed)
    }

    /// Has a job done, without waiting for it.
    #[cfg(test)]
    pub(super) fn submit(&self, job: Job) {
        let _ = self.jobs.send(job);
    }

    /// Has something small written, apart from what others write; what it answers comes when it is durable.
    ///
    /// # Errors
    /// [`Unavailable`] when nothing was written.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, u64) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, Unavailable> {
        self.ask(|reply: Reply<T>| {
            Job::Write(Box::new(move |connection, now_ms| {
                let done = work(connection, now_ms)?;
                Ok(Box::new(move || {
                    // An asker that has gone away learns it by asking again.
                    let _ = reply.send(done);
                }))
            }))
        })
        .await
    }

    /// Whether the ledger can be written. While it can, that costs no write.
    ///
    /// # Errors
    /// [`Unavailable`] when it cannot.
    pub async fn probe(&self) -> Result<(), Unavailable> {
        self.ask(Job::Probe).await
    }

    /// Lets the writer finish what waits, and stop.
    pub fn stop(&self) {
        // Fails only when it has stopped already.
        let _ = self.jobs.send(Job::Stop);
    }
}

struct Task {
    connection: Connection,
    hot: Arc<Hot>,
    stable_after: StableAfter,
    replays: Replays,
    retention: Retention,
    background: Background,
}

impl Task {
    fn write(&mut self, waiting: &Receiver<Job>) {
        let mut is_writing = true;
        while let Some((mut jobs, is_last)) = gather(waiting) {
            if is_writing {
                answer_probes(&mut jobs);
            }
            self.maintain(&mut jobs);
            // After a failure a probe is written like any other job, and so finds out when it is over.
            if !jobs.is_empty() {
                // A small write may find room where a frame does not.
                let is_telling = jobs.iter().any(|job| matches!(job, Job::Frame(..) | Job::Probe(_)));
                let (since, span) = (Instant::now(), span!("group commit", jobs = jobs.len()));
                let group = || commit(&mut self.connection, jobs, &mut self.replays, self.stable_after, now_ms());
                let committed = span.in_scope(group);
                metrics::commit(since.elapsed(), committed.is_ok());
                match committed {
                    Ok(committed) => {
                        is_writing |= is_telling;
                        // Fails only when counting panicked, which ends the process.
                        let _ = self.background.groups.send(committed);
                    }
                    Err(e) => {
                        is_writing = false;
                        self.replays.forget_all();
                        failed("a group was not written", &e);
                    }
                }
            }
            if is_last {
                break;
            }
        }
    }

    /// Does what is not of a group: each in a transaction of its own.
    fn maintain(&mut self, jobs: &mut Vec<Job>) {
        let is_maintenance = |job: &mut Job| matches!(job, Job::Checkpoint(..) | Job::Absorb(..) | Job::Retain(_));
        for job in jobs.extract_if(.., is_maintenance) {
            let (done, reply) = match job {
                Job::Checkpoint(prepared, reply) => (checkpoint::write(&mut self.connection, &prepared), reply),
                Job::Absorb(absorbed, reply) => (absorbing::write(&mut self.connection, &absorbed), reply),
                Job::Retain(reply) => (self.retention.step(&mut self.connection, now_ms()), reply),
                _ => continue,
            };
            match done {
                // Nobody waits any more when the server stops.
                Ok(answer) => drop(reply.send(answer)),
                Err(e) => failed("rollups were not written", &e),
            }
        }
    }

    /// Writes all that is hot, so that the next start has nothing to replay, and has it absorbed.
    fn finish(self) {
        let Self { mut connection, hot, background, .. } = self;
        background.finish();
        while let Some(layer) = hot.next() {
            let written = checkpoint::prepare(&mut connection, &layer)
                .and_then(|prepared| checkpoint::write(&mut connection, &prepared));
            match written {
                Ok(true) => hot.release(),
                Ok(false) => {}
                Err(e) => return failed("the last checkpoint was not written, its frames will be replayed", &e),
            }
        }
        let absorbed = absorb(&mut connection);
        absorbed.unwrap_or_else(|e| failed("not all parts were absorbed, the next start goes on", &e));
    }
}

/// Absorbs all parts, as nobody else writes any more.
fn absorb(connection: &mut Connection) -> Result<(), LedgerError> {
    let mut absorbing = Absorbing::new();
    while let Some(absorbed) = absorbing.step(connection)? {
        if !absorbing::write(connection, &absorbed)? {
            absorbing.again();
        }
    }
    Ok(())
}

fn failed(what: &str, e: &LedgerError) {
    if e.severity() == Severity::Fatal {
        tracing::error!("{e}; stopping, because what is on the disk is uncertain");
        process::exit(EXIT_IO);
    }
    tracing::error!("{what}: {e}");
}

fn answer_probes(jobs: &mut Vec<Job>) {
    for job in jobs.extract_if(.., |job| matches!(job, Job::Probe(_))) {
        if let Job::Probe(reply) = job {
            let _ = reply.send(());
        }
    }
}

/// The next group, and whether it is the last. None when nobody can ask any more.
fn gather(waiting: &Receiver<Job>) -> Option<(Vec<Job>, bool)> {
    let mut next = waiting.recv().ok();
    let until = Instant::now() + GROUP_WAIT;
    let mut jobs = Vec::new();
    let mut bytes = 0;
    loop {
        match next {
            Some(Job::Stop) => return Some((jobs, true)),
            Some(job) => {
                bytes += job.bytes();
                jobs.push(job);
            }
            None if jobs.is_empty() => return None,
            None => return Some((jobs, true)),
        }
        if jobs.len() >= GROUP_JOBS_MAX || bytes >= GROUP_BYTES_MAX {
            return Some((jobs, false));
        }
        match waiting.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(job) => next = Some(job),
            Err(RecvTimeoutError::Timeout) => return Some((jobs, false)),
            Err(RecvTimeoutError::Disconnected) => next = None,
        }
    }
}

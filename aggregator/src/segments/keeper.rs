//! The thread that seals, merges and drops, as long as the server runs.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use domain::window::{HOUR_MS, MINUTE_MS};

use super::{Amount, Segments, SegmentsError};
use crate::clock::now_ms;
use crate::intake::spawn;
use crate::telemetry::span;

/// Between two looks at what is due.
const PAUSE: Duration = Duration::from_secs(5);

/// After a failure.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(60);

/// The thread.
pub struct Keeper {
    segments: Arc<Segments>,
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Keeper {
    /// Starts it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(segments: Arc<Segments>) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let keeping = Arc::clone(&segments);
        let work = move || keep(&keeping, &stopped);
        let thread = spawn("segments", work)?;
        Ok(Self { segments, stop, thread })
    }

    /// Breaks off what it does, which the next start does anew.
    pub fn stop(self) {
        self.segments.is_stopping.store(true, Ordering::Relaxed);
        // Fails only when it has ended, by a panic that was printed.
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

/// When the less frequent things were done last.
struct Done {
    compaction_ms: u64,
    retention_ms: u64,
    strays: bool,
}

fn keep(segments: &Segments, stopped: &Receiver<()>) {
    let mut done = Done { compaction_ms: 0, retention_ms: 0, strays: false };
    loop {
        let pause = match round(segments, now_ms(), &mut done) {
            Ok(()) => PAUSE,
            Err(SegmentsError::Stopped) => return,
            Err(e) => {
                tracing::error!("segments: {e}");
                PAUSE_AFTER_FAILURE
            }
        };
        match stopped.recv_timeout(pause) {
            Err(RecvTimeoutError::Timeout) => {}
            _ => return,
        }
    }
}

/// Does all that is due, whatever part of it fails. Answers the first failure.
fn round(segments: &Segments, now_ms: u64, done: &mut Done) -> Result<(), SegmentsError> {
    let mut work = segments.work()?;
    let mut failed = Ok(());
    let mut note = |what: &str, result: Result<u64, SegmentsError>| match result {
        Ok(0) => Ok(()),
        Ok(number) => {
            tracing::info!(number, "{what}");
            Ok(())
        }
        Err(SegmentsError::Stopped) => Err(SegmentsError::Stopped),
        Err(e) => {
            failed = std::mem::replace(&mut failed, Ok(())).and(Err(e));
            Ok(())
        }
    };
    if !done.strays {
        note("files that the ledger does not know were set apart", work.set_strays_apart())?;
        done.strays = true;
    }
    note("events were sealed", span!("seal").in_scope(|| work.seal(Amount::Due { now_ms })))?;
    if now_ms >= done.compaction_ms + MINUTE_MS {
        note("segments were merged", span!("merge").in_scope(|| work.compact(now_ms)))?;
        done.compaction_ms = now_ms;
    }
    if now_ms >= done.retention_ms + HOUR_MS {
        note("events were dropped, older than their sites want them kept", work.retain_all(now_ms))?;
        note("segments were left to the bucket", work.cool(now_ms))?;
        done.retention_ms = now_ms;
    }
    note("", work.sweep(now_ms).map(|()| 0))?;
    failed
}

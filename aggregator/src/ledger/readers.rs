//! Connections that read beside the writer: a bounded number, each read with a time limit.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::{LedgerError, open_reader};
use crate::telemetry::span;

/// Steps of SQLite's machine between two looks at the clock: about a tenth of a millisecond.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// Connections that read.
pub struct Readers {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
    places: Arc<Semaphore>,
    time_limit: Duration,
}

/// Why a read brought nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// All connections were in use for the whole time limit.
    #[error("every reader of the ledger is busy")]
    Busy,
    /// The read took longer than its limit.
    #[error("the read took longer than its limit")]
    TooLong,
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl Readers {
    /// At most `count` reads of the ledger at once, each for `time_limit` at most.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger cannot be opened.
    pub fn open(file: &Path, count: usize, time_limit: Duration) -> Result<Arc<Self>, LedgerError> {
        let idle = vec![open_reader(file)?];
        Ok(Arc::new(Self {
            file: file.to_owned(),
            idle: Mutex::new(idle),
            places: Arc::new(Semaphore::new(count)),
            time_limit,
        }))
    }

    /// Reads, on a thread of its own and at one version of the ledger. When the caller goes away, the read is stopped.
    ///
    /// # Errors
    /// [`ReadError`] when it cannot be done in time.
    pub async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let place = tokio::time::timeout(self.time_limit, Arc::clone(&self.places).acquire_owned()).await;
        let Ok(Ok(place)) = place else { return Err(ReadError::Busy) };
        let is_given_up = Arc::new(AtomicBool::new(false));
        let _giving_up = GivesUp(Arc::clone(&is_given_up));
        let readers = Arc::clone(self);
        let until = Instant::now() + self.time_limit;
        let should_stop = move || is_given_up.load(Ordering::Relaxed) || Instant::now() >= until;
        let span = span!("read");
        let reading = move || {
            let result = span.in_scope(|| readers.read_until(should_stop, work));
            drop(place);
            result
        };
        let done = tokio::task::spawn_blocking(reading).await;
        match done {
            Ok(Err(e)) if e.is_interrupted() => Err(ReadError::TooLong),
            Ok(result) => Ok(result?),
            Err(e) => Err(LedgerError::Damaged(format!("a read ended early: {e}")).into()),
        }
    }

    fn read_until<T>(
        &self,
        should_stop: impl FnMut() -> bool + Send + 'static,
        work: impl FnOnce(&Connection) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut connection = idle.map_or_else(|| open_reader(&self.file), Ok)?;
        connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(should_stop))?;
        let transaction = connection.transaction()?;
        let result = work(&transaction);
        drop(transaction);
        connection.progress_handler(0, None::<fn() -> bool>)?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        result
    }
}

/// Tells a read that nobody waits for it any more.
struct GivesUp(Arc<AtomicBool>);

impl Drop for GivesUp {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

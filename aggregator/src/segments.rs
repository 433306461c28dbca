//! Raw events on their way from frames into segments, and what becomes of these.
//!
//! ```text
//!  frame_bytes ──seal──► segments of level 0 ──compact──► larger ones ──cool──► the bucket alone ──retain──► gone
//! ```
//!
//! | step | files | then, in one transaction |
//! |---|---|---|
//! | [`sealing`] | one new segment for each day of the frames' events | manifest, sealed position, bytes of the frames |
//! | [`compaction`] | one new segment for several of a day | the new one in, the old ones to the removed |
//! | [`erasure`] | each segment with the visitors, without them | as above, and at once the old ones are deleted |
//! | [`erasure`], retention | none | the old ones to the removed |
//!
//! Before a file is begun, the ledger notes it as one to be removed; the transaction that makes it a segment takes
//! that back. So what a crash or an error leaves is known by name, in the folder and in the bucket, and goes before the
//! next work begins.
//! One at a time works on segments, of all processes: whoever holds the lock file.

pub mod backup;
mod bucket;
mod check;
mod compaction;
mod erasure;
mod export;
mod keeper;
mod lookup;
mod sealing;
mod store;
mod sweep;
mod tail;
mod view;

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use events::batch::BatchError;
use events::files::{FilesError, SegmentFiles, path_of};
use events::read::ReadError;
use events::scan::{Footers, ScanError};
use events::segment::Segment;
use events::write::{SegmentWriter, WriteError, Written};
use rusqlite::Connection;

use crate::config::Config;
use crate::ledger::site::SiteKey;
use crate::ledger::{self, DataFolder, LedgerError, begin};

pub use keeper::Keeper;
pub use sealing::Amount;
pub use store::Store;
use tail::Tails;

/// Why work on segments was not done.
#[derive(Debug, thiserror::Error)]
pub enum SegmentsError {
    /// The ledger's.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A file's.
    #[error(transparent)]
    Files(#[from] FilesError),
    /// A segment was not written.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// A segment was not read.
    #[error("segment {0}: {1}")]
    Read(String, ReadError),
    /// A scan came to no answer.
    #[error(transparent)]
    Scan(#[from] ScanError),
    /// Events that are no columns.
    #[error(transparent)]
    Batch(#[from] BatchError),
    /// What was written is not what was read: nothing is changed.
    #[error("segments of {0}: what was written is not what was read")]
    Mismatch(String),
    /// A segment is not what the manifest says.
    #[error("segment {0}: is not what the manifest says")]
    Damaged(String),
    /// The lock file's.
    #[error("{path}: {source}")]
    Lock {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// No randomness for a name.
    #[error("no randomness: {0}")]
    Random(getrandom::Error),
    /// There is no such site.
    #[error("there is no site {0}")]
    UnknownSite(String),
    /// The bucket is another ledger's.
    #[error(
        "storage.bucket: {bucket} has the segments of another ledger ({owner}; this one is {id}). Give each server a \
         bucket or a prefix (storage.bucket.prefix) of its own. If the other ledger is gone for good, or this one was \
         restored from a backup of an earlier version, `tidemark segments claim` makes the bucket this ledger's"
    )]
    Owned {
        /// The bucket.
        bucket: String,
        /// The other ledger.
        owner: String,
        /// This one.
        id: String,
    },
    /// Segments are left to a bucket that is not known here.
    #[error("{0}")]
    NoBucket(String),
    /// The server is to stop.
    #[error("stopped")]
    Stopped,
}

/// The segments of all sites.
pub struct Segments {
    ledger: PathBuf,
    lock: PathBuf,
    strays: PathBuf,
    files: Arc<SegmentFiles>,
    rules: Rules,
    tails: Tails,
    footers: Footers,
    changed: OnceLock<Changed>,
    /// The bucket, as people read it.
    bucket: Option<String>,
    /// Whether segments may be changed here: the bucket is this ledger's, or there is none.
    claimed: OnceLock<()>,
    is_stopping: AtomicBool,
}

/// Is told of a site, and of the version of its data, when events were erased or dropped.
pub type Changed = Box<dyn Fn(SiteKey, u64) + Send + Sync>;

/// When what is done, from the settings.
#[derive(Clone, Copy, Debug)]
struct Rules {
    seal_events: u64,
    seal_after_ms: u64,
    hot_days: u64,
    hot_bytes: u64,
}

/// Leave to change segments, of all threads and processes for one at a time.
pub struct Work<'a> {
    segments: &'a Segments,
    connection: Connection,
    _lock: File,
}

impl Segments {
    /// Opens the segments of a data folder.
    ///
    /// # Errors
    /// [`SegmentsError`] when folder or bucket cannot be used.
    pub fn open(folder: &DataFolder, config: &Config) -> Result<Arc<Self>, SegmentsError> {
        let storage = &config.storage;
        let bucket = storage.bucket.as_ref().map(|bucket| bucket.settings());
        let cache = folder.segment_cache();
        let mut files =
            SegmentFiles::open_folder(&folder.segments(), &cache, storage.cache_bytes_max, bucket.as_ref())?;
        if bucket.is_none()
            && let Some(noted) = bucket::noted(&folder.ledger_file())
        {
            files.explain_no_bucket(bucket::why_needed(&noted));
        }
        let rules = Rules {
            seal_events: storage.seal_events,
            seal_after_ms: storage.seal_after_s * domain::window::SECOND_MS,
            hot_days: storage.hot_days,
            hot_bytes: storage.hot_bytes_max,
        };
        Ok(Arc::new(Self {
            ledger: folder.ledger_file(),
            lock: folder.segment_lock(),
            strays: folder.segment_strays(),
            files: Arc::new(files),
            rules,
            tails: Tails::default(),
            footers: Footers::default(),
            changed: OnceLock::new(),
            bucket: bucket.map(|bucket| bucket::named(&bucket)),
            claimed: OnceLock::new(),
            is_stopping: AtomicBool::new(false),
        }))
    }

    /// Says who is to be told of changes; the first one is.
    pub fn tell(&self, changed: Changed) {
        let _ = self.changed.set(changed);
    }

    /// Waits until nobody else works on segments, and begins to.
    ///
    /// # Errors
    /// [`SegmentsError`] when the ledger cannot be opened or the lock file not be made, or it is not known that the bucket
    /// is this ledger's.
    pub fn work(&self) -> Result<Work<'_>, SegmentsError> {
        let failure = |source| SegmentsError::Lock { path: self.lock.clone(), source };
        let lock = File::options().create(true).write(true).truncate(false).open(&self.lock).map_err(failure)?;
        lock.lock().map_err(failure)?;
        let connection = ledger::open(&self.ledger)?;
        self.claim(&connection)?;
        // What is sealed or erased does not linger in free pages.
        connection.pragma_update(None, "secure_delete", true).map_err(LedgerError::from)?;
        let work = Work { segments: self, connection, _lock: lock };
        work.remove_begun()?;
        Ok(work)
    }

    /// Whether to break off.
    fn check_stop(&self) -> Result<(), SegmentsError> {
        if self.is_stopping.load(Ordering::Relaxed) { Err(SegmentsError::Stopped) } else { Ok(()) }
    }
}

impl Work<'_> {
    /// Changes what a site's events are: in one transaction, which moves the version of its data too.
    fn change<T>(
        &mut self,
        site: SiteKey,
        change: impl FnOnce(&Connection) -> Result<T, LedgerError>,
    ) -> Result<T, SegmentsError> {
        let transaction = begin(&mut self.connection)?;
        let changed = change(&transaction)?;
        let version = ledger::site::advance_version(&transaction, site)?;
        transaction.commit().map_err(LedgerError::from)?;
        if let Some(tell) = self.segments.changed.get() {
            tell(site, version);
        }
        Ok(changed)
    }
}

/// A file that is becoming a segment.
struct Begun {
    path: String,
    day_ms: u64,
    writer: SegmentWriter<events::files::Upload>,
}

impl Work<'_> {
    /// Begins a segment's file. It is noted before.
    fn begin(&self, tracking_id: &str, day_ms: u64, declared: &[String]) -> Result<Begun, SegmentsError> {
        let mut random = [0; 8];
        getrandom::fill(&mut random).map_err(SegmentsError::Random)?;
        let path = path_of(tracking_id, day_ms, &format!("{:016x}", u64::from_be_bytes(random)));
        ledger::segment::begin_file(&self.connection, &path)?;
        let writer = SegmentWriter::new(self.segments.files.create(&path)?, declared)?;
        Ok(Begun { path, day_ms, writer })
    }

    /// Makes a begun file durable wherever files are kept. It is no segment before the manifest says so.
    fn finish(&self, begun: Begun, level: u8) -> Result<Segment, SegmentsError> {
        let Begun { path, day_ms, writer } = begun;
        let (upload, written) = writer.finish()?;
        upload.complete()?;
        self.segments.files.publish(&path)?;
        let Written { events, bytes, first_ms, last_ms, id_checksum } = written;
        Ok(Segment { path, day_ms, events, bytes, first_ms, last_ms, id_checksum, level })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests;

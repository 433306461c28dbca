//! Whether the bucket that segments are left to is this ledger's, and known here.

use std::path::Path;

use events::files::{BucketSettings, FilesError};
use rusqlite::Connection;

use super::{Segments, SegmentsError};
use crate::ledger::{self, LedgerError, installation};

impl Segments {
    /// Sees that the bucket is this ledger's, and makes it so where it is nobody's. Without one, sees that segments are not
    /// left to any.
    ///
    /// # Errors
    /// [`SegmentsError::Owned`] when it is another's, [`SegmentsError::NoBucket`] when there is one elsewhere; any other
    /// when that is not known.
    pub fn claim(&self, connection: &Connection) -> Result<(), SegmentsError> {
        if self.claimed.get().is_some() {
            return Ok(());
        }
        let noted = installation::read(connection)?;
        match (&self.bucket, &noted.bucket) {
            (Some(bucket), before) => {
                let id = noted.id.to_string();
                self.files.claim(&id).map_err(|e| match e {
                    FilesError::Owned(owner) => SegmentsError::Owned { bucket: bucket.clone(), owner, id },
                    e => e.into(),
                })?;
                if before.as_ref() != Some(bucket) {
                    if let Some(before) = before {
                        tracing::warn!("segments were left to {before}, and are to {bucket} from now on");
                    }
                    installation::set_bucket(connection, Some(bucket.as_str()))?;
                }
            }
            (None, Some(before)) => return Err(SegmentsError::NoBucket(why_needed(before))),
            (None, None) => {}
        }
        let _ = self.claimed.set(());
        Ok(())
    }

    /// Goes on without the bucket that segments were left to, as the server's settings say. What only the bucket has is
    /// missed, and said to be.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    pub fn do_without_bucket(&self, connection: &Connection) -> Result<(), LedgerError> {
        let listed = ledger::segment::list(connection, None)?;
        let missing = listed.iter().filter(|segment| !self.files.is_local(&segment.path)).count();
        if missing == 0 {
            installation::set_bucket(connection, None)?;
        } else {
            tracing::error!(segments = missing, "storage.bucket is not set, and only the bucket has some segments");
        }
        let _ = self.claimed.set(());
        Ok(())
    }

    /// Makes the bucket this ledger's, whosever it was. Answers the bucket, if there is one.
    ///
    /// # Errors
    /// [`SegmentsError`] when that could not be written.
    pub fn take_over(&self, connection: &Connection) -> Result<Option<&str>, SegmentsError> {
        self.files.take_over(&installation::read(connection)?.id.to_string())?;
        self.claim(connection)?;
        Ok(self.bucket.as_deref())
    }
}

/// A bucket, as people read it.
pub(super) fn named(bucket: &BucketSettings) -> String {
    let prefix = bucket.prefix.trim_matches('/');
    let below = if prefix.is_empty() { String::new() } else { format!(", prefix {prefix}") };
    format!("bucket {}{below}", bucket.bucket)
}

/// The bucket that a ledger's segments were left to. A ledger that is not there, or of an earlier version, noted none.
pub(super) fn noted(file: &Path) -> Option<String> {
    let connection = ledger::open_reader(file).ok()?;
    installation::read(&connection).ok()?.bucket
}

/// What is said to whoever needs a bucket that is not known here.
pub(super) fn why_needed(bucket: &str) -> String {
    format!(
        "storage.bucket is not set, while the segments of this ledger are left to {bucket}: use the server's settings \
         (--config, TIDEMARK_CONFIG, or the variables TIDEMARK_STORAGE__BUCKET__...)"
    )
}

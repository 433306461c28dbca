//! The files of segments: made here, kept in a folder and, where there is one, in a bucket; opened from wherever they are.
//!
//! | where | what |
//! |---|---|
//! | the folder, `SITE/DAY/NAME.parquet` | every segment, or with a bucket the hot ones |
//! | the folder, `SITE/DAY/NAME.parquet.removed` | what was replaced: a query that began before may still read it |
//! | the bucket | every segment, when there is one |
//! | the cache | cold segments that were asked for lately |
//!
//! A file is on the disk, and in the bucket, before it is spoken of. All methods block.

mod bucket;
mod cache;
mod owner;
mod upload;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::runtime::Runtime;

pub use bucket::{Addressing, BucketSettings, Secret, Transport};
use cache::Cache;
pub use upload::Upload;

/// How a segment's file ends.
const EXTENSION: &str = ".parquet";

/// What a replaced file's name ends with.
const REMOVED: &str = ".removed";

/// Bytes that go to a store at once; buckets take no smaller parts than 5 MB.
pub(crate) const PART_BYTES: usize = 8 << 20;

/// Why a file is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// It is nowhere: replaced since it was looked up, or lost.
    #[error("segment {0} is gone")]
    Gone(String),
    /// It is not in the folder, and the bucket that it may be in is not known here.
    #[error("segment {path} is not in the folder, and {why}")]
    Unreachable {
        /// Which segment.
        path: String,
        /// What is wanted.
        why: String,
    },
    /// The bucket is somebody else's, of this name.
    #[error("the bucket has the segments of {0}")]
    Owned(String),
    /// The folder's.
    #[error("{path}: {source}")]
    Folder {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The store's.
    #[error("segment {path}: {source}")]
    Store {
        /// Which segment.
        path: String,
        /// Why.
        source: object_store::Error,
    },
    /// The bucket cannot be used as configured.
    #[error("the bucket: {0}")]
    Bucket(object_store::Error),
}

/// The files of all segments.
pub struct SegmentFiles {
    folder: PathBuf,
    local: Arc<LocalFileSystem>,
    bucket: Option<Arc<dyn ObjectStore>>,
    why_no_bucket: Option<String>,
    cache: Cache,
    runtime: Arc<Runtime>,
}

impl SegmentFiles {
    /// Opens a folder, made when it is missing; with a bucket, its cache of `cache_bytes_max` too.
    ///
    /// # Errors
    /// [`FilesError`] when they cannot be used.
    pub fn open_folder(
        folder: &Path,
        cache: &Path,
        cache_bytes_max: u64,
        bucket: Option<&BucketSettings>,
    ) -> Result<Self, FilesError> {
        let failure = |source| FilesError::Folder { path: folder.to_owned(), source };
        fs::create_dir_all(folder).map_err(failure)?;
        let local = LocalFileSystem::new_with_prefix(folder).map_err(FilesError::Bucket)?.with_fsync(true);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Ok(Self {
            folder: folder.to_owned(),
            local: Arc::new(local),
            bucket: bucket.map(bucket::open).transpose()?,
            why_no_bucket: None,
            cache: Cache::prepare(cache, cache_bytes_max)?,
            runtime: Arc::new(runtime.map_err(failure)?),
        })
    }

    /// Whether segments are kept in a bucket as well.
    pub fn has_bucket(&self) -> bool {
        self.bucket.is_some()
    }

    /// Without a bucket: says why segments are missed that only a bucket has.
    pub fn explain_no_bucket(&mut self, why: String) {
        self.why_no_bucket = Some(why);
    }

    /// Makes the bucket, if there is one, this owner's, or sees that it is.
    ///
    /// # Errors
    /// [`FilesError::Owned`] when it is another's; any other when that is not known.
    pub fn claim(&self, owner: &str) -> Result<(), FilesError> {
        let Some(bucket) = &self.bucket else { return Ok(()) };
        self.runtime.block_on(owner::claim(bucket.as_ref(), owner))
    }

    /// Makes the bucket, if there is one, this owner's, whosever it was.
    ///
    /// # Errors
    /// [`FilesError::Store`] when that could not be written.
    pub fn take_over(&self, owner: &str) -> Result<(), FilesError> {
        let Some(bucket) = &self.bucket else { return Ok(()) };
        self.runtime.block_on(owner::take_over(bucket.as_ref(), owner))
    }

    /// Begins a file in the folder. Nobody sees it before [`Upload::complete`].
    ///
    /// # Errors
    /// [`FilesError::Store`] when it cannot be made.
    pub fn create(&self, path: &str) -> Result<Upload, FilesError> {
        Upload::begin(Arc::clone(&self.runtime), self.local.as_ref(), path)
    }

    /// Copies a file of the folder to the bucket, if there is one.
    ///
    /// # Errors
    /// [`FilesError`] when it is not there as a whole afterwards.
    pub fn publish(&self, path: &str) -> Result<(), FilesError> {
        let Some(bucket) = &self.bucket else { return Ok(()) };
        let local = self.folder.join(path);
        let failure = |source| FilesError::Folder { path: local.clone(), source };
        let mut file = File::open(&local).map_err(failure)?;
        if file.metadata().map_err(failure)?.len() <= PART_BYTES as u64 {
            let bytes = fs::read(&local).map_err(failure)?;
            let put = self.runtime.block_on(bucket.put(&object(path), bytes.into()));
            return put.map(|_| ()).map_err(|source| FilesError::Store { path: path.to_owned(), source });
        }
        let mut upload = Upload::begin(Arc::clone(&self.runtime), bucket.as_ref(), path)?;
        io::copy(&mut file, &mut upload).map_err(failure)?;
        upload.complete()
    }

    /// Opens a segment for reading, fetching it from the bucket when it is only there. What is open stays readable,
    /// whatever becomes of the file.
    ///
    /// # Errors
    /// [`FilesError::Gone`] when it is nowhere.
    pub fn open(&self, path: &str) -> Result<File, FilesError> {
        let local = self.folder.join(path);
        for place in [&local, &removed(&local)] {
            match File::open(place) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                opened => return opened.map_err(|source| FilesError::Folder { path: place.clone(), source }),
            }
        }
        let Some(bucket) = &self.bucket else {
            let path = path.to_owned();
            return Err(match self.why_no_bucket.clone() {
                Some(why) => FilesError::Unreachable { path, why },
                None => FilesError::Gone(path),
            });
        };
        self.cache.open(path, bucket.as_ref(), &self.runtime)
    }

    /// Puts a replaced file out of the way of programs that read the folder. It can be opened as before.
    ///
    /// # Errors
    /// [`FilesError::Folder`] when it cannot be renamed.
    pub fn set_aside(&self, path: &str) -> Result<(), FilesError> {
        let local = self.folder.join(path);
        match fs::rename(&local, removed(&local)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(FilesError::Folder { path: local, source: e }),
            _ => Ok(()),
        }
    }

    /// Removes a file from everywhere. One that is not there is no error.
    ///
    /// # Errors
    /// [`FilesError`] when it may still be somewhere.
    pub fn remove(&self, path: &str) -> Result<(), FilesError> {
        if let Some(bucket) = &self.bucket {
            match self.runtime.block_on(bucket.delete(&object(path))) {
                Err(object_store::Error::NotFound { .. }) | Ok(()) => {}
                Err(source) => return Err(FilesError::Store { path: path.to_owned(), source }),
            }
        }
        self.cache.remove(path)?;
        let local = self.folder.join(path);
        delete(&removed(&local))?;
        delete(&local)?;
        delete_begun(&local)?;
        self.tidy(&local)
    }

    /// Removes the copy in the folder of a file that is in the bucket, which is asked first.
    ///
    /// # Errors
    /// [`FilesError`] when it is not in the bucket as a whole, or cannot be removed.
    pub fn cool(&self, path: &str, bytes: u64) -> Result<(), FilesError> {
        let Some(bucket) = &self.bucket else { return Ok(()) };
        let kept = self.runtime.block_on(bucket.head(&object(path)));
        match kept {
            Ok(kept) if kept.size == bytes => delete(&self.folder.join(path)),
            Ok(_) => Err(FilesError::Gone(path.to_owned())),
            Err(source) => Err(FilesError::Store { path: path.to_owned(), source }),
        }
    }

    /// Whether the folder has this file.
    pub fn is_local(&self, path: &str) -> bool {
        self.folder.join(path).is_file()
    }

    /// Every file of the folder, by the name it would be opened by; whatever a crash left, too.
    ///
    /// # Errors
    /// [`FilesError::Folder`] when the folder cannot be read.
    pub fn list(&self) -> Result<Vec<String>, FilesError> {
        let failure = |source| FilesError::Folder { path: self.folder.clone(), source };
        let mut paths = walk(&self.folder).map_err(failure)?;
        for path in &mut paths {
            path.truncate(path.strip_suffix(REMOVED).unwrap_or(path).len());
        }
        paths.sort_unstable();
        paths.dedup();
        Ok(paths)
    }

    /// Every file of the bucket that a crash may have left, by name: all that there are.
    ///
    /// # Errors
    /// [`FilesError::Bucket`] when it cannot be listed.
    pub fn list_bucket(&self) -> Result<Vec<String>, FilesError> {
        let Some(bucket) = &self.bucket else { return Ok(Vec::new()) };
        let all = futures_util::TryStreamExt::try_collect::<Vec<_>>(bucket.list(None));
        let all = self.runtime.block_on(all).map_err(FilesError::Bucket)?;
        Ok(all.into_iter().map(|object| object.location.to_string()).filter(|path| path.ends_with(EXTENSION)).collect())
    }

    /// Moves a file of the folder to the same place below another folder of the same disk.
    ///
    /// # Errors
    /// [`FilesError::Folder`] when it cannot be moved.
    pub fn set_apart(&self, path: &str, other: &Path) -> Result<(), FilesError> {
        let (from, to) = (self.folder.join(path), other.join(path));
        let failure = |source| FilesError::Folder { path: to.clone(), source };
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(failure)?;
        }
        let from = if from.exists() { from } else { removed(&from) };
        fs::rename(&from, &to).map_err(failure)?;
        self.tidy(&self.folder.join(path))
    }

    /// Hard-links, or else copies, a file to the same place below another folder.
    ///
    /// # Errors
    /// [`FilesError`] when it is not there afterwards.
    pub fn copy_to(&self, path: &str, other: &Path) -> Result<(), FilesError> {
        let (from, to) = (self.folder.join(path), other.join(path));
        let failure = |source| FilesError::Folder { path: to.clone(), source };
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent).map_err(failure)?;
        }
        if to.try_exists().map_err(failure)? || fs::hard_link(&from, &to).is_ok() {
            return Ok(());
        }
        let mut copy = File::create(&to).map_err(failure)?;
        io::copy(&mut self.open(path)?, &mut copy).map_err(failure)?;
        copy.sync_all().map_err(failure)
    }

    /// Removes the folders that became empty.
    fn tidy(&self, local: &Path) -> Result<(), FilesError> {
        for folder in local.ancestors().skip(1).take_while(|folder| *folder != self.folder) {
            // Another segment may be on its way into it.
            if fs::remove_dir(folder).is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// Where a site's segments stand.
pub fn folder_of(tracking_id: &str) -> String {
    // A tracking id has letters, digits, '-', '_' and '.': only a leading '.' is more than a name.
    match tracking_id.strip_prefix('.') {
        Some(rest) => ["~", rest].concat(),
        None => tracking_id.to_owned(),
    }
}

/// Where a site's segment of a day stands. `name` must be used once.
pub fn path_of(tracking_id: &str, day_ms: u64, name: &str) -> String {
    format!("{}/{}/{name}{EXTENSION}", folder_of(tracking_id), domain::window::date_of(day_ms))
}

fn object(path: &str) -> ObjectPath {
    ObjectPath::from(path)
}

fn removed(local: &Path) -> PathBuf {
    let mut name = local.as_os_str().to_owned();
    name.push(REMOVED);
    name.into()
}

/// All files below a folder, which may be missing.
fn walk(folder: &Path) -> io::Result<Vec<String>> {
    let mut paths = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(below) = folders.pop() {
        let entries = match fs::read_dir(&below) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if let Ok(Some(path)) = entry.path().strip_prefix(folder).map(Path::to_str) {
                paths.push(path.to_owned());
            }
        }
    }
    Ok(paths)
}

/// Removes what there is of a file that was never completed: the store lets it grow as `NAME.parquet#1`.
fn delete_begun(local: &Path) -> Result<(), FilesError> {
    let (Some(folder), Some(name)) = (local.parent(), local.file_name().and_then(|name| name.to_str())) else {
        return Ok(());
    };
    let failure = |source| FilesError::Folder { path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(failure)?,
    };
    for entry in entries {
        let entry = entry.map_err(failure)?.file_name();
        if entry.to_str().and_then(|entry| entry.strip_prefix(name)).is_some_and(|rest| rest.starts_with('#')) {
            delete(&folder.join(entry))?;
        }
    }
    Ok(())
}

fn delete(path: &Path) -> Result<(), FilesError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(FilesError::Folder { path: path.to_owned(), source: e }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;

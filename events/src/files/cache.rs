//! Cold segments that were asked for lately: whole files, up to a number of bytes, the least lately used go first.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::StreamExt;
use object_store::{ObjectStore, ObjectStoreExt};
use tokio::runtime::Runtime;

use super::{FilesError, delete, object};

/// How a file ends that is being fetched.
const PART: &str = ".part";

/// Longest that a file is on its way.
const FETCH_TIME_MAX: Duration = Duration::from_secs(3600);

/// The cache. It begins with what an earlier process left; other processes may add to it and remove from it.
pub(super) struct Cache {
    folder: PathBuf,
    bytes_max: u64,
    /// Held while a file is fetched: whoever wants the same one then finds it.
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// Length and last use of each.
    files: BTreeMap<String, (u64, u64)>,
    bytes: u64,
    uses: u64,
}

impl Cache {
    pub fn prepare(folder: &Path, bytes_max: u64) -> Result<Self, FilesError> {
        let failure = |source| FilesError::Folder { path: folder.to_owned(), source };
        let mut kept = Kept::default();
        for path in super::walk(folder).map_err(failure)? {
            let found = folder.join(&path).metadata();
            if path.ends_with(PART) {
                let modified = found.and_then(|found| found.modified()).ok();
                // Its process is gone: nobody fetches that long.
                if modified.and_then(|modified| modified.elapsed().ok()).is_some_and(|age| age > FETCH_TIME_MAX) {
                    delete(&folder.join(&path))?;
                }
            } else if let Ok(found) = found {
                kept.bytes += found.len();
                kept.files.insert(path, (found.len(), 0));
            }
        }
        Ok(Self { folder: folder.to_owned(), bytes_max, kept: Mutex::new(kept) })
    }

    /// Opens a file, fetched if it is not here.
    pub fn open(&self, path: &str, store: &dyn ObjectStore, runtime: &Runtime) -> Result<File, FilesError> {
        let local = self.folder.join(path);
        let failure = |source| FilesError::Folder { path: local.clone(), source };
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.uses += 1;
        let now = kept.uses;
        if let Some((_, used)) = kept.files.get_mut(path) {
            *used = now;
            match File::open(&local) {
                // Another process made room.
                Err(e) if e.kind() == io::ErrorKind::NotFound => self.forget(&mut kept, path)?,
                opened => return opened.map_err(failure),
            }
        }
        let bytes = fetch(path, &local, store, runtime)?;
        let file = File::open(&local).map_err(failure)?;
        kept.files.insert(path.to_owned(), (bytes, now));
        kept.bytes += bytes;
        while kept.bytes > self.bytes_max
            && let Some(oldest) = kept.files.iter().min_by_key(|(_, (_, used))| *used).map(|(path, _)| path.clone())
        {
            self.forget(&mut kept, &oldest)?;
        }
        Ok(file)
    }

    /// Removes a file if it is here.
    pub fn remove(&self, path: &str) -> Result<(), FilesError> {
        self.forget(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner), path)
    }

    fn forget(&self, kept: &mut Kept, path: &str) -> Result<(), FilesError> {
        let Some((bytes, _)) = kept.files.remove(path) else { return Ok(()) };
        kept.bytes -= bytes;
        delete(&self.folder.join(path))
    }
}

/// Brings an object to a file, whole or not at all.
fn fetch(path: &str, local: &Path, store: &dyn ObjectStore, runtime: &Runtime) -> Result<u64, FilesError> {
    let failure = |source| FilesError::Folder { path: local.to_owned(), source };
    let refused = |source| match source {
        object_store::Error::NotFound { .. } => FilesError::Gone(path.to_owned()),
        source => FilesError::Store { path: path.to_owned(), source },
    };
    if let Some(parent) = local.parent() {
        fs::create_dir_all(parent).map_err(failure)?;
    }
    let mut part = local.as_os_str().to_owned();
    part.push(format!(".{}{PART}", std::process::id()));
    let mut file = File::create(&part).map_err(failure)?;
    let mut bytes = 0;
    let found = runtime.block_on(store.get(&object(path))).map_err(refused)?;
    let wanted = found.meta.size;
    let mut chunks = found.into_stream();
    while let Some(chunk) = runtime.block_on(chunks.next()) {
        let chunk = chunk.map_err(refused)?;
        file.write_all(&chunk).map_err(failure)?;
        bytes += chunk.len() as u64;
    }
    if bytes != wanted {
        return Err(failure(io::ErrorKind::UnexpectedEof.into()));
    }
    fs::rename(&part, local).map_err(failure)?;
    Ok(bytes)
}

//! A file on its way into a store.

use std::io::{self, Write};
use std::sync::Arc;

use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt};
use tokio::runtime::Runtime;

use super::{FilesError, PART_BYTES, object};

/// Takes a file's bytes and hands them to a store, a part at a time. Dropped before [`Upload::complete`], it leaves
/// nothing that anybody sees.
pub struct Upload {
    runtime: Arc<Runtime>,
    path: String,
    upload: Box<dyn MultipartUpload>,
    waiting: Vec<u8>,
    is_complete: bool,
}

impl Upload {
    pub(super) fn begin(runtime: Arc<Runtime>, store: &dyn ObjectStore, path: &str) -> Result<Self, FilesError> {
        let upload = runtime.block_on(store.put_multipart(&object(path)));
        let upload = upload.map_err(|source| FilesError::Store { path: path.to_owned(), source })?;
        Ok(Self { runtime, path: path.to_owned(), upload, waiting: Vec::new(), is_complete: false })
    }

    /// Makes the file be there, whole and durable.
    ///
    /// # Errors
    /// [`FilesError::Store`] when it is not.
    pub fn complete(mut self) -> Result<(), FilesError> {
        let failure = |source| FilesError::Store { path: self.path.clone(), source };
        if !self.waiting.is_empty() {
            let rest = std::mem::take(&mut self.waiting);
            self.runtime.block_on(self.upload.put_part(rest.into())).map_err(failure)?;
        }
        self.runtime.block_on(self.upload.complete()).map_err(failure)?;
        self.is_complete = true;
        Ok(())
    }
}

impl Write for Upload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PART_BYTES.saturating_sub(self.waiting.len());
        let (now, _) = bytes.split_at(room.min(bytes.len()));
        self.waiting.extend_from_slice(now);
        if self.waiting.len() >= PART_BYTES {
            let part = std::mem::take(&mut self.waiting);
            self.runtime.block_on(self.upload.put_part(part.into()))?;
        }
        Ok(now.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Upload {
    fn drop(&mut self) {
        if !self.is_complete {
            // What stays behind is found at the next start.
            let _ = self.runtime.block_on(self.upload.abort());
        }
    }
}

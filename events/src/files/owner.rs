//! Whose a bucket is: two that leave their segments in one place would take each other's for their own.

use std::time::Duration;

use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, PutMode, PutOptions};

use super::FilesError;

/// Name of the object, below the prefix.
const OWNER: &str = "tidemark-owner";

/// Longest that it is asked for.
const CLAIM_TIME_MAX: Duration = Duration::from_secs(10);

/// Makes a bucket its first claimer's. Services that put on a condition decide between two at once; of others, what is
/// there afterwards does.
///
/// # Errors
/// [`FilesError::Owned`] when it is somebody else's.
pub(super) async fn claim(bucket: &dyn ObjectStore, owner: &str) -> Result<(), FilesError> {
    within(async {
        if let Some(found) = read(bucket).await? {
            return check(found, owner);
        }
        let options = PutOptions::from(PutMode::Create);
        match bucket.put_opts(&name(), owner.to_owned().into(), options).await {
            Ok(_) | Err(object_store::Error::AlreadyExists { .. } | object_store::Error::Precondition { .. }) => {}
            Err(object_store::Error::NotImplemented { .. } | object_store::Error::NotSupported { .. }) => {
                put(bucket, owner).await?;
            }
            Err(source) => return Err(failure(source)),
        }
        check(read(bucket).await?.unwrap_or_default(), owner)
    })
    .await
}

/// Makes a bucket somebody's, whosever it was.
pub(super) async fn take_over(bucket: &dyn ObjectStore, owner: &str) -> Result<(), FilesError> {
    within(put(bucket, owner)).await
}

async fn within<T>(work: impl Future<Output = Result<T, FilesError>>) -> Result<T, FilesError> {
    let done = tokio::time::timeout(CLAIM_TIME_MAX, work).await;
    done.unwrap_or_else(|e| Err(failure(object_store::Error::Generic { store: "bucket", source: Box::new(e) })))
}

async fn put(bucket: &dyn ObjectStore, owner: &str) -> Result<(), FilesError> {
    bucket.put(&name(), owner.to_owned().into()).await.map(drop).map_err(failure)
}

async fn read(bucket: &dyn ObjectStore) -> Result<Option<String>, FilesError> {
    match bucket.get(&name()).await {
        Ok(found) => {
            let bytes = found.bytes().await.map_err(failure)?;
            Ok(Some(String::from_utf8_lossy(&bytes).trim().to_owned()))
        }
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(source) => Err(failure(source)),
    }
}

fn check(found: String, owner: &str) -> Result<(), FilesError> {
    if found == owner { Ok(()) } else { Err(FilesError::Owned(found)) }
}

fn name() -> ObjectPath {
    ObjectPath::from(OWNER)
}

fn failure(source: object_store::Error) -> FilesError {
    FilesError::Store { path: OWNER.to_owned(), source }
}

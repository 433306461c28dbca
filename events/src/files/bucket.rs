//! An S3-compatible bucket.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::prefix::PrefixStore;
use object_store::{ClientOptions, ObjectStore, RetryConfig};

use super::FilesError;

/// Tries of one request after the first; a sealing that fails is begun anew later.
const RETRIES_MAX: usize = 3;

/// Longest time that one request is tried.
const RETRY_TIME_MAX: Duration = Duration::from_secs(60);

/// Longest wait for one request: 8 MB at 1 Mbit/s.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(64);

/// Where the bucket is and who may use it.
#[derive(Clone, Debug)]
pub struct BucketSettings {
    /// Scheme, host and port of the service; none for Amazon's own.
    pub endpoint: Option<String>,
    /// Its name.
    pub bucket: String,
    /// Its region; services without any take `us-east-1`.
    pub region: String,
    /// What all paths begin with, e.g. `tidemark/segments`; empty for nothing.
    pub prefix: String,
    /// Names the key.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: Secret,
    /// How the bucket is named in requests.
    pub addressing: Addressing,
    /// Whether requests go over TLS.
    pub transport: Transport,
}

/// How a bucket is named in requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addressing {
    /// In the path, as most services other than Amazon's want it.
    #[default]
    Path,
    /// In the host's name.
    Host,
}

/// What requests go over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Transport {
    /// TLS alone.
    #[default]
    Tls,
    /// Whatever the endpoint's scheme says: for a service on this machine.
    Plain,
}

/// A text that is not shown.
#[derive(Clone)]
pub struct Secret(pub String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

pub(super) fn open(settings: &BucketSettings) -> Result<Arc<dyn ObjectStore>, FilesError> {
    // Fails when a provider is installed already, which serves as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut bucket = AmazonS3Builder::new()
        .with_bucket_name(&settings.bucket)
        .with_region(&settings.region)
        .with_access_key_id(&settings.access_key_id)
        .with_secret_access_key(&settings.secret_access_key.0)
        .with_virtual_hosted_style_request(settings.addressing == Addressing::Host)
        .with_client_options(ClientOptions::new().with_timeout(REQUEST_TIME_MAX))
        .with_allow_http(settings.transport == Transport::Plain)
        .with_retry(RetryConfig { max_retries: RETRIES_MAX, retry_timeout: RETRY_TIME_MAX, ..RetryConfig::default() });
    if let Some(endpoint) = &settings.endpoint {
        bucket = bucket.with_endpoint(endpoint);
    }
    let bucket = bucket.build().map_err(FilesError::Bucket)?;
    Ok(match settings.prefix.trim_matches('/') {
        "" => Arc::new(bucket),
        prefix => Arc::new(PrefixStore::new(bucket, prefix)),
    })
}

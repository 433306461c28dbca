//! Where raw events are kept, and when they move.

use std::fmt;

use events::files::{Addressing, BucketSettings, Secret, Transport};
use serde::{Deserialize, Deserializer, de};
use url::{Host, Url};

/// Where raw events are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Storage {
    /// Events of a site that wait until they are sealed into segments. Default 50 000.
    pub seal_events: u64,
    /// Longest that an event waits, seconds. Default 600.
    pub seal_after_s: u64,
    /// Days that segments stay in the folder too when there is a bucket. Default 30.
    pub hot_days: u64,
    /// Most bytes of segments in the folder when there is a bucket. Default 20 GB.
    pub hot_bytes_max: u64,
    /// Most bytes of segments that were fetched from the bucket. Default 4 GB.
    pub cache_bytes_max: u64,
    /// An S3-compatible bucket that has all segments. Default: none, they stay in the data folder.
    pub bucket: Option<Bucket>,
}

impl Default for Storage {
    fn default() -> Self {
        Self {
            seal_events: 50_000,
            seal_after_s: 600,
            hot_days: 30,
            hot_bytes_max: 20_000_000_000,
            cache_bytes_max: 4_000_000_000,
            bucket: None,
        }
    }
}

/// An S3-compatible bucket.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// Where the service is. Default: Amazon's own for the region.
    #[serde(default)]
    pub endpoint: Option<Endpoint>,
    /// Its region. Default `us-east-1`, which services without regions take.
    #[serde(default = "default_region")]
    pub region: String,
    /// What all names in it begin with. Default: nothing.
    #[serde(default)]
    pub prefix: String,
    /// Names the key.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: Hidden,
    /// How requests name the bucket. Default `path`.
    #[serde(default)]
    pub addressing: AddressingStyle,
    /// Whether an endpoint on this machine may be spoken to without TLS. Default false.
    #[serde(default)]
    pub allow_http: bool,
}

/// How requests name the bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressingStyle {
    /// `https://endpoint/bucket/…`.
    #[default]
    Path,
    /// `https://bucket.endpoint/…`.
    Host,
}

/// A text that is not shown.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Hidden(String);

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// Scheme, host and port: `https`, or `http` on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    url: String,
    is_plain: bool,
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong = || de::Error::custom("must be https://HOST[:PORT], or http:// on this machine's loopback");
        let url = Url::parse(&text).map_err(|_| wrong())?;
        let is_bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let is_here = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        match url.scheme() {
            _ if !is_bare || !url.username().is_empty() || url.password().is_some() => Err(wrong()),
            "https" => Ok(Self { url: url.origin().ascii_serialization(), is_plain: false }),
            "http" if is_here => Ok(Self { url: url.origin().ascii_serialization(), is_plain: true }),
            _ => Err(wrong()),
        }
    }
}

impl Storage {
    /// What is wrong with values that are right one by one.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let bucket = self.bucket.as_ref()?;
        let is_plain = bucket.endpoint.as_ref().is_some_and(|endpoint| endpoint.is_plain);
        (is_plain && !bucket.allow_http).then_some("storage.bucket.endpoint: http:// needs allow_http = true")
    }
}

impl Bucket {
    /// As the store takes it.
    pub fn settings(&self) -> BucketSettings {
        let is_plain = self.endpoint.as_ref().is_some_and(|endpoint| endpoint.is_plain);
        BucketSettings {
            endpoint: self.endpoint.as_ref().map(|endpoint| endpoint.url.clone()),
            bucket: self.name.clone(),
            region: self.region.clone(),
            prefix: self.prefix.clone(),
            access_key_id: self.access_key_id.clone(),
            secret_access_key: Secret(self.secret_access_key.0.clone()),
            addressing: match self.addressing {
                AddressingStyle::Path => Addressing::Path,
                AddressingStyle::Host => Addressing::Host,
            },
            transport: if is_plain && self.allow_http { Transport::Plain } else { Transport::Tls },
        }
    }
}

fn default_region() -> String {
    "us-east-1".to_owned()
}

//! What the aggregator can be told: a TOML file, then `TIDEMARK_*` variables, then flags.

mod storage;
mod telling;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use domain::signature::{self, KEY_BYTES_MIN};
use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Deserializer, de};
use url::Url;

mod reading;

pub use reading::{ReadRates, Token};
pub use storage::Storage;
pub use telling::{Alerts, Mail, MailTls};

/// Prefix of the environment variables; `__` separates nested names.
const PREFIX: &str = "TIDEMARK_";

/// Variables with that prefix that are not settings: the build's folder of assets and the file's own path.
const NOT_SETTINGS: [&str; 2] = ["assets_dir", "config"];

/// Settings of the aggregator. `config.example.toml` shows each with its meaning, unit and default.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address and port to listen on. Default `127.0.0.1:8080`.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Folder of the ledger. Default `tidemark-data`.
    #[serde(default = "default_data_dir")]
    pub data_dir: PathBuf,
    /// Where browsers reach this server: an origin. Default: `http://` and `listen`.
    #[serde(default)]
    pub public_url: Option<PublicUrl>,
    /// Where pages send their events: the edge's origin, for snippets that the dashboard shows. Default: unknown.
    #[serde(default)]
    pub edge_url: Option<PublicUrl>,
    /// Keys that edges sign with; any of them is valid. Default: none, so no frames are taken.
    #[serde(default)]
    pub edge_keys: Vec<EdgeKey>,
    /// Most bytes of the ledger file. Default: no limit but the disk.
    #[serde(default)]
    pub ledger_bytes_max: Option<u64>,
    /// When an edge may forget a counted frame. Default `commit`.
    #[serde(default)]
    pub stable_after: StableAfter,
    /// Seconds between two checkpoints at most, while frames come; at least 1. Default 60.
    #[serde(default = "default_checkpoint_seconds")]
    pub checkpoint_seconds: u64,
    /// Where raw events are kept.
    #[serde(default)]
    pub storage: Storage,
    /// Live streams at once. Default 10 000.
    #[serde(default = "default_live_clients_max")]
    pub live_clients_max: usize,
    /// Live streams of one site at once. Default 10 000.
    #[serde(default = "default_live_clients_max")]
    pub live_clients_per_site_max: usize,
    /// Connections at once. Default 12 000.
    #[serde(default = "default_connections_max")]
    pub connections_max: usize,
    /// Requests of readers.
    #[serde(default)]
    pub read_rates: ReadRates,
    /// Bearer token of `GET /metrics`. Default: none, and only programs of this machine are answered.
    #[serde(default)]
    pub metrics_token: Option<Token>,
    /// Where traces are sent, by OTLP over HTTP: the collector's origin. Default: nowhere.
    #[serde(default)]
    pub otlp_endpoint: Option<PublicUrl>,
    /// Addresses of reverse proxies whose `x-forwarded-for` is believed. Default: none.
    #[serde(default)]
    pub proxies: Vec<IpAddr>,
    /// Where alerts may be sent.
    #[serde(default)]
    pub alerts: Alerts,
    /// The server that takes mail from here. Default: none, and no mail is sent.
    #[serde(default)]
    pub mail: Option<Mail>,
    /// Form of the log's lines. Default `text`.
    #[serde(default)]
    pub log_format: LogFormat,
    /// What to log, as `tracing` filters are written. Default `info`.
    #[serde(default = "default_log_filter")]
    pub log_filter: String,
}

/// What makes a counted frame stable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StableAfter {
    /// The commit: the ledger's disk is trusted.
    #[default]
    Commit,
    /// A backup that has it: the edges keep frames until then, and send them again should the disk be lost.
    Backup,
}

/// Form of the log's lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// A key shared with an edge deployment.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeKey {
    /// Names the key in a request.
    pub id: String,
    /// The key, in hex.
    pub secret: EdgeSecret,
}

/// Bytes of a shared key, at least [`KEY_BYTES_MIN`]. Does not show them.
#[derive(Clone)]
pub struct EdgeSecret(pub Vec<u8>);

impl fmt::Debug for EdgeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

impl<'de> Deserialize<'de> for EdgeSecret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match signature::from_hex(&text) {
            Some(bytes) if bytes.len() >= KEY_BYTES_MIN => Ok(Self(bytes)),
            _ => Err(de::Error::custom(format!("an edge key is at least {KEY_BYTES_MIN} bytes, written in hex"))),
        }
    }
}

/// An origin: scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The origin without a trailing slash, e.g. `https://stats.example`.
    pub fn origin(&self) -> &str {
        &self.0
    }

    /// Whether browsers come over TLS.
    pub fn is_https(&self) -> bool {
        self.0.starts_with("https:")
    }
}

impl<'de> Deserialize<'de> for PublicUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let url = Url::parse(&text).ok().filter(|url| {
            let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
            matches!(url.scheme(), "http" | "https") && bare && url.username().is_empty()
        });
        url.map(|url| Self(url.origin().ascii_serialization()))
            .ok_or_else(|| de::Error::custom("must be an origin, e.g. https://stats.example"))
    }
}

/// What the command line adds; it wins over the file and the environment.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// The file to read.
    pub file: Option<PathBuf>,
    /// For `data_dir`.
    pub data_dir: Option<PathBuf>,
    /// For `listen`.
    pub listen: Option<SocketAddr>,
}

/// Reads the settings.
///
/// # Errors
/// [`figment::Error`] names the setting, its source and what is wrong with it.
pub fn load(flags: &Flags) -> Result<Config, Box<figment::Error>> {
    let mut figment = Figment::new();
    if let Some(file) = &flags.file {
        figment = figment.merge(Toml::file_exact(file));
    }
    figment = figment.merge(Env::prefixed(PREFIX).ignore(&NOT_SETTINGS).split("__"));
    if let Some(data_dir) = &flags.data_dir {
        figment = figment.merge(Serialized::default("data_dir", data_dir));
    }
    if let Some(listen) = flags.listen {
        figment = figment.merge(Serialized::default("listen", listen));
    }
    checked(figment.extract()?)
}

fn checked(config: Config) -> Result<Config, Box<figment::Error>> {
    let fault = config.storage.fault().or_else(|| config.mail.as_ref()?.fault());
    fault.map_or(Ok(config), |fault| Err(Box::new(fault.to_owned().into())))
}

impl Config {
    /// Where browsers reach this server.
    pub fn public_url(&self) -> PublicUrl {
        self.public_url.clone().unwrap_or_else(|| PublicUrl(format!("http://{}", self.listen)))
    }

    /// The key that a request names.
    pub fn edge_key(&self, id: &str) -> Option<&[u8]> {
        self.edge_keys.iter().find(|key| key.id == id).map(|key| key.secret.0.as_slice())
    }
}

fn default_listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8080))
}

fn default_data_dir() -> PathBuf {
    PathBuf::from("tidemark-data")
}

fn default_checkpoint_seconds() -> u64 {
    60
}

fn default_live_clients_max() -> usize {
    10_000
}

fn default_connections_max() -> usize {
    12_000
}

fn default_log_filter() -> String {
    "info".to_owned()
}

#[cfg(test)]
mod tests;

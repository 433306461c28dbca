//! The edge worker on real workerd.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::artifacts::Artifacts;
use crate::key::EdgeKey;
use crate::process::Process;

/// Runtime behaviour the worker is written for; the same date stands in `edge/wrangler.toml`.
const COMPATIBILITY_DATE: &str = "2026-10-01";

/// Header by which a request names its own `request.cf`, on test sockets alone.
pub const CF_HEADER: &str = "x-cf-blob";

/// What the worker is told.
#[derive(Clone, Debug)]
pub struct EdgeSettings {
    /// Port on loopback.
    pub port: u16,
    /// Origin of the aggregator.
    pub aggregator_url: String,
    /// The key it signs with.
    pub key: EdgeKey,
    /// Whether requests may bring their own `request.cf`.
    pub geography: Geography,
    /// Addresses of proxies that are believed about whom they forward for, separated by commas.
    pub trusted_proxies: String,
}

/// Where a request's country comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Geography {
    /// From the runtime: unknown on a machine of one's own.
    Runtime,
    /// From the header [`CF_HEADER`].
    Header,
}

/// A running edge.
pub struct Edge {
    process: Process,
    program: PathBuf,
    dir: PathBuf,
    settings: EdgeSettings,
}

impl Edge {
    /// Starts workerd with the worker; objects are stored under `dir`.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(artifacts: &Artifacts, dir: &Path, settings: &EdgeSettings) -> Result<Self> {
        fs::create_dir_all(dir.join("objects"))?;
        for file in ["index.js", "index_bg.wasm"] {
            fs::copy(artifacts.edge_dir.join(file), dir.join(file))
                .with_context(|| format!("the built worker has no {file}; run `cargo xtask build`"))?;
        }
        fs::write(dir.join("workerd.capnp"), config(settings))?;
        let process = launch(&artifacts.workerd, dir, &[])?;
        let (program, dir) = (artifacts.workerd.clone(), dir.to_owned());
        let mut edge = Self { process, program, dir, settings: settings.clone() };
        edge.wait_ready()?;
        Ok(edge)
    }

    /// Origin.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.settings.port)
    }

    /// Port on loopback.
    pub fn port(&self) -> u16 {
        self.settings.port
    }

    /// The key that it signs with.
    pub fn key(&self) -> &EdgeKey {
        &self.settings.key
    }

    /// Signs with another key from its next start on.
    ///
    /// # Errors
    /// When its settings cannot be written.
    pub fn sign_with(&mut self, key: EdgeKey) -> Result<()> {
        self.settings.key = key;
        Ok(fs::write(self.dir.join("workerd.capnp"), config(&self.settings))?)
    }

    /// Believes these proxies from its next start on.
    ///
    /// # Errors
    /// When its settings cannot be written.
    pub fn trust(&mut self, proxies: &str) -> Result<()> {
        proxies.clone_into(&mut self.settings.trusted_proxies);
        Ok(fs::write(self.dir.join("workerd.capnp"), config(&self.settings))?)
    }

    /// The process.
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Starts it again over the same storage, after it ended. Answers how long until it was ready.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn restart(&mut self) -> Result<Duration> {
        self.launch_with(&[])?;
        self.wait_ready()
    }

    /// As [`Edge::restart`], with more variables, and without waiting: it may end before it is ready.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub fn launch_with(&mut self, environment: &[(&str, String)]) -> Result<()> {
        self.process = launch(&self.program, &self.dir, environment)?;
        Ok(())
    }

    fn wait_ready(&mut self) -> Result<Duration> {
        let url = format!("{}/healthz", self.url());
        self.process.wait_ready(&url).context("the edge did not start")
    }
}

fn launch(program: &Path, dir: &Path, environment: &[(&str, String)]) -> Result<Process> {
    let mut command = Command::new(program);
    command.envs(environment.iter().map(|(name, value)| (name, value)));
    command.args(["serve", "workerd.capnp"]).current_dir(dir);
    Process::start(&mut command, &dir.join("edge.log"))
}

fn config(settings: &EdgeSettings) -> String {
    let cf = match settings.geography {
        Geography::Runtime => String::new(),
        Geography::Header => format!("http = (cfBlobHeader = \"{CF_HEADER}\"), "),
    };
    format!(
        r#"using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "edge", worker = .edge),
    (name = "objects", disk = (path = "objects", writable = true)),
    (name = "outbound", network = (allow = ["public", "private", "local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:{port}", {cf}service = "edge")],
);
const edge :Workerd.Worker = (
  modules = [
    (name = "index.js", esModule = embed "index.js"),
    (name = "index_bg.wasm", wasm = embed "index_bg.wasm"),
  ],
  compatibilityDate = "{COMPATIBILITY_DATE}",
  durableObjectNamespaces = [(className = "SiteShard", uniqueKey = "tidemark-SiteShard", enableSql = true)],
  durableObjectStorage = (localDisk = "objects"),
  globalOutbound = "outbound",
  bindings = [
    (name = "SITE_SHARD", durableObjectNamespace = "SiteShard"),
    (name = "REGION", text = "local"),
    (name = "AGGREGATOR_URL", text = "{aggregator}"),
    (name = "EDGE_KEY_ID", text = "{key_id}"),
    (name = "EDGE_KEY", text = "{key}"),
    (name = "TRUSTED_PROXIES", text = "{proxies}"),
  ],
);
"#,
        port = settings.port,
        aggregator = settings.aggregator_url,
        key_id = settings.key.id,
        key = settings.key.secret,
        proxies = settings.trusted_proxies,
    )
}

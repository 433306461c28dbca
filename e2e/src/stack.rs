//! Edge and aggregator together, over one folder.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use crate::aggregator::Aggregator;
use crate::artifacts::Artifacts;
use crate::edge::{Edge, EdgeSettings, Geography};
use crate::key::EdgeKey;
use crate::port::Ports;

/// How long a process may take to end by itself.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// The running pair.
pub struct Stack {
    /// The aggregator.
    pub aggregator: Aggregator,
    /// The edge.
    pub edge: Edge,
}

impl Stack {
    /// Starts both over `dir`, which holds all that they store; a second start finds it again.
    ///
    /// # Errors
    /// When one of them does not come up.
    pub fn start(artifacts: &Artifacts, dir: &Path, ports: Ports, geography: Geography) -> Result<Self> {
        let aggregator_url = format!("http://127.0.0.1:{}", ports.aggregator);
        Self::start_with_route(artifacts, dir, ports, geography, aggregator_url)
    }

    /// As [`Stack::start`], but the edge reaches the aggregator at `aggregator_url`: a proxy, say.
    ///
    /// # Errors
    /// When one of them does not come up.
    pub fn start_with_route(
        artifacts: &Artifacts,
        dir: &Path,
        ports: Ports,
        geography: Geography,
        aggregator_url: String,
    ) -> Result<Self> {
        fs::create_dir_all(dir)?;
        let key = EdgeKey::of_file(&dir.join("edge-key.toml"))?;
        let aggregator = Aggregator::start(artifacts, &dir.join("aggregator"), ports, &key)?;
        let settings =
            EdgeSettings { port: ports.edge, aggregator_url, key, geography, trusted_proxies: String::new() };
        let edge = Edge::start(artifacts, &dir.join("edge"), &settings)?;
        Ok(Self { aggregator, edge })
    }

    /// Ends both, the edge first, and waits for them.
    ///
    /// # Errors
    /// When one does not end by itself.
    pub fn stop(mut self) -> Result<()> {
        self.edge.process().terminate(PATIENCE)?;
        self.aggregator.process().terminate(PATIENCE)?;
        Ok(())
    }
}

//! Edge and aggregator together, over one folder.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::aggregator::Aggregator;
use crate::artifacts::Artifacts;
use crate::edge::{Edge, EdgeSettings, Geography};
use crate::port;

/// How long a process may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(10);

/// The key that edge and aggregator share.
#[derive(Clone, Serialize, Deserialize)]
pub struct EdgeKey {
    /// Its name.
    pub id: String,
    /// 32 bytes in hex.
    pub secret: String,
}

impl std::fmt::Debug for EdgeKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "EdgeKey({})", self.id)
    }
}

/// Ports on loopback.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    /// The edge's.
    pub edge: u16,
    /// The aggregator's.
    pub aggregator: u16,
}

impl Ports {
    /// Ports that nothing listens on.
    ///
    /// # Errors
    /// When the system has none to give.
    pub fn free() -> Result<Self> {
        Ok(Self { edge: port::free()?, aggregator: port::free()? })
    }
}

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
        fs::create_dir_all(dir)?;
        let key = shared_key(&dir.join("edge-key.toml"))?;
        let aggregator = Aggregator::start(artifacts, &dir.join("aggregator"), ports, &key)?;
        let settings = EdgeSettings { port: ports.edge, aggregator_url: aggregator.url(), key, geography };
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

/// The key in `file`, drawn on first use.
fn shared_key(file: &Path) -> Result<EdgeKey> {
    if let Ok(text) = fs::read_to_string(file) {
        return toml::from_str(&text).with_context(|| format!("{} is damaged", file.display()));
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| anyhow::anyhow!("no randomness: {e}"))?;
    let secret = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let key = EdgeKey { id: "local".to_owned(), secret };
    fs::write(file, toml::to_string(&key)?)?;
    Ok(key)
}

//! How hard the fault tests strike, as the environment says: short in `cargo xtask test`, long in `cargo xtask faults`
//! and `cargo xtask abuse`.

use std::env;
use std::time::Duration;

use anyhow::{Context, Result};

/// Variable with the number of kills of one kind in a test.
pub const KILLS: &str = "E2E_KILLS";
/// Variable with the seed of all waits and attacks.
pub const SEED: &str = "E2E_SEED";
/// Variable with the length of a partition, in seconds.
pub const PARTITION_SECONDS: &str = "E2E_PARTITION_SECONDS";
/// Variable with the number of hostile requests.
pub const ATTACKS: &str = "E2E_ATTACKS";

/// How hard the fault tests strike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effort {
    /// Kills of one kind in a test.
    pub kills: u32,
    /// Seed of all waits: the same seed waits as long before each strike.
    pub seed: u64,
    /// How long nothing passes between edge and aggregator.
    pub partition: Duration,
    /// Hostile requests.
    pub attacks: u64,
}

impl Default for Effort {
    /// What `cargo xtask test` does.
    fn default() -> Self {
        Self { kills: 20, seed: 1, partition: Duration::from_secs(10), attacks: 2_000 }
    }
}

impl Effort {
    /// Reads what the environment says; the default where it says nothing.
    ///
    /// # Errors
    /// Names the variable that is not a number.
    pub fn from_env() -> Result<Self> {
        let usual = Self::default();
        Ok(Self {
            kills: u32::try_from(number(KILLS, u64::from(usual.kills))?).context(KILLS)?,
            seed: number(SEED, usual.seed)?,
            partition: Duration::from_secs(number(PARTITION_SECONDS, usual.partition.as_secs())?),
            attacks: number(ATTACKS, usual.attacks)?,
        })
    }

    /// Strikes of a gentler kind than a kill: a fifth as many, at least one.
    pub fn gentle(&self) -> u32 {
        (self.kills / 5).max(1)
    }
}

fn number(name: &str, usual: u64) -> Result<u64> {
    match env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name} is {text:?}, not a number")),
        Err(_) => Ok(usual),
    }
}

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

/// Variable with the number of frames that arrive shuffled.
pub const FRAMES: &str = "E2E_FRAMES";
/// Variable with the number of times that a disk becomes full.
pub const DISK_ROUNDS: &str = "E2E_DISK_ROUNDS";
/// Variable with the number of crash points of a process that are tried; 0 for every one.
pub const CRASH_POINTS: &str = "E2E_CRASH_POINTS";

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
    /// Frames that arrive shuffled and repeatedly.
    pub frames: u32,
    /// Times that a disk becomes full.
    pub disk_rounds: u32,
    /// Crash points of a process that are tried, spread evenly; 0 for every one.
    pub crash_points: u32,
}

impl Default for Effort {
    /// What `cargo xtask test` does.
    fn default() -> Self {
        Self {
            kills: 20,
            seed: 1,
            partition: Duration::from_secs(10),
            frames: 64 * 50,
            disk_rounds: 3,
            crash_points: 4,
            attacks: 2_000,
        }
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
            kills: count(KILLS, usual.kills)?,
            seed: number(SEED, usual.seed)?,
            partition: Duration::from_secs(number(PARTITION_SECONDS, usual.partition.as_secs())?),
            attacks: number(ATTACKS, usual.attacks)?,
            frames: count(FRAMES, usual.frames)?,
            disk_rounds: count(DISK_ROUNDS, usual.disk_rounds)?,
            crash_points: count(CRASH_POINTS, usual.crash_points)?,
        })
    }

    /// Kills of both processes at once: a quarter as many, at least one.
    pub fn double_kills(&self) -> u32 {
        (self.kills / 4).max(1)
    }

    /// Strikes of a gentler kind than a kill: a fifth as many, at least one.
    pub fn gentle(&self) -> u32 {
        (self.kills / 5).max(1)
    }
}

fn count(name: &str, usual: u32) -> Result<u32> {
    u32::try_from(number(name, u64::from(usual))?).context(name.to_owned())
}

fn number(name: &str, usual: u64) -> Result<u64> {
    match env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("{name} is {text:?}, not a number")),
        Err(_) => Ok(usual),
    }
}

//! Knows what was sent and acknowledged, and what a lost disk excuses.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use wire::Id128;
use wire::frame::RollupDimension;

use crate::world::World;

#[derive(Default)]
pub struct Oracle {
    pub sent: BTreeSet<Id128>,
    pub acknowledged: BTreeSet<Id128>,
    /// Acknowledged, and gone with a disk that went back in time.
    pub lost_with_disk: BTreeSet<Id128>,
    /// Durable but not acknowledged when the edge forgot having seen them: a retry cannot be recognised.
    pub unrecognisable: BTreeSet<Id128>,
}

/// What happened, over all seeds.
#[derive(Default, Clone)]
pub struct Tally {
    pub acknowledged: usize,
    pub kills: usize,
    pub rollbacks: usize,
    pub epochs: usize,
    pub duplicates: usize,
    pub forks: usize,
    pub gaps: usize,
    pub fenced: usize,
    /// Events of replayed frames that were recognised as counted.
    pub recounted: usize,
}

impl Tally {
    pub fn add(&mut self, other: &Self) {
        self.acknowledged += other.acknowledged;
        self.kills += other.kills;
        self.rollbacks += other.rollbacks;
        self.epochs += other.epochs;
        self.duplicates += other.duplicates;
        self.forks += other.forks;
        self.gaps += other.gaps;
        self.fenced += other.fenced;
        self.recounted += other.recounted;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} events acknowledged, {} kills, ", self.acknowledged, self.kills)?;
        write!(f, "{} rollbacks, {} new epochs; frames: {} duplicate, ", self.rollbacks, self.epochs, self.duplicates)?;
        write!(f, "{} forked, {} gaps, {} fenced; ", self.forks, self.gaps, self.fenced)?;
        write!(f, "{} replayed events recognised", self.recounted)
    }
}

impl Oracle {
    /// acknowledged ⊆ counted ⊆ sent, each once, and the rollups are those of the counted events.
    pub fn judge(&self, world: &World) -> Result<Tally, String> {
        let ledger = &world.ledger;
        let mut times: BTreeMap<Id128, usize> = BTreeMap::new();
        for id in &ledger.counted {
            *times.entry(*id).or_insert(0) += 1;
        }
        if let Some(id) = times.keys().find(|id| !self.sent.contains(id)) {
            return Err(format!("event {id} is counted and was never sent"));
        }
        let lost = |id: &&Id128| !times.contains_key(id) && !self.lost_with_disk.contains(id);
        if let Some(id) = self.acknowledged.iter().find(lost) {
            return Err(format!("event {id} was acknowledged and is not counted"));
        }
        let doubled = times.iter().find(|(id, times)| **times > 1 && !self.unrecognisable.contains(id));
        if let Some((id, times)) = doubled {
            return Err(format!("event {id} is counted {times} times"));
        }
        for dimension in [RollupDimension::Total, RollupDimension::Page, RollupDimension::Device] {
            let sum: u64 = ledger.rollups.iter().filter(|(key, _)| key.1 == dimension).map(|(_, r)| r.events).sum();
            if sum != ledger.counted.len() as u64 {
                return Err(format!("the {} rollups hold {sum} events of {}", dimension.name(), ledger.counted.len()));
            }
        }
        Ok(Tally { acknowledged: self.acknowledged.len(), ..world.tally.clone() })
    }
}

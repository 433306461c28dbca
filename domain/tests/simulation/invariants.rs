//! What must hold, whatever happened.

use std::collections::{BTreeMap, BTreeSet};

use domain::delta::edge::Held;
use domain::delta::intake::Mark;
use domain::rollup::{self, Rollup};
use wire::Id128;
use wire::frame::RawEvent;

use crate::aggregator::Ledger;

/// Bytes an object may hold: what it takes before it is busy, and one group more.
const HELD_BYTES_MAX: u64 = 256 * 1024;

/// What was sent and acknowledged, and what a lost disk excuses.
#[derive(Default)]
pub struct Oracle {
    pub sent: BTreeSet<Id128>,
    pub acknowledged: BTreeSet<Id128>,
    /// Gone with a disk that went back in time.
    pub lost_with_disk: BTreeSet<Id128>,
    /// Durable but not acknowledged when the edge forgot having seen them: a retry cannot be recognised.
    pub unrecognisable: BTreeSet<Id128>,
}

/// Within an epoch a mark moves by the one frame that is counted, or stays.
pub fn mark_only_grows(before: Option<Mark>, after: Option<Mark>, is_applied: bool) {
    let moved = before.filter(|_| is_applied).map(|mark| Mark { applied_through: mark.applied_through.next(), ..mark });
    assert_eq!(after, if is_applied { moved } else { before }, "a mark moves otherwise than frame by frame");
}

/// Nothing an object holds grows without bound.
pub fn outbox_is_bounded(held: Held) -> Result<(), String> {
    let bytes = held.journal_bytes + held.outbox_bytes;
    if bytes <= HELD_BYTES_MAX { Ok(()) } else { Err(format!("an object holds {bytes} bytes")) }
}

/// An acknowledged event is on a disk, unless that disk was lost.
pub fn durable_before_acknowledged(
    events: &[RawEvent],
    held: &BTreeSet<Id128>,
    ledger: &Ledger,
    oracle: &Oracle,
) -> Result<(), String> {
    let counted = |id: Id128| ledger.counted.iter().rev().any(|counted| counted.1.id == id);
    let is_safe = |id: Id128| held.contains(&id) || oracle.lost_with_disk.contains(&id) || counted(id);
    match events.iter().find(|event| !is_safe(event.id)) {
        Some(event) => Err(format!("event {} is acknowledged and on no disk", event.id)),
        None => Ok(()),
    }
}

/// acknowledged ⊆ counted ⊆ sent, each once, and the rollups are those of the counted events.
pub fn judge(oracle: &Oracle, ledger: &Ledger) -> Result<(), String> {
    let mut times: BTreeMap<Id128, usize> = BTreeMap::new();
    for counted in &ledger.counted {
        *times.entry(counted.1.id).or_insert(0) += 1;
    }
    if let Some(id) = times.keys().find(|id| !oracle.sent.contains(id)) {
        return Err(format!("event {id} is counted and was never sent"));
    }
    let lost = |id: &&Id128| !times.contains_key(id) && !oracle.lost_with_disk.contains(id);
    if let Some(id) = oracle.acknowledged.iter().find(lost) {
        return Err(format!("event {id} was acknowledged and is not counted"));
    }
    let doubled = times.iter().find(|(id, times)| **times > 1 && !oracle.unrecognisable.contains(id));
    if let Some((id, times)) = doubled {
        return Err(format!("event {id} is counted {times} times"));
    }
    rollups_add_up(ledger)
}

/// Every rollup is what its site's counted events fold to.
fn rollups_add_up(ledger: &Ledger) -> Result<(), String> {
    let mut sites: BTreeMap<&str, Vec<RawEvent>> = BTreeMap::new();
    for counted in &ledger.counted {
        sites.entry(&counted.0).or_default().push(counted.1.clone());
    }
    let mut folded = BTreeMap::new();
    for (site, events) in sites {
        for row in rollup::fold(&events) {
            let rollup = Rollup::of_row(&row).unwrap();
            folded.insert((site.to_owned(), row.start_ms, row.dimension, row.value), rollup);
        }
    }
    let wrong = |(key, rollup): &(&_, &Rollup)| folded.get(*key) != Some(*rollup);
    match ledger.rollups.iter().find(wrong) {
        Some((key, rollup)) => Err(format!("{key:?} holds {} events, its events say otherwise", rollup.events)),
        None if folded.len() != ledger.rollups.len() => Err("a rollup is missing".to_owned()),
        None => Ok(()),
    }
}

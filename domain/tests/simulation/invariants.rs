//! What must hold, whatever happened.

use std::collections::{BTreeMap, BTreeSet};

use domain::delta::edge::Held;
use domain::delta::intake::Mark;
use domain::rollup::{self, Caps, Rollup, VisitSums};
use domain::sketch::Sketch;
use domain::visit::{self, Known};
use wire::Id128;
use wire::frame::{RawEvent, RollupDimension};
use wire::site::Settings;

use crate::aggregator::Ledger;

type Key = (String, u64, RollupDimension, String);

/// Bytes an object may hold: what it takes before it is busy, and one group more.
const HELD_BYTES_MAX: u64 = 256 * 1024;

/// What was sent and acknowledged, and what a lost disk excuses.
#[derive(Default)]
pub struct Oracle {
    pub sent: BTreeSet<Id128>,
    pub acknowledged: BTreeSet<Id128>,
    /// Gone with a disk that went back in time.
    pub lost_with_disk: BTreeSet<Id128>,
    /// An edge's disk went back in time, or the aggregator's did and took something with it.
    pub went_back: bool,
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
    rollups_add_up(oracle, ledger)
}

/// Every rollup is what its site's counted events fold to, in the order in which they happened. What is said of visits
/// goes wrong with a disk that goes back in time.
fn rollups_add_up(oracle: &Oracle, ledger: &Ledger) -> Result<(), String> {
    let settings = Settings::default();
    let mut sites: BTreeMap<&str, Vec<RawEvent>> = BTreeMap::new();
    for counted in &ledger.counted {
        // Followed anew, by what its sender called the session.
        sites.entry(&counted.0).or_default().push(RawEvent { session: counted.1.visitor, ..counted.1.clone() });
    }
    let mut folded = BTreeMap::new();
    for (site, mut events) in sites {
        events.sort_by_key(|event| (event.at_ms, event.id));
        let changes = visit::follow(&mut events, &mut Known::new(), &settings, &mut Caps::default());
        for row in rollup::fold(&events, &changes, &settings, &mut Caps::default()) {
            let rollup = Rollup::of_row(&row).unwrap();
            folded.insert((site.to_owned(), row.start_ms, row.dimension, row.value), rollup);
        }
    }
    let comparable = |rollup: &Rollup| Rollup {
        // A visit that a late event made of two keeps one of two names.
        sessions: Sketch::default(),
        visits: if oracle.went_back { VisitSums::default() } else { rollup.visits },
        ..rollup.clone()
    };
    let said = |rollups: &BTreeMap<_, Rollup>| -> BTreeMap<_, Rollup> {
        let rollups = rollups.iter().map(|(key, rollup): (&Key, _)| (key.clone(), comparable(rollup)));
        rollups.filter(|(_, rollup)| !rollup.is_empty()).collect()
    };
    let (counted, expected) = (said(&ledger.rollups), said(&folded));
    match counted.iter().find(|(key, rollup)| expected.get(*key) != Some(*rollup)) {
        Some((key, rollup)) => Err(format!("{key:?} holds {rollup:?}, its events say {:?}", expected.get(key))),
        None if expected.len() != counted.len() => Err("a rollup is missing".to_owned()),
        None => Ok(()),
    }
}

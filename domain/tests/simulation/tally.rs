//! What happened, over all seeds.

use std::collections::BTreeMap;
use std::fmt;

use wire::frame::FrameResult;

use crate::fault::Fault;

/// What must happen in a few hundred seeds, besides every fault: else something is not tried.
const EXPECTED: &[&str] = &[
    "events acknowledged",
    "new epochs",
    "frames duplicate",
    "frames forked",
    "frames gap",
    "frames fenced",
    "replayed events recognised",
    "events of a lost ledger restored",
    "batches refused for want of room",
];

#[derive(Default, Clone)]
pub struct Tally {
    faults: BTreeMap<Fault, usize>,
    counts: BTreeMap<&'static str, usize>,
}

impl Tally {
    pub fn fault(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    pub fn count(&mut self, what: &'static str) {
        self.add(what, 1);
    }

    pub fn add(&mut self, what: &'static str, times: usize) {
        *self.counts.entry(what).or_default() += times;
    }

    pub fn frame(&mut self, result: FrameResult) {
        self.count(match result {
            FrameResult::Applied => "frames applied",
            FrameResult::Duplicate => "frames duplicate",
            FrameResult::Forked => "frames forked",
            FrameResult::Gap => "frames gap",
            FrameResult::Fenced => "frames fenced",
            FrameResult::UnknownEdge => "frames of an unknown edge",
            FrameResult::Rejected => "frames rejected",
        });
    }

    pub fn merge(&mut self, other: &Self) {
        for (fault, times) in &other.faults {
            *self.faults.entry(*fault).or_default() += times;
        }
        for (what, times) in &other.counts {
            self.add(what, *times);
        }
    }

    /// What was never tried.
    pub fn untried(&self) -> Vec<String> {
        let faults = Fault::ALL.iter().filter(|fault| !self.faults.contains_key(fault));
        let counts = EXPECTED.iter().filter(|what| self.counts.get(*what).copied().unwrap_or_default() == 0);
        faults.map(|fault| format!("{fault:?}")).chain(counts.map(ToString::to_string)).collect()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts: Vec<String> = self.counts.iter().map(|(what, times)| format!("{times} {what}")).collect();
        let faults: Vec<String> = self.faults.iter().map(|(fault, times)| format!("{times} {fault:?}")).collect();
        write!(f, "{}\nfaults: {}", counts.join(", "), faults.join(", "))
    }
}

//! The aggregator: its ledger, and one transaction for each request.

use std::collections::{BTreeMap, BTreeSet};

use domain::delta::intake::{self, Mark};
use domain::rollup::Rollup;
use domain::{hash, seal};
use wire::frame::{Acknowledgement, Frame, FrameResult, Hello, HelloAnswer, RollupDimension};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

use crate::edge::{Answer, Request};
use crate::oracle::Tally;

/// What is on its disk.
#[derive(Clone, Default)]
pub struct Ledger {
    marks: BTreeMap<(Id128, Epoch), Seq>,
    hashes: BTreeMap<(Id128, Epoch, Seq), Id128>,
    by_edge: BTreeMap<Id128, BTreeSet<Id128>>,
    /// Every event counted, in order; twice if it was counted twice.
    pub counted: Vec<Id128>,
    pub rollups: BTreeMap<(u64, RollupDimension, String), Rollup>,
}

impl Ledger {
    pub fn answer(&mut self, request: &Request, tally: &mut Tally) -> Answer {
        match request {
            Request::Hello(hello) => Answer::Hello(self.welcome(hello, tally)),
            Request::Frame(bytes, signed) => Answer::Frame(self.receive(bytes, *signed, tally)),
        }
    }

    fn newest(&self, edge: Id128) -> Option<Mark> {
        let marks = self.marks.range((edge, Epoch(0))..=(edge, Epoch(u64::MAX)));
        marks.last().map(|((_, epoch), applied)| Mark { epoch: *epoch, applied_through: *applied })
    }

    fn welcome(&mut self, hello: &Hello, tally: &mut Tally) -> HelloAnswer {
        let epoch = intake::next_epoch(self.newest(hello.edge_id), hello);
        self.marks.insert((hello.edge_id, epoch), Seq(0));
        tally.epochs += usize::from(hello.epoch.is_some());
        HelloAnswer::Welcome { epoch }
    }

    fn receive(&mut self, bytes: &[u8], signed: Id128, tally: &mut Tally) -> Acknowledgement {
        assert_eq!(hash::of_bytes(bytes), signed);
        let frame = Frame::decode(bytes).unwrap();
        seal::rollups(&frame).unwrap();
        let (edge, place) = (frame.edge_id, (frame.edge_id, frame.epoch, frame.seq));
        let result = intake::decide(self.newest(edge), &frame, signed, self.hashes.get(&place).copied());
        match result {
            FrameResult::Applied => {
                self.hashes.insert(place, signed);
                self.marks.insert((edge, frame.epoch), frame.seq);
                self.count(frame, tally);
            }
            FrameResult::Duplicate => tally.duplicates += 1,
            FrameResult::Forked => tally.forks += 1,
            FrameResult::Gap => tally.gaps += 1,
            FrameResult::Fenced => tally.fenced += 1,
            FrameResult::UnknownEdge | FrameResult::Rejected => {}
        }
        let mark = self.newest(edge);
        let applied_through = mark.map(|mark| mark.applied_through).unwrap_or_default();
        let epoch = mark.map(|mark| mark.epoch).unwrap_or_default();
        Acknowledgement {
            result,
            epoch,
            applied_through,
            stable_through: applied_through,
            settings_version: 0,
            detail: None,
        }
    }

    fn count(&mut self, frame: Frame, tally: &mut Tally) {
        let counted = self.by_edge.entry(frame.edge_id).or_default();
        let all = frame.events.len();
        let frame = if frame.replayed { seal::news(frame, counted, &Settings::default()) } else { frame };
        tally.recounted += all - frame.events.len();
        counted.extend(frame.events.iter().map(|event| event.id));
        self.counted.extend(frame.events.iter().map(|event| event.id));
        let rollups = seal::rollups(&frame).unwrap();
        for (row, rollup) in frame.rows.into_iter().zip(&rollups) {
            self.rollups.entry((row.start_ms, row.dimension, row.value)).or_default().merge(rollup);
        }
    }
}

//! The aggregator: its ledger, one transaction for each request, and its backups.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use domain::delta::intake::{self, Effect, Mark};
use domain::rollup::Rollup;
use domain::{hash, seal, signature};
use wire::frame::{Acknowledgement, Frame, FrameResult, Hello, HelloAnswer, RawEvent, RollupDimension};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

use crate::clock::Skew;
use crate::edge::{Answer, Body, KEY, Request};
use crate::invariants;
use crate::tally::Tally;

/// What is on its disk.
#[derive(Clone, Default)]
pub struct Ledger {
    pub marks: BTreeMap<(Id128, Epoch), Seq>,
    log: BTreeMap<(Id128, Epoch, Seq), Logged>,
    /// Every event counted, in order; twice if it was counted twice.
    pub counted: Vec<Rc<(String, RawEvent)>>,
    pub rollups: BTreeMap<(String, u64, RollupDimension, String), Rollup>,
}

/// A frame of the raw log.
#[derive(Clone)]
struct Logged {
    hash: Id128,
    at_ms: u64,
    ids: Rc<[Id128]>,
}

pub struct Aggregator {
    pub ledger: Ledger,
    /// The ledger's last copy.
    backup: Ledger,
    /// Whether what is applied is acknowledged as stable only once a copy holds it.
    pub waits_for_backup: bool,
    /// Commits that will fail for want of space.
    pub full: usize,
    pub skew: Skew,
}

impl Ledger {
    fn newest(&self, edge: Id128) -> Option<Mark> {
        let marks = self.marks.range((edge, Epoch(0))..=(edge, Epoch(u64::MAX)));
        marks.last().map(|((_, epoch), applied)| Mark { epoch: *epoch, applied_through: *applied })
    }

    fn counted_since(&self, edge: Id128, since_ms: u64) -> BTreeSet<Id128> {
        let all = (edge, Epoch(0), Seq(0))..=(edge, Epoch(u64::MAX), Seq(u64::MAX));
        let recent = self.log.range(all).filter(|(_, logged)| logged.at_ms >= since_ms);
        recent.flat_map(|(_, logged)| logged.ids.iter().copied()).collect()
    }

    fn welcome(&mut self, hello: &Hello) -> HelloAnswer {
        let epoch = intake::next_epoch(self.newest(hello.edge_id), hello);
        self.marks.insert((hello.edge_id, epoch), Seq(0));
        HelloAnswer::Welcome { epoch }
    }

    /// Moves the mark, logs the frame and adds its rows.
    fn count(&mut self, frame: Frame, hash: Id128, mark: Mark, clock_ms: u64) {
        let at_ms = intake::logged_at_ms(frame.rows.iter().map(|row| row.start_ms), clock_ms);
        let ids = frame.events.iter().map(|event| event.id).collect();
        self.log.insert((frame.edge_id, frame.epoch, frame.seq), Logged { hash, at_ms, ids });
        self.marks.insert((frame.edge_id, mark.epoch), mark.applied_through);
        let rollups = seal::rollups(&frame).unwrap();
        for (row, rollup) in frame.rows.into_iter().zip(&rollups) {
            let key = (frame.site.clone(), row.start_ms, row.dimension, row.value);
            self.rollups.entry(key).or_default().merge(rollup);
        }
        self.counted.extend(frame.events.into_iter().map(|event| Rc::new((frame.site.clone(), event))));
    }
}

impl Aggregator {
    pub fn new(waits_for_backup: bool) -> Self {
        Self { ledger: Ledger::default(), backup: Ledger::default(), waits_for_backup, full: 0, skew: Skew::default() }
    }

    /// Answers a request: believed? then one transaction.
    pub fn answer(&mut self, request: &Request, now_ms: u64, tally: &mut Tally) -> Answer {
        let clock_ms = self.skew.clock(now_ms);
        let Request { body, hash, signed_at_ms, signature } = request;
        if signature::verify(KEY, body.path(), *signed_at_ms, *hash, signature, clock_ms).is_err() {
            tally.count("requests not believed");
            return Answer::Refused;
        }
        if self.full > 0 {
            self.full -= 1;
            tally.count("commits refused by the aggregator");
            return Answer::Refused;
        }
        match body {
            Body::Hello(hello) => {
                tally.count(if hello.epoch.is_some() { "new epochs" } else { "first epochs" });
                Answer::Hello(self.ledger.welcome(hello))
            }
            Body::Frame(bytes) => Answer::Frame(self.receive(bytes, *hash, clock_ms, tally)),
        }
    }

    fn receive(&mut self, bytes: &[u8], signed: Id128, clock_ms: u64, tally: &mut Tally) -> Acknowledgement {
        assert_eq!(hash::of_bytes(bytes), signed);
        let frame = Frame::decode(bytes).unwrap();
        seal::rollups(&frame).unwrap();
        let edge = frame.edge_id;
        let before = self.ledger.newest(edge);
        let logged = self.ledger.log.get(&(edge, frame.epoch, frame.seq));
        let verdict = intake::judge(before, &frame, signed, logged.map(|logged| logged.hash));
        tally.frame(verdict.result);
        match (verdict.effect, verdict.mark) {
            (Effect::Count, Some(mark)) => self.ledger.count(frame, signed, mark, clock_ms),
            (Effect::CountNews, Some(mark)) => {
                let all = frame.events.len();
                let counted = self.ledger.counted_since(edge, intake::search_from_ms(&frame));
                let news = seal::news(frame, &counted, &Settings::default());
                tally.add("replayed events recognised", all - news.events.len());
                self.ledger.count(news, signed, mark, clock_ms);
            }
            _ => {}
        }
        let mark = self.ledger.newest(edge);
        invariants::mark_only_grows(before, mark, verdict.result == FrameResult::Applied);
        let kept = if self.waits_for_backup { self.backup.newest(edge) } else { mark };
        intake::acknowledge(verdict.result, mark, kept, None)
    }

    pub fn back_up(&mut self) {
        self.backup = self.ledger.clone();
    }

    pub fn has_no_backup(&self) -> bool {
        self.backup.marks.is_empty()
    }

    /// Starts again from the last copy. Answers the events that are not in it.
    pub fn restore(&mut self) -> Vec<Id128> {
        let lost = std::mem::replace(&mut self.ledger, self.backup.clone());
        let kept: BTreeSet<Id128> = self.ledger.counted.iter().map(|counted| counted.1.id).collect();
        lost.counted.iter().map(|counted| counted.1.id).filter(|id| !kept.contains(id)).collect()
    }
}

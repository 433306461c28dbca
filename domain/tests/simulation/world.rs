//! Everything together, and the faults.

use std::collections::{BTreeMap, BTreeSet};

use domain::accept::{self, Receipt};
use domain::hash;
use wire::Id128;
use wire::batch::Envelope;
use wire::event::{Event, Page};
use wire::frame::RawEvent;

use crate::aggregator::Ledger;
use crate::chance::Chance;
use crate::edge::{Answer, Disk, Edge, Request, SITE};
use crate::oracle::{Oracle, Tally};

/// Objects of the site, each a writer of its own.
const EDGES: usize = 2;

/// Rounds after the last fault in which all must arrive.
const HEALING_ROUNDS: usize = 500;

/// A message under way.
#[derive(Clone)]
enum Message {
    Request { edge: usize, number: u64, request: Request },
    Answer { edge: usize, number: u64, answer: Answer },
}

/// A batch of a sender that has not heard that it is durable.
struct Unacknowledged {
    edge: usize,
    events: Vec<RawEvent>,
}

/// What can happen: work and faults.
#[derive(Clone, Copy, Debug)]
enum Operation {
    NewBatch,
    Retry,
    Alarm,
    Deliver,
    DropMessage,
    DoubleMessage,
    TimeOut,
    KillEdge,
    BackUpEdge,
    RollBackEdge,
    BackUpAggregator,
    RollBackAggregator,
}

/// Operations by how often they are drawn.
const OPERATIONS: &[(Operation, usize)] = &[
    (Operation::NewBatch, 20),
    (Operation::Retry, 10),
    (Operation::Alarm, 25),
    (Operation::Deliver, 45),
    (Operation::DropMessage, 5),
    (Operation::DoubleMessage, 5),
    (Operation::TimeOut, 6),
    (Operation::KillEdge, 4),
    (Operation::BackUpEdge, 1),
    (Operation::RollBackEdge, 1),
    (Operation::BackUpAggregator, 1),
    (Operation::RollBackAggregator, 1),
];

pub struct World {
    chance: Chance,
    now_ms: u64,
    numbers: u64,
    edges: Vec<Edge>,
    edge_backups: Vec<Disk>,
    pub ledger: Ledger,
    ledger_backup: Ledger,
    network: Vec<Message>,
    unacknowledged: BTreeMap<u64, Unacknowledged>,
    pub oracle: Oracle,
    pub tally: Tally,
    history: Vec<Operation>,
}

impl World {
    pub fn new(seed: u64) -> Self {
        let edges: Vec<Edge> = (0..EDGES).map(|n| Edge::new(Id128([n as u8 + 1; 16]))).collect();
        Self {
            chance: Chance::new(seed),
            now_ms: 1_770_028_200_000,
            numbers: 0,
            edge_backups: edges.iter().map(|edge| edge.disk.clone()).collect(),
            edges,
            ledger: Ledger::default(),
            ledger_backup: Ledger::default(),
            network: Vec::new(),
            unacknowledged: BTreeMap::new(),
            oracle: Oracle::default(),
            tally: Tally::default(),
            history: Vec::new(),
        }
    }

    /// One operation, drawn.
    pub fn step(&mut self) {
        let all: usize = OPERATIONS.iter().map(|(_, share)| share).sum();
        let mut at = self.chance.below(all);
        for (operation, share) in OPERATIONS {
            if at < *share {
                self.history.push(*operation);
                return self.run(*operation);
            }
            at -= share;
        }
    }

    /// No more faults: everything that is held must arrive.
    pub fn heal(&mut self) {
        self.edges.iter_mut().for_each(Edge::time_out);
        for _ in 0..HEALING_ROUNDS {
            let holds = self.edges.iter().any(|edge| !edge.disk.held().is_empty());
            if self.network.is_empty() && self.unacknowledged.is_empty() && !holds {
                return;
            }
            self.retry();
            (0..EDGES).for_each(|edge| self.alarm(edge));
            while !self.network.is_empty() {
                self.deliver();
            }
        }
        panic!("the world does not come to rest\n{}", self.history());
    }

    /// What happened, for a person to read.
    pub fn history(&self) -> String {
        format!("{:?}", self.history)
    }

    fn run(&mut self, operation: Operation) {
        self.now_ms += self.chance.below(400) as u64;
        let edge = self.chance.below(EDGES);
        match operation {
            Operation::NewBatch => self.new_batch(edge),
            Operation::Retry => self.retry(),
            Operation::Alarm => self.alarm(edge),
            Operation::Deliver => self.deliver(),
            Operation::DropMessage => drop(self.pick_message()),
            Operation::DoubleMessage => {
                if let Some(message) = self.pick_message() {
                    self.network.extend([message.clone(), message]);
                }
            }
            Operation::TimeOut => self.edges[edge].time_out(),
            Operation::KillEdge => {
                self.tally.kills += 1;
                self.edges[edge].kill();
            }
            Operation::BackUpEdge => self.edge_backups[edge] = self.edges[edge].disk.clone(),
            Operation::RollBackEdge => self.roll_back_edge(edge),
            Operation::BackUpAggregator => self.ledger_backup = self.ledger.clone(),
            Operation::RollBackAggregator => self.roll_back_aggregator(),
        }
    }

    fn new_batch(&mut self, edge: usize) {
        self.numbers += 1;
        let batch = self.numbers;
        let count = 1 + self.chance.below(4) as u64;
        let events: Vec<RawEvent> = (0..count).map(|n| self.event(batch, n)).collect();
        self.oracle.sent.extend(events.iter().map(|event| event.id));
        self.unacknowledged.insert(batch, Unacknowledged { edge, events });
        self.send(batch);
    }

    fn event(&self, batch: u64, number: u64) -> RawEvent {
        let event = Event {
            tracking_id: Some(SITE.to_owned()),
            event_type: Some("pageview".to_owned()),
            page: Some(Page { url: Some(format!("https://a.example/{}", batch % 5)), ..Page::default() }),
            ..Event::default()
        };
        let receipt = Receipt { received_at_ms: self.now_ms, ..Receipt::default() };
        let accepted = accept::accept(event, &Envelope::default(), &receipt).unwrap();
        let id = hash::of_fields(&[&batch.to_be_bytes(), &number.to_be_bytes()]);
        RawEvent { id, visitor: Some(id), ..accepted.event }
    }

    fn retry(&mut self) {
        let waiting: Vec<u64> = self.unacknowledged.keys().copied().collect();
        if let Some(batch) = waiting.get(self.chance.below(waiting.len())) {
            self.send(*batch);
        }
    }

    /// A batch reaches its edge; the acknowledgement may get lost on the way back.
    fn send(&mut self, batch: u64) {
        let Unacknowledged { edge, events } = &self.unacknowledged[&batch];
        let taken = self.edges[*edge].take(batch, events);
        if taken.is_some() && !self.chance.once_in(4) {
            let acknowledged = self.unacknowledged.remove(&batch).unwrap();
            self.oracle.acknowledged.extend(acknowledged.events.iter().map(|event| event.id));
        }
    }

    fn alarm(&mut self, edge: usize) {
        self.numbers += 1;
        let number = self.numbers;
        if let Some(request) = self.edges[edge].alarm(number, self.now_ms) {
            self.network.push(Message::Request { edge, number, request });
        }
    }

    fn pick_message(&mut self) -> Option<Message> {
        (!self.network.is_empty()).then(|| self.network.swap_remove(self.chance.below(self.network.len())))
    }

    /// Any message may be the next to arrive: a network keeps no order.
    fn deliver(&mut self) {
        match self.pick_message() {
            Some(Message::Request { edge, number, request }) => {
                let answer = self.ledger.answer(&request, &mut self.tally);
                self.network.push(Message::Answer { edge, number, answer });
            }
            Some(Message::Answer { edge, number, answer }) => self.edges[edge].hear(number, answer),
            None => {}
        }
    }

    fn roll_back_edge(&mut self, edge: usize) {
        self.tally.rollbacks += 1;
        // What only this disk held is lost with it, if it was acknowledged; the senders bring the rest again.
        let backup = self.edge_backups[edge].clone();
        let held = self.edges[edge].disk.held();
        self.oracle.lost_with_disk.extend(held.difference(&backup.held()));
        for (batch, waiting) in &self.unacknowledged {
            if waiting.edge == edge && self.edges[edge].disk.seen.contains(batch) && !backup.seen.contains(batch) {
                self.oracle.unrecognisable.extend(waiting.events.iter().map(|event| event.id));
            }
        }
        self.edges[edge].disk = backup;
        self.edges[edge].kill();
    }

    fn roll_back_aggregator(&mut self) {
        self.tally.rollbacks += 1;
        let kept: BTreeSet<Id128> = self.ledger_backup.counted.iter().copied().collect();
        self.oracle.lost_with_disk.extend(self.ledger.counted.iter().filter(|id| !kept.contains(id)));
        self.ledger = self.ledger_backup.clone();
    }
}

//! Everything together: senders, edges, a network, the aggregator, and what happens to them.

use std::collections::{BTreeMap, BTreeSet};

use domain::accept::{self, Receipt};
use domain::delta::edge::Step;
use domain::hash;
use wire::Id128;
use wire::batch::Envelope;
use wire::event::{Event, Page};
use wire::frame::RawEvent;

use crate::aggregator::Aggregator;
use crate::chance::Chance;
use crate::clock::Skew;
use crate::disk::Disk;
use crate::edge::{Edge, Taken};
use crate::fault::Fault;
use crate::invariants::{self, Oracle};
use crate::network::{Message, Network};
use crate::tally::Tally;

/// Objects, each a writer of its own: two shards of one site, and another site.
const EDGES: [(&str, u16); 3] = [("UA-1", 0), ("UA-1", 1), ("UA-2", 0)];

/// Rounds after the last fault in which all must arrive.
const HEALING_ROUNDS: usize = 500;

/// Batches that arrive together at most.
const BATCHES: usize = 6;

/// Steps that an edge takes at most before the next operation is drawn.
const STEPS: usize = 24;

/// Time that passes at most while all sleep.
const SLEEP_MS: u64 = 60_000;

/// A batch of a sender that has not heard that it is durable.
struct Unacknowledged {
    edge: usize,
    events: Vec<RawEvent>,
}

/// What can happen.
#[derive(Clone, Copy, Debug)]
enum Operation {
    NewBatches,
    Retry,
    Flush,
    Step,
    Deliver,
    BackUpEdge,
    BackUpAggregator,
    Fault(Fault),
}

/// Work by how often it is drawn.
const WORK: [(Operation, usize); 7] = [
    (Operation::NewBatches, 40),
    (Operation::Retry, 20),
    (Operation::Flush, 40),
    (Operation::Step, 80),
    (Operation::Deliver, 100),
    (Operation::BackUpEdge, 12),
    (Operation::BackUpAggregator, 10),
];

/// A line of the history: what happened to which edge, and the steps that this one took.
struct Happened {
    operation: Operation,
    edge: usize,
    steps: Vec<Step>,
}

pub struct World {
    chance: Chance,
    now_ms: u64,
    numbers: u64,
    edges: Vec<Edge>,
    edge_backups: Vec<Disk>,
    pub aggregator: Aggregator,
    network: Network,
    unacknowledged: BTreeMap<u64, Unacknowledged>,
    pub oracle: Oracle,
    /// Counted, and gone with a ledger though it waits for backups.
    to_restore: BTreeSet<Id128>,
    pub tally: Tally,
    history: Vec<Happened>,
}

impl World {
    /// In every other seed, the aggregator's disk may be lost without an excuse.
    pub fn new(seed: u64) -> Self {
        let edges: Vec<Edge> = EDGES.iter().map(|(site, shard)| Edge::new(site, *shard)).collect();
        Self {
            chance: Chance::new(seed),
            now_ms: 1_770_028_200_000,
            numbers: 0,
            edge_backups: edges.iter().map(|edge| edge.disk.clone()).collect(),
            edges,
            aggregator: Aggregator::new(seed % 2 == 1),
            network: Network::default(),
            unacknowledged: BTreeMap::new(),
            oracle: Oracle::default(),
            to_restore: BTreeSet::new(),
            tally: Tally::default(),
            history: Vec::new(),
        }
    }

    /// One operation, drawn.
    pub fn step(&mut self) -> Result<(), String> {
        let faults = Fault::ALL.iter().map(|fault| (Operation::Fault(*fault), fault.share()));
        let all: Vec<(Operation, usize)> = WORK.into_iter().chain(faults).collect();
        let mut at = self.chance.below(all.iter().map(|(_, share)| share).sum());
        for (operation, share) in all {
            if at < share {
                return self.run(operation);
            }
            at -= share;
        }
        Ok(())
    }

    fn run(&mut self, operation: Operation) -> Result<(), String> {
        self.now_ms += self.chance.below(400) as u64;
        self.network.tick();
        self.aggregator.skew.tick();
        self.edges.iter_mut().for_each(|edge| edge.skew.tick());
        let edge = self.chance.below(EDGES.len());
        self.history.push(Happened { operation, edge, steps: Vec::new() });
        match operation {
            Operation::NewBatches => {
                let batches = 1 + self.chance.below(BATCHES);
                (0..batches).try_for_each(|_| self.new_batch(edge))?;
            }
            Operation::Retry => self.retry()?,
            Operation::Flush => self.flush(edge)?,
            Operation::Step => self.step_edge(edge),
            Operation::Deliver => self.deliver(),
            Operation::BackUpEdge => self.edge_backups[edge] = self.edges[edge].disk.clone(),
            Operation::BackUpAggregator => self.aggregator.back_up(),
            Operation::Fault(fault) => self.go_wrong(fault, edge),
        }
        invariants::outbox_is_bounded(self.edges[edge].disk.holds())
    }

    fn go_wrong(&mut self, fault: Fault, edge: usize) {
        let few = 1 + self.chance.below(4);
        let happened = match fault {
            Fault::DropRequest => self.network.next_request().is_some(),
            Fault::DropAnswer => match self.network.next_request() {
                Some(Message::Request { request, .. }) => {
                    self.aggregator.answer(&request, self.now_ms, &mut self.tally);
                    true
                }
                _ => false,
            },
            Fault::Duplicate | Fault::Delay => match self.network.pick(&mut self.chance) {
                Some(message) => {
                    if fault == Fault::Duplicate {
                        self.network.send(message.clone());
                    }
                    self.network.send(message);
                    true
                }
                None => false,
            },
            Fault::TimeOut => {
                self.edges[edge].time_out(self.now_ms);
                true
            }
            Fault::Partition => {
                self.network.part(&mut self.chance);
                true
            }
            Fault::KillEdge => {
                self.edges[edge].kill();
                true
            }
            Fault::KillAggregator => {
                self.network.reset();
                true
            }
            Fault::FillEdgeDisk => {
                self.edges[edge].full = few;
                true
            }
            Fault::FillAggregatorDisk => {
                self.aggregator.full = few;
                true
            }
            Fault::SetEdgeClock => {
                self.edges[edge].skew.jump(&mut self.chance);
                true
            }
            Fault::SetAggregatorClock => {
                self.aggregator.skew.jump(&mut self.chance);
                true
            }
            // To nothing at all, once in a while.
            Fault::RollBackEdge if self.edge_backups[edge].writer.is_none() && !self.chance.once_in(8) => false,
            Fault::RollBackAggregator if self.aggregator.has_no_backup() && !self.chance.once_in(8) => false,
            Fault::RollBackEdge => {
                self.roll_back_edge(edge);
                true
            }
            Fault::RollBackAggregator => {
                self.roll_back_aggregator();
                true
            }
        };
        if happened {
            self.tally.fault(fault);
        }
    }

    /// No more faults: everything that is held must arrive.
    pub fn heal(&mut self) -> Result<(), String> {
        self.network.heal();
        (self.aggregator.skew, self.aggregator.full) = (Skew::default(), 0);
        for edge in &mut self.edges {
            (edge.skew, edge.full) = (Skew::default(), 0);
            edge.time_out(self.now_ms);
        }
        for _ in 0..HEALING_ROUNDS {
            let holds = self.edges.iter().any(|edge| !edge.disk.held().is_empty());
            if self.network.is_empty() && self.unacknowledged.is_empty() && !holds {
                self.finish();
                return Ok(());
            }
            self.retry()?;
            for edge in 0..EDGES.len() {
                self.flush(edge)?;
                self.history.push(Happened { operation: Operation::Step, edge, steps: Vec::new() });
                self.step_edge(edge);
            }
            while !self.network.is_empty() {
                self.deliver();
            }
            self.aggregator.back_up();
        }
        Err("the world does not come to rest".to_owned())
    }

    fn finish(&mut self) {
        self.tally.add("events acknowledged", self.oracle.acknowledged.len());
        let counted: BTreeSet<Id128> = self.aggregator.ledger.counted.iter().map(|counted| counted.1.id).collect();
        self.tally.add("events of a lost ledger restored", self.to_restore.intersection(&counted).count());
    }

    /// What happened, for a person to read.
    pub fn history(&self) -> String {
        let line = |happened: &Happened| format!("{:?} {} {:?}\n", happened.operation, happened.edge, happened.steps);
        self.history.iter().map(line).collect()
    }

    fn new_batch(&mut self, edge: usize) -> Result<(), String> {
        self.numbers += 1;
        let batch = self.numbers;
        let count = 1 + self.chance.below(4) as u64;
        let events: Vec<RawEvent> = (0..count).map(|n| self.event(edge, batch, n)).collect();
        self.oracle.sent.extend(events.iter().map(|event| event.id));
        self.unacknowledged.insert(batch, Unacknowledged { edge, events });
        self.send(batch)
    }

    fn event(&self, edge: usize, batch: u64, number: u64) -> RawEvent {
        let event = Event {
            tracking_id: Some(self.edges[edge].site().to_owned()),
            event_type: Some("pageview".to_owned()),
            page: Some(Page { url: Some(format!("https://a.example/{}", batch % 5)), ..Page::default() }),
            ..Event::default()
        };
        let receipt = Receipt { received_at_ms: self.edges[edge].clock(self.now_ms), ..Receipt::default() };
        let accepted = accept::accept(event, &Envelope::default(), &receipt).unwrap();
        let id = hash::of_fields(&[&batch.to_be_bytes(), &number.to_be_bytes()]);
        let who = Some(hash::of_fields(&[b"who", &edge.to_be_bytes(), &(batch % 7).to_be_bytes()]));
        RawEvent { id, visitor: who, session: who, ..accepted.event }
    }

    fn retry(&mut self) -> Result<(), String> {
        let waiting: Vec<u64> = self.unacknowledged.keys().copied().collect();
        match waiting.get(self.chance.below(waiting.len())) {
            Some(batch) => self.send(*batch),
            None => Ok(()),
        }
    }

    /// A batch reaches its edge.
    fn send(&mut self, batch: u64) -> Result<(), String> {
        let Unacknowledged { edge, events } = &self.unacknowledged[&batch];
        let edge = *edge;
        match self.edges[edge].take(batch, events) {
            Taken::Durable => return self.acknowledge(batch),
            Taken::Waits => {}
            Taken::NotYet => self.tally.count("batches refused before the first epoch"),
            Taken::Busy => self.tally.count("batches refused for want of room"),
        }
        self.numbers += 1;
        let number = self.numbers;
        if let Some(request) = self.edges[edge].introduce(number, &mut self.chance, self.now_ms) {
            self.network.send(Message::Request { edge, number, request });
        }
        Ok(())
    }

    fn flush(&mut self, edge: usize) -> Result<(), String> {
        let (batches, are_durable) = self.edges[edge].flush(self.now_ms);
        batches.into_iter().filter(|_| are_durable).try_for_each(|batch| self.acknowledge(batch))
    }

    /// The acknowledgement may get lost on its way.
    fn acknowledge(&mut self, batch: u64) -> Result<(), String> {
        if self.chance.once_in(4) {
            return Ok(());
        }
        let Some(Unacknowledged { edge, events }) = self.unacknowledged.remove(&batch) else { return Ok(()) };
        self.oracle.acknowledged.extend(events.iter().map(|event| event.id));
        let held = self.edges[edge].disk.held();
        let counted_later = |event: &&RawEvent| !self.to_restore.contains(&event.id);
        let events: Vec<RawEvent> = events.iter().filter(counted_later).cloned().collect();
        invariants::durable_before_acknowledged(&events, &held, &self.aggregator.ledger, &self.oracle)
    }

    /// An edge takes some steps. Asleep, it sleeps until its alarm.
    fn step_edge(&mut self, edge: usize) {
        self.now_ms += self.edges[edge].asleep_ms(self.now_ms).unwrap_or_default().min(SLEEP_MS);
        for _ in 0..=self.chance.below(STEPS) {
            self.numbers += 1;
            let number = self.numbers;
            let Some((step, request)) = self.edges[edge].step(number, self.now_ms) else { return };
            if let Some(last) = self.history.last_mut() {
                last.steps.push(step);
            }
            if let Some(request) = request {
                self.network.send(Message::Request { edge, number, request });
            }
            if matches!(step, Step::Sleep { .. } | Step::Idle { .. }) {
                return;
            }
        }
    }

    fn deliver(&mut self) {
        match self.network.next() {
            Some(Message::Request { edge, number, request }) => {
                let answer = self.aggregator.answer(&request, self.now_ms, &mut self.tally);
                self.network.send(Message::Answer { edge, number, answer });
            }
            Some(Message::Answer { edge, number, answer }) => self.edges[edge].answer(number, answer, self.now_ms),
            None => {}
        }
    }

    fn roll_back_edge(&mut self, edge: usize) {
        // What only this disk held is lost with it, if it was acknowledged; the senders bring the rest again.
        let backup = self.edge_backups[edge].clone();
        let held = self.edges[edge].disk.held();
        self.oracle.lost_with_disk.extend(held.difference(&backup.held()));
        self.oracle.went_back = true;
        for (batch, waiting) in &self.unacknowledged {
            let was_seen = self.edges[edge].disk.seen.contains_key(batch);
            if waiting.edge == edge && was_seen && !backup.seen.contains_key(batch) {
                self.oracle.unrecognisable.extend(waiting.events.iter().map(|event| event.id));
            }
        }
        self.edges[edge].disk = backup;
        self.edges[edge].kill();
    }

    fn roll_back_aggregator(&mut self) {
        let lost = self.aggregator.restore();
        self.network.reset();
        if self.aggregator.waits_for_backup {
            self.to_restore.extend(lost);
        } else {
            self.oracle.went_back |= !lost.is_empty();
            self.oracle.lost_with_disk.extend(lost);
        }
    }
}

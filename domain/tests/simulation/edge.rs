//! An edge object: its steps in the order in which the worker takes them, each a transaction of its own.

use std::collections::{BTreeMap, BTreeSet};

use domain::delta::outbox::{self, Outbox, Reaction};
use domain::rollup::Caps;
use domain::seal::{self, Folding, Sealed, Writer};
use wire::frame::{Acknowledgement, Frame, Hello, HelloAnswer, RawEvent, WIRE_VERSION};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

pub const SITE: &str = "UA-1";

/// What survives a kill.
#[derive(Clone, Default)]
pub struct Disk {
    pub writer: Option<Writer>,
    pub journal: Vec<Vec<RawEvent>>,
    pub outbox: BTreeMap<Seq, Sealed>,
    pub next: Seq,
    pub seen: BTreeSet<u64>,
}

impl Disk {
    /// Ids of the events that wait for delivery.
    pub fn held(&self) -> BTreeSet<Id128> {
        let sealed = self.outbox.values().flat_map(|frame| Frame::decode(&frame.bytes).unwrap().events);
        sealed.chain(self.journal.iter().flatten().cloned()).map(|event| event.id).collect()
    }
}

/// What the edge waits for.
#[derive(Clone, Copy, PartialEq)]
pub enum Waiting {
    Frame(Seq),
    FirstHello,
    Hello,
}

/// What it sends.
#[derive(Clone)]
pub enum Request {
    Frame(Vec<u8>, Id128),
    Hello(Hello),
}

/// What it gets back.
#[derive(Clone)]
pub enum Answer {
    Frame(Acknowledgement),
    Hello(HelloAnswer),
}

pub struct Edge {
    pub disk: Disk,
    /// The request under way, by the number its answer must carry.
    waiting: Option<(u64, Waiting)>,
    /// Next frame to send.
    from: Seq,
    /// A hello comes before anything else.
    must_greet: bool,
    identity: Id128,
}

impl Edge {
    pub fn new(identity: Id128) -> Self {
        Self { disk: Disk::default(), waiting: None, from: Seq(0), must_greet: false, identity }
    }

    /// Forgets what is not on the disk.
    pub fn kill(&mut self) {
        *self = Self { disk: self.disk.clone(), ..Self::new(self.identity) };
    }

    /// Journals a batch, or recognises it. None while it was never introduced.
    pub fn take(&mut self, batch: u64, events: &[RawEvent]) -> Option<()> {
        self.disk.writer.as_ref()?;
        if self.disk.seen.insert(batch) {
            self.disk.journal.push(events.to_vec());
        }
        Some(())
    }

    /// The alarm: seals the journal, then sends what is next, if nothing is under way.
    pub fn alarm(&mut self, number: u64, now_ms: u64) -> Option<Request> {
        if self.waiting.is_some() {
            return None;
        }
        let Some(writer) = self.disk.writer.clone() else {
            self.waiting = Some((number, Waiting::FirstHello));
            return Some(Request::Hello(self.hello(None)));
        };
        self.seal(&writer, now_ms);
        if self.must_greet {
            self.waiting = Some((number, Waiting::Hello));
            return Some(Request::Hello(self.hello(Some(writer.epoch))));
        }
        let (seq, frame) = self.disk.outbox.range(self.from..).next()?;
        self.waiting = Some((number, Waiting::Frame(*seq)));
        Some(Request::Frame(frame.bytes.clone(), frame.hash))
    }

    fn seal(&mut self, writer: &Writer, now_ms: u64) {
        let events: Vec<RawEvent> = std::mem::take(&mut self.disk.journal).into_iter().flatten().collect();
        let settings = Settings::default();
        let folding =
            Folding { events: &events, changes: &[], outcomes: &[], settings: &settings, sealed_through_ms: now_ms };
        for frame in seal::seal(&folding, writer, self.disk.next, &mut Caps::default()).unwrap() {
            self.disk.next = frame.seq.next();
            self.disk.outbox.insert(frame.seq, frame);
        }
    }

    fn hello(&self, epoch: Option<Epoch>) -> Hello {
        let edge_id = self.disk.writer.as_ref().map_or(self.identity, |writer| writer.edge_id);
        Hello { wire_version: WIRE_VERSION, edge_id, site: SITE.to_owned(), shard: 0, epoch }
    }

    /// No answer in time: from the start again, as after any failure.
    pub fn time_out(&mut self) {
        self.waiting = None;
        self.must_greet = false;
        self.from = Seq(0);
    }

    /// Applies an answer to the request under way; a late one to an earlier request is not heard.
    pub fn hear(&mut self, number: u64, answer: Answer) {
        let Some((_, waiting)) = self.waiting.filter(|(expected, _)| *expected == number) else { return };
        self.waiting = None;
        match (waiting, answer) {
            (Waiting::Frame(sent), Answer::Frame(answer)) => self.react(sent, &answer),
            (Waiting::FirstHello, Answer::Hello(HelloAnswer::Welcome { epoch })) => {
                let writer = Writer { edge_id: self.identity, epoch, site: SITE.to_owned(), shard: 0 };
                self.disk.writer = Some(writer);
                self.disk.next = Seq(1);
            }
            (Waiting::Hello, Answer::Hello(HelloAnswer::Welcome { epoch })) => self.renew(epoch),
            _ => {}
        }
    }

    fn react(&mut self, sent: Seq, answer: &Acknowledgement) {
        let epoch = self.disk.writer.as_ref().unwrap().epoch;
        let oldest = self.disk.outbox.keys().next().copied().unwrap_or(self.disk.next);
        match outbox::react(&Outbox { epoch, oldest }, sent, answer) {
            Reaction::Continue { forget_through, send_from } => {
                self.disk.outbox.retain(|seq, _| *seq > forget_through);
                self.from = send_from;
            }
            Reaction::SayHello => self.must_greet = true,
            Reaction::Quarantine(seq) => panic!("frame {seq:?} was rejected: {answer:?}"),
        }
    }

    fn renew(&mut self, epoch: Epoch) {
        let mut next = Seq(1);
        let mut renewed = BTreeMap::new();
        for frame in self.disk.outbox.values() {
            renewed.insert(next, seal::renumber(&frame.bytes, epoch, next).unwrap());
            next = next.next();
        }
        self.disk.outbox = renewed;
        self.disk.next = next;
        self.disk.writer.as_mut().unwrap().epoch = epoch;
        self.must_greet = false;
        self.from = Seq(0);
    }
}

//! An edge object: its storage, and a shell that does what the machine asks, a step at a time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use domain::delta::edge::{Held, Machine, Outcome, Position, SEAL_DELAY_MS, Step};
use domain::seal::Writer;
use domain::{hash, signature};
use wire::frame::{Acknowledgement, FRAMES_PATH, HELLO_PATH, Hello, HelloAnswer, RawEvent, WIRE_VERSION};
use wire::{Epoch, Id128};

use crate::chance::Chance;
use crate::clock::Skew;
use crate::disk::Disk;

/// The key that edges and aggregator share.
pub const KEY: &[u8] = b"an edge and its aggregator know it";

/// Bytes held before senders are told to come back: little, so that it happens.
const HELD_BYTES_MAX: u64 = 64 * 1024;

/// What it sends, signed.
#[derive(Clone)]
pub struct Request {
    pub body: Body,
    pub hash: Id128,
    pub signed_at_ms: u64,
    pub signature: String,
}

#[derive(Clone)]
pub enum Body {
    Frame(Vec<u8>),
    Hello(Hello),
}

impl Body {
    pub fn path(&self) -> &'static str {
        match self {
            Self::Frame(_) => FRAMES_PATH,
            Self::Hello(_) => HELLO_PATH,
        }
    }
}

/// What it gets back.
#[derive(Clone)]
pub enum Answer {
    Frame(Acknowledgement),
    Hello(HelloAnswer),
    /// Not believed, or not now: no status that means anything. Also stands for no answer in time.
    Refused,
}

/// What a batch's sender is told, or will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is durable.
    Durable,
    /// It waits for the group's commit.
    Waits,
    /// Nothing was kept, for it was never introduced.
    NotYet,
    /// Nothing was kept: come back.
    Busy,
}

/// A hello under way, by the number its answer will carry.
enum Greeting {
    First(u64, Writer),
    Next(u64),
}

pub struct Edge {
    pub disk: Disk,
    /// Commits that will fail for want of space.
    pub full: usize,
    pub skew: Skew,
    site: &'static str,
    shard: u16,
    machine: Machine,
    is_awake: bool,
    alarm_at_ms: Option<u64>,
    /// Numbers of the frames under way, oldest first.
    under_way: VecDeque<u64>,
    awaits: bool,
    greeting: Option<Greeting>,
    answers: BTreeMap<u64, Answer>,
    /// Batches that wait for the group's commit.
    group: Vec<(u64, Vec<RawEvent>)>,
}

impl Edge {
    pub fn new(site: &'static str, shard: u16) -> Self {
        Self {
            disk: Disk::default(),
            full: 0,
            skew: Skew::default(),
            site,
            shard,
            machine: Machine::default(),
            is_awake: false,
            alarm_at_ms: None,
            under_way: VecDeque::new(),
            awaits: false,
            greeting: None,
            answers: BTreeMap::new(),
            group: Vec::new(),
        }
    }

    pub fn site(&self) -> &'static str {
        self.site
    }

    /// What its clock shows.
    pub fn clock(&self, now_ms: u64) -> u64 {
        self.skew.clock(now_ms)
    }

    /// Forgets what is not on the disk. The runtime rings again an alarm that was cut off.
    pub fn kill(&mut self) {
        let Self { disk, full, skew, .. } = std::mem::replace(self, Self::new(self.site, self.shard));
        let alarm_at_ms = (disk.holds().outbox_bytes + disk.holds().journal_bytes > 0).then_some(0);
        *self = Self { disk, full, skew, alarm_at_ms, ..Self::new(self.site, self.shard) };
    }

    /// A batch arrives: introduced? seen? room? then it waits for the group.
    pub fn take(&mut self, batch: u64, events: &[RawEvent]) -> Taken {
        if self.disk.writer.is_none() {
            return Taken::NotYet;
        }
        if self.disk.seen.contains_key(&batch) {
            return Taken::Durable;
        }
        if self.group.iter().any(|(waiting, _)| *waiting == batch) {
            return Taken::Waits;
        }
        let Held { journal_bytes, outbox_bytes } = self.disk.holds();
        if journal_bytes + outbox_bytes > HELD_BYTES_MAX {
            return Taken::Busy;
        }
        self.group.push((batch, events.to_vec()));
        Taken::Waits
    }

    /// Asks for the first epoch, if it has none and did not ask yet.
    pub fn introduce(&mut self, number: u64, chance: &mut Chance, now_ms: u64) -> Option<Request> {
        if self.disk.writer.is_some() || self.greeting.is_some() {
            return None;
        }
        let edge_id = hash::of_fields(&[b"edge", &chance.below(usize::MAX).to_be_bytes()]);
        let writer = Writer { edge_id, epoch: Epoch(0), site: self.site.to_owned(), shard: self.shard };
        let request = self.hello(&writer, None, now_ms);
        self.greeting = Some(Greeting::First(number, writer));
        Some(request)
    }

    /// Commits the group. Answers its batches, and whether they are durable.
    pub fn flush(&mut self, now_ms: u64) -> (Vec<u64>, bool) {
        let group = std::mem::take(&mut self.group);
        let batches = group.iter().map(|(batch, _)| *batch).collect();
        if group.is_empty() || self.is_full() {
            return (batches, false);
        }
        let clock_ms = self.clock(now_ms);
        self.disk.journal(group, clock_ms);
        let at_ms = clock_ms + SEAL_DELAY_MS;
        self.alarm_at_ms = Some(self.alarm_at_ms.map_or(at_ms, |set| set.min(at_ms)));
        (batches, true)
    }

    /// How long until its alarm rings; none while it is awake or has none.
    pub fn asleep_ms(&self, now_ms: u64) -> Option<u64> {
        let at_ms = self.alarm_at_ms.filter(|_| !self.is_awake)?;
        Some(at_ms.saturating_sub(self.clock(now_ms)))
    }

    /// Takes one step, if it is awake and does not wait for an answer. Answers the step, and what it sends.
    pub fn step(&mut self, number: u64, now_ms: u64) -> Option<(Step, Option<Request>)> {
        if self.asleep_ms(now_ms) == Some(0) {
            self.is_awake = true;
            self.alarm_at_ms = None;
            self.machine.wake(self.position());
            self.under_way.clear();
        }
        if !self.is_awake || self.awaits || matches!(self.greeting, Some(Greeting::Next(_))) {
            return None;
        }
        let clock_ms = self.clock(now_ms);
        let step = self.machine.next(&self.disk.holds(), clock_ms);
        Some((step, self.perform(step, number, now_ms)))
    }

    fn perform(&mut self, step: Step, number: u64, now_ms: u64) -> Option<Request> {
        let clock_ms = self.clock(now_ms);
        let mut outcome = Outcome::Done;
        let mut request = None;
        match step {
            Step::Send(from) => match self.disk.outbox.range(from..).next() {
                Some((seq, held)) => {
                    outcome = Outcome::Sent(Some(*seq));
                    let body = Body::Frame(held.frame.bytes.clone());
                    request = Some(sign(body, held.frame.hash, clock_ms));
                    self.under_way.push_back(number);
                }
                None => outcome = Outcome::Sent(None),
            },
            Step::Await => {
                self.awaits = true;
                self.hear(now_ms);
                return None;
            }
            Step::SayHello(epoch) => {
                let writer = self.disk.writer.clone().unwrap();
                self.greeting = Some(Greeting::Next(number));
                return Some(self.hello(&writer, Some(epoch), now_ms));
            }
            Step::Sleep { ms } => {
                self.is_awake = false;
                let at_ms = clock_ms + ms;
                self.alarm_at_ms = Some(self.alarm_at_ms.map_or(at_ms, |set| set.min(at_ms)));
                return None;
            }
            Step::Idle { .. } => {
                self.is_awake = false;
                return None;
            }
            Step::Quarantine(seq) => panic!("frame {seq:?} was rejected"),
            Step::Forget => panic!("no site is deleted"),
            _ if self.is_full() => outcome = failed(number),
            Step::Expire => self.disk.expire(clock_ms),
            Step::Seal => outcome = Outcome::Sealed(self.disk.seal(clock_ms)),
            Step::Settle { forget_through, applied_through } => self.disk.settle(forget_through, applied_through),
            Step::Renew(epoch) => self.disk.renew(epoch),
        }
        self.machine.report(outcome, clock_ms);
        request
    }

    /// An answer arrives; one that nobody waits for any more is not heard.
    pub fn answer(&mut self, number: u64, answer: Answer, now_ms: u64) {
        self.answers.insert(number, answer);
        self.hear(now_ms);
    }

    /// No answer in time to anything that is under way.
    pub fn time_out(&mut self, now_ms: u64) {
        let greeting = self.greeting.iter().map(|(Greeting::First(number, _) | Greeting::Next(number))| *number);
        for number in self.under_way.iter().copied().chain(greeting) {
            self.answers.entry(number).or_insert(Answer::Refused);
        }
        self.hear(now_ms);
    }

    fn hear(&mut self, now_ms: u64) {
        let clock_ms = self.clock(now_ms);
        let oldest = self.under_way.front().copied().filter(|_| self.awaits);
        if let Some((number, answer)) = oldest.and_then(|oldest| self.answers.remove_entry(&oldest)) {
            self.under_way.pop_front();
            self.awaits = false;
            self.machine.report(heard(answer, number), clock_ms);
        }
        match self.greeting.take() {
            Some(Greeting::First(number, writer)) => match self.answers.remove(&number) {
                Some(Answer::Hello(HelloAnswer::Welcome { epoch })) if !self.is_full() => {
                    self.disk.begin(Writer { epoch, ..writer });
                }
                Some(_) => {}
                None => self.greeting = Some(Greeting::First(number, writer)),
            },
            Some(Greeting::Next(number)) => match self.answers.remove(&number) {
                Some(answer) => self.machine.report(heard(answer, number), clock_ms),
                None => self.greeting = Some(Greeting::Next(number)),
            },
            None => {}
        }
        let wanted: BTreeSet<u64> = self.under_way.iter().copied().collect();
        self.answers.retain(|number, _| wanted.contains(number));
    }

    fn position(&self) -> Option<Position> {
        let epoch = self.disk.writer.as_ref()?.epoch;
        Some(Position { epoch, applied_through: self.disk.applied_through })
    }

    fn is_full(&mut self) -> bool {
        let is_full = self.full > 0;
        self.full = self.full.saturating_sub(1);
        is_full
    }

    fn hello(&self, writer: &Writer, epoch: Option<Epoch>, now_ms: u64) -> Request {
        let hello = Hello {
            wire_version: WIRE_VERSION,
            edge_id: writer.edge_id,
            site: writer.site.clone(),
            shard: writer.shard,
            epoch,
        };
        let hash = hash::of_bytes(&rmp_serde::to_vec_named(&hello).unwrap());
        sign(Body::Hello(hello), hash, self.clock(now_ms))
    }
}

fn heard(answer: Answer, number: u64) -> Outcome {
    match answer {
        Answer::Frame(acknowledgement) => Outcome::Answered(acknowledgement),
        Answer::Hello(HelloAnswer::Welcome { epoch }) => Outcome::Welcomed(epoch),
        Answer::Hello(HelloAnswer::UnknownSite { .. }) | Answer::Refused => failed(number),
    }
}

/// The random part of the wait after it comes from the number of the message, as everything from the seed.
fn failed(number: u64) -> Outcome {
    Outcome::Failed { random: (number % 16) as f64 / 16.0 }
}

fn sign(body: Body, hash: Id128, clock_ms: u64) -> Request {
    let signature = signature::sign(KEY, body.path(), clock_ms, hash);
    Request { body, hash, signed_at_ms: clock_ms, signature }
}

//! The part of an edge: what happens is accepted, identified, followed through its visit, folded and sealed by the same
//! rules, in the same order, as an object does.
//!
//! Each frame is sealed alone and says how far it reaches, so that whoever knows a frame's number and that instant can go on
//! behind it.

use std::collections::{BTreeSet, VecDeque};

use domain::accept::{self, Receipt};
use domain::hash;
use domain::rollup::Caps;
use domain::seal::{self, Folding, SealError, Sealed, Writer};
use domain::user_agent::Client;
use domain::visit::{self, KNOWN_MS, Known};
use domain::visitor::{self, Identity, VisitorKey};
use domain::window::DAY_MS;
use wire::batch::{Envelope, Malformed};
use wire::frame::RawEvent;
use wire::limits::FRAME_BYTES_MAX;
use wire::site::{Settings, VisitorMode};
use wire::{Epoch, Id128, Seq};

use crate::people;
use crate::plan::Plan;
use crate::visit::Happening;

/// Bytes that a frame is to have: enough below [`FRAME_BYTES_MAX`] that the next one, of other events, seldom has more.
const FRAME_BYTES_WANTED: usize = FRAME_BYTES_MAX / 10 * 9;

/// Events of the first frame. From frame to frame they become as many as fit.
const EVENTS_AT_FIRST: usize = 160;

/// Most events of a frame: what is sealed at once stays one frame.
const EVENTS_MAX: usize = 480;

/// Between two looks at which visits are too old to go on: a walk through all of them.
const FORGETS_EVERY_MS: u64 = DAY_MS / 4;

/// Something that the edge's rules do not let pass.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// A made-up event is refused.
    #[error("a made-up event: {} {}", .0.field, .0.detail)]
    Refused(Malformed),
    /// A frame cannot be sealed.
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// An object that has the events of one site.
#[derive(Debug)]
pub struct Object {
    plan: Plan,
    settings: Settings,
    writer: Writer,
    next: Seq,
    clients: Vec<Client>,
    known: Known,
    caps: Caps,
    waiting: VecDeque<RawEvent>,
    at_once: usize,
    forgets_at_ms: u64,
}

/// A frame, and how many events it counts.
#[derive(Clone, Debug)]
pub struct Made {
    /// Its number, bytes and hash.
    pub sealed: Sealed,
    /// Events in it.
    pub events: u64,
}

/// Who writes the frames of a site.
pub fn writer(plan: &Plan, site: &str, epoch: Epoch) -> Writer {
    Writer { edge_id: edge_id(plan, site), epoch, site: site.to_owned(), shard: 0 }
}

/// The edge of a site by a plan: another plan, another edge.
pub fn edge_id(plan: &Plan, site: &str) -> Id128 {
    let Plan { seed, first_day, days, percent } = plan;
    let first_day = first_day.to_string();
    let numbers = [&seed.to_be_bytes()[..], &days.to_be_bytes(), &percent.to_be_bytes()].concat();
    hash::of_fields(&[b"demo edge", site.as_bytes(), first_day.as_bytes(), &numbers])
}

impl Object {
    /// An object that goes on in an epoch, behind its last frame that is counted.
    pub fn new(plan: Plan, settings: Settings, epoch: Epoch, counted: Seq) -> Self {
        Self {
            plan,
            writer: writer(&plan, &settings.site, epoch),
            settings,
            next: counted.next(),
            clients: people::clients(),
            known: Known::new(),
            caps: Caps::default(),
            waiting: VecDeque::new(),
            at_once: EVENTS_AT_FIRST,
            forgets_at_ms: 0,
        }
    }

    /// Takes what happened in, in the order of time. Answers it as it will be counted, but for what its visit adds.
    ///
    /// # Errors
    /// [`EdgeError::Refused`] when the rules do not accept it.
    pub fn take(&mut self, happening: Happening) -> Result<&RawEvent, EdgeError> {
        let Happening { at_ms, name, person, event } = happening;
        let receipt = Receipt {
            received_at_ms: at_ms,
            country: person.place.country.to_owned(),
            region: person.place.region.to_owned(),
            city: person.place.city.to_owned(),
            client: self.clients.get(person.machine_at).cloned().unwrap_or_default(),
        };
        let envelope = Envelope { tracking_id: Some(self.settings.site.clone()), ..Envelope::default() };
        let accepted = accept::accept(event, &envelope, &receipt).map_err(EdgeError::Refused)?;
        let site = self.settings.site.as_str();
        let visitor = (!person.is_private).then(|| match self.settings.visitors {
            VisitorMode::Cookieless => {
                let address = person.address();
                let network = Identity::Network { address: &address, user_agent: person.machine.user_agent };
                visitor::visitor(&self.key(Some(at_ms)), site, network)
            }
            VisitorMode::Persistent => {
                visitor::visitor(&self.key(None), site, Identity::Client(&format!("{:x}", person.number)))
            }
        });
        let (visit, step) = (name.0.to_be_bytes(), name.1.to_be_bytes());
        let id = hash::of_fields(&[b"demo event", &self.writer.edge_id.0, &visit, &step]);
        let event = RawEvent { id, visitor, session: visitor, ..accepted.event };
        Ok(self.waiting.push_back_mut(event))
    }

    /// The key that visitors' ids are hashed with: of a day, or the one that lasts.
    fn key(&self, at_ms: Option<u64>) -> VisitorKey {
        let day = at_ms.map_or(u64::MAX, |at_ms| at_ms / DAY_MS).to_be_bytes();
        VisitorKey(hash::of_fields(&[b"demo key", &self.plan.seed.to_be_bytes(), &day]).0)
    }

    /// Whether as many events wait as fill a frame.
    pub fn is_full(&self) -> bool {
        self.waiting.len() >= EVENTS_MAX
    }

    /// Forgets what waits: it is counted already, and no visit of its goes on.
    pub fn skip(&mut self) {
        self.waiting.clear();
    }

    /// Follows what waits through its visits, and seals none of it: it is counted already.
    pub fn pass(&mut self) {
        let mut events: Vec<RawEvent> = self.waiting.drain(..).collect();
        visit::follow(&mut events, &mut self.known, &self.settings, &mut self.caps);
        self.forget(events.last());
    }

    /// The next frame, of as many waiting events as fit; none when none waits.
    ///
    /// # Errors
    /// [`EdgeError::Seal`] when one event alone does not fit.
    pub fn seal(&mut self) -> Result<Option<Made>, EdgeError> {
        loop {
            let count = self.at_once.min(self.waiting.len());
            let events = self.waiting.make_contiguous().get_mut(..count).unwrap_or_default();
            let Some(last) = events.last() else { return Ok(None) };
            let sealed_through_ms = last.at_ms + 1;
            let sessions: Vec<Option<Id128>> = events.iter().map(|event| event.session).collect();
            let mut known = part(&self.known, sessions.iter().flatten());
            let changes = visit::follow(events, &mut known, &self.settings, &mut self.caps);
            let settings = &self.settings;
            let folding = Folding { events, changes: &changes, outcomes: &[], settings, sealed_through_ms };
            let mut sealed = seal::seal(&folding, &self.writer, self.next, &mut self.caps)?;
            if let (Some(sealed), true) = (sealed.pop(), sealed.is_empty()) {
                self.known.extend(known);
                let last = self.waiting.drain(..count).next_back();
                self.forget(last.as_ref());
                self.next = sealed.seq.next();
                self.at_once = fitting(count, sealed.bytes.len()).min(EVENTS_MAX);
                return Ok(Some(Made { sealed, events: count as u64 }));
            }
            // Too many for one frame: the same events again, fewer, as if none had been followed.
            events.iter_mut().zip(sessions).for_each(|(event, session)| event.session = session);
            self.at_once = (self.at_once * 7 / 8).max(1);
        }
    }

    /// Drops visits that are over for good.
    fn forget(&mut self, last: Option<&RawEvent>) {
        let Some(now_ms) = last.map(|event| event.at_ms).filter(|at_ms| *at_ms >= self.forgets_at_ms) else { return };
        self.forgets_at_ms = now_ms + FORGETS_EVERY_MS;
        self.known.retain(|_, visits| visits.iter().any(|visit| visit.last_ms + KNOWN_MS >= now_ms));
    }
}

/// How many events the next frame is to have, by the size of the last.
fn fitting(events: usize, bytes: usize) -> usize {
    (events * FRAME_BYTES_WANTED / bytes.max(1)).max(1)
}

/// What is known of these sessions.
fn part<'a>(known: &Known, sessions: impl Iterator<Item = &'a Id128>) -> Known {
    let sessions: BTreeSet<&Id128> = sessions.collect();
    sessions.into_iter().filter_map(|session| known.get(session).map(|visits| (*session, visits.clone()))).collect()
}

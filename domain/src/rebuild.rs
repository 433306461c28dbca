//! Rollups made anew from single events, by the same folds as the edge makes them, and compared with what was counted.
//!
//! Events, page views, revenue, visitors and visits' names come out as they were counted. Sums over visits do where the
//! edges' storage never went back in time ([ADR 006]); a visit of one session that several visitors share, and that a late
//! event joined from two, stays two. Where an edge had forgotten a visit (the oldest of more than eight of a session) and
//! a late event of it began another, the two are one. A visit whose first event was erased begins with the next one.
//!
//! [ADR 006]: ../../../docs/adr/006-visits-by-retraction.md

mod compare;
mod visits;

use std::collections::BTreeMap;
use std::ops::Range;
use std::rc::Rc;

use wire::Id128;
use wire::frame::{RawEvent, RollupDimension};
use wire::site::Settings;

pub use compare::{Comparison, DIFFERENCES_KEPT_MAX, Difference, Field, compare};

use crate::rollup::{Caps, Rollup, fold};
use crate::visit::{Change, Visit};
use crate::window::{Granularity, HOUR_MS};

/// How far around a span its events are read: a visit belongs to the minute it began in, so a longer one than this is cut.
pub const MARGIN_MS: u64 = 24 * HOUR_MS;

/// Events that are folded at once. At ~500 bytes each they take 10 MB.
const EVENTS_AT_ONCE: usize = 20_000;

/// Rows of minutes that one rebuild makes. At ~400 bytes each they take 800 MB at the very worst; a day of a million
/// events has a quarter of that.
pub const ROWS_MAX: usize = 2_000_000;

/// Names a row: start of its window in Unix milliseconds, dimension, value.
pub type Key = (u64, RollupDimension, String);

/// Rows of one granularity.
pub type Rows = BTreeMap<Key, Rollup>;

/// A span of days that is being counted anew.
pub struct Rebuild<'a> {
    settings: &'a Settings,
    span: Range<u64>,
    /// Events of the visitor whose turn it is.
    person: Vec<RawEvent>,
    /// Visits of sessions that have a name of their own: other visitors may be part of them.
    named: BTreeMap<Id128, Visit>,
    events: Vec<RawEvent>,
    changes: Vec<Change>,
    rebuilt: Rebuilt,
}

/// What a span of days counts by its events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rebuilt {
    /// By minute.
    pub rows: Rows,
    /// Events of the span.
    pub events: u64,
    /// Exclusive or of their ids.
    pub id_checksum: Id128,
}

/// A rebuild would make more rows than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("rebuild: more than {ROWS_MAX} rows of minutes in one day")]
pub struct TooManyRows;

impl<'a> Rebuild<'a> {
    /// Begins to count a span of whole days (Unix milliseconds) under `settings`: what was declared since is counted too.
    pub fn new(span: Range<u64>, settings: &'a Settings) -> Self {
        Self {
            settings,
            span,
            person: Vec::new(),
            named: BTreeMap::new(),
            events: Vec::new(),
            changes: Vec::new(),
            rebuilt: Rebuilt::default(),
        }
    }

    /// Whose events are to be handed over: the span's, and those around it that visits may have begun or ended with.
    pub fn reads(&self) -> Range<u64> {
        self.span.start.saturating_sub(MARGIN_MS)..self.span.end.saturating_add(MARGIN_MS)
    }

    /// Takes an event: one visitor's after the other's, in any order within.
    ///
    /// # Errors
    /// [`TooManyRows`].
    pub fn add(&mut self, event: RawEvent) -> Result<(), TooManyRows> {
        if self.person.first().is_some_and(|first| first.visitor != event.visitor) {
            self.end_person()?;
        }
        if event.session.is_none() {
            return self.count(event);
        }
        self.person.push(event);
        Ok(())
    }

    /// All events were handed over.
    ///
    /// # Errors
    /// [`TooManyRows`].
    pub fn finish(mut self) -> Result<Rebuilt, TooManyRows> {
        self.end_person()?;
        for visit in std::mem::take(&mut self.named).into_values() {
            self.say(visit);
        }
        self.fold()?;
        self.rebuilt.rows.retain(|_, rollup| !rollup.is_empty());
        Ok(self.rebuilt)
    }

    fn end_person(&mut self) -> Result<(), TooManyRows> {
        let person = std::mem::take(&mut self.person);
        // Nothing is taken back, so what a cap decides need not be remembered.
        let mut caps = Caps::default();
        let visits::Visits { own, named } = visits::of_person(&person, self.settings, &mut caps);
        own.into_iter().for_each(|visit| self.say(visit));
        for visit in named {
            match self.named.get_mut(&visit.id) {
                Some(known) => known.join(&visit),
                None => {
                    self.named.insert(visit.id, visit);
                }
            }
        }
        person.into_iter().try_for_each(|event| self.count(event))
    }

    fn say(&mut self, visit: Visit) {
        if self.span.contains(&visit.minute()) {
            self.changes.push(Change { at: 0, before: Vec::new(), after: vec![Rc::new(visit)] });
        }
    }

    fn count(&mut self, event: RawEvent) -> Result<(), TooManyRows> {
        if !self.span.contains(&event.at_ms) {
            return Ok(());
        }
        self.rebuilt.events += 1;
        self.rebuilt.id_checksum = self.rebuilt.id_checksum.xor(event.id);
        self.events.push(event);
        if self.events.len() >= EVENTS_AT_ONCE { self.fold() } else { Ok(()) }
    }

    fn fold(&mut self) -> Result<(), TooManyRows> {
        let (events, changes) = (std::mem::take(&mut self.events), std::mem::take(&mut self.changes));
        for row in fold(&events, &changes, self.settings, &mut Caps::default()) {
            // A sketch that was encoded just now.
            let rollup = Rollup::of_row(&row).unwrap_or_default();
            self.rebuilt.rows.entry((row.start_ms, row.dimension, row.value)).or_default().merge(&rollup);
        }
        if self.rebuilt.rows.len() > ROWS_MAX { Err(TooManyRows) } else { Ok(()) }
    }
}

/// Rows of minutes as the rows of longer windows that they add up to.
pub fn by(granularity: Granularity, minutes: &Rows) -> Rows {
    let mut rows = Rows::new();
    for ((start_ms, dimension, value), rollup) in minutes {
        let key = (granularity.start_of(*start_ms), *dimension, value.clone());
        rows.entry(key).or_default().merge(rollup);
    }
    rows
}

#[cfg(test)]
mod tests;

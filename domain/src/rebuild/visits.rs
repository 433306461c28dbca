//! Visits, made anew from one visitor's events.
//!
//! Events carry the name of the visit that they were counted in. A late event joins two visits under the name of the
//! earlier one, and the events of the other keep theirs: so visits of one session that are no pause apart are one.

use std::collections::BTreeMap;

use wire::Id128;
use wire::frame::RawEvent;
use wire::site::Settings;

use crate::rollup::Caps;
use crate::visit::{PAUSE_MAX_MS, Visit, later_id};

/// One visitor's visits.
#[derive(Default)]
pub(super) struct Visits {
    /// Of the session that is the visitor's own.
    pub own: Vec<Visit>,
    /// Of sessions that have a name of their own.
    pub named: Vec<Visit>,
}

/// Events under one name, in the order of time.
struct Run<'a> {
    id: Id128,
    events: Vec<&'a RawEvent>,
}

impl Run<'_> {
    fn begins_ms(&self) -> u64 {
        self.events.first().map_or(u64::MAX, |event| event.at_ms)
    }

    fn ends_ms(&self) -> u64 {
        self.events.last().map_or(0, |event| event.at_ms)
    }

    /// The session that it is a visit of: one of `candidates`, else its own name.
    fn session(&self, candidates: &[Id128]) -> Id128 {
        let made_of = |session: &&Id128| {
            **session != self.id && self.events.iter().any(|event| later_id(**session, event) == self.id)
        };
        candidates.iter().find(made_of).copied().unwrap_or(self.id)
    }
}

/// The visits that one visitor's events make.
pub(super) fn of_person(events: &[RawEvent], settings: &Settings, caps: &mut Caps) -> Visits {
    let Some(visitor) = events.first().map(|event| event.visitor) else { return Visits::default() };
    let mut runs: BTreeMap<Id128, Vec<&RawEvent>> = BTreeMap::new();
    for event in events {
        runs.entry(event.session.unwrap_or_default()).or_default().push(event);
    }
    let candidates: Vec<Id128> = visitor.into_iter().chain(runs.keys().copied()).collect();
    let mut runs: Vec<Run<'_>> = runs
        .into_iter()
        .map(|(id, mut events)| {
            events.sort_by_key(|event| (event.at_ms, event.id));
            Run { id, events }
        })
        .collect();
    runs.sort_by_key(Run::begins_ms);
    let mut joined: Vec<(Id128, Run<'_>)> = Vec::with_capacity(runs.len());
    for run in runs {
        let session = run.session(&candidates);
        let before = joined.iter_mut().rev().find(|(of, _)| *of == session);
        match before {
            Some((_, before)) if run.begins_ms() <= before.ends_ms().saturating_add(PAUSE_MAX_MS) => {
                before.events.extend(run.events);
                before.events.sort_by_key(|event| (event.at_ms, event.id));
            }
            _ => joined.push((session, run)),
        }
    }
    let mut visits = Visits::default();
    for (session, run) in joined {
        let Some(mut visit) = Visit::of_events(run.events, settings, caps) else { continue };
        visit.id = run.id;
        if Some(session) == visitor { visits.own.push(visit) } else { visits.named.push(visit) }
    }
    visits
}

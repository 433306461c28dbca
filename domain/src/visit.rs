//! Visits: the events of one session without a pause of more than half an hour between two of them.
//!
//! A visit is counted at the minute it began in, under what its first event says (source, country, device, …). Each
//! later event changes it, so it is counted by taking back what was said before and saying it anew: [`Change`]. The
//! sums are those of the visits as they are in the end, in whatever order their events came.

use std::collections::BTreeMap;
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use wire::Id128;
use wire::frame::{RawEvent, RollupDimension};
use wire::site::Settings;

use crate::rollup::{self, Caps, PAGEVIEW};
use crate::window::{Granularity, HOUR_MS, MINUTE_MS};
use crate::{goal, hash};

/// Longest pause within a visit: 30 min.
pub const PAUSE_MAX_MS: u64 = 30 * MINUTE_MS;

/// How long a visit is known after its last event, so that late ones find it: as long as events may be late.
pub const KNOWN_MS: u64 = 48 * HOUR_MS;

/// Visits of one session that are known at once. Beyond, the oldest are forgotten.
const KNOWN_OF_SESSION_MAX: usize = 8;

/// Channel of a visit that came from nowhere.
pub const DIRECT_CHANNEL: &str = "direct";

/// Name and channel of such a visit.
const DIRECT: (&str, &str) = ("Direct", DIRECT_CHANNEL);

/// An event's place in time. Equal times are told apart by id, so that order never depends on arrival.
pub type Moment = (u64, Id128);

/// A visit, as far as it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Names it in events and sketches.
    pub id: Id128,
    /// Its first event.
    pub first: Moment,
    /// Its last event, Unix milliseconds.
    pub last_ms: u64,
    /// Page views.
    pub pageviews: u32,
    /// Time in view, milliseconds.
    pub engaged_ms: u64,
    /// Whether it reached a goal.
    pub converted: bool,
    /// First page view and the value it is counted under.
    pub entry: Option<(Moment, String)>,
    /// Last page view and the value it is counted under.
    pub exit: Option<(Moment, String)>,
    /// What else it is counted under: what its first event says.
    pub values: Vec<(RollupDimension, String)>,
}

/// The known visits, by session. Shared, for most of them only pass by.
pub type Known = BTreeMap<Id128, Vec<Rc<Visit>>>;

/// What became of the visits of one session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Position of the first event that had a part in it.
    pub at: usize,
    /// Visits as they were counted and are no more.
    pub before: Vec<Rc<Visit>>,
    /// Visits as they are now.
    pub after: Vec<Rc<Visit>>,
}

impl Visit {
    fn new(id: Id128, event: &RawEvent, settings: &Settings, caps: &mut Caps) -> Self {
        let first = (event.at_ms, event.id);
        let mut visit = Self {
            id,
            first,
            last_ms: event.at_ms,
            pageviews: 0,
            engaged_ms: 0,
            converted: false,
            entry: None,
            exit: None,
            values: values(event, settings, caps),
        };
        visit.add(event, settings, caps);
        visit
    }

    /// Start of the minute that it is counted in, Unix milliseconds.
    pub fn minute(&self) -> u64 {
        Granularity::Minute.start_of(self.first.0)
    }

    /// From its first to its last event, milliseconds.
    pub fn length_ms(&self) -> u64 {
        self.last_ms.saturating_sub(self.first.0)
    }

    /// Whether it saw one page and no more.
    pub fn is_bounce(&self) -> bool {
        self.pageviews == 1
    }

    /// How good a visit it was, 0 to 100: up to 30 for its length, full at 10 min; 10 a page view, up to 40; 30 for a
    /// conversion.
    pub fn quality(&self) -> i64 {
        let length = (30 * self.length_ms() / (10 * MINUTE_MS)).min(30);
        let pages = (10 * u64::from(self.pageviews)).min(40);
        (length + pages) as i64 + if self.converted { 30 } else { 0 }
    }

    /// Everything it is counted under.
    pub fn counted_under(&self) -> impl Iterator<Item = (RollupDimension, &str)> {
        let total = std::iter::once((RollupDimension::Total, ""));
        let pages = [(RollupDimension::EntryPage, &self.entry), (RollupDimension::ExitPage, &self.exit)];
        let pages = pages.into_iter().filter_map(|(dimension, page)| Some((dimension, page.as_ref()?.1.as_str())));
        total.chain(pages).chain(self.values.iter().map(|(dimension, value)| (*dimension, value.as_str())))
    }

    fn value(&self, dimension: RollupDimension) -> &str {
        self.values.iter().find(|(of, _)| *of == dimension).map_or("", |(_, value)| value)
    }

    /// Whether an event at `at_ms` is no more than a pause away.
    fn reaches(&self, at_ms: u64) -> bool {
        at_ms.saturating_add(PAUSE_MAX_MS) >= self.first.0 && at_ms <= self.last_ms.saturating_add(PAUSE_MAX_MS)
    }

    /// The visit that these events make; none of no events.
    pub(crate) fn of_events<'a>(
        events: impl IntoIterator<Item = &'a RawEvent>,
        settings: &Settings,
        caps: &mut Caps,
    ) -> Option<Self> {
        let mut events = events.into_iter();
        let first = events.next()?;
        let mut visit = Self::new(first.session?, first, settings, caps);
        events.for_each(|event| visit.add(event, settings, caps));
        Some(visit)
    }

    fn add(&mut self, event: &RawEvent, settings: &Settings, caps: &mut Caps) {
        let moment = (event.at_ms, event.id);
        if moment < self.first {
            self.first = moment;
            self.values = values(event, settings, caps);
        }
        self.last_ms = self.last_ms.max(event.at_ms);
        self.engaged_ms = self.engaged_ms.saturating_add(event.engaged_ms);
        self.converted |= !event.goals.is_empty();
        if event.event_type != PAGEVIEW {
            return;
        }
        self.pageviews = self.pageviews.saturating_add(1);
        let minute = self.minute();
        if self.entry.as_ref().is_none_or(|(at, _)| moment < *at) {
            self.entry = Some((moment, caps.cap(minute, RollupDimension::EntryPage, &event.path).to_owned()));
        }
        if self.exit.as_ref().is_none_or(|(at, _)| moment > *at) {
            self.exit = Some((moment, caps.cap(minute, RollupDimension::ExitPage, &event.path).to_owned()));
        }
    }

    /// Takes in another visit, between which and this one an event closed the gap.
    pub(crate) fn join(&mut self, other: &Self) {
        if other.first < self.first {
            (self.id, self.first) = (other.id, other.first);
            self.values.clone_from(&other.values);
        }
        self.last_ms = self.last_ms.max(other.last_ms);
        self.pageviews = self.pageviews.saturating_add(other.pageviews);
        self.engaged_ms = self.engaged_ms.saturating_add(other.engaged_ms);
        self.converted |= other.converted;
        self.entry = [self.entry.take(), other.entry.clone()].into_iter().flatten().min();
        self.exit = [self.exit.take(), other.exit.clone()].into_iter().flatten().max();
    }
}

/// What a visit is counted under by its first event.
fn values(event: &RawEvent, settings: &Settings, caps: &mut Caps) -> Vec<(RollupDimension, String)> {
    let minute = Granularity::Minute.start_of(event.at_ms);
    let mut values = Vec::with_capacity(16);
    rollup::each_value(event, settings, |dimension, value| {
        if rollup::is_of_visit(dimension) {
            values.push((dimension, caps.cap(minute, dimension, &value).to_owned()));
        }
    });
    for (first, second) in &settings.pairs {
        if rollup::is_of_visit(*first)
            && rollup::is_of_visit(*second)
            && let Some(value) = rollup::pair(event, *first, *second)
        {
            values.push((RollupDimension::Pair, caps.cap(minute, RollupDimension::Pair, &value).to_owned()));
        }
    }
    values
}

/// Follows events through the visits they belong to. Each event learns its goals, and from its visit the session and
/// where that came from.
///
/// * `known`: at least the visits of the events' sessions; holds them as they are now afterwards
pub fn follow(events: &mut [RawEvent], known: &mut Known, settings: &Settings, caps: &mut Caps) -> Vec<Change> {
    let mut touched: BTreeMap<Id128, (usize, Vec<Rc<Visit>>)> = BTreeMap::new();
    for (at, event) in events.iter_mut().enumerate() {
        event.goals = goal::reached(&settings.goals, event);
        let Some(session) = event.session else { continue };
        let visits = known.entry(session).or_default();
        touched.entry(session).or_insert_with(|| (at, visits.clone()));
        let Some(visit) = visit_of(visits, session, event, settings, caps) else { continue };
        event.session = Some(visit.id);
        if event.id != visit.first.1 {
            stamp(event, visit);
        }
    }
    let mut changes: Vec<Change> = touched
        .into_iter()
        .filter_map(|(session, (at, mut before))| {
            let visits = known.get_mut(&session)?;
            let after: Vec<Rc<Visit>> = visits.iter().filter(|visit| !before.contains(visit)).cloned().collect();
            before.retain(|visit| !visits.contains(visit));
            forget_oldest(visits);
            Some(Change { at, before, after })
        })
        .collect();
    changes.sort_by_key(|change| change.at);
    changes
}

/// The visit that an event belongs to, with the event in it.
fn visit_of<'a>(
    visits: &'a mut Vec<Rc<Visit>>,
    session: Id128,
    event: &mut RawEvent,
    settings: &Settings,
    caps: &mut Caps,
) -> Option<&'a Visit> {
    let mut reached = visits.extract_if(.., |visit| visit.reaches(event.at_ms));
    let found = reached.next();
    let others: Vec<Rc<Visit>> = reached.collect();
    let starts = found.iter().chain(&others).all(|visit| (event.at_ms, event.id) < visit.first);
    if starts && event.source.is_empty() && !event.hostname.is_empty() {
        // It came from a page of the site itself, after a pause.
        (event.source, event.channel) = (DIRECT.0.to_owned(), DIRECT.1.to_owned());
    }
    let visit = match found {
        Some(mut visit) => {
            let now = Rc::make_mut(&mut visit);
            others.iter().for_each(|other| now.join(other));
            now.add(event, settings, caps);
            visit
        }
        None => {
            let is_first = visits.is_empty();
            let id = if is_first { session } else { later_id(session, event) };
            Rc::new(Visit::new(id, event, settings, caps))
        }
    };
    let at = visits.partition_point(|other| other.first < visit.first);
    visits.insert(at, visit);
    visits.get(at).map(Rc::as_ref)
}

/// Name of a visit that is not its session's first to be known: after the event that began it.
pub(crate) fn later_id(session: Id128, event: &RawEvent) -> Id128 {
    hash::of_fields(&[b"visit", &session.0, &event.id.0])
}

/// Gives a later event the origin of its visit.
fn stamp(event: &mut RawEvent, visit: &Visit) {
    for (field, dimension) in [
        (&mut event.source, RollupDimension::Source),
        (&mut event.channel, RollupDimension::Channel),
        (&mut event.utm_source, RollupDimension::UtmSource),
        (&mut event.utm_medium, RollupDimension::UtmMedium),
        (&mut event.utm_campaign, RollupDimension::UtmCampaign),
        (&mut event.utm_content, RollupDimension::UtmContent),
        (&mut event.utm_term, RollupDimension::UtmTerm),
    ] {
        let value = visit.value(dimension);
        if field != value {
            value.clone_into(field);
        }
    }
}

fn forget_oldest(visits: &mut Vec<Rc<Visit>>) {
    let newest_ms = visits.iter().map(|visit| visit.last_ms).max().unwrap_or_default();
    visits.retain(|visit| visit.last_ms.saturating_add(KNOWN_MS) >= newest_ms);
    let surplus = visits.len().saturating_sub(KNOWN_OF_SESSION_MAX);
    visits.drain(..surplus);
}

#[cfg(test)]
mod tests;

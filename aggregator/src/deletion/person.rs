//! Who is meant, and which events are theirs.

use domain::reconcile::{DaySum, DaySums};
use domain::window::Granularity;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use wire::Id128;
use wire::event::Property;
use wire::frame::RawEvent;

use crate::segments::{Segments, SegmentsError};

/// Name of the custom property by which a person is found who is known by a `client_id` alone: the id's hash can be made
/// at the edge only, so an event is sent with that id and this property, and whose it is, is meant.
pub const MARKER: &str = "tidemark_person";

/// All of time.
const ALWAYS: std::ops::Range<u64> = 0..u64::MAX / 2;

/// Whom a request is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    /// By the visitor's hash, as raw events bear it.
    Visitor(Id128),
    /// Everyone of whom an event bears a custom property with this value.
    Property {
        /// Its name.
        name: String,
        /// Its value, as text.
        value: String,
    },
}

impl Person {
    /// Whether they are found by an event that is sent for that.
    pub fn is_to_come(&self) -> bool {
        matches!(self, Self::Property { name, .. } if name == MARKER)
    }

    /// Fields of which the hash in a record is made.
    pub fn fields(&self) -> [String; 3] {
        match self {
            Self::Visitor(id) => ["visitor".to_owned(), id.to_string(), String::new()],
            Self::Property { name, value } => ["property".to_owned(), name.clone(), value.clone()],
        }
    }

    /// How they are looked for.
    pub fn by(&self) -> &'static str {
        match self {
            Self::Visitor(_) => "visitor",
            Self::Property { name, .. } if name == MARKER => "marker",
            Self::Property { .. } => "property",
        }
    }

    fn is_meant(&self, event: &RawEvent) -> bool {
        match self {
            Self::Visitor(visitor) => event.visitor == Some(*visitor),
            Self::Property { name, value } => event.properties.get(name).is_some_and(|found| match found {
                Property::Text(text) => text == value,
                Property::Number(number) => number.to_string() == *value,
                Property::Flag(flag) => flag.to_string() == *value,
                Property::Other(_) => false,
            }),
        }
    }
}

/// What is found of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The visitors that they were: several where visitors are told apart a day at a time.
    pub visitors: Vec<Id128>,
    /// All events of these visitors, by day.
    pub days: DaySums,
    /// Events that bear what is looked for, but are of no visitor.
    pub without_visitor: u64,
    /// Everybody's events by day.
    pub all: BTreeMap<u64, u64>,
}

/// Looks through all raw events of a site.
///
/// # Errors
/// [`SegmentsError`] when not all can be read.
pub fn find(segments: &Segments, tracking_id: &str, person: &Person) -> Result<Found, SegmentsError> {
    let mut found = Found::default();
    let mut now = Visitor::default();
    let view = segments.view(tracking_id, &ALWAYS)?;
    segments.each_ordered(&view, &ALWAYS, |event| {
        if event.visitor != now.id {
            std::mem::take(&mut now).end(&mut found);
            now.id = event.visitor;
        }
        let day_ms = Granularity::Day.start_of(event.at_ms);
        *found.all.entry(day_ms).or_default() += 1;
        let is_meant = person.is_meant(&event);
        if event.visitor.is_none() {
            found.without_visitor += u64::from(is_meant);
            return Ok(());
        }
        now.is_meant |= is_meant;
        now.days.entry(day_ms).or_default().add(&DaySum { events: 1, kept: 1, id_checksum: event.id });
        Ok(())
    })?;
    now.end(&mut found);
    Ok(found)
}

/// Hands all events of visitors to `take`, until it says no more.
///
/// # Errors
/// [`SegmentsError`] when not all can be read.
pub fn each_event(
    segments: &Segments,
    tracking_id: &str,
    visitors: &[Id128],
    mut take: impl FnMut(RawEvent),
) -> Result<(), SegmentsError> {
    let view = segments.view(tracking_id, &ALWAYS)?;
    segments.each_ordered(&view, &ALWAYS, |event| {
        if event.visitor.is_some_and(|visitor| visitors.contains(&visitor)) {
            take(event);
        }
        Ok(())
    })
}

/// The visitor whose turn it is.
#[derive(Default)]
struct Visitor {
    id: Option<Id128>,
    is_meant: bool,
    days: DaySums,
}

impl Visitor {
    fn end(self, found: &mut Found) {
        let Some(id) = self.id.filter(|_| self.is_meant) else { return };
        found.visitors.push(id);
        for (day_ms, sum) in self.days {
            found.days.entry(day_ms).or_default().add(&sum);
        }
    }
}

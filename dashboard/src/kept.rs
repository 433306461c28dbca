//! What people keep of a site beside its numbers: notes about moments, filters under a name. Asked for once the page stands
//! (`overview/load.rs`); here is what the page shows of it from the start.

use leptos::prelude::*;

use crate::audience::Audience;

/// A note, as the chart has it.
#[derive(Clone, Debug, PartialEq)]
pub struct Noted {
    /// Number to change it by.
    pub note: i64,
    /// The moment by the site's clocks, milliseconds as if they were UTC's.
    pub at_ms: u64,
    /// What was then.
    pub text: String,
    /// Who wrote it, where that is told.
    pub author: String,
}

/// A kept segment: its number as filters have it, and its name.
pub type Segment = (String, String);

/// What is open over the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opened {
    /// Nothing.
    Nothing,
    /// The notes of a bucket, by its start and its end.
    Notes(u64, u64),
    /// The segments.
    Segments,
}

/// All of it, and what may be done.
#[derive(Clone, Copy)]
pub struct Kept {
    /// The site.
    pub tracking_id: StoredValue<String>,
    /// Who looks.
    pub audience: Audience,
    /// By the moments they are about.
    pub notes: RwSignal<Vec<Noted>>,
    /// By name.
    pub segments: RwSignal<Vec<Segment>>,
    /// Whether whoever looks may keep more, and change what is kept.
    pub may_write: RwSignal<bool>,
    /// What is open over the page.
    pub opened: RwSignal<Opened>,
}

impl Kept {
    /// Nothing yet.
    pub fn of(tracking_id: String, audience: Audience) -> Self {
        Self {
            tracking_id: StoredValue::new(tracking_id),
            audience,
            notes: RwSignal::new(Vec::new()),
            segments: RwSignal::new(Vec::new()),
            may_write: RwSignal::new(false),
            opened: RwSignal::new(Opened::Nothing),
        }
    }

    /// The notes from a moment on and before another.
    pub fn between(self, (start_ms, end_ms): (u64, u64)) -> Vec<Noted> {
        self.notes.with(|notes| notes.iter().filter(|note| (start_ms..end_ms).contains(&note.at_ms)).cloned().collect())
    }

    /// A segment's name; its number where there is none.
    pub fn segment(self, number: &str) -> String {
        let found =
            self.segments.with(|all| all.iter().find(|(known, _)| known == number).map(|(_, name)| name.clone()));
        found.unwrap_or_else(|| number.to_owned())
    }
}

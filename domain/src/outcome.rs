//! What became of events that are not counted, and why: few reasons, whatever senders send.

use std::collections::{BTreeMap, BTreeSet};

use wire::frame::OutcomeRow;
use wire::limits::FRAME_OUTCOMES_MAX;
use wire::outcome::{Outcome, Status};

use crate::window::Granularity;

/// Not an event that can be counted.
pub const REJECTED: &str = "rejected";
/// A program's.
pub const FILTERED: &str = "filtered";
/// Accepted before.
pub const DUPLICATE: &str = "duplicate";
/// Too many at once; their sender was told to come back.
pub const LIMITED: &str = "limited";

/// The fields that a refusal may name; all others are one.
const FIELDS: [&str; 14] = [
    "tracking_id",
    "client_id",
    "session_id",
    "event_id",
    "event_type",
    "timestamp",
    "at_ms",
    "engaged_ms",
    "page",
    "user",
    "revenue",
    "custom_properties",
    "automated",
    "batch_id",
];

/// The reason of a refusal: the field at fault, without what senders chose to call its parts.
pub fn reason(field: &str) -> &'static str {
    let name = field.split(['.', '[']).next().unwrap_or_default();
    FIELDS.into_iter().find(|known| *known == name).unwrap_or("event")
}

/// Why events of a request are not counted, each reason once: `bot_user_agent`, `page`, `duplicate`.
pub fn reasons(outcomes: &[Outcome]) -> BTreeSet<&str> {
    let reason_of = |outcome: &'_ Outcome| match outcome.status {
        Status::Accepted => None,
        Status::Duplicate => Some(DUPLICATE),
        Status::Filtered => Some(FILTERED),
        Status::Rejected => Some(reason(outcome.field.as_deref().unwrap_or_default())),
    };
    let named = |outcome| match (reason_of(outcome), &outcome.detail) {
        (Some(FILTERED), Some(detail)) => Some(detail.as_str()),
        (reason, _) => reason,
    };
    outcomes.iter().filter_map(named).collect()
}

/// Outcomes by minute, outcome and reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcomes(BTreeMap<(u64, String, String), u64>);

impl Outcomes {
    /// Adds events that arrived at `at_ms`.
    pub fn add(&mut self, at_ms: u64, outcome: &str, reason: &str, events: u64) {
        if events > 0 {
            let key = (Granularity::Minute.start_of(at_ms), outcome.to_owned(), reason.to_owned());
            *self.0.entry(key).or_default() += events;
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As rows of a frame. Should there be more than one may hold, the oldest minutes' become one.
    pub fn rows(&self) -> Vec<OutcomeRow> {
        let row = |((start_ms, outcome, reason), events): (&(u64, String, String), &u64)| OutcomeRow {
            start_ms: *start_ms,
            outcome: outcome.clone(),
            reason: reason.clone(),
            events: *events,
        };
        if self.0.len() <= FRAME_OUTCOMES_MAX {
            return self.0.iter().map(row).collect();
        }
        let newest = self.0.keys().map(|(minute, ..)| *minute).max().unwrap_or_default();
        let mut together = Self::default();
        for ((_, outcome, reason), events) in &self.0 {
            together.add(newest, outcome, reason, *events);
        }
        together.0.iter().map(row).take(FRAME_OUTCOMES_MAX).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_cannot_make_up_reasons() {
        fn check(field: &str, expect: &str) {
            assert_eq!(reason(field), expect);
        }
        check("page.url", "page");
        check("custom_properties.my secret", "custom_properties");
        check("tracking_id", "tracking_id");
        check(".", "event");
        check("x", "event");
    }

    #[test]
    fn a_long_outage_of_outcomes_fits_a_frame() {
        let mut outcomes = Outcomes::default();
        for minute in 0..1000 {
            outcomes.add(minute * 60_000, FILTERED, "prefetch", 2);
            outcomes.add(minute * 60_000 + 5, REJECTED, "page", 1);
        }
        outcomes.add(0, LIMITED, "site", 0);
        let rows = outcomes.rows();
        assert_eq!(rows.iter().map(|row| row.events).sum::<u64>(), 3000);
        assert_eq!(rows.len(), 2);
    }
}

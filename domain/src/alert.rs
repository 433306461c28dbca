//! When what is measured of a site is no chance any more, and what is told of it.
//!
//! | module | rule |
//! |---|---|
//! | `check` | which definitions can be watched |
//! | [`reading`] | which questions are asked about a site, and what their answers tell of a bucket |
//! | [`usual`] | what is expected of a bucket, and how far it may be from that by chance |
//! | [`judge`] | which buckets are bad |
//! | [`standing`] | when an alert opens and ends, and when that is told |
//! | [`suggested`] | what is watched where nobody has thought about it |
//! | [`words`] | how it is told |
//!
//! A *bucket* is a minute, an hour or a day by the site's clock. Each is looked at once, when all of it is counted, in the
//! order of time; what was counted before decides what is expected of it. The formulae stand in `docs/alerts.md`.

mod check;
pub mod judge;
pub mod reading;
pub mod standing;
pub mod suggested;
pub mod usual;
pub mod words;

pub use check::{checked, name, quiet_minutes};
pub use judge::{Series, judge};
pub use reading::{Part, Point, Reading};
pub use standing::{Told, due, step};

use wire::alert::{AlertDefinition, Incident, Judged, Standing, Status};

use crate::zone::Zone;

/// What is wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {detail}")]
pub struct AlertError {
    /// The field at fault.
    pub field: String,
    /// What is wrong with it, and the limit.
    pub detail: String,
}

impl AlertError {
    fn new(field: &str, detail: impl Into<String>) -> Self {
        Self { field: field.to_owned(), detail: detail.into() }
    }
}

/// What an alert would have said of all buckets of a series from an instant on, and when it would have opened and ended.
pub fn replay(
    definition: &AlertDefinition,
    series: &Series,
    zone: &Zone,
    from_ms: u64,
) -> (Vec<Judged>, Vec<Incident>, Standing) {
    let (mut standing, mut judged, mut incidents) = (Standing::default(), Vec::new(), Vec::<Incident>::new());
    for one in series.since(from_ms).filter_map(|at| judge(definition, series, zone, at)) {
        let before = standing.status;
        standing = step(definition, standing, one);
        match (before, standing.status) {
            (Status::Unknown | Status::Ok, Status::Firing) => {
                incidents.push(Incident { opened_at_ms: one.end_ms, resolved_at_ms: None });
            }
            (Status::Firing, Status::Ok) => {
                if let Some(last) = incidents.last_mut() {
                    last.resolved_at_ms = Some(one.end_ms);
                }
            }
            _ => {}
        }
        judged.push(one);
    }
    (judged, incidents, standing)
}

#[cfg(test)]
mod tests;

//! What became of an event, and how its sender learns of it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use serde::Deserialize;
use wire::outcome::Outcome as WireOutcome;

/// The end of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The end.
    pub status: Status,
    /// The field that is wrong, as the wire calls it: `custom_properties.plan`.
    pub field: Option<String>,
    /// Why, when not accepted; with the limit.
    pub detail: Option<String>,
}

/// The possible ends of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Durable, and counted once.
    Accepted,
    /// Was accepted before, under the same id.
    Duplicate,
    /// Taken for a program's.
    Filtered,
    /// Cannot be counted.
    Rejected,
    /// Given up: it had no answer.
    Unsent,
}

impl Outcome {
    pub(crate) fn accepted() -> Self {
        Self { status: Status::Accepted, field: None, detail: None }
    }

    pub(crate) fn unsent(detail: impl Into<String>) -> Self {
        Self { status: Status::Unsent, field: None, detail: Some(detail.into()) }
    }
}

impl From<WireOutcome> for Outcome {
    fn from(told: WireOutcome) -> Self {
        use wire::outcome::Status as Wire;
        let status = match told.status {
            Wire::Accepted => Status::Accepted,
            Wire::Duplicate => Status::Duplicate,
            Wire::Filtered => Status::Filtered,
            Wire::Rejected => Status::Rejected,
        };
        Self { status, field: told.field, detail: told.detail }
    }
}

/// What a final answer says: of each event, or of all.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    outcomes: Vec<WireOutcome>,
    field: Option<String>,
    detail: Option<String>,
}

/// What became of `count` events, in their order, by a final answer.
pub(crate) fn of_answer(status: u16, body: &[u8], count: usize) -> Vec<Outcome> {
    if status == 204 {
        return vec![Outcome::accepted(); count];
    }
    let told: Told = serde_json::from_slice(body).unwrap_or_default();
    let detail = told.detail.unwrap_or_else(|| format!("the edge answered {status}"));
    let all = Outcome { status: Status::Rejected, field: told.field, detail: Some(detail) };
    let mut outcomes = vec![all; count];
    for one in told.outcomes {
        if let Some(place) = outcomes.get_mut(one.index) {
            *place = one.into();
        }
    }
    outcomes
}

/// Tells what becomes of an event. Dropping it changes nothing.
#[derive(Debug)]
pub struct Receipt(Receiver<Outcome>);

impl Receipt {
    pub(crate) fn new() -> (SyncSender<Outcome>, Self) {
        let (told, asked) = sync_channel(1);
        (told, Self(asked))
    }

    /// Waits until the event has its end; nothing when that takes longer. It leaves after 5 seconds, unless there are many or
    /// [`crate::Client::flush`] is called.
    pub fn wait(&self, within: Duration) -> Option<Outcome> {
        match self.0.recv_timeout(within) {
            Ok(outcome) => Some(outcome),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Outcome::unsent("the client ended first")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, expect: &[(Status, Option<&str>, Option<&str>)]) {
        let found = of_answer(status, body.as_bytes(), expect.len());
        let found: Vec<_> = found.iter().map(|o| (o.status, o.field.as_deref(), o.detail.as_deref())).collect();
        assert_eq!(found, expect, "{status} {body}");
    }

    #[test]
    fn answers_tell_what_became_of_each_event() {
        check(204, "", &[(Status::Accepted, None, None); 2]);
        check(
            200,
            r#"{"accepted":1,"outcomes":[{"index":0,"status":"accepted"},{"index":1,"status":"duplicate","detail":"event_id"}]}"#,
            &[(Status::Accepted, None, None), (Status::Duplicate, None, Some("event_id"))],
        );
        check(
            400,
            r#"{"status":400,"code":"no_event_accepted","detail":"a: b","field":"a","outcomes":[{"index":0,"status":"rejected","field":"page.url","detail":"is required"}]}"#,
            &[(Status::Rejected, Some("page.url"), Some("is required"))],
        );
        check(400, r#"{"detail":"site: no","field":"site"}"#, &[(Status::Rejected, Some("site"), Some("site: no"))]);
        check(404, "<html>", &[(Status::Rejected, None, Some("the edge answered 404"))]);
    }
}

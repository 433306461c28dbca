//! What was sent against what was counted: acknowledged ⊆ counted ⊆ sent, each once, and the rollups agree.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::json;
use wire::frame::RawEvent;

use crate::load::NAME_PROPERTY;
use crate::trial::Trial;

/// What became of the events sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Acknowledged.
    pub acknowledged: usize,
    /// Acknowledged but not counted.
    pub lost: usize,
    /// Counted more often than once: the surplus.
    pub doubled: usize,
    /// Counted, but never sent.
    pub invented: usize,
}

impl Verdict {
    /// Compares the names of acknowledged events with the counted events.
    ///
    /// # Errors
    /// When a counted event has no name, so that nothing can be said.
    pub fn of(acknowledged: &[String], counted: &[RawEvent]) -> Result<Self> {
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        for event in counted {
            *times.entry(name_of(event)?).or_default() += 1;
            ids.insert(event.id);
        }
        let known: BTreeSet<&str> = acknowledged.iter().map(String::as_str).collect();
        let by_name: usize = times.values().map(|times| times - 1).sum();
        Ok(Self {
            acknowledged: known.len(),
            lost: known.iter().filter(|name| !times.contains_key(*name)).count(),
            doubled: by_name.max(counted.len() - ids.len()),
            invented: times.keys().filter(|name| !known.contains(*name)).count(),
        })
    }

    /// Fails unless every event was counted exactly once, in the log and in the rollups of every window.
    ///
    /// # Errors
    /// Says what is wrong.
    pub fn hold(&self, trial: &Trial) -> Result<()> {
        if (self.lost, self.doubled, self.invented) != (0, 0, 0) {
            bail!("{self}, {} counted that nobody sent", self.invented);
        }
        for dimensions in [json!([]), json!(["minute"]), json!(["hour"]), json!(["date"])] {
            let sum = trial.sum_of_events(&dimensions)?;
            if sum != self.acknowledged as u64 {
                bail!("the rollups by {dimensions} say {sum} events, {} were counted", self.acknowledged);
            }
        }
        Ok(())
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} events acknowledged, {} lost, {} doubled", self.acknowledged, self.lost, self.doubled)
    }
}

fn name_of(event: &RawEvent) -> Result<&str> {
    match event.properties.get(NAME_PROPERTY) {
        Some(wire::event::Property::Text(name)) => Ok(name),
        _ => None.context("an event without a name is counted"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wire::Id128;

    fn event(id: u8, properties: serde_json::Value) -> RawEvent {
        let event = json!({
            "id": Id128([id; 16]), "at_ms": 1, "event_type": "pageview", "device": "desktop", "properties": properties,
        });
        serde_json::from_value(event).unwrap()
    }

    fn named(id: u8, name: &str) -> RawEvent {
        event(id, json!({NAME_PROPERTY: name}))
    }

    fn check(counted: &[RawEvent], lost: usize, doubled: usize, invented: usize) {
        let acknowledged = ["a".to_owned(), "b".to_owned()];
        let expected = Verdict { acknowledged: 2, lost, doubled, invented };
        assert_eq!(Verdict::of(&acknowledged, counted).unwrap(), expected);
    }

    #[test]
    fn every_kind_of_wrong_is_seen() {
        check(&[named(1, "a"), named(2, "b")], 0, 0, 0);
        check(&[named(1, "a")], 1, 0, 0);
        check(&[named(1, "a"), named(2, "b"), named(3, "b")], 0, 1, 0);
        check(&[named(1, "a"), named(2, "b"), named(2, "b")], 0, 1, 0);
        check(&[named(1, "a"), named(1, "b")], 0, 1, 0);
        check(&[named(1, "a"), named(2, "b"), named(3, "c")], 0, 0, 1);
    }

    #[test]
    fn nothing_is_said_of_events_without_a_name() {
        assert!(Verdict::of(&[], &[event(1, json!({}))]).is_err());
    }
}

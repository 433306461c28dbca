//! What was made, counted plainly: to be held against what is counted in the end.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::visit::PAUSE_MAX_MS;
use wire::Id128;
use wire::frame::RawEvent;

/// Events of one site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Events of every kind.
    pub events: u64,
    /// Events by type.
    pub types: BTreeMap<String, u64>,
    /// Visits: events of a visitor without a pause of more than half an hour.
    pub visits: u64,
    /// Visitors, each by the id under which it is counted.
    pub visitors: BTreeSet<Id128>,
    /// Millionths of its unit, by currency.
    pub revenue: BTreeMap<String, i64>,
    last_ms: HashMap<Id128, u64>,
}

impl Tally {
    /// Counts an event; they come in the order of time.
    pub fn add(&mut self, event: &RawEvent) {
        self.events += 1;
        match self.types.get_mut(&event.event_type) {
            Some(count) => *count += 1,
            None => drop(self.types.insert(event.event_type.clone(), 1)),
        }
        if let Some(money) = &event.revenue {
            *self.revenue.entry(money.currency.clone()).or_default() += money.micros;
        }
        let Some(visitor) = event.visitor else { return };
        self.visitors.insert(visitor);
        let before = self.last_ms.insert(visitor, event.at_ms);
        self.visits += u64::from(before.is_none_or(|before| event.at_ms - before > PAUSE_MAX_MS));
    }

    /// Page views.
    pub fn pageviews(&self) -> u64 {
        self.types.get("pageview").copied().unwrap_or_default()
    }
}

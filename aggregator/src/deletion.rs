//! Erasing people and sites, so that it is done wholly or done again.
//!
//! | step | written with it | killed after it, done again |
//! |---|---|---|
//! | the person is found | visitors and their events by day: the plan | the plan is followed |
//! | events go from frames and segments, frames from the quarantine | | nothing is left to erase |
//! | what went is entered into the accounts | that it is erased | the days are rebuilt |
//! | what was hot is in the blocks | | it waits for that again |
//! | each day is rebuilt | its blocks | days that are rebuilt are the same |
//! | the record takes the plan's place | | |

mod person;
mod site;

pub use person::{Found, MARKER, Person, each_event, find};
pub use site::delete_site;

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use domain::reconcile::{DaySum, DaySums};
use domain::window::{DAY_MS, HOUR_MS, MINUTE_MS, date_of};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wire::Id128;

use crate::clock::now_ms;
use crate::ledger::site::SiteKey;
use crate::ledger::task::Task;
use crate::ledger::{self, LedgerError, begin};
use crate::rebuild::{self, Fewer, Wanted, Writing};
use crate::task::{Done, Hands, Request};

/// How long a person is waited for who is to be found by an event that is still to come: 7 days.
pub const MARKER_TIME_MAX_MS: u64 = 7 * DAY_MS;

/// Between two looks for that event.
const MARKER_INTERVAL_MS: u64 = MINUTE_MS;

/// Before a step is tried again that waits for the server's next checkpoint.
const CHECKPOINT_INTERVAL_MS: u64 = 5_000;

/// How long after an erasure edges may still bring events of before: as long as they may be late.
const LATE_MS: u64 = 48 * HOUR_MS;

/// What is to be erased, once it is found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    visitors: Vec<Id128>,
    without_visitor: u64,
    days: Vec<PlannedDay>,
    /// Frames that were set aside and are dropped.
    quarantined: u64,
    /// Whether the events are gone and entered into the accounts.
    is_erased: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct PlannedDay {
    day_ms: u64,
    events: u64,
    id_checksum: Id128,
    /// Whether all of the day's events are kept singly, so that its rollups can be made anew.
    is_complete: bool,
}

/// Erases a person.
///
/// # Errors
/// When a step fails; the task is to be done again then.
pub fn erase(hands: &mut Hands, task: &Task, person: &Person, plan: Option<&Plan>) -> Result<Done> {
    let tracking_id = task.tracking_id.as_str();
    let site = ledger::site::find(&hands.connection, tracking_id)?.context("the site was deleted meanwhile")?;
    let mut plan = match plan {
        Some(plan) => plan.clone(),
        None => {
            let found = find(&hands.segments, tracking_id, person)?;
            if found.visitors.is_empty() && person.is_to_come() {
                let expires_at_ms = task.asked_at_ms + MARKER_TIME_MAX_MS;
                anyhow::ensure!(now_ms() < expires_at_ms, "no event with that marker came within 7 days");
                let why = "waits for an event with the marker".to_owned();
                return Ok(Done::Later { until_ms: now_ms() + MARKER_INTERVAL_MS, why });
            }
            let plan = Plan::of(hands, site, &found)?;
            save(hands, task, person, &plan)?;
            plan
        }
    };
    if !plan.is_erased {
        hands.say(task, "erasing events");
        let visitors: BTreeSet<Id128> = plan.visitors.iter().copied().collect();
        hands.segments.work()?.erase(tracking_id, &plan.visitors)?;
        let transaction = begin(&mut hands.connection)?;
        plan.quarantined += ledger::deletion::purge_quarantine(&transaction, &visitors)?;
        for day in &plan.days {
            let sum = DaySum { events: day.events, kept: day.events, id_checksum: day.id_checksum };
            ledger::reconciliation::erase(&transaction, site, day.day_ms, &sum)?;
        }
        plan.is_erased = true;
        let request = Request::Erase { person: person.clone(), plan: Some(plan.clone()) }.to_json()?;
        ledger::task::change(&transaction, task.id, &request, now_ms())?;
        ledger::site::advance_version(&transaction, site)?;
        transaction.commit().map_err(LedgerError::from)?;
    }
    if !hands.is_checkpointed(site)? {
        let why = "waits for what is counted just now".to_owned();
        return Ok(Done::Later { until_ms: now_ms() + CHECKPOINT_INTERVAL_MS, why });
    }
    let mut days = Vec::new();
    for day in &plan.days {
        hands.say(task, &format!("counting {} anew", date_of(day.day_ms)));
        let done = if day.is_complete {
            let wanted = Wanted { site, tracking_id, writing: Writing::Replace, fewer: Fewer::Accept };
            rebuild::day(&mut hands.connection, &hands.segments, wanted, day.day_ms)?.done.name()
        } else {
            rebuild::Done::Incomplete.name()
        };
        days.push(json!({ "date": date_of(day.day_ms), "events": day.events, "rollups": done }));
    }
    hands.changed(site)?;
    Ok(Done::Outcome(plan.record(days)))
}

fn save(hands: &mut Hands, task: &Task, person: &Person, plan: &Plan) -> Result<(), LedgerError> {
    let request = Request::Erase { person: person.clone(), plan: Some(plan.clone()) }.to_json()?;
    ledger::task::change(&hands.connection, task.id, &request, now_ms())
}

impl Plan {
    fn of(hands: &Hands, site: SiteKey, found: &Found) -> Result<Self, LedgerError> {
        let connection = &hands.connection;
        let mut delivered = DaySums::new();
        for source in ledger::reconciliation::sources(connection, site)? {
            delivered.entry(source.day_ms).or_default().add(&source.sum);
        }
        for (day_ms, sum) in ledger::reconciliation::erased(connection, site)? {
            delivered.entry(day_ms).or_default().take_out(&sum);
        }
        let day = |(day_ms, sum): (&u64, &DaySum)| {
            let due = delivered.get(day_ms).copied().unwrap_or_default();
            let kept = found.all.get(day_ms).copied().unwrap_or_default();
            let is_complete = due.events == due.kept && kept >= due.kept;
            PlannedDay { day_ms: *day_ms, events: sum.kept, id_checksum: sum.id_checksum, is_complete }
        };
        Ok(Self {
            visitors: found.visitors.clone(),
            without_visitor: found.without_visitor,
            days: found.days.iter().map(day).collect(),
            quarantined: 0,
            is_erased: false,
        })
    }

    fn record(&self, days: Vec<Value>) -> Value {
        let events: u64 = self.days.iter().map(|day| day.events).sum();
        json!({
            "visitors": self.visitors.len(), "events": events, "quarantined_frames": self.quarantined,
            "events_without_visitor_left": self.without_visitor, "days": days,
            "erased_from": ["frames", "segments", "quarantine", "rollups of the days marked same or replaced"],
            "not_reached": [
                "rollups of days marked incomplete or too_old: their single events are not all kept, so that sketches and counters cannot be made anew",
                "backups made before",
                "edges, for what they have not delivered yet",
            ],
            "late_events_until_ms": now_ms() + LATE_MS,
        })
    }
}

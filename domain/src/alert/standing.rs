//! When an alert opens and ends, and when that is told.
//!
//! | bucket | before | after |
//! |---|---|---|
//! | bad, the `open_after`th in a row | unknown, ok | firing |
//! | bad, an earlier one | unknown, ok | as it was, unknown becomes ok |
//! | good, the `close_after`th in a row | firing | ok |
//! | good, an earlier one | firing | firing |
//! | good | unknown | ok |
//! | cannot be told | any | as it was |
//!
//! What is told follows from how it stands, whenever that is looked at: so nothing is lost in quiet hours, and nothing is
//! told twice.
//!
//! | stands | told to be open | tells |
//! |---|---|---|
//! | firing | no | opened, unless quiet or within the cool-down since it last was |
//! | firing | yes | still, once the time for it has passed since anything was told, unless quiet |
//! | ok | yes | resolved, unless quiet |
//! | ok | no | nothing: what ended before it could be told is in the preview alone |

use wire::alert::{AlertDefinition, Judged, News, Standing, Status};

use super::check::quiet_minutes;
use crate::window::MINUTE_MS;
use crate::zone::Zone;

/// What is to be told, and how the alert stands once it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// What.
    pub news: News,
    /// How it stands then.
    pub standing: Standing,
}

/// How an alert stands after a bucket. Buckets come in the order of time; one that was looked at before changes nothing.
#[must_use]
pub fn step(definition: &AlertDefinition, before: Standing, bucket: Judged) -> Standing {
    if bucket.end_ms <= before.through_ms {
        return before;
    }
    let seen = Standing { through_ms: bucket.end_ms, last: Some(bucket), ..before };
    let is_firing = before.status == Status::Firing;
    let (bad, good) = match bucket.is_bad {
        None => return seen,
        Some(true) => (before.bad.saturating_add(1), 0),
        Some(false) => (0, before.good.saturating_add(1)),
    };
    let status = match bucket.is_bad {
        _ if !is_firing && bad >= definition.open_after.max(1) => Status::Firing,
        _ if is_firing && good < definition.close_after.max(1) => Status::Firing,
        _ => Status::Ok,
    };
    let since_ms = if status == before.status { before.since_ms } else { bucket.end_ms };
    Standing { status, since_ms, bad, good, ..seen }
}

/// What is to be told now, if anything.
pub fn due(definition: &AlertDefinition, standing: &Standing, zone: &Zone, now_ms: u64) -> Option<Told> {
    if is_quiet(definition, zone, now_ms) {
        return None;
    }
    let minutes = |minutes: u32| u64::from(minutes) * MINUTE_MS;
    let opened = Standing { is_told: true, opened_at_ms: now_ms, told_at_ms: now_ms, ..*standing };
    let again_ms = standing.opened_at_ms.saturating_add(minutes(definition.cooldown_minutes));
    match (standing.status, standing.is_told) {
        (Status::Firing, false) if standing.opened_at_ms == 0 || now_ms >= again_ms => {
            Some(Told { news: News::Opened, standing: opened })
        }
        (Status::Firing, true) => {
            let due_ms = standing.told_at_ms.saturating_add(minutes(definition.remind_minutes?));
            let still = Standing { told_at_ms: now_ms, ..*standing };
            (now_ms >= due_ms).then_some(Told { news: News::Still, standing: still })
        }
        (Status::Ok, true) => {
            let resolved = Standing { is_told: false, told_at_ms: now_ms, ..*standing };
            Some(Told { news: News::Resolved, standing: resolved })
        }
        _ => None,
    }
}

/// Whether it is quiet by a zone's clock.
pub fn is_quiet(definition: &AlertDefinition, zone: &Zone, now_ms: u64) -> bool {
    let Some(quiet) = &definition.quiet else { return false };
    let local = zone.local(now_ms);
    if quiet.weekends && local.date().weekday().to_monday_zero_offset() >= 5 {
        return true;
    }
    let Ok((from, to)) = quiet_minutes(quiet) else { return false };
    let now = u32::from(local.hour().unsigned_abs()) * 60 + u32::from(local.minute().unsigned_abs());
    if from < to { (from..to).contains(&now) } else { now >= from || now < to }
}

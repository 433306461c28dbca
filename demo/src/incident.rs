//! What is planted, for people and alerts to find: a spike, an outage, a drop of conversions.

use domain::zone::Zone;
use jiff::ToSpan;
use jiff::civil::Date;

use crate::plan::Plan;
use crate::{blog, saas};

/// Fewest days of a plan that has incidents: before each there is to be a usual week or two, and days between them.
pub const DAYS_MIN: u32 = 28;

/// What kind of thing happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Six times as many visits for a day, those above the usual from one source.
    Spike,
    /// Two hours of nothing.
    Outage,
    /// A third of the sign-ups for a day, of as many visits.
    ConversionDrop,
}

/// How many times the usual visits there are on the day of a spike.
pub const SPIKE_TIMES: f64 = 6.0;

/// Hours of the clock in which nothing comes during an outage.
pub const OUTAGE_HOURS: std::ops::Range<usize> = 14..16;

/// Sign-ups are divided by this on the day of a conversion drop.
pub const DROP_BY: u32 = 3;

/// Hour of the clock at which people are at work and note what they did or saw.
const WORK_BEGINS: usize = 9;

/// Something planted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incident {
    /// Tracking id of the site.
    pub site: &'static str,
    /// What.
    pub kind: Kind,
    /// The day, in the site's zone.
    pub date: Date,
    /// The same, as a position in the plan.
    pub day: u32,
    /// What a person would have noted about it.
    pub note: &'static str,
}

impl Incident {
    /// When it began by the clocks of a zone, Unix milliseconds: what its note is about. None where the calendar ends.
    pub fn at_ms(&self, zone: &Zone) -> Option<u64> {
        let hour = if self.kind == Kind::Outage { OUTAGE_HOURS.start } else { WORK_BEGINS };
        zone.first_instant(self.date.at(i8::try_from(hour).ok()?, 0, 0, 0))
    }
}

/// Each incident: site, kind, after how many ninetieths of the days, and its note.
const PLANTED: [(&str, Kind, u32, &str); 3] = [
    (
        blog::SITE,
        Kind::Spike,
        50,
        "“The quiet cost of notifications” on the front page of Hacker News: six times the usual readers.",
    ),
    (
        saas::SITE,
        Kind::Outage,
        63,
        "Certificate expired at the load balancer: no page was served from 14:00 to 16:00 (New York).",
    ),
    (
        saas::SITE,
        Kind::ConversionDrop,
        72,
        "Sign-up form deployed with a broken check of addresses: a third of the usual sign-ups until it was rolled back.",
    ),
];

/// What is planted in a plan, by time; nothing in one of less than [`DAYS_MIN`] days.
pub fn all(plan: &Plan) -> Vec<Incident> {
    let planted = PLANTED.into_iter().filter(|_| plan.days >= DAYS_MIN);
    let incident = |(site, kind, ninetieths, note)| {
        let day = u32::try_from(u64::from(plan.days) * u64::from(ninetieths) / 90).ok()?;
        // A day of work: on a weekend it would be smaller than what it is compared with.
        let on = |later: u32| plan.first_day.checked_add(i64::from(day + later).days()).ok().map(|date| (later, date));
        let weekday = |date: Date| date.weekday().to_monday_zero_offset();
        let (later, date) = (0..3).filter_map(on).find(|(_, date)| weekday(*date) < 5)?;
        Some(Incident { site, kind, date, day: day + later, note })
    };
    planted.filter_map(incident).collect()
}

/// What is planted on a day of a site.
pub fn on(plan: &Plan, site: &str, day: u32) -> Option<Kind> {
    all(plan).into_iter().find(|incident| incident.site == site && incident.day == day).map(|incident| incident.kind)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn incidents_lie_on_days_of_work_within_the_plan() {
        for last in 1..=28 {
            for days in [DAYS_MIN, 30, 90, 365] {
                let plan = Plan::until(1, date(2026, 11, last), days, 100).unwrap();
                let all = all(&plan);
                assert_eq!(all.len(), PLANTED.len());
                for incident in all {
                    assert!(incident.date.weekday().to_monday_zero_offset() < 5);
                    let at_ms = incident.at_ms(&Zone::default()).unwrap();
                    assert_eq!(Zone::default().date_of(at_ms), incident.date);
                    assert!(incident.note.len() <= wire::note::NOTE_TEXT_BYTES_MAX, "{}", incident.note.len());
                    assert!(incident.day < days && on(&plan, incident.site, incident.day) == Some(incident.kind));
                }
            }
        }
        let short = Plan::until(1, date(2026, 11, 22), DAYS_MIN - 1, 100).unwrap();
        assert_eq!(all(&short), []);
    }
}

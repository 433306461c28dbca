//! Email digests: which week or month is due, what is asked about it, and how it is told.
//!
//! | module | rule |
//! |---|---|
//! | here | which edition is due when, and its questions |
//! | [`words`] | its figures and lists, as people read them |
//!
//! An *edition* is one week (Monday to Sunday) or one calendar month by the site's clock. It is known by the day after its
//! last: whoever was sent that edition or a later one is not sent it again, whatever becomes of clock and zone.

pub mod words;

use jiff::ToSpan;
use jiff::civil::Date;
use wire::digest::Rhythm;
use wire::query::{Comparison, ComparisonPeriod, DateRange, Dimension, Metric, Query, Span};

use crate::zone::Zone;

/// From which hour of the site's clock on an edition is sent, on the day after its last: what came in by midnight is
/// counted by then, and it lies in the mailbox when people begin to work.
pub const SENT_FROM_HOUR: i8 = 6;

/// Rows of a list.
const LISTED: usize = 5;

/// What is asked for a digest; each is answered alone, so that a site without one of them is told the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Visitors, visits and what they were like.
    Figures,
    /// Visits that reached a goal.
    Conversions,
    /// What was paid.
    Money,
    /// The pages with the most visitors.
    Pages,
    /// The sources that most came from.
    Sources,
    /// The goals that were reached most.
    Goals,
}

impl Part {
    /// All, in the order in which they are told.
    pub const ALL: [Self; 6] = [Self::Figures, Self::Conversions, Self::Money, Self::Pages, Self::Sources, Self::Goals];
}

/// A week or a month, and the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Which of the two.
    pub rhythm: Rhythm,
    /// First day of the one before.
    pub before: Date,
    /// First day.
    pub first: Date,
    /// The day after the last.
    pub after: Date,
}

impl Edition {
    /// The latest that is to be sent by now; none before 1970.
    pub fn latest(rhythm: Rhythm, zone: &Zone, now_ms: u64) -> Option<Self> {
        let now = zone.local(now_ms);
        // Until that hour it is still yesterday for whoever sends.
        let today = if now.hour() < SENT_FROM_HOUR { now.date().yesterday().ok()? } else { now.date() };
        let back = |from: Date| match rhythm {
            Rhythm::Weekly => from.checked_sub(7.days()).ok(),
            Rhythm::Monthly => from.checked_sub(1.month()).ok(),
        };
        let after = match rhythm {
            Rhythm::Weekly => today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?,
            Rhythm::Monthly => today.first_of_month(),
        };
        let first = back(after)?;
        let before = back(first)?;
        zone.day_start(before)?;
        Some(Self { rhythm, before, first, after })
    }

    /// What it is known by: later editions of a rhythm have greater ones, as text too.
    pub fn key(&self) -> String {
        self.after.to_string()
    }

    /// Its last day.
    pub fn last(&self) -> Date {
        self.after.yesterday().unwrap_or(self.first)
    }

    /// What is asked about a site for a part of it.
    pub fn query(&self, tracking_id: &str, part: Part) -> Query {
        let metrics = match part {
            Part::Figures => vec![
                Metric::UniqueUsers,
                Metric::Visits,
                Metric::Pageviews,
                Metric::ViewsPerVisit,
                Metric::BounceRate,
                Metric::VisitDuration,
            ],
            Part::Conversions => vec![Metric::Conversions, Metric::ConversionRate],
            Part::Money => vec![Metric::Revenue],
            Part::Pages | Part::Sources => vec![Metric::UniqueUsers],
            Part::Goals => vec![Metric::Events],
        };
        let dimensions = match part {
            Part::Figures | Part::Conversions | Part::Money => Vec::new(),
            Part::Pages => vec![Dimension::Page],
            Part::Sources => vec![Dimension::Source],
            Part::Goals => vec![Dimension::Goal],
        };
        let is_list = !dimensions.is_empty();
        let compare = Comparison {
            period: ComparisonPeriod::Custom,
            date_range: Some(days(self.before, self.first)),
            match_weekday: false,
            same_hours: false,
        };
        Query {
            dimensions,
            limit: is_list.then_some(LISTED),
            compare: Some(compare),
            currency: (part == Part::Money).then(|| "reporting".to_owned()),
            ..Query::new(tracking_id, days(self.first, self.after), metrics)
        }
    }
}

/// Whole days, from one to the day before another.
fn days(first: Date, after: Date) -> Span {
    let last = after.yesterday().unwrap_or(first);
    Span::Between(DateRange { start: first.to_string(), end: last.to_string() })
}

#[cfg(test)]
mod tests;

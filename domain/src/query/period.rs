//! The span of time that a question is about.

use jiff::civil::{Date, DateTime};
use jiff::{Span as Length, Timestamp, ToSpan};
use wire::limits::QUERY_DAYS_MAX;
use wire::query::{DateRange, Preset, Span};

use super::QueryError;
use crate::window::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::zone::Zone;

/// A half-open span of time, Unix milliseconds, of whole minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// First instant.
    pub start_ms: u64,
    /// First instant behind it.
    pub end_ms: u64,
}

impl Period {
    /// Understands a span. `field` names it in errors.
    ///
    /// * `first_ms`: when the first of what is kept happened, for [`Preset::All`]
    ///
    /// # Errors
    /// [`QueryError`] names the end that is no date and no instant, or lies wrong.
    pub fn of(span: &Span, zone: &Zone, now_ms: u64, first_ms: Option<u64>, field: &str) -> Result<Self, QueryError> {
        let (start_ms, end_ms) = match span {
            Span::Between(range) => ends(range, zone, field)?,
            Span::Preset(preset) => named(*preset, zone, now_ms, first_ms)
                .ok_or_else(|| QueryError::new(field, "lies before 1970 or behind 9999"))?,
        };
        if start_ms >= end_ms {
            return Err(QueryError::new(&format!("{field}.end"), format!("must be after {field}.start")));
        }
        if end_ms - start_ms > QUERY_DAYS_MAX as u64 * DAY_MS {
            return Err(QueryError::new(field, format!("spans more than {QUERY_DAYS_MAX} days")));
        }
        Ok(Self { start_ms: start_ms - start_ms % MINUTE_MS, end_ms: end_ms.div_ceil(MINUTE_MS) * MINUTE_MS })
    }

    /// First day and the day after the last, where it is made of whole days.
    pub fn days(self, zone: &Zone) -> Option<(Date, Date)> {
        let (first, after) = (zone.date_of(self.start_ms), zone.date_of(self.end_ms));
        let is_whole = zone.day_start(first) == Some(self.start_ms) && zone.day_start(after) == Some(self.end_ms);
        is_whole.then_some((first, after))
    }

    /// Length in milliseconds.
    pub fn length_ms(self) -> u64 {
        self.end_ms.saturating_sub(self.start_ms)
    }
}

/// Start and end of a span of UTC days or instants, Unix milliseconds, widened to whole minutes.
///
/// # Errors
/// [`QueryError`] names the end that is no instant, or lies wrong.
pub fn range(range: &DateRange) -> Result<(u64, u64), QueryError> {
    let span = Span::Between(range.clone());
    Period::of(&span, &Zone::default(), 0, None, "date_range").map(|period| (period.start_ms, period.end_ms))
}

#[derive(Clone, Copy)]
enum Edge {
    Start,
    End,
}

fn ends(range: &DateRange, zone: &Zone, field: &str) -> Result<(u64, u64), QueryError> {
    let start_ms = instant(&format!("{field}.start"), &range.start, zone, Edge::Start)?;
    Ok((start_ms, instant(&format!("{field}.end"), &range.end, zone, Edge::End)?))
}

fn instant(field: &str, text: &str, zone: &Zone, edge: Edge) -> Result<u64, QueryError> {
    let refused = || QueryError::new(field, "must be a date (2026-02-01) or an RFC 3339 instant from 1970 to 9999");
    if let Ok(instant) = text.parse::<Timestamp>() {
        return u64::try_from(instant.as_millisecond()).map_err(|_| refused());
    }
    // `Date` takes longer texts too and drops their time; only a bare date is meant here.
    let date: Date = (text.len() == 10).then(|| text.parse().ok()).flatten().ok_or_else(refused)?;
    let date = match edge {
        Edge::Start => date,
        Edge::End => date.tomorrow().map_err(|_| refused())?,
    };
    zone.day_start(date).ok_or_else(refused)
}

fn named(preset: Preset, zone: &Zone, now_ms: u64, first_ms: Option<u64>) -> Option<(u64, u64)> {
    let today = zone.date_of(now_ms);
    let ending_now = |length_ms: u64| {
        // With the minute that is running.
        let end_ms = now_ms.checked_add(MINUTE_MS)?;
        let end_ms = end_ms - end_ms % MINUTE_MS;
        Some((end_ms.saturating_sub(length_ms), end_ms))
    };
    let days = |first: Date, after: Date| Some((zone.day_start(first)?, zone.day_start(after)?));
    let last = |days_before: i64| days(today.checked_sub(days_before.days()).ok()?, today.tomorrow().ok()?);
    // Whole months, this one the last.
    let months = |before: i64, count: i64| {
        let first = today.first_of_month().checked_sub(before.months()).ok()?;
        days(first, first.checked_add(count.months()).ok()?)
    };
    match preset {
        Preset::Realtime => ending_now(5 * MINUTE_MS),
        Preset::Minutes30 => ending_now(30 * MINUTE_MS),
        Preset::Hours24 => ending_now(24 * HOUR_MS),
        Preset::Today => last(0),
        Preset::Yesterday => days(today.yesterday().ok()?, today),
        Preset::Days7 => last(6),
        Preset::Days28 => last(27),
        Preset::Days30 => last(29),
        Preset::Days90 => last(89),
        Preset::Days91 => last(90),
        Preset::Week => {
            let monday = monday(today)?;
            days(monday, monday.checked_add(7.days()).ok()?)
        }
        Preset::Month => months(0, 1),
        Preset::LastMonth => months(1, 1),
        Preset::Months6 => months(5, 6),
        Preset::Months12 => months(11, 12),
        Preset::Year => days(today.first_of_year(), today.last_of_year().tomorrow().ok()?),
        Preset::All => {
            let (earliest_ms, end_ms) = last(QUERY_DAYS_MAX - 2)?;
            let first_ms = zone.day_start(zone.date_of(first_ms.unwrap_or(now_ms).min(now_ms)))?;
            Some((first_ms.max(earliest_ms), end_ms))
        }
    }
}

/// The Monday of a date's week.
pub(super) fn monday(date: Date) -> Option<Date> {
    date.checked_sub(i64::from(date.weekday().to_monday_zero_offset()).days()).ok()
}

/// A period moved by a length of the calendar, which keeps its dates and times of day.
pub(super) fn moved(period: Period, zone: &Zone, length: Length) -> Option<Period> {
    let moved = |at_ms| -> Option<DateTime> { zone.local(at_ms).checked_add(length).ok() };
    let start_ms = zone.first_instant(moved(period.start_ms)?)?;
    let end_ms = zone.first_instant(moved(period.end_ms)?)?;
    Some(Period { start_ms, end_ms })
}

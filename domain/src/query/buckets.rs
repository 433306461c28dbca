//! The buckets of time that cover a range, as a zone's calendar has them.

use jiff::ToSpan;
use jiff::civil::Date;
use wire::limits::QUERY_BUCKETS_MAX;
use wire::query::Dimension;

use super::period::monday;
use super::{Buckets, Period, QueryError};
use crate::window::{HOUR_MS, MINUTE_MS};
use crate::zone::Zone;

/// Hours in a day and days in a week, as the clock and the calendar name them.
const HOURS: usize = 24;
const WEEKDAYS: usize = 7;

impl Buckets {
    /// The buckets of a dimension of time that cover a period. They leave no gap and do not overlap. An hour is one of
    /// the local clock: where that is put back or forward, one is longer, shorter, there twice or not at all, and each
    /// is known by its offset.
    ///
    /// # Errors
    /// [`QueryError`] when they are more than [`QUERY_BUCKETS_MAX`].
    pub fn covering(dimension: Dimension, zone: &Zone, period: Period) -> Result<Self, QueryError> {
        let too_many =
            || QueryError::new("dimensions", format!("the range has more than {QUERY_BUCKETS_MAX} buckets of time"));
        let shortest_ms = if dimension == Dimension::Minute { MINUTE_MS } else { HOUR_MS };
        let is_by_clock = matches!(dimension, Dimension::Minute | Dimension::Hour);
        if is_by_clock && period.length_ms() / shortest_ms > QUERY_BUCKETS_MAX as u64 {
            return Err(too_many());
        }
        let starts = match dimension {
            Dimension::Minute => Self::by_clock(zone, period, MINUTE_MS),
            Dimension::Hour | Dimension::HourOfDay | Dimension::HourOfWeek => Self::by_clock(zone, period, HOUR_MS),
            _ => by_calendar(dimension, zone, period),
        };
        if !dimension.is_cyclic() && starts.len() > QUERY_BUCKETS_MAX as usize {
            return Err(too_many());
        }
        Ok(Self::named(dimension, zone, starts))
    }

    fn named(dimension: Dimension, zone: &Zone, starts: Vec<u64>) -> Self {
        let weekday = |at_ms| zone.date_of(at_ms).weekday().to_monday_zero_offset() as usize;
        let hour = |at_ms| zone.local(at_ms).hour() as usize;
        let (labels, cycle): (Vec<String>, Vec<usize>) = match dimension {
            Dimension::HourOfDay => {
                ((0..HOURS).map(|hour| format!("{hour:02}")).collect(), starts.iter().map(|at| hour(*at)).collect())
            }
            Dimension::Weekday => {
                ((1..=WEEKDAYS).map(|day| day.to_string()).collect(), starts.iter().map(|at| weekday(*at)).collect())
            }
            Dimension::HourOfWeek => (
                (0..WEEKDAYS * HOURS).map(|at| format!("{}T{:02}", at / HOURS + 1, at % HOURS)).collect(),
                starts.iter().map(|at| weekday(*at) * HOURS + hour(*at)).collect(),
            ),
            Dimension::Minute | Dimension::Hour => (starts.iter().map(|at| zone.text(*at)).collect(), Vec::new()),
            // Named by the date that the bucket is of, though its first instant may be skipped.
            _ => (starts.iter().map(|at| zone.date_of(*at).to_string()).collect(), Vec::new()),
        };
        Self { dimension, starts, labels, cycle }
    }

    /// Starts of local hours or minutes. A change of the offset begins a new one.
    fn by_clock(zone: &Zone, period: Period, length_ms: u64) -> Vec<u64> {
        let mut starts = Vec::new();
        let since_change = |at_ms: u64| {
            // The bucket's own start lies less than a bucket back, behind the last change of the offset.
            let offset_ms = zone.offset_s(at_ms) * 1000;
            let local = i64::try_from(at_ms).unwrap_or(i64::MAX).saturating_add(offset_ms);
            local.rem_euclid(length_ms as i64) as u64
        };
        let mut at_ms = period.start_ms;
        let floor_ms = at_ms.saturating_sub(since_change(at_ms));
        match zone.next_change(floor_ms) {
            Some(change) if change <= at_ms && change > floor_ms => at_ms = change,
            _ => at_ms = floor_ms,
        }
        let mut change = zone.next_change(at_ms);
        while at_ms < period.end_ms {
            starts.push(at_ms - at_ms % MINUTE_MS);
            let next_ms = at_ms + (length_ms - since_change(at_ms));
            at_ms = match change {
                Some(change_ms) if change_ms <= next_ms => {
                    change = zone.next_change(change_ms);
                    change_ms
                }
                _ => next_ms,
            };
        }
        starts.dedup();
        starts
    }
}

fn by_calendar(dimension: Dimension, zone: &Zone, period: Period) -> Vec<u64> {
    let first = zone.date_of(period.start_ms);
    let mut date = match dimension {
        Dimension::Week => monday(first),
        Dimension::Month => Some(first.first_of_month()),
        Dimension::Year => Some(first.first_of_year()),
        _ => Some(first),
    };
    let mut starts: Vec<u64> = Vec::new();
    while let Some(current) = date {
        // What lies before 1970 is counted with its first day.
        let start_ms = zone.day_start(current).unwrap_or_default();
        let start_ms = start_ms - start_ms % MINUTE_MS;
        if start_ms >= period.end_ms {
            break;
        }
        if start_ms <= period.start_ms {
            starts.clear();
        }
        // A day that never was begins with the day after.
        if starts.last() != Some(&start_ms) {
            starts.push(start_ms);
        }
        date = after(dimension, current);
    }
    starts
}

fn after(dimension: Dimension, date: Date) -> Option<Date> {
    let step = match dimension {
        Dimension::Week => 7.days(),
        Dimension::Month => 1.month(),
        Dimension::Year => 1.year(),
        _ => 1.day(),
    };
    date.checked_add(step).ok()
}

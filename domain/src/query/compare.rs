//! What a period is compared with, and which of its buckets with which.

use std::collections::HashMap;

use jiff::{Span as Length, ToSpan};
use wire::query::{Comparison, ComparisonPeriod, Dimension};

use super::period::moved;
use super::{Buckets, Period, QueryError};
use crate::window::MINUTE_MS;
use crate::zone::Zone;

const WEEKDAYS: i64 = 7;

/// The period that another one is compared with.
///
/// # Errors
/// [`QueryError`] names the part of the comparison that cannot be.
pub fn compared(
    period: Period,
    comparison: &Comparison,
    zone: &Zone,
    now_ms: u64,
    first_ms: Option<u64>,
) -> Result<Period, QueryError> {
    const SPAN: &str = "compare.date_range";
    let too_early = || QueryError::new("compare", "lies before 1970");
    let by = |length: Length, period| moved(period, zone, length).ok_or_else(too_early);
    let then = match (comparison.period, &comparison.date_range) {
        (ComparisonPeriod::Custom, Some(span)) => Period::of(span, zone, now_ms, first_ms, SPAN)?,
        (ComparisonPeriod::Custom, None) => return Err(QueryError::new(SPAN, "goes with the period custom")),
        (_, Some(_)) => return Err(QueryError::new(SPAN, "goes with the period custom only")),
        (ComparisonPeriod::Year, None) => by(Length::new().years(-1), period)?,
        (ComparisonPeriod::Previous, None) => match period.days(zone) {
            Some((first, after)) => {
                let days = first.until(after).map_err(|_| too_early())?.get_days();
                by(Length::new().days(-i64::from(days)), period)?
            }
            None => {
                let earlier = |at_ms: u64| at_ms.checked_sub(period.length_ms()).ok_or_else(too_early);
                Period { start_ms: earlier(period.start_ms)?, end_ms: earlier(period.end_ms)? }
            }
        },
    };
    let then = if comparison.match_weekday { by(to_weekday(period, then, comparison, zone), then)? } else { then };
    let is_running = (period.start_ms..period.end_ms).contains(&now_ms);
    if !(comparison.same_hours && is_running) {
        return Ok(then);
    }
    let end_ms = as_far(period, then, zone, now_ms).ok_or_else(too_early)?.next_multiple_of(MINUTE_MS);
    Ok(Period { end_ms: end_ms.clamp(then.start_ms + MINUTE_MS, then.end_ms.max(then.start_ms + MINUTE_MS)), ..then })
}

/// How far to move, so that it begins on the same day of the week: to the nearest such day, but back from what is
/// right before the period.
fn to_weekday(period: Period, then: Period, comparison: &Comparison, zone: &Zone) -> Length {
    let weekday = |at_ms| i64::from(zone.date_of(at_ms).weekday().to_monday_zero_offset());
    let back = (weekday(then.start_ms) - weekday(period.start_ms)).rem_euclid(WEEKDAYS);
    let is_before = comparison.period == ComparisonPeriod::Previous;
    let days = if is_before || back <= WEEKDAYS / 2 { -back } else { WEEKDAYS - back };
    Length::new().days(days)
}

/// The instant of another period that is as many days and the same time of day behind its start.
fn as_far(period: Period, then: Period, zone: &Zone, now_ms: u64) -> Option<u64> {
    let now = zone.local(now_ms);
    let days = zone.date_of(period.start_ms).until(now.date()).ok()?.get_days();
    let date = zone.date_of(then.start_ms).checked_add(days.days()).ok()?;
    zone.first_instant(date.to_datetime(now.time()))
}

/// For each bucket of one series the position of the bucket of the other that it is compared with. Days, weeks, months
/// and years go by number. Hours and minutes go by day and clock, so that nine o'clock stands beside nine o'clock
/// though one of the days has 23 hours; where the periods begin at different times of day, by number too.
pub fn pairs(now: &Buckets, then: &Buckets, zone: &Zone, periods: (Period, Period)) -> Vec<Option<usize>> {
    let count = then.labels.len();
    let by_number = || (0..now.labels.len()).map(|at| (at < count).then_some(at)).collect();
    let is_by_clock = matches!(now.dimension, Dimension::Hour | Dimension::Minute);
    let time = |at_ms| zone.local(at_ms).time();
    if !is_by_clock || time(periods.0.start_ms) != time(periods.1.start_ms) {
        return by_number();
    }
    let places = |buckets: &Buckets, period: Period| -> Vec<(i32, i8, i8, usize)> {
        let first = zone.date_of(period.start_ms);
        let mut seen: HashMap<(i32, i8, i8), usize> = HashMap::new();
        let place = |start: &u64| {
            let local = zone.local(*start);
            let day = first.until(local.date()).map_or(0, |length| length.get_days());
            let times = seen.entry((day, local.hour(), local.minute())).or_default();
            *times += 1;
            (day, local.hour(), local.minute(), *times)
        };
        buckets.starts.iter().map(place).collect()
    };
    let then: HashMap<_, _> = places(then, periods.1).into_iter().zip(0..).collect();
    places(now, periods.0).iter().map(|place| then.get(place).copied()).collect()
}

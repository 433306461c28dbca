//! Which windows of rollups make up a range.

use wire::query::Dimension;

use super::{Buckets, Period, QueryError};
use crate::rollup::Horizon;
use crate::window::{DAY_MS, Granularity, HOUR_MS};

/// Consecutive windows of one length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Their length.
    pub granularity: Granularity,
    /// Start of the first, Unix milliseconds.
    pub start_ms: u64,
    /// End of the last.
    pub end_ms: u64,
}

/// The windows that make up a range: each instant lies in one of them, and each of them in one bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pieces {
    /// The windows, in the order of time.
    pub pieces: Vec<Piece>,
    /// The buckets of time, their starts as windows can tell them.
    pub buckets: Option<Buckets>,
    /// The length that some ends were rounded to, for shorter windows are not kept that long.
    pub rounded_to: Option<Granularity>,
}

impl Pieces {
    /// Cuts a period: days where whole UTC days lie within one bucket, hours and minutes at the edges.
    ///
    /// # Errors
    /// [`QueryError`] when buckets are shorter than the shortest windows that are kept.
    pub fn of(period: Period, buckets: Option<&Buckets>, horizon: &Horizon) -> Result<Self, QueryError> {
        let mut rounded_to = None;
        let mut rounded = |at_ms| {
            let (at_ms, to) = round(at_ms, horizon);
            rounded_to = rounded_to.max(to);
            at_ms
        };
        let (start_ms, end_ms) = (rounded(period.start_ms), rounded(period.end_ms));
        let buckets = buckets.map(|buckets| {
            let starts = buckets.starts.iter().map(|at| if *at <= period.start_ms { *at } else { rounded(*at) });
            Buckets { starts: starts.collect(), ..buckets.clone() }
        });
        if let (Some(kept), Some(buckets)) = (rounded_to, &buckets) {
            check(buckets.dimension, kept)?;
        }
        let starts = buckets.iter().flat_map(|buckets| &buckets.starts);
        let inner = starts.copied().filter(|at| (start_ms + 1..end_ms).contains(at));
        let mut pieces = Vec::new();
        let mut from_ms = start_ms;
        for until_ms in inner.chain([end_ms]) {
            cut(from_ms, until_ms, &mut pieces);
            from_ms = until_ms;
        }
        Ok(Self { pieces, buckets, rounded_to })
    }

    /// The shortest windows among them.
    pub fn granularity(&self) -> Granularity {
        self.pieces.iter().map(|piece| piece.granularity).min().unwrap_or(Granularity::Day)
    }
}

/// An instant where windows that are kept can be cut, and what it was rounded to, if it was.
fn round(at_ms: u64, horizon: &Horizon) -> (u64, Option<Granularity>) {
    let nearest = |length_ms: u64| (at_ms + (length_ms - 1) / 2) / length_ms * length_ms;
    if at_ms.is_multiple_of(DAY_MS) || at_ms >= horizon.minute_from_ms {
        (at_ms, None)
    } else if at_ms < horizon.hour_from_ms {
        (nearest(DAY_MS), Some(Granularity::Day))
    } else if at_ms.is_multiple_of(HOUR_MS) {
        (at_ms, None)
    } else {
        (nearest(HOUR_MS), Some(Granularity::Hour))
    }
}

fn check(buckets: Dimension, kept: Granularity) -> Result<(), QueryError> {
    let is_told = match buckets {
        Dimension::Minute => false,
        Dimension::Hour | Dimension::HourOfDay | Dimension::HourOfWeek => kept == Granularity::Hour,
        _ => true,
    };
    if is_told {
        return Ok(());
    }
    let (kept, asked) = (kept.name(), buckets.name());
    Err(QueryError::new("dimensions", format!("so far back counts are kept by the {kept}, which do not tell {asked}")))
}

/// Minutes up to the next hour, hours up to the next day, days, hours, minutes.
fn cut(from_ms: u64, until_ms: u64, pieces: &mut Vec<Piece>) {
    let mut at_ms = from_ms;
    let mut take = |granularity: Granularity, end_ms: u64| {
        if end_ms <= at_ms {
            return;
        }
        match pieces.last_mut() {
            Some(last) if last.granularity == granularity && last.end_ms == at_ms => last.end_ms = end_ms,
            _ => pieces.push(Piece { granularity, start_ms: at_ms, end_ms }),
        }
        at_ms = end_ms;
    };
    let (hours_from, hours_until) = (from_ms.next_multiple_of(HOUR_MS), Granularity::Hour.start_of(until_ms));
    take(Granularity::Minute, hours_from.min(until_ms));
    if hours_from <= hours_until {
        let (days_from, days_until) = (hours_from.next_multiple_of(DAY_MS), Granularity::Day.start_of(until_ms));
        take(Granularity::Hour, days_from.min(hours_until));
        if days_from <= days_until {
            take(Granularity::Day, days_until);
        }
        take(Granularity::Hour, hours_until);
    }
    take(Granularity::Minute, until_ms);
}

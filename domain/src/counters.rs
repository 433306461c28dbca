//! Event counters over the last hours: which question they are, and how its rows become them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use wire::counters::{BY_MINUTE_MAX, COUNTER_MINUTES_MAX, COUNTER_VALUES_MAX, Counters, Interval, ValueCounter};
use wire::frame::RollupDimension;
use wire::limits::EVENT_TYPE_BYTES_MAX;
use wire::query::{Cell, DateRange, Dimension, FilterValues, Filters, Metric, Query, Row};
use wire::site::Settings;

use crate::query::QueryError;
use crate::settings::is_plain;
use crate::window::{HOUR_MS, MINUTE_MS};

/// What is to be counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    /// Only events of this type.
    pub event_type: Option<String>,
    /// Told apart by.
    pub by: Option<Dimension>,
    /// How far back, minutes.
    pub minutes: u64,
    /// Length of a step.
    pub interval: Interval,
}

/// Steps that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    /// Start of the first, Unix milliseconds.
    pub start_ms: u64,
    /// How many.
    pub count: usize,
    /// Length of each, milliseconds.
    pub step_ms: u64,
}

impl Asked {
    /// Reads what a request asks for, as far as it says anything.
    ///
    /// # Errors
    /// [`QueryError`] names the parameter at fault, and its limit.
    pub fn of(
        event_type: Option<String>,
        by: Option<&str>,
        minutes: Option<&str>,
        interval: Option<&str>,
    ) -> Result<Self, QueryError> {
        let wrong = |field: &str, detail: String| QueryError { field: field.to_owned(), detail };
        if event_type.as_ref().is_some_and(|name| name.is_empty() || name.len() > EVENT_TYPE_BYTES_MAX) {
            return Err(wrong("event_type", format!("must have 1 to {EVENT_TYPE_BYTES_MAX} bytes")));
        }
        let by = match by {
            None => None,
            Some(name) => Some(Dimension::named(name).filter(|by| !by.is_time()).ok_or_else(|| {
                wrong("by", "must be a dimension that is not one of time, or property:NAME".to_owned())
            })?),
        };
        let minutes = minutes.map_or(Ok(COUNTER_MINUTES_MAX), str::parse).ok();
        let minutes = minutes
            .filter(|minutes| (1..=COUNTER_MINUTES_MAX).contains(minutes))
            .ok_or_else(|| wrong("minutes", format!("must be 1 to {COUNTER_MINUTES_MAX}")))?;
        let interval = match interval {
            None if minutes <= BY_MINUTE_MAX => Interval::Minute,
            None | Some("hour") => Interval::Hour,
            Some("minute") => Interval::Minute,
            Some(_) => return Err(wrong("interval", "must be minute or hour".to_owned())),
        };
        Ok(Self { event_type, by, minutes, interval })
    }

    /// The steps up to the one that is running.
    pub fn steps(&self, now_ms: u64) -> Steps {
        let (step_ms, count) = match self.interval {
            Interval::Minute => (MINUTE_MS, self.minutes),
            Interval::Hour => (HOUR_MS, (self.minutes * MINUTE_MS).div_ceil(HOUR_MS)),
        };
        let running_ms = now_ms - now_ms % step_ms;
        let start_ms = running_ms.saturating_sub((count - 1) * step_ms);
        Steps { start_ms, count: usize::try_from(count).unwrap_or(usize::MAX), step_ms }
    }

    /// The same as a question about history.
    pub fn query(&self, tracking_id: &str, steps: Steps) -> Query {
        let time = match self.interval {
            Interval::Minute => Dimension::Minute,
            Interval::Hour => Dimension::Hour,
        };
        let instant = |ms: u64| {
            let at = i64::try_from(ms).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
            at.unwrap_or_default().to_string()
        };
        let only = self.event_type.iter().map(|name| (Dimension::EventType, FilterValues::One(name.clone())));
        Query {
            tracking_id: tracking_id.to_owned(),
            date_range: DateRange { start: instant(steps.start_ms), end: instant(steps.end_ms()) },
            metrics: vec![Metric::Events],
            dimensions: [time].into_iter().chain(self.by).collect(),
            filters: Filters::All(only.collect()),
            order_by: Vec::new(),
            limit: None,
            offset: 0,
            time_zone: Some("UTC".to_owned()),
            compare: None,
            totals: false,
            sample: None,
        }
    }

    /// What a site's owner has to declare before this can be counted; none where it is or never can be.
    pub fn undeclared(&self, settings: &Settings) -> Option<String> {
        let by = self.by?;
        if let Dimension::Property(name) = by
            && !settings.properties.iter().any(|declared| declared == name.as_str())
        {
            let name = name.as_str();
            return Some(format!("declare the property: tidemark site set {} --property {name}", settings.site));
        }
        let of_rollup = RollupDimension::of(by).filter(|rollup| is_plain(*rollup) && by != Dimension::EventType)?;
        let pair = (RollupDimension::EventType, of_rollup);
        let is_declared = settings.pairs.iter().any(|declared| *declared == pair || *declared == (pair.1, pair.0));
        (self.event_type.is_some() && !is_declared)
            .then(|| format!("declare the pair: tidemark site set {} --pair event_type,{by}", settings.site))
    }

    /// Puts the rows of [`Asked::query`] together.
    ///
    /// * `version`: version of the site's data that they were read at
    pub fn counters(&self, tracking_id: &str, steps: Steps, now_ms: u64, version: u64, rows: &[Row]) -> Counters {
        let mut series = vec![0; steps.count];
        let mut values: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
        let (time, by) = (self.query(tracking_id, steps).dimensions.first().map(ToString::to_string), self.by);
        let by = by.map(|by| by.to_string());
        for row in rows {
            let text = |name: &Option<String>| match name.as_ref().and_then(|name| row.get(name)) {
                Some(Cell::Text(text)) => Some(text.as_str()),
                _ => None,
            };
            let Some(step) = text(&time).and_then(|at| steps.step_of(at)) else { continue };
            let events = match row.get(Metric::Events.name()) {
                Some(Cell::Count(events)) => *events,
                _ => 0,
            };
            let add = |series: &mut Vec<u64>| {
                if let Some(sum) = series.get_mut(step) {
                    *sum += events;
                }
            };
            add(&mut series);
            if let Some(value) = text(&by) {
                add(values.entry(value).or_insert_with(|| vec![0; steps.count]));
            }
        }
        let events = series.iter().sum();
        let mut values: Vec<_> = values
            .into_iter()
            .map(|(value, series)| ValueCounter { value: value.to_owned(), events: series.iter().sum(), series })
            .collect();
        values.sort_by_key(|value| Reverse(value.events));
        let left_out = values.split_off(values.len().min(COUNTER_VALUES_MAX));
        Counters {
            tracking_id: tracking_id.to_owned(),
            timestamp: now_ms,
            version,
            event_type: self.event_type.clone(),
            by: self.by,
            interval: self.interval,
            start_ms: steps.start_ms,
            end_ms: steps.end_ms(),
            events,
            series,
            values,
            other_events: left_out.iter().map(|value| value.events).sum(),
        }
    }
}

impl Steps {
    /// End of the last, Unix milliseconds.
    pub fn end_ms(self) -> u64 {
        self.start_ms + self.count as u64 * self.step_ms
    }

    /// The step that begins at an instant; none where that is outside.
    fn step_of(self, instant: &str) -> Option<usize> {
        let at_ms = u64::try_from(instant.parse::<Timestamp>().ok()?.as_millisecond()).ok()?;
        let step = usize::try_from(at_ms.checked_sub(self.start_ms)? / self.step_ms).ok()?;
        (step < self.count).then_some(step)
    }
}

#[cfg(test)]
mod tests;

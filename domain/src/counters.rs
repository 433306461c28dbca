//! Event counters over the last hours: which rows tell them, and how those become them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use wire::counters::{BY_MINUTE_MAX, COUNTER_MINUTES_MAX, COUNTER_VALUES_MAX, Counters, Interval, ValueCounter};
use wire::frame::{PART, RollupDimension};
use wire::limits::EVENT_TYPE_BYTES_MAX;
use wire::query::Dimension;
use wire::site::Settings;

use crate::query::QueryError;
use crate::settings::is_plain;
use crate::window::{Granularity, HOUR_MS, MINUTE_MS};

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

    /// Which rows tell it, on a site with these settings.
    ///
    /// # Errors
    /// [`QueryError`] says what its owner has to declare first, or that no rows ever tell it.
    pub fn source(&self, settings: &Settings) -> Result<Source, QueryError> {
        use RollupDimension as D;
        let source = |dimension, name: String, told: Told| Ok(Source { dimension, name, told });
        let only = self.event_type.clone();
        let Some(by) = self.by else {
            return match only {
                Some(only) => source(D::EventType, String::new(), Told::Only(only)),
                None => source(D::Total, String::new(), Told::Nothing),
            };
        };
        let rollup = D::of(by).unwrap_or_default();
        match (rollup, by, only) {
            (D::EntryPage | D::ExitPage | D::Total | D::Pair, ..) => {
                Err(wrong("by", format!("{by} tells visits, and no events")))
            }
            (D::EventType, _, Some(only)) => source(rollup, String::new(), Told::OnlyBy(only)),
            (_, Dimension::Property(name), None) => {
                if !settings.properties.iter().any(|declared| declared == name.as_str()) {
                    let command = format!("tidemark site set {} --property {}", settings.site, name.as_str());
                    return Err(wrong("by", format!("{by} is not counted here; declare it: {command}")));
                }
                source(rollup, name.as_str().to_owned(), Told::By)
            }
            (_, _, None) => source(rollup, String::new(), Told::By),
            (_, _, Some(only)) if is_plain(rollup) => {
                let is_declared = |pair: &(D, D)| settings.pairs.contains(pair);
                let pairs = [(D::EventType, rollup), (rollup, D::EventType)];
                let Some(pair) = pairs.into_iter().find(is_declared) else {
                    let command = format!("tidemark site set {} --pair event_type,{by}", settings.site);
                    return Err(wrong(
                        "by",
                        format!("event_type and {by} are not counted together here; declare the pair: {command}"),
                    ));
                };
                let name = format!("{}{PART}{}", pair.0.name(), pair.1.name());
                let first = pair.0 == D::EventType;
                source(D::Pair, name, if first { Told::Second(only) } else { Told::First(only) })
            }
            (..) => {
                Err(wrong("by", format!("{by} and an event_type are never counted together; leave event_type out")))
            }
        }
    }

    /// Length of the windows whose rows are wanted.
    pub fn granularity(&self) -> Granularity {
        match self.interval {
            Interval::Minute => Granularity::Minute,
            Interval::Hour => Granularity::Hour,
        }
    }
}

/// Which rows tell a counter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Their dimension.
    pub dimension: RollupDimension,
    /// The declared property or pair, as [`crate::rollup::named`] tells it; empty for the rest.
    pub name: String,
    told: Told,
}

/// What a row's value says.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Told {
    /// Nothing.
    Nothing,
    /// The event type, of which one is wanted.
    Only(String),
    /// The same, and it is told apart.
    OnlyBy(String),
    /// What is told apart.
    By,
    /// That first, then the event type, of which one is wanted.
    First(String),
    /// The event type first, of which one is wanted, then what is told apart.
    Second(String),
}

/// Rows on their way to [`Counters`].
#[derive(Clone, Debug)]
pub struct Tally {
    steps: Steps,
    told: Told,
    series: Vec<u64>,
    values: BTreeMap<String, Vec<u64>>,
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(steps: Steps, source: &Source) -> Self {
        Self { steps, told: source.told.clone(), series: vec![0; steps.count], values: BTreeMap::new() }
    }

    /// Adds a row of the source: events of a value in the window that begins at `start_ms`.
    pub fn add(&mut self, start_ms: u64, value: &str, events: u64) {
        let Some(step) = self.steps.step_of(start_ms) else { return };
        let (value, is_wanted) = match &self.told {
            Told::Nothing => (None, true),
            Told::Only(only) => (None, value == only),
            Told::OnlyBy(only) => (Some(value), value == only),
            Told::By => (Some(value), true),
            Told::First(only) | Told::Second(only) => match value.split_once(PART) {
                Some((first, second)) if matches!(self.told, Told::First(_)) => (Some(first), second == only),
                Some((first, second)) => (Some(second), first == only),
                None => (None, false),
            },
        };
        if !is_wanted || events == 0 {
            return;
        }
        let add = |series: &mut Vec<u64>| {
            if let Some(sum) = series.get_mut(step) {
                *sum += events;
            }
        };
        add(&mut self.series);
        let Some(value) = value else { return };
        match self.values.get_mut(value) {
            Some(series) => add(series),
            None => add(self.values.entry(value.to_owned()).or_insert_with(|| vec![0; self.steps.count])),
        }
    }

    /// The counters.
    ///
    /// * `version`: version of the site's data that the rows were read at
    pub fn finish(self, asked: &Asked, tracking_id: &str, now_ms: u64, version: u64) -> Counters {
        let counter = |(value, series): (String, Vec<u64>)| ValueCounter { value, events: series.iter().sum(), series };
        let mut values: Vec<_> = self.values.into_iter().map(counter).collect();
        values.sort_by_key(|value| Reverse(value.events));
        let left_out = values.split_off(values.len().min(COUNTER_VALUES_MAX));
        Counters {
            tracking_id: tracking_id.to_owned(),
            timestamp: now_ms,
            version,
            event_type: asked.event_type.clone(),
            by: asked.by,
            interval: asked.interval,
            start_ms: self.steps.start_ms,
            end_ms: self.steps.end_ms(),
            events: self.series.iter().sum(),
            series: self.series,
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

    /// The step that an instant lies in; none where that is outside.
    fn step_of(self, at_ms: u64) -> Option<usize> {
        let step = usize::try_from(at_ms.checked_sub(self.start_ms)? / self.step_ms).ok()?;
        (step < self.count).then_some(step)
    }
}

fn wrong(field: &str, detail: String) -> QueryError {
    QueryError { field: field.to_owned(), detail }
}

#[cfg(test)]
mod tests;

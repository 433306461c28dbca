//! Which questions are asked about a site to look at buckets, and what their answers tell of each.
//!
//! | interval | asked about | what is usual then |
//! |---|---|---|
//! | minute | the minutes, and those around them 1 to 4 weeks before, in whole hours | 4 × 15 minutes: minutes are kept for 35 days |
//! | hour | the hours and the six weeks before | the same hour of 6 weeks |
//! | day | the days and the eight weeks before | the same day of 8 weeks |
//!
//! Whole hours, so that what is asked of weeks ago is the same question for an hour, and answered from memory.

use jiff::ToSpan;
use wire::alert::{AlertDefinition, Condition, Interval};
use wire::limits::QUERY_LIMIT_MAX;
use wire::query::{Answer, Cell, DateRange, Dimension, Filter, Filters, Metric, Operator, Query, Row};

use crate::window::{DAY_MS, HOUR_MS, MINUTE_MS};
use crate::zone::Zone;

/// What a number is, and so how far it wanders by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// How often something happened, or what was paid: chance grows with its root.
    Count,
    /// A mean over visits or events: chance shrinks with the root of their number.
    Mean,
    /// How many of the visits reached a goal.
    Share,
}

impl Kind {
    /// Of what a definition watches.
    pub fn of(definition: &AlertDefinition) -> Self {
        match (&definition.condition, definition.metric) {
            (Condition::ConversionDrop { .. }, _) => Self::Share,
            (
                _,
                Metric::Pageviews
                | Metric::Events
                | Metric::UniqueUsers
                | Metric::ActiveUsers
                | Metric::Visits
                | Metric::Conversions
                | Metric::Revenue,
            ) => Self::Count,
            _ => Self::Mean,
        }
    }
}

/// A bucket as it was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// Where it begins, Unix milliseconds.
    pub start_ms: u64,
    /// Where it ends, Unix milliseconds.
    pub end_ms: u64,
    /// The metric; of a share how many visits reached the goal.
    pub value: f64,
    /// Visits or events that it was taken of.
    pub base: f64,
}

/// Weeks that tell what is usual.
pub(super) fn weeks(interval: Interval) -> u32 {
    match interval {
        Interval::Minute => 4,
        Interval::Hour => 6,
        Interval::Day => 8,
    }
}

/// Buckets to both sides of the same moment of another week that tell how much chance there is.
pub(super) fn around(interval: Interval) -> usize {
    match interval {
        Interval::Minute => 7,
        Interval::Hour => 30,
        Interval::Day => 3,
    }
}

/// Length of a bucket where no clock is changed, milliseconds.
pub fn length_ms(interval: Interval) -> u64 {
    match interval {
        Interval::Minute => MINUTE_MS,
        Interval::Hour => HOUR_MS,
        Interval::Day => DAY_MS,
    }
}

fn dimension(interval: Interval) -> Dimension {
    match interval {
        Interval::Minute => Dimension::Minute,
        Interval::Hour => Dimension::Hour,
        Interval::Day => Dimension::Date,
    }
}

/// How long a silence is looked back at: a day is the longest that a small site needs to be missed.
const SILENCE_MAX_MS: u64 = 26 * HOUR_MS;

/// The bucket that an instant lies in, by a zone's clock.
pub fn bucket_start(interval: Interval, zone: &Zone, at_ms: u64) -> u64 {
    if interval == Interval::Day {
        return zone.day_start(zone.date_of(at_ms)).unwrap_or(at_ms);
    }
    let start_ms = at_ms.saturating_sub(since_ms(interval, zone, at_ms));
    change_between(zone, start_ms, at_ms).unwrap_or(start_ms)
}

/// How long before an instant the clock showed the beginning of a bucket, were it not changed.
fn since_ms(interval: Interval, zone: &Zone, at_ms: u64) -> u64 {
    let offset_ms = zone.offset_s(at_ms).saturating_mul(1000);
    let local_ms = i64::try_from(at_ms).unwrap_or(i64::MAX).saturating_add(offset_ms);
    u64::try_from(local_ms.rem_euclid(i64::try_from(length_ms(interval)).unwrap_or(1))).unwrap_or_default()
}

/// When the clock is changed behind an instant, up to another less than a bucket later: another bucket begins there, as in
/// answers. On Lord Howe by half an hour, on Chatham at a quarter to three.
fn change_between(zone: &Zone, from_ms: u64, to_ms: u64) -> Option<u64> {
    let is_changed = zone.offset_s(from_ms) != zone.offset_s(to_ms);
    is_changed.then(|| zone.next_change(from_ms)).flatten().filter(|change_ms| *change_ms <= to_ms)
}

/// Where the bucket that begins at an instant ends: where the next one begins.
pub fn bucket_end(interval: Interval, zone: &Zone, start_ms: u64) -> u64 {
    match interval {
        Interval::Day => {
            let next = zone.date_of(start_ms).checked_add(1.day()).ok().and_then(|date| zone.day_start(date));
            next.unwrap_or(start_ms.saturating_add(DAY_MS))
        }
        _ => {
            let rest_ms = length_ms(interval).saturating_sub(since_ms(interval, zone, start_ms));
            let end_ms = start_ms.saturating_add(rest_ms);
            change_between(zone, start_ms, end_ms).unwrap_or(end_ms)
        }
    }
}

/// The same moment by a zone's clock so many weeks before.
pub(super) fn weeks_before(zone: &Zone, at_ms: u64, weeks: u32) -> Option<u64> {
    zone.first_instant(zone.local(at_ms).checked_sub(i64::from(weeks).weeks()).ok()?)
}

/// Which of two questions a row answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The metric, and what it is taken of.
    All,
    /// Of a share, the visits that reached the goal.
    Reached,
}

/// What is asked of a site to look at buckets.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The questions.
    pub queries: Vec<(Part, Query)>,
    /// The first bucket to be looked at begins here, Unix milliseconds.
    pub from_ms: u64,
}

impl Reading {
    /// What is asked to look at the buckets between two instants.
    pub fn of(tracking_id: &str, definition: &AlertDefinition, zone: &Zone, from_ms: u64, to_ms: u64) -> Self {
        let interval = definition.interval;
        let before = |weeks: u32, at_ms| weeks_before(zone, at_ms, weeks).unwrap_or_default();
        let margin_ms = around(interval) as u64 * length_ms(interval);
        let spans = match interval {
            Interval::Minute => {
                let hours = |from: u64, to: u64| (from - from % HOUR_MS, to.div_ceil(HOUR_MS) * HOUR_MS);
                let earlier = (1..=weeks(interval)).rev().map(|week| {
                    hours(before(week, from_ms).saturating_sub(margin_ms), before(week, to_ms) + margin_ms + MINUTE_MS)
                });
                let silence = (from_ms.saturating_sub(2 * HOUR_MS), to_ms);
                earlier.chain([silence]).collect()
            }
            _ => {
                let first = before(weeks(interval), from_ms).saturating_sub(margin_ms);
                vec![(bucket_start(interval, zone, first), to_ms)]
            }
        };
        let queries = spans.into_iter().flat_map(|(from, to)| {
            questions(tracking_id, definition).into_iter().map(move |(part, query)| {
                let end = DateRange { start: Zone::default().text(from), end: Zone::default().text(to) };
                (part, Query { date_range: end.into(), time_zone: Some(zone.name().to_owned()), ..query })
            })
        });
        Self { queries: queries.collect(), from_ms }
    }
}

/// What is asked about one span.
fn questions(tracking_id: &str, definition: &AlertDefinition) -> Vec<(Part, Query)> {
    let nothing = DateRange { start: String::new(), end: String::new() };
    let ask = |metrics: Vec<Metric>, filters: Filters| Query {
        dimensions: vec![dimension(definition.interval)],
        filters,
        limit: Some(QUERY_LIMIT_MAX),
        ..Query::new(tracking_id, nothing.clone(), metrics)
    };
    let filters = || definition.filters.clone();
    let (metric, base) = (definition.metric, base(definition.metric));
    match (Kind::of(definition), &definition.condition) {
        (Kind::Share, Condition::ConversionDrop { goal: Some(goal) }) => {
            let is_goal =
                Filter::Test { operator: Operator::Is, dimension: Dimension::Goal, values: vec![goal.clone()] };
            let both = match definition.filters.is_empty() {
                true => is_goal,
                false => Filter::And(vec![definition.filters.clone().into_expression(), is_goal]),
            };
            vec![
                (Part::All, ask(vec![Metric::Visits], filters())),
                (Part::Reached, ask(vec![Metric::Visits], Filters::Expression(both))),
            ]
        }
        (Kind::Share, _) => vec![(Part::All, ask(vec![Metric::Visits, Metric::Conversions], filters()))],
        (Kind::Mean, _) => vec![(Part::All, ask(vec![metric, base], filters()))],
        (Kind::Count, _) => vec![(Part::All, ask(vec![metric], filters()))],
    }
}

/// What a mean is taken of.
fn base(metric: Metric) -> Metric {
    if metric.is_of_visits() { Metric::Visits } else { Metric::Events }
}

/// What the rows of an answer say of their buckets.
pub fn points(definition: &AlertDefinition, zone: &Zone, part: Part, answer: &[Row]) -> Vec<Point> {
    let kind = Kind::of(definition);
    let read = |row: &Row| {
        let start_ms = started(definition.interval, zone, row)?;
        let end_ms = bucket_end(definition.interval, zone, start_ms);
        let number = |metric: Metric| row.get(metric.name()).map_or(0.0, |cell| amount(cell, definition));
        let (value, base) = match (kind, part) {
            (Kind::Share, Part::Reached) => (number(Metric::Visits), 0.0),
            (Kind::Share, Part::All) => (number(Metric::Conversions), number(Metric::Visits)),
            (Kind::Mean, _) => (number(definition.metric), number(base(definition.metric))),
            (Kind::Count, _) => (number(definition.metric), 0.0),
        };
        Some(Point { start_ms, end_ms, value, base })
    };
    answer.iter().filter_map(read).collect()
}

/// What an answer says of its buckets.
pub fn points_of(definition: &AlertDefinition, zone: &Zone, part: Part, answer: &Answer) -> Vec<Point> {
    points(definition, zone, part, &answer.rows)
}

fn started(interval: Interval, zone: &Zone, row: &Row) -> Option<u64> {
    let Some(Cell::Text(text)) = row.get(dimension(interval).to_string().as_str()) else { return None };
    if interval == Interval::Day {
        return zone.day_start(text.parse().ok()?);
    }
    u64::try_from(text.parse::<jiff::Timestamp>().ok()?.as_millisecond()).ok()
}

fn amount(cell: &Cell, definition: &AlertDefinition) -> f64 {
    match cell {
        Cell::Count(count) => *count as f64,
        Cell::Number(number) => *number,
        Cell::Money(sums) => definition.currency.as_ref().and_then(|code| sums.get(code)).copied().unwrap_or_default(),
        Cell::Text(_) => 0.0,
    }
}

/// How far back a silence is looked at from a bucket's end, Unix milliseconds.
pub(super) fn silence_from(end_ms: u64) -> u64 {
    end_ms.saturating_sub(SILENCE_MAX_MS)
}

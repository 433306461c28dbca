//! From a question to what must be read.

use std::collections::BTreeSet;

use wire::limits::{QUERY_BUCKETS_MAX, QUERY_DAYS_MAX, QUERY_LIMIT_MAX};
use wire::query::{DateRange, Dimension, Direction, Metric, Query};
use wire::site::{Settings, VisitorMode};

use super::{Coverage, QueryError};
use crate::accept;
use crate::window::{DAY_MS, Granularity, MINUTE_MS};

/// Rows answered when a query sets no limit.
const DEFAULT_LIMIT: usize = 1000;

/// What to read, and how to put it together.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The site.
    pub site: String,
    /// First instant, Unix milliseconds; a minute's start.
    pub start_ms: u64,
    /// First instant behind the range; a minute's start.
    pub end_ms: u64,
    /// Coarsest rollup windows that cut the range and the buckets exactly.
    pub granularity: Granularity,
    /// The rollup to read, and which of its rows.
    pub coverage: Coverage,
    /// Metrics asked for.
    pub metrics: Vec<Metric>,
    /// Time dimension asked for.
    pub time: Option<Dimension>,
    /// Other dimensions asked for.
    pub by: Vec<Dimension>,
    /// How the site's visitors are told apart.
    pub visitors: VisitorMode,
    /// Sort keys: position of a column (dimensions first, then metrics) and which way.
    pub order: Vec<(usize, Direction)>,
    /// Most rows to answer.
    pub limit: usize,
}

impl Plan {
    /// Names of the answer's columns: dimensions, then metrics.
    pub fn columns(&self) -> Vec<String> {
        let dimensions = self.time.iter().chain(&self.by).map(ToString::to_string);
        dimensions.chain(self.metrics.iter().map(|metric| metric.name().to_owned())).collect()
    }

    /// What `unique_users` counts: `visitor_days` where ids of one person differ within the range, for they are renewed
    /// every UTC day.
    pub fn unique_users_unit(&self) -> &'static str {
        let spans_days = self.start_ms / DAY_MS != self.end_ms.saturating_sub(1) / DAY_MS;
        match self.visitors {
            VisitorMode::Cookieless if spans_days => "visitor_days",
            VisitorMode::Cookieless | VisitorMode::Persistent => "visitors",
        }
    }
}

/// The site that a question is about.
///
/// # Errors
/// [`QueryError`] when that cannot be a site's tracking id.
pub fn site(query: &Query) -> Result<String, QueryError> {
    accept::tracking_id(Some(&query.tracking_id)).map_err(|m| QueryError::new(&m.field, m.detail))
}

/// Checks a question about a site with these settings and plans its answer.
///
/// # Errors
/// [`QueryError`] names the field at fault and its limit.
pub fn plan(query: &Query, settings: &Settings) -> Result<Plan, QueryError> {
    let site = site(query)?;
    let (start_ms, end_ms) = range(&query.date_range)?;
    let metrics = metrics(&query.metrics)?;
    let (time, by) = dimensions(&query.dimensions)?;
    let coverage = Coverage::of(query, &by, settings)?;
    let mut plan = Plan {
        site,
        start_ms,
        end_ms,
        granularity: granularity(start_ms, end_ms, time),
        coverage,
        metrics,
        time,
        by,
        visitors: settings.visitors,
        order: Vec::new(),
        limit: limit(query.limit)?,
    };
    plan.order = order(query, &plan)?;
    Ok(plan)
}

/// Start and end of a span of time, Unix milliseconds, widened to whole minutes.
///
/// # Errors
/// [`QueryError`] names the end that is no instant, or lies wrong.
pub fn range(range: &DateRange) -> Result<(u64, u64), QueryError> {
    let start_ms = instant("date_range.start", &range.start, Edge::Start)?;
    let end_ms = instant("date_range.end", &range.end, Edge::End)?;
    if start_ms >= end_ms {
        return Err(QueryError::new("date_range.end", "must be after date_range.start"));
    }
    if end_ms - start_ms > QUERY_DAYS_MAX as u64 * DAY_MS {
        return Err(QueryError::new("date_range", format!("spans more than {QUERY_DAYS_MAX} days")));
    }
    Ok((start_ms - start_ms % MINUTE_MS, end_ms.div_ceil(MINUTE_MS) * MINUTE_MS))
}

#[derive(Clone, Copy)]
enum Edge {
    Start,
    End,
}

fn instant(field: &str, text: &str, edge: Edge) -> Result<u64, QueryError> {
    let refused = || QueryError::new(field, "must be a date (2026-02-01) or an RFC 3339 instant from 1970 to 9999");
    let at = match (text.parse::<jiff::Timestamp>(), edge) {
        (Ok(instant), _) => instant,
        (Err(_), edge) => {
            // `Date` takes longer texts too and drops their time; only a bare date is meant here.
            let date: jiff::civil::Date =
                (text.len() == 10).then(|| text.parse().ok()).flatten().ok_or_else(refused)?;
            let date = match edge {
                Edge::Start => date,
                Edge::End => date.tomorrow().map_err(|_| refused())?,
            };
            date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| refused())?.timestamp()
        }
    };
    u64::try_from(at.as_millisecond()).map_err(|_| refused())
}

fn metrics(asked: &[Metric]) -> Result<Vec<Metric>, QueryError> {
    let distinct: BTreeSet<_> = asked.iter().collect();
    if asked.is_empty() || distinct.len() != asked.len() {
        return Err(QueryError::new("metrics", "must name at least one metric, none twice"));
    }
    Ok(asked.to_vec())
}

/// The dimension of time, and the others in the order asked.
fn dimensions(asked: &[Dimension]) -> Result<(Option<Dimension>, Vec<Dimension>), QueryError> {
    let (time, others): (Vec<_>, Vec<_>) = asked.iter().copied().partition(|d| d.bucket_ms().is_some());
    let distinct: BTreeSet<_> = others.iter().collect();
    if time.len() > 1 || others.len() > 2 || distinct.len() != others.len() {
        return Err(QueryError::new("dimensions", "at most one of date, hour, minute and two others, none twice"));
    }
    Ok((time.first().copied(), others))
}

fn granularity(start_ms: u64, end_ms: u64, time: Option<Dimension>) -> Granularity {
    let finest = time.and_then(Dimension::bucket_ms).unwrap_or(DAY_MS);
    let exact = |g: &Granularity| {
        start_ms.is_multiple_of(g.length_ms()) && end_ms.is_multiple_of(g.length_ms()) && g.length_ms() <= finest
    };
    Granularity::ALL.into_iter().rev().find(exact).unwrap_or(Granularity::Minute)
}

fn limit(asked: Option<usize>) -> Result<usize, QueryError> {
    match asked {
        None => Ok(DEFAULT_LIMIT),
        Some(limit) if (1..=QUERY_LIMIT_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(QueryError::new("limit", format!("must be 1 to {QUERY_LIMIT_MAX}"))),
    }
}

fn order(query: &Query, plan: &Plan) -> Result<Vec<(usize, Direction)>, QueryError> {
    let columns = plan.columns();
    if let Some(bucket_ms) = plan.time.and_then(Dimension::bucket_ms)
        && (plan.end_ms - plan.start_ms).div_ceil(bucket_ms) > QUERY_BUCKETS_MAX as u64
    {
        return Err(QueryError::new(
            "dimensions",
            format!("the range has more than {QUERY_BUCKETS_MAX} buckets of time"),
        ));
    }
    if query.order_by.is_empty() {
        let first_metric = columns.len() - plan.metrics.len();
        let by_time = (0, Direction::Asc);
        let by_metric = (first_metric, Direction::Desc);
        return Ok(if plan.time.is_some() { vec![by_time, by_metric] } else { vec![by_metric] });
    }
    let key = |order: &wire::query::Order| {
        let name = if order.field == "visitors" { "unique_users" } else { order.field.as_str() };
        let column = columns.iter().position(|column| column == name);
        column.map(|column| (column, order.direction)).ok_or_else(|| {
            QueryError::new("order_by", format!("must name one of the query's columns: {}", columns.join(", ")))
        })
    };
    if query.order_by.len() > columns.len() {
        return Err(QueryError::new("order_by", "names more columns than the query has"));
    }
    query.order_by.iter().map(key).collect()
}

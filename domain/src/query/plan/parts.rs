//! The parts of a query, each checked by itself.

use std::collections::BTreeSet;

use wire::limits::{QUERY_DIMENSIONS_MAX, QUERY_LIMIT_MAX};
use wire::query::{Dimension, Direction, Metric, Query};

use crate::query::{QueryError, Question};

/// Rows answered when a query sets no limit.
const DEFAULT_LIMIT: usize = 1000;

/// What is computed: something, and nothing twice.
pub fn metrics(query: &Query) -> Result<Vec<Metric>, QueryError> {
    let distinct: BTreeSet<_> = query.metrics.iter().collect();
    if query.metrics.is_empty() || distinct.len() != query.metrics.len() {
        return Err(QueryError::new("metrics", "must name at least one metric, none twice"));
    }
    if query.metrics.contains(&Metric::Percentage) && query.dimensions.is_empty() {
        return Err(QueryError::new("metrics", "percentage takes a dimension"));
    }
    Ok(query.metrics.clone())
}

/// The dimension of time, and the others in the order asked.
pub fn dimensions(asked: &[Dimension]) -> Result<(Option<Dimension>, Vec<Dimension>), QueryError> {
    let (time, others): (Vec<_>, Vec<_>) = asked.iter().copied().partition(|dimension| dimension.is_time());
    let distinct: BTreeSet<_> = others.iter().collect();
    if time.len() > 1 || others.len() > QUERY_DIMENSIONS_MAX || distinct.len() != others.len() {
        let detail = format!("at most one of time and {QUERY_DIMENSIONS_MAX} others, none twice");
        return Err(QueryError::new("dimensions", detail));
    }
    if others.contains(&Dimension::Segment) {
        return Err(QueryError::new("dimensions", "segments are for filters alone"));
    }
    Ok((time.first().copied(), others))
}

/// The share of visitors that is looked at.
pub fn sample(asked: Option<f64>) -> Result<Option<f64>, QueryError> {
    match asked {
        Some(share) if !(share > 0.0 && share < 1.0) => Err(QueryError::new("sample", "must be above 0 and below 1")),
        share => Ok(share),
    }
}

/// Rows that are answered.
pub fn limit(asked: Option<usize>) -> Result<usize, QueryError> {
    match asked {
        None => Ok(DEFAULT_LIMIT),
        Some(limit) if (1..=QUERY_LIMIT_MAX).contains(&limit) => Ok(limit),
        Some(_) => Err(QueryError::new("limit", format!("must be 1 to {QUERY_LIMIT_MAX}"))),
    }
}

/// By which columns rows are sorted.
pub fn order(query: &Query, question: &Question) -> Result<Vec<(usize, Direction)>, QueryError> {
    let columns = question.columns();
    if query.order_by.is_empty() {
        let first_metric = columns.len() - question.metrics.len();
        let by_time = (0, Direction::Asc);
        let by_metric = (first_metric, Direction::Desc);
        return Ok(if question.buckets.is_some() { vec![by_time, by_metric] } else { vec![by_metric] });
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

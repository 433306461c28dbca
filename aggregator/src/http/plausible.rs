//! `POST /api/v2/query`: the questions of Plausible's Stats API v2, answered in its shape, so that what was written for
//! it goes on working.
//!
//! What is asked there is translated to a question of ours, so both count the same. What has no counterpart here is
//! refused by its name. The API is described at <https://plausible.io/docs/stats-api>.

mod filters;
mod names;
mod request;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use axum::{Extension, Json};
use domain::query::Told;
use serde_json::{Map, Value, json};
use wire::limits::QUERY_BYTES_MAX;
use wire::problem::{self, Problem};
use wire::query::{Cell, Dimension, Metric, Query, Row};

use super::access::{Access, Granted};
use super::refusal::Refusal;
use super::{Shared, body, parameters};
use crate::questions::{self, Answered};
use request::{Asked, Column, Request, Translated};

const PERCENT: f64 = 100.0;

/// Bytes of a problem: a few texts, of which what is quoted is cut.
const PROBLEM_BYTES_MAX: usize = 16 * 1024;

/// Answers a question.
pub async fn query(
    State(service): State<Shared>,
    RawQuery(parameters): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Value>, Refusal> {
    parameters::none(parameters.as_deref())?;
    let request: Request = body::json(&body::read(&headers, body, QUERY_BYTES_MAX).await?)?;
    let translated = request.translate()?;
    let granted = access.site(&service, &site_of(&translated.query)?).await?;
    let answered = ask(&service, &granted, translated.query.clone()).await?;
    let divisors = Divisors::read(&service, &granted, &translated).await?;
    Ok(Json(shaped(&request, &translated, &answered, &divisors)))
}

/// Answers a question of ours, narrowed to what the caller may see.
async fn ask(service: &Shared, granted: &Granted, mut query: Query) -> Result<Answered, Refusal> {
    let site = granted.lock(&mut query);
    questions::answer(service, site, &query).await
}

/// Words errors as that API does: a text, here beside the field at fault. The headers that go with a status stay.
pub async fn worded(mut response: Response) -> Response {
    let is_problem = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == problem::CONTENT_TYPE);
    if !is_problem {
        return response;
    }
    let body = std::mem::take(response.body_mut());
    // A problem was just made of a few texts: it can be read.
    let bytes = axum::body::to_bytes(body, PROBLEM_BYTES_MAX).await.unwrap_or_default();
    let Ok(problem) = serde_json::from_slice::<Problem>(&bytes) else { return response };
    let error = match &problem.field {
        Some(field) => format!("{field}: {}", problem.detail),
        None => problem.detail.clone(),
    };
    let body = json!({"error": error, "field": problem.field}).to_string();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.remove(header::CONTENT_LENGTH);
    *response.body_mut() = body.into();
    response
}

fn site_of(query: &Query) -> Result<String, Refusal> {
    domain::query::site(query).map_err(|mut e| {
        e.field = "site_id".to_owned();
        e.into()
    })
}

/// Distinct visitors whether or not they reached a goal, of which rates are told.
#[derive(Default)]
struct Divisors {
    of_everything: Option<u64>,
    of_groups: HashMap<Vec<String>, u64>,
    grouped_by: Vec<Dimension>,
}

impl Divisors {
    async fn read(service: &Shared, granted: &Granted, translated: &Translated) -> Result<Self, Refusal> {
        let mut divisors = Self::default();
        let asks = |asked: Asked| translated.metrics.iter().any(|(_, metric)| *metric == asked);
        if asks(Asked::ConversionRate) {
            let answered = ask(service, granted, translated.without_goals(Vec::new())).await?;
            divisors.of_everything = answered.told.rows.first().map(visitors);
        }
        if asks(Asked::GroupConversionRate) {
            let by = translated.query.dimensions.iter().copied().filter(|one| *one != Dimension::Goal);
            divisors.grouped_by = by.collect();
            let query = translated.without_goals(divisors.grouped_by.clone());
            let answered = ask(service, granted, query).await?;
            let group = |row| (values(row, &divisors.grouped_by), visitors(row));
            divisors.of_groups = answered.told.rows.iter().map(group).collect();
        }
        Ok(divisors)
    }

    fn rate(&self, asked: Asked, row: &Row) -> Value {
        let of = match asked {
            Asked::ConversionRate => self.of_everything,
            _ => self.of_groups.get(&values(row, &self.grouped_by)).copied(),
        };
        let share = of.filter(|of| *of > 0).map_or(0.0, |of| visitors(row) as f64 / of as f64 * PERCENT);
        json!((share * 100.0).round() / 100.0)
    }
}

fn values(row: &Row, by: &[Dimension]) -> Vec<String> {
    let value = |dimension: &Dimension| match row.get(&dimension.to_string()) {
        Some(Cell::Text(text)) => text.clone(),
        _ => String::new(),
    };
    by.iter().map(value).collect()
}

fn visitors(row: &Row) -> u64 {
    match row.get(Metric::UniqueUsers.name()) {
        Some(Cell::Count(count)) => *count,
        _ => 0,
    }
}

fn shaped(request: &Request, translated: &Translated, answered: &Answered, divisors: &Divisors) -> Value {
    let Answered { plan, told, .. } = answered;
    let is_by_time = plan.now.rows.question.buckets.is_some();
    let mut warnings = Map::new();
    let results: Vec<_> = told
        .rows
        .iter()
        .filter(|row| !is_by_time || has_anything(row))
        .map(|row| {
            let metrics: Vec<_> =
                translated.metrics.iter().map(|metric| number(metric, row, divisors, &mut warnings)).collect();
            json!({"dimensions": labels(&translated.columns, row), "metrics": metrics})
        })
        .collect();
    let mut meta = meta(request, translated, told);
    if !warnings.is_empty() {
        meta.insert("metric_warnings".to_owned(), Value::Object(warnings));
    }
    if request.include.time_labels
        && let (Some(buckets), Some(time)) =
            (&plan.now.rows.question.buckets, translated.columns.iter().find(|column| column.dimension.is_time()))
    {
        let labels: Vec<_> = buckets.labels.iter().map(|label| time.label(label)).collect();
        meta.insert("time_labels".to_owned(), json!(labels));
    }
    let last_ms = plan.period.end_ms.saturating_sub(1000);
    let range = [plan.zone.text(plan.period.start_ms), plan.zone.text(last_ms)];
    json!({"results": results, "meta": meta, "query": request.echo(range)})
}

/// That API answers no buckets of time in which nothing happened.
fn has_anything(row: &Row) -> bool {
    row.values().any(|cell| match cell {
        Cell::Count(count) => *count > 0,
        Cell::Number(number) => *number > 0.0,
        Cell::Money(amounts) => !amounts.is_empty(),
        Cell::Text(_) => false,
    })
}

fn labels(columns: &[Column], row: &Row) -> Vec<String> {
    let label = |column: &Column| match row.get(&column.dimension.to_string()) {
        Some(Cell::Text(text)) => column.label(text),
        _ => String::new(),
    };
    columns.iter().map(label).collect()
}

fn number((name, asked): &(String, Asked), row: &Row, divisors: &Divisors, warnings: &mut Map<String, Value>) -> Value {
    let Asked::Ours(metric) = asked else { return divisors.rate(*asked, row) };
    match row.get(metric.name()) {
        Some(Cell::Count(count)) => json!(count),
        // Seconds and this share are whole numbers there.
        Some(Cell::Number(number)) if matches!(metric, Metric::VisitDuration | Metric::BounceRate) => {
            json!(number.round() as i64)
        }
        Some(Cell::Number(number)) => json!(number),
        Some(Cell::Money(amounts)) => match amounts.iter().next() {
            Some((currency, value)) if amounts.len() == 1 => names::money(currency, *value),
            None => Value::Null,
            Some(_) => {
                let warning = "Revenue metrics are null as there are several currencies.";
                warnings.insert(name.clone(), json!({"code": "no_single_revenue_currency", "warning": warning}));
                Value::Null
            }
        },
        Some(Cell::Text(_)) | None => Value::Null,
    }
}

fn meta(request: &Request, translated: &Translated, told: &Told) -> Map<String, Value> {
    let mut meta = Map::new();
    if request.include.imports {
        meta.insert("imports_included".to_owned(), json!(false));
        meta.insert("imports_skip_reason".to_owned(), json!("no_imported_data"));
    }
    if request.include.total_rows {
        let is_by_time = translated.columns.iter().any(|column| column.dimension.is_time());
        let told_rows = told.rows.iter().filter(|row| has_anything(row)).count();
        meta.insert("total_rows".to_owned(), json!(if is_by_time { told_rows } else { told.total_rows }));
    }
    meta
}

//! `POST /api/v1/query`: questions about history, answered whole or as a table ([`super::table`]).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::query::{Question, Told};
use futures_util::stream;
use wire::limits::QUERY_BYTES_MAX;
use wire::query::{Answer, Meta, Query};

use super::access::Access;
use super::refusal::Refusal;
use super::table::{Form, Text};
use super::{Shared, body, parameters};
use crate::questions::{self, Answered};
use crate::secret;

/// Digits of an answer's name in the log.
const QUERY_ID_DIGITS: usize = 16;

/// Rows of a table that are written at once.
const ROWS_AT_ONCE: usize = 500;

/// Answers a question.
pub async fn query(
    State(service): State<Shared>,
    RawQuery(parameters): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let since = Instant::now();
    parameters::none(parameters.as_deref())?;
    let mut query: Query = body::json(&body::read(&headers, body, QUERY_BYTES_MAX).await?)?;
    let form = Form::accepted(&headers)?;
    let site = access.site(&service, &domain::query::site(&query)?).await?.lock(&mut query);
    let Answered { told, meta, plan } = questions::answer(&service, site, &query).await?;
    let (query_id, execution_time_ms) = named(since, &meta)?;
    match form {
        Some(Form::Text(text)) => return Ok(table(text, plan.now.rows.question.columns(), told)),
        Some(Form::Parquet) => return parquet(&plan.now.rows.question, &told),
        None => {}
    }
    let is_sampled = told.sampled.is_some();
    let told = Arc::unwrap_or_clone(told);
    Ok(Json(Answer {
        query_id,
        execution_time_ms,
        rows: told.rows,
        total_rows: told.total_rows,
        totals: told.totals,
        comparison: told.comparison,
        is_sampled,
        meta,
    })
    .into_response())
}

/// The rows alone, streamed as they are written.
fn table(form: Text, columns: Vec<String>, told: Arc<Told>) -> Response {
    let rows = told.rows.len();
    let write = move |from: usize| {
        let names: Vec<_> = columns.iter().map(String::as_str).collect();
        let mut text = if from == 0 { form.head(&names) } else { String::new() };
        for row in told.rows.iter().skip(from).take(ROWS_AT_ONCE) {
            text.push_str(&form.row(&names, row));
        }
        Ok::<_, Infallible>(text)
    };
    // At least one, for the line of names.
    let chunks = (0..rows.max(1)).step_by(ROWS_AT_ONCE).map(write);
    ([(header::CONTENT_TYPE, Form::Text(form).media_type())], Body::from_stream(stream::iter(chunks))).into_response()
}

/// The rows alone, by columns. There are at most [`wire::limits::QUERY_LIMIT_MAX`].
fn parquet(question: &Question, told: &Told) -> Result<Response, Refusal> {
    let file = events::table::of_rows(question, &told.rows).map_err(|e| {
        tracing::error!("an answer did not become Parquet: {e}");
        Refusal::Internal("the answer could not be written as Parquet")
    })?;
    Ok(([(header::CONTENT_TYPE, Form::Parquet.media_type())], file).into_response())
}

/// Names an answer in the log, and says how long it took.
fn named(since: Instant, meta: &Meta) -> Result<(String, f64), Refusal> {
    let mut query_id = secret::draw().map_err(|_| Refusal::Internal("the system has no randomness to give"))?;
    query_id.truncate(QUERY_ID_DIGITS);
    let rows_read = meta.rows_read;
    let execution_time_ms = since.elapsed().as_secs_f64() * 1e3;
    tracing::info!(query_id, execution_time_ms, rows_read, "query answered");
    Ok((query_id, execution_time_ms))
}

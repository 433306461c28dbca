//! `POST /api/v1/query`: questions about history, answered from rollups.

use std::sync::Arc;
use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use domain::query::{Evaluation, Plan, plan};
use domain::sketch::STANDARD_ERROR;
use wire::limits::QUERY_BYTES_MAX;
use wire::query::{Answer, Meta, Metric, Query, Row, UniqueUsersMeta};

use super::refusal::Refusal;
use super::{Shared, access, body, parameters};
use crate::ledger::{self, site::SiteKey};
use crate::secret;

/// Digits of an answer's name in the log.
const QUERY_ID_DIGITS: usize = 16;

/// Answers a question.
pub async fn query(
    State(service): State<Shared>,
    RawQuery(parameters): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Answer>, Refusal> {
    let since = Instant::now();
    let scope = match access::scope(&service, &headers).await {
        Ok(scope) => scope,
        Err(refusal) => return Err(body::refuse(body, refusal).await),
    };
    parameters::none(parameters.as_deref())?;
    let query: Query = body::json(&body::read(&headers, body, QUERY_BYTES_MAX).await?)?;
    let site = access::site(&service, scope, &domain::query::site(&query)?).await?;
    let settings = service.lookups.read(move |connection| ledger::settings::read(connection, site)).await?;
    let plan = plan(&query, &settings)?;
    let read = read(&service, site, plan).await?;
    let mut query_id = secret::draw().map_err(|_| Refusal::Internal("the system has no randomness to give"))?;
    query_id.truncate(QUERY_ID_DIGITS);
    let execution_time_ms = since.elapsed().as_secs_f64() * 1e3;
    let rows_read = read.meta.rows_read;
    tracing::info!(query_id, execution_time_ms, rows_read, "query answered");
    let Read { rows, total_rows, meta } = read;
    Ok(Json(Answer { query_id, execution_time_ms, rows, total_rows, is_sampled: false, meta }))
}

struct Read {
    rows: Vec<Row>,
    total_rows: usize,
    meta: Meta,
}

async fn read(service: &Shared, site: SiteKey, plan: Plan) -> Result<Read, Refusal> {
    let hot = Arc::clone(&service.hot);
    let read = move |connection: &_| {
        // Before anything is read of the ledger.
        let hot = hot.view(site);
        let version = hot.version;
        let mut evaluation = Evaluation::new(&plan);
        ledger::rollup::evaluate(connection, &hot, site, &plan, &mut evaluation)?;
        let rows_read = evaluation.rows_read();
        let (rows, total_rows) = evaluation.finish();
        Ok(Read { rows, total_rows, meta: meta(&plan, version, rows_read) })
    };
    Ok(service.queries.read(read).await?)
}

fn meta(plan: &Plan, version: u64, rows_read: u64) -> Meta {
    let unit = plan.unique_users_unit().to_owned();
    let asks = plan.metrics.contains(&Metric::UniqueUsers);
    let unique_users = asks.then_some(UniqueUsersMeta { unit, standard_error: STANDARD_ERROR });
    Meta {
        source: "rollup".to_owned(),
        granularity: plan.granularity.name().to_owned(),
        rows_read,
        version,
        time_zone: "UTC".to_owned(),
        unique_users,
    }
}

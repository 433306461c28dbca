//! `POST /api/v1/funnel`, `/retention`, `/paths`, `/lifecycle`, `/experiment` and `/attribution`: questions about people.

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::{Extension, Json};
use domain::accept;
use domain::query::Filtered;
use wire::analysis::{
    AttributionAnswer, AttributionQuery, ExperimentAnswer, ExperimentQuery, FunnelAnswer, FunnelQuery, LifecycleAnswer,
    LifecycleQuery, PathsAnswer, PathsQuery, RetentionAnswer, RetentionQuery,
};
use wire::limits::QUERY_BYTES_MAX;

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, body, parameters};
use crate::ledger::site::SiteKey;
use crate::questions::people;

/// Answers a question about a funnel.
pub async fn funnel(
    State(service): State<Shared>,
    RawQuery(parameters): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<FunnelAnswer>, Refusal> {
    let mut query: FunnelQuery = asked(parameters.as_deref(), &headers, body).await?;
    let site = opened(&service, &access, &query.tracking_id.clone(), &mut query).await?;
    Ok(Json(people::funnel(&service, site, &query).await?))
}

/// Answers a question about retention.
pub async fn retention(
    State(service): State<Shared>,
    RawQuery(parameters): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<RetentionAnswer>, Refusal> {
    let mut query: RetentionQuery = asked(parameters.as_deref(), &headers, body).await?;
    let site = opened(&service, &access, &query.tracking_id.clone(), &mut query).await?;
    Ok(Json(people::retention(&service, site, &query).await?))
}

/// Answers a question about paths.
pub async fn paths(
    State(service): State<Shared>,
    RawQuery(parameters): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<PathsAnswer>, Refusal> {
    let mut query: PathsQuery = asked(parameters.as_deref(), &headers, body).await?;
    let site = opened(&service, &access, &query.tracking_id.clone(), &mut query).await?;
    Ok(Json(people::paths(&service, site, &query).await?))
}

/// Answers a question about lifecycle.
pub async fn lifecycle(
    State(service): State<Shared>,
    RawQuery(parameters): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<LifecycleAnswer>, Refusal> {
    let mut query: LifecycleQuery = asked(parameters.as_deref(), &headers, body).await?;
    let site = opened(&service, &access, &query.tracking_id.clone(), &mut query).await?;
    Ok(Json(people::lifecycle(&service, site, &query).await?))
}

/// Answers a question about an experiment.
pub async fn experiment(
    State(service): State<Shared>,
    RawQuery(parameters): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<ExperimentAnswer>, Refusal> {
    let mut query: ExperimentQuery = asked(parameters.as_deref(), &headers, body).await?;
    let site = opened(&service, &access, &query.tracking_id.clone(), &mut query).await?;
    Ok(Json(people::experiment(&service, site, &query).await?))
}

/// Answers a question about attribution.
pub async fn attribution(
    State(service): State<Shared>,
    RawQuery(parameters): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<AttributionAnswer>, Refusal> {
    let mut query: AttributionQuery = asked(parameters.as_deref(), &headers, body).await?;
    let site = opened(&service, &access, &query.tracking_id.clone(), &mut query).await?;
    Ok(Json(people::attribution(&service, site, &query).await?))
}

async fn asked<T: serde::de::DeserializeOwned>(
    query: Option<&str>,
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Refusal> {
    parameters::none(query)?;
    body::json(&body::read(headers, body, QUERY_BYTES_MAX).await?)
}

/// Opens the site that a question is about, and narrows the question to what the caller may see.
pub async fn opened(
    service: &Shared,
    access: &Access,
    tracking_id: &str,
    question: &mut impl Filtered,
) -> Result<SiteKey, Refusal> {
    let site = accept::tracking_id(Some(tracking_id)).map_err(|e| body::wrong("tracking_id", &e.detail))?;
    Ok(access.site(service, &site).await?.lock_all(question))
}

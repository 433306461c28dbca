//! `GET /api/v1/outcomes`: what became of a site's events that were not counted.

use axum::extract::{RawQuery, State};
use axum::{Extension, Json};
use domain::query::range;
use wire::query::{DateRange, OutcomeCounts};

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, parameters};
use crate::ledger;

/// Counts them by outcome and reason.
pub async fn outcomes(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<OutcomeCounts>, Refusal> {
    let [tracking_id, start, end] = parameters::named(["tracking_id", "start", "end"], query.as_deref())?;
    let tracking_id = domain::accept::tracking_id(tracking_id.as_deref());
    let tracking_id = tracking_id.map_err(|e| parameters::wrong("tracking_id", &e.detail))?;
    let span = DateRange { start: start.unwrap_or_default(), end: end.unwrap_or_default() };
    let (start_ms, end_ms) = range(&span).map_err(|e| {
        let name = e.field.strip_prefix("date_range.").unwrap_or("end");
        parameters::wrong(name, &e.detail)
    })?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let outcomes =
        service.queries.read(move |connection| ledger::outcome::count(connection, site, start_ms, end_ms)).await?;
    Ok(Json(OutcomeCounts { tracking_id, outcomes }))
}

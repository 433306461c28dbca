//! `/api/v1/sites/{tracking_id}/reports`: questions that are kept under a name, for all who read the site.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use wire::query::Query;
use wire::report::{NewReport, REPORT_NAME_BYTES_MAX, REPORT_QUERY_BYTES_MAX, Report, ReportChange, Reports};

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, body, kept, parameters};
use crate::ledger::report::REPORTS;

/// Bytes of a body: a question and a name.
const BYTES_MAX: usize = REPORT_QUERY_BYTES_MAX + 1024;

/// `GET /api/v1/sites/{tracking_id}/reports`
pub async fn list(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Reports>, Refusal> {
    parameters::none(query.as_deref())?;
    // What people look for in all of a site is not for who is to see a part.
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let reports = kept::list::<Query>(&service, site, &REPORTS).await?;
    Ok(Json(Reports { reports: reports.into_iter().map(Report::from).collect() }))
}

/// `POST /api/v1/sites/{tracking_id}/reports`
pub async fn make(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Report>), Refusal> {
    let wanted: NewReport = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let (name, query) = (name(&wanted.name)?, question(&wanted.query, &tracking_id)?);
    let report = kept::add::<Query>(&service, site, &REPORTS, name, query).await?;
    Ok((StatusCode::CREATED, Json(report.into())))
}

/// `PATCH /api/v1/sites/{tracking_id}/reports/{report}`
pub async fn change(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Report>, Refusal> {
    let wanted: ReportChange = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "report")?;
    let name = wanted.name.as_deref().map(name).transpose()?;
    let query = wanted.query.as_ref().map(|query| question(query, &tracking_id)).transpose()?;
    Ok(Json(kept::change::<Query>(&service, site, &REPORTS, number, (name, query)).await?.into()))
}

/// `DELETE /api/v1/sites/{tracking_id}/reports/{report}`
pub async fn remove(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "report")?;
    kept::remove(&service, site, &REPORTS, number).await
}

fn name(text: &str) -> Result<String, Refusal> {
    body::line("name", text, REPORT_NAME_BYTES_MAX)
}

/// A question as it is kept. Whether it can be answered is told when it is asked: that changes with time and settings.
fn question(query: &Query, tracking_id: &str) -> Result<String, Refusal> {
    if query.tracking_id != tracking_id {
        return Err(body::wrong("query.tracking_id", "must be the site that the report is kept of"));
    }
    if query.metrics.is_empty() {
        return Err(body::wrong("query.metrics", "must name at least one metric"));
    }
    let json = serde_json::to_string(query).map_err(|_| Refusal::Internal("a question could not be written"))?;
    if json.len() > REPORT_QUERY_BYTES_MAX {
        return Err(body::wrong("query", &format!("must be at most {REPORT_QUERY_BYTES_MAX} bytes as JSON")));
    }
    Ok(json)
}

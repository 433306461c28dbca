//! `/api/v1/sites/{tracking_id}/dashboards`: what people put together of questions, for all who read the site.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use domain::dashboard;
use wire::dashboard::{
    DASHBOARD_BYTES_MAX, DASHBOARD_NAME_BYTES_MAX, Dashboard, DashboardChange, Dashboards, Layout, NewDashboard,
};

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, body, kept, parameters};
use crate::ledger::dashboard::DASHBOARDS;

/// Bytes of a body: a layout and a name.
const BYTES_MAX: usize = DASHBOARD_BYTES_MAX + 1024;

/// `GET /api/v1/sites/{tracking_id}/dashboards`
pub async fn list(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Dashboards>, Refusal> {
    parameters::none(query.as_deref())?;
    // What people look for in all of a site is not for who is to see a part.
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let dashboards = kept::list::<Layout>(&service, site, &DASHBOARDS).await?;
    Ok(Json(Dashboards { dashboards: dashboards.into_iter().map(Dashboard::from).collect() }))
}

/// `POST /api/v1/sites/{tracking_id}/dashboards`
pub async fn make(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Dashboard>), Refusal> {
    let wanted: NewDashboard = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let (name, layout) = (name(&wanted.name)?, checked(&wanted.layout, &tracking_id)?);
    let dashboard = kept::add::<Layout>(&service, site, &DASHBOARDS, name, layout).await?;
    Ok((StatusCode::CREATED, Json(dashboard.into())))
}

/// `GET /api/v1/sites/{tracking_id}/dashboards/{dashboard}`
pub async fn read(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Dashboard>, Refusal> {
    parameters::none(query.as_deref())?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "dashboard")?;
    Ok(Json(kept::find::<Layout>(&service, site, &DASHBOARDS, number).await?.into()))
}

/// `PATCH /api/v1/sites/{tracking_id}/dashboards/{dashboard}`
pub async fn change(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Dashboard>, Refusal> {
    let wanted: DashboardChange = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "dashboard")?;
    let name = wanted.name.as_deref().map(name).transpose()?;
    let layout = wanted.layout.as_ref().map(|layout| checked(layout, &tracking_id)).transpose()?;
    Ok(Json(kept::change::<Layout>(&service, site, &DASHBOARDS, number, (name, layout)).await?.into()))
}

/// `DELETE /api/v1/sites/{tracking_id}/dashboards/{dashboard}`: the shared links to it end too.
pub async fn remove(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "dashboard")?;
    kept::remove(&service, site, &DASHBOARDS, number).await
}

fn name(text: &str) -> Result<String, Refusal> {
    body::line("name", text, DASHBOARD_NAME_BYTES_MAX)
}

/// A layout as it is kept. Whether its questions can be answered is told when they are asked: that changes with time
/// and settings.
fn checked(layout: &Layout, tracking_id: &str) -> Result<String, Refusal> {
    dashboard::check(layout, tracking_id)?;
    let json = serde_json::to_string(layout).map_err(|_| Refusal::Internal("a layout could not be written"))?;
    if json.len() > DASHBOARD_BYTES_MAX {
        return Err(body::wrong("layout", &format!("must be at most {DASHBOARD_BYTES_MAX} bytes as JSON")));
    }
    Ok(json)
}

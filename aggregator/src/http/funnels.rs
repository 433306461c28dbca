//! `/api/v1/funnels`: funnels that are kept under a name, and their analyses. A funnel's name in addresses is its site's
//! tracking id and its number, so that an address says which site it is about.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use domain::analysis::funnel::check;
use domain::query::{Named, write_out_all};
use domain::zone::Zone;
use wire::analysis::{Funnel, FunnelAnswer, FunnelDefinition, FunnelQuery, Funnels, NewFunnel};
use wire::limits::{FUNNEL_BYTES_MAX, FUNNEL_NAME_BYTES_MAX};
use wire::query::Dimension;
use wire::span::{Preset, Span};

use super::access::{Access, Granted};
use super::refusal::Refusal;
use super::{Shared, access, body, kept, parameters};
use crate::ledger::funnel::FUNNELS;
use crate::ledger::kept::Kept;
use crate::ledger::site::SiteKey;
use crate::questions::{named, people};

/// Bytes of a body: a definition and a name.
const BYTES_MAX: usize = FUNNEL_BYTES_MAX + 1024;

/// `GET /api/v1/funnels?tracking_id=…`
pub async fn list(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Funnels>, Refusal> {
    let granted = access::named_site(&service, query.as_deref(), &access).await?;
    // What people look for in all of a site is not for who is to see a part.
    let site = granted.whole()?;
    let funnels =
        kept::list(&service, site, &FUNNELS).await?.into_iter().map(|kept| told(granted.tracking_id(), kept)).collect();
    Ok(Json(Funnels { funnels }))
}

/// `POST /api/v1/funnels`
pub async fn make(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Funnel>), Refusal> {
    parameters::none(query.as_deref())?;
    let wanted: NewFunnel = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let tracking_id = tracking_id(&wanted.tracking_id)?;
    let granted = access.site(&service, &tracking_id).await?;
    let site = granted.whole()?;
    let funnel =
        kept::add(&service, site, &FUNNELS, name(&wanted.name)?, definition(&service, site, &wanted).await?).await?;
    Ok((StatusCode::CREATED, Json(told(granted.tracking_id(), funnel))))
}

/// `PUT /api/v1/funnels/{funnel_id}`
pub async fn change(
    State(service): State<Shared>,
    Path(funnel_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Funnel>, Refusal> {
    let wanted: NewFunnel = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let (granted, number) = named(&service, &access, &funnel_id).await?;
    let site = granted.whole()?;
    if wanted.tracking_id != granted.tracking_id() {
        return Err(body::wrong("tracking_id", "must be the site that the funnel is kept of"));
    }
    let wanted = (Some(name(&wanted.name)?), Some(definition(&service, site, &wanted).await?));
    Ok(Json(told(granted.tracking_id(), kept::change(&service, site, &FUNNELS, number, wanted).await?)))
}

/// `DELETE /api/v1/funnels/{funnel_id}`
pub async fn remove(
    State(service): State<Shared>,
    Path(funnel_id): Path<String>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let (granted, number) = named(&service, &access, &funnel_id).await?;
    kept::remove(&service, granted.whole()?, &FUNNELS, number).await
}

/// `GET /api/v1/funnels/{funnel_id}/analysis?start_date&end_date&breakdown_by&interval&next_actions`; without dates the
/// last thirty days.
pub async fn analysis(
    State(service): State<Shared>,
    Path(funnel_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<FunnelAnswer>, Refusal> {
    let names = ["start_date", "end_date", "breakdown_by", "interval", "next_actions", "time_zone"];
    let [start, end, breakdown_by, interval, next_actions, time_zone] = parameters::named(names, query.as_deref())?;
    let date_range = parameters::dates(start, end)?.unwrap_or(Span::Preset(Preset::Days30));
    let (granted, number) = named(&service, &access, &funnel_id).await?;
    let site = granted.whole()?;
    let kept: Kept<FunnelDefinition> = kept::find(&service, site, &FUNNELS, number).await?;
    let query = FunnelQuery {
        breakdown_by: breakdown_by.map(|name| dimension("breakdown_by", &name)).transpose()?,
        interval: interval.map(|name| dimension("interval", &name)).transpose()?,
        next_actions: match next_actions.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(parameters::wrong("next_actions", "must be true or false")),
        },
        time_zone,
        ..FunnelQuery::of(granted.tracking_id().to_owned(), date_range, kept.content)
    };
    let answer = people::funnel(&service, site, &query).await?;
    Ok(Json(FunnelAnswer { funnel_id: Some(funnel_id), ..answer }))
}

/// Opens the site that a funnel's name in an address names, and tells its number.
async fn named(service: &Shared, access: &Access, funnel_id: &str) -> Result<(Granted, i64), Refusal> {
    let (site, number) = funnel_id.rsplit_once('.').unwrap_or((funnel_id, ""));
    let granted = access.site(service, site).await?;
    Ok((granted, parameters::number(number, "funnel")?))
}

fn told(tracking_id: &str, kept: Kept<FunnelDefinition>) -> Funnel {
    let zone = Zone::default();
    Funnel {
        funnel_id: format!("{tracking_id}.{}", kept.number),
        name: kept.name,
        definition: kept.content,
        created_at: zone.text(kept.created_at_ms),
        changed_at: zone.text(kept.changed_at_ms),
    }
}

fn dimension(parameter: &str, name: &str) -> Result<Dimension, Refusal> {
    Dimension::named(name).ok_or_else(|| parameters::wrong(parameter, "must be the name of a dimension"))
}

fn tracking_id(text: &str) -> Result<String, Refusal> {
    domain::accept::tracking_id(Some(text)).map_err(|e| body::wrong("tracking_id", &e.detail))
}

fn name(text: &str) -> Result<String, Refusal> {
    body::line("name", text, FUNNEL_NAME_BYTES_MAX)
}

/// A definition as it is kept.
async fn definition(service: &Shared, site: SiteKey, wanted: &NewFunnel) -> Result<String, Refusal> {
    let definition = wanted.definition();
    // It is kept as it is written, so that it follows the segments that it names.
    let mut meant = definition.clone();
    let names = Named::by(&mut meant);
    let known = service.lookups.read(move |connection| named::read(connection, site, &names)).await?;
    write_out_all(&mut meant, &known)?;
    check(&meant)?;
    kept::written(&definition, "steps", FUNNEL_BYTES_MAX)
}

//! `/api/v1/sites/{tracking_id}/experiments`: experiments that are kept of a site under a name, and their results.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use domain::analysis::experiment::check;
use domain::query::{Named, QueryError, write_out_all};
use domain::window::DAY_MS;
use domain::zone::Zone;
use wire::analysis::{Experiment, ExperimentAnswer, ExperimentDefinition, ExperimentQuery, Experiments, NewExperiment};
use wire::limits::{EXPERIMENT_BYTES_MAX, EXPERIMENT_NAME_BYTES_MAX};
use wire::span::{DateRange, Preset, Span};

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, body, kept, parameters};
use crate::clock::now_ms;
use crate::ledger::experiment::EXPERIMENTS;
use crate::ledger::site::SiteKey;
use crate::questions::{named, people};

/// Bytes of a body: a definition and a name.
const BYTES_MAX: usize = EXPERIMENT_BYTES_MAX + 1024;

/// `GET /api/v1/sites/{tracking_id}/experiments`
pub async fn list(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Experiments>, Refusal> {
    parameters::none(query.as_deref())?;
    // What people look for in all of a site is not for who is to see a part.
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let experiments = kept::list::<ExperimentDefinition>(&service, site, &EXPERIMENTS).await?;
    Ok(Json(Experiments { experiments: experiments.into_iter().map(Experiment::from).collect() }))
}

/// `POST /api/v1/sites/{tracking_id}/experiments`
pub async fn make(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<Experiment>), Refusal> {
    let wanted: NewExperiment = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let (name, definition) = (name(&wanted.name)?, checked(&service, site, &wanted.definition).await?);
    let made = kept::add::<ExperimentDefinition>(&service, site, &EXPERIMENTS, name, definition).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// `GET /api/v1/sites/{tracking_id}/experiments/{experiment}`
pub async fn read(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Experiment>, Refusal> {
    parameters::none(query.as_deref())?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "experiment")?;
    Ok(Json(kept::find::<ExperimentDefinition>(&service, site, &EXPERIMENTS, number).await?.into()))
}

/// `PUT /api/v1/sites/{tracking_id}/experiments/{experiment}`
pub async fn change(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Experiment>, Refusal> {
    let wanted: NewExperiment = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "experiment")?;
    let wanted = (Some(name(&wanted.name)?), Some(checked(&service, site, &wanted.definition).await?));
    Ok(Json(kept::change::<ExperimentDefinition>(&service, site, &EXPERIMENTS, number, wanted).await?.into()))
}

/// `DELETE /api/v1/sites/{tracking_id}/experiments/{experiment}`
pub async fn remove(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    kept::remove(&service, site, &EXPERIMENTS, parameters::number(&number, "experiment")?).await
}

/// `GET /api/v1/sites/{tracking_id}/experiments/{experiment}/analysis?start_date&end_date&time_zone`; without dates its own
/// days, and without those the last thirty.
pub async fn analysis(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<ExperimentAnswer>, Refusal> {
    let names = ["start_date", "end_date", "time_zone"];
    let [start, end, time_zone] = parameters::named(names, query.as_deref())?;
    let said = parameters::dates(start, end)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "experiment")?;
    let kept = kept::find::<ExperimentDefinition>(&service, site, &EXPERIMENTS, number).await?;
    let span = said.unwrap_or_else(|| own_days(&kept.content, now_ms()));
    let query = ExperimentQuery { time_zone, ..ExperimentQuery::of(tracking_id, span, kept.content) };
    let answer = people::experiment(&service, site, &query).await?;
    Ok(Json(ExperimentAnswer { experiment: Some(number), ..answer }))
}

/// From the day that an experiment started on to the one that it ended on, or to now.
fn own_days(definition: &ExperimentDefinition, now_ms: u64) -> Span {
    let Some(start) = definition.started_on.clone() else { return Span::Preset(Preset::Days30) };
    let zone = Zone::default();
    let day = |at_ms: u64| zone.date_of(at_ms).to_string();
    let running = || match day(now_ms) {
        today if start < today => zone.text(now_ms),
        // Somewhere it is tomorrow already; and what begins later has seen nobody.
        _ => start.clone().max(day(now_ms.saturating_add(DAY_MS))),
    };
    let end = definition.ended_on.clone().unwrap_or_else(running);
    Span::Between(DateRange { start, end })
}

fn name(text: &str) -> Result<String, Refusal> {
    body::line("name", text, EXPERIMENT_NAME_BYTES_MAX)
}

/// A definition as it is kept.
async fn checked(service: &Shared, site: SiteKey, definition: &ExperimentDefinition) -> Result<String, Refusal> {
    // It is kept as it is written, so that it follows the segments that it names.
    let mut meant = definition.clone();
    let names = Named::by(&mut meant);
    let known = service.lookups.read(move |connection| named::read(connection, site, &names)).await?;
    write_out_all(&mut meant, &known).map_err(within)?;
    check(&meant).map_err(within)?;
    let json =
        serde_json::to_string(definition).map_err(|_| Refusal::Internal("an experiment could not be written"))?;
    if json.len() > EXPERIMENT_BYTES_MAX {
        return Err(body::wrong("definition", &format!("must be at most {EXPERIMENT_BYTES_MAX} bytes as JSON")));
    }
    Ok(json)
}

/// What is wrong with a definition, by its place in the body.
fn within(error: QueryError) -> Refusal {
    QueryError { field: format!("definition.{}", error.field), ..error }.into()
}

//! `/api/v1/sites/{tracking_id}/experiments`: experiments that are kept of a site under a name, and their results.

use axum::extract::{Path, RawQuery, State};
use axum::{Extension, Json};
use domain::analysis::experiment::check;
use domain::query::{Named, QueryError, write_out_all};
use domain::window::DAY_MS;
use domain::zone::Zone;
use wire::analysis::{Experiment, ExperimentAnswer, ExperimentDefinition, ExperimentQuery, Experiments, NewExperiment};
use wire::limits::{EXPERIMENT_BYTES_MAX, EXPERIMENT_NAME_BYTES_MAX};
use wire::span::{DateRange, Preset, Span};

use super::access::Access;
use super::kept::{self, Keepable};
use super::refusal::Refusal;
use super::{Shared, parameters};
use crate::clock::now_ms;
use crate::ledger::experiment::EXPERIMENTS;
use crate::ledger::kept::Kind;
use crate::ledger::site::SiteKey;
use crate::questions::{named, people};

impl Keepable for Experiment {
    const KIND: &'static Kind = &EXPERIMENTS;
    const NAME_BYTES_MAX: usize = EXPERIMENT_NAME_BYTES_MAX;
    const BYTES_MAX: usize = EXPERIMENT_BYTES_MAX;
    type Content = ExperimentDefinition;
    type Said = ExperimentDefinition;
    type New = NewExperiment;
    type Change = NewExperiment;
    type List = Experiments;

    fn new(wanted: NewExperiment) -> (String, ExperimentDefinition) {
        (wanted.name, wanted.definition)
    }

    fn change(wanted: NewExperiment) -> (Option<String>, Option<ExperimentDefinition>) {
        (Some(wanted.name), Some(wanted.definition))
    }

    fn list(experiments: Vec<Self>) -> Experiments {
        Experiments { experiments }
    }

    /// It is kept as it is written, so that it follows the segments that it names.
    async fn checked(
        service: &Shared,
        (site, _): (SiteKey, &str),
        definition: ExperimentDefinition,
    ) -> Result<String, Refusal> {
        let mut meant = definition.clone();
        let names = Named::by(&mut meant);
        let known = service.lookups.read(move |connection| named::read(connection, site, &names)).await?;
        write_out_all(&mut meant, &known).map_err(within)?;
        check(&meant).map_err(within)?;
        kept::written(&definition, "definition", EXPERIMENT_BYTES_MAX)
    }
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

/// What is wrong with a definition, by its place in the body.
fn within(error: QueryError) -> Refusal {
    QueryError { field: format!("definition.{}", error.field), ..error }.into()
}

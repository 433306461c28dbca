//! Answers about people: planned by `domain::analysis`, read from single events.

use std::time::Instant;

use domain::analysis::experiment::ALPHA;
use domain::analysis::funnel::{FunnelPlan, FunnelTally};
use domain::analysis::{Analysis, Analyzed, People, attribution, experiment, funnel, lifecycle, paths, retention};
use domain::query::{Circumstances, Filtered, Named, Period, QueryError, write_out_all};
use domain::zone::Zone;
use wire::analysis::{
    AnalysisMeta, AttributionAnswer, AttributionQuery, ExperimentAnswer, ExperimentQuery, FunnelAnswer, FunnelGroup,
    FunnelQuery, FunnelSegment, LifecycleAnswer, LifecycleQuery, PathsAnswer, PathsQuery, RetentionAnswer,
    RetentionQuery,
};
use wire::limits::FUNNEL_SEGMENTS_MAX;
use wire::query::{Dimension, Filter, Filters, Instants, Operator};
use wire::site::Settings;

use super::{circumstances, raw, site};
use crate::http::Shared;
use crate::http::refusal::Refusal;
use crate::ledger::site::SiteKey;
use crate::metrics;
use crate::secret;

/// Digits of an answer's name in the log.
const QUERY_ID_DIGITS: usize = 16;

/// Answers a question about a funnel.
///
/// # Errors
/// [`Refusal`] when it cannot be answered, or not in time.
pub async fn funnel(service: &Shared, site: SiteKey, query: &FunnelQuery) -> Result<FunnelAnswer, Refusal> {
    let since = Instant::now();
    let (plan, found, read) = read_funnel(service, site, query).await?;
    let segments = by_segments(service, site, query).await?;
    let told = funnel::answer(&plan, &found.tally, &found.names);
    let time_to_convert = told.all.whole.told();
    Ok(FunnelAnswer {
        funnel_id: None,
        date_range: instants(plan.period, &plan.zone),
        total_users: told.total(),
        overall_conversion_rate: told.steps.last().map_or(0.0, |last| last.conversion_rate),
        avg_time_to_convert: time_to_convert.map_or(0.0, |times| times.mean),
        time_to_convert,
        steps: told.steps,
        groups: told.groups,
        segments,
        trend: told.trend,
        meta: meta(since, found.rows_read + read, &plan.zone, plan.unit)?,
    })
}

async fn read_funnel(
    service: &Shared,
    site: SiteKey,
    query: &FunnelQuery,
) -> Result<(FunnelPlan, People<FunnelTally>, u64), Refusal> {
    let analysis =
        planned(service, site, query, |query, known, around| funnel::plan(query, known, around).map(Analysis::Funnel));
    match read(service, site, analysis.await?).await? {
        (Analysis::Funnel(plan), Analyzed::Funnel(found), read) => Ok((plan, found, read)),
        _ => Err(MIXED_UP),
    }
}

/// The same funnel in and out of each segment that it is broken down by.
async fn by_segments(service: &Shared, site: SiteKey, query: &FunnelQuery) -> Result<Vec<FunnelSegment>, Refusal> {
    let FunnelQuery { breakdown_segments, .. } = query;
    if breakdown_segments.len() > FUNNEL_SEGMENTS_MAX {
        let detail = format!("must be at most {FUNNEL_SEGMENTS_MAX} segments");
        return Err(QueryError { field: "breakdown_segments".to_owned(), detail }.into());
    }
    let mut segments = Vec::with_capacity(breakdown_segments.len());
    for segment in breakdown_segments {
        let mut sides = Vec::with_capacity(2);
        for (operator, value) in [(Operator::Is, "in"), (Operator::IsNot, "not in")] {
            let test = Filter::Test { operator, dimension: Dimension::Segment, values: vec![segment.clone()] };
            let filters = Filters::Expression(Filter::And(vec![test, query.filters.clone().into_expression()]));
            let only =
                FunnelQuery { filters, breakdown_by: None, interval: None, next_actions: false, ..query.clone() };
            let (plan, found, _) = read_funnel(service, site, &only).await.map_err(about_segment)?;
            let told = funnel::answer(&plan, &found.tally, &found.names);
            sides.push(FunnelGroup {
                value: value.to_owned(),
                users: told.steps.iter().map(|step| step.users).collect(),
                conversion_rate: told.steps.last().map_or(0.0, |last| last.conversion_rate),
                time_to_convert: told.all.whole.told(),
            });
        }
        if let [inside, outside] = sides.as_slice() {
            let (inside, outside) = (inside.clone(), outside.clone());
            segments.push(FunnelSegment { segment: segment.clone(), inside, outside });
        }
    }
    Ok(segments)
}

/// What is wrong with the segment, by the name that the question has for it.
fn about_segment(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Query(error) if error.field.starts_with("filters.0") => {
            QueryError { field: "breakdown_segments".to_owned(), ..error }.into()
        }
        refusal => refusal,
    }
}

/// Answers a question about retention.
///
/// # Errors
/// [`Refusal`] when it cannot be answered, or not in time.
pub async fn retention(service: &Shared, site: SiteKey, query: &RetentionQuery) -> Result<RetentionAnswer, Refusal> {
    let since = Instant::now();
    let analysis = planned(service, site, query, |query, known, around| {
        retention::plan(query, known, around).map(Analysis::Retention)
    });
    let (Analysis::Retention(plan), Analyzed::Retention(found), read) = read(service, site, analysis.await?).await?
    else {
        return Err(MIXED_UP);
    };
    let told = retention::answer(&plan, &found.tally, &found.names);
    Ok(RetentionAnswer {
        date_range: instants(plan.period, &plan.zone),
        cohorts: told.cohorts,
        average: told.average,
        groups: told.groups,
        meta: meta(since, found.rows_read + read, &plan.zone, plan.unit)?,
    })
}

/// Answers a question about paths.
///
/// # Errors
/// [`Refusal`] when it cannot be answered, or not in time.
pub async fn paths(service: &Shared, site: SiteKey, query: &PathsQuery) -> Result<PathsAnswer, Refusal> {
    let since = Instant::now();
    let analysis =
        planned(service, site, query, |query, known, around| paths::plan(query, known, around).map(Analysis::Paths));
    let (Analysis::Paths(plan), Analyzed::Paths(found), read) = read(service, site, analysis.await?).await? else {
        return Err(MIXED_UP);
    };
    let told = paths::answer(&plan, &found.tally, &found.names);
    Ok(PathsAnswer {
        date_range: instants(plan.period, &plan.zone),
        total: told.total,
        columns: told.columns,
        links: told.links,
        meta: meta(since, found.rows_read + read, &plan.zone, plan.unit)?,
    })
}

/// Answers a question about lifecycle.
///
/// # Errors
/// [`Refusal`] when it cannot be answered, or not in time.
pub async fn lifecycle(service: &Shared, site: SiteKey, query: &LifecycleQuery) -> Result<LifecycleAnswer, Refusal> {
    let since = Instant::now();
    let analysis = planned(service, site, query, |query, known, around| {
        lifecycle::plan(query, known, around).map(Analysis::Lifecycle)
    });
    let (Analysis::Lifecycle(plan), Analyzed::Lifecycle(found), read) = read(service, site, analysis.await?).await?
    else {
        return Err(MIXED_UP);
    };
    let told = lifecycle::answer(&plan, &found.tally, &found.names);
    Ok(LifecycleAnswer {
        date_range: instants(plan.period, &plan.zone),
        buckets: told.buckets,
        stickiness: told.stickiness,
        groups: told.groups,
        limits: told.limits,
        meta: meta(since, found.rows_read + read, &plan.zone, plan.unit)?,
    })
}

/// Answers a question about an experiment.
///
/// # Errors
/// [`Refusal`] when it cannot be answered, or not in time.
pub async fn experiment(service: &Shared, site: SiteKey, query: &ExperimentQuery) -> Result<ExperimentAnswer, Refusal> {
    let since = Instant::now();
    let analysis = planned(service, site, query, |query, known, around| {
        experiment::plan(query, known, around).map(Analysis::Experiment)
    });
    let (Analysis::Experiment(plan), Analyzed::Experiment(found), read) = read(service, site, analysis.await?).await?
    else {
        return Err(MIXED_UP);
    };
    let told = experiment::answer(&plan, &found.tally, &found.names);
    Ok(ExperimentAnswer {
        experiment: None,
        date_range: instants(plan.period, &plan.zone),
        exposed: told.exposed,
        saw_several: told.saw_several,
        saw_others: told.saw_others,
        variants: told.variants,
        split: told.split,
        metrics: told.metrics,
        alpha: ALPHA,
        effect_sought: plan.effect_sought,
        decide_by: plan.decide_by,
        planned_users: plan.planned_users,
        meta: meta(since, found.rows_read + read, &plan.zone, plan.unit)?,
    })
}

/// Answers a question about attribution.
///
/// # Errors
/// [`Refusal`] when it cannot be answered, or not in time.
pub async fn attribution(
    service: &Shared,
    site: SiteKey,
    query: &AttributionQuery,
) -> Result<AttributionAnswer, Refusal> {
    let since = Instant::now();
    let analysis = planned(service, site, query, |query, known, around| {
        attribution::plan(query, known, around).map(Analysis::Attribution)
    });
    let (Analysis::Attribution(plan), Analyzed::Attribution(found), read) =
        read(service, site, analysis.await?).await?
    else {
        return Err(MIXED_UP);
    };
    let told = attribution::answer(&plan, &found.tally, &found.names);
    Ok(AttributionAnswer {
        date_range: instants(plan.period, &plan.zone),
        conversions: told.conversions,
        users: told.users,
        revenue: told.revenue,
        rows: told.rows,
        lengths: told.lengths,
        paths: told.paths,
        paths_total: told.paths_total,
        without_conversion: told.without_conversion,
        lookback_is_complete: plan.lookback_is_complete,
        meta: meta(since, found.rows_read + read, &plan.zone, plan.unit)?,
        models: plan.fold.models,
    })
}

const MIXED_UP: Refusal = Refusal::Internal("a store answered another question than it was asked");

/// Plans a question, of which what it names is written out first.
async fn planned<Q: Filtered + Clone>(
    service: &Shared,
    key: SiteKey,
    query: &Q,
    plan: impl Fn(&Q, &Settings, &Circumstances) -> Result<Analysis, QueryError>,
) -> Result<Analysis, Refusal> {
    let mut query = query.clone();
    let known = site(service, key, Named::by(&mut query)).await?;
    write_out_all(&mut query, &known.kept)?;
    Ok(plan(&query, &known.settings, &circumstances(service, &known))?)
}

async fn read(service: &Shared, site: SiteKey, mut analysis: Analysis) -> Result<(Analysis, Analyzed, u64), Refusal> {
    let since = Instant::now();
    let tests = analysis.ask().people()?;
    let places = service.questions.scans(site);
    let done = raw::scan(service, places, move |store, budget| {
        let site = analysis.ask().site.clone();
        let (sets, rows_read) =
            if tests.is_empty() { Default::default() } else { store.members(&site, &tests, budget)? };
        analysis.ask_mut().resolve(&sets);
        let found = store.analyze(&site, &analysis, budget)?;
        Ok((analysis, found, rows_read))
    });
    let done = done.await?;
    metrics::query("people", since.elapsed());
    Ok(done)
}

fn instants(period: Period, zone: &Zone) -> Instants {
    Instants { start: zone.text(period.start_ms), end: zone.text(period.end_ms) }
}

/// Names an answer in the log, and says how it came about.
fn meta(since: Instant, rows_read: u64, zone: &Zone, unit: &str) -> Result<AnalysisMeta, Refusal> {
    let mut query_id = secret::draw().map_err(|_| Refusal::Internal("the system has no randomness to give"))?;
    query_id.truncate(QUERY_ID_DIGITS);
    let execution_time_ms = since.elapsed().as_secs_f64() * 1e3;
    tracing::info!(query_id, execution_time_ms, rows_read, "question about people answered");
    let (time_zone, unit) = (zone.name().to_owned(), unit.to_owned());
    Ok(AnalysisMeta { query_id, execution_time_ms, rows_read, time_zone, unit })
}

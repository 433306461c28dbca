//! Where questions have filters: in each, saved segments and what people did may stand.

use wire::analysis::{
    AttributionQuery, EventPattern, Exclusion, ExperimentDefinition, ExperimentMetric, ExperimentQuery,
    FunnelDefinition, FunnelQuery, FunnelStep, LifecycleQuery, PathsQuery, RetentionQuery,
};
use wire::filter::Filters;
use wire::query::Query;

/// Something that has filters.
pub trait Filtered {
    /// All of them, with the names of their fields.
    fn filters(&mut self) -> Vec<(String, &mut Filters)>;
}

impl Filtered for Filters {
    fn filters(&mut self) -> Vec<(String, &mut Filters)> {
        vec![("filters".to_owned(), self)]
    }
}

impl Filtered for Query {
    fn filters(&mut self) -> Vec<(String, &mut Filters)> {
        vec![("filters".to_owned(), &mut self.filters)]
    }
}

impl Filtered for FunnelQuery {
    fn filters(&mut self) -> Vec<(String, &mut Filters)> {
        of_funnel(&mut self.filters, &mut self.steps, &mut self.exclude)
    }
}

impl Filtered for FunnelDefinition {
    fn filters(&mut self) -> Vec<(String, &mut Filters)> {
        of_funnel(&mut self.filters, &mut self.steps, &mut self.exclude)
    }
}

fn of_funnel<'a>(
    filters: &'a mut Filters,
    steps: &'a mut [FunnelStep],
    exclude: &'a mut [Exclusion],
) -> Vec<(String, &'a mut Filters)> {
    let steps =
        steps.iter_mut().enumerate().map(|(at, step)| (format!("steps.{at}.filters"), &mut step.filters.others));
    let exclude =
        exclude.iter_mut().enumerate().map(|(at, one)| (format!("exclude.{at}.filters"), &mut one.filters.others));
    std::iter::once(("filters".to_owned(), filters)).chain(steps).chain(exclude).collect()
}

impl Filtered for RetentionQuery {
    fn filters(&mut self) -> Vec<(String, &mut Filters)> {
        vec![
            ("filters".to_owned(), &mut self.filters),
            ("first.filters".to_owned(), &mut self.first.filters.others),
            ("returning.filters".to_owned(), &mut self.returning.filters.others),
        ]
    }
}

impl Filtered for PathsQuery {
    fn filters(&mut self) -> Vec<(String, &mut Filters)> {
        vec![("filters".to_owned(), &mut self.filters), ("from.filters".to_owned(), &mut self.from.filters.others)]
    }
}

impl Filtered for LifecycleQuery {
    fn filters(&mut self) -> Vec<(String, &mut Filters)> {
        vec![("filters".to_owned(), &mut self.filters), ("active.filters".to_owned(), &mut self.active.filters.others)]
    }
}

impl Filtered for ExperimentQuery {
    fn filters(&mut self) -> Vec<(String, &mut Filters)> {
        of_experiment(&mut self.filters, &mut self.exposure, &mut self.metrics)
    }
}

impl Filtered for ExperimentDefinition {
    fn filters(&mut self) -> Vec<(String, &mut Filters)> {
        of_experiment(&mut self.filters, &mut self.exposure, &mut self.metrics)
    }
}

fn of_experiment<'a>(
    filters: &'a mut Filters,
    exposure: &'a mut EventPattern,
    metrics: &'a mut [ExperimentMetric],
) -> Vec<(String, &'a mut Filters)> {
    let metrics = metrics.iter_mut().enumerate();
    let metrics = metrics.map(|(at, metric)| (format!("metrics.{at}.event.filters"), &mut metric.event.filters.others));
    let own = [("filters".to_owned(), filters), ("exposure.filters".to_owned(), &mut exposure.filters.others)];
    own.into_iter().chain(metrics).collect()
}

impl Filtered for AttributionQuery {
    fn filters(&mut self) -> Vec<(String, &mut Filters)> {
        vec![
            ("filters".to_owned(), &mut self.filters),
            ("conversion.filters".to_owned(), &mut self.conversion.filters.others),
        ]
    }
}

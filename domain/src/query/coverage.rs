//! Which rollup answers a question.

use std::collections::{BTreeMap, BTreeSet};

use wire::frame::{PART, RollupDimension};
use wire::limits::{FILTER_VALUES_MAX, PAIR_PART_BYTES_MAX, VALUE_BYTES_MAX};
use wire::query::{Dimension, FilterValues, Filters, Metric, Query};
use wire::site::Settings;

use super::QueryError;
use crate::{page, rollup};

/// The rows of a rollup that a question needs, and what their values are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The rollup to read.
    pub dimension: RollupDimension,
    /// What its values begin with: the names of a declared property or pair, each followed by [`PART`].
    pub prefix: String,
    /// What follows, in the order it stands; none for the total.
    pub parts: Vec<Part>,
}

/// One part of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What it is a value of.
    pub dimension: Dimension,
    /// Only these, where there is a filter.
    pub wanted: Option<BTreeSet<String>>,
}

impl Coverage {
    /// Finds the rollup for a question that breaks down by `by`.
    ///
    /// # Errors
    /// [`QueryError`] when there is none, or it does not tell a metric asked for.
    pub fn of(query: &Query, by: &[Dimension], settings: &Settings) -> Result<Self, QueryError> {
        let mut named = by.to_vec();
        for (dimension, wanted) in filters(query)? {
            check(*dimension, wanted)?;
            if !named.contains(dimension) {
                named.push(*dimension);
            }
        }
        let field = match filters(query)?.keys().find(|dimension| !by.contains(dimension)) {
            Some(filter) => format!("filters.{filter}"),
            None => "dimensions".to_owned(),
        };
        let rollups: Vec<_> = named.iter().filter_map(|dimension| RollupDimension::of(*dimension)).collect();
        let coverage = match (named.as_slice(), rollups.as_slice()) {
            ([], _) => Self { dimension: RollupDimension::Total, prefix: String::new(), parts: Vec::new() },
            ([one], [rollup]) => Self::one(*one, *rollup, &field, settings)?,
            ([_, _], [first, second]) => Self::pair(&named, (*first, *second), &field, settings)?,
            _ => return Err(QueryError::new(&field, "dimensions and filters may name two besides time")),
        };
        coverage.check_metrics(&query.metrics)?;
        Ok(coverage.filtered(filters(query)?))
    }

    /// Exactly the values to read, where they are few and known.
    pub fn values(&self) -> Option<Vec<String>> {
        let [Part { wanted: Some(wanted), .. }] = self.parts.as_slice() else { return None };
        Some(wanted.iter().map(|value| format!("{}{value}", self.prefix)).collect())
    }

    /// The span of the values to read, from the first on and before the last.
    pub fn span(&self) -> Option<(String, String)> {
        let names = self.prefix.strip_suffix(PART)?;
        // A space comes right behind the sign that parts.
        Some((self.prefix.clone(), format!("{names} ")))
    }

    /// The parts of a stored value; none where it is not one of these, or not wanted.
    pub fn parts_of<'a>(&self, value: &'a str) -> Option<Vec<&'a str>> {
        let rest = value.strip_prefix(self.prefix.as_str())?;
        let parts: Vec<&str> = match self.parts.len() {
            0 => Vec::new(),
            1 => vec![rest],
            _ => rest.split(PART).collect(),
        };
        let is_wanted = |(part, value): (&Part, &&str)| part.wanted.as_ref().is_none_or(|all| all.contains(*value));
        let fits = parts.len() == self.parts.len() && self.parts.iter().zip(&parts).all(is_wanted);
        fits.then_some(parts)
    }

    fn one(
        dimension: Dimension,
        rollup: RollupDimension,
        field: &str,
        settings: &Settings,
    ) -> Result<Self, QueryError> {
        let mut prefix = String::new();
        if let Dimension::Property(name) = dimension {
            if !settings.properties.iter().any(|declared| declared == name.as_str()) {
                let declared = listed(settings.properties.iter().cloned());
                let detail = format!("{} is not a declared property of this site; declared: {declared}", name.as_str());
                return Err(QueryError::new(field, detail));
            }
            prefix = format!("{}{PART}", name.as_str());
        }
        Ok(Self { dimension: rollup, prefix, parts: vec![Part { dimension, wanted: None }] })
    }

    fn pair(
        named: &[Dimension],
        (first, second): (RollupDimension, RollupDimension),
        field: &str,
        settings: &Settings,
    ) -> Result<Self, QueryError> {
        let is_asked =
            |pair: &&(RollupDimension, RollupDimension)| **pair == (first, second) || **pair == (second, first);
        let Some(declared) = settings.pairs.iter().find(is_asked) else {
            let declared = listed(settings.pairs.iter().map(|(a, b)| format!("{} and {}", a.name(), b.name())));
            let detail = format!(
                "{} and {} are not counted together on this site; declared pairs: {declared}",
                first.name(),
                second.name()
            );
            return Err(QueryError::new(field, detail));
        };
        let mut parts: Vec<_> = named.iter().map(|dimension| Part { dimension: *dimension, wanted: None }).collect();
        if *declared != (first, second) {
            parts.reverse();
        }
        let prefix = format!("{}{PART}{}{PART}", declared.0.name(), declared.1.name());
        Ok(Self { dimension: RollupDimension::Pair, prefix, parts })
    }

    /// A rollup of single events tells nothing of visits, and one of visits' pages nothing of events.
    fn check_metrics(&self, metrics: &[Metric]) -> Result<(), QueryError> {
        let rollups = self.parts.iter().filter_map(|part| RollupDimension::of(part.dimension));
        for rollup in rollups {
            let is_entry_or_exit = matches!(rollup, RollupDimension::EntryPage | RollupDimension::ExitPage);
            let tells = |metric: &&Metric| match metric {
                Metric::ViewsPerVisit => rollup::is_of_visit(rollup),
                metric if metric.is_of_visits() => is_entry_or_exit || rollup::is_of_visit(rollup),
                _ => !is_entry_or_exit,
            };
            if let Some(metric) = metrics.iter().find(|metric| !tells(metric)) {
                let detail = format!("{} cannot be told by {}", metric.name(), rollup.name());
                return Err(QueryError::new("metrics", detail));
            }
        }
        Ok(())
    }

    /// With the question's filters, cut as the values are that they are compared with.
    fn filtered(mut self, filters: &BTreeMap<Dimension, FilterValues>) -> Self {
        let is_pair = self.parts.len() > 1;
        let bytes_max = if is_pair { PAIR_PART_BYTES_MAX } else { VALUE_BYTES_MAX - self.prefix.len() };
        for part in &mut self.parts {
            part.wanted = filters
                .get(&part.dimension)
                .map(|wanted| wanted.as_slice().iter().map(|value| page::cut(value, bytes_max).to_owned()).collect());
        }
        self
    }
}

fn filters(query: &Query) -> Result<&BTreeMap<Dimension, FilterValues>, QueryError> {
    match &query.filters {
        Filters::All(filters) => Ok(filters),
        Filters::Expression(_) => Err(QueryError::new("filters", "must be an object of dimensions and values")),
    }
}

fn check(dimension: Dimension, wanted: &FilterValues) -> Result<(), QueryError> {
    let field = format!("filters.{dimension}");
    if RollupDimension::of(dimension).is_none() {
        return Err(QueryError::new(&field, "time is narrowed by date_range"));
    }
    let wanted = wanted.as_slice();
    if !(1..=FILTER_VALUES_MAX).contains(&wanted.len()) {
        return Err(QueryError::new(&field, format!("must list 1 to {FILTER_VALUES_MAX} values")));
    }
    if wanted.iter().any(|value| value.len() > VALUE_BYTES_MAX) {
        return Err(QueryError::new(&field, format!("a value is longer than {VALUE_BYTES_MAX} bytes")));
    }
    Ok(())
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

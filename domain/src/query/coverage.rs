//! Which rollup answers a question, if any does.

use std::collections::BTreeSet;

use wire::frame::{PART, RollupDimension};
use wire::limits::{PAIR_PART_BYTES_MAX, VALUE_BYTES_MAX};
use wire::query::{Dimension, Metric};
use wire::site::Settings;

use super::{Condition, QueryError, Test};
use crate::rollup::{self, Block, BlockError, Builder};

/// The rollup that a question reads, and what its values are made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The rollup.
    pub dimension: RollupDimension,
    /// Of a declared property its name, of a pair both names, parted by [`PART`]; else empty.
    pub name: String,
    /// What a value is of, in the order it stands; none for the total.
    pub parts: Vec<Dimension>,
}

/// Rows of a block for which a condition may hold, by the texts of their values; for others it does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Lookup {
    /// All.
    All,
    /// Those of exactly these values, which are in order.
    Values(Vec<String>),
    /// Those whose value begins with one of these, which are in order, and none of which begins with another.
    Begin(Vec<String>),
    /// Those whose value ends with one of these.
    End(Vec<String>),
}

impl Lookup {
    /// A block of these rows alone.
    ///
    /// # Errors
    /// [`BlockError`] when they are out of order.
    pub fn only(&self, block: &Block) -> Result<Block, BlockError> {
        if *self == Self::All {
            return Ok(block.clone());
        }
        let mut builder = Builder::default();
        for row in self.rows(block).filter_map(|at| block.row(at)) {
            builder.copy(row)?;
        }
        builder.finish()
    }

    /// The rows, in their order.
    pub(super) fn rows<'a>(&'a self, block: &'a Block) -> Box<dyn Iterator<Item = usize> + 'a> {
        match self {
            Self::All => Box::new(0..block.len()),
            Self::Values(values) => {
                Box::new(values.iter().filter_map(|value| block.find(value)).map(|row| row.index()))
            }
            Self::Begin(texts) => Box::new(texts.iter().flat_map(|text| block.beginning_with(text))),
            Self::End(texts) => Box::new(block.ending_with(texts)),
        }
    }
}

impl Coverage {
    /// Finds the rollup for a question that breaks down by `by`. `filters` is the field of its filters, and names each
    /// as its own where they are an object.
    ///
    /// A rollup has no row for events without a value, so a filter on what is not broken down by must be one that such
    /// events fail.
    ///
    /// # Errors
    /// [`QueryError`] says what no rollup tells.
    pub fn of(
        by: &[Dimension],
        condition: &Condition,
        metrics: &[Metric],
        settings: &Settings,
        filters: impl Fn(Dimension) -> String,
    ) -> Result<Self, QueryError> {
        let only_filtered: Vec<_> = condition.dimensions().into_iter().filter(|one| !by.contains(one)).collect();
        let field = only_filtered.first().map_or_else(|| "dimensions".to_owned(), |one| filters(*one));
        let named: Vec<_> = by.iter().chain(&only_filtered).copied().collect();
        let coverage = match named.as_slice() {
            [] => Self { dimension: RollupDimension::Total, name: String::new(), parts: Vec::new() },
            [one] => Self::one(*one, &field, settings)?,
            [first, second] => Self::pair(*first, *second, &field, settings)?,
            _ => return Err(QueryError::new(&field, "dimensions and filters name more than two besides time")),
        };
        for dimension in only_filtered {
            if condition.without(dimension) != Some(false) {
                let detail = format!("events without {dimension} may pass, and no counter tells of them");
                return Err(QueryError::new(&filters(dimension), detail));
            }
        }
        check_goals(by, condition, &filters)?;
        coverage.check_metrics(metrics)?;
        Ok(coverage)
    }

    /// The parts of a value; none where it is not made of them.
    pub fn parts_of<'a>(&self, value: &'a str) -> Option<[&'a str; 2]> {
        match self.parts.len() {
            0 => Some(["", ""]),
            1 => Some([value, ""]),
            _ => value.split_once(PART).map(|(first, second)| [first, second]),
        }
    }

    /// Where rows stand for which a condition may hold.
    pub fn lookup(&self, condition: &Condition) -> Lookup {
        let listed = |dimension: Dimension| {
            let is = |test: &&Test| matches!(test, Test::Is(_));
            match condition.required(dimension).into_iter().find(is)? {
                Test::Is(values) => Some(values),
                _ => None,
            }
        };
        match *self.parts.as_slice() {
            [one] => listed(one).map_or(Lookup::All, |values| Lookup::Values(values.iter().cloned().collect())),
            [first, second] => {
                // A value is parted at the first place where it can be.
                let firsts = listed(first).map(|firsts| firsts.iter().filter(|one| !one.contains(PART)));
                match (firsts, listed(second)) {
                    (Some(firsts), Some(seconds)) => {
                        let both = |one: &String| seconds.iter().map(|other| format!("{one}{PART}{other}")).collect();
                        Lookup::Values(ascending(firsts.flat_map(|one| -> Vec<String> { both(one) })))
                    }
                    (Some(firsts), None) => Lookup::Begin(ascending(firsts.map(|one| format!("{one}{PART}")))),
                    (None, Some(seconds)) => Lookup::End(seconds.iter().map(|one| format!("{PART}{one}")).collect()),
                    (None, None) => Lookup::All,
                }
            }
            _ => Lookup::All,
        }
    }

    /// The condition as it is asked of this rollup's values, which are cut.
    pub fn condition(&self, condition: &Condition) -> Condition {
        let bytes_max = match self.parts.len() {
            2 => PAIR_PART_BYTES_MAX,
            _ if self.name.is_empty() => VALUE_BYTES_MAX,
            _ => VALUE_BYTES_MAX - self.name.len() - PART.len_utf8(),
        };
        condition.cut(bytes_max)
    }

    /// What stored values begin with, where they bear their names.
    pub fn prefix(&self) -> String {
        if self.name.is_empty() { String::new() } else { format!("{}{PART}", self.name) }
    }

    fn one(dimension: Dimension, field: &str, settings: &Settings) -> Result<Self, QueryError> {
        let rollup = rollup(dimension, field)?;
        let name = match dimension {
            Dimension::Property(name) => name.as_str().to_owned(),
            _ => String::new(),
        };
        if rollup == RollupDimension::Property && !settings.properties.contains(&name) {
            let declared = listed(settings.properties.iter().cloned());
            let detail = format!("{name} is not a declared property of this site; declared: {declared}");
            return Err(QueryError::new(field, detail));
        }
        Ok(Self { dimension: rollup, name, parts: vec![dimension] })
    }

    fn pair(first: Dimension, second: Dimension, field: &str, settings: &Settings) -> Result<Self, QueryError> {
        let asked = (rollup(first, field)?, rollup(second, field)?);
        let is_asked = |pair: &&(RollupDimension, RollupDimension)| **pair == asked || (pair.1, pair.0) == asked;
        let Some(declared) = settings.pairs.iter().find(is_asked) else {
            let declared = listed(settings.pairs.iter().map(|(a, b)| format!("{} and {}", a.name(), b.name())));
            let (first, second) = (asked.0.name(), asked.1.name());
            let detail = format!("{first} and {second} are not counted together; declared pairs: {declared}");
            return Err(QueryError::new(field, detail));
        };
        let parts = if *declared == asked { vec![first, second] } else { vec![second, first] };
        let name = format!("{}{PART}{}", declared.0.name(), declared.1.name());
        Ok(Self { dimension: RollupDimension::Pair, name, parts })
    }

    /// A rollup of single events tells nothing of visits, and one of visits' pages nothing of events.
    fn check_metrics(&self, metrics: &[Metric]) -> Result<(), QueryError> {
        if let Some(metric) = metrics.iter().find(|one| matches!(one, Metric::AverageOrder | Metric::Orders)) {
            let detail = format!("{} is told by single events alone", metric.name());
            return Err(QueryError::new("metrics", detail));
        }
        for rollup in self.parts.iter().filter_map(|part| RollupDimension::of(*part)) {
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
}

/// In the order in which rows stand, each once.
fn ascending(texts: impl Iterator<Item = String>) -> Vec<String> {
    texts.collect::<BTreeSet<_>>().into_iter().collect()
}

/// An event may reach several goals and is counted under each, so what more than one of them says cannot be added.
fn check_goals(
    by: &[Dimension],
    condition: &Condition,
    filters: impl Fn(Dimension) -> String,
) -> Result<(), QueryError> {
    let required = condition.required(Dimension::Goal);
    if condition.tests_of(Dimension::Goal) == 0 {
        return Ok(());
    }
    let is_one = matches!(required.as_slice(), [Test::Is(goals)] if goals.len() == 1);
    let is_plain = condition.tests_of(Dimension::Goal) == required.len();
    if is_plain && (is_one || by.contains(&Dimension::Goal)) {
        return Ok(());
    }
    Err(QueryError::new(&filters(Dimension::Goal), "events that reach one of several goals are not counted together"))
}

fn rollup(dimension: Dimension, field: &str) -> Result<RollupDimension, QueryError> {
    let found = RollupDimension::of(dimension);
    found.ok_or_else(|| QueryError::new(field, format!("{dimension} is told by single events alone")))
}

fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

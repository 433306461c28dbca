//! From what was found to what is answered.

use std::collections::{BTreeSet, HashMap};

use wire::query::{Compared, Instants, Metric, Row};

use super::cells::row;
use super::plan::{Plan, Sides};
use super::{Counted, Found, Group, Question, Tally};
use crate::sketch::SketchError;

/// The parts of an answer that come from what was counted.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    /// The rows that were asked for.
    pub rows: Vec<Row>,
    /// How many there are.
    pub total_rows: usize,
    /// Everything in one row.
    pub totals: Option<Row>,
    /// The same of then.
    pub comparison: Option<Compared>,
    /// Rollup rows or events that were read.
    pub rows_read: u64,
    /// Share of the visitors that were looked at, where it is not all of them.
    pub sampled: Option<f64>,
    /// Relative standard error of distinct visitors.
    pub visitors_error: f64,
    /// Currencies that something was paid in, where amounts are converted.
    pub currencies: BTreeSet<String>,
}

/// Rows of what a store found, in the question's order and within its limits, and how many there are.
///
/// * `all_visitors`: distinct visitors of everything, for [`Metric::Percentage`]
///
/// # Errors
/// [`SketchError`] when a stored sketch is damaged.
pub fn answer(question: &Question, found: Found, all_visitors: u64) -> Result<(Vec<Row>, usize), SketchError> {
    let mut tally = Tally::counted(found);
    let ranked = rank(question, &mut tally)?;
    let rows = rows(question, &mut tally, &ranked, all_visitors)?;
    Ok((rows, tally.groups().len()))
}

impl Plan {
    /// Puts an answer together from what was found for each part of the plan.
    ///
    /// # Errors
    /// [`SketchError`] when a stored sketch is damaged.
    pub fn answer(&self, mut now: Sides<Tally>, mut then: Option<Sides<Tally>>) -> Result<Told, SketchError> {
        let currencies = self.converted(&mut now, then.as_mut());
        let question = &self.now.rows.question;
        let all = everything(&self.now.totals.as_ref().map(|ask| &ask.question), &mut now.totals)?;
        let ranked = rank(question, &mut now.rows)?;
        let mut told = Told {
            rows: rows(question, &mut now.rows, &ranked, all.1)?,
            total_rows: now.rows.groups().len(),
            totals: all.0.filter(|_| self.wants_totals),
            currencies,
            ..Told::default()
        };
        let mut parts = vec![&now.rows];
        parts.extend(&now.totals);
        told.note(&parts);
        if let (Some(plan), Some(mut then)) = (&self.then, then) {
            let all = everything(&plan.asks.totals.as_ref().map(|ask| &ask.question), &mut then.totals)?;
            let groups = ranked.iter().filter_map(|at| now.rows.groups().get(*at));
            let rows = compared(&plan.asks.rows.question, &mut then.rows, groups, &plan.pairs, all.1)?;
            let (start, end) = (self.zone.text(plan.period.start_ms), self.zone.text(plan.period.end_ms));
            let totals = all.0.filter(|_| self.wants_totals);
            told.comparison = Some(Compared { date_range: Instants { start, end }, rows, totals });
            let mut parts = vec![&then.rows];
            parts.extend(&then.totals);
            told.note(&parts);
        }
        Ok(told)
    }

    /// Converts amounts where that is asked for; answers the currencies that they were in.
    fn converted(&self, now: &mut Sides<Tally>, then: Option<&mut Sides<Tally>>) -> BTreeSet<String> {
        let mut currencies = BTreeSet::new();
        let Some(conversion) = &self.conversion else { return currencies };
        for side in [Some(now), then].into_iter().flatten() {
            for tally in [Some(&mut side.rows), side.totals.as_mut()].into_iter().flatten() {
                tally.convert(conversion, &mut currencies);
            }
        }
        currencies
    }
}

impl Told {
    fn note(&mut self, parts: &[&Tally]) {
        for part in parts {
            self.rows_read += part.rows_read();
            self.sampled = part.sampled().or(self.sampled);
            self.visitors_error = self.visitors_error.max(part.visitors_error());
        }
    }
}

fn wants_visitors(question: &Question) -> bool {
    question.metrics.iter().any(|metric| metric.is_of_visitors())
}

/// Fills the gaps of a series, and finds the groups to answer.
fn rank(question: &Question, tally: &mut Tally) -> Result<Vec<usize>, SketchError> {
    tally.fill(question);
    tally.ranked(question)
}

fn rows(question: &Question, tally: &mut Tally, at: &[usize], all_visitors: u64) -> Result<Vec<Row>, SketchError> {
    let mut rows = Vec::with_capacity(at.len());
    for at in at {
        let group = if wants_visitors(question) { tally.group(*at)? } else { tally.groups().get(*at) };
        rows.extend(group.map(|group| row(question, group, all_visitors)));
    }
    Ok(rows)
}

/// The row of everything, and its visitors.
fn everything(question: &Option<&Question>, tally: &mut Option<Tally>) -> Result<(Option<Row>, u64), SketchError> {
    let (Some(question), Some(tally)) = (question, tally) else { return Ok((None, 0)) };
    tally.fill(question);
    let Some(group) = tally.group(0)? else { return Ok((None, 0)) };
    let visitors = group.counted.visitors;
    Ok((Some(row(question, group, visitors)), visitors))
}

/// For each group the row of then: of the same values, in the bucket that is compared with its own.
fn compared<'a>(
    question: &Question,
    tally: &mut Tally,
    groups: impl Iterator<Item = &'a Group>,
    pairs: &[Option<usize>],
    all_visitors: u64,
) -> Result<Vec<Option<Row>>, SketchError> {
    let known = tally.groups().iter().zip(0..).map(|(group, at)| ((group.bucket, group.values.clone()), at));
    let known: HashMap<(usize, Vec<String>), usize> = known.collect();
    let mut rows = Vec::new();
    for group in groups {
        let Some(bucket) = pairs.get(group.bucket).copied().flatten() else {
            rows.push(None);
            continue;
        };
        let key = (bucket, group.values.clone());
        let found = match known.get(&key) {
            Some(at) => tally.group(*at)?.cloned(),
            None => None,
        };
        let group = found.unwrap_or(Group { bucket, values: key.1, counted: Counted::default() });
        rows.push(Some(row(question, &group, all_visitors)));
    }
    Ok(rows)
}

/// Whether metrics are told by more than their own group.
pub(super) fn takes_everything(metrics: &[Metric]) -> bool {
    metrics.contains(&Metric::Percentage)
}

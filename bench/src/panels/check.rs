//! Whether an answer is what a peer finds: counters exactly, distinct visitors within the error that the answer states.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::cases::{Case, Source};
use crate::query::peer::{Peer, Rows};

/// Furthest that an estimate may be off, in the standard errors that its answer states: of a thousand rows one is off by
/// 3.3 of them by chance.
const ERRORS_MAX: f64 = 5.0;

/// Of few visitors, so many beyond those errors may fall into registers of others: of 42, two do in one of 700 rows.
const ALIKE_MAX: f64 = 2.0;

/// ± that holds in 95 of 100 cases, in standard errors.
const NINETY_FIVE: f64 = 1.96;

/// Means are answered in tenths.
const TENTH: f64 = 0.0501;

/// How far estimates of distinct visitors are off.
#[derive(Default)]
pub struct Errors {
    rows: u64,
    within: u64,
    worst: f64,
}

impl Errors {
    /// Rows that are within the error that holds for 95 of 100, and the worst of all in standard errors.
    pub fn text(&self) -> String {
        let share = self.within as f64 * 100.0 / self.rows.max(1) as f64;
        format!("{share:.0} % within ±1.96 σ of {} rows, worst {:.1} σ", self.rows, self.worst)
    }
}

/// Holds an answer against a peer's.
///
/// # Errors
/// When they differ.
pub fn check(case: &Case, answer: &Value, peer: &mut Peer, errors: &mut Errors) -> Result<()> {
    let theirs = peer.query(&case.sql, Rows::All)?.data;
    let ours = answer.get("rows").and_then(Value::as_array).context("no rows")?;
    let found = (case.name.as_str(), peer.name, ours.len());
    ensure!(ours.len() == theirs.len(), "{found:?}: {} rows there", theirs.len());
    let error = answer.pointer("/meta/unique_users/standard_error").and_then(Value::as_f64).context("no error")?;
    ensure!((case.source == Source::Raw) == (error == 0.0), "{found:?}: a standard error of {error}");
    let dimensions = case.by.len();
    let mut by_values = BTreeMap::new();
    for (at, row) in theirs.iter().enumerate() {
        by_values.insert(key(case, at, row.iter().take(dimensions)), row);
    }
    for (at, row) in ours.iter().enumerate() {
        let key = key(case, at, case.by.iter().filter_map(|by| row.get(by)));
        let theirs = by_values.get(&key).with_context(|| format!("{found:?}: {key:?} is not there"))?;
        let number = |at: usize| theirs.get(dimensions + at).and_then(Value::as_f64).unwrap_or(f64::NAN);
        let own = |name: &str| row.get(name).and_then(Value::as_f64).unwrap_or(f64::NAN);
        for (at, metric) in case.exact.iter().enumerate() {
            let is_mean = matches!(*metric, "bounce_rate" | "visit_duration");
            let (ours, theirs) = (own(metric), number(at));
            let most = if is_mean { TENTH } else { 0.0 };
            ensure!((ours - theirs).abs() <= most, "{found:?}, {key:?}: {metric} {ours}, there {theirs}");
        }
        let (ours, theirs) = (own("unique_users"), number(case.exact.len()));
        let off = (ours - theirs).abs();
        // Of few, a whole one more or less is a large part.
        let sigmas = if off <= 1.0 && error > 0.0 { 0.0 } else { off / (error * theirs) };
        let most = if error > 0.0 { ERRORS_MAX * error * theirs + ALIKE_MAX } else { 0.0 };
        ensure!(off <= most, "{found:?}, {key:?}: {ours} visitors, there {theirs}");
        let sigmas = if off == 0.0 { 0.0 } else { sigmas };
        errors.rows += 1;
        errors.within += u64::from(sigmas <= NINETY_FIVE);
        errors.worst = errors.worst.max(sigmas);
    }
    Ok(())
}

/// What tells a row apart: its values, of days its place.
fn key<'a>(case: &Case, at: usize, values: impl Iterator<Item = &'a Value>) -> Vec<String> {
    match case.is_series() {
        true => vec![at.to_string()],
        false => values.map(|value| value.as_str().unwrap_or_default().to_owned()).collect(),
    }
}

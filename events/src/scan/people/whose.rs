//! Whose events matter at all: where few do something, only theirs are decoded.

use domain::analysis::{Ask, Keep, Whose};
use hashbrown::HashSet;
use wire::analysis::Unit;

use super::super::filter::{self, Mask};
use super::super::parts::Part;
use super::super::values::Numbers;
use super::super::{ScanError, check};
use super::in_threads;
use crate::schema;
use crate::store::Budget;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Part of a scan's memory that the units who matter may take; with more of them all are looked at.
const MEMORY_PART: usize = 8;

/// Bytes of one that matters: its number, and what a set has besides, while it grows too.
const BYTES_EACH: usize = 32;

/// Those that matter.
pub struct Members(HashSet<u64>);

impl Members {
    /// Whether a unit does.
    pub fn has(&self, unit: u64) -> bool {
        self.0.contains(&unit)
    }
}

/// The column that says whose an event is.
pub fn column(unit: Unit) -> &'static str {
    match unit {
        Unit::Users => schema::VISITOR,
        Unit::Sessions => schema::SESSION,
    }
}

/// Those for which the first condition holds once, where a question wants no others; none for all.
///
/// # Errors
/// [`ScanError`] when nobody waits any more, or a column cannot be read.
pub fn members(parts: &[Part<'_>], ask: &Ask, budget: &Budget) -> Result<Option<Members>, ScanError> {
    let (Keep::Visits(Whose::Matching(span)), Some(condition)) = (&ask.keep, ask.conditions.first()) else {
        return Ok(None);
    };
    let most = budget.bytes_max / MEMORY_PART / BYTES_EACH;
    let (next, held) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let run = || -> Result<HashSet<u64>, ScanError> {
        let mut found = HashSet::new();
        while let Some(part) = parts.get(next.fetch_add(1, Ordering::Relaxed)) {
            if part.span.start >= span.end || part.span.end <= span.start {
                continue;
            }
            for at in 0..part.blocks() {
                check(budget)?;
                if held.load(Ordering::Relaxed) > most {
                    return Ok(found);
                }
                let before = found.len();
                some(part, at, ask, condition, span, &mut found)?;
                held.fetch_add(found.len() - before, Ordering::Relaxed);
            }
        }
        Ok(found)
    };
    let mut all = HashSet::new();
    for found in in_threads(budget.threads.min(parts.len().max(1)), |_| run())? {
        all.extend(found?);
    }
    Ok((held.into_inner() <= most).then_some(Members(all)))
}

/// Those of one block.
fn some(
    part: &Part<'_>,
    at: usize,
    ask: &Ask,
    condition: &domain::query::Condition,
    span: &Range<u64>,
    found: &mut HashSet<u64>,
) -> Result<(), ScanError> {
    let Some(mut block) = part.block(at, None) else { return Ok(()) };
    let passing = filter::rows(&ask.condition, &mut block)?.and(filter::rows(condition, &mut block)?);
    let rows: Vec<u32> = (0..).take(block.rows()).filter(|row| passing.has(*row as usize)).collect();
    if rows.is_empty() {
        return Ok(());
    }
    block.focus(Some(rows));
    let (units, times) = (block.numbers(column(ask.unit))?, block.at()?);
    let those = times.iter().enumerate().filter(|(_, at_ms)| span.contains(at_ms)).map(|(row, _)| units.get(row));
    found.extend(those.filter(|unit| *unit != 0));
    Ok(())
}

/// The rows of a block that pass and whose unit is wanted. Whether it is, is asked once for each that stands behind one
/// another.
pub fn rows(units: &Numbers, passing: &Mask, is_wanted: impl Fn(u64) -> bool) -> Vec<u32> {
    let each = |codes: &[u32], outcomes: &[bool]| -> Vec<u32> {
        let is = |code: u32| outcomes.get(code as usize).copied().unwrap_or_default();
        (0..).zip(codes).filter(|(row, code)| is(**code) && passing.has(*row as usize)).map(|(row, _)| row).collect()
    };
    match units {
        Numbers::Coded(codes, values) => {
            let outcomes: Vec<bool> = values.iter().map(|unit| is_wanted(*unit)).collect();
            each(codes, &outcomes)
        }
        Numbers::Plain(units) => {
            let (mut before, mut is_one) = (0, is_wanted(0));
            let mut wanted = Vec::new();
            for (row, unit) in (0..).zip(units) {
                if *unit != before {
                    (before, is_one) = (*unit, is_wanted(*unit));
                }
                if is_one && passing.has(row as usize) {
                    wanted.push(row);
                }
            }
            wanted
        }
    }
}

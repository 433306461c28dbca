//! A condition over rows: every test is made once for each distinct text, and rows only look its outcome up.

use std::sync::Arc;

use domain::behaviour::Members;
use domain::page;
use domain::query::{Condition, Test};
use wire::frame::PART;
use wire::limits::VALUE_BYTES_MAX;
use wire::query::Dimension;

use super::ScanError;
use super::block::Block;

/// Which rows of a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mask {
    /// All, or none.
    Every(bool),
    /// Those that have a one; the others have zero.
    Each(Vec<u8>),
}

impl Mask {
    /// Rows for which both hold.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Every(true), other) | (other, Self::Every(true)) => other,
            (Self::Every(false), _) | (_, Self::Every(false)) => Self::Every(false),
            (Self::Each(mut all), Self::Each(others)) => {
                all.iter_mut().zip(others).for_each(|(one, other)| *one &= other);
                Self::Each(all)
            }
        }
    }

    /// Whether a row is one of them.
    pub fn has(&self, row: usize) -> bool {
        match self {
            Self::Every(every) => *every,
            Self::Each(all) => all.get(row).is_some_and(|passes| *passes != 0),
        }
    }
}

/// The condition with its values cut as the values are that they are compared with.
pub fn as_counted(condition: &Condition) -> Condition {
    let all = |many: &[Condition]| many.iter().map(as_counted).collect();
    match condition {
        Condition::Test(Dimension::Property(name), Test::Is(values)) => {
            let bytes_max = VALUE_BYTES_MAX.saturating_sub(name.as_str().len() + PART.len_utf8());
            let values = values.iter().map(|value| page::cut(value, bytes_max).to_owned()).collect();
            Condition::Test(Dimension::Property(*name), Test::Is(values))
        }
        Condition::Test(..) | Condition::Behaved(_) | Condition::Among(_) => condition.clone(),
        Condition::All(many) => Condition::All(all(many)),
        Condition::Any(many) => Condition::Any(all(many)),
        Condition::Not(one) => Condition::Not(Box::new(as_counted(one))),
    }
}

/// The rows for which a condition holds. Columns are decoded only where the dictionaries leave it open.
///
/// # Errors
/// [`ScanError`] when a column cannot be read.
pub fn rows(condition: &Condition, block: &mut Block<'_>) -> Result<Mask, ScanError> {
    let open = resolve(condition, block)?;
    if let Open::Every(every) = open {
        return Ok(Mask::Every(every));
    }
    let mut rows = vec![1; block.rows()];
    narrow(&open, block, &mut rows)?;
    Ok(if rows.contains(&1) { Mask::Each(rows) } else { Mask::Every(false) })
}

/// A condition over the texts of one block.
enum Open {
    Every(bool),
    Table(Dimension, Vec<bool>),
    /// Rows of these people.
    Among(Arc<Members>),
    All(Vec<Open>),
    Any(Vec<Open>),
    Not(Box<Open>),
}

impl Open {
    /// About how many of a thousand rows pass, as if every text came as often.
    fn per_mille(&self) -> usize {
        match self {
            Self::Every(every) => usize::from(*every) * 1000,
            Self::Table(_, table) => table.iter().filter(|passes| **passes).count() * 1000 / table.len().max(1),
            // They are looked up one by one: whatever else leaves few goes first.
            Self::Among(_) => 999,
            Self::All(many) => many.iter().map(Self::per_mille).min().unwrap_or(1000),
            Self::Any(many) => many.iter().map(Self::per_mille).sum::<usize>().min(1000),
            Self::Not(one) => 1000_usize.saturating_sub(one.per_mille()),
        }
    }
}

fn resolve(condition: &Condition, block: &mut Block<'_>) -> Result<Open, ScanError> {
    Ok(match condition {
        Condition::Test(dimension, test) => {
            let values = block.dictionary(*dimension)?;
            let table: Vec<bool> = values.iter().map(|value| passes(*dimension, test, value)).collect();
            match table.first() {
                Some(first) if table.iter().all(|one| one == first) => Open::Every(*first),
                _ => Open::Table(*dimension, table),
            }
        }
        Condition::All(many) => several(many, block, false)?,
        Condition::Any(many) => several(many, block, true)?,
        Condition::Not(one) => match resolve(one, block)? {
            Open::Every(every) => Open::Every(!every),
            Open::Table(dimension, table) => Open::Table(dimension, table.iter().map(|passes| !passes).collect()),
            open => Open::Not(Box::new(open)),
        },
        Condition::Among(members) if members.is_empty() => Open::Every(false),
        Condition::Among(members) => Open::Among(Arc::clone(members)),
        Condition::Behaved(_) => return Err(ScanError::Unresolved),
    })
}

/// `deciding`: the outcome of one that decides for all.
fn several(many: &[Condition], block: &mut Block<'_>, deciding: bool) -> Result<Open, ScanError> {
    let mut open = Vec::with_capacity(many.len());
    for one in many {
        match resolve(one, block)? {
            Open::Every(every) if every == deciding => return Ok(Open::Every(deciding)),
            Open::Every(_) => {}
            one => open.push(one),
        }
    }
    if !deciding {
        // What leaves few goes first: the others need look at those alone.
        open.sort_by_key(Open::per_mille);
    }
    Ok(match open.len() {
        0 => Open::Every(!deciding),
        _ if deciding => Open::Any(open),
        _ => Open::All(open),
    })
}

fn passes(dimension: Dimension, test: &Test, value: &str) -> bool {
    match dimension {
        Dimension::Goal => value.split(PART).any(|goal| test.passes(goal)),
        _ => test.passes(value),
    }
}

/// Makes those rows zero for which it does not hold.
fn narrow(open: &Open, block: &mut Block<'_>, rows: &mut Vec<u8>) -> Result<(), ScanError> {
    match open {
        Open::Every(true) => {}
        Open::Every(false) => rows.fill(0),
        Open::Table(dimension, passes) => block.narrow(*dimension, passes, rows)?,
        Open::Among(members) => {
            let visitors = block.visitors()?;
            let (codes, values) = visitors.as_ref();
            // Neighbours are mostly one person's, of whom many rows are out already.
            let (mut known, mut has) = (None, 0);
            for (row, code) in rows.iter_mut().zip(codes).filter(|(row, _)| **row != 0) {
                if known != Some(*code) {
                    has = u8::from(values.get(*code as usize).is_some_and(|visitor| members.has(*visitor)));
                    known = Some(*code);
                }
                *row &= has;
            }
        }
        Open::All(many) => {
            for one in many {
                narrow(one, block, rows)?;
                if !rows.contains(&1) {
                    break;
                }
            }
        }
        Open::Any(many) => {
            let mut any = vec![0; rows.len()];
            for one in many {
                let mut some = rows.clone();
                narrow(one, block, &mut some)?;
                any.iter_mut().zip(some).for_each(|(any, one)| *any |= one);
            }
            *rows = any;
        }
        Open::Not(one) => {
            let mut some = rows.clone();
            narrow(one, block, &mut some)?;
            rows.iter_mut().zip(some).for_each(|(row, one)| *row &= 1 - one);
        }
    }
    Ok(())
}

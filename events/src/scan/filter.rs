//! A condition over rows: every test is made once for each distinct text, and rows only look its outcome up.

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
    /// Those that are true.
    Each(Vec<bool>),
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

    #[must_use]
    fn not(self) -> Self {
        match self {
            Self::Every(every) => Self::Every(!every),
            Self::Each(mut all) => {
                all.iter_mut().for_each(|one| *one = !*one);
                Self::Each(all)
            }
        }
    }

    /// Whether a row is one of them.
    pub fn has(&self, row: usize) -> bool {
        match self {
            Self::Every(every) => *every,
            Self::Each(all) => all.get(row).copied().unwrap_or_default(),
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
        Condition::Test(..) => condition.clone(),
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
    mask(&open, block)
}

/// A condition over the texts of one block.
enum Open {
    Every(bool),
    Table(Dimension, Vec<bool>),
    All(Vec<Open>),
    Any(Vec<Open>),
    Not(Box<Open>),
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
            open => Open::Not(Box::new(open)),
        },
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

fn mask(open: &Open, block: &mut Block<'_>) -> Result<Mask, ScanError> {
    Ok(match open {
        Open::Every(every) => Mask::Every(*every),
        Open::Table(dimension, table) => {
            let texts = block.texts(*dimension)?;
            let passes = |code: &u32| table.get(*code as usize).copied().unwrap_or_default();
            Mask::Each(texts.codes.iter().map(passes).collect())
        }
        Open::All(many) => {
            let mut all = Mask::Every(true);
            for one in many {
                all = all.and(mask(one, block)?);
                if let Mask::Each(rows) = &all
                    && !rows.contains(&true)
                {
                    return Ok(Mask::Every(false));
                }
            }
            all
        }
        // One of them holds where not all of them do not.
        Open::Any(many) => {
            let mut none = Mask::Every(true);
            for one in many {
                none = none.and(mask(one, block)?.not());
            }
            none.not()
        }
        Open::Not(one) => mask(one, block)?.not(),
    })
}

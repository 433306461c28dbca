//! Columns in memory: texts and numbers as codes, and what the codes mean.

use std::sync::Arc;

use hashbrown::HashMap;

use super::spare::{self, Spare};

/// Distinct texts, in the order of their codes.
#[derive(Clone, Debug, Default)]
pub struct Dictionary {
    /// The texts, and what may stand between them.
    text: String,
    /// Where each begins and ends.
    spans: Vec<(u32, u32)>,
}

impl Dictionary {
    /// Of texts that stand within another, where each begins and ends.
    pub fn within(text: String, spans: Vec<(u32, u32)>) -> Self {
        Self { text, spans }
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// The text of a code; empty for one that there is not.
    pub fn get(&self, code: usize) -> &str {
        let span = self.spans.get(code).map(|(start, end)| *start as usize..*end as usize);
        span.and_then(|span| self.text.get(span)).unwrap_or_default()
    }

    /// All, in the order of their codes.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|code| self.get(code))
    }

    /// Adds one.
    pub fn push(&mut self, text: &str) {
        let start = self.text.len() as u32;
        self.text.push_str(text);
        self.spans.push((start, self.text.len() as u32));
    }
}

/// A column of texts.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// One code a row.
    pub codes: Vec<u32>,
    /// What they mean. Two codes may mean the same.
    pub values: Arc<Dictionary>,
}

/// One code a row, and the numbers that they mean.
pub type Codes = (Vec<u32>, Vec<u64>);

/// A column of numbers.
#[derive(Clone, Debug)]
pub enum Numbers {
    /// One a row.
    Plain(Vec<u64>),
    /// One code a row, and what they mean.
    Coded(Vec<u32>, Vec<u64>),
}

impl Numbers {
    /// A row's number; zero for a row that there is not.
    pub fn get(&self, row: usize) -> u64 {
        match self {
            Self::Plain(numbers) => numbers.get(row),
            Self::Coded(codes, values) => codes.get(row).and_then(|code| values.get(*code as usize)),
        }
        .copied()
        .unwrap_or_default()
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        match self {
            Self::Plain(numbers) => numbers.len(),
            Self::Coded(codes, _) => codes.len(),
        }
    }

    /// The wanted rows of all.
    #[must_use]
    pub fn only(self, wanted: Wanted<'_>) -> Self {
        match self {
            Self::Plain(numbers) => Self::Plain(wanted.of(numbers)),
            Self::Coded(codes, values) => Self::Coded(wanted.of(codes), values),
        }
    }

    /// Whether every number is zero.
    pub fn is_zero(&self) -> bool {
        match self {
            Self::Plain(numbers) | Self::Coded(_, numbers) => numbers.iter().all(|number| *number == 0),
        }
    }

    /// One a row.
    pub fn into_plain(self) -> Vec<u64> {
        match self {
            Self::Plain(numbers) => numbers,
            Self::Coded(codes, values) => {
                codes.iter().map(|code| values.get(*code as usize).copied().unwrap_or_default()).collect()
            }
        }
    }

    /// As codes, of which neighbours share theirs: `(codes, what they mean)`. One number may have several.
    pub fn into_codes(self) -> Codes {
        match self {
            Self::Coded(codes, values) => (codes, values),
            Self::Plain(numbers) => {
                let mut values: Vec<u64> = Vec::new();
                let code = |number: &u64| {
                    if values.last() != Some(number) {
                        values.push(*number);
                    }
                    (values.len() - 1) as u32
                };
                (numbers.iter().map(code).collect(), values)
            }
        }
    }

    /// As codes, one each number.
    pub fn into_distinct(self) -> Codes {
        match self {
            Self::Coded(codes, values) => (codes, values),
            Self::Plain(numbers) => {
                let (mut values, mut known) = (Vec::new(), HashMap::new());
                let code = |number: &u64| {
                    *known.entry(*number).or_insert_with(|| {
                        values.push(*number);
                        (values.len() - 1) as u32
                    })
                };
                (numbers.iter().map(code).collect(), values)
            }
        }
    }
}

/// Which rows of a column are wanted.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// So many, which is all of them.
    All(usize),
    /// Of so many, those from one on and before another.
    Span(usize, usize, usize),
    /// Of so many, these, ascending.
    These(usize, &'a [u32]),
}

impl Wanted<'_> {
    /// Rows of the column.
    pub fn column_rows(self) -> usize {
        match self {
            Self::All(rows) | Self::Span(rows, ..) | Self::These(rows, _) => rows,
        }
    }

    /// Whether a row is wanted of those from one on and before another.
    pub fn meets(self, first: usize, end: usize) -> bool {
        match self {
            Self::All(_) => true,
            Self::Span(_, from, to) => first < to && end > from,
            Self::These(_, rows) => {
                let next = rows.partition_point(|row| (*row as usize) < first);
                rows.get(next).is_some_and(|row| (*row as usize) < end)
            }
        }
    }

    /// Rows that are wanted.
    pub fn len(self) -> usize {
        match self {
            Self::All(rows) => rows,
            Self::Span(_, from, to) => to.saturating_sub(from),
            Self::These(_, rows) => rows.len(),
        }
    }

    /// The wanted ones of a column's rows.
    pub fn of<T: Spare + Default>(self, mut all: Vec<T>) -> Vec<T> {
        match self {
            Self::All(_) => all,
            Self::Span(_, from, to) => {
                all.truncate(to);
                all.drain(..from.min(all.len()));
                all
            }
            Self::These(_, rows) => {
                let mut these = spare::list(rows.len());
                these.extend(rows.iter().map(|row| all.get(*row as usize).copied().unwrap_or_default()));
                spare::keep(all);
                these
            }
        }
    }
}

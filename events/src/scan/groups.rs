//! From values to numbered groups: by position in a table where there are few combinations, by hash where many.

use domain::rollup;
use hashbrown::HashMap;
use std::sync::Arc;
use wire::frame::{PART, RollupDimension};
use wire::limits::QUERY_DIMENSIONS_MAX;
use wire::query::Dimension;

use super::ScanError;
use super::block::Block;
use super::spare::{self, Spare};
use super::values::{Dictionary, Texts};

/// In no group.
pub const NONE: u32 = u32::MAX;

/// Not looked up yet.
const UNKNOWN: u32 = u32::MAX - 1;

/// Combinations of one block's texts that are looked up by position: 4 MB.
const TABLE_MAX: usize = 1 << 20;

/// A bucket of time and the numbers of values; zeros behind those that are asked for.
pub type Key = [u32; QUERY_DIMENSIONS_MAX + 1];

/// Numbers of texts, in the order in which they were first seen.
#[derive(Debug, Default)]
pub struct Interner {
    known: HashMap<String, u32>,
    texts: Dictionary,
}

impl Interner {
    /// A text's number.
    pub fn number(&mut self, text: &str) -> u32 {
        if let Some(number) = self.known.get(text) {
            return *number;
        }
        let number = self.texts.len() as u32;
        self.known.insert(text.to_owned(), number);
        self.texts.push(text);
        number
    }

    /// All texts, in the order of their numbers.
    pub fn texts(&self) -> &Dictionary {
        &self.texts
    }
}

/// Whether a visit is counted by each of its events' values, not by its first event's.
pub fn is_of_event(dimension: Dimension) -> bool {
    let of_visit = |rollup: RollupDimension| {
        rollup::is_of_visit(rollup) || matches!(rollup, RollupDimension::EntryPage | RollupDimension::ExitPage)
    };
    !RollupDimension::of(dimension).is_some_and(of_visit)
}

/// The rows that are looked at.
#[derive(Clone, Debug)]
pub enum Rows {
    /// So many from the first on.
    First(usize),
    /// These, ascending; a row that is in several groups, several times.
    These(Vec<u32>),
}

impl Rows {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::First(rows) => *rows,
            Self::These(rows) => rows.len(),
        }
    }

    /// One of them.
    pub fn row(&self, at: usize) -> Option<u32> {
        match self {
            Self::First(rows) => (at < *rows).then_some(at as u32),
            Self::These(rows) => rows.get(at).copied(),
        }
    }

    /// One by one.
    pub fn each(&self, mut take: impl FnMut(usize, usize)) {
        match self {
            Self::First(rows) => (0..*rows).for_each(|row| take(row, row)),
            Self::These(rows) => rows.iter().enumerate().for_each(|(at, row)| take(at, *row as usize)),
        }
    }

    /// A value of each.
    fn map<T: Copy + Default, U: Spare>(&self, column: &[T], mut value: impl FnMut(T) -> U) -> Vec<U> {
        let mut values = spare::list(self.len());
        match self {
            Self::First(rows) => values.extend(column.iter().take(*rows).map(|of| value(*of))),
            Self::These(rows) => {
                let of = |row: &u32| column.get(*row as usize).copied().unwrap_or_default();
                values.extend(rows.iter().map(|row| value(of(row))));
            }
        }
        values
    }

    /// Keeps their memory.
    pub fn end(self) {
        if let Self::These(rows) = self {
            spare::keep(rows);
        }
    }
}

/// The bucket that each row lies in.
#[derive(Clone, Debug)]
pub enum RowBuckets {
    /// All in one.
    One(u32),
    /// One each row of the block.
    Each(Vec<u32>),
}

/// Combinations of some of a question's dimensions, numbered as they come.
#[derive(Debug, Default)]
pub struct Grouper {
    /// Which: their positions in the question and what they are.
    dimensions: Vec<(usize, Dimension)>,
    numbers: HashMap<Key, u32>,
    keys: Vec<Key>,
}

/// One dimension of one block.
struct Axis {
    position: usize,
    texts: Arc<Texts>,
    /// Numbers among all blocks of what its codes mean.
    numbers: Vec<u32>,
}

impl Grouper {
    /// Of these dimensions, with their positions in the question.
    pub fn new(dimensions: Vec<(usize, Dimension)>) -> Self {
        Self { dimensions, ..Self::default() }
    }

    /// What the groups are made of.
    pub fn keys(&self) -> &[Key] {
        &self.keys
    }

    /// How many groups there are.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// The number of a combination.
    pub fn number(&mut self, key: Key) -> u32 {
        *self.numbers.entry(key).or_insert_with(|| {
            self.keys.push(key);
            (self.keys.len() - 1) as u32
        })
    }

    /// The group of each row: those that lack a value are left out, and a row of several goals comes back several times.
    ///
    /// # Errors
    /// [`ScanError`] when a column cannot be read.
    pub fn assign(
        &mut self,
        block: &mut Block<'_>,
        rows: Rows,
        buckets: &RowBuckets,
        interners: &mut [Interner],
    ) -> Result<(Rows, Vec<u32>), ScanError> {
        if self.dimensions.is_empty()
            && let RowBuckets::One(bucket) = buckets
        {
            let mut key = Key::default();
            key[0] = *bucket;
            let groups = vec![self.number(key); rows.len()];
            return Ok((rows, groups));
        }
        let mut axes = Vec::with_capacity(self.dimensions.len());
        let mut goals = None;
        for (position, dimension) in self.dimensions.clone() {
            let texts = block.texts(dimension)?;
            if dimension == Dimension::Goal {
                goals = Some((position, texts));
            } else {
                let numbers = vec![UNKNOWN; texts.values.len()];
                axes.push(Axis { position, texts, numbers });
            }
        }
        let (mut rows, mut codes_of_goals) = (rows, None);
        if let Some((position, texts)) = goals {
            let (several, goals, codes) = each_goal(&rows, &texts);
            rows = several;
            let numbers = vec![UNKNOWN; goals.len()];
            axes.push(Axis {
                position,
                texts: Arc::new(Texts { codes: Vec::new(), values: Arc::new(goals) }),
                numbers,
            });
            codes_of_goals = Some(codes);
        }
        let first_bucket = match buckets {
            RowBuckets::One(bucket) => *bucket,
            RowBuckets::Each(all) => all.iter().min().copied().unwrap_or_default(),
        };
        let of_time = match buckets {
            RowBuckets::One(_) => 1,
            RowBuckets::Each(all) => (all.iter().max().copied().unwrap_or_default() - first_bucket) as usize + 1,
        };
        let mut sizes = axes.iter().map(|axis| axis.texts.values.len().max(1));
        let combinations = sizes.try_fold(of_time, usize::checked_mul);
        let mut parts = Parts { rows: &rows, axes: &mut axes, buckets, first_bucket, goals: codes_of_goals.as_deref() };
        let groups = match combinations.filter(|product| *product <= TABLE_MAX) {
            Some(combinations) => {
                let mut table = vec![UNKNOWN; combinations];
                let mut combined = parts.combined::<u32>();
                for place in &mut combined {
                    let Some(group) = table.get_mut(*place as usize) else { continue };
                    if *group == UNKNOWN {
                        *group = self.look_up(u64::from(*place), parts.axes, first_bucket, interners);
                    }
                    *place = *group;
                }
                combined
            }
            None => {
                let mut table: HashMap<u64, u32> = HashMap::new();
                let combined = parts.combined::<u64>();
                let group = |place: &u64| {
                    *table.entry(*place).or_insert_with(|| self.look_up(*place, parts.axes, first_bucket, interners))
                };
                let groups = combined.iter().map(group).collect();
                spare::keep(combined);
                groups
            }
        };
        Ok(grouped(rows, groups))
    }

    /// From a combination of one block's codes to a group.
    fn look_up(&mut self, place: u64, axes: &mut [Axis], first_bucket: u32, interners: &mut [Interner]) -> u32 {
        let (mut rest, mut key) = (place, Key::default());
        for axis in axes.iter_mut().rev() {
            let size = axis.texts.values.len().max(1) as u64;
            let code = (rest % size) as usize;
            rest /= size;
            let Some(number) = axis.numbers.get_mut(code) else { return NONE };
            if *number == UNKNOWN {
                let text = axis.texts.values.get(code);
                *number = match interners.get_mut(axis.position) {
                    Some(interner) if !text.is_empty() => interner.number(text),
                    _ => NONE,
                };
            }
            if *number == NONE {
                return NONE;
            }
            if let Some(part) = key.get_mut(axis.position + 1) {
                *part = *number;
            }
        }
        key[0] = first_bucket + rest as u32;
        self.number(key)
    }
}

/// What a row's combination is made of.
struct Parts<'a> {
    rows: &'a Rows,
    axes: &'a mut [Axis],
    buckets: &'a RowBuckets,
    first_bucket: u32,
    goals: Option<&'a [u32]>,
}

impl Parts<'_> {
    /// One number for each row's bucket and codes.
    fn combined<T>(&mut self) -> Vec<T>
    where
        T: Spare + Default + From<u32> + std::ops::Mul<Output = T> + std::ops::Add<Output = T>,
    {
        let mut combined: Option<Vec<T>> = match self.buckets {
            RowBuckets::One(_) => None,
            RowBuckets::Each(all) => Some(self.rows.map(all, |bucket| T::from(bucket - self.first_bucket))),
        };
        for axis in self.axes.iter() {
            let size = T::from(axis.texts.values.len().max(1) as u32);
            let codes = match self.goals {
                Some(goals) if axis.texts.codes.is_empty() => goals.iter().map(|code| T::from(*code)).collect(),
                _ => self.rows.map(&axis.texts.codes, T::from),
            };
            combined = Some(match combined {
                None => codes,
                Some(mut all) => {
                    all.iter_mut().zip(&codes).for_each(|(all, code)| *all = *all * size + *code);
                    spare::keep(codes);
                    all
                }
            });
        }
        combined.unwrap_or_else(|| vec![T::default(); self.rows.len()])
    }
}

/// The rows that are in a group.
fn grouped(rows: Rows, mut groups: Vec<u32>) -> (Rows, Vec<u32>) {
    if !groups.contains(&NONE) {
        return (rows, groups);
    }
    // Which rows are left cannot be foretold: each is written, and kept where it is in a group.
    let mut these = vec![0; groups.len()];
    let mut kept = 0;
    rows.each(|at, row| {
        let group = groups.get(at).copied().unwrap_or(NONE);
        if let (Some(to_row), Some(to_group)) = (these.get_mut(kept), groups.get_mut(kept)) {
            (*to_row, *to_group) = (row as u32, group);
        }
        kept += usize::from(group != NONE);
    });
    these.truncate(kept);
    groups.truncate(kept);
    (Rows::These(these), groups)
}

/// Each row once for each of its goals: rows, goals, and which goal.
fn each_goal(rows: &Rows, texts: &Texts) -> (Rows, Dictionary, Vec<u32>) {
    let mut goals = Interner::default();
    let by_code: Vec<Vec<u32>> = texts
        .values
        .iter()
        .map(|all| all.split(PART).filter(|goal| !goal.is_empty()).map(|goal| goals.number(goal)).collect())
        .collect();
    let (mut several, mut codes) = (Vec::new(), Vec::new());
    rows.each(|_, row| {
        let code = texts.codes.get(row).copied().unwrap_or_default();
        for goal in by_code.get(code as usize).into_iter().flatten() {
            several.push(row as u32);
            codes.push(*goal);
        }
    });
    (Rows::These(several), goals.texts, codes)
}

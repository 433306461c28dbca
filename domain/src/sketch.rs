//! Counting distinct things in a few bytes: HyperLogLog with 2^14 registers.
//!
//! Flajolet et al., *HyperLogLog* (2007); the estimator is Ertl's improved raw estimator,
//! *New cardinality estimation algorithms for HyperLogLog sketches* (2017), algorithm 6: unbiased over the whole
//! range, without tables. Merging is a register-wise maximum, so it is commutative, associative and
//! idempotent: any sharding, order or repetition gives the same registers.
//!
//! A hash's low bits choose the register, 14 of them by [`Precision::MAX`]; the rank is one more than the leading
//! zeros of the rest. Because leading zeros are counted from the other end, a fine sketch holds every coarser one:
//! [`Sketch::fold`].

mod encoding;
mod estimate;
mod precision;
mod union;

pub use encoding::{SketchError, check, merge_lists};
pub use estimate::Estimate;
use estimate::Ranks;
pub use precision::Precision;
pub use union::Union;

/// Relative standard error of an estimate at [`Precision::MAX`], 1.04 / √registers.
pub const STANDARD_ERROR: f64 = 0.008_125;

/// A set of 64-bit hashes, known by its size only.
#[derive(Clone, Debug, Default)]
pub struct Sketch {
    precision: Precision,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    /// Registers above zero as (index, rank), by index.
    Listed(Vec<(u16, u8)>),
    /// Every register.
    Full(Box<[u8]>),
}

impl Default for Form {
    fn default() -> Self {
        Self::Listed(Vec::new())
    }
}

impl PartialEq for Sketch {
    /// Equal precision and registers, whatever the form.
    fn eq(&self, other: &Self) -> bool {
        self.precision == other.precision && self.entries().eq(other.entries())
    }
}

impl Eq for Sketch {}

impl Sketch {
    /// An empty sketch of that precision. [`Sketch::default`] is one of the finest.
    pub fn with_precision(precision: Precision) -> Self {
        Self { precision, form: Form::default() }
    }

    /// How finely it looks.
    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Adds a hash. The bits must be evenly spread and secret: see [`crate::visitor`].
    pub fn insert(&mut self, hash: u64) {
        let (index, rank) = self.precision.split(hash);
        self.raise(index, rank);
    }

    /// Adds every element of `other`. Of two precisions the coarser remains, for the finer one holds it and not the
    /// other way round.
    pub fn merge(&mut self, other: &Self) {
        if self.precision > other.precision {
            *self = self.fold(other.precision);
        } else if self.precision < other.precision {
            return self.merge(&other.fold(self.precision));
        }
        match &other.form {
            Form::Listed(entries) => entries.iter().for_each(|(index, rank)| self.raise(*index, *rank)),
            Form::Full(registers) => {
                for (mine, theirs) in self.full().iter_mut().zip(registers.iter()) {
                    *mine = (*mine).max(*theirs);
                }
            }
        }
    }

    /// The sketch as if the same hashes had been added at this precision, where it is coarser; else unchanged. Each
    /// bit less halves the registers, and so the bytes of a large set, and takes the error times √2.
    #[must_use]
    pub fn fold(&self, precision: Precision) -> Self {
        if precision >= self.precision {
            return self.clone();
        }
        let mut folded = Self::with_precision(precision);
        self.entries().for_each(|(index, rank)| folded.insert(self.precision.hash(index, rank)));
        folded
    }

    /// Whether nothing was ever added.
    pub fn is_empty(&self) -> bool {
        self.entries().next().is_none()
    }

    /// Estimated number of distinct hashes, to the nearest whole number.
    pub fn count(&self) -> u64 {
        self.estimate().count
    }

    /// Estimated number of distinct hashes, with its bounds.
    pub fn estimate(&self) -> Estimate {
        let mut ranks: Ranks = [0; 64];
        let mut add = |rank: u8, registers: u32| {
            if let Some(count) = ranks.get_mut(usize::from(rank)) {
                *count += registers;
            }
        };
        match &self.form {
            Form::Listed(entries) => {
                entries.iter().for_each(|(_, rank)| add(*rank, 1));
                add(0, (self.precision.registers() - entries.len()) as u32);
            }
            Form::Full(registers) => registers.iter().for_each(|rank| add(*rank, 1)),
        }
        Estimate::of(self.precision, &ranks)
    }

    /// Bytes that it takes beside itself.
    pub fn heap_bytes(&self) -> usize {
        match &self.form {
            Form::Listed(entries) => entries.capacity() * size_of::<(u16, u8)>(),
            Form::Full(registers) => registers.len(),
        }
    }

    /// Entries kept as a sorted list before the registers are laid out in full: a list of this length takes a
    /// quarter of the registers' bytes, and inserting into it still costs less than clearing them.
    fn listed_max(&self) -> usize {
        self.precision.registers() / 16
    }

    /// Registers above zero as (index, rank), by index.
    fn entries(&self) -> impl Iterator<Item = (u16, u8)> {
        let (listed, full): (&[(u16, u8)], &[u8]) = match &self.form {
            Form::Listed(entries) => (entries, &[]),
            Form::Full(registers) => (&[], registers),
        };
        listed.iter().copied().chain((0u16..).zip(full.iter().copied()).filter(|(_, rank)| *rank > 0))
    }

    fn raise(&mut self, index: u16, rank: u8) {
        let listed_max = self.listed_max();
        match &mut self.form {
            Form::Listed(entries) => match entries.binary_search_by_key(&index, |entry| entry.0) {
                Ok(at) => {
                    if let Some(entry) = entries.get_mut(at) {
                        entry.1 = entry.1.max(rank);
                    }
                }
                Err(at) => {
                    entries.insert(at, (index, rank));
                    if entries.len() > listed_max {
                        self.full();
                    }
                }
            },
            Form::Full(registers) => {
                if let Some(register) = registers.get_mut(usize::from(index)) {
                    *register = (*register).max(rank);
                }
            }
        }
    }

    /// The registers in full, laid out on first need.
    fn full(&mut self) -> &mut [u8] {
        if let Form::Listed(entries) = &self.form {
            let mut registers = vec![0; self.precision.registers()].into_boxed_slice();
            for (index, rank) in entries {
                if let Some(register) = registers.get_mut(usize::from(*index)) {
                    *register = *rank;
                }
            }
            self.form = Form::Full(registers);
        }
        match &mut self.form {
            Form::Full(registers) => registers,
            Form::Listed(_) => &mut [],
        }
    }
}

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;

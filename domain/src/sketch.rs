//! Counting distinct things in a few bytes: HyperLogLog with 2^14 registers.
//!
//! Flajolet et al., *HyperLogLog* (2007); the estimator is Ertl's improved raw estimator,
//! *New cardinality estimation algorithms for HyperLogLog sketches* (2017), algorithm 6: unbiased over the whole
//! range, without tables. Merging is a register-wise maximum, so it is commutative, associative and
//! idempotent: any sharding, order or repetition gives the same registers.
//!
//! A hash's low [`PRECISION`] bits choose the register; the rank is one more than the leading zeros of the rest.

mod encoding;

pub use encoding::SketchError;

/// Bits of a hash that choose its register.
pub const PRECISION: u32 = 14;

/// Number of registers.
pub const REGISTERS: usize = 1 << PRECISION;

/// Highest rank: all 50 remaining bits zero.
pub const RANK_MAX: u8 = (64 - PRECISION + 1) as u8;

/// Relative standard error of an estimate, 1.04 / √registers.
pub const STANDARD_ERROR: f64 = 0.008_125;

/// Entries kept as a sorted list before the registers are laid out in full: a list of this length takes a
/// quarter of the registers' 16 KiB, and inserting into it still costs less than clearing them.
const LISTED_MAX: usize = 1024;

/// A set of 64-bit hashes, known by its size only.
#[derive(Clone, Debug)]
pub struct Sketch(Form);

#[derive(Clone, Debug)]
enum Form {
    /// Registers above zero as (index, rank), by index.
    Listed(Vec<(u16, u8)>),
    /// Every register.
    Full(Box<[u8]>),
}

impl Default for Sketch {
    fn default() -> Self {
        Self(Form::Listed(Vec::new()))
    }
}

impl PartialEq for Sketch {
    /// Equal registers, whatever the form.
    fn eq(&self, other: &Self) -> bool {
        self.entries().eq(other.entries())
    }
}

impl Eq for Sketch {}

impl Sketch {
    /// Adds a hash. The bits must be evenly spread and secret: see [`crate::visitor`].
    pub fn insert(&mut self, hash: u64) {
        let index = (hash & (REGISTERS as u64 - 1)) as u16;
        let rank = ((hash >> PRECISION).leading_zeros() - PRECISION + 1) as u8;
        self.raise(index, rank);
    }

    /// Adds every element of `other`.
    pub fn merge(&mut self, other: &Self) {
        match &other.0 {
            Form::Listed(entries) => entries.iter().for_each(|(index, rank)| self.raise(*index, *rank)),
            Form::Full(registers) => {
                for (mine, theirs) in self.full().iter_mut().zip(registers.iter()) {
                    *mine = (*mine).max(*theirs);
                }
            }
        }
    }

    /// Whether nothing was ever added.
    pub fn is_empty(&self) -> bool {
        self.entries().next().is_none()
    }

    /// Estimated number of distinct hashes, to the nearest whole number.
    pub fn count(&self) -> u64 {
        let mut ranks = [0u32; RANK_MAX as usize + 1];
        let mut above_zero = 0;
        for (_, rank) in self.entries() {
            if let Some(count) = ranks.get_mut(usize::from(rank)) {
                *count += 1;
            }
            above_zero += 1;
        }
        let zeros = REGISTERS as u32 - above_zero;
        estimate(zeros, ranks.get(1..).unwrap_or_default()).round() as u64
    }

    /// Registers above zero as (index, rank), by index.
    fn entries(&self) -> Box<dyn Iterator<Item = (u16, u8)> + '_> {
        match &self.0 {
            Form::Listed(entries) => Box::new(entries.iter().copied()),
            Form::Full(registers) => {
                let numbered = (0u16..).zip(registers.iter().copied());
                Box::new(numbered.filter(|(_, rank)| *rank > 0))
            }
        }
    }

    fn raise(&mut self, index: u16, rank: u8) {
        match &mut self.0 {
            Form::Listed(entries) => match entries.binary_search_by_key(&index, |entry| entry.0) {
                Ok(at) => {
                    if let Some(entry) = entries.get_mut(at) {
                        entry.1 = entry.1.max(rank);
                    }
                }
                Err(at) => {
                    entries.insert(at, (index, rank));
                    if entries.len() > LISTED_MAX {
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
        if let Form::Listed(entries) = &self.0 {
            let mut registers = vec![0; REGISTERS].into_boxed_slice();
            for (index, rank) in entries {
                if let Some(register) = registers.get_mut(usize::from(*index)) {
                    *register = *rank;
                }
            }
            self.0 = Form::Full(registers);
        }
        match &mut self.0 {
            Form::Full(registers) => registers,
            Form::Listed(_) => &mut [],
        }
    }
}

/// Ertl's estimate from the number of zero registers and of registers at each rank from 1 to [`RANK_MAX`].
fn estimate(zeros: u32, ranks: &[u32]) -> f64 {
    let m = REGISTERS as f64;
    let Some((highest, lower)) = ranks.split_last() else { return 0.0 };
    let mut z = m * tau(1.0 - f64::from(*highest) / m);
    for count in lower.iter().rev() {
        z = 0.5 * (z + f64::from(*count));
    }
    z += m * sigma(f64::from(zeros) / m);
    m * m / (2.0 * std::f64::consts::LN_2 * z)
}

/// Correction for small sets.
fn sigma(mut x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut y, mut z) = (1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z <= before {
            return z;
        }
    }
}

/// Correction for sets so large that hashes run out of bits.
fn tau(mut x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut y, mut z) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z >= before {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
mod tests;

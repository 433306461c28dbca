//! What is handed to a fold: a moment, and what its question asks for besides. What is not asked for costs nothing.

use domain::analysis::{Moment, Paid};

use super::super::ScanError;
use super::super::block::Block;
use super::super::sorter::Spread;
use super::super::values::Numbers;
use crate::schema;

/// A moment, with more or without.
pub trait Handed: Spread<Key = (u64, u64)> + Send + Sync {
    /// What is read of a block besides.
    type More;

    /// Reads it, of the rows that the block looks at.
    ///
    /// # Errors
    /// [`ScanError`] when a column cannot be read.
    fn read(block: &Block<'_>) -> Result<Self::More, ScanError>;

    /// A moment with what a row has besides.
    fn of(moment: Moment, more: &Self::More, row: usize) -> Self;

    /// The moment.
    fn moment(&self) -> &Moment;
}

impl Spread for Moment {
    type Key = (u64, u64);

    fn hash(&self) -> u64 {
        self.unit
    }

    fn key(&self) -> (u64, u64) {
        (self.unit, self.at_ms)
    }
}

impl Handed for Moment {
    type More = ();

    fn read(_: &Block<'_>) -> Result<(), ScanError> {
        Ok(())
    }

    fn of(moment: Moment, (): &(), _: usize) -> Self {
        moment
    }

    fn moment(&self) -> &Moment {
        self
    }
}

impl Spread for Paid {
    type Key = (u64, u64);

    fn hash(&self) -> u64 {
        self.moment.unit
    }

    fn key(&self) -> (u64, u64) {
        self.moment.key()
    }
}

impl Handed for Paid {
    /// Visits and amounts.
    type More = (Numbers, Numbers);

    fn read(block: &Block<'_>) -> Result<Self::More, ScanError> {
        Ok((block.numbers(schema::SESSION)?, block.numbers(schema::REVENUE)?))
    }

    fn of(moment: Moment, (visits, amounts): &Self::More, row: usize) -> Self {
        Self { moment, visit: visits.get(row), micros: amounts.get(row).cast_signed() }
    }

    fn moment(&self) -> &Moment {
        &self.moment
    }
}

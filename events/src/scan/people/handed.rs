//! What is handed to a fold: a moment, and what its question asks for besides. What is not asked for costs nothing.

use domain::analysis::{Keep, Moment, Paid};

use super::super::ScanError;
use super::super::block::Block;
use super::super::sorter::Spread;
use super::super::values::Numbers;
use crate::schema;

/// A moment, with more or without.
pub trait Handed: Spread<Key = (u64, u64)> + Send + Sync {
    /// What is read of a block besides.
    type More;

    /// Reads it, of the rows that the block looks at, as far as what is kept needs it.
    ///
    /// # Errors
    /// [`ScanError`] when a column cannot be read.
    fn read(block: &Block<'_>, keep: &Keep) -> Result<Self::More, ScanError>;

    /// A moment without anything besides.
    fn bare(moment: Moment) -> Self;

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

    fn read(_: &Block<'_>, _: &Keep) -> Result<(), ScanError> {
        Ok(())
    }

    fn bare(moment: Moment) -> Self {
        moment
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
    /// Visits, where a question is about them, and amounts.
    type More = (Numbers, Numbers);

    fn read(block: &Block<'_>, keep: &Keep) -> Result<Self::More, ScanError> {
        let visits = match keep {
            Keep::Visits(_) => block.numbers(schema::SESSION)?,
            _ => Numbers::Plain(Vec::new()),
        };
        Ok((visits, block.numbers(schema::REVENUE)?))
    }

    #[inline]
    fn bare(moment: Moment) -> Self {
        Self { moment, visit: 0, micros: 0 }
    }

    #[inline]
    fn of(moment: Moment, (visits, amounts): &Self::More, row: usize) -> Self {
        Self { moment, visit: visits.get(row), micros: amounts.get(row).cast_signed() }
    }

    fn moment(&self) -> &Moment {
        &self.moment
    }
}

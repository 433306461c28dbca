//! From rows to a block.

use std::collections::BTreeMap;

use super::{
    BLOCK_ROWS_MAX, BOUNCES, Block, BlockError, BlockRow, COLUMNS, CONVERTED, ENGAGED_MS, EVENTS, FORM, PAGEVIEWS,
    QUALITY, SESSIONS, VALUES, VISIT_MS, VISITORS, VISITS,
};
use crate::rollup::{Rollup, VisitSums};

/// Collects rows in ascending order of values and makes a block of them.
#[derive(Debug, Default)]
pub struct Builder {
    columns: [Vec<i64>; COLUMNS],
    values: Vec<u8>,
    visitors: Vec<u8>,
    sessions: Vec<u8>,
    revenue: Vec<u8>,
    paid: u32,
    last: Vec<u8>,
}

impl Builder {
    /// Makes room for all rows of these blocks.
    pub(super) fn reserve(&mut self, blocks: &[&Block]) {
        let rows = blocks.iter().map(|block| block.len()).sum();
        self.columns.iter_mut().for_each(|column| column.reserve(rows));
        let bytes = |part: usize| blocks.iter().map(|block| block.part_bytes(part)).sum();
        self.values.reserve(bytes(VALUES));
        self.visitors.reserve(bytes(VISITORS));
        self.sessions.reserve(bytes(SESSIONS));
    }

    /// Number of rows so far.
    pub fn len(&self) -> usize {
        self.columns.first().map_or(0, Vec::len)
    }

    /// Whether there are no rows yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a row.
    ///
    /// # Errors
    /// [`BlockError`] when its value does not come behind the one before, or there are too many rows.
    pub fn push(&mut self, value: &str, rollup: &Rollup) -> Result<(), BlockError> {
        self.begin(value.as_bytes())?;
        rollup.visitors.encode_into(&mut self.visitors);
        rollup.sessions.encode_into(&mut self.sessions);
        let revenue = rollup.revenue.iter().map(|(currency, micros)| (currency.as_str(), *micros));
        self.end((rollup.pageviews, rollup.events, &rollup.visits), revenue)
    }

    /// Adds a row of another block as it is.
    ///
    /// # Errors
    /// As [`Builder::push`].
    pub fn copy(&mut self, row: BlockRow<'_>) -> Result<(), BlockError> {
        let counts = (row.pageviews(), row.events(), &row.visits());
        self.add(row.value_bytes(), counts, row.visitors(), row.sessions(), row.revenue())
    }

    pub(super) fn add<'a>(
        &mut self,
        value: &[u8],
        counts: (u64, u64, &VisitSums),
        visitors: &[u8],
        sessions: &[u8],
        revenue: impl Iterator<Item = (&'a str, i64)>,
    ) -> Result<(), BlockError> {
        self.begin(value)?;
        self.visitors.extend_from_slice(visitors);
        self.sessions.extend_from_slice(sessions);
        self.end(counts, revenue)
    }

    /// Begins a row; its sketches follow, then [`Builder::end`].
    fn begin(&mut self, value: &[u8]) -> Result<(), BlockError> {
        let rows = self.len();
        if rows > 0 && *value <= *self.last {
            return Err(BlockError::Order(rows));
        }
        if rows >= BLOCK_ROWS_MAX {
            return Err(BlockError::Rows(rows + 1));
        }
        self.last.clear();
        self.last.extend_from_slice(value);
        self.values.extend_from_slice(value);
        Ok(())
    }

    fn end<'a>(
        &mut self,
        (pageviews, events, visits): (u64, u64, &VisitSums),
        revenue: impl Iterator<Item = (&'a str, i64)>,
    ) -> Result<(), BlockError> {
        let rows = self.len();
        let mut row = [0i64; COLUMNS];
        let numbers = [
            (VALUES, self.values.len() as i64),
            (VISITORS, self.visitors.len() as i64),
            (SESSIONS, self.sessions.len() as i64),
            // Counts stop at what a store's numbers hold.
            (PAGEVIEWS, i64::try_from(pageviews).unwrap_or(i64::MAX)),
            (EVENTS, i64::try_from(events).unwrap_or(i64::MAX)),
            (VISITS, visits.visits),
            (BOUNCES, visits.bounces),
            (VISIT_MS, visits.visit_ms),
            (ENGAGED_MS, visits.engaged_ms),
            (CONVERTED, visits.converted),
            (QUALITY, visits.quality),
        ];
        for (column, number) in numbers {
            if let Some(cell) = row.get_mut(column) {
                *cell = number;
            }
        }
        for (column, number) in self.columns.iter_mut().zip(row) {
            column.push(number);
        }
        for (currency, micros) in revenue.filter(|(_, micros)| *micros != 0) {
            let length = u8::try_from(currency.len()).map_err(|_| BlockError::Currency(rows))?;
            self.revenue.extend_from_slice(&(rows as u32).to_le_bytes());
            self.revenue.extend_from_slice(&micros.to_le_bytes());
            self.revenue.push(length);
            self.revenue.extend_from_slice(currency.as_bytes());
            self.paid += 1;
        }
        Ok(())
    }

    /// The block.
    ///
    /// # Errors
    /// [`BlockError`] when it is larger than a block may be.
    pub fn finish(self) -> Result<Block, BlockError> {
        let rows = self.len();
        if rows == 0 {
            return Ok(Block::default());
        }
        let numbers: usize = self.columns.iter().enumerate().map(|(column, cells)| width(column, cells) * rows).sum();
        let mut bytes = Vec::with_capacity(
            40 + numbers + self.values.len() + self.visitors.len() + self.sessions.len() + self.revenue.len(),
        );
        bytes.push(FORM);
        bytes.extend_from_slice(&length(rows)?);
        for (column, cells) in self.columns.iter().enumerate() {
            let width = width(column, cells);
            bytes.push(width as u8);
            // The numbers' own low bytes: what is cut off repeats their sign.
            match width {
                0 => {}
                1 => bytes.extend(cells.iter().map(|cell| *cell as u8)),
                2 => cells.iter().for_each(|cell| bytes.extend_from_slice(&(*cell as u16).to_le_bytes())),
                4 => cells.iter().for_each(|cell| bytes.extend_from_slice(&(*cell as u32).to_le_bytes())),
                _ => cells.iter().for_each(|cell| bytes.extend_from_slice(&cell.to_le_bytes())),
            }
        }
        for part in [&self.values, &self.visitors, &self.sessions] {
            bytes.extend_from_slice(&length(part.len())?);
            bytes.extend_from_slice(part);
        }
        bytes.extend_from_slice(&self.paid.to_le_bytes());
        bytes.extend_from_slice(&self.revenue);
        // What was just written need not be checked.
        Block::laid_out(bytes).map(|(block, _)| block)
    }
}

impl Block {
    /// The block of these rollups. What says nothing is left out.
    ///
    /// # Errors
    /// [`BlockError`] when there are too many.
    pub fn of<'a>(rollups: impl IntoIterator<Item = (&'a str, &'a Rollup)>) -> Result<Self, BlockError> {
        let sorted: BTreeMap<&str, &Rollup> = rollups.into_iter().collect();
        let mut builder = Builder::default();
        for (value, rollup) in sorted.into_iter().filter(|(_, rollup)| !rollup.is_empty()) {
            builder.push(value, rollup)?;
        }
        builder.finish()
    }
}

/// Bytes that the largest of these numbers takes.
fn width(column: usize, cells: &[i64]) -> usize {
    if column < VISITS {
        let largest = cells.iter().copied().max().unwrap_or_default() as u64;
        return match largest {
            0 => 0,
            1..=0xff => 1,
            0x100..=0xffff => 2,
            0x1_0000..=0xffff_ffff => 4,
            _ => 8,
        };
    }
    // Of a negative number, as many as of the positive one with the same bits to tell it by.
    let largest = cells.iter().map(|cell| cell ^ (cell >> 63)).max().unwrap_or_default();
    match largest {
        0 if cells.iter().all(|cell| *cell == 0) => 0,
        0..=0x7f => 1,
        0x80..=0x7fff => 2,
        0x8000..=0x7fff_ffff => 4,
        _ => 8,
    }
}

fn length(length: usize) -> Result<[u8; 4], BlockError> {
    u32::try_from(length).map(u32::to_le_bytes).map_err(|_| BlockError::Length)
}

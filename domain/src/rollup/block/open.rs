//! Reading bytes that may be anything: all that is looked up later is checked here, once.

use super::{BLOCK_ROWS_MAX, Block, COLUMNS, Column, FORM, Paid, SESSIONS, VALUES, VISITORS};

/// Bytes that are not a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// The first byte names no form.
    #[error("block: unknown form {0}")]
    Form(u8),
    /// More rows than a block may have.
    #[error("block: {0} rows, at most {BLOCK_ROWS_MAX}")]
    Rows(usize),
    /// A column of numbers of no width that is written.
    #[error("block: numbers of {0} bytes")]
    Width(u8),
    /// Too short, too long, or a part that ends outside of it.
    #[error("block: its length does not fit its parts")]
    Length,
    /// A value that does not come behind the one before.
    #[error("block: row {0} is out of order")]
    Order(usize),
    /// A value or currency that is no text.
    #[error("block: not UTF-8")]
    Text,
    /// A currency of a row that is not there, out of order or too long.
    #[error("block: revenue of row {0}")]
    Currency(usize),
}

/// Bytes still to be read.
struct Rest<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Rest<'_> {
    fn take(&mut self, length: usize) -> Result<usize, BlockError> {
        let at = self.at;
        let end = at.checked_add(length).filter(|end| *end <= self.bytes.len()).ok_or(BlockError::Length)?;
        self.at = end;
        Ok(at)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], BlockError> {
        let at = self.take(N)?;
        self.bytes.get(at..at + N).and_then(|bytes| bytes.try_into().ok()).ok_or(BlockError::Length)
    }

    fn length(&mut self) -> Result<usize, BlockError> {
        Ok(u32::from_le_bytes(self.array()?) as usize)
    }
}

impl Block {
    /// Reads a block. No bytes at all are one without rows.
    ///
    /// Sketches are taken as they are: who decodes one learns whether it is one.
    ///
    /// # Errors
    /// [`BlockError`] for bytes that are no block.
    pub fn open(bytes: Vec<u8>) -> Result<Self, BlockError> {
        let block = Self::open_kept(bytes)?;
        block.check_values(block.part_bytes(VALUES))?;
        Ok(block)
    }

    /// Reads a block that was checked when it was kept, to look at some of its rows: where they stand is checked again,
    /// whether their values are text and in order is not. What is made of it is for whoever asked alone, and nothing is
    /// kept of it.
    ///
    /// # Errors
    /// [`BlockError`] for bytes whose parts are not where they should be.
    pub fn open_kept(bytes: Vec<u8>) -> Result<Self, BlockError> {
        let (block, lengths) = Self::laid_out(bytes)?;
        for (part, length) in [VALUES, VISITORS, SESSIONS].into_iter().zip(lengths) {
            block.check_ends(part, length)?;
        }
        Ok(block)
    }

    /// Finds the parts of a block, and how long values, visitors and sessions are; what stands in them is not looked at.
    pub(super) fn laid_out(bytes: Vec<u8>) -> Result<(Self, [usize; 3]), BlockError> {
        if bytes.is_empty() {
            return Ok((Self::default(), [0; 3]));
        }
        let mut rest = Rest { bytes: &bytes, at: 0 };
        match rest.array()? {
            [FORM] => {}
            [other] => return Err(BlockError::Form(other)),
        }
        let rows = rest.length()?;
        if rows == 0 || rows > BLOCK_ROWS_MAX {
            return Err(BlockError::Rows(rows));
        }
        let mut columns = [Column::default(); COLUMNS];
        for column in &mut columns {
            let [width] = rest.array()?;
            if !matches!(width, 0 | 1 | 2 | 4 | 8) {
                return Err(BlockError::Width(width));
            }
            let width = usize::from(width);
            *column = Column { at: rest.take(rows * width)?, width };
        }
        let mut parts = [0; 3];
        let mut lengths = [0; 3];
        for (part, length) in parts.iter_mut().zip(&mut lengths) {
            *length = rest.length()?;
            *part = rest.take(*length)?;
        }
        let revenue = revenue(&mut rest, rows)?;
        if rest.at != bytes.len() {
            return Err(BlockError::Length);
        }
        Ok((Self { bytes, rows, columns, parts, revenue }, lengths))
    }

    /// Each end is at or behind the one before, and the last is the whole.
    fn check_ends(&self, part: usize, length: usize) -> Result<(), BlockError> {
        let Column { at, width } = self.columns.get(part).copied().unwrap_or_default();
        let column = self.bytes.get(at..at + self.rows * width).unwrap_or_default();
        let is_ascending = match width {
            0 => true,
            1 => column.is_sorted(),
            2 => is_ascending(column, u16::from_le_bytes),
            4 => is_ascending(column, u32::from_le_bytes),
            _ => is_ascending(column, u64::from_le_bytes),
        };
        if is_ascending && self.part_bytes(part) == length { Ok(()) } else { Err(BlockError::Length) }
    }

    /// All values are text, in their order. Texts one behind the other are a text, which is checked at once; each of them
    /// is one if it begins where a character does.
    fn check_values(&self, length: usize) -> Result<(), BlockError> {
        let [begin, ..] = self.parts;
        let all = self.bytes.get(begin..begin + length).unwrap_or_default();
        let all = std::str::from_utf8(all).map_err(|_| BlockError::Text)?;
        let mut last: &[u8] = &[];
        let mut first = 0;
        for at in 0..self.rows {
            let end = self.number(VALUES, at) as usize;
            let value = all.get(first..end).ok_or(BlockError::Text)?.as_bytes();
            if at > 0 && value <= last {
                return Err(BlockError::Order(at));
            }
            (first, last) = (end, value);
        }
        Ok(())
    }
}

/// Whether numbers are in order. All are looked at, which processors do with many at once.
fn is_ascending<const N: usize, T: PartialOrd>(column: &[u8], number: impl Fn([u8; N]) -> T) -> bool {
    let numbers = column.as_chunks().0;
    let behind = numbers.get(1..).unwrap_or_default();
    numbers.iter().zip(behind).fold(true, |so_far, (one, next)| so_far & (number(*one) <= number(*next)))
}

fn revenue(rest: &mut Rest<'_>, rows: usize) -> Result<Vec<Paid>, BlockError> {
    /// Bytes of one without its currency.
    const PAID_BYTES: usize = 13;
    let count = rest.length()?;
    if count > (rest.bytes.len() - rest.at) / PAID_BYTES {
        return Err(BlockError::Length);
    }
    let mut revenue: Vec<Paid> = Vec::with_capacity(count);
    for _ in 0..count {
        let row = u32::from_le_bytes(rest.array()?);
        let micros = i64::from_le_bytes(rest.array()?);
        let [length] = rest.array()?;
        let currency_bytes = usize::from(length);
        let currency_at = rest.take(currency_bytes)?;
        let currency = |at: usize, length: usize| rest.bytes.get(at..at + length).unwrap_or_default();
        let this = currency(currency_at, currency_bytes);
        if std::str::from_utf8(this).is_err() {
            return Err(BlockError::Text);
        }
        let is_behind =
            revenue.last().is_none_or(|last| (last.row, currency(last.currency_at, last.currency_bytes)) < (row, this));
        if row as usize >= rows || !is_behind {
            return Err(BlockError::Currency(row as usize));
        }
        revenue.push(Paid { row, micros, currency_at, currency_bytes });
    }
    Ok(revenue)
}

//! A sketch as bytes. One byte of form, then the registers; an empty sketch is no bytes at all.
//!
//! | form | then | size |
//! |---|---|---|
//! | 1 listed | per register above zero, by index: gap to the one before as a varint (LEB128), rank as a byte | 4 bytes for one item, ~240 for a hundred |
//! | 2 full | every register in 6 bits, four to three bytes | 12 289 bytes |
//! | 3 coarser, listed | precision as a byte, then as form 1 | 2 bytes more |
//! | 4 coarser, full | precision as a byte, then as form 2 | 3074 bytes at 12 bits |
//!
//! Forms 1 and 2 are of [`Precision::MAX`], 3 and 4 of every other; an empty coarser sketch is form 3 without
//! entries. The form follows from the registers alone, so equal sketches have equal bytes.

mod registers;

use std::cmp::Ordering;

use super::{Form, Precision, Sketch};
pub(super) use registers::{merge_full, merge_listed};

const LISTED: u8 = 1;
const FULL: u8 = 2;
const COARSER_LISTED: u8 = 3;
const COARSER_FULL: u8 = 4;

/// Registers above zero, of 16 384, up to which the list is written; of fewer registers, in proportion. Beyond, at
/// 2 bytes and more each, it would soon not be shorter.
const WRITTEN_LISTED_MAX: usize = 5000;

/// Bytes that are not a sketch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SketchError {
    /// The first byte names no form.
    #[error("sketch: unknown form {0}")]
    UnknownForm(u8),
    /// A precision that a coarser sketch does not have.
    #[error("sketch: precision {0}, must be {min} to {max}", min = Precision::MIN.bits(), max = Precision::MAX.bits() - 1)]
    Precision(u8),
    /// Too short or too long for its form.
    #[error("sketch: {0} bytes do not fit its form")]
    Length(usize),
    /// So many registers above zero are written in the other form.
    #[error("sketch: {0} registers are not written in this form")]
    Form(usize),
    /// A register that does not exist, or is named out of order.
    #[error("sketch: register index out of range or order")]
    Index,
    /// A rank that no hash has.
    #[error("sketch: rank {0}, which no hash has at its precision")]
    Rank(u8),
}

impl Sketch {
    /// The sketch as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.encode_into(&mut bytes);
        bytes
    }

    /// Appends the sketch as bytes.
    pub fn encode_into(&self, bytes: &mut Vec<u8>) {
        let is_finest = self.precision == Precision::MAX;
        let above_zero = match &self.form {
            Form::Listed(entries) => entries.len(),
            Form::Full(registers) => registers.iter().filter(|rank| **rank > 0).count(),
        };
        if above_zero == 0 && is_finest {
            return;
        }
        let mut head = |finest: u8, coarser: u8| match is_finest {
            true => bytes.push(finest),
            false => bytes.extend_from_slice(&[coarser, self.precision.bits()]),
        };
        match &self.form {
            Form::Full(registers) if above_zero > written_listed_max(self.precision) => {
                head(FULL, COARSER_FULL);
                full(bytes, registers);
            }
            _ => {
                head(LISTED, COARSER_LISTED);
                bytes.reserve(3 * above_zero);
                let mut expected = 0;
                for (index, rank) in self.entries() {
                    entry(bytes, index - expected, rank);
                    expected = index + 1;
                }
            }
        }
    }

    /// Adds every element of an encoded sketch, as [`Sketch::merge`] does of a decoded one, mostly without one.
    ///
    /// # Errors
    /// [`SketchError`] for bytes that are no sketch. What of them was read before the fault is added.
    pub fn merge_encoded(&mut self, bytes: &[u8]) -> Result<(), SketchError> {
        match Encoded::of(bytes)? {
            Encoded::Empty if self.precision == Precision::MAX => Ok(()),
            Encoded::Listed(precision, rest) if precision == self.precision => self.merge_listed(rest),
            Encoded::Full(precision, rest) if precision == self.precision => merge_full(precision, rest, self.full()),
            _ => {
                self.merge(&Self::decode(bytes)?);
                Ok(())
            }
        }
    }

    /// A short list is put into a long one entry by entry, two of like length are written anew as one.
    fn merge_listed(&mut self, rest: &[u8]) -> Result<(), SketchError> {
        let precision = self.precision;
        let entries_max = rest.len() / 2;
        let Form::Listed(mine) = &self.form else {
            return each_listed(precision, rest, |index, rank| self.raise(index, rank));
        };
        if entries_max * INSERTED_MAX < mine.len() {
            return each_listed(precision, rest, |index, rank| self.raise(index, rank));
        }
        let mut merged = Vec::with_capacity(mine.len() + entries_max);
        let mut left = mine.as_slice();
        each_listed(precision, rest, |index, rank| {
            let (before, from) = left.split_at(left.iter().take_while(|entry| entry.0 < index).count());
            merged.extend_from_slice(before);
            left = from;
            match from.split_first() {
                Some((also, behind)) if also.0 == index => {
                    merged.push((index, rank.max(also.1)));
                    left = behind;
                }
                _ => merged.push((index, rank)),
            }
        })?;
        merged.extend_from_slice(left);
        self.form = Form::Listed(merged);
        if matches!(&self.form, Form::Listed(entries) if entries.len() > self.listed_max()) {
            self.full();
        }
        Ok(())
    }

    /// Reads a sketch from untrusted bytes. What is allocated is bounded by the registers, whatever the bytes say.
    ///
    /// # Errors
    /// [`SketchError`] for bytes that are no sketch.
    pub fn decode(bytes: &[u8]) -> Result<Self, SketchError> {
        match Encoded::of(bytes)? {
            Encoded::Empty => Ok(Self::default()),
            Encoded::Listed(precision, rest) => of_listed(precision, rest),
            Encoded::Full(precision, rest) => of_full(precision, rest),
        }
    }
}

/// Whether bytes are a sketch, as [`Sketch::decode`] says it, without one.
///
/// # Errors
/// [`SketchError`] for bytes that are no sketch.
pub fn check(bytes: &[u8]) -> Result<(), SketchError> {
    match Encoded::of(bytes)? {
        Encoded::Empty => Ok(()),
        Encoded::Listed(precision, rest) => each_listed(precision, rest, |_, _| {}),
        Encoded::Full(..) => Sketch::decode(bytes).map(|_| ()),
    }
}

/// A list is written anew where it is at most this many times as long as what is added to it: moving so many entries
/// costs as much as finding the place of one.
const INSERTED_MAX: usize = 12;

/// What the head of an encoded sketch says of the rest.
#[derive(Clone, Copy, Debug)]
pub(super) enum Encoded<'a> {
    /// Nothing was added.
    Empty,
    /// Registers above zero follow.
    Listed(Precision, &'a [u8]),
    /// Every register follows.
    Full(Precision, &'a [u8]),
}

impl<'a> Encoded<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, SketchError> {
        match bytes.split_first() {
            None => Ok(Self::Empty),
            Some((&LISTED, [])) => Err(SketchError::Form(0)),
            Some((&LISTED, rest)) => Ok(Self::Listed(Precision::MAX, rest)),
            Some((&FULL, rest)) => Ok(Self::Full(Precision::MAX, rest)),
            Some((&COARSER_LISTED, rest)) => coarser(rest).map(|(precision, rest)| Self::Listed(precision, rest)),
            Some((&COARSER_FULL, rest)) => coarser(rest).map(|(precision, rest)| Self::Full(precision, rest)),
            Some((form, _)) => Err(SketchError::UnknownForm(*form)),
        }
    }
}

/// Registers above zero up to which the list is written.
fn written_listed_max(precision: Precision) -> usize {
    WRITTEN_LISTED_MAX * precision.registers() / Precision::MAX.registers()
}

/// The precision of a coarser sketch, and the bytes behind it.
fn coarser(bytes: &[u8]) -> Result<(Precision, &[u8]), SketchError> {
    let (bits, rest) = bytes.split_first().ok_or(SketchError::Length(0))?;
    let precision = Precision::new(*bits).filter(|precision| *precision < Precision::MAX);
    Ok((precision.ok_or(SketchError::Precision(*bits))?, rest))
}

/// Appends the union of two encoded sketches, encoded, where both are lists of the finest precision and short. Answers
/// false, and appends nothing, for any others.
///
/// # Errors
/// [`SketchError`] when one of them is damaged; what was appended by then means nothing.
pub fn merge_lists(left: &[u8], right: &[u8], merged: &mut Vec<u8>) -> Result<bool, SketchError> {
    let (Encoded::Listed(Precision::MAX, left), Encoded::Listed(Precision::MAX, right)) =
        (Encoded::of(left)?, Encoded::of(right)?)
    else {
        return Ok(false);
    };
    // Two bytes an entry at least.
    if (left.len() + right.len()) / 2 > MERGED_MAX {
        return Ok(false);
    }
    merged.reserve(1 + left.len() + right.len());
    merged.push(LISTED);
    let mut expected = 0;
    let mut write = |index: u16, rank: u8| {
        entry(merged, index - expected, rank);
        expected = index + 1;
    };
    let (mut left, mut right) = (Entries::of(Precision::MAX, left), Entries::of(Precision::MAX, right));
    let (mut mine, mut theirs) = (left.next()?, right.next()?);
    loop {
        let ordering = match (mine, theirs) {
            (None, None) => return Ok(true),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some((index, _)), Some((other, _))) => index.cmp(&other),
        };
        let (taken, also) = (mine.filter(|_| ordering.is_le()), theirs.filter(|_| ordering.is_ge()));
        if let Some((index, rank)) = taken.or(also) {
            write(index, also.map_or(rank, |(_, other)| rank.max(other)));
        }
        if taken.is_some() {
            mine = left.next()?;
        }
        if also.is_some() {
            theirs = right.next()?;
        }
    }
}

/// Appends a sketch of the finest precision, of which every register is known.
pub(super) fn write_registers(bytes: &mut Vec<u8>, registers: &[u8]) {
    if registers.iter().filter(|rank| **rank > 0).count() > WRITTEN_LISTED_MAX {
        bytes.push(FULL);
        full(bytes, registers);
    } else {
        write_listed(bytes, (0u16..).zip(registers.iter().copied()).filter(|(_, rank)| *rank > 0));
    }
}

/// Appends a sketch of the finest precision: its registers above zero, at most [`WRITTEN_LISTED_MAX`] of them, by index.
pub(super) fn write_listed(bytes: &mut Vec<u8>, entries: impl Iterator<Item = (u16, u8)>) {
    let mut expected = 0;
    for (index, rank) in entries {
        if expected == 0 {
            bytes.push(LISTED);
        }
        entry(bytes, index - expected, rank);
        expected = index + 1;
    }
}

/// Entries of two lists that are merged as they are written: beyond, the union is laid out.
const MERGED_MAX: usize = 512;

fn entry(bytes: &mut Vec<u8>, gap: u16, rank: u8) {
    if gap >= 0x80 {
        bytes.push(gap as u8 | 0x80);
        bytes.push((gap >> 7) as u8);
    } else {
        bytes.push(gap as u8);
    }
    bytes.push(rank);
}

fn of_listed(precision: Precision, bytes: &[u8]) -> Result<Sketch, SketchError> {
    let mut entries = Vec::with_capacity(bytes.len().div_ceil(2).min(precision.registers()));
    each_listed(precision, bytes, |index, rank| entries.push((index, rank)))?;
    let mut sketch = Sketch { precision, form: Form::Listed(entries) };
    if matches!(&sketch.form, Form::Listed(entries) if entries.len() > sketch.listed_max()) {
        sketch.full();
    }
    Ok(sketch)
}

/// Hands every entry of a list to `take`, by register.
pub(super) fn each_listed(
    precision: Precision,
    bytes: &[u8],
    mut take: impl FnMut(u16, u8),
) -> Result<(), SketchError> {
    let mut listed = Entries::of(precision, bytes);
    let mut entries = 0;
    while let Some((index, rank)) = listed.next()? {
        take(index, rank);
        entries += 1;
    }
    // None at all is written as no bytes at the finest precision, more than that in full.
    let is_nothing = entries == 0 && precision == Precision::MAX;
    if is_nothing || entries > written_listed_max(precision) {
        return Err(SketchError::Form(entries));
    }
    Ok(())
}

/// The entries of a list, by register.
struct Entries<'a> {
    precision: Precision,
    length: usize,
    rest: std::slice::Iter<'a, u8>,
    expected: u16,
}

impl<'a> Entries<'a> {
    fn of(precision: Precision, bytes: &'a [u8]) -> Self {
        Self { precision, length: bytes.len(), rest: bytes.iter(), expected: 0 }
    }

    fn next(&mut self) -> Result<Option<(u16, u8)>, SketchError> {
        let Some(low) = self.rest.next() else { return Ok(None) };
        let mut gap = u16::from(low & 0x7f);
        if low & 0x80 != 0 {
            let high = self.rest.next().ok_or(SketchError::Length(self.length))?;
            // A gap takes 14 bits, and never more bytes than it needs.
            if *high == 0 || *high > 0x7f {
                return Err(SketchError::Index);
            }
            gap |= u16::from(*high) << 7;
        }
        let rank = *self.rest.next().ok_or(SketchError::Length(self.length))?;
        if rank == 0 || rank > self.precision.rank_max() {
            return Err(SketchError::Rank(rank));
        }
        let index = self.expected + gap;
        if usize::from(index) >= self.precision.registers() {
            return Err(SketchError::Index);
        }
        self.expected = index + 1;
        Ok(Some((index, rank)))
    }
}

fn full(bytes: &mut Vec<u8>, registers: &[u8]) {
    bytes.reserve(registers.len() * 3 / 4);
    for four in registers.chunks_exact(4) {
        let word = four.iter().rev().fold(0u32, |word, rank| word << 6 | u32::from(*rank));
        let [low, middle, high, _] = word.to_le_bytes();
        bytes.extend_from_slice(&[low, middle, high]);
    }
}

fn of_full(precision: Precision, bytes: &[u8]) -> Result<Sketch, SketchError> {
    let mut registers = vec![0; precision.registers()].into_boxed_slice();
    merge_full(precision, bytes, &mut registers)?;
    Ok(Sketch { precision, form: Form::Full(registers) })
}

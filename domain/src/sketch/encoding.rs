//! A sketch as bytes. One byte of form, then the registers; an empty sketch is no bytes at all.
//!
//! | form | then | size |
//! |---|---|---|
//! | 1 listed | per register above zero, by index: gap to the one before as a varint (LEB128), rank as a byte | 4 bytes for one item, ~240 for a hundred |
//! | 2 full | every register in 6 bits, four to three bytes | 12 289 bytes |
//!
//! The form follows from the registers alone, so equal sketches have equal bytes.

use super::{Form, RANK_MAX, REGISTERS, Sketch};

const LISTED: u8 = 1;
const FULL: u8 = 2;

/// Registers above zero up to which the list is written: beyond, at ~2.3 bytes each, it would not be shorter.
const WRITTEN_LISTED_MAX: usize = 5000;

/// Bytes that are not a sketch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SketchError {
    /// The first byte names no form.
    #[error("sketch: unknown form {0}")]
    UnknownForm(u8),
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
    #[error("sketch: rank {0}, at most {RANK_MAX} and above 0")]
    Rank(u8),
}

impl Sketch {
    /// The sketch as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let entries: Vec<(u16, u8)> = self.entries().collect();
        if entries.is_empty() {
            return Vec::new();
        }
        if entries.len() <= WRITTEN_LISTED_MAX { encode_listed(&entries) } else { encode_full(&entries) }
    }

    /// Reads a sketch from untrusted bytes: at most 16 KiB are allocated, whatever they say.
    ///
    /// # Errors
    /// [`SketchError`] for bytes that [`Sketch::encode`] never writes.
    pub fn decode(bytes: &[u8]) -> Result<Self, SketchError> {
        match bytes.split_first() {
            None => Ok(Self::default()),
            Some((&LISTED, rest)) => decode_listed(rest),
            Some((&FULL, rest)) => decode_full(rest),
            Some((form, _)) => Err(SketchError::UnknownForm(*form)),
        }
    }
}

fn encode_listed(entries: &[(u16, u8)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(1 + 3 * entries.len());
    bytes.push(LISTED);
    let mut expected = 0;
    for (index, rank) in entries {
        let gap = index - expected;
        if gap >= 0x80 {
            bytes.push(gap as u8 | 0x80);
            bytes.push((gap >> 7) as u8);
        } else {
            bytes.push(gap as u8);
        }
        bytes.push(*rank);
        expected = index + 1;
    }
    bytes
}

fn decode_listed(bytes: &[u8]) -> Result<Sketch, SketchError> {
    let mut sketch = Sketch::default();
    let mut rest = bytes.iter();
    let mut expected = 0u16;
    let mut listed = 0usize;
    while let Some(low) = rest.next() {
        let mut gap = u16::from(low & 0x7f);
        if low & 0x80 != 0 {
            let high = rest.next().ok_or(SketchError::Length(bytes.len()))?;
            // A gap takes 14 bits, and never more bytes than it needs.
            if *high == 0 || *high > 0x7f {
                return Err(SketchError::Index);
            }
            gap |= u16::from(*high) << 7;
        }
        let rank = *rest.next().ok_or(SketchError::Length(bytes.len()))?;
        if rank == 0 || rank > RANK_MAX {
            return Err(SketchError::Rank(rank));
        }
        let index = expected + gap;
        if usize::from(index) >= REGISTERS {
            return Err(SketchError::Index);
        }
        sketch.raise(index, rank);
        expected = index + 1;
        listed += 1;
    }
    // None at all is written as no bytes, more than that in full.
    if (1..=WRITTEN_LISTED_MAX).contains(&listed) { Ok(sketch) } else { Err(SketchError::Form(listed)) }
}

fn encode_full(entries: &[(u16, u8)]) -> Vec<u8> {
    let mut bytes = vec![FULL];
    bytes.resize(1 + REGISTERS * 3 / 4, 0);
    for (index, rank) in entries {
        let bit = usize::from(*index) * 6;
        let shifted = u16::from(*rank) << (bit % 8);
        let [low, high] = shifted.to_le_bytes();
        for (offset, part) in [low, high].into_iter().enumerate() {
            if let Some(byte) = bytes.get_mut(1 + bit / 8 + offset) {
                *byte |= part;
            }
        }
    }
    bytes
}

fn decode_full(bytes: &[u8]) -> Result<Sketch, SketchError> {
    if bytes.len() != REGISTERS * 3 / 4 {
        return Err(SketchError::Length(bytes.len()));
    }
    let mut registers = Vec::with_capacity(REGISTERS);
    for three in bytes.chunks_exact(3) {
        let word = three.iter().rev().fold(0u32, |word, byte| word << 8 | u32::from(*byte));
        registers.extend((0..4).map(|at| (word >> (6 * at)) as u8 & 0x3f));
    }
    if let Some(rank) = registers.iter().find(|rank| **rank > RANK_MAX) {
        return Err(SketchError::Rank(*rank));
    }
    match registers.iter().filter(|rank| **rank > 0).count() {
        few @ 0..=WRITTEN_LISTED_MAX => Err(SketchError::Form(few)),
        _ => Ok(Sketch(Form::Full(registers.into_boxed_slice()))),
    }
}

//! Raising registers to those of an encoded sketch, without a sketch in between.

use super::{SketchError, WRITTEN_LISTED_MAX, each_listed, written_listed_max};
use crate::sketch::Precision;

/// Registers of the finest precision.
type Registers = [u8; Precision::MAX.registers()];

/// Raises registers to the entries of a list of the finest precision.
pub(in crate::sketch) fn merge_listed(bytes: &[u8], registers: &mut Registers) -> Result<(), SketchError> {
    let merged = match bytes.len() {
        0..SHORT_BYTES => merge_short(bytes, registers),
        _ => merge_long((bytes, 0), registers),
    };
    match merged {
        Some(1..=WRITTEN_LISTED_MAX) => Ok(()),
        // What is wrong with it is told as to who decodes it.
        _ => each_listed(Precision::MAX, bytes, |index, rank| {
            if let Some(register) = registers.get_mut(usize::from(index)) {
                *register = (*register).max(rank);
            }
        }),
    }
}

/// Bytes of a list up to which its gaps take one byte or two in turns, so that no processor guesses which; and many of
/// its entries raise a register.
const SHORT_BYTES: usize = 1500;

/// [`merge_listed`] without anything to be guessed: 2 ns an entry, where [`merge_long`] takes up to 5. Answers the number
/// of entries; none for bytes that are not written so.
fn merge_short(bytes: &[u8], registers: &mut Registers) -> Option<usize> {
    let (mut rest, mut expected, mut entries, mut is_wrong) = (bytes, 0, 0, false);
    while let Some(four) = rest.first_chunk() {
        let four = u32::from_le_bytes(*four);
        let is_wide = four >> 7 & 1;
        let high = four >> 8 & (0xff * is_wide);
        let index = expected + (four & 0x7f | high << 7);
        let rank = (four >> (8 + 8 * is_wide)) as u8;
        is_wrong |= (rank == 0) | (rank > Precision::MAX.rank_max()) | (index as usize >= registers.len());
        is_wrong |= (is_wide == 1) & ((high == 0) | (high > 0x7f));
        let register = registers.get_mut(index as usize % Precision::MAX.registers())?;
        *register = (*register).max(rank);
        (rest, expected, entries) = (rest.get(2 + is_wide as usize..)?, index + 1, entries + 1);
    }
    let behind = merge_long((rest, expected as usize), registers)?;
    (!is_wrong).then_some(entries + behind)
}

/// As [`merge_short`], where most gaps take one byte and few entries raise a register. The list goes on at `expected`.
fn merge_long((mut rest, mut expected): (&[u8], usize), registers: &mut Registers) -> Option<usize> {
    let mut entries = 0;
    loop {
        let (gap, rank, behind) = match rest {
            [] => return Some(entries),
            [gap @ 0..0x80, rank, behind @ ..] => (usize::from(*gap), *rank, behind),
            [low, high @ 1..0x80, rank, behind @ ..] => {
                (usize::from(*low & 0x7f) | usize::from(*high) << 7, *rank, behind)
            }
            _ => return None,
        };
        if rank == 0 || rank > Precision::MAX.rank_max() {
            return None;
        }
        let register = registers.get_mut(expected + gap)?;
        *register = (*register).max(rank);
        (rest, expected, entries) = (behind, expected + gap + 1, entries + 1);
    }
}

/// Raises registers, as many as that precision has, to those that are written in full.
pub(in crate::sketch) fn merge_full(
    precision: Precision,
    bytes: &[u8],
    registers: &mut [u8],
) -> Result<(), SketchError> {
    if bytes.len() != precision.registers() * 3 / 4 {
        return Err(SketchError::Length(bytes.len()));
    }
    let (many, few) = bytes.as_chunks::<{ MANY / 4 * 3 }>();
    let (many_registers, few_registers) = registers.as_chunks_mut::<MANY>();
    let of_many = merge_packed(many, many_registers);
    let of_few = merge_packed(few.as_chunks::<{ FEW / 4 * 3 }>().0, few_registers.as_chunks_mut::<FEW>().0);
    let (above_zero, highest) = (of_many.0 + of_few.0, of_many.1.max(of_few.1));
    if highest > precision.rank_max() {
        return Err(SketchError::Rank(highest));
    }
    if above_zero <= written_listed_max(precision) {
        return Err(SketchError::Form(above_zero));
    }
    Ok(())
}

/// Registers that are unpacked at once; what is counted of them fits a byte.
const MANY: usize = 128;

/// As [`MANY`], of the coarsest sketches: as many as those have.
const FEW: usize = Precision::MIN.registers();

/// Raises registers to those that are packed. Answers how many of these are above zero, and the highest. One thing at a
/// time, for that processors do with many registers at once.
fn merge_packed<const PACKED: usize, const UNPACKED: usize>(
    packed: &[[u8; PACKED]],
    registers: &mut [[u8; UNPACKED]],
) -> (usize, u8) {
    let (mut above_zero, mut highest) = (0, 0);
    for (packed, registers) in packed.iter().zip(registers) {
        let mut ranks = [0; UNPACKED];
        for (six, eight) in packed.as_chunks().0.iter().zip(ranks.as_chunks_mut().0) {
            *eight = unpacked(*six);
        }
        above_zero += usize::from(ranks.iter().fold(0u8, |sum, rank| sum + u8::from(*rank > 0)));
        highest = ranks.iter().fold(highest, |highest, rank| highest.max(*rank));
        for (register, rank) in registers.iter_mut().zip(ranks) {
            *register = (*register).max(rank);
        }
    }
    (above_zero, highest)
}

/// Eight registers of six bits, a byte each.
fn unpacked([a, b, c, d, e, f]: [u8; 6]) -> [u8; 8] {
    let bits = u64::from_le_bytes([a, b, c, d, e, f, 0, 0]);
    let halves = bits & 0xff_ffff | (bits & 0xffff_ff00_0000) << 8;
    let quarters = halves & 0xfff_0000_0fff | (halves & 0xff_f000_00ff_f000) << 4;
    (quarters & 0x003f_003f_003f_003f | (quarters & 0x0fc0_0fc0_0fc0_0fc0) << 2).to_le_bytes()
}

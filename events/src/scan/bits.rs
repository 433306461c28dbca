//! Parquet's encodings of whole numbers, as its specification gives them: `RLE_DICTIONARY`, `DELTA_BINARY_PACKED`,
//! `PLAIN`. Only what segments are written with; the rest of a page is the library's.

use super::ScanError;

/// Numbers that are packed at once.
const GROUP: usize = 8;

const CUT: ScanError = ScanError::Damaged("a page ends within its values");

/// Appends `count` numbers of a page of dictionary indices: a byte of width, then runs and packed groups by turns.
///
/// # Errors
/// [`ScanError::Damaged`] when the page is shorter than it says.
pub fn indices(page: &[u8], count: usize, into: &mut Vec<u32>) -> Result<(), ScanError> {
    let (width, mut rest) = page.split_first().ok_or(CUT)?;
    let width = usize::from(*width);
    if width > 32 {
        return Err(ScanError::Damaged("an index is wider than 32 bits"));
    }
    let end = into.len() + count;
    while into.len() < end {
        let header = varint(&mut rest)?;
        let missing = end - into.len();
        let length = usize::try_from(header >> 1).map_err(|_| CUT)?;
        if header & 1 == 0 {
            let (bytes, behind) = rest.split_at_checked(width.div_ceil(8)).ok_or(CUT)?;
            rest = behind;
            if length == 0 {
                return Err(CUT);
            }
            into.resize(into.len() + length.min(missing), little_endian(bytes) as u32);
        } else {
            let groups = length.min(missing.div_ceil(GROUP));
            // The last group of a page may be cut short.
            let bytes = (groups * width).min(rest.len());
            let (packed, behind) = rest.split_at_checked(bytes).ok_or(CUT)?;
            rest = behind;
            if groups == 0 {
                return Err(CUT);
            }
            unpack(packed, width, groups, into);
            into.truncate(end);
        }
    }
    Ok(())
}

/// Appends `count` numbers of a page of deltas.
///
/// # Errors
/// [`ScanError::Damaged`] when the page is shorter than it says.
pub fn deltas(page: &[u8], count: usize, into: &mut Vec<u64>) -> Result<(), ScanError> {
    let mut rest = page;
    let block = usize::try_from(varint(&mut rest)?).map_err(|_| CUT)?;
    let minis = usize::try_from(varint(&mut rest)?).map_err(|_| CUT)?;
    varint(&mut rest)?;
    let mut last = zigzag(varint(&mut rest)?);
    let per_mini = block.checked_div(minis).filter(|per| *per > 0 && per.is_multiple_of(GROUP)).ok_or(CUT)?;
    let end = into.len() + count;
    if count > 0 {
        into.push(last);
    }
    while into.len() < end {
        let least = zigzag(varint(&mut rest)?);
        let (widths, behind) = rest.split_at_checked(minis).ok_or(CUT)?;
        rest = behind;
        for width in widths.iter().map(|width| usize::from(*width)) {
            if into.len() >= end {
                break;
            }
            if width > 64 {
                return Err(ScanError::Damaged("a delta is wider than 64 bits"));
            }
            let values = per_mini.min(end - into.len());
            let (packed, behind) = rest.split_at_checked((per_mini * width / 8).min(rest.len())).ok_or(CUT)?;
            rest = behind;
            if packed.len() * 8 < values * width {
                return Err(CUT);
            }
            for at in 0..values {
                last = last.wrapping_add(least).wrapping_add(bits(packed, at * width, width));
                into.push(last);
            }
        }
    }
    Ok(())
}

/// Appends `count` numbers of a page of plain ones.
///
/// # Errors
/// [`ScanError::Damaged`] when the page is shorter than that.
pub fn plain(page: &[u8], count: usize, into: &mut Vec<u64>) -> Result<(), ScanError> {
    let (numbers, _) = page.as_chunks::<8>();
    into.extend(numbers.get(..count).ok_or(CUT)?.iter().map(|bytes| u64::from_le_bytes(*bytes)));
    Ok(())
}

/// The texts of a page of plain ones: each behind its length.
///
/// # Errors
/// [`ScanError::Damaged`] when the page is shorter than it says, or holds no text.
pub fn texts<'a>(page: &'a [u8], count: usize, mut take: impl FnMut(&'a str)) -> Result<(), ScanError> {
    let mut rest = page;
    for _ in 0..count {
        let (length, behind) = rest.split_first_chunk::<4>().ok_or(CUT)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| CUT)?;
        let (text, behind) = behind.split_at_checked(length).ok_or(CUT)?;
        take(std::str::from_utf8(text).map_err(|_| ScanError::Damaged("a text is not UTF-8"))?);
        rest = behind;
    }
    Ok(())
}

/// Unpacks groups of eight numbers of `width` bits; what the bytes do not hold is zero.
fn unpack(packed: &[u8], width: usize, groups: usize, into: &mut Vec<u32>) {
    let begin = into.len();
    into.resize(begin + groups * GROUP, 0);
    let out = into.get_mut(begin..).unwrap_or_default();
    macro_rules! by_width {
        ($($w:literal)*) => {
            match width {
                $($w => groups_of::<$w>(packed, out),)*
                _ => out.iter_mut().enumerate().for_each(|(at, out)| *out = bits(packed, at * width, width) as u32),
            }
        };
    }
    by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24);
}

/// With the width known, a group becomes a few shifts.
fn groups_of<const WIDTH: usize>(packed: &[u8], out: &mut [u32]) {
    let (groups, rest) = packed.as_chunks::<WIDTH>();
    let (outs, _) = out.as_chunks_mut::<GROUP>();
    for (group, out) in groups.iter().zip(outs.iter_mut()) {
        *out = group_of(group);
    }
    if let Some(out) = outs.get_mut(groups.len()) {
        let mut last = [0; WIDTH];
        last.iter_mut().zip(rest).for_each(|(byte, from)| *byte = *from);
        *out = group_of(&last);
    }
}

#[inline(always)]
fn group_of<const WIDTH: usize>(group: &[u8; WIDTH]) -> [u32; GROUP] {
    // Room to read eight bytes from any.
    let mut wide = [0_u8; 32];
    wide.iter_mut().zip(group).for_each(|(byte, from)| *byte = *from);
    let mask = (1_u64 << WIDTH) - 1;
    std::array::from_fn(|at| {
        let bytes = wide.get(at * WIDTH / 8..).and_then(|bytes| bytes.first_chunk::<8>());
        (u64::from_le_bytes(*bytes.unwrap_or(&[0; 8])) >> (at * WIDTH % 8) & mask) as u32
    })
}

/// `width` bits from bit `at` on; what lies beyond the bytes is zero.
fn bits(packed: &[u8], at: usize, width: usize) -> u64 {
    if width == 0 {
        return 0;
    }
    let from = packed.get(at / 8..).unwrap_or_default();
    let word = match from.first_chunk::<16>() {
        Some(bytes) => u128::from_le_bytes(*bytes),
        None => from.iter().rev().fold(0, |word, byte| word << 8 | u128::from(*byte)),
    };
    // Cut to the lowest 64 bits, and of those to the width.
    (word >> (at % 8)) as u64 & (u64::MAX >> (64 - width))
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn varint(rest: &mut &[u8]) -> Result<u64, ScanError> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, behind) = rest.split_first().ok_or(CUT)?;
        *rest = behind;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(CUT)
}

fn zigzag(number: u64) -> u64 {
    number >> 1 ^ (number & 1).wrapping_neg()
}

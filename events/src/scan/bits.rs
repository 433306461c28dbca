//! Parquet's encodings of values, as its specification gives them: `DELTA_BINARY_PACKED`, `PLAIN`. Only what segments are
//! written with; the rest of a page is the library's.

use super::values::Dictionary;

/// What is wrong with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage(pub &'static str);

/// Numbers that are packed at once.
pub const GROUP: usize = 8;

/// A page that is too short.
pub const CUT: Damage = Damage("a page ends within its values");

/// Appends `count` numbers of a page of deltas.
///
/// # Errors
/// [`Damage`] when the page is shorter than it says.
pub fn deltas(page: &[u8], count: usize, into: &mut Vec<u64>) -> Result<(), Damage> {
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
                return Err(Damage("a delta is wider than 64 bits"));
            }
            let values = per_mini.min(end - into.len());
            let (packed, behind) = rest.split_at_checked((per_mini * width / 8).min(rest.len())).ok_or(CUT)?;
            rest = behind;
            if packed.len() * 8 < values * width {
                return Err(CUT);
            }
            let begin = into.len();
            into.resize(begin + values, 0);
            for (at, to) in into.iter_mut().skip(begin).enumerate() {
                last = last.wrapping_add(least).wrapping_add(bits(packed, at * width, width));
                *to = last;
            }
        }
    }
    Ok(())
}

/// Appends `count` numbers of a page of plain ones.
///
/// # Errors
/// [`Damage`] when the page is shorter than that.
pub fn plain(page: &[u8], count: usize, into: &mut Vec<u64>) -> Result<(), Damage> {
    let (numbers, _) = page.as_chunks::<8>();
    into.extend(numbers.get(..count).ok_or(CUT)?.iter().map(|bytes| u64::from_le_bytes(*bytes)));
    Ok(())
}

/// One number of a page of plain ones; zero where there is none.
pub fn plain_at(page: &[u8], at: usize) -> u64 {
    let (numbers, _) = page.as_chunks::<8>();
    numbers.get(at).map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The texts of a page of plain ones: each behind its length.
///
/// # Errors
/// [`Damage`] when the page is shorter than it says, or holds no text.
pub fn texts<'a>(page: &'a [u8], count: usize, mut take: impl FnMut(&'a str)) -> Result<(), Damage> {
    let mut rest = page;
    for _ in 0..count {
        let (length, behind) = rest.split_first_chunk::<4>().ok_or(CUT)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| CUT)?;
        let (text, behind) = behind.split_at_checked(length).ok_or(CUT)?;
        take(std::str::from_utf8(text).map_err(|_| Damage("a text is not UTF-8"))?);
        rest = behind;
    }
    Ok(())
}

/// The texts of a page, as they stand in it: as a whole it is a text too, where no length has a byte that is none.
///
/// # Errors
/// As [`texts`].
pub fn dictionary(page: &[u8], count: usize) -> Result<Dictionary, Damage> {
    let mut all = Dictionary::default();
    let Some(whole) = u32::try_from(page.len()).ok().and_then(|_| std::str::from_utf8(page).ok()) else {
        texts(page, count, |text| all.push(text))?;
        return Ok(all);
    };
    let (mut spans, mut end) = (Vec::with_capacity(count.min(page.len() / 4)), 0);
    for _ in 0..count {
        let length = page.get(end..).and_then(|rest| rest.first_chunk::<4>()).ok_or(CUT)?;
        let start = end + length.len();
        end = usize::try_from(u32::from_le_bytes(*length))
            .ok()
            .and_then(|length| start.checked_add(length))
            .ok_or(CUT)?;
        if end > page.len() {
            return Err(CUT);
        }
        if !(whole.is_char_boundary(start) && whole.is_char_boundary(end)) {
            return Err(Damage("a text is not UTF-8"));
        }
        spans.push((start as u32, end as u32));
    }
    Ok(Dictionary::within(whole.to_owned(), spans))
}

/// `width` bits from bit `at` on; what lies beyond the bytes is zero.
pub fn bits(packed: &[u8], at: usize, width: usize) -> u64 {
    if width == 0 {
        return 0;
    }
    let from = packed.get(at / 8..).unwrap_or_default();
    if let (Some(bytes), ..=57) = (from.first_chunk::<8>(), width) {
        return u64::from_le_bytes(*bytes) >> (at % 8) & (u64::MAX >> (64 - width));
    }
    let word = match from.first_chunk::<16>() {
        Some(bytes) => u128::from_le_bytes(*bytes),
        None => from.iter().rev().fold(0, |word, byte| word << 8 | u128::from(*byte)),
    };
    // Cut to the lowest 64 bits, and of those to the width.
    (word >> (at % 8)) as u64 & (u64::MAX >> (64 - width))
}

/// A number of up to eight bytes.
pub fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// A number of seven bits a byte; what is behind it is left.
///
/// # Errors
/// [`Damage`] when it does not end.
pub fn varint(rest: &mut &[u8]) -> Result<u64, Damage> {
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

//! Parquet's encodings of whole numbers, as its specification gives them: `RLE_DICTIONARY`, `DELTA_BINARY_PACKED`,
//! `PLAIN`. Only what segments are written with; the rest of a page is the library's.

use super::values::Dictionary;

/// Widest index whose outcome is looked up in a table that has every index of that width, so that no bound need be
/// looked at: 4 KB.
const WIDTH_OF_TABLE: usize = 12;

/// What is wrong with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage(pub &'static str);

/// Numbers that are packed at once.
const GROUP: usize = 8;

const CUT: Damage = Damage("a page ends within its values");

/// Some indices of a page, one behind the other.
enum Run<'a> {
    /// The same, so often.
    Same(u32, usize),
    /// So many, packed.
    Packed(&'a [u8], usize),
}

/// Hands over the runs of a page of `count` dictionary indices: a byte of width, then runs and packed groups by turns.
/// `take` gets the width too.
fn runs<'a>(page: &'a [u8], count: usize, mut take: impl FnMut(Run<'a>, usize)) -> Result<(), Damage> {
    let (width, mut rest) = page.split_first().ok_or(CUT)?;
    let width = usize::from(*width);
    if width > 32 {
        return Err(Damage("an index is wider than 32 bits"));
    }
    let mut missing = count;
    while missing > 0 {
        let header = varint(&mut rest)?;
        let length = usize::try_from(header >> 1).map_err(|_| CUT)?;
        if length == 0 {
            return Err(CUT);
        }
        if header & 1 == 0 {
            let (bytes, behind) = rest.split_at_checked(width.div_ceil(8)).ok_or(CUT)?;
            rest = behind;
            let length = length.min(missing);
            take(Run::Same(little_endian(bytes) as u32, length), width);
            missing -= length;
        } else {
            let groups = length.min(missing.div_ceil(GROUP));
            // The last group of a page may be cut short.
            let (packed, behind) = rest.split_at_checked((groups * width).min(rest.len())).ok_or(CUT)?;
            rest = behind;
            let length = (groups * GROUP).min(missing);
            if packed.len() * 8 < length * width {
                return Err(CUT);
            }
            take(Run::Packed(packed, length), width);
            missing -= length;
        }
    }
    Ok(())
}

/// Appends `count` indices of a page.
///
/// # Errors
/// [`Damage`] when the page is shorter than it says.
pub fn indices(page: &[u8], count: usize, into: &mut Vec<u32>) -> Result<(), Damage> {
    runs(page, count, |run, width| match run {
        Run::Same(index, length) => into.resize(into.len() + length, index),
        Run::Packed(packed, length) => {
            let end = into.len() + length;
            unpack(packed, width, length.div_ceil(GROUP), into);
            into.truncate(end);
        }
    })
}

/// Which indices pass a test.
pub struct Passing<'a> {
    /// By index; one beyond does not.
    all: &'a [bool],
    /// The same for every index of [`WIDTH_OF_TABLE`] bits: one where it passes, else zero.
    table: Box<[u8; 1 << WIDTH_OF_TABLE]>,
    /// The one that passes, where there is no other.
    only: Option<u32>,
}

impl<'a> Passing<'a> {
    /// Of what passes by index.
    pub fn of(all: &'a [bool]) -> Self {
        let mut table = Box::new([0; 1 << WIDTH_OF_TABLE]);
        table.iter_mut().zip(all).for_each(|(to, passes)| *to = u8::from(*passes));
        let mut passing = (0..).zip(all).filter(|(_, passes)| **passes).map(|(index, _)| index);
        let only = passing.next().filter(|_| passing.next().is_none());
        Self { all, table, only }
    }

    fn has(&self, index: u32) -> bool {
        self.all.get(index as usize).copied().unwrap_or_default()
    }
}

/// Makes those of `rows` zero whose index does not pass; they are one or zero, and as many as the page has indices.
///
/// # Errors
/// As [`indices`].
pub fn narrow(page: &[u8], passing: &Passing<'_>, rows: &mut [u8]) -> Result<(), Damage> {
    let count = rows.len();
    let mut rest = rows;
    runs(page, count, |run, width| {
        let length = match run {
            Run::Same(_, length) | Run::Packed(_, length) => length,
        };
        let Some(some) = rest.split_off_mut(..length) else { return };
        match run {
            Run::Same(index, _) if passing.has(index) => {}
            Run::Same(..) => some.fill(0),
            Run::Packed(packed, _) => narrow_packed(packed, width, passing, some),
        }
    })
}

fn narrow_packed(packed: &[u8], width: usize, passing: &Passing<'_>, rows: &mut [u8]) {
    macro_rules! by_width {
        ($($one:literal)*; $($table:literal)*) => {
            match (width, passing.only) {
                $(($one, Some(only)) => return narrow_groups::<$one>(packed, rows, equal::<$one>(only)),)*
                $(($table, _) => {
                    return narrow_groups::<$table>(packed, rows, |group| looked_up(group, &passing.table));
                })*
                _ => {}
            }
        };
    }
    by_width!(1 2 3 4 5 6 7 8; 1 2 3 4 5 6 7 8 9 10 11 12);
    for (at, row) in rows.iter_mut().enumerate().filter(|(_, row)| **row != 0) {
        *row = u8::from(passing.has(bits(packed, at * width, width) as u32));
    }
}

/// `outcomes`: of a group, a byte each; its first byte is the lowest.
#[inline(always)]
fn narrow_groups<const WIDTH: usize>(packed: &[u8], rows: &mut [u8], outcomes: impl Fn(&[u8; WIDTH]) -> u64) {
    let (groups, cut) = packed.as_chunks::<WIDTH>();
    let (eights, rest) = rows.as_chunks_mut::<GROUP>();
    for (some, group) in eights.iter_mut().zip(groups) {
        let left = u64::from_le_bytes(*some);
        if left != 0 {
            *some = (left & outcomes(group)).to_le_bytes();
        }
    }
    // The last group may lack rows, and the bytes of those.
    let last = outcomes(&groups.get(eights.len()).copied().unwrap_or_else(|| padded(cut)));
    rest.iter_mut().zip(last.to_le_bytes()).for_each(|(row, passes)| *row &= passes);
}

/// Which of a group's indices are this one: all eight are compared at once, as parts of one word.
#[inline(always)]
fn equal<const WIDTH: usize>(only: u32) -> impl Fn(&[u8; WIDTH]) -> u64 {
    let fill = |bits: u64| (0..GROUP).fold(0, |word, at| word | bits << (at * WIDTH));
    // An index that is wider than the others is none of them.
    let (wanted, is_none) = (fill(u64::from(only) & ((1 << WIDTH) - 1)), only >> WIDTH != 0);
    let (low, high) = (fill((1 << (WIDTH - 1)) - 1), fill(1 << (WIDTH - 1)));
    move |group| {
        let word = group.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let differs = word ^ wanted;
        // The highest bit of each part: whether one of its bits differs.
        let same = !(((differs & low) + low) | differs) & high;
        if same == 0 || is_none {
            return 0;
        }
        (0..GROUP).fold(0, |bytes, at| bytes | (same >> (at * WIDTH + WIDTH - 1) & 1) << (at * 8))
    }
}

#[inline(always)]
fn looked_up<const WIDTH: usize>(group: &[u8; WIDTH], table: &[u8; 1 << WIDTH_OF_TABLE]) -> u64 {
    let outcome = |index: u32| table.get(index as usize % table.len()).copied().unwrap_or_default();
    u64::from_le_bytes(group_of(group).map(outcome))
}

/// Appends the indices of some rows: `rows` are ascending, and count from `first` on, which is the page's first.
/// Answers how many of them lie in the page.
///
/// # Errors
/// As [`indices`].
pub fn gather(page: &[u8], count: usize, rows: &[u32], first: usize, into: &mut Vec<u32>) -> Result<usize, Damage> {
    let (mut next, mut start) = (0, first);
    runs(page, count, |run, width| {
        let length = match run {
            Run::Same(_, length) | Run::Packed(_, length) => length,
        };
        while let Some(row) = rows.get(next).map(|row| *row as usize).filter(|row| *row < start + length) {
            into.push(match run {
                Run::Same(index, _) => index,
                Run::Packed(packed, _) => bits(packed, row.saturating_sub(start) * width, width) as u32,
            });
            next += 1;
        }
        start += length;
    })?;
    Ok(next)
}

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
        end = usize::try_from(u32::from_le_bytes(*length)).ok().and_then(|length| start.checked_add(length)).ok_or(CUT)?;
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

/// Unpacks groups of eight numbers of `width` bits; of the last, what the bytes do not hold is zero.
fn unpack(packed: &[u8], width: usize, groups: usize, into: &mut Vec<u32>) {
    let end = into.len() + groups * GROUP;
    into.reserve(groups * GROUP);
    macro_rules! by_width {
        ($($w:literal)*) => {
            match width {
                $($w => groups_of::<$w>(packed, into),)*
                _ => into.extend((0..groups * GROUP).map(|at| bits(packed, at * width, width) as u32)),
            }
        };
    }
    by_width!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24);
    into.resize(end, 0);
}

/// With the width known, a group becomes a few shifts.
fn groups_of<const WIDTH: usize>(packed: &[u8], into: &mut Vec<u32>) {
    let (groups, rest) = packed.as_chunks::<WIDTH>();
    for group in groups {
        into.extend_from_slice(&group_of(group));
    }
    if !rest.is_empty() {
        into.extend_from_slice(&group_of(&padded::<WIDTH>(rest)));
    }
}

fn padded<const WIDTH: usize>(bytes: &[u8]) -> [u8; WIDTH] {
    let mut padded = [0; WIDTH];
    padded.iter_mut().zip(bytes).for_each(|(byte, from)| *byte = *from);
    padded
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

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn varint(rest: &mut &[u8]) -> Result<u64, Damage> {
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

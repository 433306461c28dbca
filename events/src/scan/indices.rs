//! Parquet's encoding of dictionary indices, as its specification gives it: `RLE_DICTIONARY`. Runs are short, eight rows and
//! more, so what they cost is what is done once for each of them.

use super::bits::{CUT, Damage, GROUP, bits, little_endian, varint};

/// Widest index whose outcome is looked up in a table that has every index of that width, so that no bound need be
/// looked at: 4 KB.
const WIDTH_OF_TABLE: usize = 12;

/// Widest index of which eight fit a word.
const WIDTH_OF_WORD: usize = 8;

/// Some indices of a page, one behind the other.
enum Run<'a> {
    /// The same, so often.
    Same(u32, usize),
    /// So many, packed.
    Packed(&'a [u8], usize),
}

impl Run<'_> {
    fn length(&self) -> usize {
        match self {
            Self::Same(_, length) | Self::Packed(_, length) => *length,
        }
    }
}

/// Calls a function that takes the width of a page's indices as a constant: runs are short, and what depends on the width
/// is settled once a page. Width zero is for the caller.
macro_rules! by_width {
    ($width:expr, $function:ident, $arguments:tt) => {
        by_width!($width, $function, $arguments, 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
    };
    ($width:expr, $function:ident, $arguments:tt, $($constant:literal)*) => {
        match $width {
            $($constant => $function::<$constant> $arguments,)*
            _ => Err(Damage("an index is wider than 32 bits")),
        }
    };
}

/// Hands over the runs of a page of `count` dictionary indices, from behind the byte of width on: runs and packed groups by
/// turns.
#[inline(always)]
fn runs<'a, const WIDTH: usize>(mut rest: &'a [u8], count: usize, mut take: impl FnMut(Run<'a>)) -> Result<(), Damage> {
    let mut missing = count;
    while missing > 0 {
        let header = match rest.split_first() {
            Some((short, behind)) if *short < 0x80 => {
                rest = behind;
                u64::from(*short)
            }
            _ => varint(&mut rest)?,
        };
        let length = usize::try_from(header >> 1).map_err(|_| CUT)?;
        if length == 0 {
            return Err(CUT);
        }
        let groups = length.min(missing.div_ceil(GROUP));
        let (is_packed, bytes) = (header & 1 == 1, WIDTH.div_ceil(8));
        // The last group of a page may be cut short.
        let bytes = if is_packed { (groups * WIDTH).min(rest.len()) } else { bytes };
        let (bytes, behind) = rest.split_at_checked(bytes).ok_or(CUT)?;
        rest = behind;
        let length = if is_packed { groups * GROUP } else { length }.min(missing);
        if is_packed && bytes.len() * 8 < length * WIDTH {
            return Err(CUT);
        }
        take(if is_packed { Run::Packed(bytes, length) } else { Run::Same(little_endian(bytes) as u32, length) });
        missing -= length;
    }
    Ok(())
}

/// Appends `count` indices of a page.
///
/// # Errors
/// [`Damage`] when the page is shorter than it says.
pub fn indices(page: &[u8], count: usize, into: &mut Vec<u32>) -> Result<(), Damage> {
    let (width, rest) = page.split_first().ok_or(CUT)?;
    // The last group may have more than the page.
    into.reserve(count + GROUP);
    if *width == 0 {
        into.resize(into.len() + count, 0);
        return Ok(());
    }
    by_width!(*width, indices_of, (rest, count, into))
}

fn indices_of<const WIDTH: usize>(page: &[u8], count: usize, into: &mut Vec<u32>) -> Result<(), Damage> {
    runs::<WIDTH>(page, count, |run| match run {
        Run::Same(index, length) => into.resize(into.len() + length, index),
        Run::Packed(packed, length) => {
            let end = into.len() + length;
            let (groups, cut) = packed.as_chunks::<WIDTH>();
            for group in groups {
                into.extend_from_slice(&group_of(group));
            }
            if into.len() < end {
                into.extend_from_slice(&group_of(&padded::<WIDTH>(cut)));
            }
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
    let (width, rest) = page.split_first().ok_or(CUT)?;
    if *width == 0 {
        if !passing.has(0) {
            rows.fill(0);
        }
        return Ok(());
    }
    by_width!(*width, narrow_of, (rest, passing, rows))
}

fn narrow_of<const WIDTH: usize>(page: &[u8], passing: &Passing<'_>, rows: &mut [u8]) -> Result<(), Damage> {
    match passing.only {
        Some(only) if WIDTH <= WIDTH_OF_WORD => {
            narrow_with::<WIDTH>(page, passing, rows, |packed, rows| narrow_groups(packed, rows, equal::<WIDTH>(only)))
        }
        _ if WIDTH <= WIDTH_OF_TABLE => narrow_with::<WIDTH>(page, passing, rows, |packed, rows| {
            narrow_groups(packed, rows, |group: &[u8; WIDTH]| looked_up(group, &passing.table));
        }),
        _ => narrow_with::<WIDTH>(page, passing, rows, |packed, rows| {
            for (at, row) in rows.iter_mut().enumerate().filter(|(_, row)| **row != 0) {
                *row = u8::from(passing.has(bits(packed, at * WIDTH, WIDTH) as u32));
            }
        }),
    }
}

/// `narrow`: of packed indices.
#[inline(always)]
fn narrow_with<const WIDTH: usize>(
    page: &[u8],
    passing: &Passing<'_>,
    rows: &mut [u8],
    narrow: impl Fn(&[u8], &mut [u8]),
) -> Result<(), Damage> {
    let count = rows.len();
    let mut rest = rows;
    runs::<WIDTH>(page, count, |run| match run {
        Run::Same(index, length) => {
            let some = rest.split_off_mut(..length).unwrap_or_default();
            if !passing.has(index) {
                some.fill(0);
            }
        }
        Run::Packed(packed, length) => narrow(packed, rest.split_off_mut(..length).unwrap_or_default()),
    })
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
    let fill =
        |bits: u64| (0..GROUP).fold(0, |word, at| word | bits.checked_shl((at * WIDTH) as u32).unwrap_or_default());
    // An index that is wider than the others is none of them.
    let (wanted, is_none) = (fill(u64::from(only) & ((1 << WIDTH) - 1)), u64::from(only) >> WIDTH != 0);
    let (low, high) = (fill((1 << (WIDTH - 1)) - 1), fill(1 << (WIDTH - 1)));
    move |group| {
        let word = group.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        let differs = word ^ wanted;
        // The highest bit of each part: whether one of its bits differs.
        let same = !(((differs & low) + low) | differs) & high;
        if same == 0 || is_none {
            return 0;
        }
        let bit = |at: usize| same.checked_shr((at * WIDTH + WIDTH - 1) as u32).unwrap_or_default() & 1;
        (0..GROUP).fold(0, |bytes, at| bytes | bit(at) << (at * 8))
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
    let (width, rest) = page.split_first().ok_or(CUT)?;
    let within = rows.partition_point(|row| (*row as usize) < first + count);
    let rows = rows.get(..within).unwrap_or_default();
    if *width == 0 {
        into.resize(into.len() + within, 0);
    } else {
        by_width!(*width, gather_of, (rest, count, rows, first, into))?;
    }
    Ok(within)
}

fn gather_of<const WIDTH: usize>(
    page: &[u8],
    count: usize,
    rows: &[u32],
    first: usize,
    into: &mut Vec<u32>,
) -> Result<(), Damage> {
    let (mut rest, mut start) = (rows.iter(), first);
    let mut next = rest.next().map(|row| *row as usize);
    runs::<WIDTH>(page, count, |run| {
        let end = start + run.length();
        while let Some(row) = next.filter(|row| *row < end) {
            into.push(match run {
                Run::Same(index, _) => index,
                Run::Packed(packed, _) => bits(packed, row.saturating_sub(start) * WIDTH, WIDTH) as u32,
            });
            next = rest.next().map(|row| *row as usize);
        }
        start = end;
    })
}

fn padded<const WIDTH: usize>(bytes: &[u8]) -> [u8; WIDTH] {
    let mut padded = [0; WIDTH];
    padded.iter_mut().zip(bytes).for_each(|(byte, from)| *byte = *from);
    padded
}

#[inline(always)]
fn group_of<const WIDTH: usize>(group: &[u8; WIDTH]) -> [u32; GROUP] {
    // Room to read eight bytes from any.
    let mut wide = [0_u8; 40];
    wide.iter_mut().zip(group).for_each(|(byte, from)| *byte = *from);
    let mask = (1_u64 << WIDTH) - 1;
    std::array::from_fn(|at| {
        let bytes = wide.get(at * WIDTH / 8..).and_then(|bytes| bytes.first_chunk::<8>());
        (u64::from_le_bytes(*bytes.unwrap_or(&[0; 8])) >> (at * WIDTH % 8) & mask) as u32
    })
}

#[cfg(test)]
mod tests;

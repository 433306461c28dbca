//! From a block's columns to the moments of an experiment. Most of those whose events carry a variant say it again and again: what
//! else such an event has is read only where it is the first of its person and variant, or where something was done.

use std::sync::Mutex;

use domain::analysis::{Ask, Moment};

use super::super::block::Block;
use super::super::filter::Mask;
use super::super::{ScanError, spare};
use super::gather::{Bits, FEW, KEPT};
use super::handed::Handed;
use super::names::{Groups, Naming, Numbered};
use crate::schema;

/// Bit of a row that exposes.
const EXPOSES: u32 = 1;

/// The values that a unit was seen with by what only exposes.
#[derive(Default)]
struct Seen {
    /// Number of the unit within the block, from one on.
    unit: u32,
    /// The first value.
    group: u32,
    /// Whether there was another.
    has_other: bool,
}

impl Seen {
    /// Whether a row says anything that those before it do not. Which do cannot be foretold, so nothing here branches.
    #[inline]
    fn is_news(&mut self, unit: u32, group: u32, matches: u32) -> bool {
        let exposes = matches & EXPOSES != 0;
        let is_first = exposes & (unit != self.unit);
        let is_other = exposes & !is_first & (group != self.group) & !self.has_other;
        self.unit = if is_first { unit } else { self.unit };
        self.group = if is_first { group } else { self.group };
        self.has_other = (self.has_other | is_other) & !is_first;
        is_first | is_other | (matches != EXPOSES)
    }
}

/// Rows that say something new, by visitor and time.
///
/// # Errors
/// [`ScanError`] when a column cannot be read.
pub fn gather<M: Handed>(
    block: &mut Block<'_>,
    ask: &Ask,
    passing: &Mask,
    naming: &Mutex<Naming>,
) -> Result<Vec<M>, ScanError> {
    let Some(by) = ask.by.filter(|_| *passing != Mask::Every(false)) else { return Ok(Vec::new()) };
    let bits = Bits::of(block, ask, passing, &ask.keep)?;
    let kept = bits.kept();
    if kept.is_empty() {
        bits.end();
        return Ok(Vec::new());
    }
    let is_few = kept.len() * FEW < block.rows();
    if is_few {
        block.focus(Some(kept.clone()));
    }
    let visitors = block.visitors()?;
    let (codes, values) = visitors.as_ref();
    let mut groups = Groups::of(block, by)?;
    let mut seen = Seen::default();
    // Of what is new its row, and what is known of it; of what was done its place among these, and its row.
    let (mut rows, mut known) = (spare::list(kept.len()), vec![(0, 0, 0); kept.len()]);
    rows.resize(kept.len(), 0);
    let (mut doing, mut count) = (Vec::new(), 0);
    for (place, row) in kept.iter().enumerate() {
        let place = if is_few { place } else { *row as usize };
        let matches = bits.get(*row);
        let group = if matches & EXPOSES == 0 { 0 } else { groups.get(place, naming) };
        let code = codes.get(place).copied().unwrap_or_default();
        let unit = values.get(code as usize).copied().unwrap_or_default();
        // Each is written, and kept where it is new.
        if let (Some(to), Some(new)) = (rows.get_mut(count), known.get_mut(count)) {
            (*to, *new) = (*row, (unit, group, matches));
        }
        if matches != EXPOSES {
            doing.push((count, *row));
        }
        count += usize::from(seen.is_news(code + 1, group, matches));
    }
    rows.truncate(count);
    known.truncate(count);
    bits.end();
    spare::keep(kept);
    drop(visitors);
    block.focus(Some(rows));
    let times = block.at()?;
    let moment = |((unit, group, matches), at_ms): (&(u64, u32, u32), &u64)| {
        M::bare(Moment { unit: *unit, at_ms: *at_ms, matches: *matches, group: *group, action: 0 })
    };
    let mut list: Vec<M> = known.iter().zip(times.iter()).map(moment).collect();
    if !doing.is_empty() {
        block.focus(Some(doing.iter().map(|(_, row)| *row).collect()));
        let (numbered, more) = (Numbered::actions(block, ask, naming)?, M::read(block, &ask.keep)?);
        for (at, (place, _)) in doing.iter().enumerate() {
            if let Some(one) = list.get_mut(*place) {
                *one = M::of(Moment { action: numbered.get(at).1, ..*one.moment() }, &more, at);
            }
        }
    }
    Ok(list)
}

/// Clears bits of what is done by paying, of rows that paid nothing; whatever then has none is not kept.
///
/// # Errors
/// [`ScanError`] when the amounts cannot be read.
pub fn without_money(block: &mut Block<'_>, of_money: u32, bits: &mut [u32]) -> Result<(), ScanError> {
    let count = bits.iter().filter(|bits| **bits & of_money != 0).count();
    let mut rows = spare::list(count);
    rows.extend((0..).zip(bits.iter()).filter(|(_, bits)| **bits & of_money != 0).map(|(row, _)| row));
    if rows.is_empty() {
        return Ok(());
    }
    let is_some = rows.len() < bits.len();
    if is_some {
        block.focus(Some(rows));
    }
    let micros = block.numbers(schema::REVENUE)?;
    block.focus(None);
    for (row, bits) in bits.iter_mut().filter(|bits| **bits & of_money != 0).enumerate() {
        *bits &= if micros.get(row) == 0 { !of_money } else { u32::MAX };
        *bits = if *bits == KEPT { 0 } else { *bits };
    }
    Ok(())
}

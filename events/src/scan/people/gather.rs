//! From a block's columns to its moments.

use std::sync::Mutex;

use domain::analysis::{Ask, Keep, Moment};
use domain::visit::PAUSE_MAX_MS;
use wire::analysis::Unit;

use super::super::block::Block;
use super::super::filter::{self, Mask};
use super::super::parts::Part;
use super::super::{ScanError, spare};
use super::exposed;
use super::handed::Handed;
use super::names::{Naming, Numbered};
use super::reached::{self, Ends};
use super::whose;
use super::whose::Members;
use crate::schema;

/// Bit of a moment that only says that a visit goes on.
pub const BRIDGE: u32 = 1 << 31;

/// Where less than this part of the rows is kept, columns are read at those rows alone.
pub const FEW: usize = 4;

/// Persons that are looked at, by their numbers.
#[derive(Clone, Copy, Debug)]
pub struct Share {
    /// From this on,
    pub low: u128,
    /// and before this.
    pub end: u128,
}

impl Share {
    fn has(&self, unit: u64) -> bool {
        (self.low..self.end).contains(&u128::from(unit))
    }
}

/// What was gathered.
pub enum Gathered<M> {
    /// Lists of moments, each by person and time, and how many rows were read.
    All(Vec<Vec<M>>, u64),
    /// More than the memory holds, after so many rows.
    TooMuch(u64),
}

/// The moments of a block, by person and time, and how many rows were read; none where it has nobody of the share.
pub fn gather<M: Handed>(
    part: &Part<'_>,
    at: usize,
    ask: &Ask,
    share: &Share,
    members: Option<&Members>,
    naming: &Mutex<Naming>,
    ways: &mut Ends,
) -> Result<Option<(Vec<M>, u64)>, ScanError> {
    let mut is_whole = ask.unit == Unit::Sessions;
    if !is_whole && let Some((lowest, highest)) = part.visitors(at) {
        if u128::from(highest) < share.low || u128::from(lowest) >= share.end {
            return Ok(None);
        }
        is_whole = share.has(lowest) && share.has(highest);
    }
    let Some(mut block) = part.block(at, None) else { return Ok(None) };
    if !is_whole {
        let visitors = block.visitors()?;
        let (codes, values) = visitors.as_ref();
        let before = |bound: u128| {
            codes.partition_point(|code| values.get(*code as usize).is_some_and(|one| u128::from(*one) < bound))
        };
        let within = before(share.low)..before(share.end);
        if within.is_empty() {
            return Ok(None);
        }
        block.cut(within);
    }
    let rows = block.rows() as u64;
    let mut passing = filter::rows(&ask.condition, &mut block)?;
    if part.span.start < ask.span.start || part.span.end > ask.span.end {
        let times = block.at()?;
        let inside = times.iter().map(|at_ms| u8::from(ask.span.contains(at_ms))).collect();
        passing = passing.and(Mask::Each(inside));
    }
    let list = match (ask.unit, &ask.keep) {
        (_, Keep::Visits(_)) => touches(&mut block, ask, share, &passing, members, naming)?,
        (Unit::Sessions, keep) => of_visits(&mut block, ask, share, &passing, keep, naming)?,
        (Unit::Users, Keep::Ends(starts)) => ends(&mut block, ask, &passing, starts, naming)?,
        (Unit::Users, Keep::Variants(_)) => exposed::gather(&mut block, ask, &passing, naming)?,
        (Unit::Users, Keep::Reached(reach)) => reached::gather(&mut block, ask, &passing, reach, naming, ways)?,
        (Unit::Users, keep) => of_visitors(&mut block, ask, &passing, keep, naming)?,
    };
    Ok(Some((list, rows)))
}

/// Which conditions hold of each row that passes; none for one that does not, or of which none does though one must.
pub struct Bits(Vec<u32>);

/// Bit of a row that is to be kept.
pub const KEPT: u32 = 1 << CONDITIONS_MAX;

/// Conditions that have a bit: below those of rows that are kept and of bridges.
const CONDITIONS_MAX: usize = 30;

impl Bits {
    pub fn of(block: &mut Block<'_>, ask: &Ask, passing: &Mask, keep: &Keep) -> Result<Self, ScanError> {
        let first = if *keep == Keep::All { KEPT } else { 0 };
        let mut bits = spare::list(block.rows());
        bits.resize(block.rows(), first);
        let all = ask.conditions.iter().take(CONDITIONS_MAX);
        for (number, condition) in all.clone().enumerate() {
            if all.clone().take(number).any(|before| before.is_same(condition)) {
                continue;
            }
            let same = all.clone().enumerate().filter(|(at, other)| *at == number || other.is_same(condition));
            let bit = KEPT | same.map(|(number, _)| 1 << number).sum::<u32>();
            match filter::rows(condition, block)? {
                Mask::Every(false) => {}
                Mask::Every(true) => bits.iter_mut().for_each(|bits| *bits |= bit),
                Mask::Each(rows) => {
                    bits.iter_mut().zip(rows).for_each(|(bits, row)| *bits |= u32::from(row).wrapping_neg() & bit);
                }
            }
        }
        match passing {
            Mask::Every(true) => {}
            Mask::Every(false) => bits.fill(0),
            Mask::Each(rows) => {
                bits.iter_mut().zip(rows).for_each(|(bits, row)| *bits &= u32::from(*row).wrapping_neg());
            }
        }
        if let Keep::Variants(of_money) = keep {
            exposed::without_money(block, *of_money, &mut bits)?;
        }
        Ok(Self(bits))
    }

    pub fn kept(&self) -> Vec<u32> {
        // Which are cannot be foretold: each is written, and kept where it is one.
        let count = self.0.iter().map(|bits| usize::from(*bits != 0)).sum::<usize>() + 1;
        let mut these = spare::list(count);
        these.resize(count, 0);
        let mut kept = 0;
        for (bits, row) in self.0.iter().zip(0..) {
            if let Some(to) = these.get_mut(kept) {
                *to = row;
            }
            kept += usize::from(*bits != 0);
        }
        these.truncate(kept);
        these
    }

    pub fn get(&self, row: u32) -> u32 {
        self.0.get(row as usize).copied().unwrap_or_default() & !KEPT
    }

    pub fn end(self) {
        spare::keep(self.0);
    }
}

/// Rows that are kept, by visitor.
fn of_visitors<M: Handed>(
    block: &mut Block<'_>,
    ask: &Ask,
    passing: &Mask,
    keep: &Keep,
    naming: &Mutex<Naming>,
) -> Result<Vec<M>, ScanError> {
    if *passing == Mask::Every(false) {
        return Ok(Vec::new());
    }
    let bits = Bits::of(block, ask, passing, keep)?;
    let kept = bits.kept();
    if kept.is_empty() {
        bits.end();
        return Ok(Vec::new());
    }
    let matches: Vec<u32> = kept.iter().map(|row| bits.get(*row)).collect();
    bits.end();
    block.focus(Some(kept));
    let (visitors, times) = (block.numbers(schema::VISITOR)?.into_plain(), block.at()?);
    let numbered = Numbered::of(block, ask, naming)?;
    let more = M::read(block, keep)?;
    let rows = visitors.iter().zip(times.iter()).zip(&matches).enumerate();
    let all = rows.map(|(row, ((unit, at_ms), matches))| {
        let (group, action) = numbered.get(row);
        M::of(Moment { unit: *unit, at_ms: *at_ms, matches: *matches, group, action }, &more, row)
    });
    let list = all.collect();
    spare::keep(visitors);
    Ok(list)
}

/// Of each visitor's rows between two instants, the first that begins and the last that returns.
fn ends<M: Handed>(
    block: &mut Block<'_>,
    ask: &Ask,
    passing: &Mask,
    starts: &[u64],
    naming: &Mutex<Naming>,
) -> Result<Vec<M>, ScanError> {
    if *passing == Mask::Every(false) {
        return Ok(Vec::new());
    }
    let bits = Bits::of(block, ask, passing, &Keep::Matching)?;
    let visitors = block.visitors()?;
    let (codes, values) = visitors.as_ref();
    let times = block.at()?;
    let numbered = Numbered::of(block, ask, naming)?;
    let more = M::read(block, &ask.keep)?;
    let mut list: Vec<M> = Vec::new();
    let moment = |row: usize, code: u32, at_ms: u64, matches: u32| {
        let (group, action) = numbered.get(row);
        let unit = values.get(code as usize).copied().unwrap_or_default();
        M::of(Moment { unit, at_ms, matches, group, action }, &more, row)
    };
    // What is open: whose, until when, whether it has begun, whether a return is noted, and the last return.
    let (mut open, mut until_ms, mut has_first, mut has_return) = (u32::MAX, 0, false, false);
    let mut last: Option<M> = None;
    let rows = codes.iter().zip(times.iter()).zip(&bits.0).enumerate();
    for (row, ((code, at_ms), matches)) in rows {
        if *code != open || *at_ms >= until_ms {
            list.extend(last.take());
            let next = starts.partition_point(|start| start <= at_ms).max(1);
            (open, until_ms) = (*code, starts.get(next).copied().unwrap_or(u64::MAX));
            (has_first, has_return) = (false, false);
        }
        let matches = matches & !KEPT;
        if matches & 1 != 0 && !has_first {
            has_first = true;
            has_return = matches & 2 != 0;
            list.extend(last.take());
            list.push(moment(row, *code, *at_ms, matches));
        } else if matches & 2 != 0 && !has_return {
            last = Some(moment(row, *code, *at_ms, matches));
        }
    }
    list.extend(last);
    bits.end();
    list.shrink_to_fit();
    Ok(list)
}

/// Rows that are kept, by session; and of all others as many as tell whether a visit goes on.
fn of_visits<M: Handed>(
    block: &mut Block<'_>,
    ask: &Ask,
    share: &Share,
    passing: &Mask,
    keep: &Keep,
    naming: &Mutex<Naming>,
) -> Result<Vec<M>, ScanError> {
    let bits = Bits::of(block, ask, passing, keep)?;
    let sessions = block.numbers(schema::SESSION)?.into_plain();
    let times = block.at()?;
    let numbered = Numbered::of(block, ask, naming)?;
    let more = M::read(block, &ask.keep)?;
    let mut list: Vec<M> = Vec::new();
    let mut run = Run::default();
    for (row, ((unit, at_ms), bits)) in sessions.iter().zip(times.iter()).zip(&bits.0).enumerate() {
        if *unit == 0 || !share.has(*unit) || !ask.span.contains(at_ms) {
            continue;
        }
        let (group, action) = numbered.get(row);
        let matches = if *bits == 0 { BRIDGE } else { bits & !KEPT };
        let moment = Moment { unit: *unit, at_ms: *at_ms, matches, group, action };
        run.push(M::of(moment, &more, row), matches != BRIDGE, &mut list);
    }
    list.extend(run.waiting);
    bits.end();
    spare::keep(sessions);
    list.sort_by_key(|one| (one.moment().unit, one.moment().at_ms));
    list.shrink_to_fit();
    Ok(list)
}

/// Of each visit its first row, all for which the first condition holds, and the first for which each other does; and of all
/// others as many as tell whether the visit goes on.
fn touches<M: Handed>(
    block: &mut Block<'_>,
    ask: &Ask,
    share: &Share,
    passing: &Mask,
    members: Option<&Members>,
    naming: &Mutex<Naming>,
) -> Result<Vec<M>, ScanError> {
    if *passing == Mask::Every(false) {
        return Ok(Vec::new());
    }
    let column = whose::column(ask.unit);
    let units = block.numbers(column)?;
    let is_wanted = |unit: u64| share.has(unit) && members.is_none_or(|members| members.has(unit));
    let wanted = whose::rows(&units, passing, is_wanted);
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let bits = Bits::of(block, ask, passing, &Keep::Matching)?;
    let matches: Vec<u32> = wanted.iter().map(|row| bits.get(*row)).collect();
    bits.end();
    let units: Vec<u64> = wanted.iter().map(|row| units.get(*row as usize)).collect();
    block.focus(Some(wanted));
    let (times, sessions) = (block.at()?, block.numbers(schema::SESSION)?);
    let numbered = Numbered::of(block, ask, naming)?;
    let more = M::read(block, &ask.keep)?;
    let mut list: Vec<M> = Vec::new();
    let (mut run, mut seen) = (Run::default(), 0);
    for (row, ((unit, at_ms), matches)) in units.iter().zip(times.iter()).zip(&matches).enumerate() {
        let (group, action) = numbered.get(row);
        let moment = Moment { unit: *unit, at_ms: *at_ms, matches: *matches, group, action };
        let goes_on = run.goes_on(*unit, sessions.get(row), *at_ms);
        seen = if goes_on { seen } else { 0 };
        let is_news = !goes_on || matches & 1 != 0 || matches & !seen != 0;
        seen |= matches;
        run.push_of(sessions.get(row), M::of(moment, &more, row), is_news, &mut list);
    }
    list.extend(run.waiting);
    if ask.unit == Unit::Sessions {
        list.sort_by_key(|one| (one.moment().unit, one.moment().at_ms));
    }
    list.shrink_to_fit();
    Ok(list)
}

/// Rows of one session behind one another.
struct Run<M> {
    unit: u64,
    session: u64,
    /// When the last was.
    last_ms: u64,
    /// When the last was that is in the list.
    listed_ms: u64,
    /// The last, where it is not in the list: it only bridges.
    waiting: Option<M>,
}

impl<M> Default for Run<M> {
    fn default() -> Self {
        Self { unit: 0, session: 0, last_ms: 0, listed_ms: 0, waiting: None }
    }
}

impl<M: Handed> Run<M> {
    /// Whether an event is of the visit that the last one is of.
    fn goes_on(&self, unit: u64, session: u64, at_ms: u64) -> bool {
        (unit, session) == (self.unit, self.session)
            && at_ms.checked_sub(self.last_ms).is_some_and(|pause_ms| pause_ms <= PAUSE_MAX_MS)
    }

    /// As `push_of`, where a unit is a session.
    fn push(&mut self, one: M, is_wanted: bool, list: &mut Vec<M>) {
        self.push_of(0, one, is_wanted, list);
    }

    /// Takes the next row. A bridge is left out where what is before and behind it is no pause apart: whatever else happens
    /// in between, all of it is one visit.
    fn push_of(&mut self, session: u64, one: M, is_wanted: bool, list: &mut Vec<M>) {
        let (unit, at_ms) = (one.moment().unit, one.moment().at_ms);
        self.last_ms = at_ms;
        if (unit, session) != (self.unit, self.session) || at_ms < self.listed_ms {
            list.extend(self.waiting.take());
            (self.unit, self.session, self.listed_ms) = (unit, session, at_ms);
            list.push(one);
            return;
        }
        if let Some(waiting) = self.waiting.take()
            && at_ms - self.listed_ms > PAUSE_MAX_MS
        {
            self.listed_ms = waiting.moment().at_ms;
            list.push(waiting);
        }
        if is_wanted {
            self.listed_ms = at_ms;
            list.push(one);
        } else {
            self.waiting = Some(one);
        }
    }
}

//! From a block's columns to the moments of ways that go on from a unit's first event: what lies behind them is not looked at.
//!
//! A thread remembers of each unit until when its way can go. An earlier first event, which another part may have, makes that
//! earlier and never later; so what is left out never matters, and what is kept for nothing the fold passes over.

use std::sync::Mutex;

use domain::analysis::{Ask, Moment, Reach};
use hashbrown::HashMap;
use wire::analysis::Repeats;

use super::super::block::Block;
use super::super::filter::Mask;
use super::super::{ScanError, spare};
use super::gather::{Bits, FEW};
use super::handed::Handed;
use super::names::{Done, Naming};

/// Bit of what begins a way, and of its steps.
const FROM: u32 = 1;
const STEP: u32 = 2;

/// Until when the ways of units can go, Unix milliseconds: that instant is among them. Of a unit it is some 40 bytes, while the
/// table grows too: it is counted as one moment.
#[derive(Debug, Default)]
pub struct Ends(HashMap<u64, u64>);

impl Ends {
    /// How many units have one.
    pub fn len(&self) -> usize {
        self.0.len()
    }
}

/// A unit's way, as far as a block tells it.
struct Way {
    unit: u64,
    /// Until when it can go, and what was known of that before.
    until_ms: u64,
    known_ms: u64,
    /// Steps behind the first one, once it has begun.
    steps: Option<usize>,
    last: u32,
}

impl Way {
    fn of(unit: u64, ends: &Ends) -> Self {
        let until_ms = ends.0.get(&unit).copied().unwrap_or(u64::MAX);
        Self { unit, until_ms, known_ms: until_ms, steps: None, last: 0 }
    }

    /// Goes on with the unit's next event.
    fn take(&mut self, moment: &Moment, reach: &Reach) {
        match &mut self.steps {
            None if moment.matches & FROM != 0 && reach.entries.contains(&moment.at_ms) => {
                self.until_ms = self.until_ms.min(moment.at_ms.saturating_add(reach.window_ms));
                (self.steps, self.last) = (Some(0), moment.action);
            }
            Some(steps) if moment.matches & STEP != 0 => {
                *steps += usize::from(reach.repeats == Repeats::Keep || moment.action != self.last);
                self.last = moment.action;
                if *steps >= reach.steps {
                    self.until_ms = self.until_ms.min(moment.at_ms);
                }
            }
            _ => {}
        }
    }

    fn end(&self, ends: &mut Ends) {
        if self.until_ms < self.known_ms {
            ends.0.insert(self.unit, self.until_ms);
        }
    }
}

/// Rows that ways may reach, by visitor and time.
///
/// # Errors
/// [`ScanError`] when a column cannot be read.
pub fn gather<M: Handed>(
    block: &mut Block<'_>,
    ask: &Ask,
    passing: &Mask,
    reach: &Reach,
    naming: &Mutex<Naming>,
    ends: &mut Ends,
) -> Result<Vec<M>, ScanError> {
    let Some(actions) = ask.actions.as_ref().filter(|_| *passing != Mask::Every(false)) else { return Ok(Vec::new()) };
    let bits = Bits::of(block, ask, passing, &ask.keep)?;
    let kept = bits.kept();
    let is_few = kept.len() * FEW < block.rows();
    if is_few {
        block.focus(Some(kept.clone()));
    }
    let (visitors, times) = (block.visitors()?, block.at()?);
    let (codes, values) = visitors.as_ref();
    let mut done = Done::of(block, actions)?;
    let mut list: Vec<M> = Vec::with_capacity(kept.len());
    let (mut open, mut way) = (u32::MAX, Way::of(0, ends));
    for (place, row) in kept.iter().enumerate() {
        let place = if is_few { place } else { *row as usize };
        let code = codes.get(place).copied().unwrap_or_default();
        let at_ms = times.get(place).copied().unwrap_or_default();
        if code != open {
            way.end(ends);
            way = Way::of(values.get(code as usize).copied().unwrap_or_default(), ends);
            open = code;
        }
        if at_ms <= way.until_ms {
            let action = done.get(place, naming);
            let moment = Moment { unit: way.unit, at_ms, matches: bits.get(*row), group: 0, action };
            way.take(&moment, reach);
            list.push(M::bare(moment));
        }
    }
    way.end(ends);
    bits.end();
    spare::keep(kept);
    list.shrink_to_fit();
    Ok(list)
}

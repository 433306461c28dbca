//! Two blocks of one window as one, and blocks of shorter windows as one of a longer.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::{Block, BlockError, BlockRow, Builder};
use crate::rollup::{OTHER, Rollup, add_money};
use crate::sketch::{self, SketchError, Union};

/// Why blocks cannot be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// The merged rows make no block.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// A sketch of them is damaged.
    #[error(transparent)]
    Sketch(#[from] SketchError),
}

impl Block {
    /// What both count. Rows that say nothing any more are left out.
    ///
    /// # Errors
    /// [`MergeError`] when a sketch is damaged, or there are too many rows.
    pub fn merge(&self, other: &Self) -> Result<Self, MergeError> {
        self.merge_capped(other, usize::MAX)
    }

    /// What both count, with at most `values_max` values of `other` and this together kept apart, [`OTHER`] not
    /// among them. Whatever this block keeps apart stays so; of what is new to it, the most frequent values find room
    /// and the rest is counted as [`OTHER`]. Once there is no room there never is again, so what is taken back later
    /// is taken from the row it was added to.
    ///
    /// # Errors
    /// As [`Block::merge`].
    pub fn merge_capped(&self, other: &Self, values_max: usize) -> Result<Self, MergeError> {
        let excess = self.excess(other, values_max);
        let is_capped = !excess.is_empty() || self.find(OTHER).is_some() || other.find(OTHER).is_some();
        let mut merger = Merger { is_capped, ..Merger::default() };
        merger.builder.reserve(&[self, other]);
        let mut rest = Rollup::default();
        let (mut mine, mut theirs) = (0, 0);
        let mut other_row: (Option<BlockRow<'_>>, Option<BlockRow<'_>>) = (None, None);
        let mut is_other_due = !excess.is_empty();
        for at in &excess {
            if let Some(row) = other.row(*at) {
                rest.merge(&row.rollup()?);
            }
        }
        loop {
            let (left, right) = (self.row(mine), other.row(theirs));
            let ordering = match (&left, &right) {
                (None, None) => break,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(left), Some(right)) => left.value_bytes().cmp(right.value_bytes()),
            };
            let (left, right) = (left.filter(|_| ordering.is_le()), right.filter(|_| ordering.is_ge()));
            mine += usize::from(left.is_some());
            theirs += usize::from(right.is_some());
            let value = left.or(right).map_or(&[][..], |row| row.value_bytes());
            if is_other_due && value >= OTHER.as_bytes() {
                is_other_due = false;
                if value == OTHER.as_bytes() {
                    other_row = (left, right);
                }
                merger.other(&mut rest, other_row)?;
                if value == OTHER.as_bytes() {
                    continue;
                }
            }
            match (left, right) {
                (Some(left), Some(right)) => merger.both(left, right)?,
                (None, Some(right)) if excess.contains(&right.index()) => {}
                (Some(row), None) | (None, Some(row)) => merger.one(row)?,
                (None, None) => {}
            }
        }
        if is_other_due {
            merger.other(&mut rest, (None, None))?;
        }
        Ok(merger.builder.finish()?)
    }

    /// Rows of `other` that find no room.
    fn excess(&self, other: &Self, values_max: usize) -> BTreeSet<usize> {
        if self.len().saturating_add(other.len()) <= values_max {
            return BTreeSet::new();
        }
        let is_new = |row: &BlockRow<'_>| row.value() != OTHER && self.find(row.value()).is_none();
        let mut new: Vec<BlockRow<'_>> = other.iter().filter(is_new).collect();
        let kept = self.len() - usize::from(self.find(OTHER).is_some());
        let room = values_max.saturating_sub(kept);
        if new.len() <= room {
            return BTreeSet::new();
        }
        new.sort_by_key(|row| std::cmp::Reverse((row.events(), row.visits().visits)));
        new.iter().skip(room).map(BlockRow::index).collect()
    }
}

#[derive(Default)]
struct Merger {
    builder: Builder,
    union: Union,
    /// Room for merged sketches.
    visitors: Vec<u8>,
    sessions: Vec<u8>,
    /// Whether rows stay although they say nothing, for their place is theirs.
    is_capped: bool,
}

impl Merger {
    fn one(&mut self, row: BlockRow<'_>) -> Result<(), MergeError> {
        if self.is_capped || !row.is_zero() {
            self.builder.copy(row)?;
        }
        Ok(())
    }

    fn both(&mut self, left: BlockRow<'_>, right: BlockRow<'_>) -> Result<(), MergeError> {
        let Self { builder, union, visitors, sessions, is_capped } = self;
        let visitors = merged(union, left.visitors(), right.visitors(), visitors)?;
        let sessions = merged(union, left.sessions(), right.sessions(), sessions)?;
        let mut visits = left.visits();
        visits.add(&right.visits(), 1);
        let pageviews = left.pageviews().saturating_add(right.pageviews());
        let events = left.events().saturating_add(right.events());
        let mut revenue = std::collections::BTreeMap::new();
        for (currency, micros) in left.revenue().chain(right.revenue()) {
            add_money(&mut revenue, currency, micros);
        }
        let is_zero = events == 0
            && pageviews == 0
            && visitors.is_empty()
            && sessions.is_empty()
            && visits == Default::default()
            && revenue.values().all(|micros| *micros == 0);
        if *is_capped || !is_zero {
            let revenue = revenue.iter().map(|(currency, micros)| (currency.as_str(), *micros));
            builder.add(left.value_bytes(), (pageviews, events, &visits), visitors, sessions, revenue)?;
        }
        Ok(())
    }

    fn other(
        &mut self,
        rest: &mut Rollup,
        (left, right): (Option<BlockRow<'_>>, Option<BlockRow<'_>>),
    ) -> Result<(), MergeError> {
        for row in left.into_iter().chain(right) {
            rest.merge(&row.rollup()?);
        }
        Ok(self.builder.push(OTHER, rest)?)
    }
}

/// The union of two encoded sketches, encoded: one of them, or written where there is `room`.
fn merged<'a>(
    union: &mut Union,
    left: &'a [u8],
    right: &'a [u8],
    room: &'a mut Vec<u8>,
) -> Result<&'a [u8], SketchError> {
    if right.is_empty() || left == right {
        return Ok(left);
    }
    if left.is_empty() {
        return Ok(right);
    }
    room.clear();
    if !sketch::merge_lists(left, right, room)? {
        union.clear();
        union.add(left)?;
        union.add(right)?;
        union.encode_into(room);
    }
    Ok(room)
}

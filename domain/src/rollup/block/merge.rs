//! Two blocks of one window as one, and blocks of shorter windows as one of a longer.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use super::all::Summer;
use super::{Block, BlockError, BlockRow};
use crate::rollup::{OTHER, Rollup};
use crate::sketch::SketchError;

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
        let mut summer = Summer::new(&[self, other], is_capped);
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
                summer.other(&mut rest, other_row)?;
                if value == OTHER.as_bytes() {
                    continue;
                }
            }
            match (left, right) {
                (Some(left), Some(right)) => summer.add(value, &[left, right])?,
                (None, Some(right)) if excess.contains(&right.index()) => {}
                (Some(row), None) | (None, Some(row)) => summer.add(value, &[row])?,
                (None, None) => {}
            }
        }
        if is_other_due {
            summer.other(&mut rest, (None, None))?;
        }
        summer.finish()
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

//! Many blocks as one, in one pass over all of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::{Block, BlockRow, Builder, MergeError};
use crate::rollup::{OTHER, Rollup, VisitSums, add_money};
use crate::sketch::{self, SketchError, Union};

impl Block {
    /// What all of these count: the same as merging one after the other. Rows that say nothing any more are left out.
    ///
    /// # Errors
    /// [`MergeError`] when a sketch is damaged, or there are too many rows.
    pub fn of_all<'a>(blocks: impl IntoIterator<Item = &'a Self>) -> Result<Self, MergeError> {
        let blocks: Vec<&Self> = blocks.into_iter().filter(|block| !block.is_empty()).collect();
        if let [only] = blocks.as_slice() {
            return Ok((*only).clone());
        }
        let mut summer = Summer::new(&blocks, blocks.iter().any(|block| block.find(OTHER).is_some()));
        let next = |block: usize, at: usize| blocks.get(block).and_then(|block| block.row(at));
        // The next row of each block; the least value first.
        let mut heads: BinaryHeap<Reverse<(&[u8], usize, usize)>> =
            (0..blocks.len()).filter_map(|block| Some(Reverse((next(block, 0)?.value_bytes(), block, 0)))).collect();
        let mut same: Vec<BlockRow<'_>> = Vec::with_capacity(blocks.len());
        while let Some(Reverse((value, ..))) = heads.peek() {
            let value = *value;
            same.clear();
            while let Some(mut head) = heads.peek_mut().filter(|head| head.0.0 == value) {
                let Reverse((_, block, at)) = *head;
                same.extend(next(block, at));
                match next(block, at + 1) {
                    Some(row) => *head = Reverse((row.value_bytes(), block, at + 1)),
                    None => drop(std::collections::binary_heap::PeekMut::pop(head)),
                }
            }
            summer.add(value, &same)?;
        }
        summer.finish()
    }
}

/// Makes a block of the rows of others, value by value.
#[derive(Default)]
pub(super) struct Summer {
    builder: Builder,
    union: Union,
    /// Room for merged sketches.
    visitors: Vec<u8>,
    sessions: Vec<u8>,
    /// Whether rows stay although they say nothing, for their place is theirs.
    is_capped: bool,
}

impl Summer {
    /// Of the rows of these blocks nothing is added yet.
    pub(super) fn new(blocks: &[&Block], is_capped: bool) -> Self {
        let mut summer = Self { is_capped, ..Self::default() };
        summer.builder.reserve(blocks);
        summer
    }

    /// Adds the rows of one value, which is behind all before.
    pub(super) fn add(&mut self, value: &[u8], rows: &[BlockRow<'_>]) -> Result<(), MergeError> {
        if let [only] = rows {
            if self.is_capped || !only.is_zero() {
                self.builder.copy(*only)?;
            }
            return Ok(());
        }
        let (mut pageviews, mut events) = (0u64, 0u64);
        let mut visits = VisitSums::default();
        let mut revenue = BTreeMap::new();
        for row in rows {
            pageviews = pageviews.saturating_add(row.pageviews());
            events = events.saturating_add(row.events());
            visits.add(&row.visits(), 1);
            for (currency, micros) in row.revenue() {
                add_money(&mut revenue, currency, micros);
            }
        }
        let Self { builder, union, visitors, sessions, is_capped } = self;
        let visitors = unite(union, rows.iter().map(BlockRow::visitors), visitors)?;
        let sessions = unite(union, rows.iter().map(BlockRow::sessions), sessions)?;
        let is_zero = events == 0
            && pageviews == 0
            && visitors.is_empty()
            && sessions.is_empty()
            && visits == VisitSums::default()
            && revenue.values().all(|micros| *micros == 0);
        if *is_capped || !is_zero {
            let revenue = revenue.iter().map(|(currency, micros)| (currency.as_str(), *micros));
            builder.add(value, (pageviews, events, &visits), visitors, sessions, revenue)?;
        }
        Ok(())
    }

    /// Adds [`OTHER`], with what found no room.
    pub(super) fn other(
        &mut self,
        rest: &mut Rollup,
        (left, right): (Option<BlockRow<'_>>, Option<BlockRow<'_>>),
    ) -> Result<(), MergeError> {
        for row in left.into_iter().chain(right) {
            rest.merge(&row.rollup()?);
        }
        Ok(self.builder.push(OTHER, rest)?)
    }

    /// The block.
    pub(super) fn finish(self) -> Result<Block, MergeError> {
        Ok(self.builder.finish()?)
    }
}

/// The union of encoded sketches, encoded: one of them, or written where there is `room`.
fn unite<'a>(
    union: &mut Union,
    sketches: impl Iterator<Item = &'a [u8]> + Clone,
    room: &'a mut Vec<u8>,
) -> Result<&'a [u8], SketchError> {
    let mut some = sketches.clone().filter(|sketch| !sketch.is_empty());
    let Some(first) = some.next() else { return Ok(&[]) };
    let mut others = some.filter(|sketch| *sketch != first);
    let Some(second) = others.next() else { return Ok(first) };
    room.clear();
    if others.next().is_none() && sketch::merge_lists(first, second, room)? {
        return Ok(room);
    }
    room.clear();
    union.clear();
    for sketch in sketches {
        union.add(sketch)?;
    }
    union.encode_into(room);
    Ok(room)
}

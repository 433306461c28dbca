//! Encoded sketches of groups: kept as they were stored, and joined only for the groups whose visitors somebody wants to
//! know.

use std::ops::Range;
use std::sync::Arc;

use crate::rollup::Block;
use crate::sketch::{SketchError, Union};

/// The sketches of groups.
#[derive(Debug, Default)]
pub struct Sketches {
    /// Encoded sketches, one behind the other. There are several runs, so that none is moved when more come.
    runs: Vec<Run>,
    /// The run that single sketches are added to.
    single: Option<usize>,
    places: Vec<Place>,
    /// Of each group, which of the places is its last; none of those that have no sketch.
    last: Vec<Option<u32>>,
    union: Union,
}

/// Encoded sketches, one behind the other.
#[derive(Debug)]
enum Run {
    Own(Vec<u8>),
    /// Those of a block's visitors.
    Shared(Arc<Block>),
}

/// Where a sketch of a group stands.
#[derive(Debug)]
struct Place {
    run: u32,
    at: u32,
    length: u32,
    /// The place of the same group before.
    before: Option<u32>,
}

/// Bytes of a run of single sketches.
const RUN_BYTES: usize = 256 * 1024;

impl Sketches {
    /// Keeps many sketches at once. Answers the run that they are in.
    pub(super) fn keep(&mut self, sketches: Vec<u8>) -> usize {
        self.runs.push(Run::Own(sketches));
        self.runs.len() - 1
    }

    /// Keeps the sketches of a block's visitors where they are. Answers the run that they are in.
    pub(super) fn share(&mut self, block: Arc<Block>) -> usize {
        self.runs.push(Run::Shared(block));
        self.runs.len() - 1
    }

    /// Adds a sketch that is kept, by its run and where it stands there.
    pub(super) fn add_kept(&mut self, group: usize, run: usize, at: Range<usize>) {
        if at.is_empty() {
            return;
        }
        if self.last.len() <= group {
            self.last.resize(group + 1, None);
        }
        if let Some(last) = self.last.get_mut(group) {
            let number = self.places.len() as u32;
            let before = last.replace(number);
            self.places.push(Place { run: run as u32, at: at.start as u32, length: at.len() as u32, before });
        }
    }

    /// Adds a sketch.
    pub(super) fn add(&mut self, group: usize, sketch: &[u8]) {
        let has_room = |run: &Run| matches!(run, Run::Own(run) if run.capacity() - run.len() >= sketch.len());
        let run = self.single.filter(|run| self.runs.get(*run).is_some_and(has_room));
        let run = run.unwrap_or_else(|| self.keep(Vec::with_capacity(RUN_BYTES.max(sketch.len()))));
        self.single = Some(run);
        if let Some(Run::Own(bytes)) = self.runs.get_mut(run) {
            let at = bytes.len();
            bytes.extend_from_slice(sketch);
            self.add_kept(group, run, at..at + sketch.len());
        }
    }

    /// Numbers groups anew: each stays or goes.
    pub(super) fn retain(&mut self, stays: impl Iterator<Item = bool>) {
        let last = std::mem::take(&mut self.last).into_iter().chain(std::iter::repeat(None));
        self.last = last.zip(stays).filter(|(_, stays)| *stays).map(|(last, _)| last).collect();
    }

    /// Distinct visitors of a group.
    ///
    /// # Errors
    /// [`SketchError`] when a stored sketch is damaged: no number is made up from it.
    pub(super) fn count(&mut self, group: usize) -> Result<u64, SketchError> {
        self.union.clear();
        let mut next = self.last.get(group).copied().flatten();
        while let Some(Place { run, at, length, before }) = next.and_then(|at| self.places.get(at as usize)) {
            let run = match self.runs.get(*run as usize) {
                Some(Run::Own(bytes)) => bytes,
                Some(Run::Shared(block)) => block.all_visitors(),
                None => &[],
            };
            let at = *at as usize;
            self.union.add(run.get(at..at + *length as usize).unwrap_or_default())?;
            next = *before;
        }
        Ok(self.union.count())
    }
}

//! Distinct visitors of groups, exactly: rows come one visitor after the other, so within a part a visitor is new to a
//! group when it is not the last one that the group has seen. Between parts, the visitors are brought together by their
//! high bits, some thousands at a time, and their groups gone through in the same way.

use std::thread;

use domain::sketch::{Precision, Sketch};

use super::groups::Rows;
use super::sorter::{Sorter, Spread};
use super::values::Codes;

/// Visitors of all parts that are brought together at once: 64 KiB of places to sort.
const TOGETHER: usize = 4096;

/// Bytes of a sketch at its largest, by precision in bits.
fn sketch_bytes(precision: Precision) -> usize {
    precision.registers() + size_of::<Sketch>()
}

/// Visitors of one part in the order of their numbers, and the groups that each was seen in, once in each.
#[derive(Debug, Default)]
pub struct Seen {
    visitors: Vec<u64>,
    /// Where each one's groups begin.
    starts: Vec<u32>,
    groups: Vec<u32>,
}

impl Seen {
    /// Memory that it takes.
    pub fn bytes(&self) -> usize {
        self.visitors.capacity() * 8 + self.starts.capacity() * 4 + self.groups.capacity() * 4
    }

    fn groups_of(&self, at: usize) -> &[u32] {
        let start = self.starts.get(at).copied().unwrap_or_default() as usize;
        let end = self.starts.get(at + 1).map_or(self.groups.len(), |end| *end as usize);
        self.groups.get(start..end).unwrap_or_default()
    }

    /// Calls `take` with every visitor and group.
    pub fn each(&self, mut take: impl FnMut(u64, u32)) {
        for (at, visitor) in self.visitors.iter().enumerate() {
            self.groups_of(at).iter().for_each(|group| take(*visitor, *group));
        }
    }
}

/// Follows the rows of one part, then of the next.
#[derive(Debug, Default)]
pub struct Follower {
    /// The last visitor that each group has seen, by its number here.
    last: Vec<u32>,
    /// Number of who came last; zero is nobody.
    number: u32,
    /// Who came last; zero is nobody.
    visitor: u64,
    /// Number of who was noted last.
    pushed: u32,
    /// What the part has seen so far, with room behind it.
    seen: Seen,
    /// How many people and pairs of it are so.
    filled: (usize, usize),
    /// Visitors of each group, where no other part has any of them.
    pub counted: Vec<u64>,
}

impl Follower {
    /// Takes rows and their groups in.
    ///
    /// What differs from row to row is added and never branched on: which visitor or group comes next cannot be foretold.
    ///
    /// * `visitors`: codes by row, and what they mean; zero is nobody, and comes first
    /// * `of_rows`: the group of each row
    /// * `groups`: how many groups there are by now
    /// * `is_alone`: whether no other part has rows of these groups
    pub fn follow(&mut self, visitors: &Codes, rows: &Rows, of_rows: &[u32], groups: usize, is_alone: IsAlone) {
        self.last.resize(groups.max(self.last.len()), 0);
        self.counted.resize(groups.max(self.counted.len()), 0);
        let (codes, values) = visitors;
        let room = if is_alone == IsAlone::Yes { 0 } else { rows.len() + 1 };
        let Seen { visitors, starts, groups } = &mut self.seen;
        let (mut people, mut pairs) = self.filled;
        visitors.resize(visitors.len().max(people + room), 0);
        starts.resize(starts.len().max(people + room), 0);
        groups.resize(groups.len().max(pairs + room), 0);
        // Who goes on from the block before keeps the number.
        let goes_on = values.first() == Some(&self.visitor);
        let first = if goes_on { self.number } else { self.number.wrapping_add(1) };
        let mut pushed = self.pushed;
        rows.each(|at, row| {
            let code = codes.get(row).copied().unwrap_or_default();
            let number = first.wrapping_add(code);
            let visitor = values.get(code as usize).copied().unwrap_or_default();
            let Some(group) = of_rows.get(at) else { return };
            let Some(last) = self.last.get_mut(*group as usize) else { return };
            let is_new = *last != number && visitor != 0;
            *last = number;
            if room == 0 {
                if let Some(counted) = self.counted.get_mut(*group as usize) {
                    *counted += u64::from(is_new);
                }
                return;
            }
            // Written in any case, and kept where it is new.
            if let (Some(to_visitor), Some(to_start), Some(to_group)) =
                (visitors.get_mut(people), starts.get_mut(people), groups.get_mut(pairs))
            {
                (*to_visitor, *to_start, *to_group) = (visitor, pairs as u32, *group);
            }
            people += usize::from(is_new && pushed != number);
            pairs += usize::from(is_new);
            pushed = if is_new { number } else { pushed };
        });
        self.filled = (people, pairs);
        self.pushed = pushed;
        if let Some(visitor) = values.last() {
            (self.number, self.visitor) = (first.wrapping_add(values.len() as u32 - 1), *visitor);
        }
    }

    /// Memory of the part that is followed.
    pub fn bytes(&self) -> usize {
        self.seen.bytes() + self.last.capacity() * 4 + self.counted.capacity() * 8
    }

    /// Ends a part. What it has seen; nothing where there was nobody.
    pub fn end(&mut self) -> Option<Seen> {
        // The next part's first visitor is new even if it has the same number: zero is never counted.
        self.visitor = 0;
        let (people, pairs) = std::mem::take(&mut self.filled);
        let Seen { visitors, starts, groups } = &self.seen;
        (people > 0).then(|| Seen {
            visitors: visitors.iter().take(people).copied().collect(),
            starts: starts.iter().take(people).copied().collect(),
            groups: groups.iter().take(pairs).copied().collect(),
        })
    }
}

/// Whether no other part has rows of the same groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsAlone {
    /// So it is: visitors can be counted at once.
    Yes,
    /// Some may.
    No,
}

/// Sketches by group, where what was seen does not fit the memory.
#[derive(Debug)]
pub struct Sketches {
    /// Of each group.
    pub of: Vec<Sketch>,
    precision: Precision,
}

impl Sketches {
    /// As precise as `bytes` allow for so many groups; none where they allow for too little.
    pub fn new(groups: usize, bytes: usize) -> Option<Self> {
        // 2^10 registers err by 3.3 %; what errs more is no answer.
        let fits = |precision: &Precision| groups.saturating_mul(sketch_bytes(*precision)) <= bytes;
        let precision = (10..=Precision::MAX.bits()).rev().filter_map(Precision::new).find(fits)?;
        Some(Self { of: Vec::new(), precision })
    }

    /// Whether so many groups fit.
    pub fn fits(&self, groups: usize, bytes: usize) -> bool {
        groups.saturating_mul(sketch_bytes(self.precision)) <= bytes
    }

    /// Relative standard error.
    pub fn error(&self) -> f64 {
        self.precision.standard_error()
    }

    /// Adds what was seen.
    pub fn take(&mut self, seen: &Seen) {
        seen.each(|visitor, group| {
            let at = group as usize;
            if self.of.len() <= at {
                self.of.resize_with(at + 1, || Sketch::with_precision(self.precision));
            }
            if let Some(sketch) = self.of.get_mut(at) {
                sketch.insert(visitor);
            }
        });
    }
}

/// What one part has seen, and what its groups' numbers mean among all.
pub type Mapped<'a> = (&'a Seen, &'a [u32]);

/// Counts the distinct visitors of each of `groups` groups over all parts; none when a thread ended early.
pub fn count(parts: &[Mapped<'_>], groups: usize, threads: usize) -> Option<Vec<u64>> {
    let threads = threads.clamp(1, 64);
    let share = |number: usize| (u128::from(u64::MAX) + 1) * number as u128 / threads as u128;
    let counts = thread::scope(|scope| {
        let some = |number| {
            let span = (share(number), share(number + 1));
            scope.spawn(move || count_some(parts, groups, span))
        };
        let started: Vec<_> = (0..threads).map(some).collect();
        started.into_iter().map(|started| started.join().ok()).collect::<Option<Vec<_>>>()
    });
    let mut sum = vec![0; groups];
    for counts in counts? {
        sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    Some(sum)
}

/// Of the visitors from `start` on and before `end`.
fn count_some(parts: &[Mapped<'_>], groups: usize, (start, end): (u128, u128)) -> Vec<u64> {
    let place = |bound: u128| move |(seen, _): &Mapped<'_>| seen.visitors.partition_point(|v| u128::from(*v) < bound);
    let mut at: Vec<usize> = parts.iter().map(place(start)).collect();
    let ends: Vec<usize> = parts.iter().map(place(end)).collect();
    let all: usize = at.iter().zip(&ends).map(|(at, end)| end - at).sum();
    let steps = all.div_ceil(TOGETHER).max(1) as u128;
    let (mut counts, mut last) = (vec![0_u64; groups], vec![0_u32; groups]);
    let (mut number, mut before) = (0_u32, 0);
    let mut together: Vec<Met> = Vec::with_capacity(TOGETHER * 2);
    let (mut sorter, mut low) = (Sorter::default(), start);
    for step in 1..=steps {
        let bound = start + (end - start) * step / steps;
        together.clear();
        for (part, ((seen, _), at)) in parts.iter().zip(&mut at).enumerate() {
            let rest = seen.visitors.get(*at..).unwrap_or_default();
            let some = rest.iter().take_while(|visitor| u128::from(**visitor) < bound);
            together.extend(some.zip(*at as u32..).map(|(visitor, at)| (*visitor, part as u32, at)));
            *at = together.last().filter(|last| last.1 == part as u32).map_or(*at, |last| last.2 as usize + 1);
        }
        sorter.sort(&mut together, low, bound);
        low = bound;
        for (visitor, part, at) in &together {
            // Nobody is zero, so the first is another too.
            number += u32::from(*visitor != before);
            before = *visitor;
            let Some((seen, to)) = parts.get(*part as usize) else { continue };
            for group in seen.groups_of(*at as usize) {
                let group = to.get(*group as usize).map_or(usize::MAX, |group| *group as usize);
                if let (Some(last), Some(count)) = (last.get_mut(group), counts.get_mut(group)) {
                    *count += u64::from(*last != number);
                    *last = number;
                }
            }
        }
    }
    counts
}

/// A visitor, and where: part and place.
type Met = (u64, u32, u32);

impl Spread for Met {
    type Key = u64;

    fn hash(&self) -> u64 {
        self.0
    }

    fn key(&self) -> u64 {
        self.0
    }
}

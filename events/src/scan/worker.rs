//! One thread's way through its parts.

use std::ops::Range;

use domain::query::Question;
use domain::rollup::{PAGEVIEW, VisitSums};
use hashbrown::HashMap;
use wire::query::Dimension;

use super::block::Block;
use super::filter::Mask;
use super::groups::{Grouper, Interner, Key, NONE, RowBuckets, Rows, is_of_event};
use super::parts::{Part, bucket_span};
use super::task::Task;
use super::uniques::{Follower, Seen, Sketches};
use super::visits::{Piece, Pieces, Walk, Walked};
use super::{ScanError, check, spare};
use crate::schema;

/// Where fewer than one of so many rows are asked for, columns are read at those alone.
const FEW: usize = 4;

/// What is counted of a group's events.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    /// Events.
    pub events: u64,
    /// Page views.
    pub pageviews: u64,
}

/// What was paid in a group, in one currency.
#[derive(Clone, Copy, Debug, Default)]
pub struct Paid {
    /// In all, in millionths.
    pub micros: i64,
    /// Events that paid more than nothing.
    pub orders: u64,
}

/// What a thread has found so far.
pub struct Worker {
    /// Texts by dimension.
    pub interners: Vec<Interner>,
    /// Groups.
    pub groups: Grouper,
    /// Events by group.
    pub sums: Vec<Sums>,
    /// Revenue by group and currency.
    pub revenue: HashMap<(u32, String), Paid>,
    /// Visitors of groups that only one part has.
    pub visitors: Follower,
    /// Who else was seen.
    pub seen: Vec<Seen>,
    /// In place of it, where it was too much.
    pub sketches: Option<Sketches>,
    /// Visits by group.
    pub visits: Vec<VisitSums>,
    /// Visits that other parts may know more of.
    pub waiting: Vec<Piece>,
    /// What visits begin with: bucket of time and the values that are their first event's.
    pub starts: Grouper,
    /// What their events add: values of their own.
    pub owns: Grouper,
    /// Pages of visits.
    pub pages: Interner,
    /// Events read.
    pub rows_read: u64,
    groups_of_visits: HashMap<(u32, u32), u32>,
    /// The same of visits that are counted by what they begin with alone.
    groups_of_starts: Vec<u32>,
    /// Memory of pieces, for the next part's.
    spare: Vec<Piece>,
    seen_bytes: usize,
}

impl Worker {
    /// That has done nothing yet.
    pub fn new(question: &Question) -> Self {
        let all: Vec<(usize, Dimension)> = question.by.iter().copied().enumerate().collect();
        let (own, of_visit) = all.iter().partition(|(_, dimension)| is_of_event(*dimension));
        Self {
            interners: all.iter().map(|_| Interner::default()).collect(),
            groups: Grouper::new(all),
            sums: Vec::new(),
            revenue: HashMap::new(),
            visitors: Follower::default(),
            seen: Vec::new(),
            sketches: None,
            visits: Vec::new(),
            waiting: Vec::new(),
            starts: Grouper::new(of_visit),
            owns: Grouper::new(own),
            pages: Interner::default(),
            rows_read: 0,
            groups_of_visits: HashMap::new(),
            groups_of_starts: Vec::new(),
            spare: Vec::new(),
            seen_bytes: 0,
        }
    }

    /// Goes through a part.
    ///
    /// # Errors
    /// [`ScanError`] when it cannot be read, or the budget is spent.
    pub fn take(&mut self, task: &Task<'_>, part: &Part<'_>) -> Result<(), ScanError> {
        let mut pieces = Pieces::new(part.blocks(), std::mem::take(&mut self.spare));
        for at in 0..part.blocks() {
            check(task.budget)?;
            let Some(mut block) = part.block(at, task.pages) else { continue };
            let rows = task.visible(&mut block)?;
            if rows == 0 {
                // Who comes later has a higher number still.
                break;
            }
            let mask = task.mask(part, &mut block)?;
            self.events(task, part, &mut block, rows, &mask)?;
            if let Some(wanted) = task.counts.visits {
                // What is counted by its events' own values passes by those that have one.
                let is_by_own = task.question.by.iter().any(|dimension| is_of_event(*dimension));
                let passing = if is_by_own { &Mask::Every(false) } else { &mask };
                let lists = is_by_own && mask != Mask::Every(false);
                let walk = Walk { rows, span: &task.span, wanted, passing, lists };
                let pages = &mut self.pages;
                let walked = pieces.walk(&mut block, &walk, &mut |page| pages.number(page))?;
                if !wanted.pages {
                    self.pieces(task, &part.span, (&mut block, &walked, &mask), &mut pieces)?;
                }
            }
            self.rows_read += rows as u64;
            let pieces = pieces.all.len() * size_of::<Piece>();
            self.check_memory(task, pieces)?;
        }
        self.seen_part();
        self.end_visits(task, part, pieces);
        self.check_memory(task, 0)
    }

    /// Counts events and their visitors.
    fn events(
        &mut self,
        task: &Task<'_>,
        part: &Part<'_>,
        block: &mut Block<'_>,
        rows: usize,
        mask: &Mask,
    ) -> Result<(), ScanError> {
        let rows = match mask {
            Mask::Every(false) => return Ok(()),
            Mask::Every(true) => Rows::First(rows),
            Mask::Each(all) => Rows::These(these(all.get(..rows).unwrap_or(all))),
        };
        match rows {
            Rows::These(these) if these.len() * FEW < block.rows() => {
                let few = Rows::First(these.len());
                block.focus(Some(these));
                let counted = self.rows(task, part, block, few);
                block.focus(None);
                counted
            }
            rows => self.rows(task, part, block, rows),
        }
    }

    /// Counts rows.
    fn rows(&mut self, task: &Task<'_>, part: &Part<'_>, block: &mut Block<'_>, rows: Rows) -> Result<(), ScanError> {
        if rows.len() == 0 {
            return Ok(());
        }
        let buckets = task.buckets(&part.span, block)?;
        let (rows, groups) = self.groups.assign(block, rows, &buckets, &mut self.interners)?;
        self.sums.resize(self.groups.len(), Sums::default());
        for group in &groups {
            if let Some(sums) = self.sums.get_mut(*group as usize) {
                sums.events += 1;
            }
        }
        if task.counts.pageviews {
            let types = block.texts(Dimension::EventType)?;
            let is_view: Vec<u64> = types.values.iter().map(|name| u64::from(name == PAGEVIEW)).collect();
            rows.each(|at, row| {
                let code = types.codes.get(row).copied().unwrap_or_default() as usize;
                let group = groups.get(at).copied().unwrap_or(NONE);
                if let (Some(sums), Some(is_view)) = (self.sums.get_mut(group as usize), is_view.get(code)) {
                    sums.pageviews += is_view;
                }
            });
        }
        if task.counts.visitors {
            let visitors = block.visitors()?;
            self.visitors.follow(&visitors, &rows, &groups, self.groups.len(), part.is_alone);
        }
        if task.counts.revenue {
            self.money(block, &rows, &groups)?;
        }
        rows.end();
        spare::keep(groups);
        Ok(())
    }

    fn money(&mut self, block: &mut Block<'_>, rows: &Rows, groups: &[u32]) -> Result<(), ScanError> {
        let micros = block.numbers(schema::REVENUE)?;
        let currencies = block.column(schema::CURRENCY)?;
        if micros.is_zero() && currencies.values.iter().all(str::is_empty) {
            return Ok(());
        }
        rows.each(|at, row| {
            let code = currencies.codes.get(row).copied().unwrap_or_default();
            let (currency, micros) = (currencies.values.get(code as usize), micros.get(row).cast_signed());
            let group = groups.get(at).copied().unwrap_or(NONE);
            if group != NONE && !(currency.is_empty() && micros == 0) {
                let paid = self.revenue.entry((group, currency.to_owned())).or_default();
                paid.micros = paid.micros.saturating_add(micros);
                paid.orders += u64::from(micros > 0);
            }
        });
        Ok(())
    }

    /// Gives pieces of visits what they are counted under.
    fn pieces(
        &mut self,
        task: &Task<'_>,
        span: &Range<u64>,
        (block, walked, mask): (&mut Block<'_>, &Walked, &Mask),
        pieces: &mut Pieces,
    ) -> Result<(), ScanError> {
        let new = pieces.all.get_mut(walked.first_new..).unwrap_or_default();
        let rows = Rows::These(new.iter().map(|piece| piece.start).collect());
        let within = task.question.buckets.as_ref().map(|buckets| bucket_span(buckets, span, task.question));
        let buckets = match (&task.question.buckets, within) {
            (None, _) => RowBuckets::One(0),
            (_, Some((first, last))) if first == last => RowBuckets::One(first),
            (Some(buckets), _) => {
                // By row, of those that begin one; no other is looked at.
                let mut all = vec![0; block.rows()];
                for piece in new.iter() {
                    if let Some(bucket) = all.get_mut(piece.start as usize) {
                        *bucket = buckets.of(piece.first_ms) as u32;
                    }
                }
                RowBuckets::Each(all)
            }
        };
        let (rows, starts) = self.starts.assign(block, rows, &buckets, &mut self.interners)?;
        // Both are in the order of rows. One whose first event lacks a value is in no group.
        let (mut at, mut row) = (0, rows.row(0));
        for piece in new {
            let is_in_group = row == Some(piece.start);
            piece.start = starts.get(at).copied().filter(|_| is_in_group).unwrap_or(NONE);
            at += usize::from(is_in_group);
            row = rows.row(at);
        }
        if walked.pieces.is_empty() {
            return Ok(());
        }
        let these = (0..walked.pieces.len()).filter(|row| mask.has(*row)).map(|row| row as u32).collect();
        let (rows, owns) = self.owns.assign(block, Rows::These(these), &RowBuckets::One(0), &mut self.interners)?;
        rows.each(|at, row| {
            let own = owns.get(at).copied().unwrap_or(NONE);
            let piece = walked.pieces.get(row).and_then(|piece| pieces.all.get_mut(*piece as usize));
            if let Some(piece) = piece.filter(|_| own != NONE) {
                piece.add_own(own);
                piece.passes = true;
            }
        });
        Ok(())
    }

    /// Counts the visits that are whole, and keeps the others.
    fn end_visits(&mut self, task: &Task<'_>, part: &Part<'_>, pieces: Pieces) {
        let keeps_all = task.counts.visits.is_some_and(|wanted| wanted.pages);
        let range = task.question.start_ms..task.question.end_ms;
        let mut pieces = pieces.all;
        for piece in pieces.drain(..) {
            if keeps_all || part.own_day.as_ref().is_none_or(|day| piece.may_go_on(day)) {
                self.waiting.push(piece);
            } else if piece.passes && range.contains(&piece.first_ms) {
                self.count_visit(&piece);
            }
        }
        self.spare = pieces;
    }

    /// Counts a visit in its groups.
    pub fn count_visit(&mut self, visit: &Piece) {
        let sums = visit.sums();
        let Some(start) = self.starts.keys().get(visit.start as usize).copied() else { return };
        if visit.own.is_empty() {
            self.groups_of_starts.resize(self.starts.len(), NONE);
            let Some(known) = self.groups_of_starts.get_mut(visit.start as usize) else { return };
            if *known == NONE {
                *known = self.groups.number(both(&start, None));
            }
            let group = *known;
            return self.add_visit(group, &sums);
        }
        for own in &visit.own {
            let group = self.groups_of_visits.entry((visit.start, *own));
            let group = *group.or_insert_with(|| self.groups.number(both(&start, self.owns.keys().get(*own as usize))));
            self.add_visit(group, &sums);
        }
    }

    fn add_visit(&mut self, group: u32, sums: &VisitSums) {
        if self.visits.len() <= group as usize {
            self.visits.resize(group as usize + 1, VisitSums::default());
        }
        if let Some(visits) = self.visits.get_mut(group as usize) {
            visits.add(sums, 1);
        }
    }

    fn seen_part(&mut self) {
        let Some(seen) = self.visitors.end() else { return };
        match &mut self.sketches {
            Some(sketches) => sketches.take(&seen),
            None => {
                self.seen_bytes += seen.bytes();
                self.seen.push(seen);
            }
        }
    }

    /// Sees to it that the thread's share of the memory is enough; else estimates visitors, or gives up.
    fn check_memory(&mut self, task: &Task<'_>, pieces: usize) -> Result<(), ScanError> {
        let bytes_max = task.budget.bytes_max / task.budget.threads.max(1);
        // A group stands in a table, a list of keys and a list of sums, each with room to grow.
        let groups = self.groups.len() * (size_of::<Key>() * 4 + size_of::<Sums>() * 2)
            + (self.starts.len() + self.owns.len()) * size_of::<Key>() * 4
            + self.visits.capacity() * size_of::<VisitSums>()
            + self.revenue.capacity() * 64;
        let visits = self.waiting.iter().map(Piece::bytes).sum::<usize>() + pieces;
        let others = groups + visits;
        if others > bytes_max {
            return Err(ScanError::TooMuchMemory(task.budget.bytes_max));
        }
        let rest = bytes_max - others;
        if self.sketches.is_none() && self.seen_bytes + self.visitors.bytes() > rest {
            let mut sketches =
                Sketches::new(self.groups.len(), rest).ok_or(ScanError::TooMuchMemory(task.budget.bytes_max))?;
            self.seen.drain(..).for_each(|seen| sketches.take(&seen));
            self.seen_bytes = 0;
            self.sketches = Some(sketches);
        }
        match &self.sketches {
            Some(sketches) if !sketches.fits(self.groups.len(), rest) => {
                Err(ScanError::TooMuchMemory(task.budget.bytes_max))
            }
            _ => Ok(()),
        }
    }
}

/// Which rows have a one. Eight that have none are passed over at once; of others, each is written, and kept where it has
/// one, for that cannot be foretold.
fn these(rows: &[u8]) -> Vec<u32> {
    let count = rows.iter().map(|passes| usize::from(*passes)).sum::<usize>() + 1;
    let mut these = spare::list(count);
    these.resize(count, 0);
    let mut kept = 0;
    let mut keep = |passes: u8, row: u32| {
        if let Some(to) = these.get_mut(kept) {
            *to = row;
        }
        kept += usize::from(passes);
    };
    let (eights, rest) = rows.as_chunks::<8>();
    for (some, first) in eights.iter().zip((0..).step_by(8)) {
        if *some != [0; 8] {
            some.iter().zip(first..).for_each(|(passes, row)| keep(*passes, row));
        }
    }
    rest.iter().zip(eights.len() as u32 * 8..).for_each(|(passes, row)| keep(*passes, row));
    these.truncate(kept);
    these
}

/// A visit's group: what it began with, and what one of its events adds.
pub fn both(start: &Key, own: Option<&Key>) -> Key {
    let mut key = *start;
    if let Some(own) = own {
        // Each dimension is named by one of them; the other has zero there.
        key.iter_mut().zip(own).skip(1).for_each(|(key, own)| *key += own);
    }
    key
}

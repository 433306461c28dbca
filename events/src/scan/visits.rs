//! Visits told anew from their events: those of one session without a pause of more than half an hour.
//!
//! Parts are gone through one by one. A visit that no event of another part can belong to is counted at once; the
//! others, at midnight or in several files of a day, are brought together in the end.

use std::ops::Range;

use domain::rollup::{PAGEVIEW, VisitSums};
use domain::visit::{PAUSE_MAX_MS, Visit};
use hashbrown::HashMap;
use wire::Id128;
use wire::query::Dimension;

use super::ScanError;
use super::block::Block;
use super::filter::Mask;
use super::groups::NONE;
use super::spare;
use super::values::Dictionary;
use crate::schema;

/// A visit as far as one part has it.
#[derive(Clone, Debug, Default)]
pub struct Piece {
    /// High half of its name.
    pub session: u64,
    /// First event, Unix milliseconds.
    pub first_ms: u64,
    /// Last event.
    pub last_ms: u64,
    /// Page views.
    pub pageviews: u32,
    /// Time in view.
    pub engaged_ms: u64,
    /// Whether it reached a goal.
    pub converted: bool,
    /// Whether one of its events is asked for.
    pub passes: bool,
    /// Row of its first event in the block that it was found in; then what it is counted under.
    pub start: u32,
    /// What its events that are asked for are counted under.
    pub own: Vec<u32>,
    /// First and last page view, where they are asked for and there is one.
    pub ends: Option<Box<Ends>>,
    /// The one before of the same session in this part.
    before: u32,
    /// Whether it must wait for others.
    waits: bool,
}

/// A visit's first and last page view: time and page.
#[derive(Clone, Copy, Debug)]
pub struct Ends {
    /// The first.
    pub entry: (u64, u32),
    /// The last.
    pub exit: (u64, u32),
}

impl Ends {
    fn join(&mut self, other: Self) {
        if other.entry.0 < self.entry.0 {
            self.entry = other.entry;
        }
        if other.exit.0 >= self.exit.0 {
            self.exit = other.exit;
        }
    }
}

impl Piece {
    /// Memory that it takes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.own.capacity() * 4 + self.ends.as_ref().map_or(0, |_| size_of::<Ends>())
    }

    /// What it adds to the sums of a group.
    pub fn sums(&self) -> VisitSums {
        VisitSums::of(&Visit {
            id: Id128::default(),
            first: (self.first_ms, Id128::default()),
            last_ms: self.last_ms,
            pageviews: self.pageviews,
            engaged_ms: self.engaged_ms,
            converted: self.converted,
            entry: None,
            exit: None,
            values: Vec::new(),
        })
    }

    fn reaches(&self, at_ms: u64) -> bool {
        at_ms.saturating_add(PAUSE_MAX_MS) >= self.first_ms && at_ms <= self.last_ms.saturating_add(PAUSE_MAX_MS)
    }

    /// Whether an event outside of these days could belong to it.
    pub fn may_go_on(&self, day: &Range<u64>) -> bool {
        self.waits
            || self.first_ms < day.start.saturating_add(PAUSE_MAX_MS)
            || self.last_ms.saturating_add(PAUSE_MAX_MS) >= day.end
    }

    fn join(&mut self, other: Self) {
        if other.first_ms < self.first_ms {
            (self.first_ms, self.start) = (other.first_ms, other.start);
        }
        self.last_ms = self.last_ms.max(other.last_ms);
        self.pageviews = self.pageviews.saturating_add(other.pageviews);
        self.engaged_ms = self.engaged_ms.saturating_add(other.engaged_ms);
        self.converted |= other.converted;
        self.passes |= other.passes;
        for own in other.own {
            self.add_own(own);
        }
        match (&mut self.ends, other.ends) {
            (Some(ends), Some(others)) => ends.join(*others),
            (ends, others) => *ends = ends.take().or(others),
        }
    }

    /// Adds what one of its events is counted under.
    pub fn add_own(&mut self, own: u32) {
        if !self.own.contains(&own) {
            self.own.push(own);
        }
    }
}

/// Makes visits of pieces.
pub fn join(mut pieces: Vec<Piece>) -> Vec<Piece> {
    pieces.sort_by_key(|piece| (piece.session, piece.first_ms, piece.last_ms));
    let mut visits: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match visits.last_mut() {
            Some(last) if last.session == piece.session && last.reaches(piece.first_ms) => last.join(piece),
            _ => visits.push(piece),
        }
    }
    visits
}

/// Pieces that are made at once: 5 KB.
const PIECES_AT_ONCE: usize = 64;

/// What of visits is asked for, beside that they are counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Time in view.
    pub engaged: bool,
    /// Goals.
    pub goals: bool,
    /// First and last page.
    pub pages: bool,
}

/// The pieces of visits in one part.
#[derive(Debug, Default)]
pub struct Pieces {
    /// All so far; while a block is walked through, with empty ones behind.
    pub all: Vec<Piece>,
    /// How many they are.
    count: usize,
    /// The last of each session, where the part has several blocks.
    last: Option<HashMap<u64, u32>>,
}

/// A block's rows as visits see them.
pub struct Walked {
    /// The piece that each row belongs to, where they are listed; [`NONE`] for a row without one.
    pub pieces: Vec<u32>,
    /// Number of the first piece that began in this block.
    pub first_new: usize,
}

/// What is walked through.
pub struct Walk<'a> {
    /// So many rows from the first on.
    pub rows: usize,
    /// Time within which events are looked at.
    pub span: &'a Range<u64>,
    /// What is asked for.
    pub wanted: Wanted,
    /// The rows by which a visit passes.
    pub passing: &'a Mask,
    /// Whether to list each row's piece.
    pub lists: bool,
}

/// The piece that the rows are in, as long as they stay in it.
struct Open {
    number: u32,
    code: u32,
    first_ms: u64,
    last_ms: u64,
    /// What comes later than this is not of it.
    until_ms: u64,
    pageviews: u32,
    engaged_ms: u64,
    converted: bool,
    passes: bool,
}

impl Open {
    /// Which nothing is of.
    const NONE: Self = Self {
        number: NONE,
        code: NONE,
        first_ms: u64::MAX,
        last_ms: 0,
        until_ms: 0,
        pageviews: 0,
        engaged_ms: 0,
        converted: false,
        passes: false,
    };
}

impl Pieces {
    /// Of a part of so many blocks, in memory that is used again.
    pub fn new(blocks: usize, all: Vec<Piece>) -> Self {
        Self { count: all.len(), all, last: (blocks > 1).then(HashMap::new) }
    }

    /// Goes through a block's rows; `page` numbers pages.
    ///
    /// # Errors
    /// [`ScanError`] when a column cannot be read.
    #[inline(never)]
    pub fn walk(
        &mut self,
        block: &mut Block<'_>,
        walk: &Walk<'_>,
        page: &mut dyn FnMut(&str) -> u32,
    ) -> Result<Walked, ScanError> {
        let wanted = walk.wanted;
        let (codes, sessions) = block.numbers(schema::SESSION)?.into_distinct();
        let at = block.at()?;
        let types = block.texts(Dimension::EventType)?;
        let views: Vec<u32> = types.values.iter().map(|name| u32::from(name == PAGEVIEW)).collect();
        let engaged = if wanted.engaged { Some(block.numbers(schema::ENGAGED)?) } else { None };
        let engaged = engaged.filter(|engaged| !engaged.is_zero());
        let goals = if wanted.goals { Some(block.texts(Dimension::Goal)?) } else { None };
        let has_goal: Vec<bool> =
            goals.iter().flat_map(|goals| goals.values.iter()).map(|goals| !goals.is_empty()).collect();
        let goals = goals.filter(|_| has_goal.contains(&true));
        let paths = if wanted.pages { Some(block.texts(Dimension::Page)?) } else { None };
        let pages: Vec<u32> = paths.iter().flat_map(|paths| paths.values.iter()).map(&mut *page).collect();
        let code_of = |codes: &[u32], row: usize| codes.get(row).copied().unwrap_or_default() as usize;

        let last_ms = walk.span.end.saturating_sub(1);
        let mut slots = vec![NONE; sessions.len()];
        let first_new = self.count;
        self.all.reserve(sessions.len());
        let mut pieces = Vec::with_capacity(if walk.lists { walk.rows } else { 0 });
        let mut open = Open::NONE;
        let rows = codes.iter().zip(at.iter()).zip(&types.codes).take(walk.rows).enumerate();
        for (row, ((code, at_ms), event_type)) in rows {
            // Mostly, the row before was of the same visit.
            if *code != open.code || *at_ms < open.first_ms || *at_ms > open.until_ms {
                self.close(&open);
                let session = sessions.get(*code as usize).copied().unwrap_or_default();
                open = match slots.get_mut(*code as usize) {
                    Some(slot) if session != 0 && walk.span.contains(at_ms) => {
                        if *slot == NONE {
                            *slot = self.last.as_ref().and_then(|last| last.get(&session)).copied().unwrap_or(NONE);
                        }
                        *slot = self.of(*slot, session, *at_ms, row);
                        self.open(*slot, *code)
                    }
                    _ => Open::NONE,
                };
                if open.number == NONE {
                    if walk.lists {
                        pieces.push(NONE);
                    }
                    continue;
                }
            }
            open.last_ms = open.last_ms.max(*at_ms);
            open.until_ms = open.last_ms.saturating_add(PAUSE_MAX_MS).min(last_ms);
            let view = views.get(*event_type as usize).copied().unwrap_or_default();
            open.pageviews = open.pageviews.saturating_add(view);
            open.passes |= walk.passing.has(row);
            if walk.lists {
                pieces.push(open.number);
            }
            if let Some(engaged) = &engaged {
                open.engaged_ms = open.engaged_ms.saturating_add(engaged.get(row));
            }
            if let Some(goals) = &goals {
                open.converted |= has_goal.get(code_of(&goals.codes, row)).copied().unwrap_or_default();
            }
            if let (Some(paths), 1) = (&paths, view) {
                let page = pages.get(code_of(&paths.codes, row)).copied().unwrap_or_default();
                let view = Ends { entry: (*at_ms, page), exit: (*at_ms, page) };
                if let Some(piece) = self.all.get_mut(open.number as usize) {
                    piece.ends.get_or_insert_with(|| Box::new(view)).join(view);
                }
            }
        }
        self.close(&open);
        self.all.truncate(self.count);
        if let Some(last) = &mut self.last {
            last.extend(sessions.iter().copied().zip(slots).filter(|(_, slot)| *slot != NONE));
        }
        spare::keep(codes);
        spare::keep(sessions);
        Ok(Walked { pieces, first_new })
    }

    /// Goes on with a piece.
    fn open(&self, number: u32, code: u32) -> Open {
        let Some(piece) = self.all.get(number as usize) else { return Open::NONE };
        Open {
            number,
            code,
            first_ms: piece.first_ms,
            last_ms: piece.last_ms,
            until_ms: 0,
            pageviews: piece.pageviews,
            engaged_ms: piece.engaged_ms,
            converted: piece.converted,
            passes: piece.passes,
        }
    }

    /// Notes what a piece has by now.
    fn close(&mut self, open: &Open) {
        if let Some(piece) = self.all.get_mut(open.number as usize) {
            piece.last_ms = open.last_ms;
            piece.pageviews = open.pageviews;
            piece.engaged_ms = open.engaged_ms;
            piece.converted = open.converted;
            piece.passes = open.passes;
        }
    }

    /// The piece that an event belongs to, begun where there is none.
    fn of(&mut self, slot: u32, session: u64, at_ms: u64, row: usize) -> u32 {
        let mut is_out_of_order = false;
        if let Some(piece) = self.all.get_mut(slot as usize) {
            if piece.reaches(at_ms) && at_ms >= piece.first_ms {
                piece.last_ms = piece.last_ms.max(at_ms);
                return slot;
            }
            is_out_of_order = at_ms < piece.last_ms;
        }
        if is_out_of_order {
            // Several visitors share the session: only in the end is it known what goes together.
            let mut at = slot;
            while let Some(piece) = self.all.get_mut(at as usize) {
                piece.waits = true;
                at = piece.before;
            }
        }
        let waits = self.all.get(slot as usize).is_some_and(|piece| piece.waits);
        // Made some at a time and then filled in: what is pushed is copied, and waits until what was written before is.
        if self.count >= self.all.len() {
            self.all.resize_with(self.count + PIECES_AT_ONCE, Piece::default);
        }
        if let Some(piece) = self.all.get_mut(self.count) {
            (piece.session, piece.first_ms, piece.last_ms) = (session, at_ms, at_ms);
            (piece.start, piece.before, piece.waits) = (row as u32, slot, waits);
        }
        self.count += 1;
        (self.count - 1) as u32
    }
}

/// Numbers of pages back to their texts, of several threads.
pub fn renumbered(pieces: &mut [Piece], pages: &Dictionary, number: &mut dyn FnMut(&str) -> u32) {
    let to: Vec<u32> = pages.iter().map(number).collect();
    for ends in pieces.iter_mut().filter_map(|piece| piece.ends.as_mut()) {
        for page in [&mut ends.entry.1, &mut ends.exit.1] {
            *page = to.get(*page as usize).copied().unwrap_or(NONE);
        }
    }
}

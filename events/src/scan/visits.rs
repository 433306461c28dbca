//! Visits told anew from their events: those of one session without a pause of more than half an hour.
//!
//! Parts are gone through one by one. A visit that no event of another part can belong to is counted at once; the
//! others, at midnight or in several files of a day, are brought together in the end.

use domain::rollup::{PAGEVIEW, VisitSums};
use domain::visit::{PAUSE_MAX_MS, Visit};
use hashbrown::HashMap;
use wire::Id128;
use wire::query::Dimension;

use super::ScanError;
use super::block::Block;
use super::groups::NONE;
use super::values::Dictionary;
use crate::schema;

/// A visit as far as one part has it.
#[derive(Clone, Debug)]
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
    /// Time and page of the first page view.
    pub entry: Option<(u64, u32)>,
    /// Time and page of the last.
    pub exit: Option<(u64, u32)>,
    /// The one before of the same session in this part.
    before: u32,
    /// Whether it must wait for others.
    waits: bool,
}

impl Piece {
    /// Memory that it takes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.own.capacity() * 4
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
    pub fn may_go_on(&self, day: &std::ops::Range<u64>) -> bool {
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
        self.entry = [self.entry, other.entry].into_iter().flatten().min_by_key(|(at, _)| *at);
        self.exit = [self.exit, other.exit].into_iter().flatten().max_by_key(|(at, _)| *at);
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
    /// All so far.
    pub all: Vec<Piece>,
    /// The last of each session, where the part has several blocks.
    last: Option<HashMap<u64, u32>>,
}

/// A block's rows as visits see them.
pub struct Walked {
    /// The piece that each row belongs to; [`NONE`] for a row without one.
    pub pieces: Vec<u32>,
    /// Number of the first piece that began in this block.
    pub first_new: usize,
}

impl Pieces {
    /// Of a part of so many blocks.
    pub fn new(blocks: usize) -> Self {
        Self { all: Vec::new(), last: (blocks > 1).then(HashMap::new) }
    }

    /// Goes through a block's first `rows` rows within the span; `page` numbers pages.
    ///
    /// # Errors
    /// [`ScanError`] when a column cannot be read.
    pub fn walk(
        &mut self,
        block: &mut Block<'_>,
        rows: usize,
        span: &std::ops::Range<u64>,
        wanted: Wanted,
        page: &mut dyn FnMut(&str) -> u32,
    ) -> Result<Walked, ScanError> {
        let (codes, sessions) = block.numbers(schema::SESSION)?.into_distinct();
        let at = block.at()?;
        let types = block.texts(Dimension::EventType)?;
        let is_view: Vec<bool> = types.values.iter().map(|name| name == PAGEVIEW).collect();
        let engaged = if wanted.engaged { Some(block.numbers(schema::ENGAGED)?) } else { None };
        let engaged = engaged.filter(|engaged| !engaged.is_zero());
        let goals = if wanted.goals { Some(block.texts(Dimension::Goal)?) } else { None };
        let has_goal: Vec<bool> =
            goals.iter().flat_map(|goals| goals.values.iter()).map(|goals| !goals.is_empty()).collect();
        let goals = goals.filter(|_| has_goal.contains(&true));
        let paths = if wanted.pages { Some(block.texts(Dimension::Page)?) } else { None };
        let pages: Vec<u32> = paths.iter().flat_map(|paths| paths.values.iter()).map(&mut *page).collect();
        let code_of = |codes: &[u32], row: usize| codes.get(row).copied().unwrap_or_default() as usize;

        let mut slots = vec![NONE; sessions.len()];
        let first_new = self.all.len();
        let mut pieces = Vec::with_capacity(rows);
        for (row, code) in codes.iter().enumerate().take(rows) {
            let session = sessions.get(*code as usize).copied().unwrap_or_default();
            let at_ms = at.get(row);
            let Some(slot) = slots.get_mut(*code as usize).filter(|_| session != 0 && span.contains(&at_ms)) else {
                pieces.push(NONE);
                continue;
            };
            if *slot == NONE {
                *slot = self.last.as_ref().and_then(|last| last.get(&session)).copied().unwrap_or(NONE);
            }
            let is_view = is_view.get(code_of(&types.codes, row)).copied().unwrap_or_default();
            let number = self.of(*slot, session, at_ms, row);
            *slot = number;
            pieces.push(number);
            let Some(piece) = self.all.get_mut(number as usize) else { continue };
            piece.pageviews += u32::from(is_view);
            if let Some(engaged) = &engaged {
                piece.engaged_ms = piece.engaged_ms.saturating_add(engaged.get(row));
            }
            if let Some(goals) = &goals {
                piece.converted |= has_goal.get(code_of(&goals.codes, row)).copied().unwrap_or_default();
            }
            if let (Some(paths), true) = (&paths, is_view) {
                let page = pages.get(code_of(&paths.codes, row)).copied().unwrap_or_default();
                if piece.entry.is_none_or(|(first, _)| at_ms < first) {
                    piece.entry = Some((at_ms, page));
                }
                if piece.exit.is_none_or(|(last, _)| at_ms >= last) {
                    piece.exit = Some((at_ms, page));
                }
            }
        }
        if let Some(last) = &mut self.last {
            last.extend(sessions.iter().copied().zip(slots).filter(|(_, slot)| *slot != NONE));
        }
        Ok(Walked { pieces, first_new })
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
        self.all.push(Piece {
            session,
            first_ms: at_ms,
            last_ms: at_ms,
            pageviews: 0,
            engaged_ms: 0,
            converted: false,
            passes: false,
            start: row as u32,
            own: Vec::new(),
            entry: None,
            exit: None,
            before: slot,
            waits,
        });
        (self.all.len() - 1) as u32
    }
}

/// Numbers of pages back to their texts, of several threads.
pub fn renumbered(pieces: &mut [Piece], pages: &Dictionary, number: &mut dyn FnMut(&str) -> u32) {
    let to: Vec<u32> = pages.iter().map(number).collect();
    for page in pieces.iter_mut().flat_map(|piece| [&mut piece.entry, &mut piece.exit]).flatten() {
        page.1 = to.get(page.1 as usize).copied().unwrap_or(NONE);
    }
}

//! First and last pages of visits, to be looked up by session and time: where a question asks by them, events get
//! their visit's.

use std::sync::Arc;

use hashbrown::HashMap;
use wire::query::Dimension;

use super::ScanError;
use super::values::{Dictionary, Numbers, Texts};
use super::visits::{Ends, Piece};

/// All visits' pages.
#[derive(Debug, Default)]
pub struct VisitPages {
    /// By session; most have one visit.
    visits: HashMap<u64, Vec<Pages>>,
    texts: Arc<Dictionary>,
    /// The number of no page.
    none: u32,
}

#[derive(Clone, Copy, Debug)]
struct Pages {
    first_ms: u64,
    last_ms: u64,
    entry: u32,
    exit: u32,
}

impl VisitPages {
    /// Of whole visits, whose pages are numbered as `texts` stand.
    pub fn of(visits: &[Piece], mut texts: Dictionary) -> Self {
        let none = texts.len() as u32;
        texts.push("");
        let mut by_session: HashMap<u64, Vec<Pages>> = HashMap::with_capacity(visits.len());
        for visit in visits {
            let page = |at: fn(&Ends) -> u32| visit.ends.as_ref().map_or(none, |ends| at(ends));
            by_session.entry(visit.session).or_default().push(Pages {
                first_ms: visit.first_ms,
                last_ms: visit.last_ms,
                entry: page(|ends| ends.entry.1),
                exit: page(|ends| ends.exit.1),
            });
        }
        Self { visits: by_session, texts: Arc::new(texts), none }
    }

    /// The first or last pages of some rows' visits.
    ///
    /// # Errors
    /// [`ScanError::Damaged`] when the columns differ in length.
    pub fn column(&self, sessions: &Numbers, at: &[u64], dimension: Dimension) -> Result<Texts, ScanError> {
        if sessions.len() != at.len() {
            return Err(ScanError::Damaged("columns differ in length"));
        }
        let code = |(row, at_ms): (usize, &u64)| {
            let visits = self.visits.get(&sessions.get(row)).map(Vec::as_slice).unwrap_or_default();
            let visit = visits.iter().find(|visit| (visit.first_ms..=visit.last_ms).contains(at_ms));
            visit.map_or(self.none, |visit| if dimension == Dimension::EntryPage { visit.entry } else { visit.exit })
        };
        Ok(Texts { codes: at.iter().enumerate().map(code).collect(), values: Arc::clone(&self.texts) })
    }
}

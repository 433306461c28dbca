//! The visits that are known, by session.

use std::collections::BTreeSet;
use std::rc::Rc;

use domain::visit::{KNOWN_MS, Known, Visit};
use serde::Deserialize;
use serde_bytes::ByteBuf;
use wire::Id128;
use worker::SqlStorageValue;

use super::{Store, id, number};

/// Sessions whose visits are known. Beyond, those that ended first are forgotten: 500 000 rows of 500 bytes are a
/// fortieth of what an object may hold.
const SESSIONS_MAX: u64 = 500_000;

/// Sessions whose visits are kept in memory as well; more, and all are read anew. 20 000 of 1 KB are 20 MB.
const REMEMBERED_MAX: usize = 20_000;

/// Rows read or written by one statement, which takes at most 100 values.
const ROWS_AT_ONCE: usize = 33;

impl Store {
    /// The known visits of sessions. Those without any are there, empty.
    pub fn visits(&self, sessions: &BTreeSet<Id128>) -> worker::Result<Known> {
        #[derive(Deserialize)]
        struct Row {
            session: ByteBuf,
            visits: ByteBuf,
        }
        let mut known = Known::new();
        let mut asked = Vec::new();
        let remembered = self.visits.borrow();
        for session in sessions {
            match remembered.get(session) {
                Some(visits) => known.insert(*session, visits.clone()),
                None => {
                    asked.push(*session);
                    known.insert(*session, Vec::new())
                }
            };
        }
        for some in asked.chunks(3 * ROWS_AT_ONCE) {
            let places = vec!["?"; some.len()].join(", ");
            let query = format!("SELECT session, visits FROM visits WHERE session IN ({places})");
            let values = some.iter().map(|session| session.0.to_vec().into()).collect();
            for row in self.read::<Row>(&query, values)? {
                let visits: Vec<Visit> =
                    rmp_serde::from_slice(&row.visits).map_err(|e| worker::Error::RustError(e.to_string()))?;
                known.insert(id(&row.session)?, visits.into_iter().map(Rc::new).collect());
            }
        }
        Ok(known)
    }

    /// Writes visits as they are now; part of a transaction.
    pub(super) fn write_visits(&self, known: &Known) -> worker::Result<()> {
        let rows: Vec<(&Id128, &Vec<Rc<Visit>>)> = known.iter().collect();
        for some in rows.chunks(ROWS_AT_ONCE) {
            let places = vec!["(?, ?, ?)"; some.len()].join(", ");
            let mut values: Vec<SqlStorageValue> = Vec::with_capacity(3 * some.len());
            for (session, visits) in some {
                let plain: Vec<&Visit> = visits.iter().map(Rc::as_ref).collect();
                let bytes = rmp_serde::to_vec(&plain).map_err(|e| worker::Error::RustError(e.to_string()))?;
                let last_ms = visits.iter().map(|visit| visit.last_ms).max().unwrap_or_default();
                values.extend([session.0.to_vec().into(), bytes.into(), number(last_ms)]);
            }
            let statement = format!(
                "INSERT INTO visits (session, visits, last_ms) VALUES {places}
                 ON CONFLICT (session) DO UPDATE SET visits = excluded.visits, last_ms = excluded.last_ms"
            );
            self.write(&statement, values)?;
        }
        Ok(())
    }

    /// Remembers visits that are written.
    pub(super) fn remember_visits(&self, known: Known) {
        let mut remembered = self.visits.borrow_mut();
        if remembered.len() + known.len() > REMEMBERED_MAX {
            remembered.clear();
        }
        remembered.extend(known);
    }

    /// Forgets visits whose time is over; part of a transaction.
    pub(super) fn expire_visits(&self, now_ms: u64) -> worker::Result<()> {
        self.write("DELETE FROM visits WHERE last_ms < ?", vec![number(now_ms.saturating_sub(KNOWN_MS))])?;
        let surplus = self.count("SELECT count(*) AS n FROM visits")?.saturating_sub(SESSIONS_MAX);
        if surplus > 0 {
            let oldest = "DELETE FROM visits WHERE session IN (SELECT session FROM visits ORDER BY last_ms LIMIT ?)";
            self.write(oldest, vec![number(surplus)])?;
            self.visits.borrow_mut().clear();
        }
        Ok(())
    }
}

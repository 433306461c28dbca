//! Questions that counters answer: from days in memory where they are there, from the ledger otherwise.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use domain::query::{Ask, Coverage, Evaluation, Piece, Route, Tally};
use domain::window::{DAY_MS, Granularity};
use rusqlite::Connection;

use super::days::{Day, Days, SERIES_BYTES_MAX, Series};
use super::{Data, Version};
use crate::ledger::LedgerError;
use crate::ledger::hot::View;
use crate::ledger::rollup::{self, within_limit};
use crate::ledger::site::SiteKey;

/// Where a question's rows are read.
pub struct Sources<'a> {
    /// Days in memory.
    pub days: &'a Days,
    /// The ledger, at one version.
    pub connection: &'a Connection,
    /// What is hot in front of it, taken before.
    pub hot: &'a View,
    /// What the site's data is there.
    pub data: &'a Data,
    /// The site.
    pub site: SiteKey,
}

impl Sources<'_> {
    /// Adds up what a question's rollup says.
    ///
    /// # Errors
    /// [`LedgerError`] as of [`rollup::evaluate`].
    pub fn evaluate(&self, ask: &Ask) -> Result<Tally, LedgerError> {
        let Route::Rollup { coverage, pieces } = &ask.route else { return Ok(Tally::default()) };
        let mut evaluation = Evaluation::new(&ask.question, coverage, pieces);
        for piece in &pieces.pieces {
            match piece.granularity {
                Granularity::Day => self.days_of(coverage, piece, &mut evaluation)?,
                _ => rollup::evaluate(self.connection, self.hot, self.site, (coverage, piece), &mut evaluation)?,
            }
        }
        Ok(evaluation.finish())
    }

    /// Days that are in memory, and between them those that are not.
    fn days_of(&self, coverage: &Coverage, piece: &Piece, evaluation: &mut Evaluation<'_>) -> Result<(), LedgerError> {
        let Coverage { dimension, name, .. } = coverage;
        let lookup = evaluation.lookup().clone();
        let series = Series { site: self.site, dimension: *dimension, name: name.clone(), lookup };
        let span = piece.start_ms..piece.end_ms;
        let (mut read, mut from_ms) = (BTreeMap::new(), span.start);
        for (start_ms, day) in self.days.find(&series, span.clone(), |start_ms| self.version(start_ms)) {
            self.read(&series, from_ms..start_ms, evaluation, &mut read)?;
            for block in &day {
                evaluation.add_shared(start_ms, block)?;
            }
            within_limit(evaluation)?;
            from_ms = start_ms + DAY_MS;
        }
        self.read(&series, from_ms..span.end, evaluation, &mut read)?;
        if !read.is_empty() {
            let read = read.into_iter().map(|(start_ms, day)| (start_ms, self.version(start_ms), day));
            self.days.keep(series, read);
        }
        Ok(())
    }

    /// Reads days of the ledger, and collects them until they are too large to be kept.
    fn read(
        &self,
        series: &Series,
        span: Range<u64>,
        evaluation: &mut Evaluation<'_>,
        read: &mut BTreeMap<u64, Day>,
    ) -> Result<(), LedgerError> {
        if span.is_empty() {
            return Ok(());
        }
        let (mut bytes, mut is_room) = (0, true);
        let dimension = (series.dimension, series.name.as_str());
        let (connection, hot, site) = (self.connection, self.hot, self.site);
        rollup::each_block(connection, hot, site, Granularity::Day, dimension, span, |start_ms, block| {
            is_room &= bytes + block.bytes().len() <= SERIES_BYTES_MAX;
            if is_room {
                let only = Arc::new(series.lookup.only(block)?);
                bytes += only.heap_bytes();
                evaluation.add_shared(start_ms, &only)?;
                read.entry(start_ms).or_default().push(only);
            } else {
                // Of a day that would be kept in part, nothing is.
                read.remove(&start_ms);
                evaluation.add_block(start_ms, block)?;
            }
            within_limit(evaluation)
        })
    }

    fn version(&self, day_ms: u64) -> Version {
        let data = self.data.touched.newest(&(day_ms..day_ms + DAY_MS));
        Version { data, changes: self.data.changes }
    }
}

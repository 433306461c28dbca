//! The event store of the aggregator: segments and what is not sealed.

use std::ops::Range;
use std::sync::Arc;

use domain::analysis::{Analysis, Analyzed};
use domain::behaviour::{PersonTest, Sets};
use domain::query::{Found, Question};
use domain::window::DAY_MS;
use events::scan::{self, ScanError};
use events::store::{Budget, EventStore};
use wire::Id128;
use wire::frame::RawEvent;

use super::{Segments, SegmentsError};
use crate::clock::now_ms;

/// How far around a range visits are followed.
const AROUND_MS: u64 = DAY_MS;

/// Answers questions about single events.
#[derive(Clone)]
pub struct Store(pub Arc<Segments>);

impl EventStore for Store {
    type Error = SegmentsError;

    fn aggregate(&self, site: &str, question: &Question, budget: &Budget) -> Result<Found, SegmentsError> {
        let span = question.start_ms.saturating_sub(AROUND_MS)..question.end_ms.saturating_add(AROUND_MS);
        self.0.scan(site, &span, |sources| scan::aggregate(sources, question, budget))
    }

    fn analyze(&self, site: &str, analysis: &Analysis, budget: &Budget) -> Result<Analyzed, SegmentsError> {
        self.0.scan(site, &analysis.ask().span, |sources| scan::analyze(sources, analysis, budget))
    }

    fn members(&self, site: &str, tests: &[Arc<PersonTest>], budget: &Budget) -> Result<(Sets, u64), SegmentsError> {
        let start = tests.iter().map(|test| test.span.start).min().unwrap_or_default();
        let end = tests.iter().map(|test| test.span.end).max().unwrap_or_default();
        self.0.scan(site, &(start..end), |sources| scan::members(sources, tests, budget))
    }

    fn ordered(
        &self,
        site: &str,
        span: Range<u64>,
        budget: &Budget,
        take: &mut dyn FnMut(RawEvent),
    ) -> Result<(), SegmentsError> {
        let mut has_begun = false;
        self.0.scan(site, &span, |sources| {
            let mut taken = |event| {
                has_begun = true;
                take(event);
            };
            let scanned = scan::ordered(sources, span.clone(), budget, &mut taken);
            // What was handed over is not taken back: no second try.
            scanned.map_err(|e| match e {
                ScanError::Io(e) if has_begun => ScanError::Io(std::io::Error::other(e)),
                e => e,
            })
        })
    }

    fn delete(&self, site: &str, visitors: &[Id128]) -> Result<Vec<(u64, u64)>, SegmentsError> {
        Ok(self.0.work()?.erase(site, visitors)?.into_iter().collect())
    }

    fn retain(&self, site: &str, from_ms: u64) -> Result<u64, SegmentsError> {
        self.0.work()?.retain(site, from_ms, now_ms())
    }
}

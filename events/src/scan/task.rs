//! What a scan is to do: a question, and what follows from it.

use std::ops::Range;

use domain::query::{Condition, Question};
use wire::query::Metric;

use super::ScanError;
use super::block::Block;
use super::filter::{self, Mask};
use super::groups::RowBuckets;
use super::pages::VisitPages;
use super::parts::{Part, bucket_span};
use super::visits::Wanted;
use crate::store::Budget;

/// A question, and what follows from it.
pub struct Task<'a> {
    /// The question.
    pub question: &'a Question,
    /// Its condition, as values are counted.
    pub condition: Condition,
    /// What is counted of it.
    pub counts: Counts,
    /// Time within which events are looked at: for visits, more than the question's own.
    pub span: Range<u64>,
    /// Visitors from this on are left out.
    pub visitors_end: Option<u64>,
    /// Visits' pages, where the question asks by them.
    pub pages: Option<&'a VisitPages>,
    /// What may be used.
    pub budget: &'a Budget,
}

/// What a question's metrics need.
#[derive(Clone, Copy, Debug)]
pub struct Counts {
    /// Page views.
    pub pageviews: bool,
    /// Distinct visitors.
    pub visitors: bool,
    /// Revenue.
    pub revenue: bool,
    /// Visits, and what of them.
    pub visits: Option<Wanted>,
}

impl Counts {
    /// Of metrics.
    pub fn of(metrics: &[Metric]) -> Self {
        let asks = |of: &[Metric]| metrics.iter().any(|metric| of.contains(metric));
        let wanted = Wanted {
            engaged: asks(&[Metric::EngagedTime]),
            goals: asks(&[Metric::Conversions, Metric::ConversionRate, Metric::Quality]),
            pages: false,
        };
        Self {
            pageviews: asks(&[Metric::Pageviews, Metric::ViewsPerVisit]),
            visitors: metrics.iter().any(|metric| metric.is_of_visitors()),
            revenue: metrics.iter().any(|metric| metric.is_of_money()),
            visits: metrics.iter().any(|metric| metric.is_of_visits()).then_some(wanted),
        }
    }
}

impl Task<'_> {
    /// The first rows of a block that are looked at: those of the visitors that are asked for.
    ///
    /// # Errors
    /// [`ScanError`] when they cannot be read.
    pub fn visible(&self, block: &mut Block<'_>) -> Result<usize, ScanError> {
        let Some(end) = self.visitors_end else { return Ok(block.rows()) };
        let visitors = block.visitors()?;
        let (codes, values) = visitors.as_ref();
        let is_before = |code: &u32| values.get(*code as usize).is_some_and(|visitor| *visitor < end);
        Ok(codes.partition_point(is_before))
    }

    /// The rows that the question asks for.
    ///
    /// # Errors
    /// [`ScanError`] when a column cannot be read.
    pub fn mask(&self, part: &Part<'_>, block: &mut Block<'_>) -> Result<Mask, ScanError> {
        let range = self.question.start_ms..self.question.end_ms;
        if part.span.start >= range.end || part.span.end <= range.start {
            return Ok(Mask::Every(false));
        }
        let mask = filter::rows(&self.condition, block)?;
        if mask == Mask::Every(false) || (part.span.start >= range.start && part.span.end <= range.end) {
            return Ok(mask);
        }
        let at = block.at()?;
        Ok(mask.and(Mask::Each(at.iter().map(|at_ms| u8::from(range.contains(at_ms))).collect())))
    }

    /// The buckets of a block's rows.
    ///
    /// # Errors
    /// [`ScanError`] when times cannot be read.
    pub fn buckets(&self, span: &Range<u64>, block: &mut Block<'_>) -> Result<RowBuckets, ScanError> {
        let Some(buckets) = &self.question.buckets else { return Ok(RowBuckets::One(0)) };
        let (first, last) = bucket_span(buckets, span, self.question);
        if first == last {
            return Ok(RowBuckets::One(first));
        }
        let at = block.at()?;
        if !buckets.cycle.is_empty() {
            return Ok(RowBuckets::Each(at.iter().map(|at_ms| buckets.of(*at_ms) as u32).collect()));
        }
        // Few of them lie within a part.
        let starts = buckets.starts.get(first as usize + 1..=last as usize).unwrap_or_default();
        let bucket = |at_ms: &u64| first + starts.partition_point(|start| start <= at_ms) as u32;
        Ok(RowBuckets::Each(at.iter().map(bucket).collect()))
    }
}

//! From a question about attribution to what is read and folded.

use wire::analysis::{AttributedBy, AttributionModel, AttributionQuery, EventPattern};
use wire::limits::ATTRIBUTION_ROWS_MAX;
use wire::query::Dimension;
use wire::site::Settings;

use super::AttributionFold;
use crate::analysis::{Actions, Ask, Begun, Keep, Whose, begin, condition, pattern, unit_name};
use crate::query::{Circumstances, Condition, Period, QueryError, Test};
use crate::visit::DIRECT_CHANNEL;
use crate::window::DAY_MS;
use crate::zone::Zone;

/// Values when a question does not say how many.
const ROWS: usize = 50;

/// What to read, how to fold it, and how to tell it.
#[derive(Clone, Debug)]
pub struct AttributionPlan {
    /// What is read.
    pub ask: Ask,
    /// How it is folded.
    pub fold: AttributionFold,
    /// The span asked about.
    pub period: Period,
    /// Whose calendar dates are of.
    pub zone: Zone,
    /// Values to answer.
    pub limit: usize,
    /// Whether single events are kept for as long as is looked back.
    pub lookback_is_complete: bool,
    /// What one unit is.
    pub unit: &'static str,
}

/// Checks a question about a site with these settings and plans its answer.
///
/// # Errors
/// [`QueryError`] names the field at fault and its limit.
pub fn plan(
    query: &AttributionQuery,
    settings: &Settings,
    around: &Circumstances,
) -> Result<AttributionPlan, QueryError> {
    let Begun { site, zone, period } =
        begin(&query.tracking_id, &query.date_range, query.time_zone.as_deref(), settings, around)?;
    if query.conversion == EventPattern::default() {
        return Err(QueryError::new("conversion", "must name an event type or filters"));
    }
    let mut models = query.models.clone();
    if models.is_empty() {
        models = AttributionModel::ALL.to_vec();
    }
    models.sort_unstable();
    models.dedup();
    if models.len() < query.models.len() {
        return Err(QueryError::new("models", "names a model twice"));
    }
    if !query.models.is_empty() {
        models.clone_from(&query.models);
    }
    let limit = query.limit.unwrap_or(ROWS);
    if !(1..=ATTRIBUTION_ROWS_MAX).contains(&limit) {
        return Err(QueryError::new("limit", format!("must be 1 to {ATTRIBUTION_ROWS_MAX}")));
    }
    let filters = pattern::of_events(Condition::of(&query.filters, "filters")?, "filters")?;
    let entries = period.start_ms..period.end_ms;
    let fold = AttributionFold {
        entries: entries.clone(),
        lookback_ms: query.lookback.ms(),
        models,
        conversions: query.conversions,
    };
    // Who does not convert matters to what is driven by data alone.
    let whose = if fold.is_data_driven() { Whose::All } else { Whose::Matching(entries) };
    let from_ms = period.start_ms.saturating_sub(fold.lookback_ms);
    let conversion = Condition::All(vec![condition(&query.conversion, "conversion")?, filters.clone()]);
    // One model alone wants to know.
    let direct = if fold.models.contains(&AttributionModel::LastNonDirect) {
        Condition::Test(Dimension::Channel, Test::Is([DIRECT_CHANNEL.to_owned()].into()))
    } else {
        Condition::Any(Vec::new())
    };
    let ask = Ask {
        site,
        // A day more, so that a visit is not taken for one that begins within.
        span: from_ms.saturating_sub(DAY_MS)..period.end_ms,
        condition: Condition::All(Vec::new()),
        conditions: vec![conversion, direct, filters],
        unit: query.unit,
        by: Some(match query.by {
            AttributedBy::Source => Dimension::Source,
            AttributedBy::Channel => Dimension::Channel,
            AttributedBy::Medium => Dimension::UtmMedium,
            AttributedBy::Campaign => Dimension::UtmCampaign,
        }),
        actions: Some(Actions::Currencies),
        keep: Keep::Visits(whose),
    };
    let lookback_is_complete = around.events_from_ms.is_some_and(|kept_ms| kept_ms <= from_ms);
    let unit = unit_name(query.unit, settings);
    Ok(AttributionPlan { ask, fold, period, zone, limit, lookback_is_complete, unit })
}

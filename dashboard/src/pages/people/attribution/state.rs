//! A question about attribution as the address says it.
//!
//! ```text
//! ?v=1&period=28d&conversion=event,purchase&by=source&lookback=7d&count=first&unit=sessions&measure=revenue&sort=linear
//! ```

use wire::analysis::{
    AttributedBy, AttributionAnswer, AttributionModel, AttributionQuery, Length, Unit, WhichConversions,
};

use super::super::editing::Asks;
use super::super::frame::Asking;
use super::super::options::Named;
use super::super::pattern::Pattern;
use super::super::said::Said;

/// What conversions are shared out to.
pub const BY: &[Named<AttributedBy>] = &[
    (AttributedBy::Channel, "channel", "channels"),
    (AttributedBy::Source, "source", "sources"),
    (AttributedBy::Medium, "medium", "mediums"),
    (AttributedBy::Campaign, "campaign", "campaigns"),
];

/// Which conversions count.
pub const COUNT: &[Named<WhichConversions>] =
    &[(WhichConversions::All, "all", "every one"), (WhichConversions::First, "first", "each person's first")];

/// Whose visits belong together.
pub const UNITS: &[Named<Unit>] =
    &[(Unit::Users, "users", "each visitor's"), (Unit::Sessions, "sessions", "that very visit alone")];

/// What is shown.
pub const MEASURES: &[Named<Measure>] =
    &[(Measure::Conversions, "conversions", "conversions"), (Measure::Revenue, "revenue", "revenue")];

/// The models: their names in addresses, and what people read.
pub const MODELS: &[Named<AttributionModel>] = &[
    (AttributionModel::First, "first", "First"),
    (AttributionModel::Last, "last", "Last"),
    (AttributionModel::LastNonDirect, "last_non_direct", "Last non-direct"),
    (AttributionModel::Linear, "linear", "Linear"),
    (AttributionModel::Position, "position", "Position"),
    (AttributionModel::TimeDecay, "time_decay", "Time decay"),
    (AttributionModel::DataDriven, "data_driven", "Data-driven"),
];

/// What is shared out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// Conversions.
    #[default]
    Conversions,
    /// What was paid with them.
    Revenue,
}

/// A question about attribution.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Which events are conversions.
    pub conversion: Pattern,
    /// What visits are told apart by.
    pub by: AttributedBy,
    /// How long before a conversion a visit may have begun.
    pub lookback: Option<Length>,
    /// Which conversions count.
    pub count: WhichConversions,
    /// Whose visits belong together.
    pub unit: Unit,
    /// What is shown.
    pub measure: Measure,
    /// The currency that is shown; empty: the one that most was paid in.
    pub currency: String,
    /// The model that rows are in the order of.
    pub sort: AttributionModel,
}

impl Default for State {
    fn default() -> Self {
        Self {
            conversion: Pattern::default(),
            by: AttributedBy::default(),
            lookback: None,
            count: WhichConversions::default(),
            unit: Unit::default(),
            measure: Measure::default(),
            currency: String::new(),
            sort: AttributionModel::DataDriven,
        }
    }
}

impl Asks for State {
    type Query = AttributionQuery;
    type Answer = AttributionAnswer;

    const PATH: &'static str = "/api/v1/attribution";

    fn read(said: &Said) -> Self {
        Self {
            conversion: said.raw("conversion").next().map(Pattern::parse).unwrap_or_default(),
            by: said.choice("by", BY, AttributedBy::default()),
            lookback: said.one("lookback").and_then(|text| Length::read(&text)),
            count: said.choice("count", COUNT, WhichConversions::default()),
            unit: said.choice("unit", UNITS, Unit::default()),
            measure: said.choice("measure", MEASURES, Measure::default()),
            currency: said.one("currency").unwrap_or_default(),
            sort: said.choice("sort", MODELS, AttributionModel::DataDriven),
        }
    }

    fn said(&self) -> Said {
        let mut said = Said::default();
        said.put_raw("conversion", self.conversion.to_url());
        said.put_choice("by", BY, AttributedBy::default(), self.by);
        let lookback = self.lookback.and_then(|lookback| serde_json::to_value(lookback).ok());
        said.put("lookback", lookback.as_ref().and_then(|lookback| lookback.as_str()).unwrap_or_default());
        said.put_choice("count", COUNT, WhichConversions::default(), self.count);
        said.put_choice("unit", UNITS, Unit::default(), self.unit);
        said.put_choice("measure", MEASURES, Measure::default(), self.measure);
        said.put("currency", &self.currency);
        said.put_choice("sort", MODELS, AttributionModel::DataDriven, self.sort);
        said
    }

    fn query(&self, asking: Asking) -> Option<AttributionQuery> {
        if self.conversion.is_open() || self.conversion == Pattern::default() {
            return None;
        }
        Some(AttributionQuery {
            tracking_id: asking.site(),
            date_range: asking.span(),
            conversion: self.conversion.asked(),
            lookback: self.lookback.or_else(|| Length::read("30d")).unwrap_or_default(),
            by: self.by,
            models: Vec::new(),
            conversions: self.count,
            unit: self.unit,
            limit: None,
            filters: asking.filters(),
            time_zone: asking.zone(),
        })
    }

    fn zone(answer: &AttributionAnswer) -> &str {
        &answer.meta.time_zone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_says_is_understood() {
        let said = "conversion=event,purchase&by=source&lookback=7d&count=first&unit=sessions&measure=revenue&currency=EUR&sort=linear";
        let pairs = said.split('&').filter_map(|pair| pair.split_once('='));
        let state = State::read(&Said(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()));
        assert_eq!(
            (state.by, state.count, state.unit),
            (AttributedBy::Source, WhichConversions::First, Unit::Sessions)
        );
        assert_eq!((state.measure, state.sort), (Measure::Revenue, AttributionModel::Linear));
        assert_eq!((state.lookback, state.currency.as_str()), (Length::read("7d"), "EUR"));
        assert_eq!(State::read(&Said::default()), State::default());
    }
}

//! An experiment as the address says it.
//!
//! ```text
//! ?v=1&period=28d&property=variant&exposure=event,experiment&conversion=event,signup&revenue=event,purchase&control=A&within=7d&decide=planned_end&effect=5
//! ```

use wire::analysis::{DecideBy, ExperimentAnswer, ExperimentMetric, ExperimentQuery, Length, MetricKind, Unit};
use wire::limits::EXPERIMENT_METRICS_MAX;

use super::super::editing::Asks;
use super::super::frame::Asking;
use super::super::options::Named;
use super::super::pattern::Pattern;
use super::super::said::Said;

/// By whom is counted.
pub const UNITS: &[Named<Unit>] = &[(Unit::Users, "users", "visitors"), (Unit::Sessions, "sessions", "visits")];

/// By what verdicts are given.
pub const DECIDE: &[Named<DecideBy>] = &[
    (DecideBy::Sequential, "sequential", "whenever one looks"),
    (DecideBy::PlannedEnd, "planned_end", "once, at the planned end"),
];

/// Kinds of metrics, by the names that they have in addresses.
pub const KINDS: &[(MetricKind, &str)] = &[(MetricKind::Conversion, "conversion"), (MetricKind::Revenue, "revenue")];

/// Stands in an address for a revenue of any event.
const ANY: &str = "any";

/// An experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The property that says which variant somebody saw; empty while it is still to be chosen.
    pub property: String,
    /// Which events expose.
    pub exposure: Pattern,
    /// What is compared.
    pub metrics: Vec<(MetricKind, Pattern)>,
    /// The variant that the others are compared with; empty: as the server has it.
    pub control: String,
    /// By whom is counted.
    pub unit: Unit,
    /// How long behind the first exposure something counts.
    pub within: Option<Length>,
    /// By what verdicts are given.
    pub decide: DecideBy,
    /// The effect that one wants to find, percent.
    pub effect: Option<f64>,
}

impl Asks for State {
    type Query = ExperimentQuery;
    type Answer = ExperimentAnswer;

    const PATH: &'static str = "/api/v1/experiment";

    fn read(said: &Said) -> Self {
        let metric = |(name, value): &(String, String)| {
            let kind = KINDS.iter().find(|(_, known)| known == name).map(|(kind, _)| *kind)?;
            Some((kind, if value == ANY { Pattern::default() } else { Pattern::parse(value) }))
        };
        Self {
            property: said.one("property").unwrap_or_default(),
            exposure: said.raw("exposure").next().map(Pattern::parse).unwrap_or_default(),
            metrics: said.0.iter().filter_map(metric).take(EXPERIMENT_METRICS_MAX).collect(),
            control: said.one("control").unwrap_or_default(),
            unit: said.choice("unit", UNITS, Unit::default()),
            within: said.one("within").and_then(|text| Length::read(&text)),
            decide: said.choice("decide", DECIDE, DecideBy::default()),
            effect: said.one("effect").and_then(|text| text.parse().ok()).filter(|effect: &f64| effect.is_finite()),
        }
    }

    fn said(&self) -> Said {
        let mut said = Said::default();
        said.put("property", &self.property);
        said.put_raw("exposure", self.exposure.to_url());
        for (kind, pattern) in &self.metrics {
            let name = KINDS.iter().find(|(known, _)| known == kind).map_or("", |(_, name)| name);
            let pattern = pattern.to_url();
            said.put_raw(name, if pattern.is_empty() { ANY.to_owned() } else { pattern });
        }
        said.put("control", &self.control);
        said.put_choice("unit", UNITS, Unit::default(), self.unit);
        let within = self.within.and_then(|within| serde_json::to_value(within).ok());
        said.put("within", within.as_ref().and_then(|within| within.as_str()).unwrap_or_default());
        said.put_choice("decide", DECIDE, DecideBy::default(), self.decide);
        said.put("effect", &self.effect.map(|effect| effect.to_string()).unwrap_or_default());
        said
    }

    fn query(&self, asking: Asking) -> Option<ExperimentQuery> {
        let is_open = |(kind, pattern): &(MetricKind, Pattern)| {
            pattern.is_open() || *kind == MetricKind::Conversion && *pattern == Pattern::default()
        };
        if self.property.is_empty()
            || self.metrics.is_empty()
            || self.exposure.is_open()
            || self.metrics.iter().any(is_open)
        {
            return None;
        }
        let metric = |(kind, pattern): &(MetricKind, Pattern)| {
            let words = match kind {
                MetricKind::Conversion => pattern.called(),
                MetricKind::Revenue if *pattern == Pattern::default() => "Revenue".to_owned(),
                MetricKind::Revenue => format!("Revenue of {}", pattern.called()),
            };
            // The API takes names of a hundred bytes.
            let name = words.char_indices().take_while(|(at, letter)| at + letter.len_utf8() <= 100);
            let name = name.map(|(_, letter)| letter).collect();
            ExperimentMetric { name, kind: *kind, event: pattern.asked(), currency: None }
        };
        Some(ExperimentQuery {
            tracking_id: asking.site(),
            date_range: asking.span(),
            property: self.property.clone(),
            exposure: self.exposure.asked(),
            variants: Vec::new(),
            control: Some(self.control.clone()).filter(|control| !control.is_empty()),
            metrics: self.metrics.iter().map(metric).collect(),
            unit: self.unit,
            window: self.within,
            decide_by: self.decide,
            effect_sought: self.effect,
            planned_users: None,
            filters: asking.filters(),
            time_zone: asking.zone(),
        })
    }

    fn zone(answer: &ExperimentAnswer) -> &str {
        &answer.meta.time_zone
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_says_is_understood() {
        for (said, metrics) in [
            ("", 0),
            (
                "property=variant&conversion=event,signup&revenue=any&unit=sessions&within=7d&decide=planned_end&effect=5",
                2,
            ),
        ] {
            let pairs = said.split('&').filter_map(|pair| pair.split_once('='));
            let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let state = State::read(&Said(pairs.collect()));
            assert_eq!(state.metrics.len(), metrics);
            assert_eq!(state.effect, said.contains("effect").then_some(5.0));
            assert_eq!(state.within.is_some(), said.contains("within"));
        }
    }
}

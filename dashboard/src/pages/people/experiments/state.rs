//! An experiment as the address says it.
//!
//! ```text
//! ?v=1&period=28d&property=variant&exposure=event,experiment&conversion=event,signup&revenue=event,purchase;currency,EUR&control=A
//!  &within=7d&decide=planned_end&effect=5&variant=A,2&variant=B,1&planned=4000&started=2026-02-01&ended=2026-02-28&experiment=7
//! ```

use serde_json::Value;
use wire::analysis::{
    DecideBy, ExperimentAnswer, ExperimentDefinition, ExperimentMetric, ExperimentQuery, Length, MetricKind, Unit,
    Variant,
};
use wire::filter::Filters;
use wire::limits::{EXPERIMENT_METRICS_MAX, EXPERIMENT_VARIANTS_MAX};
use wire::query::{DateRange, Filter, Span};

use super::super::editing::Asks;
use super::super::frame::Asking;
use super::super::options::{Named, name_of, named};
use super::super::pattern::{Pattern, short};
use super::super::said::Said;
use crate::shown::{escape, unescape};

/// By whom is counted.
pub const UNITS: &[Named<Unit>] = &[(Unit::Users, "users", "visitors"), (Unit::Sessions, "sessions", "visits")];

/// By what verdicts are given.
pub const DECIDE: &[Named<DecideBy>] = &[
    (DecideBy::Sequential, "sequential", "whenever one looks"),
    (DecideBy::PlannedEnd, "planned_end", "once, at the planned end"),
];

/// Kinds of metrics: their names in addresses, and what stands before the events.
pub const KINDS: &[Named<MetricKind>] =
    &[(MetricKind::Conversion, "conversion", "who did"), (MetricKind::Revenue, "revenue", "revenue of")];

/// Stands in an address for a revenue of any event.
const ANY: &str = "any";

/// What is compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// What is counted.
    pub kind: MetricKind,
    /// Of which events.
    pub pattern: Pattern,
    /// Of revenue, where one is named: the currency.
    pub currency: Option<String>,
}

/// An experiment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// The property that says which variant somebody saw; empty while it is still to be chosen.
    pub property: String,
    /// Which events expose.
    pub exposure: Pattern,
    /// What is compared.
    pub metrics: Vec<Compared>,
    /// The variants and their weights; those without a name are still to be chosen. None: as they are seen, all alike.
    pub variants: Vec<(String, f64)>,
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
    /// How many people are planned.
    pub planned: Option<u64>,
    /// Its first day; empty: the page's period counts.
    pub started: String,
    /// Its last day; empty: it goes on.
    pub ended: String,
    /// What holds besides for one that is kept. It stands in no address.
    pub own: Filters,
    /// Under which number it is kept.
    pub experiment: Option<String>,
}

impl Compared {
    /// Who did something that is still to be chosen.
    pub fn conversion() -> Self {
        Self { kind: MetricKind::Conversion, pattern: Pattern::event(""), currency: None }
    }

    /// What was paid with any event.
    pub fn revenue() -> Self {
        Self { kind: MetricKind::Revenue, pattern: Pattern::default(), currency: None }
    }

    fn parse(kind: MetricKind, text: &str) -> Self {
        let currency = text.split(';').find_map(|part| part.strip_prefix("currency,")).map(unescape);
        let pattern = if text.starts_with(ANY) { Pattern::default() } else { Pattern::parse(text) };
        Self { kind, pattern, currency }
    }

    fn to_url(&self) -> String {
        let pattern = Some(self.pattern.to_url()).filter(|url| !url.is_empty()).unwrap_or_else(|| ANY.to_owned());
        let currency = self.currency.as_ref().map(|code| format!(";currency,{}", escape(code)));
        pattern + &currency.unwrap_or_default()
    }

    fn of(kept: &Value) -> Option<Self> {
        let text = |name: &str| kept.get(name).and_then(Value::as_str);
        let kind = named(KINDS, text("kind"))?;
        let pattern = kept.get("event").map(Pattern::of).unwrap_or_default();
        let mut one = Self { kind, pattern, currency: text("currency").map(str::to_owned) };
        one.pattern.name = text("name").filter(|name| *name != one.called()).unwrap_or_default().to_owned();
        Some(one)
    }

    /// Whether it is still to be chosen.
    fn is_open(&self) -> bool {
        self.pattern.is_open()
            || self.kind == MetricKind::Conversion && self.pattern.asked() == Pattern::default().asked()
    }

    /// What it is called.
    pub fn called(&self) -> String {
        short(&match self.kind {
            _ if !self.pattern.name.is_empty() => self.pattern.name.clone(),
            MetricKind::Conversion => self.pattern.words(),
            MetricKind::Revenue if self.pattern == Pattern::default() => "Revenue".to_owned(),
            MetricKind::Revenue => format!("Revenue of {}", self.pattern.words()),
        })
    }

    fn asked(&self) -> ExperimentMetric {
        let event = self.pattern.asked();
        ExperimentMetric { name: self.called(), kind: self.kind, event, currency: self.currency.clone() }
    }
}

impl State {
    /// An experiment that is kept, as JSON has it.
    pub fn of(experiment: &str, definition: &Value) -> Self {
        let text = |name: &str| definition.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let list = |name: &str| definition.get(name).and_then(Value::as_array).into_iter().flatten();
        let variant = |one: &Value| {
            let weight = one.get("weight").and_then(Value::as_f64).unwrap_or(1.0);
            Some((one.get("name")?.as_str()?.to_owned(), weight))
        };
        Self {
            property: text("property"),
            exposure: definition.get("exposure").map(Pattern::of).unwrap_or_default(),
            metrics: list("metrics").filter_map(Compared::of).collect(),
            variants: list("variants").filter_map(variant).collect(),
            control: text("control"),
            unit: named(UNITS, Some(&text("unit"))).unwrap_or_default(),
            within: Length::read(&text("window")),
            decide: named(DECIDE, Some(&text("decide_by"))).unwrap_or_default(),
            effect: definition.get("effect_sought").and_then(Value::as_f64),
            planned: definition.get("planned_users").and_then(Value::as_u64),
            started: text("started_on"),
            ended: text("ended_on"),
            own: own(definition),
            experiment: Some(experiment.to_owned()),
        }
    }

    /// What it is, for the API: of the variants those that have a name. None while something is still to be chosen.
    pub fn definition(&self) -> Option<ExperimentDefinition> {
        let is_open = self.property.is_empty() || self.metrics.is_empty() || self.exposure.is_open();
        if is_open || self.metrics.iter().any(Compared::is_open) {
            return None;
        }
        let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Some(ExperimentDefinition {
            property: self.property.clone(),
            exposure: self.exposure.asked(),
            variants: self.weighed().map(|(name, weight)| Variant { name: name.clone(), weight: *weight }).collect(),
            control: text(&self.control),
            metrics: self.metrics.iter().map(Compared::asked).collect(),
            unit: self.unit,
            window: self.within,
            decide_by: self.decide,
            effect_sought: self.effect,
            planned_users: self.planned,
            started_on: text(&self.started),
            ended_on: text(&self.ended).filter(|_| !self.started.is_empty()),
            filters: self.own.clone(),
        })
    }

    /// The variants that have a name, where there are two to be compared.
    fn weighed(&self) -> impl Iterator<Item = &(String, f64)> {
        let named = || self.variants.iter().filter(|(name, _)| !name.is_empty());
        let is_some = named().count() > 1;
        named().filter(move |_| is_some)
    }

    /// Its own days, where it has some, or those that the page shows.
    fn span(&self, asking: Asking) -> Span {
        if self.started.is_empty() {
            return asking.span();
        }
        // What begins later has seen nobody.
        let running = || asking.shown.today().to_string().max(self.started.clone());
        let end = Some(self.ended.clone()).filter(|end| !end.is_empty()).unwrap_or_else(running);
        Span::Between(DateRange { start: self.started.clone(), end })
    }
}

impl Asks for State {
    type Query = ExperimentQuery;
    type Answer = ExperimentAnswer;

    const PATH: &'static str = "/api/v1/experiment";

    fn read(said: &Said) -> Self {
        let metric = |(name, value): &(String, String)| Some(Compared::parse(named(KINDS, Some(name))?, value));
        let variant = |text: &str| {
            let (name, weight) = text.rsplit_once(',').unwrap_or((text, ""));
            (unescape(name), weight.parse().ok().filter(|weight: &f64| weight.is_finite()).unwrap_or(1.0))
        };
        Self {
            property: said.one("property").unwrap_or_default(),
            exposure: said.raw("exposure").next().map(Pattern::parse).unwrap_or_default(),
            metrics: said.0.iter().filter_map(metric).take(EXPERIMENT_METRICS_MAX).collect(),
            variants: said.raw("variant").map(variant).take(EXPERIMENT_VARIANTS_MAX).collect(),
            control: said.one("control").unwrap_or_default(),
            unit: said.choice("unit", UNITS, Unit::default()),
            within: said.one("within").and_then(|text| Length::read(&text)),
            decide: said.choice("decide", DECIDE, DecideBy::default()),
            effect: said.one("effect").and_then(|text| text.parse().ok()).filter(|effect: &f64| effect.is_finite()),
            planned: said.one("planned").and_then(|text| text.parse().ok()),
            started: said.one("started").unwrap_or_default(),
            ended: said.one("ended").unwrap_or_default(),
            own: Filters::default(),
            experiment: said.one("experiment"),
        }
    }

    fn said(&self) -> Said {
        let mut said = Said::default();
        said.put("property", &self.property);
        said.put_raw("exposure", self.exposure.to_url());
        for metric in &self.metrics {
            said.put_raw(name_of(KINDS, metric.kind), metric.to_url());
        }
        for (name, weight) in &self.variants {
            said.put_raw("variant", format!("{},{weight}", escape(name)));
        }
        said.put("control", &self.control);
        said.put_choice("unit", UNITS, Unit::default(), self.unit);
        let within = self.within.and_then(|within| serde_json::to_value(within).ok());
        said.put("within", within.as_ref().and_then(|within| within.as_str()).unwrap_or_default());
        said.put_choice("decide", DECIDE, DecideBy::default(), self.decide);
        said.put("effect", &self.effect.map(|effect| effect.to_string()).unwrap_or_default());
        said.put("planned", &self.planned.map(|planned| planned.to_string()).unwrap_or_default());
        said.put("started", &self.started);
        said.put("ended", &self.ended);
        said.put("experiment", self.experiment.as_deref().unwrap_or_default());
        said
    }

    fn query(&self, asking: Asking) -> Option<ExperimentQuery> {
        let query = ExperimentQuery::of(asking.site(), self.span(asking), self.definition()?);
        let filters = both(asking.filters(), query.filters);
        Some(ExperimentQuery { filters, time_zone: asking.zone(), ..query })
    }

    fn zone(answer: &ExperimentAnswer) -> &str {
        &answer.meta.time_zone
    }
}

/// What holds besides for one that is kept.
pub fn own(definition: &Value) -> Filters {
    let kept = definition.get("filters").cloned();
    kept.and_then(|filters| serde_json::from_value(filters).ok()).unwrap_or_default()
}

fn both(some: Filters, others: Filters) -> Filters {
    match (some.is_empty(), others.is_empty()) {
        (_, true) => some,
        (true, _) => others,
        _ => Filters::Expression(Filter::And(vec![some.into_expression(), others.into_expression()])),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WHOLE: &str = "property=variant&exposure=event,experiment&conversion=event,signup;name,Joined&revenue=any&revenue=event,purchase;currency,EUR&variant=A,2&variant=B%2C 1,0.5&control=A&unit=sessions&within=7d&decide=planned_end&effect=5&planned=4000&started=2026-02-01&ended=2026-02-28&experiment=7";

    #[test]
    fn what_an_address_says_is_said_again() {
        for query in ["", "property=variant&conversion=event,", WHOLE] {
            let query = query.replace(' ', "%20");
            assert_eq!(State::read(&Said::of(&query)).said(), Said::of(&query));
        }
        let misread = State::read(&Said::of("decide=never&effect=x&planned=-1&within=1y"));
        assert_eq!(misread, State::default());
    }

    #[test]
    fn what_is_kept_comes_back() {
        let state = State { own: own(&json!({"filters": {"country": "DE"}})), ..State::read(&Said::of(WHOLE)) };
        let kept = serde_json::to_value(state.definition()).unwrap_or_default();
        assert_eq!(kept["metrics"][0]["name"], "Joined", "{kept}");
        assert_eq!(State::of("7", &kept), state, "{kept}");
    }

    #[test]
    fn what_is_not_chosen_yet_is_not_asked_about() {
        let definition = |query: &str| State::read(&Said::of(query)).definition();
        assert_eq!(definition("property=variant&conversion=event,"), None);
        assert_eq!(definition("property=variant&conversion=any"), None);
        assert_eq!(definition("conversion=event,a"), None);
        let variants = |query: &str| {
            let definition = definition(&format!("property=variant&revenue=any&{query}"));
            definition.map(|definition| definition.variants.len())
        };
        assert_eq!(variants("variant=A,1"), Some(0));
        assert_eq!(variants("variant=A,1&variant=,1"), Some(0));
        assert_eq!(variants("variant=A,1&variant=,1&variant=B,2"), Some(2));
        let ended = definition("property=variant&revenue=any&ended=2026-02-01").map(|definition| definition.ended_on);
        assert_eq!(ended, Some(None));
    }

    #[test]
    fn both_filters_hold() {
        let filters = |value: Value| serde_json::from_value::<Filters>(value).unwrap_or_default();
        let (german, none) = (filters(json!({"country": "DE"})), Filters::default());
        assert_eq!(both(none.clone(), german.clone()), german);
        assert_eq!(both(german.clone(), none), german);
        let all = serde_json::to_value(both(filters(json!(["is", "device", ["mobile"]])), german)).unwrap_or_default();
        assert_eq!(all, json!(["and", [["is", "device", ["mobile"]], ["and", [["is", "country", ["DE"]]]]]]));
    }
}

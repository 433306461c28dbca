//! A funnel as the address says it.
//!
//! ```text
//! ?v=1&period=28d&step=page,/pricing&step=event,signup&window=14d&order=strict&unit=sessions&attempts=all
//!  &exclude=event,error;between,1,3&breakdown=country&breakdown_segments=3,7&funnel=UA-1.7
//! ```

use serde_json::Value;
use wire::analysis::{
    Attempts, Exclusion, FunnelAnswer, FunnelDefinition, FunnelQuery, FunnelStep, Length, StepOrder, Unit,
};
use wire::limits::{FUNNEL_SEGMENTS_MAX, FUNNEL_STEPS_MIN};
use wire::query::Dimension;

use super::super::editing::Asks;
use super::super::frame::Asking;
use super::super::options::Named;
use super::super::pattern::{Pattern, short};
use super::super::said::Said;

/// In which order steps count.
pub const ORDERS: &[Named<StepOrder>] = &[
    (StepOrder::Ordered, "ordered", "in this order"),
    (StepOrder::Strict, "strict", "in this order, nothing between"),
    (StepOrder::Any, "any", "in any order"),
];

/// Whose steps count together.
pub const UNITS: &[Named<Unit>] = &[(Unit::Users, "users", "visitors"), (Unit::Sessions, "sessions", "visits")];

/// Which attempts count.
pub const ATTEMPTS: &[Named<Attempts>] = &[
    (Attempts::Best, "best", "the furthest attempt"),
    (Attempts::First, "first", "the first attempt"),
    (Attempts::All, "all", "every attempt"),
];

/// What must not happen, and between which steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Excluded {
    /// The events.
    pub pattern: Pattern,
    /// Numbers of steps, from 1; none: from the first to the last.
    pub between: Option<(usize, usize)>,
}

/// A funnel.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// What has to be done.
    pub steps: Vec<Pattern>,
    /// How long it may take, as the API writes it; empty: seven days.
    pub window: String,
    /// In which order.
    pub order: StepOrder,
    /// By whom.
    pub unit: Unit,
    /// How often it counts.
    pub attempts: Attempts,
    /// What must not happen meanwhile.
    pub exclude: Vec<Excluded>,
    /// What the answer is broken down by.
    pub by: Option<Dimension>,
    /// Numbers of the saved segments that it is broken down by besides, in their order.
    pub segments: Vec<String>,
    /// Under which name in addresses it is kept.
    pub funnel: Option<String>,
}

impl State {
    /// A funnel that is kept, as JSON has it.
    pub fn of(funnel: &str, definition: &Value) -> Self {
        let texts = |name: &str| definition.get(name).and_then(Value::as_str).unwrap_or_default();
        let list = |name: &str| definition.get(name).and_then(Value::as_array).into_iter().flatten();
        let window = Some(texts("window")).filter(|window| Length::read(window) != Some(Length::default()));
        let mut said = Said::default();
        for name in ["order", "unit", "attempts"] {
            said.put(name, texts(name));
        }
        Self {
            steps: list("steps").map(Pattern::of).collect(),
            window: window.unwrap_or_default().to_owned(),
            exclude: list("exclude").map(Excluded::of).collect(),
            funnel: Some(funnel.to_owned()),
            ..Self::read(&said)
        }
    }

    /// The length that it may take.
    pub fn window(&self) -> Option<Length> {
        if self.window.is_empty() { Some(Length::default()) } else { Length::read(&self.window) }
    }

    /// Whether too few steps are chosen yet.
    pub fn is_open(&self) -> bool {
        self.steps.iter().filter(|step| !step.is_open()).count() < FUNNEL_STEPS_MIN
    }

    /// What it is, for the API: of the steps those that are chosen.
    pub fn definition(&self) -> Option<FunnelDefinition> {
        if self.is_open() {
            return None;
        }
        let steps: Vec<FunnelStep> = self.steps.iter().filter(|step| !step.is_open()).map(step).collect();
        let chosen = self.exclude.iter().filter(|excluded| !excluded.pattern.is_open());
        Some(FunnelDefinition {
            steps,
            window: self.window()?,
            order: self.order,
            unit: self.unit,
            attempts: self.attempts,
            exclude: chosen.map(|excluded| excluded.asked(self.order)).collect(),
            ..FunnelDefinition::default()
        })
    }
}

impl Asks for State {
    type Query = FunnelQuery;
    type Answer = FunnelAnswer;

    const PATH: &'static str = "/api/v1/funnel";

    fn read(said: &Said) -> Self {
        Self {
            steps: said.raw("step").map(Pattern::parse).collect(),
            window: said.one("window").unwrap_or_default(),
            order: said.choice("order", ORDERS, StepOrder::default()),
            unit: said.choice("unit", UNITS, Unit::default()),
            attempts: said.choice("attempts", ATTEMPTS, Attempts::default()),
            exclude: said.raw("exclude").map(Excluded::parse).collect(),
            by: said.one("breakdown").and_then(|name| Dimension::named(&name)).filter(|by| !by.is_time()),
            segments: segments(&said.one("breakdown_segments").unwrap_or_default()),
            funnel: said.one("funnel"),
        }
    }

    fn said(&self) -> Said {
        let mut said = Said::default();
        for step in &self.steps {
            said.put_raw("step", or_any(step.to_url()));
        }
        said.put("window", &self.window);
        said.put_choice("order", ORDERS, StepOrder::default(), self.order);
        said.put_choice("unit", UNITS, Unit::default(), self.unit);
        said.put_choice("attempts", ATTEMPTS, Attempts::default(), self.attempts);
        for excluded in &self.exclude {
            said.put_raw("exclude", or_any(excluded.to_url()));
        }
        said.put("breakdown", &self.by.map(|by| by.to_string()).unwrap_or_default());
        said.put_raw("breakdown_segments", self.segments.join(","));
        said.put("funnel", self.funnel.as_deref().unwrap_or_default());
        said
    }

    fn query(&self, asking: Asking) -> Option<FunnelQuery> {
        let interval = interval(asking);
        let mut definition = self.definition()?;
        // What people read on the page stands in the answer too.
        let chosen = self.steps.iter().filter(|step| !step.is_open());
        for (step, pattern) in definition.steps.iter_mut().zip(chosen) {
            step.name = Some(short(&pattern.called()));
        }
        Some(FunnelQuery {
            filters: asking.filters(),
            breakdown_by: self.by,
            breakdown_segments: self.segments.clone(),
            interval: Some(interval),
            next_actions: true,
            time_zone: asking.zone(),
            ..FunnelQuery::of(asking.site(), asking.span(), definition)
        })
    }

    fn zone(answer: &FunnelAnswer) -> &str {
        &answer.meta.time_zone
    }
}

impl Excluded {
    fn parse(text: &str) -> Self {
        let between = text.split(';').find_map(|part| part.strip_prefix("between,")).and_then(|steps| {
            let (after, before) = steps.split_once(',')?;
            Some((after.parse().ok()?, before.parse().ok()?))
        });
        Self { pattern: Pattern::parse(text), between }
    }

    fn to_url(&self) -> String {
        let between = self.between.map(|(after, before)| format!(";between,{after},{before}")).unwrap_or_default();
        self.pattern.to_url() + &between
    }

    fn of(kept: &Value) -> Self {
        let number = |name: &str| kept.get(name).and_then(Value::as_u64).and_then(|step| usize::try_from(step).ok());
        Self { pattern: Pattern::of(kept), between: number("after_step").zip(number("before_step")) }
    }

    fn asked(&self, order: StepOrder) -> Exclusion {
        // In any order there is no between.
        let (after_step, before_step) = self.between.filter(|_| order != StepOrder::Any).unzip();
        Exclusion { event_type: self.pattern.event_type(), filters: self.pattern.filters(), after_step, before_step }
    }
}

/// The numbers of a list, none twice, as many as a question takes.
fn segments(list: &str) -> Vec<String> {
    let mut found = Vec::new();
    for number in list.split(',') {
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        if is_number && found.len() < FUNNEL_SEGMENTS_MAX && !found.iter().any(|known| known == number) {
            found.push(number.to_owned());
        }
    }
    found
}

/// What stands in an address for events that nothing is said of.
fn or_any(url: String) -> String {
    if url.is_empty() { "any".to_owned() } else { url }
}

fn step(pattern: &Pattern) -> FunnelStep {
    let name = Some(pattern.name.clone()).filter(|name| !name.is_empty());
    FunnelStep { name, event_type: pattern.event_type(), filters: pattern.filters() }
}

/// The buckets of the trend.
pub fn interval(asking: Asking) -> Dimension {
    asking.shown.with(|view| view.period.interval(asking.shown.today()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_says_is_said_again() {
        for query in [
            "",
            "step=event,&step=event,",
            "step=any&step=event,a%2Cb,c;is,country,DE;name,Sign%20up&step=page,/x/**&window=14d&order=strict&unit=sessions&attempts=all&exclude=event,error;between,1,3&breakdown=country&breakdown_segments=3,7&funnel=UA-1.7",
        ] {
            assert_eq!(State::read(&Said::of(query)).said(), Said::of(query));
        }
        assert_eq!(State::read(&Said::of("order=loose&unit=&attempts=7&breakdown=date")), State::default());
    }

    #[test]
    fn segments_are_numbers_and_as_many_as_are_answered() {
        let read = |query| State::read(&Said::of(query)).segments;
        assert_eq!(read("breakdown_segments=7,x,,3,7,-1"), ["7", "3"]);
        assert_eq!(read("breakdown_segments=1,2,3,4,5,6"), ["1", "2", "3", "4", "5"]);
    }

    #[test]
    fn a_step_that_is_not_chosen_yet_is_not_asked_about() {
        let steps = |query| State::read(&Said::of(query)).definition().map(|definition| definition.steps.len());
        assert_eq!(steps("step=event,a&step=event,"), None);
        assert_eq!(steps("step=event,a&step=event,&step=event,b"), Some(2));
        assert_eq!(steps("step=event,a&step=event,b&window=91d"), None);
    }

    #[test]
    fn what_is_kept_comes_back() {
        let exclude = vec![Excluded { pattern: Pattern::event("error"), between: Some((1, 2)) }, Excluded::default()];
        let steps = vec![Pattern::page("/a/*"), Pattern::event("signup"), Pattern::page("")];
        let state = State {
            steps,
            window: "14d".to_owned(),
            order: StepOrder::Strict,
            unit: Unit::Sessions,
            attempts: Attempts::All,
            exclude,
            by: None,
            segments: Vec::new(),
            funnel: Some("UA-1.7".to_owned()),
        };
        let kept = serde_json::to_value(state.definition()).unwrap_or_default();
        assert_eq!(State::of("UA-1.7", &kept), state, "{kept}");
    }
}

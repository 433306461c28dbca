//! One rule of a segment: what must be true of a person, or of an event, as JSON has it in filters.

use serde_json::{Map, Value, json};
use wire::query::{Dimension, Filter};

use super::super::pattern::{Pattern, test_words};
use super::words;
use crate::pages::explore::test::tests_of;

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// What somebody did.
    Did,
    /// When somebody did it first.
    First,
    /// When somebody did it last.
    Last,
    /// How far somebody got in a funnel.
    Funnel,
    /// Another segment.
    Segment,
    /// The events themselves.
    Events,
}

/// What rules are about, by the choices that people have: whether it is turned round, and what they read.
pub const KINDS: [(About, bool, &str); 9] = [
    (About::Did, false, "Did"),
    (About::Did, true, "Did not do"),
    (About::First, false, "First did"),
    (About::Last, false, "Last did"),
    (About::Funnel, false, "Got to a funnel step"),
    (About::Funnel, true, "Did not get to a funnel step"),
    (About::Segment, false, "Is in segment"),
    (About::Segment, true, "Is not in segment"),
    (About::Events, false, "Events that are"),
];

/// How often, or how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bound {
    /// So much or more.
    #[default]
    AtLeast,
    /// So much or less.
    AtMost,
}

/// A sum over events.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sum {
    /// `revenue` or `property:NAME`.
    pub of: String,
    /// Of revenue.
    pub currency: String,
    /// Which way.
    pub bound: Bound,
    /// How much; none while it is not typed.
    pub amount: Option<f64>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// What it is about.
    pub about: About,
    /// Whether it must not be so.
    pub is_not: bool,
    /// The events.
    pub pattern: Pattern,
    /// How often, where it is not once at least.
    pub times: Option<(Bound, u64)>,
    /// What they add up to.
    pub sum: Option<Sum>,
    /// When, as the API has it; none: in the period shown.
    pub within: Option<Value>,
    /// The funnel, or the segment, by its name in addresses.
    pub named: String,
    /// The step, from 1 on.
    pub step: u64,
    /// Whether that was the last one done.
    pub is_dropped: bool,
    /// What cannot be said by all of that.
    pub rest: Option<Value>,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            about: About::Did,
            is_not: false,
            pattern: Pattern::event(""),
            times: None,
            sum: None,
            within: None,
            named: String::new(),
            step: 1,
            is_dropped: false,
            rest: None,
        }
    }
}

impl Rule {
    /// Reads what stands in filters.
    pub fn of(filter: &Value) -> Self {
        let operator = filter.get(0).and_then(Value::as_str).unwrap_or_default();
        let inner = filter.get(1).cloned().unwrap_or_default();
        if operator == "not" {
            let rule = Self::of(&inner);
            return if rule.is_not || rule.rest.is_some() || rule.about == About::Events {
                Self::unsaid(filter)
            } else {
                Self { is_not: true, ..rule }
            };
        }
        let number = |name: &str| inner.get(name).and_then(Value::as_u64);
        let base = Self { pattern: Pattern::of(&inner), within: inner.get("within").cloned(), ..Self::default() };
        match operator {
            "did" => {
                let times = match (number("at_least"), number("at_most")) {
                    (None, None) => None,
                    (Some(least), None) => Some((Bound::AtLeast, least)),
                    (None, Some(most)) => Some((Bound::AtMost, most)),
                    _ => return Self::unsaid(filter),
                };
                Self { times, sum: inner.get("sum").map(Sum::of), ..base }
            }
            "first_did" => Self { about: About::First, ..base },
            "last_did" => Self { about: About::Last, ..base },
            "funnel" if inner.get("funnel_id").is_some() => Self {
                about: About::Funnel,
                named: inner.get("funnel_id").and_then(Value::as_str).unwrap_or_default().to_owned(),
                step: number("step").unwrap_or(1),
                is_dropped: inner.get("outcome").and_then(Value::as_str) == Some("dropped"),
                pattern: Pattern::default(),
                ..base
            },
            "is" | "is_not"
                if inner == "segment" && filter.get(2).and_then(Value::as_array).is_some_and(|all| all.len() == 1) =>
            {
                Self {
                    about: About::Segment,
                    is_not: operator == "is_not",
                    named: filter.get(2).and_then(|all| all.get(0)?.as_str()).unwrap_or_default().to_owned(),
                    pattern: Pattern::default(),
                    ..Self::default()
                }
            }
            "and" | "or" | "funnel" => Self::unsaid(filter),
            _ if inner == "segment" => Self::unsaid(filter),
            _ => Self {
                about: About::Events,
                pattern: Pattern { tests: tests_of(filter).0, ..Pattern::default() },
                ..Self::default()
            },
        }
    }

    fn unsaid(filter: &Value) -> Self {
        Self { rest: Some(filter.clone()), pattern: Pattern::default(), ..Self::default() }
    }

    /// What stands in filters.
    pub fn filter(&self) -> Value {
        if let Some(rest) = &self.rest {
            return rest.clone();
        }
        let mut terms = match serde_json::to_value(self.pattern.asked()) {
            Ok(Value::Object(terms)) => terms,
            _ => Map::new(),
        };
        if let Some(within) = &self.within {
            terms.insert("within".to_owned(), within.clone());
        }
        let told = match self.about {
            About::Did => {
                match self.times {
                    None => {}
                    Some((Bound::AtLeast, least)) => _ = terms.insert("at_least".to_owned(), least.into()),
                    Some((Bound::AtMost, most)) => _ = terms.insert("at_most".to_owned(), most.into()),
                }
                if let Some(sum) = &self.sum {
                    terms.insert("sum".to_owned(), sum.value());
                }
                json!(["did", terms])
            }
            About::First => json!(["first_did", terms]),
            About::Last => json!(["last_did", terms]),
            About::Funnel => {
                let outcome = if self.is_dropped { "dropped" } else { "reached" };
                let mut terms = json!({"funnel_id": self.named, "step": self.step, "outcome": outcome});
                if let (Some(within), Some(terms)) = (&self.within, terms.as_object_mut()) {
                    terms.insert("within".to_owned(), within.clone());
                }
                json!(["funnel", terms])
            }
            About::Segment => {
                let operator = if self.is_not { "is_not" } else { "is" };
                return json!([operator, "segment", [self.named]]);
            }
            About::Events => return self.events(),
        };
        if self.is_not { json!(["not", told]) } else { told }
    }

    /// The events as an expression.
    fn events(&self) -> Value {
        let expression =
            Pattern { rest: self.pattern.rest.clone().or(Some(Filter::And(Vec::new()))), ..self.pattern.clone() };
        let mut all: Vec<Value> = Vec::new();
        if !self.pattern.events.is_empty() {
            all.push(json!(["is", "event_type", self.pattern.events]));
        }
        let others = serde_json::to_value(expression.filters()).unwrap_or_default();
        match others.get(1).and_then(Value::as_array) {
            Some(parts) => all.extend(parts.iter().filter(|part| **part != json!(["and", []])).cloned()),
            None => all.push(others),
        }
        match all.as_slice() {
            [only] => only.clone(),
            _ => json!(["and", all]),
        }
    }

    /// Whether there is all of it.
    pub fn is_whole(&self) -> bool {
        let has_sum = self
            .sum
            .as_ref()
            .is_none_or(|sum| sum.amount.is_some() && (sum.of != "revenue" || sum.currency.len() == 3));
        match self.about {
            _ if self.rest.is_some() => true,
            About::Funnel | About::Segment => !self.named.is_empty(),
            About::Events => !self.pattern.is_open() && self.pattern != Pattern::default(),
            _ => !self.pattern.is_open() && has_sum,
        }
    }

    /// What people read; `called` says what funnels and segments are called.
    pub fn words(&self, called: &dyn Fn(About, &str) -> String) -> String {
        if let Some(rest) = &self.rest {
            let is_funnel = rest.get(0).and_then(Value::as_str) == Some("funnel");
            return if is_funnel { "a funnel step, as it was kept".to_owned() } else { "an expression".to_owned() };
        }
        let not = if self.is_not { "not " } else { "" };
        let when = self.within.as_ref().map(|within| format!(" {}", words::within(within))).unwrap_or_default();
        match self.about {
            About::Did => {
                let times = match self.times {
                    None => String::new(),
                    Some((Bound::AtLeast, 1)) => " once or more".to_owned(),
                    Some((Bound::AtLeast, times)) => format!(" {times} times or more"),
                    Some((Bound::AtMost, 1)) => " once".to_owned(),
                    Some((Bound::AtMost, times)) => format!(" 1 to {times} times"),
                };
                let sum = self.sum.as_ref().map(Sum::words).unwrap_or_default();
                let did = if self.is_not { "did not do" } else { "did" };
                format!("{did} {}{times}{sum}{when}", self.pattern.words())
            }
            About::First if self.pattern == Pattern::default() => format!("{not}first seen{when}"),
            About::Last if self.pattern == Pattern::default() => format!("{not}last seen{when}"),
            About::First => format!("{not}first did {}{when}", self.pattern.words()),
            About::Last => format!("{not}last did {}{when}", self.pattern.words()),
            About::Funnel => {
                let got = if self.is_dropped { "stopped at" } else { "got to" };
                format!("{not}{got} step {} of {}{when}", self.step, called(About::Funnel, &self.named))
            }
            About::Segment => format!("{not}in {}", called(About::Segment, &self.named)),
            About::Events if self.pattern.events.is_empty() && self.pattern.pages.is_empty() => {
                self.pattern.tests.iter().map(test_words).collect::<Vec<_>>().join(" · ")
            }
            About::Events => self.pattern.words(),
        }
    }
}

impl Sum {
    fn of(sum: &Value) -> Self {
        let text = |name: &str| sum.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |name: &str| sum.get(name).and_then(Value::as_f64);
        let (bound, amount) = match number("at_most") {
            Some(most) => (Bound::AtMost, Some(most)),
            None => (Bound::AtLeast, number("at_least")),
        };
        Self { of: text("of"), currency: text("currency"), bound, amount }
    }

    fn value(&self) -> Value {
        let mut sum = json!({"of": self.of});
        let name = if self.bound == Bound::AtMost { "at_most" } else { "at_least" };
        if let Some(sum) = sum.as_object_mut() {
            if !self.currency.is_empty() {
                sum.insert("currency".to_owned(), self.currency.clone().into());
            }
            sum.extend(self.amount.map(|amount| (name.to_owned(), amount.into())));
        }
        sum
    }

    fn words(&self) -> String {
        let way = if self.bound == Bound::AtMost { "at most" } else { "at least" };
        let of = Dimension::named(&self.of).map_or(self.of.clone(), crate::components::names::dimension);
        let amount = self.amount.map(|amount| amount.to_string()).unwrap_or_default();
        format!(", {} {way} {amount} {}", of.to_lowercase(), self.currency).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        for filter in [
            json!(["did", {"event_type": "purchase"}]),
            json!(["not", ["did", {"event_type": "purchase", "at_least": 3, "within": "30d"}]]),
            json!(["did", {"event_type": "a", "at_most": 2, "sum": {"of": "property:price", "at_most": 5.5}}]),
            json!(["did", {"filters": {"page_path": "/docs/**"}, "sum": {"of": "revenue", "currency": "EUR", "at_least": 500.0}}]),
            json!(["first_did", {"within": {"start": "2026-02-01", "end": "2026-02-28"}}]),
            json!(["not", ["last_did", {"event_type": "login"}]]),
            json!(["funnel", {"funnel_id": "UA-1.3", "step": 2, "outcome": "dropped", "within": "7d"}]),
            json!(["is_not", "segment", ["3"]]),
            json!(["contains", "page", ["/pay"]]),
            json!(["or", [["did", {}], ["is", "country", ["DE"]]]]),
            json!(["did", {"at_least": 1, "at_most": 2}]),
            json!(["funnel", {"funnel": {"steps": []}, "step": 1}]),
        ] {
            let rule = Rule::of(&filter);
            assert_eq!(rule.filter(), filter, "{rule:?}");
            assert!(rule.is_whole(), "{rule:?}");
        }
    }

    #[test]
    fn what_is_not_whole_is_not_asked() {
        let open = Rule::default();
        assert!(!open.is_whole());
        let pattern = Pattern::event("buy");
        assert!(Rule { pattern: pattern.clone(), ..open.clone() }.is_whole());
        let sum =
            Some(Sum { of: "revenue".to_owned(), currency: "EU".to_owned(), amount: Some(1.0), ..Sum::default() });
        assert!(!Rule { pattern, sum, ..open.clone() }.is_whole());
        assert!(!Rule { about: About::Segment, ..open.clone() }.is_whole());
        assert!(!Rule { about: About::Events, pattern: Pattern::default(), ..open }.is_whole());
    }
}

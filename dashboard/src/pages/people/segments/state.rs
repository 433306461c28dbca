//! A segment as the address says it: its rules as the API has them, or the number under which it is kept.
//!
//! ```text
//! ?v=1&period=28d&rule=["did",{"event_type":"purchase","at_least":3}]&any=true&segment=7
//! ```

use serde_json::{Value, json};

use super::super::editing::Asks;
use super::super::frame::Asking;
use super::super::said::Said;
use super::result::Counted;
use super::rule::Rule;

/// A segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// What must be true.
    pub rules: Vec<Rule>,
    /// Whether one of them is enough.
    pub is_any: bool,
    /// Under which number it is kept.
    pub segment: Option<String>,
}

impl State {
    /// A segment that is kept, as JSON has it.
    pub fn of(segment: &str, filters: &Value) -> Self {
        let segment = Some(segment.to_owned());
        if let Some(all) = filters.as_object() {
            let test = |(name, values): (&String, &Value)| {
                let values = if values.is_array() { values.clone() } else { json!([values]) };
                Rule::of(&json!(["is", name, values]))
            };
            return Self { rules: all.iter().map(test).collect(), is_any: false, segment };
        }
        let parts = filters.get(1).and_then(Value::as_array);
        match (filters.get(0).and_then(Value::as_str), parts) {
            (Some(operator @ ("and" | "or")), Some(parts)) => {
                Self { rules: parts.iter().map(Rule::of).collect(), is_any: operator == "or", segment }
            }
            _ => Self { rules: vec![Rule::of(filters)], is_any: false, segment },
        }
    }

    /// The filters that it is, of the rules that are whole; none where there is none.
    pub fn filters(&self) -> Option<Value> {
        let mut all: Vec<Value> = self.rules.iter().filter(|rule| rule.is_whole()).map(Rule::filter).collect();
        match all.len() {
            0 => None,
            1 => all.pop(),
            _ if self.is_any => Some(json!(["or", all])),
            _ => Some(json!(["and", all])),
        }
    }
}

impl Asks for State {
    type Query = Value;
    type Answer = Counted;

    const PATH: &'static str = "/api/v1/query";

    fn read(said: &Said) -> Self {
        let rule = |text: &str| serde_json::from_str(&crate::shown::unescape(text)).ok();
        let rules: Vec<Value> = said.raw("rule").filter_map(rule).collect();
        Self {
            rules: rules.iter().map(Rule::of).collect(),
            is_any: said.one("any").as_deref() == Some("true"),
            segment: said.one("segment"),
        }
    }

    fn said(&self) -> Said {
        let mut said = Said::default();
        self.rules.iter().for_each(|rule| said.put("rule", &rule.filter().to_string()));
        said.put("any", if self.is_any { "true" } else { "" });
        said.put("segment", self.segment.as_deref().unwrap_or_default());
        said
    }

    fn query(&self, asking: Asking) -> Option<Value> {
        Some(count_of(asking, Some(self.filters()?)))
    }

    fn zone(answer: &Counted) -> &str {
        answer.zone()
    }
}

/// How many people there are, or of a segment.
pub fn count_of(asking: Asking, segment: Option<Value>) -> Value {
    let mut filters: Vec<Value> =
        serde_json::to_value(asking.filters()).ok().filter(Value::is_array).into_iter().collect();
    filters.extend(segment);
    json!({
        "tracking_id": asking.site(),
        "date_range": asking.span(),
        "metrics": ["unique_users", "events"],
        "filters": if filters.is_empty() { json!({}) } else { json!(["and", filters]) },
        "time_zone": asking.zone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let did = json!(["did", {"event_type": "a"}]);
        let seen = json!(["not", ["first_did", {}]]);
        for filters in [json!(["and", [did, seen]]), json!(["or", [did, seen]]), did.clone()] {
            let state = State::of("7", &filters);
            assert_eq!(state.filters().as_ref(), Some(&filters));
            assert_eq!(State::of("7", &filters), state);
        }
        let plain = State::of("7", &json!({"country": "DE", "device": ["mobile", "tablet"]}));
        let expect = json!(["and", [["is", "country", ["DE"]], ["is", "device", ["mobile", "tablet"]]]]);
        assert_eq!(plain.filters(), Some(expect));
        let open = State { rules: vec![Rule::default()], ..State::default() };
        assert_eq!(open.filters(), None);
    }
}

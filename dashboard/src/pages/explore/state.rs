//! A report as its address says it: readable, and the same in every later version.
//!
//! ```text
//! ?v=1&metrics=visits,pageviews&by=page,country&time=date&range=30d
//!  &f=is,country,DE,FR&f=contains,page,/docs&any=1&order=visits:desc&limit=20&page=2&compare=previous&report=7
//! ```
//!
//! Filters stand in it as in the overview's ([`Condition`]). What is not understood is left out.

use serde_json::Value;
use wire::query::{
    Comparison, ComparisonPeriod, DateRange, Dimension, Direction, Filter, Filters, Metric, Order, Preset, Query, Span,
};

use super::names::{Named, span, span_text};
use super::test::{filter_of, part, parts, tests_of};
use crate::view::filter::Condition;
use crate::view::period::Period;

/// Version of the addresses.
const VERSION: &str = "1";

/// Rows of a page, where the address does not say.
pub const LIMIT: usize = 20;

/// A report.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// What is computed; none: no report yet.
    pub metrics: Vec<Metric>,
    /// What it is broken down by, beside time.
    pub by: Vec<Dimension>,
    /// By which time.
    pub time: Option<Dimension>,
    /// Over which.
    pub span: Span,
    /// What must hold.
    pub tests: Vec<Condition>,
    /// Whether any of the tests is enough.
    pub any: bool,
    /// What must hold besides, where it cannot be said by tests.
    pub rest: Option<Filter>,
    /// By what rows are sorted.
    pub order: Option<Order>,
    /// Rows of a page.
    pub limit: usize,
    /// Which page, from zero on.
    pub page: usize,
    /// What it is compared with.
    pub compare: Option<ComparisonPeriod>,
    /// Under which number it is kept.
    pub report: Option<i64>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            metrics: Vec::new(),
            by: Vec::new(),
            time: None,
            span: Preset::Days28.into(),
            tests: Vec::new(),
            any: false,
            rest: None,
            order: None,
            limit: LIMIT,
            page: 0,
            compare: None,
            report: None,
        }
    }
}

impl State {
    /// Reads what an address says; `get` finds all values under a name, escapes and all.
    pub fn read(get: impl Fn(&str) -> Vec<String>, unescape: impl Fn(&str) -> String + Copy) -> Self {
        let one = |name: &str| get(name).first().map(|text| unescape(text));
        let list = |name: &str| one(name).map(|text| parts(&text)).unwrap_or_default();
        let order = one("order").and_then(|text| {
            let (field, direction) = text.rsplit_once(':')?;
            Some(Order { field: field.to_owned(), direction: Direction::named(direction)? })
        });
        let number = |name: &str| one(name).and_then(|text| text.parse::<usize>().ok());
        Self {
            metrics: list("metrics").iter().filter_map(|name| Metric::named(name)).collect(),
            by: list("by").iter().filter_map(|name| dimension(name)).collect(),
            time: one("time").and_then(|name| Dimension::named(&name)).filter(|time| time.is_time()),
            span: one("range").and_then(|text| span(&text)).unwrap_or_else(|| {
                // Who comes from another page brings its period along.
                Period::parse(one("period").as_deref(), one("date").as_deref()).span()
            }),
            tests: get("f").iter().filter_map(|text| Condition::parse(text, unescape)).collect(),
            any: one("any").is_some(),
            rest: one("where").and_then(|text| filter_of(&serde_json::from_str(&text).ok()?)),
            order,
            limit: number("limit").unwrap_or(LIMIT).clamp(1, 1_000),
            page: number("page").unwrap_or(1).saturating_sub(1),
            compare: one("compare").and_then(|name| ComparisonPeriod::named(&name)),
            report: one("report").and_then(|text| text.parse().ok()),
        }
    }

    /// Writes the part of the address behind the path, from `?` on.
    pub fn search(&self) -> String {
        let mut pairs = vec![("v", VERSION.to_owned())];
        let mut put = |name, text: String| {
            if !text.is_empty() {
                pairs.push((name, text));
            }
        };
        let default = Self::default();
        put("metrics", self.metrics.iter().map(|metric| metric.word()).collect::<Vec<_>>().join(","));
        put("by", encoded(&self.by.iter().map(|by| part(&by.to_string())).collect::<Vec<_>>().join(",")));
        put("time", self.time.map(|time| time.to_string()).unwrap_or_default());
        put("range", encoded(&span_text(&self.span)));
        for test in &self.tests {
            put("f", test.to_url(|part| encoded(part).replace(',', "%2C")));
        }
        put("any", if self.any { "1".to_owned() } else { String::new() });
        let rest = self.rest.as_ref().and_then(|rest| serde_json::to_string(rest).ok());
        put("where", rest.map(|rest| encoded(&rest)).unwrap_or_default());
        let order = self.order.as_ref().map(|order| format!("{}:{}", encoded(&order.field), order.direction.word()));
        put("order", order.unwrap_or_default());
        put("limit", if self.limit == default.limit { String::new() } else { self.limit.to_string() });
        put("page", if self.page == 0 { String::new() } else { (self.page + 1).to_string() });
        put("compare", self.compare.map(|compare| compare.word().to_owned()).unwrap_or_default());
        put("report", self.report.map(|report| report.to_string()).unwrap_or_default());
        let pairs: Vec<_> = pairs.iter().map(|(name, text)| format!("{name}={text}")).collect();
        format!("?{}", pairs.join("&"))
    }

    /// The question.
    pub fn query(&self, tracking_id: &str) -> Query {
        let compare =
            self.compare.map(|period| Comparison { period, date_range: None, match_weekday: false, same_hours: true });
        Query {
            dimensions: self.time.into_iter().chain(self.by.iter().copied()).collect(),
            filters: self.filters(),
            order_by: self.order.iter().cloned().collect(),
            limit: Some(self.limit),
            offset: self.page * self.limit,
            compare,
            totals: true,
            ..Query::new(tracking_id, self.span.clone(), self.metrics.clone())
        }
    }

    fn filters(&self) -> Filters {
        let mut all: Vec<_> = self.tests.iter().map(Condition::test).collect();
        if self.any && all.len() > 1 {
            all = vec![Filter::Or(all)];
        }
        all.extend(self.rest.clone());
        match all.len() {
            0 => Filters::default(),
            1 => all.pop().map(Filters::Expression).unwrap_or_default(),
            _ => Filters::Expression(Filter::And(all)),
        }
    }

    /// The report that asks a question, as JSON has it; what only programs say of questions is left out.
    pub fn of(query: &Value) -> Self {
        let texts = |name: &str| {
            let list = query.get(name).and_then(Value::as_array).into_iter().flatten();
            list.filter_map(|value| value.as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        let number =
            |name: &str| query.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
        let dimensions: Vec<_> = texts("dimensions").iter().filter_map(|name| Dimension::named(name)).collect();
        let order = query.get("order_by").and_then(|all| {
            let order = all.get(0)?;
            let direction = order.get("direction").and_then(Value::as_str).and_then(Direction::named);
            Some(Order { field: order.get("field")?.as_str()?.to_owned(), direction: direction.unwrap_or_default() })
        });
        let range = query.get("date_range");
        let span = range.and_then(|range| match range.as_str() {
            Some(name) => span(name),
            None => Some(Span::Between(DateRange {
                start: range.get("start")?.as_str()?.to_owned(),
                end: range.get("end")?.as_str()?.to_owned(),
            })),
        });
        let default = Self::default();
        let (tests, any, rest) = query.get("filters").map(tests_of).unwrap_or_default();
        let limit = number("limit").unwrap_or(LIMIT).max(1);
        let compare =
            query.get("compare").and_then(|compare| ComparisonPeriod::named(compare.get("period")?.as_str()?));
        Self {
            metrics: texts("metrics").iter().filter_map(|name| Metric::named(name)).collect(),
            by: dimensions.iter().copied().filter(|by| !by.is_time()).collect(),
            time: dimensions.iter().copied().find(|by| by.is_time()),
            span: span.unwrap_or(default.span),
            tests,
            any,
            rest,
            order,
            limit,
            page: number("offset").unwrap_or_default() / limit,
            compare,
            report: None,
        }
    }
}

fn dimension(name: &str) -> Option<Dimension> {
    Dimension::named(name).filter(|dimension| !dimension.is_time())
}

/// A text within an address. What is not special there stays readable.
fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'/' | b':' | b',' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests;

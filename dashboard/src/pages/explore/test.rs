//! Tests of filters: in addresses (`is:country:DE,FR`), and in questions as JSON has them.

use serde_json::Value;
use wire::query::{Dimension, Filter, Operator};

use super::names::Named;

/// Filters within filters that are read; the server takes fewer.
const DEPTH_MAX: usize = 32;

/// One test of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// Which test.
    pub operator: Operator,
    /// Of which dimension.
    pub dimension: Dimension,
    /// Against which values.
    pub values: Vec<String>,
}

/// Reads a test of an address.
pub fn read_test(text: &str) -> Option<Test> {
    let (operator, rest) = text.split_once(':')?;
    let (dimension, values) = match rest.strip_prefix("property:") {
        Some(rest) => {
            let (property, values) = rest.split_once(':')?;
            (Dimension::named(&format!("property:{}", plain(property)))?, values)
        }
        None => {
            let (name, values) = rest.split_once(':')?;
            (Dimension::named(name).filter(|dimension| !dimension.is_time())?, values)
        }
    };
    Some(Test { operator: Operator::named(operator)?, dimension, values: parts(values) })
}

/// Writes a test as an address has it.
pub fn write_test(Test { operator, dimension, values }: &Test) -> String {
    let dimension = match dimension {
        Dimension::Property(name) => format!("property:{}", safe(name.as_str(), ':')),
        other => other.to_string(),
    };
    let values: Vec<_> = values.iter().map(|value| safe(value, ',')).collect();
    format!("{}:{dimension}:{}", operator.word(), values.join(","))
}

/// The tests of a question's filters, whether any of them is enough, and what cannot be said by tests.
pub fn tests_of(filters: &Value) -> (Vec<Test>, bool, Option<Filter>) {
    if let Some(all) = filters.as_object() {
        let test = |(name, values): (&String, &Value)| {
            let values = match values.as_str() {
                Some(one) => vec![one.to_owned()],
                None => texts(values)?,
            };
            Some(Test { operator: Operator::Is, dimension: Dimension::named(name)?, values })
        };
        return (all.iter().filter_map(test).collect(), false, None);
    }
    let Some(filter) = filter_of(filters) else { return (Vec::new(), false, None) };
    let all_tests = |all: &[Filter]| all.iter().map(as_test).collect::<Option<Vec<_>>>();
    let found = match &filter {
        Filter::And(all) => all_tests(all).map(|tests| (tests, false)),
        Filter::Or(all) => all_tests(all).map(|tests| (tests, true)),
        other => as_test(other).map(|test| (vec![test], false)),
    };
    match found {
        Some((tests, any)) => (tests, any, None),
        None => (Vec::new(), false, Some(filter)),
    }
}

fn as_test(filter: &Filter) -> Option<Test> {
    let Filter::Test { operator, dimension, values } = filter else { return None };
    Some(Test { operator: *operator, dimension: *dimension, values: values.clone() })
}

/// The filter that an expression is.
pub fn filter_of(expression: &Value) -> Option<Filter> {
    read_filter(expression, DEPTH_MAX)
}

fn read_filter(expression: &Value, depth: usize) -> Option<Filter> {
    let depth = depth.checked_sub(1)?;
    let all = || -> Option<Vec<_>> {
        expression.get(1)?.as_array()?.iter().map(|filter| read_filter(filter, depth)).collect()
    };
    match expression.get(0)?.as_str()? {
        "and" => Some(Filter::And(all()?)),
        "or" => Some(Filter::Or(all()?)),
        "not" => Some(Filter::Not(Box::new(read_filter(expression.get(1)?, depth)?))),
        operator => Some(Filter::Test {
            operator: Operator::named(operator)?,
            dimension: Dimension::named(expression.get(1)?.as_str()?)?,
            values: texts(expression.get(2)?)?,
        }),
    }
}

fn texts(values: &Value) -> Option<Vec<String>> {
    values.as_array()?.iter().map(|value| value.as_str().map(str::to_owned)).collect()
}

/// The parts of a list, with what is special within them.
pub fn parts(text: &str) -> Vec<String> {
    text.split(',').map(plain).collect()
}

/// A text that does not hold what stands `between` texts.
pub fn safe(text: &str, between: char) -> String {
    let mark = if between == ',' { "%2C" } else { "%3A" };
    text.replace('%', "%25").replace(between, mark)
}

fn plain(text: &str) -> String {
    text.replace("%2C", ",").replace("%3A", ":").replace("%25", "%")
}

//! Conditions in questions, as JSON has them.

use serde_json::Value;
use wire::query::{Dimension, Filter, Operator};

use super::names::Named;
use crate::view::filter::Condition;

/// Filters within filters that are read; the server takes fewer.
const DEPTH_MAX: usize = 32;

/// The conditions of a question's filters, whether any of them is enough, and what cannot be said by conditions.
pub fn tests_of(filters: &Value) -> (Vec<Condition>, bool, Option<Filter>) {
    if let Some(all) = filters.as_object() {
        let test = |(name, values): (&String, &Value)| {
            let values = match values.as_str() {
                Some(one) => vec![one.to_owned()],
                None => texts(values)?,
            };
            Some(Condition { operator: Operator::Is, dimension: Dimension::named(name)?, values })
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

fn as_test(filter: &Filter) -> Option<Condition> {
    let Filter::Test { operator, dimension, values } = filter else { return None };
    Some(Condition { operator: *operator, dimension: *dimension, values: values.clone() })
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
        "did" | "first_did" | "last_did" | "funnel" => serde_json::from_value(expression.clone()).ok(),
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
    text.split(',').map(|part| part.replace("%2C", ",").replace("%25", "%")).collect()
}

/// A part of a list.
pub fn part(text: &str) -> String {
    text.replace('%', "%25").replace(',', "%2C")
}

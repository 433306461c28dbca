//! Filters of that API.

use serde_json::Value;
use wire::query::{Dimension, Filter, Operator};

use super::super::refusal::Refusal;
use super::names::{self, Form};
use super::request::{Column, column, refuse};

/// Nesting that is looked at; the question's own limit is lower.
const DEPTH_MAX: usize = 16;

/// Translates a filter. `field` names it in errors.
///
/// # Errors
/// [`Refusal`] names what has no counterpart here.
pub fn filter(filter: &Value, field: &str) -> Result<Filter, Refusal> {
    at_depth(filter, field, 0)
}

/// Whether a filter is on goals alone.
pub fn is_of_goal(filter: &Filter) -> bool {
    match filter {
        Filter::Test { dimension, .. } => *dimension == Dimension::Goal,
        Filter::And(filters) | Filter::Or(filters) => !filters.is_empty() && filters.iter().all(is_of_goal),
        Filter::Not(filter) => is_of_goal(filter),
        Filter::Behaviour(_) => false,
    }
}

fn at_depth(filter: &Value, field: &str, depth: usize) -> Result<Filter, Refusal> {
    if depth > DEPTH_MAX {
        return Err(refuse(field, "is nested too deep"));
    }
    let wrong = || refuse(field, "must be [operator, dimension, clauses] or [\"and\", [filters]]");
    let Some((Value::String(operator), rest)) = filter.as_array().and_then(|parts| parts.split_first()) else {
        return Err(wrong());
    };
    let many = || -> Result<Vec<Filter>, Refusal> {
        let [Value::Array(filters)] = rest else { return Err(wrong()) };
        let one = |(at, filter): (usize, &Value)| at_depth(filter, &format!("{field}[1][{at}]"), depth + 1);
        filters.iter().enumerate().map(one).collect()
    };
    match (operator.as_str(), rest) {
        ("and", _) => Ok(Filter::And(many()?)),
        ("or", _) => Ok(Filter::Or(many()?)),
        ("not", [filter]) => Ok(Filter::Not(Box::new(at_depth(filter, &format!("{field}[1]"), depth + 1)?))),
        ("has_done" | "has_not_done", _) => Err(refuse(
            field,
            format!("{operator}: filters here look at one event at a time; funnels and segments look at more"),
        )),
        (_, [Value::String(dimension), Value::Array(clauses)]) => simple(operator, dimension, clauses, None, field),
        (_, [Value::String(dimension), Value::Array(clauses), modifiers]) => {
            simple(operator, dimension, clauses, Some(modifiers), field)
        }
        _ => Err(wrong()),
    }
}

fn simple(
    operator: &str,
    name: &str,
    clauses: &[Value],
    modifiers: Option<&Value>,
    field: &str,
) -> Result<Filter, Refusal> {
    let of = |at: usize| format!("{field}[{at}]");
    // `time` is none of what can be filtered on, whatever it means.
    let column = column(name, Dimension::Date)
        .map_err(|why| refuse(&of(1), format!("{}: {why}", domain::page::cut(name, 64))))?;
    if column.dimension.is_time() {
        return Err(refuse(&of(1), "filters take no dimension of time; use date_range"));
    }
    if column.dimension == Dimension::Goal && !matches!(operator, "is" | "contains") {
        return Err(refuse(&of(0), "event:goal takes is and contains only"));
    }
    let clauses: Option<Vec<&str>> = clauses.iter().map(Value::as_str).collect();
    let clauses = clauses.ok_or_else(|| refuse(&of(2), "must be texts"))?;
    let is_exact = is_case_sensitive(modifiers)
        .ok_or_else(|| refuse(&of(3), "must be {\"case_sensitive\": true} or {\"case_sensitive\": false}"))?;
    if column.form == Form::Country {
        return country(operator, &clauses, is_exact, field);
    }
    let test = |operator, values| Ok(Filter::Test { operator, dimension: column.dimension, values });
    let each = |value: fn(&str) -> String| clauses.iter().map(|clause| value(clause)).collect::<Vec<_>>();
    let patterns = |before: &str, after: &str| -> Vec<String> {
        let case = if is_exact { "" } else { "(?i)" };
        let pattern = |clause: &&str| format!("{case}{before}{}{after}", names::escaped(&written(&column, clause)));
        clauses.iter().map(pattern).collect()
    };
    // A city's name stands before its country here.
    let after = if column.form == Form::City { ", [A-Z]{2}$" } else { "$" };
    let is_plain = is_exact && column.form != Form::City;
    match operator {
        "is" if is_plain => test(Operator::Is, clauses.iter().map(|clause| written(&column, clause)).collect()),
        "is_not" if is_plain => test(Operator::IsNot, clauses.iter().map(|clause| written(&column, clause)).collect()),
        "is" => test(Operator::Matches, patterns("^", after)),
        "is_not" => test(Operator::MatchesNot, patterns("^", after)),
        "contains" if is_exact => test(Operator::Matches, patterns("", "")),
        "contains_not" if is_exact => test(Operator::MatchesNot, patterns("", "")),
        "contains" => test(Operator::Contains, each(str::to_owned)),
        "contains_not" => test(Operator::ContainsNot, each(str::to_owned)),
        "matches" => test(Operator::Matches, each(str::to_owned)),
        "matches_not" => test(Operator::MatchesNot, each(str::to_owned)),
        "matches_wildcard" => test(Operator::Matches, each(names::wildcard)),
        "matches_wildcard_not" => test(Operator::MatchesNot, each(names::wildcard)),
        _ => Err(refuse(&of(0), format!("{}: there is no such operator", domain::page::cut(operator, 64)))),
    }
}

/// A value as it is counted here.
fn written(column: &Column, clause: &str) -> String {
    column.form.value(clause)
}

/// Countries are counted by code: a test of names is one of the codes whose names pass it.
fn country(operator: &str, clauses: &[&str], is_exact: bool, field: &str) -> Result<Filter, Refusal> {
    let folded = |text: &str| if is_exact { text.to_owned() } else { text.to_lowercase() };
    let clauses: Vec<_> = clauses.iter().map(|clause| folded(clause)).collect();
    let (is_equal, negative) = match operator {
        "is" => (true, false),
        "is_not" => (true, true),
        "contains" => (false, false),
        "contains_not" => (false, true),
        _ => {
            return Err(refuse(
                &format!("{field}[0]"),
                "visit:country_name takes is, is_not, contains and contains_not",
            ));
        }
    };
    let passes = |name: &str| {
        let name = folded(name);
        clauses.iter().any(|clause| if is_equal { name == *clause } else { name.contains(clause.as_str()) })
    };
    let mut values: Vec<_> =
        names::countries().filter(|(_, name)| passes(name)).map(|(code, _)| code.to_owned()).collect();
    values.extend(clauses.iter().filter(|clause| clause.is_empty()).cloned());
    if values.is_empty() {
        // No code is this one.
        values.push("(none)".to_owned());
    }
    values.dedup();
    let operator = if negative { Operator::IsNot } else { Operator::Is };
    Ok(Filter::Test { operator, dimension: Dimension::Country, values })
}

fn is_case_sensitive(modifiers: Option<&Value>) -> Option<bool> {
    let Some(modifiers) = modifiers else { return Some(true) };
    let modifiers = modifiers.as_object()?;
    match (modifiers.len(), modifiers.get("case_sensitive")) {
        (0, None) => Some(true),
        (1, Some(Value::Bool(is_case_sensitive))) => Some(*is_case_sensitive),
        _ => None,
    }
}

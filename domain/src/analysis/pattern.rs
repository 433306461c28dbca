//! Which events a step is, as a condition over their values.

use regex::Regex;
use wire::analysis::{EventFilters, EventPattern};
use wire::filter::FilterValues;
use wire::limits::{FILTER_VALUES_MAX, URL_BYTES_MAX};
use wire::query::Dimension;

use crate::behaviour::Terms;
use crate::query::{Condition, QueryError, Test};

/// What must hold of the events that a pattern means. `field` names it in errors.
///
/// # Errors
/// [`QueryError`] names the part at fault and its limit.
pub fn condition(pattern: &EventPattern, field: &str) -> Result<Condition, QueryError> {
    condition_of(pattern, field, None)
}

/// The same, where filters may say what people did too: by these terms.
///
/// # Errors
/// As [`condition`].
pub fn condition_of(pattern: &EventPattern, field: &str, terms: Option<&Terms<'_>>) -> Result<Condition, QueryError> {
    let mut parts = Vec::new();
    if let Some(types) = &pattern.event_type {
        let types = listed(types, &format!("{field}.event_type"))?;
        parts.push(Condition::Test(Dimension::EventType, Test::Is(types.iter().cloned().collect())));
    }
    let EventFilters { page_path, others } = &pattern.filters;
    if let Some(patterns) = page_path {
        parts.push(Condition::Test(Dimension::Page, paths(patterns, &format!("{field}.filters.page_path"))?));
    }
    if !others.is_empty() {
        let field = format!("{field}.filters");
        let others = match terms {
            Some(terms) => Condition::of_people(others, &field, terms)?,
            None => Condition::of(others, &field)?,
        };
        parts.push(of_events(others, &field)?);
    }
    Ok(Condition::All(parts))
}

/// A condition that each event tells for itself.
///
/// # Errors
/// [`QueryError`] when it is about visits.
pub fn of_events(condition: Condition, field: &str) -> Result<Condition, QueryError> {
    if condition.dimensions().into_iter().any(is_of_visits) {
        return Err(QueryError::new(field, "takes no entry_page or exit_page: those are told of whole visits"));
    }
    Ok(condition)
}

/// Whether an event tells a dimension only together with the others of its visit.
pub fn is_of_visits(dimension: Dimension) -> bool {
    matches!(dimension, Dimension::EntryPage | Dimension::ExitPage)
}

/// A test for patterns of paths.
///
/// # Errors
/// [`QueryError`] names the one at fault.
pub fn paths(patterns: &FilterValues, field: &str) -> Result<Test, QueryError> {
    let patterns = listed(patterns, field)?;
    patterns.iter().map(|pattern| path(pattern, field)).collect::<Result<_, _>>().map(Test::Matches)
}

fn listed<'a>(values: &'a FilterValues, field: &str) -> Result<&'a [String], QueryError> {
    let values = values.as_slice();
    if values.is_empty() || values.len() > FILTER_VALUES_MAX {
        return Err(QueryError::new(field, format!("takes 1 to {FILTER_VALUES_MAX} values")));
    }
    Ok(values)
}

/// The pattern as an expression: `**` is anything, `*` anything within a segment.
fn path(pattern: &str, field: &str) -> Result<Regex, QueryError> {
    if pattern.is_empty() || pattern.len() > URL_BYTES_MAX {
        return Err(QueryError::new(field, format!("takes patterns of 1 to {URL_BYTES_MAX} bytes")));
    }
    let parts = pattern.split("**").map(|part| part.split('*').map(regex::escape).collect::<Vec<_>>().join("[^/]*"));
    let expression = format!(r"\A{}\z", parts.collect::<Vec<_>>().join("(?s:.*)"));
    Regex::new(&expression).map_err(|_| QueryError::new(field, "has a pattern with too many stars"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_paths_are_those_of_goals() {
        let paths = ["", "/", "/a", "/a/", "/a/b", "/a/b/c", "/a.html", "/x/a.html", "/aXbXc", "/a\nb", "/ä"];
        let patterns = ["/a", "/a/*", "/a/**", "**/c", "/*.html", "**", "*", "/a*b*c", "/**/b*", "/a***", "/?", "/[a]"];
        for pattern in patterns {
            let expression = path(pattern, "page_path").unwrap_or_else(|e| panic!("{e}"));
            for path in paths {
                assert_eq!(expression.is_match(path), crate::goal::matches(pattern, path), "{pattern} {path}");
            }
        }
    }

    #[test]
    fn what_is_out_of_bounds_is_named() {
        fn check(pattern: serde_json::Value, expect: &str) {
            let pattern: EventPattern = serde_json::from_value(pattern).unwrap_or_else(|e| panic!("{e}"));
            let told = condition(&pattern, "steps.0").err().map(|e| e.to_string()).unwrap_or_default();
            assert_eq!(told, expect);
        }
        let json = |text: &str| serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}"));
        check(json(r#"{"event_type": []}"#), "steps.0.event_type: takes 1 to 100 values");
        check(
            json(r#"{"filters": {"page_path": ""}}"#),
            "steps.0.filters.page_path: takes patterns of 1 to 2048 bytes",
        );
        check(
            json(r#"{"filters": {"entry_page": "/"}}"#),
            "steps.0.filters: takes no entry_page or exit_page: those are told of whole visits",
        );
        check(
            json(r#"{"filters": ["matches", "page", ["("]]}"#),
            "steps.0.filters: is not a regular expression: regex parse error:\n    (\n    ^\nerror: unclosed group",
        );
    }
}

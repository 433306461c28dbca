//! Query parameters: exactly those that a route knows.

use url::form_urlencoded;
use wire::span::{DateRange, Span};

use super::refusal::Refusal;

/// Reads `tracking_id`, the only parameter of a route.
///
/// # Errors
/// [`Refusal::Parameter`] names the parameter that is missing, unknown, doubled or malformed.
pub fn tracking_id(query: Option<&str>) -> Result<String, Refusal> {
    only("tracking_id", query)
}

/// Reads a tracking id from the only parameter of a route.
///
/// # Errors
/// As [`named`], and when it is missing or malformed.
pub fn only(parameter: &str, query: Option<&str>) -> Result<String, Refusal> {
    let [found] = named([parameter], query)?;
    domain::accept::tracking_id(found.as_deref()).map_err(|e| wrong(parameter, &e.detail))
}

/// Reads the parameters of a route, as far as they are given.
///
/// # Errors
/// [`Refusal::Parameter`] names the parameter that is unknown or doubled.
pub fn named<const N: usize>(names: [&str; N], query: Option<&str>) -> Result<[Option<String>; N], Refusal> {
    let mut found = [const { None }; N];
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let mut places = names.iter().zip(&mut found);
        let Some((_, place)) = places.find(|(known, _)| **known == name) else {
            let known = names.join(", ");
            return Err(wrong(&name, &format!("is not a parameter here; known: {known}")));
        };
        if place.replace(value.into_owned()).is_some() {
            return Err(wrong(&name, "is given twice"));
        }
    }
    Ok(found)
}

/// Reads a span from its first and its last date or instant; none where neither is given.
///
/// # Errors
/// [`Refusal::Parameter`] names the one that is missing.
pub fn dates(start_date: Option<String>, end_date: Option<String>) -> Result<Option<Span>, Refusal> {
    match (start_date, end_date) {
        (None, None) => Ok(None),
        (Some(start), Some(end)) => Ok(Some(Span::Between(DateRange { start, end }))),
        (None, Some(_)) => Err(wrong("start_date", "is required where end_date is given")),
        (Some(_), None) => Err(wrong("end_date", "is required where start_date is given")),
    }
}

/// Reads the number of something from its place in a path. What is no number is the number of nothing.
///
/// # Errors
/// [`Refusal::NoSuch`] names what it should number.
pub fn number(text: &str, what: &'static str) -> Result<i64, Refusal> {
    text.parse().map_err(|_| Refusal::NoSuch(what))
}

/// Refuses every parameter.
///
/// # Errors
/// [`Refusal::Parameter`] names the first.
pub fn none(query: Option<&str>) -> Result<(), Refusal> {
    match form_urlencoded::parse(query.unwrap_or_default().as_bytes()).next() {
        Some((name, _)) => Err(wrong(&name, "is not a parameter here; there are none")),
        None => Ok(()),
    }
}

/// A parameter that is not what it should be.
pub fn wrong(name: &str, detail: &str) -> Refusal {
    // A name comes from outside: what is sent back of it stays short.
    Refusal::Parameter { name: domain::page::cut(name, 64).to_owned(), detail: detail.to_owned() }
}

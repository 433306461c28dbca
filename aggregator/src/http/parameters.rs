//! Query parameters: exactly those that a route knows.

use url::form_urlencoded;

use super::refusal::Refusal;

/// Reads `tracking_id`, the only parameter of a route.
///
/// # Errors
/// As [`only`].
pub fn tracking_id(query: Option<&str>) -> Result<String, Refusal> {
    only("tracking_id", query)
}

/// Reads a tracking id from the only parameter of a route.
///
/// # Errors
/// [`Refusal::Parameter`] names the parameter that is missing, unknown, doubled or malformed.
pub fn only(parameter: &str, query: Option<&str>) -> Result<String, Refusal> {
    let mut found = None;
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if name != parameter {
            return Err(wrong(&name, &format!("is not a parameter here; {parameter} is the only one")));
        }
        if found.replace(value).is_some() {
            return Err(wrong(&name, "is given twice"));
        }
    }
    domain::accept::tracking_id(found.as_deref()).map_err(|e| wrong(parameter, &e.detail))
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

fn wrong(name: &str, detail: &str) -> Refusal {
    // A name comes from outside: what is sent back of it stays short.
    Refusal::Parameter { name: domain::page::cut(name, 64).to_owned(), detail: detail.to_owned() }
}

//! Events as the trackers of other products send them, read into our own: whoever moves here changes one address.
//!
//! | module | product | takes |
//! |---|---|---|
//! | [`plausible`] | Plausible Analytics | `POST /api/event` |
//! | [`umami`] | Umami | `POST /api/send`, `POST /api/batch` |
//!
//! They are read as generously as those products do, for a tracker that was published cannot be mended: what says
//! nothing is passed over, what says something wrong is refused. What comes out meets [`crate::accept`] like any other.

use serde_json::{Map, Value};
use wire::batch::{BatchError, Malformed};
use wire::event::Property;
use wire::limits::{BODY_BYTES_MAX, DEPTH_MAX, QUOTED_BYTES_MAX, VALUES_MAX};
use wire::scan::{self, Bounds};

use crate::page;

pub mod plausible;
pub mod umami;

/// A JSON document, once it was looked over.
fn document(body: &[u8]) -> Result<Value, BatchError> {
    if body.len() > BODY_BYTES_MAX {
        return Err(BatchError::TooLong);
    }
    if body.trim_ascii().is_empty() {
        return Err(BatchError::Empty);
    }
    scan::json(body, Bounds { depth: DEPTH_MAX, values: VALUES_MAX })?;
    serde_json::from_slice(body).map_err(|e| BatchError::Json(e.to_string()))
}

/// The first of these names that says something; trackers have a short and a long one for each field.
fn take(given: &mut Map<String, Value>, names: &[&str]) -> Option<Value> {
    names.iter().filter_map(|name| given.remove(*name)).find(|value| !value.is_null())
}

/// A text under one of these names; `field` is what it is called in ours.
fn text(given: &mut Map<String, Value>, names: &[&str], field: &str) -> Result<Option<String>, Malformed> {
    match take(given, names) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(refused(field, "must be a text")),
    }
}

/// A text within its limit. It is asked before an address is looked into, which takes longer than its length says.
fn within(text: Option<String>, bytes: usize, field: &str) -> Result<Option<String>, Malformed> {
    match &text {
        Some(long) if long.len() > bytes => Err(refused(field, format!("is {} bytes, at most {bytes}", long.len()))),
        _ => Ok(text),
    }
}

/// A number, also as the text of one.
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number| number.is_finite())
}

/// A map, also as the text of one.
fn map(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        Value::String(text) => {
            scan::json(text.as_bytes(), Bounds { depth: DEPTH_MAX, values: VALUES_MAX }).ok()?;
            serde_json::from_str(&text).ok()
        }
        _ => None,
    }
}

/// A value that is neither list, map nor nothing.
fn property(value: Value) -> Option<Property> {
    match value {
        Value::Bool(flag) => Some(Property::Flag(flag)),
        Value::Number(number) => number.as_f64().map(Property::Number),
        Value::String(text) => Some(Property::Text(text)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What is said of a field. It may quote what was sent, so no more than [`QUOTED_BYTES_MAX`] of its name.
fn refused(field: &str, detail: impl Into<String>) -> Malformed {
    Malformed { field: page::cut(field, QUOTED_BYTES_MAX).to_owned(), detail: detail.into() }
}

/// What a field of ours is called by another product, for its refusals: `names` pairs the first with the second. What
/// lies below a field keeps its name.
fn renamed(field: &str, names: &[(&str, &str)]) -> String {
    let (whole, below) = (field, field.split_once('.').map_or("", |(_, below)| below));
    let of = |ours: &str| names.iter().find(|(name, _)| *name == ours).map(|(_, theirs)| (*theirs).to_owned());
    let parent = field.split('.').next().unwrap_or_default();
    of(whole).or_else(|| of(parent).map(|theirs| format!("{theirs}.{below}"))).unwrap_or_else(|| whole.to_owned())
}

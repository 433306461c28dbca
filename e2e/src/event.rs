//! Events as a shop's server sends them.

use serde_json::{Value, json};

use crate::trial::SITE;

/// What a client did on a page of the shop.
pub fn event(client: &str, kind: &str, path: &str) -> Value {
    with(anonymous(kind, path), json!({"client_id": client}))
}

/// What somebody did on a page of the shop.
pub fn anonymous(kind: &str, path: &str) -> Value {
    json!({"tracking_id": SITE, "event_type": kind, "page": {"url": format!("https://shop.example{path}")}})
}

/// An event with more fields, or other ones.
pub fn with(mut event: Value, more: Value) -> Value {
    if let (Value::Object(event), Value::Object(more)) = (&mut event, more) {
        event.extend(more);
    }
    event
}

//! Spans of time in words.

use serde_json::Value;

/// Spans that are offered, as the API and as people call them.
pub const SPANS: [(&str, &str); 8] = [
    ("", "in the period shown"),
    ("day", "today"),
    ("7d", "in the last 7 days"),
    ("30d", "in the last 30 days"),
    ("90d", "in the last 90 days"),
    ("6mo", "in the last 6 months"),
    ("12mo", "in the last 12 months"),
    ("all", "ever"),
];

/// A span, as the API has it, in words.
pub fn within(span: &Value) -> String {
    let text = |name: &str| span.get(name).and_then(Value::as_str).unwrap_or_default();
    match span.as_str() {
        Some(name) => {
            SPANS.iter().find(|(known, _)| *known == name).map_or(name.to_owned(), |(_, words)| (*words).to_owned())
        }
        None => format!("from {} to {}", text("start"), text("end")),
    }
}

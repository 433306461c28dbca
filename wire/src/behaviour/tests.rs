use serde_json::{Value, json};

use super::*;
use crate::filter::{Filter, Filters};

fn read(document: &Value) -> Result<Filters, String> {
    let text = document.to_string();
    let mut reader = serde_json::Deserializer::from_str(&text);
    serde_path_to_error::deserialize(&mut reader).map_err(|e| format!("{}: {}", e.path(), e.inner()))
}

#[test]
fn what_is_written_reads_as_the_same_again() {
    let steps = json!([{"event_type": "pageview"}, {"event_type": "purchase"}]);
    for document in [
        json!(["did", {}]),
        json!(["did", {"event_type": "purchase", "at_least": 3, "at_most": 9, "within": "30d"}]),
        json!(["not", ["did", {"filters": {"page_path": "/docs/**", "country": ["DE"]}}]]),
        json!(["did", {"sum": {"of": "revenue", "currency": "EUR", "at_least": 500.25}}]),
        json!(["did", {"sum": {"of": "property:price", "at_most": -1.5}}]),
        json!(["and", [["is", "country", ["DE"]], ["first_did", {"within": {"start": "2026-02-01", "end": "2026-02-28"}}]]]),
        json!(["or", [["last_did", {"event_type": ["a", "b"]}], ["not", ["last_did", {}]]]]),
        json!(["funnel", {"funnel_id": "UA-1.3", "step": 2, "outcome": "dropped"}]),
        json!(["funnel", {"funnel": {"steps": steps, "window": "7d", "order": "ordered", "unit": "users", "attempts": "best"}, "step": 1, "outcome": "reached", "within": "7d"}]),
    ] {
        let filters = read(&document).unwrap_or_else(|e| panic!("{document}: {e}"));
        assert_eq!(serde_json::to_value(&filters).unwrap(), document);
    }
}

#[test]
fn what_is_wrong_is_named_by_its_place() {
    for (document, expect) in [
        (json!(["did"]), ".: invalid length 1"),
        (json!(["did", {"times": 3}]), "[1].times: unknown field `times`"),
        (json!(["did", {"at_least": -1}]), "[1].at_least: invalid value"),
        (json!(["and", [["did", {"sum": {"of": "price"}}]]]), "[1][0][1].sum.of: must be revenue or property:NAME"),
        (json!(["did", {"sum": {"of": "revenue", "at_least": 1e13}}]), "[1].sum.at_least: must be a number"),
        (json!(["first_did", {"at_least": 2}]), "[1].at_least: unknown field"),
        (json!(["funnel", {"funnel_id": "UA-1.3"}]), "[1]: missing field `step`"),
        (json!(["funnel", {"step": 1, "outcome": "lost"}]), "[1].outcome: unknown variant `lost`"),
        (json!(["did", {}, {}]), ".: an expression has no more parts"),
        (json!(["has_done", {}]), "."),
    ] {
        let error = read(&document).expect_err(&document.to_string());
        assert!(error.starts_with(expect), "{document}: {error}");
    }
}

#[test]
fn amounts_are_to_the_millionth() {
    assert_eq!(Amount::of(0.1).map(|one| one.micros), Some(100_000));
    assert_eq!(Amount::of(-2.000_000_4).map(|one| one.micros), Some(-2_000_000));
    assert_eq!((Amount::of(f64::NAN), Amount::of(1.1e12)), (None, None));
    let did = Filter::Behaviour(Box::new(Behaviour::Did(Did { at_least: Some(2), ..Did::default() })));
    assert_eq!(serde_json::to_value(did).unwrap(), json!(["did", {"at_least": 2}]));
}

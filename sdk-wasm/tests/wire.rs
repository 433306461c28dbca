//! What the SDK writes, read back with `rmp-serde` and with the edge's own decoder.

use serde_json::{Value, json};
use tidemark_sdk::batch::Batch;
use tidemark_sdk::event::{Event, Page, Property, user};
use tidemark_sdk::id::{ID_BYTES, Id};
use tidemark_sdk::limits::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX};

fn id(number: u8) -> Id {
    Id::new([number; ID_BYTES])
}

fn event(event_type: &str, page: Page<'_>, properties: &[(String, Property)]) -> Vec<u8> {
    let user = user("de-CH", 1440.0);
    Event { event_type, event_id: id(1), at_ms: 1234.0, page, user: &user, properties }.encode()
}

fn batch(events: &[Vec<u8>]) -> Vec<u8> {
    let mut batch = Batch::new(id(1));
    batch.events = events.concat();
    batch.event_count = events.len();
    batch.encode("UA-123456-1", 5678.0)
}

fn properties() -> Vec<(String, Property)> {
    vec![
        ("plan".to_owned(), Property::Text("pro 日本 🌊".to_owned())),
        ("price".to_owned(), Property::Number(12.5)),
        ("delta".to_owned(), Property::Number(-3.0)),
        ("count".to_owned(), Property::Number(70_000.0)),
        ("yes".to_owned(), Property::Boolean(true)),
        ("no".to_owned(), Property::Boolean(false)),
    ]
}

const PAGE: Page<'static> = Page { url: "https://a.example/b?c=d", title: "Überblick", referrer: "" };

#[test]
fn a_batch_is_the_documented_map() {
    let body = batch(&[event("pageview", PAGE, &[]), event("buy", PAGE, &properties())]);
    let decoded: Value = rmp_serde::from_slice(&body).expect("well-formed MessagePack");
    let page = json!({ "url": "https://a.example/b?c=d", "title": "Überblick", "referrer": "" });
    let user = json!({ "language": "de-CH", "screen_width": 1440 });
    let id = "1111111111111111111111";
    assert_eq!(
        decoded,
        json!({
            "batch_id": id, "tracking_id": "UA-123456-1", "sent_at_ms": 5678,
            "sdk": concat!("wasm/", env!("CARGO_PKG_VERSION")),
            "events": [
                { "event_type": "pageview", "event_id": id, "at_ms": 1234, "page": page, "user": user,
                  "custom_properties": {} },
                { "event_type": "buy", "event_id": id, "at_ms": 1234, "page": page, "user": user,
                  "custom_properties": { "plan": "pro 日本 🌊", "price": 12.5, "delta": -3.0, "count": 70_000,
                                         "yes": true, "no": false } },
            ],
        })
    );
}

#[test]
fn the_edge_reads_every_field() {
    let body = batch(&[event("pageview", PAGE, &[]), event("buy", PAGE, &properties())]);
    let decoded = wire::batch::decode(&body).expect("a batch");
    assert_eq!(decoded.envelope.tracking_id.as_deref(), Some("UA-123456-1"));
    assert_eq!(decoded.envelope.batch_id.map(|id| id.len()), Some(ID_BYTES));
    assert_eq!(decoded.envelope.sent_at_ms, Some(5678.0));
    let events: Vec<_> = decoded.events.into_iter().map(|event| event.expect("an event")).collect();
    let [pageview, buy] = events.as_slice() else { panic!("two events") };
    assert_eq!(pageview.event_type.as_deref(), Some("pageview"));
    assert_eq!(pageview.at_ms, Some(1234.0));
    assert_eq!(pageview.page.as_ref().and_then(|page| page.title.as_deref()), Some("Überblick"));
    assert_eq!(pageview.user.as_ref().and_then(|user| user.screen_width), Some(1440.0));
    let named = serde_json::to_value(&buy.custom_properties).expect("JSON");
    assert_eq!(
        named,
        json!({ "plan": "pro 日本 🌊", "price": 12.5, "delta": -3.0, "count": 70_000.0, "yes": true, "no": false })
    );
}

#[test]
fn long_texts_are_cut_between_characters() {
    let long = "日".repeat(5000);
    let page = Page { url: &long, title: &long, referrer: &long };
    let many: Vec<_> = (0..50).map(|n| (format!("{n}{long}"), Property::Text(long.clone()))).collect();
    let encoded = event(&long, page, &many);
    assert!(encoded.len() < BATCH_BYTES_MAX, "one event always fits a batch");
    let decoded: Value = rmp_serde::from_slice(&encoded).expect("well-formed MessagePack");
    let bytes = |value: &Value| value.as_str().map(str::len);
    assert_eq!(bytes(&decoded["event_type"]), Some(63));
    assert_eq!(bytes(&decoded["page"]["url"]), Some(2046));
    assert_eq!(bytes(&decoded["page"]["title"]), Some(510));
    let properties = decoded["custom_properties"].as_object().expect("a map");
    assert_eq!(properties.len(), 32);
    assert!(properties.iter().all(|(name, value)| name.len() <= 64 && bytes(value) == Some(1023)));
}

#[test]
fn the_largest_batch_is_small_enough_for_a_page_that_leaves() {
    let small = event("e", Page { url: "", title: "", referrer: "" }, &[]);
    assert!(wire::batch::decode(&batch(&vec![small.clone(); BATCH_EVENTS_MAX])).is_ok());
    let empty = Batch::new(id(1));
    let envelope = empty.encode(&"x".repeat(1000), f64::MAX).len() + 2;
    assert!(envelope + BATCH_BYTES_MAX < 60 * 1024, "an envelope has {envelope} bytes");
}

#[test]
fn limits_are_those_of_the_wire() {
    use tidemark_sdk::limits as sdk;
    use wire::limits as wire;
    assert_eq!(BATCH_EVENTS_MAX, wire::BATCH_EVENTS_MAX);
    assert_eq!(sdk::EVENT_TYPE_BYTES_MAX, wire::EVENT_TYPE_BYTES_MAX);
    assert_eq!(sdk::URL_BYTES_MAX, wire::URL_BYTES_MAX);
    assert_eq!(sdk::TITLE_BYTES_MAX, wire::TITLE_BYTES_MAX);
    assert_eq!(sdk::TRACKING_ID_BYTES_MAX, wire::TRACKING_ID_BYTES_MAX);
    assert_eq!(sdk::PROPERTIES_MAX, wire::PROPERTIES_MAX);
    assert_eq!(sdk::PROPERTY_NAME_BYTES_MAX, wire::PROPERTY_NAME_BYTES_MAX);
    assert_eq!(sdk::PROPERTY_TEXT_BYTES_MAX, wire::PROPERTY_TEXT_BYTES_MAX);
}

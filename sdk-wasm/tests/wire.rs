//! What the SDK writes, read with the edge's own decoder.

use tidemark_sdk::limits::BATCH_EVENTS_MAX;
use tidemark_sdk::outbox::Outbox;
use tidemark_sdk::random::{ID_BYTES, Random};

/// As `js/page/main.js` writes it.
const EVENT: &str = r#"{"event_type":"buy","page":{"url":"https://a.example/b?c=d","title":"Überblick","referrer":""},"user":{"language":"de-CH","screen_width":1440},"revenue":{"amount":12.5,"currency":"EUR"},"custom_properties":{"plan":"pro 日本 🌊","count":70000,"yes":true},"at_ms":1790000001234.5}"#;

#[test]
fn the_edge_reads_every_field() {
    let mut outbox = Box::new(Outbox::new());
    outbox.random = Random::new([1, 2, 3, 4]);
    let put = |outbox: &mut Outbox, text: &str| {
        outbox.input[..text.len()].copy_from_slice(text.as_bytes());
        text.len()
    };
    let bytes = put(&mut outbox, r#"{"tracking_id":"UA-123456-1","sdk":"wasm/1","client_id":"somebody","events":["#);
    outbox.share(bytes);
    let bytes = put(&mut outbox, EVENT);
    assert!(outbox.offer(bytes, 1_790_000_001_234.0));
    let bytes = put(&mut outbox, r#","sent_at_ms":1790000005678}"#);
    let decoded = wire::batch::decode(outbox.take_due(bytes)).expect("a batch");
    assert_eq!(decoded.envelope.tracking_id.as_deref(), Some("UA-123456-1"));
    assert_eq!(decoded.envelope.client_id.as_deref(), Some("somebody"));
    assert_eq!(decoded.envelope.sdk.as_deref(), Some("wasm/1"));
    assert_eq!(decoded.envelope.batch_id.map(|id| id.len()), Some(ID_BYTES));
    assert_eq!(decoded.envelope.sent_at_ms, Some(1_790_000_005_678.0));
    let events: Vec<_> = decoded.events.into_iter().map(|event| event.expect("an event")).collect();
    let [event] = events.as_slice() else { panic!("one event") };
    assert_eq!(event.event_type.as_deref(), Some("buy"));
    assert_eq!(event.event_id.as_ref().map(String::len), Some(ID_BYTES));
    assert_eq!(event.at_ms, Some(1_790_000_001_234.5));
    let title = event.page.as_ref().and_then(|page| page.title.as_deref());
    assert_eq!(title, Some("Überblick"));
    assert_eq!(event.user.as_ref().and_then(|user| user.screen_width), Some(1440.0));
    assert_eq!(event.revenue.as_ref().and_then(|revenue| revenue.amount), Some(12.5));
    assert_eq!(event.custom_properties.len(), 3);
}

#[test]
fn limits_are_those_of_the_wire() {
    assert_eq!(BATCH_EVENTS_MAX as usize, wire::limits::BATCH_EVENTS_MAX);
}

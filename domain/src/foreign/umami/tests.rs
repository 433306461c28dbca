#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::json;

use super::*;

const WEBSITE: &str = "b59e9c65-ae32-47f1-8400-119fcf4861c4";

fn read(kind: &str, more: Value) -> Result<Event, Malformed> {
    let mut payload = json!({"website": WEBSITE, "hostname": "shop.example", "url": "/cart?utm_source=x"});
    payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    decode(json!({"type": kind, "payload": payload}).to_string().as_bytes()).unwrap().events.remove(0)
}

fn page_of(more: Value) -> Page {
    read("event", more).unwrap().page.unwrap()
}

#[test]
fn an_event_is_a_page_view_unless_it_has_a_name() {
    let view = read("event", json!({"screen": "1920x1080", "language": "de-AT", "title": "Cart", "id": "customer-1"}))
        .unwrap();
    assert_eq!(view.event_type.as_deref(), Some("pageview"));
    assert_eq!((view.tracking_id.as_deref(), view.client_id.as_deref()), (Some(WEBSITE), Some("customer-1")));
    let user = view.user.unwrap();
    assert_eq!((user.screen_width, user.language.as_deref()), (Some(1920.0), Some("de-AT")));
    let named = read("event", json!({"name": "é".repeat(40), "tag": "b"})).unwrap();
    assert_eq!(named.event_type, Some("é".repeat(32)));
    assert_eq!(named.custom_properties["tag"], Property::Text("b".to_owned()));
    assert_eq!(read("event", json!({"name": ""})).unwrap().event_type.as_deref(), Some("pageview"));
}

#[test]
fn paths_are_of_the_host() {
    fn check(url: &str, expect: &str) {
        assert_eq!(page_of(json!({"url": url})).url.as_deref(), Some(expect), "{url}");
    }
    check("/cart?a=b", "https://shop.example/cart?a=b");
    check("https://other.example/x", "https://other.example/x");
    // Escaped by the browser, and again by the tracker.
    check("/a%2520b", "https://shop.example/a%20b");
    check("", "https://shop.example/");
    let from = |referrer: &str| page_of(json!({"referrer": referrer})).referrer;
    assert_eq!(from("/lamps").as_deref(), Some("https://shop.example/lamps"));
    assert_eq!(from("https://duckduckgo.com/").as_deref(), Some("https://duckduckgo.com/"));
    assert_eq!(from(""), None);
}

#[test]
fn titles_lose_the_escapes_that_trackers_gave_them() {
    fn check(title: &str, expect: &str) {
        assert_eq!(page_of(json!({"title": title})).title.as_deref(), Some(expect), "{title}");
    }
    check("Lantern%20%26%20Loom", "Lantern & Loom");
    check("B%C3%BCcher", "Bücher");
    check("100%", "100%");
    check("50% off", "50% off");
    check("%zz", "%zz");
    check("%ff", "%ff");
    check("%+1", "%+1");
}

#[test]
fn data_becomes_properties() {
    let event = read(
        "event",
        json!({"name": "buy", "data": {
            "plan": "pro", "n": 3, "yes": true, "none": null, "list": [1, "a"], "map": {"a": {"b": "c"}},
            "long": "x".repeat(3000), "revenue": "19.5", "currency": "EUR",
        }}),
    )
    .unwrap();
    let properties = &event.custom_properties;
    assert_eq!(properties["map.a.b"], Property::Text("c".to_owned()));
    assert_eq!(properties["list"], Property::Text("[1,\"a\"]".to_owned()));
    assert_eq!(properties["long"], Property::Text("x".repeat(PROPERTY_TEXT_BYTES_MAX)));
    assert!(!properties.contains_key("none"));
    assert_eq!(event.revenue, Some(Revenue { amount: Some(19.5), currency: Some("EUR".to_owned()) }));
    assert_eq!(read("event", json!({"data": {"revenue": 5, "currency": "gold"}})).unwrap().revenue, None);
}

#[test]
fn names_are_not_repeated_at_length() {
    let leaves: Map<String, Value> = (0..20_000).map(|n| (n.to_string(), json!(n))).collect();
    let event = read("event", json!({"name": "x", "data": {"n".repeat(500_000): leaves}})).unwrap();
    // One name, too long to be accepted.
    let names: Vec<_> = event.custom_properties.keys().map(String::len).collect();
    assert_eq!(names, [PROPERTY_NAME_BYTES_MAX + 1]);
    let many: Map<String, Value> = (0..500).map(|n| (n.to_string(), json!(n))).collect();
    let event = read("event", json!({"name": "x", "data": many})).unwrap();
    assert_eq!(event.custom_properties.len(), PROPERTIES_MAX + 1);
}

#[test]
fn every_type_is_an_event() {
    let identify = read("identify", json!({"id": "customer-1", "data": {"plan": "pro"}})).unwrap();
    assert_eq!(identify.event_type.as_deref(), Some("identify"));
    let vitals = read("performance", json!({"lcp": 1200.5, "cls": 0.1, "ttfb": null, "duration": 9})).unwrap();
    assert_eq!(vitals.event_type.as_deref(), Some("web-vitals"));
    let names: Vec<_> = vitals.custom_properties.into_iter().collect();
    assert_eq!(names, [("cls".to_owned(), Property::Number(0.1)), ("lcp".to_owned(), Property::Number(1200.5))]);
    assert_eq!(read("engagement", json!({"engagement": 4000})).unwrap().engaged_ms, Some(4000.0));
    let past = read("event", json!({"timestamp": 1_795_262_400})).unwrap();
    assert_eq!(past.timestamp.as_deref(), Some("2026-11-21T12:00:00Z"));
}

#[test]
fn what_is_wrong_is_named_as_its_sender_does() {
    fn check(body: Value, expect: &str) {
        let malformed = decode(body.to_string().as_bytes()).unwrap().events.remove(0).unwrap_err();
        assert_eq!(field(&malformed.field), expect, "{body}");
    }
    check(json!(7), ".");
    check(json!({}), "type");
    check(json!({"type": "x", "payload": {}}), "type");
    check(json!({"type": "event"}), "payload");
    check(json!({"type": "event", "payload": {"pixel": WEBSITE}}), "payload.website");
    check(json!({"type": "event", "payload": {"website": WEBSITE, "data": 7}}), "payload.data");
    check(json!({"type": "event", "payload": {"website": WEBSITE, "url": 7}}), "payload.url");
    check(
        json!({"type": "event", "payload": {"website": WEBSITE, "url": "/", "hostname": "a.".repeat(127)}}),
        "payload.url",
    );
    check(json!({"type": "event", "payload": {"website": WEBSITE, "timestamp": "x"}}), "payload.timestamp");
    assert_eq!(field("custom_properties.plan"), "payload.data.plan");
    assert_eq!(field("custom_properties.tag"), "payload.tag");
}

#[test]
fn lists_are_read_one_by_one() {
    let good = json!({"type": "event", "payload": {"website": WEBSITE, "url": "https://a.example/"}});
    let batch = decode_list(json!([good, {}, good]).to_string().as_bytes()).unwrap();
    assert_eq!(batch.events.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert_eq!(batch.envelope.tracking_id.as_deref(), Some(WEBSITE));
    assert_eq!(decode_list(b"[]"), Err(BatchError::NoEvents));
    assert!(decode_list(b"{}").is_err());
    let many = json!(vec![json!({}); 501]).to_string();
    assert_eq!(decode_list(many.as_bytes()), Err(BatchError::TooManyEvents(501)));
}

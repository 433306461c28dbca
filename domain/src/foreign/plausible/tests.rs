#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use serde_json::json;

use super::*;

fn read(body: Value) -> Vec<Result<Event, Malformed>> {
    decode(body.to_string().as_bytes()).unwrap().events
}

fn one(body: Value) -> Event {
    let mut events = read(body.clone());
    assert_eq!(events.len(), 1, "{body}");
    events.remove(0).unwrap()
}

#[test]
fn short_and_long_names_say_the_same() {
    let short = one(json!({
        "n": "Purchase", "u": "https://shop.example/cart", "d": "shop.example", "r": "https://duckduckgo.com/",
        "p": {"plan": "pro", "seats": 3, "trial": true}, "$": {"amount": 9.5, "currency": "EUR"}, "v": 36, "i": false,
    }));
    let long = one(json!({
        "name": "Purchase", "url": "https://shop.example/cart", "domain": "www.shop.example", "referrer": "https://duckduckgo.com/",
        "props": {"plan": "pro", "seats": 3, "trial": true}, "revenue": {"amount": "9.5", "currency": "EUR"},
        "interactive": false,
    }));
    assert_eq!(short, long);
    assert_eq!(short.tracking_id.as_deref(), Some("shop.example"));
    assert_eq!(short.revenue, Some(Revenue { amount: Some(9.5), currency: Some("EUR".to_owned()) }));
    assert_eq!(short.custom_properties["seats"], Property::Number(3.0));
    assert_eq!(short.page.unwrap().referrer.as_deref(), Some("https://duckduckgo.com/"));
}

#[test]
fn an_event_of_several_sites_is_one_of_each() {
    let body = json!({"n": "pageview", "u": "https://a.example/", "d": "a.example, www.b.example,a.example"});
    let sites: Vec<_> = read(body).into_iter().map(|event| event.unwrap().tracking_id.unwrap()).collect();
    assert_eq!(sites, ["a.example", "b.example"]);
    let nameless = one(json!({"n": "pageview", "u": "https://www.a.example/x"}));
    assert_eq!(nameless.tracking_id.as_deref(), Some("a.example"));
}

#[test]
fn an_engagement_says_how_long_and_how_far() {
    let with = |more: Value| {
        let mut body = json!({"n": "engagement", "u": "https://a.example/", "d": "a.example"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        read(body).remove(0)
    };
    let read = with(json!({"sd": 70, "e": 4200})).unwrap();
    assert_eq!(read.engaged_ms, Some(4200.0));
    assert_eq!(read.custom_properties[SCROLL_DEPTH], Property::Number(70.0));
    assert_eq!(with(json!({"sd": "140"})).unwrap().custom_properties[SCROLL_DEPTH], Property::Number(100.0));
    // Left open for a month.
    assert_eq!(with(json!({"sd": 5, "e": 2_592_000_000u64})).unwrap().engaged_ms, None);
    assert_eq!(with(json!({"e": -1})).unwrap_err().field, "engaged_ms");
    assert_eq!(with(json!({})).unwrap_err().field, "engaged_ms");
}

#[test]
fn routes_in_the_fragment_are_pages() {
    let path = |h: Value, url: &str| {
        let event = one(json!({"n": "pageview", "u": url, "d": "a.example", "h": h}));
        let url = page::parse(event.page.unwrap().url.as_deref().unwrap()).unwrap();
        (page::path(&url).to_owned(), url.query().map(str::to_owned))
    };
    let url = "https://a.example/app?utm_source=x#/cart?token=1";
    assert_eq!(path(json!(1), url), ("/app/cart".to_owned(), Some("utm_source=x".to_owned())));
    assert_eq!(path(json!(true), url).0, "/app/cart");
    assert_eq!(path(json!("1"), "https://a.example/#!/cart").0, "/cart");
    assert_eq!(path(json!(1), "https://a.example/#top").0, "/top");
    assert_eq!(path(json!(0), url).0, "/app");
    assert_eq!(path(json!(1), "https://a.example/app").0, "/app");
}

#[test]
fn what_says_nothing_is_passed_over() {
    let event = one(json!({
        "n": "Click", "u": "https://a.example/", "d": "a.example", "r": null, "$": {}, "w": 390, "unknown": [1],
        "p": "{\"list\":[1],\"map\":{},\"empty\":\" \",\"none\":null,\"kept\":\"yes\"}",
    }));
    assert_eq!(event.revenue, None);
    assert_eq!(event.user.unwrap().screen_width, Some(390.0));
    assert_eq!(event.custom_properties.into_keys().collect::<Vec<_>>(), ["kept"]);
    let many: Map<String, Value> = (0..40).map(|n| (format!("p{n}"), json!(n))).collect();
    let event = one(json!({"n": "Click", "u": "https://a.example/", "d": "a.example", "p": many}));
    assert_eq!(event.custom_properties.len(), PROPERTIES_MAX);
    // Nothing breaks on what is no map.
    assert!(one(json!({"n": "x", "u": "https://a.example/", "p": [1]})).custom_properties.is_empty());
}

#[test]
fn what_is_wrong_is_named_as_its_sender_does() {
    fn check(body: Value, expect: &str) {
        let malformed = read(body.clone()).remove(0).unwrap_err();
        assert_eq!(field(&malformed.field), expect, "{body}");
    }
    check(json!({"n": "pageview", "d": "a.example"}), "url");
    check(json!({"n": "pageview", "d": "a.example", "u": 7}), "url");
    check(json!({"n": "pageview", "u": format!("https://{}", "é.".repeat(2000))}), "url");
    check(json!({"n": ["x"], "d": "a.example", "u": "https://a.example/"}), "name");
    check(json!({"n": "pageview", "d": 5, "u": "https://a.example/"}), "domain");
    check(json!({"n": "pageview", "u": "not a url"}), "domain");
    check(json!({"n": "pageview", "d": "a,b,c,d,e,f,g", "u": "https://a.example/"}), "domain");
    check(json!({"n": "engagement", "d": "a.example", "u": "https://a.example/"}), "e");
    assert_eq!(field("custom_properties.plan"), "props.plan");
    assert_eq!(field("revenue.currency"), "revenue.currency");
    assert_eq!(field("timestamp"), "timestamp");
    // Counted as rejected of the site that was named.
    let batch = decode(br#"{"n": 7, "d": "a.example,b.example", "u": "https://a.example/"}"#).unwrap();
    assert_eq!(batch.envelope.tracking_id.as_deref(), Some("a.example"));
}

#[test]
fn what_is_no_object_is_refused_whole() {
    assert_eq!(decode(b""), Err(BatchError::Empty));
    for body in ["[]", "7", "{", "\"x\"", "hello"] {
        assert!(decode(body.as_bytes()).is_err(), "{body}");
    }
    assert!(matches!(decode("[".repeat(1000).as_bytes()), Err(BatchError::Bounds(_))));
    assert_eq!(decode(&vec![b' '; 1_024_001]), Err(BatchError::TooLong));
}

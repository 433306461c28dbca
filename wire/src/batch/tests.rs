use super::*;
use crate::event::{Page, Property};

fn messagepack(json: serde_json::Value) -> Vec<u8> {
    rmp_serde::to_vec_named(&json).unwrap_or_default()
}

/// Both formats of the same document decode alike.
fn check_both(json: serde_json::Value, check: impl Fn(Result<Batch, BatchError>)) {
    check(decode(json.to_string().as_bytes()));
    check(decode(&messagepack(json)));
}

fn pageview(url: &str) -> serde_json::Value {
    serde_json::json!({"event_type": "pageview", "page": {"url": url}})
}

#[test]
fn one_event_a_list_and_an_envelope_all_read() {
    let expect = Event {
        event_type: Some("pageview".to_owned()),
        page: Some(Page { url: Some("https://a.example/".to_owned()), ..Page::default() }),
        ..Event::default()
    };
    let one = pageview("https://a.example/");
    for document in [
        one.clone(),
        serde_json::json!([one.clone()]),
        serde_json::json!({"a": 1, "events": [one.clone()], "z": {}}),
        serde_json::json!({"events": [one.clone()], "unknown": [1, {"a": null}]}),
    ] {
        check_both(document, |read| {
            assert_eq!(read.map(|b| b.events), Ok(vec![Ok(expect.clone())]));
        });
    }
}

#[test]
fn the_envelope_is_shared() {
    let document = serde_json::json!({
        "batch_id": "0123456789abcdef", "tracking_id": "UA-1", "session_id": "s", "sent_at_ms": 12.5,
        "sdk": "wasm/0.1.0", "events": [pageview("https://a.example/")]
    });
    check_both(document, |read| {
        let envelope = read.map(|b| b.envelope);
        assert_eq!(
            envelope,
            Ok(Envelope {
                batch_id: Some("0123456789abcdef".to_owned()),
                tracking_id: Some("UA-1".to_owned()),
                client_id: None,
                session_id: Some("s".to_owned()),
                sent_at_ms: Some(12.5),
                sdk: Some("wasm/0.1.0".to_owned()),
            })
        );
    });
}

#[test]
fn a_malformed_event_spoils_itself_alone_and_is_named() {
    let bad = serde_json::json!({"event_type": "pageview", "page": {"url": 7}});
    check_both(serde_json::json!([pageview("https://a.example/"), bad, 5]), |read| {
        let events = read.map(|b| b.events).unwrap_or_default();
        assert!(matches!(events.first(), Some(Ok(_))));
        assert!(matches!(events.get(1), Some(Err(m)) if m.field == "page.url"), "{events:?}");
        assert!(matches!(events.get(2), Some(Err(m)) if m.field == "."), "{events:?}");
    });
}

#[test]
fn properties_keep_their_kinds() {
    let document =
        serde_json::json!({"custom_properties": {"a": "x", "b": 1.5, "c": true, "d": 3, "e": null, "f": [1, [2]]}});
    check_both(document, |read| {
        let events = read.map(|b| b.events).unwrap_or_default();
        let Some(Ok(event)) = events.first() else { panic!("{events:?}") };
        let kinds: Vec<_> = event.custom_properties.values().cloned().collect();
        assert_eq!(
            kinds,
            vec![
                Property::Text("x".to_owned()),
                Property::Number(1.5),
                Property::Flag(true),
                Property::Number(3.0),
                Property::Other(crate::event::Other::Null),
                Property::Other(crate::event::Other::Container),
            ]
        );
    });
}

#[test]
fn unreadable_bodies_say_why() {
    fn refused(body: &[u8]) -> String {
        decode(body).map(|_| ()).map_err(|e| e.to_string()).err().unwrap_or_default()
    }
    for (body, words) in [
        (&b""[..], "the body is empty"),
        (b"   ", "the body is empty"),
        (b"hello", "first byte 0x68"),
        (b"{\"a\":", "not valid JSON"),
        (b"[]", "holds no events"),
        (b"{\"events\":[]}", "holds no events"),
        (b"{\"events\":7}", "events: "),
        (b"\xdf\xff\xff\xff\xff", "ends before"),
        (b"\x81\xa6events\x07", "events: expected a list"),
        (b"{\"events\":[{}],\"sent_at_ms\":\"x\"}", "sent_at_ms: "),
        (b"{\"events\":[{}],\"sdk\":\"a\",\"sdk\":\"b\"}", "duplicate field"),
        (b"{\"events\":[{}],\"events\":[{}]}", "duplicate field"),
        (b"{\"sdk\":7,\"events\":[{}}", "not valid JSON"),
        (b"\x82\xa6events\x91\x80\xa3sdk\x07", "sdk: "),
        (b"\x82\xa3sdk\x07\xa6events\x91\x80", "sdk: "),
        (b"\x83\xa6events\x91\x80\xa3sdk\xa1a\xa3sdk\xa1b", "duplicate field"),
    ] {
        assert!(refused(body).contains(words), "{body:?}: {}", refused(body));
    }
    let deep = "[".repeat(10_000);
    assert!(refused(deep.as_bytes()).contains("deep"));
    assert!(refused(&vec![b' '; BODY_BYTES_MAX + 1]).contains("longer"));
    let many = format!("[{}]", vec!["{}"; BATCH_EVENTS_MAX + 1].join(","));
    assert!(refused(many.as_bytes()).contains("501 events"));
    assert!(decode(format!("[{}]", vec!["{}"; BATCH_EVENTS_MAX].join(",")).as_bytes()).is_ok());
}

mod laws {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_bytes_end_in_an_answer(body in proptest::collection::vec(any::<u8>(), 0..2048)) {
            let _ = super::decode(&body);
            let _ = crate::frame::Frame::decode(&body);
        }

        #[test]
        fn a_flipped_byte_ends_in_an_answer(at in 0usize..400, to in any::<u8>()) {
            let mut body = super::messagepack(serde_json::json!({
                "batch_id": "0123456789abcdef", "sent_at_ms": 5.0,
                "events": [super::pageview("https://a.example/x"), super::pageview("https://a.example/y")]
            }));
            if let Some(byte) = body.get_mut(at) { *byte = to; }
            let _ = super::decode(&body);
        }
    }
}

/// What is said of a refused event is stored for its batch's retries: it must not grow with what was sent.
#[test]
fn a_refusal_quotes_a_little_of_what_was_sent() {
    let long = "\u{1}é".repeat(10_000);
    let property = |name: &str| serde_json::json!({name: {"a": 1}, "b": 2});
    for document in [
        serde_json::json!([{"custom_properties": long}]),
        serde_json::json!([{"page": {"url": 1}, "at_ms": long}]),
        serde_json::json!([{"page": property(&long), "user": long}]),
    ] {
        check_both(document, |read| {
            let refused = read.map(|batch| batch.events);
            let Ok([Err(malformed)]) = refused.as_deref() else { panic!("{refused:?}") };
            assert!(malformed.field.len() <= QUOTED_BYTES_MAX && malformed.detail.len() <= QUOTED_BYTES_MAX);
            assert!(!malformed.field.is_empty() && !malformed.detail.is_empty(), "{malformed:?}");
        });
    }
    check_both(serde_json::json!({"events": long}), |read| {
        let Err(BatchError::Envelope(malformed)) = read else { panic!("{read:?}") };
        assert!(malformed.field == "events" && malformed.detail.len() <= QUOTED_BYTES_MAX);
    });
}

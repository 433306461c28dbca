//! Bytes of every released wire version, which must decode for ever. The newest version's must also be what
//! is written today: a difference means that the layout changed and needs a version of its own.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::Path;

use serde_bytes::ByteBuf;
use wire::event::Property;
use wire::frame::{
    Acknowledgement, Born, Frame, FrameResult, Hello, HelloAnswer, Money, OutcomeRow, RawEvent, RollupDimension,
    RollupRow, WIRE_VERSION,
};
use wire::query::Dimension;
use wire::{Epoch, Id128, Seq};

/// Bytes of a golden file: hex, in lines. A file that does not exist yet is written from `now`.
fn golden(name: &str, now: &[u8]) -> Vec<u8> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("golden").join(name);
    if !file.exists() && std::env::var_os("WRITE_GOLDEN").is_some() {
        let lines: Vec<String> =
            now.chunks(40).map(|line| line.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
        std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    }
    let text: String = std::fs::read_to_string(&file).unwrap().split_whitespace().collect();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn frame() -> Frame {
    let event = RawEvent {
        id: Id128([0xe1; 16]),
        at_ms: 1_770_028_200_123,
        visitor: Some(Id128([0xa1; 16])),
        session: Some(Id128([0xb1; 16])),
        event_type: "purchase".to_owned(),
        hostname: "shop.example".to_owned(),
        path: "/checkout/ü".to_owned(),
        title: "Checkout".to_owned(),
        referrer: "google.com".to_owned(),
        source: "Google".to_owned(),
        channel: "organic_search".to_owned(),
        country: "DE".to_owned(),
        device: "mobile".to_owned(),
        properties: BTreeMap::from([
            ("gift".to_owned(), Property::Flag(true)),
            ("plan".to_owned(), Property::Text("pro".to_owned())),
            ("price".to_owned(), Property::Number(99.99)),
        ]),
        ..RawEvent::default()
    };
    let row = |dimension, value: &str, sessions: &[u8]| RollupRow {
        start_ms: 1_770_028_200_000,
        dimension,
        value: value.to_owned(),
        pageviews: 0,
        events: 1,
        visitors: ByteBuf::from(vec![1, 0x85, 0x02, 3]),
        sessions: ByteBuf::from(sessions.to_vec()),
        ..RollupRow::default()
    };
    Frame {
        wire_version: 1,
        edge_id: Id128([0xed; 16]),
        epoch: Epoch(7),
        seq: Seq(4_294_967_297),
        site: "UA-123456-1".to_owned(),
        shard: 3,
        rows: vec![row(RollupDimension::Total, "", &[1, 9, 2]), row(RollupDimension::Page, "/checkout/ü", &[])],
        event_count: 1,
        id_checksum: event.id,
        outcomes: Vec::new(),
        replayed: false,
        born: None,
        events: vec![event],
        sealed_through_ms: 1_770_028_201_000,
    }
}

#[test]
fn a_frame_of_version_1() {
    let today = frame().encode().unwrap();
    let bytes = golden("frame-v1.hex", &today);
    assert_eq!(Frame::decode(&bytes).unwrap(), frame());
}

/// What version 2 added: visits, revenue, outcomes, goals, places, and where a replayed frame was first numbered.
#[test]
fn a_frame_of_version_2() {
    let mut frame = Frame { wire_version: WIRE_VERSION, replayed: true, ..frame() };
    frame.born = Some(Born { epoch: Epoch(6), seq: Seq(41), hash: Id128([0xbb; 16]) });
    frame.outcomes = vec![OutcomeRow {
        start_ms: 1_770_028_200_000,
        outcome: "filtered".to_owned(),
        reason: "prefetch".to_owned(),
        events: 3,
    }];
    for event in &mut frame.events {
        event.region = "DE-BE".to_owned();
        event.city = "Berlin".to_owned();
        event.goals = vec!["buy".to_owned()];
        event.revenue = Some(Money { currency: "EUR".to_owned(), micros: 99_990_000 });
        event.engaged_ms = 12_345;
    }
    for row in &mut frame.rows {
        (row.visits, row.bounces, row.visit_ms) = (1, -1, 61_000);
        (row.engaged_ms, row.converted, row.quality) = (12_345, 1, 63);
        row.revenue = BTreeMap::from([("EUR".to_owned(), 99_990_000), ("USD".to_owned(), -5)]);
    }
    let today = frame.encode().unwrap();
    let bytes = golden("frame-v2.hex", &today);
    assert_eq!(Frame::decode(&bytes).unwrap(), frame);
    assert_eq!(today, bytes, "the frame's layout changed");
}

#[test]
fn a_hello_of_version_1() {
    let hello = Hello {
        wire_version: 1,
        edge_id: Id128([0xed; 16]),
        site: "UA-123456-1".to_owned(),
        shard: 3,
        epoch: Some(Epoch(7)),
    };
    let today = rmp_serde::to_vec_named(&hello).unwrap();
    let bytes = golden("hello-v1.hex", &today);
    assert_eq!(rmp_serde::from_slice::<Hello>(&bytes).unwrap(), hello);
    assert_eq!(today, bytes, "the hello's layout changed");
}

/// A batch as the SDK of version 0.1 sends it.
#[test]
fn a_batch_of_version_1() {
    let batch = serde_json::json!({
        "batch_id": "AAECAwQFBgcICQoLDA0ODw", "tracking_id": "UA-123456-1", "session_id": "EBESExQVFhcY",
        "sent_at_ms": 5321.5, "sdk": "wasm/0.1.0",
        "events": [{
            "event_type": "pageview", "event_id": "AAECAwQFBgcICQoLDA0ODw", "at_ms": 4821.25,
            "page": {"url": "https://shop.example/ü?x=1", "title": "Shop", "referrer": "https://google.com/"},
            "user": {"language": "de-DE", "screen_width": 1440.0},
            "custom_properties": {"plan": "pro", "seats": 3.0, "trial": true},
        }],
    });
    let bytes = golden("batch-v1.hex", &rmp_serde::to_vec_named(&batch).unwrap());
    let read = wire::batch::decode(&bytes).unwrap();
    assert_eq!(read, wire::batch::decode(batch.to_string().as_bytes()).unwrap());
    assert_eq!(read.envelope.sent_at_ms, Some(5321.5));
    assert!(read.events.iter().all(Result::is_ok));
}

/// A dimension's name in stores and answers is the one it travels under.
#[test]
fn dimensions_are_named_as_they_travel() {
    for rollup in RollupDimension::ALL {
        assert_eq!(serde_json::to_value(rollup).unwrap(), rollup.name());
        let asked: Option<Dimension> = serde_json::from_value(rollup.name().into()).ok();
        let is_asked = !matches!(rollup, RollupDimension::Total | RollupDimension::Property | RollupDimension::Pair);
        assert_eq!(asked.map(Dimension::name), is_asked.then(|| rollup.name()));
        assert_eq!(asked.and_then(RollupDimension::of), asked.map(|_| rollup));
    }
    for time in [Dimension::Date, Dimension::Hour, Dimension::Minute] {
        assert_eq!(serde_json::to_value(time).unwrap(), time.name());
    }
}

/// Answers travel as JSON; edges read by name and skip what they do not know.
#[test]
fn answers_of_version_1() {
    let acknowledgement = r#"{"result":"gap","epoch":7,"applied_through":41,"stable_through":40,"later":"field"}"#;
    let expect = Acknowledgement {
        result: FrameResult::Gap,
        epoch: Epoch(7),
        applied_through: Seq(41),
        settings_version: 0,
        stable_through: Seq(40),
        detail: None,
    };
    assert_eq!(serde_json::from_str::<Acknowledgement>(acknowledgement).unwrap(), expect);
    let welcome = r#"{"result":"welcome","epoch":8}"#;
    let expect = HelloAnswer::Welcome { epoch: Epoch(8) };
    assert_eq!(serde_json::from_str::<HelloAnswer>(welcome).unwrap(), expect);
    let unknown = r#"{"result":"unknown_site"}"#;
    let not_deleted = HelloAnswer::UnknownSite { is_deleted: false };
    assert_eq!(serde_json::from_str::<HelloAnswer>(unknown).unwrap(), not_deleted);
    assert_eq!(serde_json::to_string(&not_deleted).unwrap(), unknown);
    // What edges of before read, who know no more of it.
    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(tag = "result", rename_all = "snake_case")]
    enum Before {
        Welcome {},
        UnknownSite,
    }
    let deleted = serde_json::to_string(&HelloAnswer::UnknownSite { is_deleted: true }).unwrap();
    assert_eq!(deleted, r#"{"result":"unknown_site","is_deleted":true}"#);
    assert_eq!(serde_json::from_str::<Before>(&deleted).unwrap(), Before::UnknownSite);
    assert_eq!(serde_json::from_str::<Before>(welcome).unwrap(), Before::Welcome {});
}

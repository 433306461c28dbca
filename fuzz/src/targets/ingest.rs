//! From a request's body to sealed frames: all that a page's bytes meet on the edge.

use domain::accept::{self, Accepted, Receipt};
use domain::foreign::plausible;
use domain::foreign::umami::{self, Answer};
use domain::rollup::Caps;
use domain::seal::{self, Folding, Writer};
use domain::unpack;
use domain::visit::{self, Known};
use wire::batch::{self, Batch, BatchError, Envelope};
use wire::event::{Event, Other, Property};
use wire::frame::{Frame, RawEvent};
use wire::limits::{
    BATCH_EVENTS_MAX, BATCH_ID_BYTES_MAX, BATCH_ID_BYTES_MIN, BODY_BYTES_MAX, CAMPAIGN_BYTES_MAX, CLIENT_ID_BYTES_MAX,
    DECLARED_PROPERTIES_MAX, ENGAGED_MAX_MS, EVENT_AGE_MAX_MS, EVENT_TYPE_BYTES_MAX, FRAME_BYTES_MAX, PROPERTIES_MAX,
    PROPERTY_NAME_BYTES_MAX, PROPERTY_TEXT_BYTES_MAX, QUOTED_BYTES_MAX, REVENUE_MAX, TITLE_BYTES_MAX,
    TRACKING_ID_BYTES_MAX, VALUE_BYTES_MAX,
};
use wire::site::Settings;
use wire::{Epoch, Id128, Seq};

/// 2026-11-21T12:00:00Z.
const NOW_MS: u64 = 1_795_262_400_000;

/// A body is read within bounds; what it holds is the same when written and read again; what is accepted of it keeps
/// every limit, and can be journaled, sealed and read by the aggregator.
pub fn batch(bytes: &[u8]) -> bool {
    keeps_its_promises(batch::decode(bytes))
}

/// The same of what Plausible's trackers send.
pub fn plausible(bytes: &[u8]) -> bool {
    keeps_its_promises(plausible::decode(bytes))
}

/// The same of what Umami's trackers send, alone or in lists. Its header is read as well.
pub fn umami(bytes: &[u8]) -> bool {
    let header = String::from_utf8_lossy(bytes);
    let answer = Answer::to(&header, [Id128([1; 16]), Id128([2; 16])], NOW_MS);
    assert_eq!(Answer::to(&answer.cache, [Id128([3; 16]), Id128([4; 16])], NOW_MS), answer);
    let is_list = bytes.trim_ascii_start().starts_with(b"[");
    keeps_its_promises(if is_list { umami::decode_list(bytes) } else { umami::decode(bytes) })
}

fn keeps_its_promises(read: Result<Batch, BatchError>) -> bool {
    let Ok(Batch { envelope, events }) = read.inspect_err(|error| short(&error.to_string())) else {
        return false;
    };
    assert!((1..=BATCH_EVENTS_MAX).contains(&events.len()));
    if let Ok(Some(id)) = accept::batch_id(&envelope) {
        assert!((BATCH_ID_BYTES_MIN..=BATCH_ID_BYTES_MAX).contains(&id.len()));
    }
    let receipt = Receipt { received_at_ms: NOW_MS, country: "DE".to_owned(), ..Receipt::default() };
    let mut accepted = Vec::new();
    for event in events {
        let event = event.inspect(|event| same_when_written_again(event.clone()));
        match event.and_then(|event| accept::accept(event, &envelope, &receipt)) {
            Ok(event) => accepted.push(event),
            Err(malformed) => {
                short(&malformed.field);
                short(&malformed.detail);
            }
        }
    }
    for event in &accepted {
        within_limits(event, &envelope);
        same_in_the_object(event);
    }
    seals(accepted.into_iter().map(|accepted| accepted.event).collect());
    true
}

/// What is said of a refused input does not grow with it.
fn short(words: &str) {
    assert!(words.len() <= 2 * QUOTED_BYTES_MAX, "{} bytes are said of an input", words.len());
}

fn same_when_written_again(mut event: Event) {
    // Lists and maps are not kept, and so are written as nothing.
    for property in event.custom_properties.values_mut() {
        if matches!(property, Property::Other(_)) {
            *property = Property::Other(Other::Null);
        }
    }
    let written = rmp_serde::to_vec_named(&event).expect("an event can be written");
    let read: Event = rmp_serde::from_slice(&written).expect("a written event can be read");
    // The bytes are compared, for no NaN equals itself.
    assert_eq!(rmp_serde::to_vec_named(&read).ok(), Some(written));
}

fn within_limits(Accepted { site, client_id, session_id, event: raw, .. }: &Accepted, envelope: &Envelope) {
    let check = |text: &str, bytes_max: usize| assert!(text.len() <= bytes_max, "{text} is longer than {bytes_max}");
    assert!(!site.is_empty() && site.is_ascii());
    check(site, TRACKING_ID_BYTES_MAX);
    for id in [client_id, session_id].into_iter().flatten() {
        assert!(!id.is_empty());
        check(id, CLIENT_ID_BYTES_MAX);
    }
    assert!(envelope.client_id.is_none() || client_id.is_some());
    assert!((NOW_MS - EVENT_AGE_MAX_MS..=NOW_MS).contains(&raw.at_ms), "at {}", raw.at_ms);
    assert!(!raw.event_type.is_empty());
    check(&raw.event_type, EVENT_TYPE_BYTES_MAX);
    check(&raw.title, TITLE_BYTES_MAX);
    for tag in [&raw.utm_source, &raw.utm_medium, &raw.utm_campaign, &raw.utm_content, &raw.utm_term, &raw.browser] {
        check(tag, CAMPAIGN_BYTES_MAX);
    }
    for value in [&raw.hostname, &raw.path, &raw.referrer, &raw.source, &raw.channel, &raw.browser_version] {
        check(value, VALUE_BYTES_MAX);
    }
    for value in [&raw.os, &raw.os_version, &raw.screen, &raw.device] {
        check(value, VALUE_BYTES_MAX);
    }
    check(&raw.country, 2);
    check(&raw.region, 6);
    check(&raw.city, CAMPAIGN_BYTES_MAX);
    assert!(raw.engaged_ms <= ENGAGED_MAX_MS);
    if let Some(money) = &raw.revenue {
        check(&money.currency, 3);
        assert!(money.micros.unsigned_abs() as f64 <= REVENUE_MAX * 1e6);
    }
    check(&raw.language, 3);
    assert!(raw.properties.len() <= PROPERTIES_MAX);
    for (name, value) in &raw.properties {
        check(name, PROPERTY_NAME_BYTES_MAX);
        match value {
            Property::Text(text) => check(text, PROPERTY_TEXT_BYTES_MAX),
            Property::Number(number) => assert!(number.is_finite()),
            Property::Flag(_) => {}
            Property::Other(other) => panic!("{name} is kept as {other:?}"),
        }
    }
}

/// The worker sends events to the object in MessagePack.
fn same_in_the_object(accepted: &Accepted) {
    let sent = rmp_serde::to_vec_named(accepted).expect("an accepted event can be sent");
    let received: Accepted = rmp_serde::from_slice(&sent).expect("an accepted event can be received");
    assert_eq!(&received, accepted);
}

/// An event that was accepted must never hold up those behind it: it fits a frame, and the frame is taken.
fn seals(mut events: Vec<RawEvent>) {
    for (event, number) in events.iter_mut().zip(1u128..) {
        event.id = Id128(number.to_be_bytes());
        event.visitor = Some(Id128([0xff; 16]));
        event.session = Some(Id128([(number % 3) as u8; 16]));
    }
    // Everything an owner may ask for, about everything that was sent.
    let names = events.iter().flat_map(|event| event.properties.keys().cloned());
    let settings = Settings { properties: names.take(DECLARED_PROPERTIES_MAX).collect(), ..Settings::default() };
    let mut caps = Caps::default();
    let changes = visit::follow(&mut events, &mut Known::new(), &settings, &mut caps);
    let writer =
        Writer { edge_id: Id128([7; 16]), epoch: Epoch(u64::MAX), site: "s".repeat(TRACKING_ID_BYTES_MAX), shard: 1 };
    let mut sealed = Vec::new();
    let folding =
        Folding { events: &events, changes: &changes, outcomes: &[], settings: &settings, sealed_through_ms: NOW_MS };
    for frame in seal::seal(&folding, &writer, Seq(1), &mut caps).expect("accepted events can be sealed") {
        assert!(frame.bytes.len() <= FRAME_BYTES_MAX);
        let again = seal::renumber(&frame.bytes, Epoch(u64::MAX), Seq(u64::MAX)).expect("a frame can be renumbered");
        let frame = Frame::decode(&again.bytes).expect("a renumbered frame can be read");
        seal::rollups(&frame).expect("a sealed frame agrees with itself");
        sealed.extend(frame.events);
    }
    assert_eq!(sealed, events);
}

/// A packed body never unpacks to more than its limit.
pub fn gzip(packed: &[u8]) -> bool {
    let Ok(body) = unpack::gzip(packed, BODY_BYTES_MAX).inspect_err(|error| short(&error.to_string())) else {
        return false;
    };
    assert!(body.len() <= BODY_BYTES_MAX);
    true
}

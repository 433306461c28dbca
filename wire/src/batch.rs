//! Reads the body of an ingest request: one event, a list, or an envelope of events; JSON or MessagePack.
//!
//! The format is told by the first byte, not by a header: a page sends its body without a content type,
//! to spare the browser a preflight request. One malformed event spoils itself alone.

use std::ops::Range;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::event::Event;
use crate::limits::{BATCH_EVENTS_MAX, BODY_BYTES_MAX, DEPTH_MAX, QUOTED_BYTES_MAX, VALUES_MAX};
use crate::scan::{self, Bounds, ScanError};

const BOUNDS: Bounds = Bounds { depth: DEPTH_MAX, values: VALUES_MAX };

/// What the events of one request share.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Envelope {
    /// Drawn by the sender, the same on every retry: a batch seen before is answered as before.
    pub batch_id: Option<String>,
    /// Site of every event that names none.
    pub tracking_id: Option<String>,
    /// Client of every event that names none.
    pub client_id: Option<String>,
    /// Session of every event that names none.
    pub session_id: Option<String>,
    /// The page's monotonic clock at sending, milliseconds. An event's age is this minus its `at_ms`.
    pub sent_at_ms: Option<f64>,
    /// Name and version of the sender, e.g. `wasm/0.1.0`.
    pub sdk: Option<String>,
}

/// The readable part of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    /// What the events share; empty for a bare event or list.
    pub envelope: Envelope,
    /// Each event, or what is wrong with it, in order.
    pub events: Vec<Result<Event, Malformed>>,
}

/// One event that is not an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// Path of the field at fault, e.g. `page.url`; `.` for the event itself.
    pub field: String,
    /// What is wrong with it.
    pub detail: String,
}

/// A body nothing can be read from.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum BatchError {
    /// No bytes.
    #[error("the body is empty; send one event, a list of events, or {{\"events\": […]}}")]
    Empty,
    /// Longer than a body may be.
    #[error("the body is longer than {BODY_BYTES_MAX} bytes")]
    TooLong,
    /// Neither JSON nor MessagePack.
    #[error("the body is neither a JSON nor a MessagePack object or list (first byte 0x{0:02x})")]
    UnknownFormat(u8),
    /// Out of bounds.
    #[error("{0}")]
    Bounds(#[from] ScanError),
    /// Not well-formed.
    #[error("the body is not valid JSON: {0}")]
    Json(String),
    /// A shared field is not what it should be.
    #[error("{}: {}", .0.field, .0.detail)]
    Envelope(Malformed),
    /// No events in it.
    #[error("the batch holds no events")]
    NoEvents,
    /// More events than one request may hold.
    #[error("the batch holds {0} events, at most {BATCH_EVENTS_MAX} are allowed")]
    TooManyEvents(usize),
}

/// Reads a request's body. Allocation is bounded by [`BODY_BYTES_MAX`] whatever the bytes say.
///
/// # Errors
/// [`BatchError`] when no event at all can be read.
pub fn decode(body: &[u8]) -> Result<Batch, BatchError> {
    if body.len() > BODY_BYTES_MAX {
        return Err(BatchError::TooLong);
    }
    match body.iter().find(|b| !b.is_ascii_whitespace()) {
        None => Err(BatchError::Empty),
        Some(b'{' | b'[') => decode_json(body),
        Some(0x80..=0x9f | 0xdc..=0xdf) => decode_messagepack(body),
        Some(other) => Err(BatchError::UnknownFormat(*other)),
    }
}

fn decode_json(body: &[u8]) -> Result<Batch, BatchError> {
    scan::json(body, BOUNDS)?;
    let syntax = |e: serde_json::Error| BatchError::Json(e.to_string());
    if body.trim_ascii_start().starts_with(b"[") {
        let items: Vec<&RawValue> = serde_json::from_slice(body).map_err(syntax)?;
        return batch(Envelope::default(), &items, |raw| json_event(raw.get()));
    }
    if let Ok(body) = serde_json::from_slice::<JsonBody<'_>>(body) {
        return body.batch();
    }
    let events = serde_json::from_slice::<JsonEvents<'_>>(body)
        .map_err(|e| if e.is_data() { shared_field("events", &e) } else { syntax(e) })?;
    let Some(items) = events.events else {
        let whole: &RawValue = serde_json::from_slice(body).map_err(syntax)?;
        return batch(Envelope::default(), &[whole], |raw| json_event(raw.get()));
    };
    let envelope = traced(&mut serde_json::Deserializer::from_slice(body)).map_err(BatchError::Envelope)?;
    batch(envelope, &items, |raw| json_event(raw.get()))
}

/// An envelope and its events, as one look at the body finds them where nothing is wrong.
#[derive(Deserialize)]
struct JsonBody<'a> {
    batch_id: Option<String>,
    tracking_id: Option<String>,
    client_id: Option<String>,
    session_id: Option<String>,
    sent_at_ms: Option<f64>,
    sdk: Option<String>,
    #[serde(borrow)]
    events: Vec<&'a RawValue>,
}

impl JsonBody<'_> {
    fn batch(self) -> Result<Batch, BatchError> {
        let Self { batch_id, tracking_id, client_id, session_id, sent_at_ms, sdk, events } = self;
        let envelope = Envelope { batch_id, tracking_id, client_id, session_id, sent_at_ms, sdk };
        batch(envelope, &events, |raw| json_event(raw.get()))
    }
}

/// The one field that makes an object an envelope. The elements stay text until each is read alone.
#[derive(Deserialize)]
struct JsonEvents<'a> {
    #[serde(borrow, default)]
    events: Option<Vec<&'a RawValue>>,
}

fn json_event(text: &str) -> Result<Event, Malformed> {
    serde_json::from_str(text).or_else(|_| traced(&mut serde_json::Deserializer::from_str(text)))
}

fn decode_messagepack(body: &[u8]) -> Result<Batch, BatchError> {
    scan::messagepack(body, BOUNDS)?;
    let read = |range: &Range<usize>| messagepack_event(body.get(range.clone()).unwrap_or_default());
    if let Some(items) = scan::elements(body, 0..body.len(), BOUNDS)? {
        return batch(Envelope::default(), &items, read);
    }
    let Some(events) = scan::field(body, "events", BOUNDS)? else {
        return batch(Envelope::default(), std::slice::from_ref(&(0..body.len())), read);
    };
    let items = scan::elements(body, events.clone(), BOUNDS)?
        .ok_or_else(|| shared_field("events", "expected a list of events"))?;
    // Without the events, which would be walked through once more to skip them.
    let (before, behind) = (body.get(..events.start), body.get(events.end..));
    let shared = [before.unwrap_or_default(), &[MESSAGEPACK_NIL], behind.unwrap_or_default()].concat();
    let envelope = rmp_serde::from_slice(&shared)
        .or_else(|_| traced(&mut rmp_serde::Deserializer::from_read_ref(&shared)))
        .map_err(BatchError::Envelope)?;
    batch(envelope, &items, read)
}

/// A value of one byte.
const MESSAGEPACK_NIL: u8 = 0xc0;

fn messagepack_event(bytes: &[u8]) -> Result<Event, Malformed> {
    rmp_serde::from_slice(bytes).or_else(|_| traced(&mut rmp_serde::Deserializer::from_read_ref(bytes)))
}

fn batch<T>(
    envelope: Envelope,
    items: &[T],
    read: impl Fn(&T) -> Result<Event, Malformed>,
) -> Result<Batch, BatchError> {
    match items.len() {
        0 => Err(BatchError::NoEvents),
        1..=BATCH_EVENTS_MAX => Ok(Batch { envelope, events: items.iter().map(read).collect() }),
        more => Err(BatchError::TooManyEvents(more)),
    }
}

/// Deserialises and, on failure, says at which field. Slower than without, so only on the way to an error
/// or for small values.
fn traced<'de, T, D>(deserializer: D) -> Result<T, Malformed>
where
    T: DeserializeOwned,
    D: serde::Deserializer<'de>,
    D::Error: std::fmt::Display,
{
    serde_path_to_error::deserialize(deserializer).map_err(|e| quoting(e.path().to_string(), e.inner().to_string()))
}

fn shared_field(field: &str, detail: impl ToString) -> BatchError {
    BatchError::Envelope(quoting(field.to_owned(), detail.to_string()))
}

/// What is said of a field, where it quotes what was sent: no longer than [`QUOTED_BYTES_MAX`] each.
fn quoting(mut field: String, mut detail: String) -> Malformed {
    for text in [&mut field, &mut detail] {
        text.truncate(text.floor_char_boundary(QUOTED_BYTES_MAX));
    }
    Malformed { field, detail }
}

#[cfg(test)]
mod tests;

//! What bounds the SDK. Sizes of single fields are the edge's limits: longer text is cut here
//! rather than refused there.

/// Longest event type, in bytes.
pub const EVENT_TYPE_BYTES_MAX: usize = 64;
/// Longest URL or referrer, in bytes.
pub const URL_BYTES_MAX: usize = 2048;
/// Longest title, in bytes.
pub const TITLE_BYTES_MAX: usize = 512;
/// Longest language tag, in bytes.
pub const LANGUAGE_BYTES_MAX: usize = 64;
/// Longest tracking id, in bytes.
pub const TRACKING_ID_BYTES_MAX: usize = 64;
/// Most properties of one event.
pub const PROPERTIES_MAX: usize = 32;
/// Longest name of a property, in bytes.
pub const PROPERTY_NAME_BYTES_MAX: usize = 64;
/// Longest text of a property, in bytes.
pub const PROPERTY_TEXT_BYTES_MAX: usize = 1024;

/// Most events held, waiting and batched together.
pub const HELD_EVENTS_MAX: usize = 1000;
/// Most bytes of events held: 256 KiB.
pub const HELD_BYTES_MAX: usize = 256 * 1024;

/// Waiting events that are sent at once.
pub const FLUSH_EVENTS: usize = 20;
/// Longest wait of the first event, in milliseconds.
pub const FLUSH_INTERVAL_MS: f64 = 500.0;

/// Most events of one batch.
pub const BATCH_EVENTS_MAX: usize = 500;
/// Most bytes of events in one batch. Browsers cap what may be in flight while a page goes away at
/// 64 KiB; a body stays below 60 KiB with its envelope (at most 250 bytes: two ids of 22, a tracking
/// id of 64, the field names). One event at its limits is 41 KB, so it always fits.
pub const BATCH_BYTES_MAX: usize = 59 * 1024;

/// Cuts `text` to at most `bytes_max` bytes, between characters.
#[must_use]
pub fn cut(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max)).unwrap_or_default()
}

//! What bounds the outbox. Texts are cut to the edge's limits before they come here, in `js/page/main.js`.

/// Most bytes of batches held, the one under way among them: 256 KiB.
pub const HELD_BYTES_MAX: usize = 256 * 1024;

/// Waiting events that are sent at once.
pub const FLUSH_EVENTS: u32 = 20;
/// Longest wait of the first event, in milliseconds. Page views do not wait.
pub const FLUSH_INTERVAL_MS: f64 = 5000.0;

/// Most events of one batch.
pub const BATCH_EVENTS_MAX: u32 = 500;
/// Most bytes of a batch of several events, and of one event alone. Browsers cap what may be in flight while a page goes away at
/// 64 KiB: a body with its ends stays below [`INPUT_BYTES_MAX`] and 40 bytes.
pub const BATCH_BYTES_MAX: usize = 59 * 1024;

/// Most bytes of what the events of a batch share: a tracking id of 64 bytes and a client id of 128, each byte of which escaping
/// may make six, and the field names.
pub const ENVELOPE_BYTES_MAX: usize = 1536;
/// Most bytes of a text that comes in, a batch that was saved: an event, an envelope, and less than 100 bytes of ids and names.
pub const INPUT_BYTES_MAX: usize = 61 * 1024;
/// Bytes of the place for it, and of a whole body: what does not fit is cut, and too long by that.
pub const INPUT_BYTES: usize = 64 * 1024;

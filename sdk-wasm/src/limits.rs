//! What bounds the outbox. Texts are cut to the edge's limits before they come here, in `js/loader.js`.

/// Most bytes of events held, waiting and batched together: 256 KiB.
pub const HELD_BYTES_MAX: usize = 256 * 1024;

/// Waiting events that are sent at once.
pub const FLUSH_EVENTS: usize = 20;
/// Longest wait of the first event, in milliseconds. Page views do not wait.
pub const FLUSH_INTERVAL_MS: f64 = 5000.0;

/// Most events of one batch.
pub const BATCH_EVENTS_MAX: usize = 500;
/// Most bytes of events in one batch, and of one event. Browsers cap what may be in flight while a page goes away at
/// 64 KiB; a body stays below 60 KiB with its envelope (at most 400 bytes: three ids of 22, a tracking id of 64, which
/// escaping may lengthen, the field names).
pub const BATCH_BYTES_MAX: usize = 59 * 1024;

//! The columns of a segment: one row an event, sorted by visitor, time and id.
//!
//! | columns | type | meaning |
//! |---|---|---|
//! | `visitor`, `visitor_low` | UInt64 | high and low half of [`RawEvent::visitor`]; both zero for none |
//! | `session`, `session_low` | UInt64 | high and low half of [`RawEvent::session`]; both zero for none |
//! | `at` | timestamp, milliseconds UTC | when it happened |
//! | `id` | 16 bytes | the event's id |
//! | the names in [`TEXTS`] | text, dictionary | the event's own fields; empty for none |
//! | `goals` | text, dictionary | names of the goals that it reached, parted by [`wire::frame::PART`] |
//! | `currency`, `revenue_micros` | text, Int64 | what was paid, in millionths; empty and zero for nothing |
//! | `engaged_ms` | UInt64 | time in view |
//! | `properties` | text, dictionary | all custom properties as a JSON object; empty for none |
//! | `property:NAME` | text, dictionary | a declared property as it is counted; empty for none. A segment has the columns that were declared when it was written |
//!
//! Half of a 128-bit hash is enough to tell visitors and visits apart in counts; both halves stand here so that a person
//! can be found exactly.
//!
//! [`RawEvent::visitor`]: wire::frame::RawEvent::visitor
//! [`RawEvent::session`]: wire::frame::RawEvent::session

/// High half of the visitor.
pub const VISITOR: &str = "visitor";
/// Low half of the visitor.
pub const VISITOR_LOW: &str = "visitor_low";
/// High half of the visit's name.
pub const SESSION: &str = "session";
/// Low half of the visit's name.
pub const SESSION_LOW: &str = "session_low";
/// When it happened.
pub const AT: &str = "at";
/// The event's id.
pub const ID: &str = "id";
/// Goals reached.
pub const GOALS: &str = "goals";
/// ISO 4217 code of what was paid.
pub const CURRENCY: &str = "currency";
/// What was paid, in millionths.
pub const REVENUE: &str = "revenue_micros";
/// Time in view, milliseconds.
pub const ENGAGED: &str = "engaged_ms";
/// All custom properties.
pub const PROPERTIES: &str = "properties";
/// What stands before a declared property's name.
pub const PROPERTY: &str = "property:";

/// Text columns that bear the name of the event's field.
pub const TEXTS: [&str; 22] = [
    "event_type",
    "hostname",
    "path",
    "title",
    "referrer",
    "source",
    "channel",
    "country",
    "region",
    "city",
    "device",
    "browser",
    "browser_version",
    "os",
    "os_version",
    "screen",
    "language",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
];

//! The delta protocol between an edge object and the aggregator: hello, frame, acknowledgement.
//!
//! A frame is immutable once sealed: its bytes, and so its hash, stay the same over every retry. Frames
//! of an edge are numbered 1, 2, 3, … within an epoch, so the aggregator can tell news from repetition.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

pub use crate::dimension::{PART, RollupDimension};
use crate::event::Property;
use crate::limits::FRAME_BYTES_MAX;
use crate::scan::{self, Bounds};
use crate::{Epoch, Id128, Seq};

/// Version of the frame's layout. Readers accept it and those from [`WIRE_VERSION_MIN`] on.
pub const WIRE_VERSION: u16 = 2;

/// Oldest version that is still read.
pub const WIRE_VERSION_MIN: u16 = 1;

/// `POST` path of [`Hello`].
pub const HELLO_PATH: &str = "/edge/v1/hello";
/// `POST` path of a sealed frame.
pub const FRAMES_PATH: &str = "/edge/v1/frames";
/// Header: which shared key signed the request.
pub const KEY_ID_HEADER: &str = "tidemark-key-id";
/// Header: Unix milliseconds at signing.
pub const TIMESTAMP_HEADER: &str = "tidemark-timestamp";
/// Header: hash of the body, hex, as it was when the body was sealed.
pub const HASH_HEADER: &str = "tidemark-hash";
/// Header: HMAC-SHA256 over path, timestamp and hash, hex.
pub const SIGNATURE_HEADER: &str = "tidemark-signature";

/// What one edge object counted since its last frame.
///
/// `Events`: a list of [`RawEvent`]; a borrowed one where a frame is only written
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Frame<Events = Vec<RawEvent>> {
    /// [`WIRE_VERSION`] of the writer.
    pub wire_version: u16,
    /// The writer.
    pub edge_id: Id128,
    /// The writer's current life.
    pub epoch: Epoch,
    /// Position in that life, from 1.
    pub seq: Seq,
    /// The site all of this belongs to.
    pub site: String,
    /// Which shard of the site, from 0.
    pub shard: u16,
    /// Counters and sketches, one row per minute, dimension and value; each key once.
    pub rows: Vec<RollupRow>,
    /// The events the rows were folded from; none where the site keeps none.
    pub events: Events,
    /// What became of events that were not counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<OutcomeRow>,
    /// `events.len()`, or how many there were where a site keeps none.
    pub event_count: u32,
    /// Exclusive or of the events' ids.
    pub id_checksum: Id128,
    /// Whether it was numbered before, in an earlier epoch: some of its events may be counted already.
    #[serde(default, skip_serializing_if = "is_false")]
    pub replayed: bool,
    /// Of a replayed frame: what it was when it was sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born: Option<Born>,
    /// All events received before this instant are in this frame or an earlier one. Unix milliseconds; zero where a later
    /// one has the rest of what was sealed at once.
    pub sealed_through_ms: u64,
}

/// A frame as it was first numbered: by this it is recognised under any later number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Born {
    /// Its first epoch.
    pub epoch: Epoch,
    /// Its first number.
    pub seq: Seq,
    /// Hash of its bytes then.
    pub hash: Id128,
}

/// The counters of one minute, dimension and value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RollupRow {
    /// Start of the minute, Unix milliseconds.
    pub start_ms: u64,
    /// What is counted apart.
    pub dimension: RollupDimension,
    /// The dimension's value.
    pub value: String,
    /// Page views.
    pub pageviews: u64,
    /// Events of every kind.
    pub events: u64,
    /// Sketch of the visitors, encoded; empty for none.
    #[serde(default)]
    pub visitors: ByteBuf,
    /// Sketch of the visits' names, encoded; on total rows.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub sessions: ByteBuf,
    /// Visits that began in this minute. Below zero where a row takes back what an earlier one said.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub visits: i64,
    /// Those of them that saw one page.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bounces: i64,
    /// Their lengths, from the first to the last event, milliseconds in all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub visit_ms: i64,
    /// How long their pages were in view and used, milliseconds in all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub engaged_ms: i64,
    /// Those of them that reached a goal.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub converted: i64,
    /// Their quality scores, 0 to 100 each, in all.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub quality: i64,
    /// Revenue of the events by currency (ISO 4217), in millionths of its unit.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub revenue: BTreeMap<String, i64>,
}

/// Events of one minute that were not counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeRow {
    /// Start of the minute in which they arrived, Unix milliseconds.
    pub start_ms: u64,
    /// What became of them: `rejected`, `filtered`, `duplicate` or `limited`.
    pub outcome: String,
    /// Why: the field at fault, the kind of filter or of limit.
    pub reason: String,
    /// How many.
    pub events: u64,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_zero(number: &i64) -> bool {
    *number == 0
}

fn is_no_time(number: &u64) -> bool {
    *number == 0
}

fn is_empty(bytes: &ByteBuf) -> bool {
    bytes.is_empty()
}

/// One counted event: enriched, without address or any id that came from outside.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RawEvent {
    /// Hash of what its sender knows it by, or drawn by the edge.
    pub id: Id128,
    /// When it happened, Unix milliseconds UTC.
    pub at_ms: u64,
    /// Keyed hash of the visitor; none for visits that asked not to be told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub visitor: Option<Id128>,
    /// The visit, named after the keyed hash of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session: Option<Id128>,
    /// `pageview` or the custom event's name.
    pub event_type: String,
    /// Host of the page.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hostname: String,
    /// Path of the page, without query.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Title of the page.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// Host of the referrer, where it is another site.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub referrer: String,
    /// Name of the source of the visit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub source: String,
    /// Kind of source of the visit.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub channel: String,
    /// ISO 3166-1 alpha-2 country, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub country: String,
    /// ISO 3166-2 subdivision, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub region: String,
    /// City, or empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub city: String,
    /// desktop, mobile, tablet.
    pub device: String,
    /// Browser, or the app that shows the page; empty when not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub browser: String,
    /// Browser with its major version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub browser_version: String,
    /// Operating system; empty when not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub os: String,
    /// Operating system with its version.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub os_version: String,
    /// Kind of screen by its width: mobile, tablet, laptop, desktop.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub screen: String,
    /// Primary subtag of the browser's language, in lower case.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub language: String,
    /// `utm_source` of the link that the visit began with.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub utm_source: String,
    /// `utm_medium` of that link.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub utm_medium: String,
    /// `utm_campaign` of that link.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub utm_campaign: String,
    /// `utm_content` of that link.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub utm_content: String,
    /// `utm_term` of that link.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub utm_term: String,
    /// Names of the goals it reached.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<String>,
    /// What was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revenue: Option<Money>,
    /// How long the page was in view and used since the event before, milliseconds.
    #[serde(default, skip_serializing_if = "is_no_time")]
    pub engaged_ms: u64,
    /// Custom properties.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub properties: BTreeMap<String, Property>,
}

/// An amount of money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// ISO 4217 code.
    pub currency: String,
    /// Millionths of the currency's unit; below zero for what is paid back.
    pub micros: i64,
}

/// An edge asks for its first or a new epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// [`WIRE_VERSION`] of the edge.
    pub wire_version: u16,
    /// The edge.
    pub edge_id: Id128,
    /// Its site.
    pub site: String,
    /// Its shard.
    pub shard: u16,
    /// The epoch its unsent frames are numbered in, if it has one.
    pub epoch: Option<Epoch>,
}

/// Answer to [`Hello`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "result", rename_all = "snake_case")]
pub enum HelloAnswer {
    /// Number all held frames anew from 1 in this epoch, as replayed ones.
    Welcome {
        /// The new epoch, above every earlier one of this edge.
        epoch: Epoch,
    },
    /// There is no such site: nothing of it will be taken.
    UnknownSite {
        /// Whether there was one, which its owner deleted: what is held of it is to be dropped. An edge that does not read
        /// this keeps it and asks again.
        #[serde(default, skip_serializing_if = "is_false")]
        is_deleted: bool,
    },
}

/// Answer to a frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// What became of the frame.
    pub result: FrameResult,
    /// The edge's current epoch at the aggregator.
    pub epoch: Epoch,
    /// Last frame of that epoch that is counted and durable.
    pub applied_through: Seq,
    /// Version of the site's [`crate::site::Settings`]: an edge that has an older one fetches it.
    #[serde(default)]
    pub settings_version: u64,
    /// Last frame of that epoch that outlives the loss of the aggregator's disk: the edge may forget it.
    pub stable_through: Seq,
    /// Why, when rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

/// The possible ends of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FrameResult {
    /// Counted now.
    Applied,
    /// Was counted before; nothing changed.
    Duplicate,
    /// Another frame was counted under this number: the edge's storage went back in time.
    Forked,
    /// Frames before it are missing: go on after `applied_through`.
    Gap,
    /// The epoch is over: say hello.
    Fenced,
    /// This aggregator has never met this edge: say hello.
    UnknownEdge,
    /// Unreadable or inconsistent; sending it again cannot help.
    Rejected,
}

/// A frame that could not be decoded.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// Longer than a frame may be.
    #[error("frame: {0} bytes, at most {FRAME_BYTES_MAX}")]
    TooLong(usize),
    /// Not MessagePack within bounds.
    #[error("frame: {0}")]
    Bounds(#[from] scan::ScanError),
    /// Not a frame.
    #[error("frame: {0}")]
    Shape(#[from] rmp_serde::decode::Error),
}

impl<Events: Serialize> Frame<Events> {
    /// Bytes of the frame: MessagePack with named fields.
    ///
    /// # Errors
    /// Never for a value of this type; the encoder's signature allows for it.
    pub fn encode(&self) -> Result<Vec<u8>, rmp_serde::encode::Error> {
        rmp_serde::to_vec_named(self)
    }
}

impl Frame {
    /// Reads a frame from untrusted bytes. Allocation is bounded by the input's length.
    ///
    /// # Errors
    /// [`FrameError`] when too long, too deep, truncated, or not a frame.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        Ok(rmp_serde::from_slice(checked(bytes)?)?)
    }
}

/// Bytes that are MessagePack within the bounds of a frame.
pub(crate) fn checked(bytes: &[u8]) -> Result<&[u8], FrameError> {
    if bytes.len() > FRAME_BYTES_MAX {
        return Err(FrameError::TooLong(bytes.len()));
    }
    scan::messagepack(bytes, Bounds { depth: 8, values: FRAME_BYTES_MAX })?;
    Ok(bytes)
}

//! What the server says of itself to operators: `GET /metrics`, in the text of OpenMetrics 1.0.
//!
//! There is one registry in a process, as there is one log: whoever has something to say calls a function of this
//! module. No label names a visitor, an edge or a site: every label is a word of the program, or a route of its router,
//! so the number of series is bounded. `docs/metrics.md` lists them.

mod process;
mod set;
mod watermark;

use std::sync::LazyLock;
use std::time::Duration;

use prometheus_client::encoding::text;
use prometheus_client::metrics::gauge::Gauge;
use wire::Id128;
use wire::frame::FrameResult;

use set::{ByResult, Cache, Kind, Metrics, Query, Request, Route};

/// Type of the answer.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

/// What the ledger and its folder hold, read when somebody asks for the metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    /// Bytes of the ledger's file and of its log of pages.
    pub ledger_bytes: u64,
    /// Segments with single events.
    pub segments: u64,
    /// Their bytes.
    pub segment_bytes: u64,
    /// Frames set aside.
    pub quarantined: u64,
    /// Frames that a restart would replay.
    pub unchecked_frames: u64,
    /// Frames from the oldest to the newest whose bytes are kept.
    pub kept_frames: u64,
    /// Bytes of the rows that are counted in memory alone.
    pub hot_bytes: u64,
    /// Sites.
    pub sites: u64,
    /// Signed-in browsers.
    pub sessions: u64,
    /// What waits to be sent.
    pub outbox: u64,
}

/// Whether a cache had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It had.
    Hit,
    /// It had not.
    Miss,
}

/// A frame was answered. `took`: since the head of its request.
pub fn frame(result: FrameResult, took: Duration) {
    METRICS.ingest.observe(took.as_secs_f64());
    METRICS.frames.get_or_create(&ByResult { result: name(result) }).inc();
}

/// A frame was applied, `now_ms`: it held `events` in `bytes`, and all that its edge received before `sealed_through_ms`
/// is counted now. Of a replayed frame only part is news, so its events are not told.
pub fn applied(edge: Id128, events: Option<u32>, bytes: usize, sealed_through_ms: Option<u64>, now_ms: u64) {
    METRICS.events.inc_by(u64::from(events.unwrap_or_default()));
    METRICS.frame_bytes.inc_by(bytes as u64);
    if let Some(sealed_through_ms) = sealed_through_ms {
        METRICS.event_age.observe(now_ms.saturating_sub(sealed_through_ms) as f64 / 1e3);
        METRICS.watermarks.note(edge, sealed_through_ms, now_ms);
    }
}

/// A group of jobs was committed, or not.
pub fn commit(took: Duration, is_written: bool) {
    let result = if is_written { "written" } else { "failed" };
    METRICS.commits.get_or_create(&ByResult { result }).observe(took.as_secs_f64());
}

/// A frame of so many bytes waits for the writer, as long as the value lives.
pub fn waiting(bytes: usize) -> Waiting {
    let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
    METRICS.waiting_frames.inc();
    METRICS.waiting_bytes.inc_by(bytes);
    Waiting(bytes)
}

/// A frame that waits.
#[derive(Debug)]
pub struct Waiting(i64);

impl Drop for Waiting {
    fn drop(&mut self) {
        METRICS.waiting_frames.dec();
        METRICS.waiting_bytes.dec_by(self.0);
    }
}

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It is done.
    Done,
    /// It failed.
    Failed,
    /// It panicked.
    Panicked,
}

/// A task ended.
pub fn task(ended: Ended) {
    let result = match ended {
        Ended::Done => "done",
        Ended::Failed => "failed",
        Ended::Panicked => "panicked",
    };
    METRICS.tasks.get_or_create(&ByResult { result }).inc();
}

/// A checkpoint was written.
pub fn checkpoint(took: Duration) {
    METRICS.checkpoints.observe(took.as_secs_f64());
}

/// A request was answered. `route` is one of the router's.
pub fn request(route: String, method: &'static str, status: u16, took: Duration) {
    METRICS.answers.get_or_create(&Route { route: route.clone() }).observe(took.as_secs_f64());
    METRICS.requests.get_or_create(&Request { route, method, status }).inc();
}

/// A question about history was answered from a source: `rollup`, `raw`, `cache`.
pub fn query(source: &'static str, took: Duration) {
    METRICS.queries.get_or_create(&Query { source }).observe(took.as_secs_f64());
}

/// An answer was looked for in a cache.
pub fn cache(cache: &'static str, found: Found) {
    let result = match found {
        Found::Hit => "hit",
        Found::Miss => "miss",
    };
    METRICS.cache.get_or_create(&Cache { cache, result }).inc();
}

/// A reader's request was refused, by a limit of its `address` or `credential`.
pub fn limited(kind: &'static str) {
    METRICS.limited.get_or_create(&Kind { kind }).inc();
}

/// Somebody tried to sign in.
pub fn signed_in(is_right: bool) {
    let result = if is_right { "right" } else { "wrong" };
    METRICS.sign_ins.get_or_create(&ByResult { result }).inc();
}

/// How a look at an alert ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looked {
    /// Its questions were answered.
    Answered,
    /// Its questions cannot be answered as they are.
    Refused,
    /// They could not be answered now.
    Failed,
}

/// An alert was looked at whose buckets are counted.
pub fn alert_look(looked: Looked) {
    let result = match looked {
        Looked::Answered => "answered",
        Looked::Refused => "refused",
        Looked::Failed => "failed",
    };
    METRICS.alert_looks.get_or_create(&ByResult { result }).inc();
}

/// How a try to send something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The receiver has it.
    Delivered,
    /// It will be tried again.
    Again,
    /// It will not.
    GivenUp,
}

/// Something was sent, or not.
pub fn delivery(sent: Sent) {
    let result = match sent {
        Sent::Delivered => "delivered",
        Sent::Again => "again",
        Sent::GivenUp => "given_up",
    };
    METRICS.deliveries.get_or_create(&ByResult { result }).inc();
}

/// A live stream is open, as long as the value lives.
pub fn stream() -> Open {
    Open::of(&METRICS.streams)
}

/// A connection is open, as long as the value lives.
pub fn connection() -> Open {
    Open::of(&METRICS.connections)
}

/// Something that is open.
#[derive(Debug)]
pub struct Open(Gauge);

impl Open {
    fn of(gauge: &Gauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// A live stream was refused, by a limit of the `server` or the `site`.
pub fn stream_refused(kind: &'static str) {
    METRICS.streams_refused.get_or_create(&Kind { kind }).inc();
}

/// A live stream was handed a `state` or a `beat`.
pub fn message(kind: &'static str) {
    METRICS.messages.get_or_create(&Kind { kind }).inc();
}

/// A change shows, so long after it was committed.
pub fn shown(lag: Duration) {
    METRICS.lag.observe(lag.as_secs_f64());
}

/// All of it as text, `now_ms`.
///
/// # Errors
/// When it cannot be written down, which strings always can.
pub fn text(holdings: Holdings, now_ms: u64) -> Result<String, std::fmt::Error> {
    let stored = |kind, bytes| METRICS.storage.get_or_create(&Kind { kind }).set(signed(bytes));
    stored("ledger", holdings.ledger_bytes);
    stored("segments", holdings.segment_bytes);
    let waiting = |kind, frames| METRICS.backlog.get_or_create(&Kind { kind }).set(signed(frames));
    waiting("checkpoint", holdings.unchecked_frames);
    waiting("seal", holdings.kept_frames);
    METRICS.segments.set(signed(holdings.segments));
    METRICS.hot_bytes.set(signed(holdings.hot_bytes));
    METRICS.quarantined.set(signed(holdings.quarantined));
    METRICS.sites.set(signed(holdings.sites));
    METRICS.sessions.set(signed(holdings.sessions));
    METRICS.outbox.set(signed(holdings.outbox));
    METRICS.watermarks.read(now_ms);
    let mut text = String::new();
    text::encode(&mut text, &METRICS.registry)?;
    Ok(text)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn name(result: FrameResult) -> &'static str {
    match result {
        FrameResult::Applied => "applied",
        FrameResult::Duplicate => "duplicate",
        FrameResult::Forked => "forked",
        FrameResult::Gap => "gap",
        FrameResult::Fenced => "fenced",
        FrameResult::UnknownEdge => "unknown_edge",
        FrameResult::Rejected => "rejected",
    }
}

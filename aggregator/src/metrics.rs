//! What the server says of itself to operators: `GET /metrics`, in the text of OpenMetrics 1.0.
//!
//! There is one registry in a process, as there is one log: whoever has something to say calls a function of this
//! module. No label names a visitor, an edge or a site: every label is a word of the program, or a route of its router,
//! so the number of series is bounded. `docs/metrics.md` lists them.

mod process;
mod watermark;

use std::sync::LazyLock;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use wire::Id128;
use wire::frame::FrameResult;

use watermark::Watermarks;

/// Type of the answer.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Begins every name but those of the process.
const PREFIX: &str = "tidemark";

/// Upper bounds of what is a matter of milliseconds, in seconds: from half a millisecond by doubling, about, to ten.
const LATENCIES_S: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Upper bounds of what is a matter of seconds, or of hours after a partition, in seconds.
const AGES_S: [f64; 13] = [0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 600.0, 3600.0, 43200.0];

static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByResult {
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Request {
    route: String,
    method: &'static str,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Query {
    source: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Cache {
    cache: &'static str,
    result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: &'static str,
}

type Timings<Labels> = Family<Labels, Histogram, fn() -> Histogram>;

struct Metrics {
    registry: Registry,
    ingest: Histogram,
    frames: Family<ByResult, Counter>,
    events: Counter,
    frame_bytes: Counter,
    event_age: Histogram,
    watermarks: Watermarks,
    commits: Timings<ByResult>,
    waiting_frames: Gauge,
    waiting_bytes: Gauge,
    checkpoints: Histogram,
    hot_bytes: Gauge,
    backlog: Family<Kind, Gauge>,
    requests: Family<Request, Counter>,
    answers: Timings<Route>,
    queries: Timings<Query>,
    cache: Family<Cache, Counter>,
    limited: Family<Kind, Counter>,
    sign_ins: Family<ByResult, Counter>,
    streams: Gauge,
    streams_refused: Family<Kind, Counter>,
    messages: Family<Kind, Counter>,
    lag: Histogram,
    connections: Gauge,
    storage: Family<Kind, Gauge>,
    segments: Gauge,
    quarantined: Gauge,
    sites: Gauge,
    sessions: Gauge,
}

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
}

/// Whether a cache had it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// It had.
    Hit,
    /// It had not.
    Miss,
}

impl Metrics {
    fn new() -> Self {
        let mut registry = Registry::default();
        process::register(&mut registry);
        let watermarks = Watermarks::default();
        let own = registry.sub_registry_with_prefix(PREFIX);
        watermarks.register(own);
        Self {
            ingest: timed(
                own,
                "ingest",
                "Time from the head of a frame's request to its durable acknowledgement",
                latencies(),
            ),
            frames: counted(own, "frames", "Frames answered, by result"),
            events: counted(
                own,
                "events_counted",
                "Events of the frames that were applied; replayed frames are not in it",
            ),
            frame_bytes: counted(own, "frame_bytes", "Bytes of the frames that were applied"),
            event_age: timed(
                own,
                "event_age",
                "Age of a frame's newest events when they are counted, by the edge's clock",
                ages(),
            ),
            commits: timed(
                own,
                "commit",
                "Time of a group commit, by result",
                Family::new_with_constructor(latencies as fn() -> Histogram),
            ),
            waiting_frames: gauged(own, "writer_queue_frames", "Frames read and not answered yet"),
            waiting_bytes: gauged(own, "writer_queue_bytes", "Bytes of those frames"),
            checkpoints: timed(own, "checkpoint", "Time of a checkpoint, from merging to its commit", latencies()),
            hot_bytes: gauged(own, "hot_bytes", "Bytes of the rows that are counted in memory and in no block yet"),
            backlog: gauged(own, "backlog_frames", "Counted frames that still wait, by for what"),
            requests: counted(own, "http_requests", "Requests answered, by route, method and status"),
            answers: timed(
                own,
                "http_request",
                "Time to the head of an answer, by route",
                Family::new_with_constructor(latencies as fn() -> Histogram),
            ),
            queries: timed(
                own,
                "query",
                "Time of a question about history, by what answered it",
                Family::new_with_constructor(latencies as fn() -> Histogram),
            ),
            cache: counted(own, "cache_lookups", "Answers looked for in a cache, by cache and result"),
            limited: counted(own, "rate_limited_requests", "Requests of readers refused with 429, by whose limit"),
            sign_ins: counted(own, "sign_ins", "Attempts to sign in, by result"),
            streams: gauged(own, "live_streams", "Live streams that are open"),
            streams_refused: counted(own, "live_streams_refused", "Live streams refused, by whose limit"),
            messages: counted(own, "live_messages", "Messages handed to live streams, by kind"),
            lag: timed(own, "realtime_lag", "Time from the commit of a change to the message that shows it", ages()),
            connections: gauged(own, "connections", "Connections that are open"),
            storage: gauged(own, "storage_bytes", "Bytes on the disk, by what is stored"),
            segments: gauged(own, "segments", "Files of single events that the ledger knows"),
            quarantined: gauged(own, "quarantined_frames", "Frames set aside for a person to look at"),
            sites: gauged(own, "sites", "Sites"),
            sessions: gauged(own, "sessions", "Browsers that are signed in"),
            watermarks,
            registry,
        }
    }
}

fn latencies() -> Histogram {
    Histogram::new(LATENCIES_S)
}

fn ages() -> Histogram {
    Histogram::new(AGES_S)
}

fn counted<M: prometheus_client::registry::Metric + Clone + Default>(own: &mut Registry, name: &str, help: &str) -> M {
    gauged(own, name, help)
}

fn gauged<M: prometheus_client::registry::Metric + Clone + Default>(own: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    own.register(name, help, metric.clone());
    metric
}

fn timed<M: prometheus_client::registry::Metric + Clone>(own: &mut Registry, name: &str, help: &str, metric: M) -> M {
    own.register_with_unit(name, help, Unit::Seconds, metric.clone());
    metric
}

/// A frame was answered. `took`: since the head of its request.
pub fn frame(result: FrameResult, took: Duration) {
    METRICS.ingest.observe(took.as_secs_f64());
    METRICS.frames.get_or_create(&ByResult { result: name(result) }).inc();
}

/// A frame was applied, `now_ms`: it held `events` in `bytes`, and all that its edge received before `sealed_through_ms`
/// is counted now. Of a replayed frame only part is news, so its events are not told.
pub fn applied(edge: Id128, events: Option<u32>, bytes: usize, sealed_through_ms: u64, now_ms: u64) {
    METRICS.events.inc_by(u64::from(events.unwrap_or_default()));
    METRICS.frame_bytes.inc_by(bytes as u64);
    METRICS.event_age.observe(now_ms.saturating_sub(sealed_through_ms) as f64 / 1e3);
    METRICS.watermarks.note(edge, sealed_through_ms, now_ms);
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

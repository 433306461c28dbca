//! All metrics, their names and their labels.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};

use super::process;
use super::watermark::Watermarks;

/// Begins every name but those of the process.
const PREFIX: &str = "tidemark";

/// Upper bounds of what is a matter of milliseconds, in seconds: from half a millisecond by doubling, about, to ten.
const LATENCIES_S: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// Upper bounds of what is a matter of seconds, or of hours after a partition, in seconds.
const AGES_S: [f64; 13] = [0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 60.0, 600.0, 3600.0, 43200.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct ByResult {
    pub result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Request {
    pub route: String,
    pub method: &'static str,
    pub status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Query {
    pub source: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Cache {
    pub cache: &'static str,
    pub result: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Route {
    pub route: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Kind {
    pub kind: &'static str,
}

type Timings<Labels> = Family<Labels, Histogram, fn() -> Histogram>;

pub(super) struct Metrics {
    pub registry: Registry,
    pub ingest: Histogram,
    pub frames: Family<ByResult, Counter>,
    pub events: Counter,
    pub frame_bytes: Counter,
    pub event_age: Histogram,
    pub watermarks: Watermarks,
    pub commits: Timings<ByResult>,
    pub waiting_frames: Gauge,
    pub waiting_bytes: Gauge,
    pub checkpoints: Histogram,
    pub hot_bytes: Gauge,
    pub backlog: Family<Kind, Gauge>,
    pub requests: Family<Request, Counter>,
    pub answers: Timings<Route>,
    pub queries: Timings<Query>,
    pub cache: Family<Cache, Counter>,
    pub limited: Family<Kind, Counter>,
    pub sign_ins: Family<ByResult, Counter>,
    pub tasks: Family<ByResult, Counter>,
    pub alert_looks: Family<ByResult, Counter>,
    pub deliveries: Family<ByResult, Counter>,
    pub outbox: Gauge,
    pub streams: Gauge,
    pub streams_refused: Family<Kind, Counter>,
    pub messages: Family<Kind, Counter>,
    pub lag: Histogram,
    pub connections: Gauge,
    pub storage: Family<Kind, Gauge>,
    pub segments: Gauge,
    pub quarantined: Gauge,
    pub sites: Gauge,
    pub sessions: Gauge,
}

impl Metrics {
    /// All of them, at nothing.
    pub fn new() -> Self {
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
            tasks: counted(own, "tasks", "Tasks that ended, by result"),
            alert_looks: counted(own, "alert_looks", "Looks at alerts of which buckets were counted, by result"),
            deliveries: counted(own, "deliveries", "Tries to send what alerts and digests told, by result"),
            outbox: gauged(own, "outbox", "What waits to be sent"),
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

fn counted<M: Metric + Clone + Default>(own: &mut Registry, name: &str, help: &str) -> M {
    gauged(own, name, help)
}

fn gauged<M: Metric + Clone + Default>(own: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    own.register(name, help, metric.clone());
    metric
}

fn timed<M: Metric + Clone>(own: &mut Registry, name: &str, help: &str, metric: M) -> M {
    own.register_with_unit(name, help, Unit::Seconds, metric.clone());
    metric
}

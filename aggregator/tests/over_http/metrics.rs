//! The metrics: readable by what reads OpenMetrics, moved by what happens, and nobody else's business.

use std::collections::{BTreeMap, BTreeSet};

use wire::frame::FrameResult;

use crate::edge::{Edge, now_ms, send};
use crate::server::{Server, bearer, wait_until};
use crate::visits::{Random, event, three_days};

/// Samples by name and labels, as they stand.
type Samples = BTreeMap<String, f64>;

/// Reads OpenMetrics text as strictly as the specification asks: metadata before samples, families not interleaved, known
/// types and suffixes, no series twice, cumulative buckets that end in the count, and the end mark.
fn parse(text: &str) -> Samples {
    let (mut samples, mut types, mut family) = (Samples::new(), BTreeMap::new(), String::new());
    let mut seen = BTreeSet::new();
    assert!(text.ends_with("\n# EOF\n"), "no end");
    for line in text.strip_suffix("# EOF\n").unwrap().lines() {
        if let Some(metadata) = line.strip_prefix("# ") {
            let parts: Vec<&str> = metadata.splitn(3, ' ').collect();
            let [kind, name, rest] = parts[..] else { panic!("{line}") };
            assert!(["HELP", "TYPE", "UNIT"].contains(&kind), "{line}");
            if name != family {
                assert!(seen.insert(name.to_owned()), "{name} stands in two places");
                family = name.to_owned();
            }
            if kind == "TYPE" {
                assert!(["counter", "gauge", "histogram"].contains(&rest), "{line}");
                types.insert(name.to_owned(), rest.to_owned());
            }
            if kind == "UNIT" {
                assert!(name.ends_with(&format!("_{rest}")), "{line}");
            }
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        let (name, labels) =
            series.split_once('{').map_or((series, ""), |(name, labels)| (name, labels.strip_suffix('}').unwrap()));
        let suffix = name.strip_prefix(&family).unwrap_or_else(|| panic!("{name} stands in {family}"));
        let allowed: &[&str] = match types[&family].as_str() {
            "counter" => &["_total"],
            "gauge" => &[""],
            _ => &["_sum", "_count", "_bucket"],
        };
        assert!(allowed.contains(&suffix), "{line}");
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{name}");
        assert!(labels.is_empty() || labels.split("\",").all(|label| label.contains("=\"")), "{line}");
        assert!(samples.insert(series.to_owned(), value.parse().unwrap()).is_none(), "{series} stands twice");
    }
    buckets_add_up(&samples);
    samples
}

fn buckets_add_up(samples: &Samples) {
    let mut last: BTreeMap<String, Vec<(f64, f64)>> = BTreeMap::new();
    for (series, value) in samples.iter().filter(|(series, _)| series.contains("_bucket{")) {
        let (before, bound) = series.split_once("le=\"").unwrap();
        let (bound, after) = bound.split_once('"').unwrap();
        let bound = if bound == "+Inf" { f64::INFINITY } else { bound.parse().unwrap() };
        let labels = format!("{before}{}", after.trim_start_matches(','));
        last.entry(labels.replace("_bucket{", "_count{").replace(",}", "}")).or_default().push((bound, *value));
    }
    assert!(!last.is_empty());
    for (count, mut buckets) in last {
        buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!(buckets.windows(2).all(|pair| pair[0].1 <= pair[1].1), "{count}: {buckets:?}");
        let count = count.strip_suffix("{}").unwrap_or(&count);
        assert_eq!(buckets.last().unwrap(), &(f64::INFINITY, samples[count]), "{count}");
    }
}

fn read(server: &Server) -> Samples {
    let answer = server.get("/metrics", &[]);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.header("content-type").starts_with("application/openmetrics-text; version=1.0.0"));
    parse(&answer.text())
}

#[test]
fn what_happens_moves_them() {
    let server = Server::start();
    let token = server.site("UA-1");
    let authorization = bearer(&token);
    let headers = [("authorization", authorization.as_str())];
    let before = read(&server);
    let mut edge = Edge::join(&server, 1, "UA-1");
    let mut random = Random(1);
    let events: Vec<_> = (0..30).map(|_| event(&mut random, now_ms(), 10)).collect();
    let stream = server.stream("/api/v1/live?tracking_id=UA-1", &headers);
    let frames = edge.seal(&events);
    assert_eq!(send(&server, &frames[0].bytes).1.result, FrameResult::Applied);
    assert_eq!(send(&server, &frames[0].bytes).1.result, FrameResult::Duplicate);
    let later: Vec<_> = (0..2).flat_map(|n| edge.seal(&three_days(n, 5))).collect();
    assert_eq!(send(&server, &later[1].bytes).1.result, FrameResult::Gap);
    assert_eq!(send(&server, b"no frame").1.result, FrameResult::Rejected);
    let question = serde_json::json!({"tracking_id": "UA-1", "metrics": ["events"],
        "date_range": {"start": "2026-02-01", "end": "2026-02-05"}});
    assert_eq!(server.query(&token, &question).status, 200);
    server.get("/api/v1/realtime?tracking_id=UA-1", &headers);
    server.get("/api/v1/realtime?tracking_id=UA-1", &headers);
    server.post("/api/v1/session", &[], br#"{"token":"wrong"}"#).problem(401);
    server.get("/no/such/page", &[]);
    server.send("BREW", "/api/v1/sites", &headers, b"");
    wait_until("the stream to show it", || stream.recv().unwrap().starts_with("id: 1.").then_some(()));
    let after = read(&server);
    let moved = |series: &str| {
        let value = |samples: &Samples| samples.get(series).copied();
        value(&after).unwrap_or_else(|| panic!("no {series}")) - value(&before).unwrap_or_default()
    };
    assert_eq!(moved("tidemark_frames_total{result=\"applied\"}"), 1.0);
    assert_eq!(moved("tidemark_frames_total{result=\"duplicate\"}"), 1.0);
    assert_eq!(moved("tidemark_frames_total{result=\"gap\"}"), 1.0);
    assert_eq!(moved("tidemark_frames_total{result=\"rejected\"}"), 1.0);
    assert_eq!(moved("tidemark_ingest_seconds_count"), 4.0);
    assert_eq!(moved("tidemark_events_counted_total"), 30.0);
    assert_eq!(moved("tidemark_frame_bytes_total"), frames[0].bytes.len() as f64);
    assert_eq!(moved("tidemark_event_age_seconds_count"), 1.0);
    assert_eq!(moved("tidemark_quarantined_frames"), 1.0);
    assert_eq!(moved("tidemark_query_seconds_count{source=\"rollup\"}"), 1.0);
    assert_eq!(moved("tidemark_sign_ins_total{result=\"wrong\"}"), 1.0);
    assert_eq!(moved("tidemark_http_requests_total{route=\"/api/v1/realtime\",method=\"GET\",status=\"200\"}"), 2.0);
    assert_eq!(moved("tidemark_http_requests_total{route=\"/api/v1/sites\",method=\"other\",status=\"405\"}"), 1.0);
    assert!(moved("tidemark_http_requests_total{route=\"-\",method=\"GET\",status=\"404\"}") >= 1.0);
    assert!(moved("tidemark_commit_seconds_count{result=\"written\"}") >= 4.0);
    assert!(moved("tidemark_cache_lookups_total{cache=\"look\",result=\"hit\"}") >= 1.0);
    assert!(moved("tidemark_cache_lookups_total{cache=\"look\",result=\"miss\"}") >= 1.0);
    assert!(moved("tidemark_realtime_lag_seconds_count") >= 1.0);
    assert!(moved("tidemark_live_messages_total{kind=\"state\"}") >= 1.0);
    assert_eq!(after["tidemark_live_streams"], 1.0);
    assert_eq!((after["tidemark_writer_queue_frames"], after["tidemark_writer_queue_bytes"]), (0.0, 0.0));
    assert_eq!((after["tidemark_sites"], after["tidemark_edges_active"]), (1.0, 1.0));
    assert!(after["tidemark_backlog_frames{kind=\"checkpoint\"}"] <= 1.0);
    assert_eq!(after["tidemark_backlog_frames{kind=\"seal\"}"], 1.0);
    assert!(after["tidemark_segments"] >= 0.0 && after["tidemark_storage_bytes{kind=\"segments\"}"] >= 0.0);
    assert!(after["tidemark_hot_bytes"] >= 0.0 && after.contains_key("tidemark_checkpoint_seconds_count"));
    assert!(after["tidemark_watermark_lag_seconds"] < 20.0);
    assert!(after["tidemark_storage_bytes{kind=\"ledger\"}"] > 4096.0);
    assert!(after["process_resident_memory_bytes"] > 1e6 && after["process_cpu_seconds_total"] > 0.0);
    assert!(after["process_open_fds"] > 5.0 && after["process_max_fds"] >= 256.0);
    assert!(after["tidemark_connections"] >= 1.0);
    // A stream that is left is not open any more.
    drop(stream);
    assert!(!server.get("/metrics", &[]).text().contains("UA-1"), "a metric names a site");
}

#[test]
fn a_checkpoint_lets_nothing_wait() {
    let server = Server::start_with(tempfile::tempdir().unwrap(), &[("TIDEMARK_CHECKPOINT_SECONDS", "1")]);
    server.site("UA-1");
    Edge::join(&server, 1, "UA-1").deliver(&server, &three_days(1, 20));
    wait_until("a checkpoint", || {
        let now = read(&server);
        let waits = now["tidemark_backlog_frames{kind=\"checkpoint\"}"] + now["tidemark_hot_bytes"];
        (now["tidemark_checkpoint_seconds_count"] >= 1.0 && waits == 0.0).then_some(())
    });
}

#[test]
fn they_are_for_operators() {
    let server = Server::start();
    let token = server.site("UA-1");
    assert_eq!(server.get("/metrics", &[]).status, 200);
    // A proxy on this machine asks for others.
    server.get("/metrics", &[("x-forwarded-for", "192.0.2.1")]).problem(403);
    server.get("/metrics", &[("forwarded", "for=192.0.2.1"), ("authorization", &bearer(&token))]).problem(403);
    server.get("/metrics?all=1", &[]).problem(400);
    let secret = "a long enough secret";
    let server = Server::start_with(tempfile::tempdir().unwrap(), &[("TIDEMARK_METRICS_TOKEN", secret)]);
    server.get("/metrics", &[]).problem(401);
    server.get("/metrics", &[("authorization", &bearer("another"))]).problem(401);
    assert_eq!(
        server.get("/metrics", &[("authorization", &bearer(secret)), ("x-forwarded-for", "192.0.2.1")]).status,
        200
    );
}

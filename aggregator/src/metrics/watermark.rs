//! How far the edges have delivered: all that they received before their watermark is counted.

use std::collections::HashMap;
use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use wire::Id128;

/// How long an edge that delivered nothing is still looked at. One without events delivers nothing, and cannot be told
/// from one that is cut off.
const SILENCE_MAX_MS: u64 = 10 * 60 * 1000;

/// Edges that are looked at: 16 384 × 48 bytes are 800 KB. Beyond, new ones are left out.
const EDGES_MAX: usize = 16 * 1024;

/// The watermarks of the edges that deliver.
#[derive(Debug, Default)]
pub(super) struct Watermarks {
    edges: Mutex<HashMap<Id128, Watermark>>,
    lag: Gauge<f64, AtomicU64>,
    active: Gauge,
}

#[derive(Clone, Copy, Debug)]
struct Watermark {
    sealed_through_ms: u64,
    heard_ms: u64,
}

impl Watermarks {
    pub(super) fn register(&self, registry: &mut Registry) {
        let help = "Age of the oldest watermark of the edges that delivered within ten minutes";
        registry.register_with_unit("watermark_lag", help, Unit::Seconds, self.lag.clone());
        registry.register("edges_active", "Edges that delivered within ten minutes", self.active.clone());
    }

    /// Notes an edge's watermark; it never goes back.
    pub(super) fn note(&self, edge: Id128, sealed_through_ms: u64, now_ms: u64) {
        let mut edges = self.edges.lock().unwrap_or_else(PoisonError::into_inner);
        if edges.len() >= EDGES_MAX && !edges.contains_key(&edge) {
            edges.retain(|_, mark| now_ms.saturating_sub(mark.heard_ms) <= SILENCE_MAX_MS);
            if edges.len() >= EDGES_MAX {
                return;
            }
        }
        let mark = edges.entry(edge).or_insert(Watermark { sealed_through_ms, heard_ms: now_ms });
        mark.sealed_through_ms = mark.sealed_through_ms.max(sealed_through_ms);
        mark.heard_ms = now_ms;
    }

    /// Brings the gauges up to date.
    pub(super) fn read(&self, now_ms: u64) {
        let mut edges = self.edges.lock().unwrap_or_else(PoisonError::into_inner);
        edges.retain(|_, mark| now_ms.saturating_sub(mark.heard_ms) <= SILENCE_MAX_MS);
        let oldest = edges.values().map(|mark| mark.sealed_through_ms).min();
        self.lag.set(oldest.map_or(0.0, |oldest| now_ms.saturating_sub(oldest) as f64 / 1e3));
        self.active.set(i64::try_from(edges.len()).unwrap_or(i64::MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_edge_that_delivers_counts() {
        let marks = Watermarks::default();
        let now_ms = 1_770_000_000_000;
        let edge = |n| Id128([n; 16]);
        marks.note(edge(1), now_ms - 2_000, now_ms);
        marks.note(edge(2), now_ms - 9_000, now_ms);
        marks.note(edge(1), now_ms - 5_000, now_ms);
        marks.read(now_ms);
        assert_eq!((marks.lag.get(), marks.active.get()), (9.0, 2));
        marks.note(edge(1), now_ms, now_ms + 1);
        marks.read(now_ms + SILENCE_MAX_MS + 1);
        assert_eq!((marks.lag.get(), marks.active.get()), (600.001, 1));
        marks.read(now_ms + 2 * SILENCE_MAX_MS);
        assert_eq!((marks.lag.get(), marks.active.get()), (0.0, 0));
    }
}

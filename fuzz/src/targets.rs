//! What is given hostile bytes, and what it promises.
//!
//! A target fails (panics) where a promise does not hold, and answers whether the input was read at all.

#![allow(clippy::expect_used, reason = "a promise that does not hold is what a target is there to fail by")]

mod aggregator;
mod ingest;
mod scan;
mod text;

use wire::limits::{BODY_BYTES_MAX, FRAME_BYTES_MAX};

use crate::mutate::Shape;

/// One reader of bytes from outside.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and its corpus's.
    pub name: &'static str,
    /// What its inputs are written in.
    pub shape: Shape,
    /// How much memory it may take, with all that is done to check it.
    pub memory: Memory,
    /// Reads an input; answers whether it was not refused.
    pub check: fn(&[u8]) -> bool,
}

/// A bound on memory: a constant and a multiple of the input's length.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    base_bytes: usize,
    times: usize,
}

impl Memory {
    /// Bytes allowed for an input.
    pub fn allowed(self, input_bytes: usize) -> usize {
        self.base_bytes.saturating_add(self.times.saturating_mul(input_bytes))
    }
}

/// A batch of the most events there can be, empty ones, is some 400 KiB of events and as much again to check them.
const BATCH: Memory = Memory { base_bytes: 4 * 1024 * 1024, times: 24 };

/// Every row of a frame may hold a sketch: 16 KiB laid out in full, from 2 KiB listed.
const FRAME: Memory = Memory { base_bytes: 4 * FRAME_BYTES_MAX, times: 24 };

/// A sketch in full, decoded twice, and its lists.
const SKETCH: Memory = Memory { base_bytes: 512 * 1024, times: 4 };

/// The scans keep a number for every level, and the places of a list's elements.
const SCAN: Memory = Memory { base_bytes: 64 * 1024, times: 24 };

/// Texts that are cut to their limits. Hosts of many labels cost most: each is normalised by itself.
const TEXT: Memory = Memory { base_bytes: 128 * 1024, times: 64 };

/// A body of the limit's length, as it grows: it is copied once it is full.
const GZIP: Memory = Memory { base_bytes: 4 * BODY_BYTES_MAX, times: 4 };

/// A series of the most buckets there can be.
const QUERY: Memory = Memory { base_bytes: 16 * 1024 * 1024, times: 24 };

/// All of them.
pub const ALL: &[Target] = &[
    Target { name: "batch_json", shape: Shape::Json, memory: BATCH, check: ingest::batch },
    Target { name: "batch_messagepack", shape: Shape::MessagePack, memory: BATCH, check: ingest::batch },
    Target { name: "plausible", shape: Shape::Json, memory: BATCH, check: ingest::plausible },
    Target { name: "umami", shape: Shape::Json, memory: BATCH, check: ingest::umami },
    Target { name: "gzip", shape: Shape::Gzip, memory: GZIP, check: ingest::gzip },
    Target { name: "scan_json", shape: Shape::Json, memory: SCAN, check: scan::json },
    Target { name: "scan_messagepack", shape: Shape::MessagePack, memory: SCAN, check: scan::messagepack },
    Target { name: "page", shape: Shape::Text, memory: TEXT, check: text::page },
    Target { name: "source", shape: Shape::Text, memory: TEXT, check: text::source },
    Target { name: "user_agent", shape: Shape::Text, memory: TEXT, check: text::user_agent },
    Target { name: "hex", shape: Shape::Text, memory: TEXT, check: text::hex },
    Target { name: "frame", shape: Shape::MessagePack, memory: FRAME, check: aggregator::frame },
    Target { name: "hello", shape: Shape::MessagePack, memory: TEXT, check: aggregator::hello },
    Target { name: "sketch", shape: Shape::Bytes, memory: SKETCH, check: aggregator::sketch },
    Target { name: "query", shape: Shape::Json, memory: QUERY, check: aggregator::query },
];

/// The target of a name.
pub fn named(name: &str) -> Option<&'static Target> {
    ALL.iter().find(|target| target.name == name)
}

//! Bytes and time of both.

use std::hint::black_box;

use anyhow::{Context, Result};
use domain::sketch::{Precision, Sketch};
use hyperloglog::HyperLogLog;

use super::error::{PEER_ERROR_RATE, hashes};
use crate::table;
use crate::timing::per_operation;

/// Sizes of the sketches that are encoded.
const ENCODED: [usize; 4] = [1, 100, 10_000, 100_000];

/// Merges, estimates or encodings of a round.
const OPERATIONS: usize = 200;

/// Hashes inserted in a round.
const INSERTS: usize = 1_000_000;

/// Prints what both take.
///
/// # Errors
/// When one cannot be encoded or read back.
pub fn print() -> Result<()> {
    bytes()?;
    println!();
    times()
}

fn bytes() -> Result<()> {
    table::head(&["n", "bytes", "at 12 bits", "`hyperloglog` bytes (MessagePack)", "times ours"]);
    for n in ENCODED {
        let ours = sketch(0, n).encode().len();
        let coarse = Precision::new(12).context("no precision of 12 bits")?;
        let coarse = sketch(0, n).fold(coarse).encode().len();
        let theirs = rmp_serde::to_vec(&peer(0, n))?.len();
        let times = theirs as f64 / ours as f64;
        table::row(
            &[n, ours, coarse, theirs]
                .map(|number| table::grouped(number as u64))
                .into_iter()
                .chain([format!("{times:.1}")])
                .collect::<Vec<_>>(),
        );
    }
    Ok(())
}

fn times() -> Result<()> {
    table::head(&["operation", "ns", "`hyperloglog` ns", "times ours"]);
    insert_rows();
    let (large, other, small) = (sketch(1, 100_000), sketch(2, 100_000), sketch(3, 100));
    let (peer_large, peer_other, peer_small) = (peer(1, 100_000), peer(2, 100_000), peer(3, 100));
    row(
        "merge 100 000 into 100 000",
        many(&large, |sketch| sketch.merge(&other)),
        many(&peer_large, |peer| peer.merge(&peer_other)),
    );
    row(
        "merge 100 into 100 000",
        many(&large, |sketch| sketch.merge(&small)),
        many(&peer_large, |peer| peer.merge(&peer_small)),
    );
    row("estimate 100", many(&small, |sketch| sketch.count()), many(&peer_small, |peer| peer.len()));
    row("estimate 100 000", many(&large, |sketch| sketch.count()), many(&peer_large, |peer| peer.len()));
    let (larger, peer_larger) = (sketch(1, 1_000_000), peer(1, 1_000_000));
    row("estimate 1 000 000", many(&larger, |sketch| sketch.count()), many(&peer_larger, |peer| peer.len()));
    for (name, ours, theirs) in [("100", &small, &peer_small), ("100 000", &large, &peer_large)] {
        row(
            &format!("encode {name}"),
            many(ours, |sketch| sketch.encode()),
            many(theirs, |peer| rmp_serde::to_vec(peer)),
        );
        let (our_bytes, their_bytes) = (ours.encode(), rmp_serde::to_vec(theirs)?);
        row(
            &format!("decode {name}"),
            many(&our_bytes, |bytes| Sketch::decode(bytes)),
            many(&their_bytes, |bytes| rmp_serde::from_slice::<HyperLogLog>(bytes)),
        );
    }
    Ok(())
}

/// Making the sketch is part of it: most rows are of few visitors.
fn insert_rows() {
    for (name, n) in [("make and insert 100, each", 100), ("make and insert 1 000 000, each", INSERTS)] {
        let hashes: Vec<u64> = hashes(9).take(n).collect();
        let repetitions = INSERTS / n;
        let ours =
            per_operation(INSERTS, || (), |()| (0..repetitions).for_each(|_| drop(black_box(sketch_of(&hashes)))));
        let theirs =
            per_operation(INSERTS, || (), |()| (0..repetitions).for_each(|_| drop(black_box(peer_of(&hashes)))));
        row(name, ours, theirs);
    }
}

/// Nanoseconds of doing it again and again to a copy.
fn many<T: Clone, U>(value: &T, operation: impl Fn(&mut T) -> U) -> f64 {
    per_operation(
        OPERATIONS,
        || value.clone(),
        |value| {
            for _ in 0..OPERATIONS {
                black_box(operation(black_box(value)));
            }
        },
    )
}

fn row(name: &str, ours: f64, theirs: f64) {
    table::row(&[name.to_owned(), format!("{ours:.1}"), format!("{theirs:.1}"), format!("{:.1}", theirs / ours)]);
}

fn sketch(trial: u64, n: usize) -> Sketch {
    sketch_of(&hashes(trial).take(n).collect::<Vec<_>>())
}

fn sketch_of(hashes: &[u64]) -> Sketch {
    let mut sketch = Sketch::default();
    hashes.iter().for_each(|hash| sketch.insert(*hash));
    sketch
}

fn peer(trial: u64, n: usize) -> HyperLogLog {
    peer_of(&hashes(trial).take(n).collect::<Vec<_>>())
}

fn peer_of(hashes: &[u64]) -> HyperLogLog {
    let mut peer = HyperLogLog::new_deterministic(PEER_ERROR_RATE, 1);
    hashes.iter().for_each(|hash| peer.insert_by_hash_value(*hash));
    peer
}

//! Crate `hyperloglog` as the reference: the same split of a hash, so the same registers. Sketches go there and
//! come back; its estimator is not the reference, for it is off by several per cent around 100 000 hashes.

use hyperloglog::HyperLogLog;
use proptest::prelude::*;

use super::tests::{hashes, sketch_of};
use super::*;

/// An error rate by which the crate chooses 2^14 registers.
const ERROR_RATE: f64 = 0.001;

fn reference() -> HyperLogLog {
    HyperLogLog::new_deterministic(ERROR_RATE, 1)
}

fn reference_of(hashes: impl IntoIterator<Item = u64>) -> HyperLogLog {
    let mut reference = reference();
    hashes.into_iter().for_each(|hash| reference.insert_by_hash_value(hash));
    reference
}

/// The sketch as the crate's type.
fn exported(sketch: &Sketch) -> HyperLogLog {
    reference_of(sketch.entries().map(|(index, rank)| sketch.precision.hash(index, rank)))
}

/// The crate's type as a sketch.
fn imported(reference: &HyperLogLog) -> Sketch {
    let ranks = registers_of(reference);
    let entries = (0u16..).zip(ranks).filter(|(_, rank)| *rank > 0);
    sketch_of(entries.map(|(index, rank)| Precision::MAX.hash(index, rank)))
}

/// The crate's registers, which it shows to serde alone.
fn registers_of(reference: &HyperLogLog) -> Vec<u8> {
    let fields = serde_json::to_value(reference).unwrap();
    let registers: Vec<u8> = serde_json::from_value(fields["M"].clone()).unwrap();
    assert_eq!(registers.len(), Precision::MAX.registers());
    registers
}

fn registers(mut sketch: Sketch) -> Vec<u8> {
    sketch.full().to_vec()
}

#[test]
fn hashes_at_the_ends_have_the_same_registers() {
    let ends = [0, 1, 0x3fff, 0x4000, 0x8000, u64::MAX, u64::MAX - 0x3fff, 1 << 63, 1 << 62, (1 << 14) | 7];
    assert_eq!(registers(sketch_of(ends)), registers_of(&reference_of(ends)));
    for hash in ends {
        assert_eq!(registers(sketch_of([hash])), registers_of(&reference_of([hash])), "{hash:#x}");
    }
}

#[test]
fn below_its_defect_the_estimates_agree() {
    for n in [100, 1_000, 10_000] {
        let relative = sketch_of(hashes(5, n)).count() as f64 / reference_of(hashes(5, n)).len() - 1.0;
        assert!(relative.abs() < 0.005, "n = {n}: {relative}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_same_hashes_have_the_same_registers(n in 0u64..200_000, seed in any::<u64>()) {
        let (ours, theirs) = (sketch_of(hashes(seed, n)), reference_of(hashes(seed, n)));
        prop_assert_eq!(&imported(&theirs), &ours);
        prop_assert_eq!(registers_of(&exported(&ours)), registers_of(&theirs));
        prop_assert_eq!(registers(ours), registers_of(&theirs));
    }

    #[test]
    fn the_same_merges_have_the_same_registers(a in 0u64..30_000, b in 0u64..2_000, seed in any::<u64>()) {
        let mut ours = sketch_of(hashes(seed, a));
        ours.merge(&sketch_of(hashes(!seed, b)));
        let mut theirs = reference_of(hashes(seed, a));
        theirs.merge(&reference_of(hashes(!seed, b)));
        prop_assert_eq!(registers(ours), registers_of(&theirs));
    }
}

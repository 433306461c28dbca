use proptest::prelude::*;

use super::*;

/// Evenly spread hashes: splitmix64.
fn hashes(seed: u64, count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |n| {
        let mut z = seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

fn sketch_of(hashes: impl IntoIterator<Item = u64>) -> Sketch {
    let mut sketch = Sketch::default();
    hashes.into_iter().for_each(|hash| sketch.insert(hash));
    sketch
}

#[test]
fn small_sets_are_counted_exactly() {
    for n in [0, 1, 2, 10, 30] {
        assert_eq!(sketch_of(hashes(1, n)).count(), n);
    }
}

/// Twenty trials a size; the mean square error must be what theory gives, with room for its own spread.
#[test]
fn estimates_stay_within_the_stated_error() {
    for n in [100u64, 1_000, 10_000, 60_000, 150_000, 1_000_000] {
        let square: f64 =
            (0..20).map(|trial| (sketch_of(hashes(trial * 77_777, n)).count() as f64 / n as f64 - 1.0).powi(2)).sum();
        let error = (square / 20.0).sqrt();
        assert!(error < STANDARD_ERROR * 1.6, "n = {n}: {error}");
    }
}

/// The registers of crate `hyperloglog` for the same hashes hold the same set: same split of the bits.
#[test]
fn an_estimate_agrees_with_the_reference_implementation() {
    let mut reference = hyperloglog::HyperLogLog::new_deterministic(0.001, 1);
    let mut ours = Sketch::default();
    for hash in hashes(5, 10_000) {
        reference.insert_by_hash_value(hash);
        ours.insert(hash);
    }
    let relative = ours.count() as f64 / reference.len() - 1.0;
    assert!(relative.abs() < 0.005, "{relative}");
}

#[test]
fn sizes_are_as_documented() {
    assert_eq!(sketch_of([]).encode().len(), 0);
    assert!(sketch_of(hashes(3, 1)).encode().len() <= 4);
    assert!((200..280).contains(&sketch_of(hashes(3, 100)).encode().len()));
    assert_eq!(sketch_of(hashes(3, 100_000)).encode().len(), 12_289);
}

#[test]
fn hostile_bytes_are_refused() {
    fn check(bytes: &[u8], expect: SketchError) {
        assert_eq!(Sketch::decode(bytes), Err(expect));
    }
    check(&[9], SketchError::UnknownForm(9));
    check(&[1], SketchError::Form(0));
    check(&[1, 0], SketchError::Length(1));
    check(&[1, 0, 0], SketchError::Rank(0));
    check(&[1, 0, RANK_MAX + 1], SketchError::Rank(RANK_MAX + 1));
    check(&[1, 0xff, 0x7f, 1, 0, 1], SketchError::Index);
    check(&[1, 0x80, 0x00, 1], SketchError::Index);
    check(&[2, 0, 0], SketchError::Length(2));
    check(&[&[2][..], &[0xff; 12_288]].concat(), SketchError::Rank(63));
}

/// The form follows from the registers alone: what is written in the other one is no sketch.
#[test]
fn a_sketch_is_written_in_one_way_only() {
    let listed = |count: usize| [&[1][..], &[0, 1].repeat(count)].concat();
    assert!(Sketch::decode(&listed(5000)).is_ok());
    assert_eq!(Sketch::decode(&listed(5001)), Err(SketchError::Form(5001)));
    // Four registers of rank 1 in three bytes.
    let full = |threes: usize| [&[2][..], &[0x41, 0x10, 0x04].repeat(threes), &vec![0; 12_288 - 3 * threes]].concat();
    assert!(Sketch::decode(&full(1251)).is_ok());
    assert_eq!(Sketch::decode(&full(1250)), Err(SketchError::Form(5000)));
    assert_eq!(Sketch::decode(&full(0)), Err(SketchError::Form(0)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn merging_is_one_set_whatever_the_order(a in 0u64..9000, b in 0u64..3000, c in 0u64..40, seed in any::<u64>()) {
        let (x, y, z) = (sketch_of(hashes(seed, a)), sketch_of(hashes(seed ^ 1, b)), sketch_of(hashes(seed ^ 2, c)));
        let whole = sketch_of(hashes(seed, a).chain(hashes(seed ^ 1, b)).chain(hashes(seed ^ 2, c)));
        let merged = |parts: [&Sketch; 4]| {
            let mut all = Sketch::default();
            parts.iter().for_each(|part| all.merge(part));
            all
        };
        prop_assert_eq!(&merged([&x, &y, &z, &x]), &whole);
        prop_assert_eq!(&merged([&z, &z, &y, &x]), &whole);
        prop_assert_eq!(merged([&y, &x, &y, &z]).encode(), whole.encode());
    }

    #[test]
    fn bytes_read_back(n in 0u64..12_000, seed in any::<u64>()) {
        let sketch = sketch_of(hashes(seed, n));
        prop_assert_eq!(Sketch::decode(&sketch.encode()), Ok(sketch));
    }

    #[test]
    fn any_bytes_end_in_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(sketch) = Sketch::decode(&bytes) {
            prop_assert_eq!(Sketch::decode(&sketch.encode()), Ok(sketch));
        }
    }
}

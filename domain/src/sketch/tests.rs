use proptest::prelude::*;

use super::*;

/// Evenly spread hashes: splitmix64.
pub(super) fn hashes(seed: u64, count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |n| {
        let mut z = seed.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    })
}

pub(super) fn sketch_of(hashes: impl IntoIterator<Item = u64>) -> Sketch {
    let mut sketch = Sketch::default();
    hashes.into_iter().for_each(|hash| sketch.insert(hash));
    sketch
}

fn at(bits: u8) -> Precision {
    Precision::new(bits).unwrap()
}

#[test]
fn small_sets_are_counted_exactly() {
    for n in [0, 1, 2, 10, 30] {
        assert_eq!(sketch_of(hashes(1, n)).count(), n);
    }
}

/// The smaller form of `cargo xtask bench sketch`: forty trials a size. The mean square error must be what theory
/// gives, with room for its own spread, and no trial may be beyond four standard errors.
#[test]
fn estimates_stay_within_the_stated_error() {
    for n in [100u64, 1_000, 10_000, 60_000, 100_000, 150_000] {
        let error_of = |trial: u64| sketch_of(hashes(trial * 77_777, n)).count() as f64 / n as f64 - 1.0;
        let errors: Vec<f64> = (0..40).map(error_of).collect();
        let rms = (errors.iter().map(|error| error * error).sum::<f64>() / errors.len() as f64).sqrt();
        assert!(rms < STANDARD_ERROR * 1.35, "n = {n}: {rms}");
        assert!(errors.iter().all(|error| error.abs() < 4.0 * STANDARD_ERROR), "n = {n}: {errors:?}");
    }
}

/// Coverage is tried at every precision: the true number lies within the bounds in about 95 of 100 trials.
#[test]
fn the_bounds_hold_the_true_number() {
    for (bits, n) in [(14, 100), (14, 20_000), (12, 5_000), (10, 20_000), (8, 3_000), (6, 10_000)] {
        let precision = Precision::new(bits).unwrap();
        let holds = |trial: &u64| {
            let mut sketch = Sketch::with_precision(precision);
            hashes(trial * 77_777, n).for_each(|hash| sketch.insert(hash));
            let estimate = sketch.estimate();
            assert!(estimate.low <= estimate.count && estimate.count <= estimate.high);
            (estimate.low..=estimate.high).contains(&n)
        };
        let held = (0..200).filter(holds).count();
        assert!(held >= 180, "{bits} bits, n = {n}: {held} of 200");
    }
    assert_eq!(sketch_of([]).estimate(), Estimate { count: 0, low: 0, high: 0 });
    assert_eq!(sketch_of(hashes(1, 1)).estimate(), Estimate { count: 1, low: 0, high: 2 });
}

#[test]
fn a_precision_says_what_it_costs() {
    assert_eq!(Precision::default().registers(), 16_384);
    assert_eq!(Precision::MAX.standard_error(), STANDARD_ERROR);
    assert_eq!([3, 4, 14, 15].map(|bits| Precision::new(bits).map(Precision::bits)), [None, Some(4), Some(14), None]);
}

#[test]
fn sizes_are_as_documented() {
    assert_eq!(sketch_of([]).encode().len(), 0);
    assert!(sketch_of(hashes(3, 1)).encode().len() <= 4);
    assert!((200..280).contains(&sketch_of(hashes(3, 100)).encode().len()));
    assert_eq!(sketch_of(hashes(3, 100_000)).encode().len(), 12_289);
    assert_eq!(sketch_of(hashes(3, 100_000)).fold(at(12)).encode().len(), 3_074);
    assert_eq!(sketch_of([]).fold(at(12)).encode(), [3, 12]);
}

/// What is stored and travels reads the same for ever: the first bytes of each form.
#[test]
fn bytes_are_as_they_were() {
    assert_eq!(sketch_of([7 | 1 << 63, 300 | 1 << 60]).encode(), [1, 7, 1, 0xa4, 2, 4]);
    assert_eq!(sketch_of([7 | 1 << 63, 300 | 1 << 60]).fold(at(4)).encode(), [3, 4, 7, 1, 4, 4]);
    let every = |registers: u64| sketch_of((0..registers).map(|index| index | 1 << (62 - index % 2)));
    let full = every(1 << 14).encode();
    assert_eq!(full.get(..4), Some(&[2, 0xc2, 0x20, 0x0c][..]));
    assert_eq!(every(1 << 14).fold(at(4)).encode(), [&[4, 4][..], &[0xc2, 0x20, 0x0c].repeat(4)].concat());
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
    check(&[1, 0, 52], SketchError::Rank(52));
    check(&[1, 0xff, 0x7f, 1, 0, 1], SketchError::Index);
    check(&[1, 0x80, 0x00, 1], SketchError::Index);
    check(&[2, 0, 0], SketchError::Length(2));
    check(&[3], SketchError::Length(0));
    check(&[3, 14], SketchError::Precision(14));
    check(&[4, 3], SketchError::Precision(3));
    check(&[3, 4, 16, 1], SketchError::Index);
    check(&[3, 12, 0, 54], SketchError::Rank(54));
    check(&[4, 12, 0], SketchError::Length(1));
    check(&[&[4, 4][..], &[0xff; 12]].concat(), SketchError::Rank(63));
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
    fn a_folded_sketch_is_the_one_built_at_its_precision(n in 0u64..40_000, bits in 4u8..=14, seed in any::<u64>()) {
        // Some hashes whose high bits are all zero: their rank goes on into the register's bits.
        let all = || hashes(seed, n).chain(hashes(seed, 20).map(|hash| hash & 0x3fff));
        let mut built = Sketch::with_precision(at(bits));
        all().for_each(|hash| built.insert(hash));
        let fine = sketch_of(all());
        prop_assert_eq!(&fine.fold(at(bits)), &built);
        prop_assert_eq!(&fine.fold(at(bits.max(9))).fold(at(bits)), &built);
        prop_assert_eq!(fine.fold(at(bits)).encode(), built.encode());
    }

    #[test]
    fn merging_precisions_keeps_the_coarser(a in 0u64..9000, b in 0u64..3000, bits in 4u8..14, seed in any::<u64>()) {
        let (x, y) = (sketch_of(hashes(seed, a)), sketch_of(hashes(!seed, b)).fold(at(bits)));
        let whole = sketch_of(hashes(seed, a).chain(hashes(!seed, b))).fold(at(bits));
        let (mut finer, mut coarser) = (x.clone(), y.clone());
        finer.merge(&y);
        coarser.merge(&x);
        prop_assert_eq!(&finer, &whole);
        prop_assert_eq!(&coarser, &whole);
    }

    #[test]
    fn bytes_read_back(n in 0u64..12_000, bits in 4u8..=14, seed in any::<u64>()) {
        let sketch = sketch_of(hashes(seed, n)).fold(at(bits));
        prop_assert_eq!(Sketch::decode(&sketch.encode()), Ok(sketch));
    }

    #[test]
    fn any_bytes_end_in_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Ok(sketch) = Sketch::decode(&bytes) {
            prop_assert_eq!(Sketch::decode(&sketch.encode()), Ok(sketch));
        }
    }
}

//! Both ends of the delta protocol, the real rules over a made-up world: storage that survives kills, or goes back
//! in time, a network that loses, doubles, delays and reorders, and an oracle that knows every event.
//!
//! A seed decides everything, so a failing one can be run again: `cargo xtask sim --first SEED --seeds 1`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod aggregator;
mod chance;
mod edge;
mod oracle;
mod world;

use world::World;

/// Variable: how many seeds to run.
const SEEDS: &str = "SIM_SEEDS";
/// Variable: the first seed.
const FIRST: &str = "SIM_FIRST";

/// Operations of one seed, before all faults end.
const OPERATIONS: usize = 400;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a whole number"))
}

#[test]
fn whatever_happens_every_acknowledged_event_is_counted_once() {
    let (first, seeds) = (number(FIRST, 0), number(SEEDS, 200));
    let mut sum = oracle::Tally::default();
    for seed in first..first + seeds {
        let mut world = World::new(seed);
        for _ in 0..OPERATIONS {
            world.step();
        }
        world.heal();
        match world.oracle.judge(&world) {
            Ok(tally) => sum.add(&tally),
            Err(violation) => panic!("seed {seed}: {violation}\n{}", world.history()),
        }
    }
    println!("simulation: {seeds} seeds of {OPERATIONS} operations, 0 violations; {sum}");
    if seeds >= 200 {
        let tried = [sum.acknowledged, sum.epochs, sum.forks, sum.duplicates, sum.gaps, sum.fenced, sum.recounted];
        assert!(tried.iter().all(|count| *count > 0), "something was never tried: {sum}");
    }
}

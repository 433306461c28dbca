//! Both ends of the delta protocol, the real machines over a made-up world: storage that survives kills, goes back
//! in time or is full, clocks that jump, a network that loses, doubles, delays and parts, and an oracle that knows
//! every event.
//!
//! A seed decides everything, so a failing one can be run again: `cargo xtask sim --first SEED --seeds 1`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod aggregator;
mod chance;
mod clock;
mod disk;
mod edge;
mod fault;
mod invariants;
mod network;
mod tally;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use tally::Tally;
use world::World;

/// Variable: how many seeds to run.
const SEEDS: &str = "SIM_SEEDS";
/// Variable: the first seed.
const FIRST: &str = "SIM_FIRST";

/// Operations of one seed, before all faults end.
const OPERATIONS: usize = 400;

/// Seeds that once failed, and what was wrong.
const ONCE_FAILED: &[(&str, u64)] =
    &[("an edge whose clock had been an hour ahead sent events again, and they were counted twice", 89)];

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().expect("a whole number"))
}

/// Runs a seed.
fn run(seed: u64) -> Tally {
    let mut world = World::new(seed);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        (0..OPERATIONS).try_for_each(|_| world.step())?;
        world.heal()?;
        invariants::judge(&world.oracle, &world.aggregator.ledger)
    }));
    match outcome {
        Ok(Ok(())) => world.tally,
        Ok(Err(violation)) => panic!("{}\nseed {seed}: {violation}", world.history()),
        Err(_) => panic!("{}\nseed {seed}: a program error, printed above", world.history()),
    }
}

#[test]
fn whatever_happens_every_acknowledged_event_is_counted_once() {
    let (first, seeds) = (number(FIRST, 0), number(SEEDS, 200));
    let mut sum = Tally::default();
    (first..first + seeds).for_each(|seed| sum.merge(&run(seed)));
    println!("simulation: {seeds} seeds of {OPERATIONS} operations, 0 violations; {sum}");
    if seeds >= 200 {
        assert!(sum.untried().is_empty(), "never tried: {:?}", sum.untried());
    }
}

#[test]
fn what_once_failed_holds() {
    for (what, seed) in ONCE_FAILED {
        println!("seed {seed}: {what}");
        run(*seed);
    }
}

mod examples;
mod oracle;
mod plans;

use std::cell::RefCell;

use wire::analysis::{Attempts, StepOrder};

use super::*;

/// What became of each attempt: when each step was done, and the value that it began with.
type Found = Vec<(Vec<u64>, u32)>;

fn fold(steps: usize) -> FunnelFold {
    FunnelFold {
        steps,
        exclusions: Vec::new(),
        order: StepOrder::Ordered,
        attempts: Attempts::Best,
        window_ms: 100,
        entries: 0..1000,
        buckets: None,
        wants_next: false,
        measured: 0,
    }
}

fn moment(at_ms: u64, matches: u32) -> Moment {
    Moment { unit: 1, at_ms, matches, ..Moment::default() }
}

/// The attempts of a unit.
fn found(fold: &FunnelFold, moments: &[Moment]) -> Found {
    let mut moments = moments.to_vec();
    fold.settle(&mut moments);
    let found = RefCell::new(Vec::new());
    let mut take = |one: &Attempt| found.borrow_mut().push((one.times().to_vec(), one.group));
    match fold.order {
        StepOrder::Any => any::attempts(fold, &moments, &mut take),
        StepOrder::Ordered | StepOrder::Strict => ordered::attempts(fold, &moments, &mut take),
    }
    found.into_inner()
}

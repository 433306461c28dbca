//! Errors of estimates over many trials: a trial is a stream of hashes, looked at as it grows.

use std::ops::Range;
use std::thread;

use anyhow::{Result, anyhow};
use domain::sketch::Sketch;
use hyperloglog::HyperLogLog;

/// Sizes at which a trial is looked at. Around 100 000, the other's estimator has its defect.
pub const SIZES: [u64; 7] = [100, 1_000, 10_000, 100_000, 150_000, 1_000_000, 10_000_000];

/// An error rate by which `hyperloglog` chooses 2^14 registers.
pub const PEER_ERROR_RATE: f64 = 0.001;

/// Relative errors of one size.
#[derive(Clone, Copy, Debug, Default)]
pub struct Errors {
    squares: f64,
    trials: u64,
    /// The largest, either way.
    pub largest: f64,
}

impl Errors {
    /// Root of the mean square.
    pub fn rms(&self) -> f64 {
        (self.squares / self.trials as f64).sqrt()
    }

    fn add(&mut self, estimate: f64, n: u64) {
        let error = (estimate / n as f64 - 1.0).abs();
        *self =
            Self { squares: self.squares + error * error, trials: self.trials + 1, largest: self.largest.max(error) };
    }

    fn merge(&mut self, other: &Self) {
        *self = Self {
            squares: self.squares + other.squares,
            trials: self.trials + other.trials,
            largest: self.largest.max(other.largest),
        };
    }
}

/// Ours and the peer's, by size.
pub type BySize = [(Errors, Errors); SIZES.len()];

/// Runs the trials, shared among the machine's cores.
///
/// # Errors
/// When a thread fails.
pub fn measure(trials: Range<u64>) -> Result<BySize> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let mut sum = BySize::default();
    thread::scope(|scope| {
        let work = |worker| {
            let own = trials.clone().skip(worker).step_by(workers);
            scope.spawn(move || own.fold(BySize::default(), trial))
        };
        let running: Vec<_> = (0..workers).map(work).collect();
        for worker in running {
            let errors = worker.join().map_err(|_| anyhow!("a trial failed"))?;
            for ((ours, theirs), (more_ours, more_theirs)) in sum.iter_mut().zip(&errors) {
                ours.merge(more_ours);
                theirs.merge(more_theirs);
            }
        }
        Ok(sum)
    })
}

fn trial(mut errors: BySize, trial: u64) -> BySize {
    let (mut sketch, mut peer) = (Sketch::default(), HyperLogLog::new_deterministic(PEER_ERROR_RATE, 1));
    let mut hashes = hashes(trial);
    let mut n = 0;
    for (size, (ours, theirs)) in SIZES.iter().zip(&mut errors) {
        for hash in hashes.by_ref().take((size - n) as usize) {
            sketch.insert(hash);
            peer.insert_by_hash_value(hash);
        }
        n = *size;
        ours.add(sketch.count() as f64, n);
        theirs.add(peer.len(), n);
    }
    errors
}

/// Distinct, evenly spread hashes without end: splitmix64 from a place of its own for each trial.
pub fn hashes(trial: u64) -> impl Iterator<Item = u64> {
    let mut state = mixed(trial.wrapping_add(1));
    std::iter::repeat_with(move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(state)
    })
}

fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_add_up() {
        let (mut one, mut other) = (Errors::default(), Errors::default());
        one.add(103.0, 100);
        other.add(96.0, 100);
        one.merge(&other);
        assert!((one.rms() - 0.0025f64.sqrt() / 2f64.sqrt()).abs() < 1e-9, "{one:?}");
        assert!((one.largest - 0.04).abs() < 1e-9);
    }
}

//! How exact, small and fast the sketch is, beside crate `hyperloglog` with as many registers.

mod cost;
mod error;

use anyhow::{Result, ensure};
use domain::sketch::STANDARD_ERROR;

use crate::table;
use error::{Errors, SIZES};

/// Relative root mean square error that no size may exceed: a standard error, and room for the spread of trials.
const RMS_MAX: f64 = 0.0085;

/// Standard errors that no trial may be off.
const DEVIATIONS_MAX: f64 = 4.0;

/// What is measured.
#[derive(clap::Args)]
pub struct Arguments {
    /// Trials of each size. The error of fewer scatters too much to be held against its bound.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1000..))]
    trials: u64,
    /// The first trial: another one is another set of hashes.
    #[arg(long, default_value_t = 0)]
    first: u64,
}

/// Measures and prints.
///
/// # Errors
/// When the error is larger than stated; the same trials have the same errors everywhere.
pub fn run(arguments: &Arguments) -> Result<()> {
    let trials = arguments.first..arguments.first.saturating_add(arguments.trials);
    println!("{} trials a size, the same hashes for both; σ = {:.4} %\n", arguments.trials, STANDARD_ERROR * 100.0);
    let errors = error::measure(trials)?;
    table::head(&["n", "RMS, %", "largest, σ", "`hyperloglog` RMS, %", "largest, σ", "RMS, times ours"]);
    for (n, (ours, theirs)) in SIZES.iter().zip(&errors) {
        let mut cells = vec![table::grouped(*n)];
        for errors in [ours, theirs] {
            cells.extend([format!("{:.3}", errors.rms() * 100.0), format!("{:.2}", errors.largest / STANDARD_ERROR)]);
        }
        cells.push(format!("{:.2}", theirs.rms() / ours.rms()));
        table::row(&cells);
    }
    println!();
    cost::print()?;
    for (n, (ours, _)) in SIZES.iter().zip(&errors) {
        check(*n, ours)?;
    }
    println!("\nRMS at most {:.2} % and no trial beyond {DEVIATIONS_MAX} σ.", RMS_MAX * 100.0);
    Ok(())
}

fn check(n: u64, errors: &Errors) -> Result<()> {
    let (rms, largest) = (errors.rms(), errors.largest);
    ensure!(rms <= RMS_MAX, "n = {n}: RMS error {rms:.5}, at most {RMS_MAX}");
    let bound = DEVIATIONS_MAX * STANDARD_ERROR;
    ensure!(largest <= bound, "n = {n}: a trial is off by {largest:.5}, at most {bound}");
    Ok(())
}

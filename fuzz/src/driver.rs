//! Gives a target its corpus and then mutations of it, and watches what each input costs.

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use peak_alloc::PeakAlloc;

use crate::chance::Chance;
use crate::corpus;
use crate::mutate::mutate;
use crate::targets::Target;

/// Counts what is allocated, in every program that this crate is part of.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes of stack that a target may use: what the worker has. Without optimisation, some functions take ten times
/// as much.
const STACK_BYTES: usize = if cfg!(debug_assertions) { 10 * 1024 * 1024 } else { 1024 * 1024 };

/// Longest that one input may take, on a machine that is busy with other things.
const INPUT_TIME_MAX: Duration = Duration::from_secs(2);

/// Bytes of a failing input that are printed.
const PRINTED_BYTES_MAX: usize = 4096;

/// Memory is counted for the whole program, so one target runs at a time.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Which mutations to try.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Number of the first.
    pub first: u64,
    /// How many.
    pub runs: u64,
}

/// What a target was given, and what it cost.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report {
    /// Inputs, the corpus among them.
    pub inputs: u64,
    /// Of these, how many were read and not refused.
    pub read: u64,
    /// All together.
    pub took: Duration,
    /// The slowest input.
    pub slowest: Duration,
    /// Most memory that one input took, bytes.
    pub memory_bytes: usize,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let share = 100.0 * self.read as f64 / self.inputs.max(1) as f64;
        let (inputs, took_s, slowest_ms) = (self.inputs, self.took.as_secs_f64(), self.slowest.as_secs_f64() * 1e3);
        let memory_kib = self.memory_bytes / 1024;
        write!(
            f,
            "{inputs} inputs, {share:.0} % read, {took_s:.1} s; slowest {slowest_ms:.1} ms, most {memory_kib} KiB"
        )
    }
}

/// Runs a target.
///
/// # Errors
/// At the first input that breaks a promise, with the input.
pub fn run(target: &Target, plan: Plan) -> Result<Report> {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    thread::scope(|scope| {
        let thread = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, || run_all(target, plan))?;
        thread.join().map_err(|_| anyhow!("{}: the driver failed", target.name))?
    })
}

fn run_all(target: &Target, plan: Plan) -> Result<Report> {
    let corpus = corpus::of(target.name)?;
    let begun = Instant::now();
    let mut report = Report::default();
    for (name, bytes) in &corpus {
        try_one(target, bytes, &mut report).with_context(|| format!("{}: corpus file {name}", target.name))?;
    }
    for number in plan.first..plan.first.saturating_add(plan.runs) {
        let input = input(target, &corpus, number);
        try_one(target, &input, &mut report).with_context(|| format!("{}: run {number}", target.name))?;
    }
    report.took = begun.elapsed();
    Ok(report)
}

fn input(target: &Target, corpus: &[(String, Vec<u8>)], number: u64) -> Vec<u8> {
    let mut chance = Chance::new(number);
    let (seed, other) = (pick(corpus, &mut chance), pick(corpus, &mut chance));
    mutate(target.shape, seed, other, &mut chance)
}

/// A file of the corpus; seldom one that is refused as it is, for most of its mutations are too.
fn pick<'a>(corpus: &'a [(String, Vec<u8>)], chance: &mut Chance) -> &'a [u8] {
    let usual: Vec<_> = corpus.iter().filter(|(name, _)| !name.starts_with(corpus::HOSTILE)).collect();
    let picked = if chance.once_in(8) { chance.one_of(corpus) } else { chance.one_of(&usual).copied() };
    picked.map(|(_, bytes)| bytes.as_slice()).unwrap_or_default()
}

fn try_one(target: &Target, bytes: &[u8], report: &mut Report) -> Result<()> {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let begun = Instant::now();
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| (target.check)(bytes)));
    let took = begun.elapsed();
    let memory_bytes = MEMORY.peak_usage().saturating_sub(before);
    let allowed = target.memory.allowed(bytes.len());
    report.inputs += 1;
    report.slowest = report.slowest.max(took);
    report.memory_bytes = report.memory_bytes.max(memory_bytes);
    match outcome {
        Err(_) => bail!("a promise does not hold for {}", shown(bytes)),
        Ok(_) if memory_bytes > allowed => bail!("{memory_bytes} bytes of memory, {allowed} allowed: {}", shown(bytes)),
        Ok(_) if took > INPUT_TIME_MAX => bail!("took {took:?}: {}", shown(bytes)),
        Ok(read) => report.read += u64::from(read),
    }
    Ok(())
}

/// An input as text where it is one, else in hex.
fn shown(bytes: &[u8]) -> String {
    let cut = bytes.get(..PRINTED_BYTES_MAX).unwrap_or(bytes);
    let text = std::str::from_utf8(cut).ok().filter(|text| !text.chars().any(|c| c.is_control() && c != '\n'));
    let written = match text {
        Some(text) => text.to_owned(),
        None => cut.iter().map(|byte| format!("{byte:02x}")).collect(),
    };
    format!("{} bytes: {written}", bytes.len())
}

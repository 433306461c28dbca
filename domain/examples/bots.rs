//! What the list of bots tells of two files, one user agent a line: programs' and people's.
//!
//! `cargo run --release -p tidemark-domain --example bots -- bots.txt people.txt`; `cargo xtask lists` runs it.
//! It fails when too few programs are told, or a person is taken for one.

use std::fs;
use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use domain::bot::{Filtered, Signals, verdict};

/// Fewest programs that have to be told, of a hundred.
const RECALL_PERCENT_MIN: f64 = 97.0;

/// User agents that are shown of those told wrongly.
const SHOWN_MAX: usize = 40;

/// How long the speed is measured.
const MEASURED: Duration = Duration::from_secs(1);

fn main() -> Result<()> {
    let files: Vec<_> = std::env::args().skip(1).collect();
    let [bots, people] = files.as_slice() else { anyhow::bail!("give a file of programs and one of people") };
    let bots = fs::read_to_string(bots).with_context(|| bots.clone())?;
    let people = fs::read_to_string(people).with_context(|| people.clone())?;

    let (all, missed) = (bots.lines().count(), wrong(&bots, true));
    let recall = 100.0 * (all - missed.len()) as f64 / all as f64;
    let automation = bots.lines().filter(|line| of(line) == Some(Filtered::Automation)).count();
    println!("programs: {all}, told {recall:.2} %, {automation} of them as automation");
    let (all, taken) = (people.lines().count(), wrong(&people, false));
    println!("people: {all}, taken for programs {}", taken.len());
    for line in
        missed.iter().map(|line| ("missed", line)).chain(taken.iter().map(|line| ("taken", line))).take(SHOWN_MAX)
    {
        println!("  {}: {}", line.0, line.1);
    }
    println!("speed: {:.0} ns a program, {:.0} ns a person", speed_ns(&bots), speed_ns(&people));
    ensure!(recall >= RECALL_PERCENT_MIN, "fewer than {RECALL_PERCENT_MIN} % are told; add words to bots-own.tsv");
    ensure!(taken.is_empty(), "people are taken for programs; add excuses to bots-own.tsv");
    Ok(())
}

fn of(user_agent: &str) -> Option<Filtered> {
    verdict(&Signals { user_agent, ..Signals::default() })
}

fn wrong(lines: &str, is_bot: bool) -> Vec<&str> {
    lines.lines().filter(|line| of(line).is_some() != is_bot).collect()
}

fn speed_ns(lines: &str) -> f64 {
    let lines: Vec<_> = lines.lines().collect();
    let (start, mut count) = (Instant::now(), 0_u32);
    while start.elapsed() < MEASURED {
        for line in &lines {
            black_box(of(black_box(line)));
            count += 1;
        }
    }
    start.elapsed().as_nanos() as f64 / f64::from(count)
}

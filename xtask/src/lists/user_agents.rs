//! User agents by which the list of bots is tried: programs' and people's.
//!
//! All of them are tried at once (`domain/examples/bots.rs`); a part goes into the repository as test data.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::command::{cargo, run as run_command};

/// Bytes of each file of test data.
const LIST_BYTES_MAX: usize = 64 * 1024;

/// User agents of each kind in the repository, picked evenly from all.
const KEPT: usize = 250;

#[derive(Deserialize)]
struct Crawler {
    instances: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Person {
    user_agent: String,
}

/// Writes the test data, and prints what the list of bots tells of all user agents.
pub fn write(packages: &Path, data: &Path, staging: &Path) -> Result<()> {
    let crawlers = super::read(&packages.join("crawler-user-agents/crawler-user-agents.json"))?;
    let crawlers: Vec<Crawler> = serde_json::from_str(&crawlers).context("crawler-user-agents is not as before")?;
    let people = super::read(&packages.join("user-agents/dist/user-agents.json"))?;
    let people: Vec<Person> = serde_json::from_str(&people).context("user-agents is not as before")?;

    let crawlers = distinct(crawlers.into_iter().flat_map(|crawler| crawler.instances));
    let people = distinct(people.into_iter().map(|person| person.user_agent));
    let (all_bots, all_people) = (staging.join("bots.txt"), staging.join("people.txt"));
    for (all, file, kept) in [(&crawlers, &all_bots, "test/bots.txt"), (&people, &all_people, "test/people.txt")] {
        fs::write(file, text(all.iter())).with_context(|| format!("{} cannot be written", file.display()))?;
        let step = all.len().div_ceil(KEPT).max(1);
        super::write_list(&data.join(kept), &text(all.iter().step_by(step)), LIST_BYTES_MAX)?;
    }
    let mut figures = cargo()?;
    figures.args(["run", "--quiet", "--release", "-p", "tidemark-domain", "--example", "bots", "--"]);
    run_command(figures.args([all_bots, all_people]), "trying the list of bots")
}

/// Sorted, so that a renewal changes few lines.
fn distinct(all: impl Iterator<Item = String>) -> BTreeSet<String> {
    all.map(|one| one.trim().to_owned()).filter(|one| !one.is_empty() && !one.contains(['\n', '\r'])).collect()
}

fn text<'a>(all: impl Iterator<Item = &'a String>) -> String {
    all.map(|one| format!("{one}\n")).collect()
}

//! What must not stand in which source file.

use std::path::Path;

use anyhow::{Context, Result};

use crate::command::{command, output};
use crate::paths;

/// Lines of a source file behind which the second idea is looked for.
const LINES_MAX: usize = 400;

/// Words by which pure code would touch the world.
const IMPURE: &[&str] = &[
    "SystemTime",
    "Instant::now",
    "std::fs",
    "std::net",
    "std::thread",
    "std::env",
    "std::process",
    "async fn",
    "println!",
    "eprintln!",
    "thread_local!",
];

/// Words that begin SQL, and the folders that may hold it: stores, and what asks other engines the same questions.
const SQL: &[&str] = &["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE FROM", "\"CREATE TABLE"];
const STORES: &[&str] = &[
    "edge/src/shard/store",
    "aggregator/src/ledger",
    "aggregator/tests",
    "bench/src/analyses",
    "bench/src/oracle",
    "bench/src/query",
    "bench/src/panels",
    "xtask/src/tidy",
];

/// Every place that breaks a rule.
pub fn check() -> Result<Vec<String>> {
    let root = paths::workspace_root()?;
    let listed =
        output(command("git")?.args(["ls-files", "--cached", "--others", "--exclude-standard"]), "listing files")?;
    let mut broken = Vec::new();
    for file in listed.lines().filter(|file| file.ends_with(".rs") && root.join(file).is_file()) {
        broken.extend(check_file(&root, file)?);
    }
    Ok(broken)
}

fn check_file(root: &Path, file: &str) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(root.join(file)).with_context(|| format!("{file} cannot be read"))?;
    let mut broken = check_text(file, &text);
    let lines = text.lines().count();
    if lines > LINES_MAX {
        broken.push(format!("{file}: {lines} lines, more than {LINES_MAX}; look for its second idea"));
    }
    Ok(broken)
}

fn check_text(file: &str, text: &str) -> Vec<String> {
    let mut broken = Vec::new();
    let pure = ["wire/src", "domain/src", "demo/src"].iter().any(|folder| file.starts_with(folder));
    let store = STORES.iter().any(|folder| file.starts_with(folder));
    for (line, number) in text.lines().zip(1..) {
        if pure && let Some(word) = IMPURE.iter().find(|word| line.contains(**word)) {
            broken.push(format!("{file}:{number}: {word} in pure code"));
        }
        if !store && SQL.iter().any(|word| line.contains(word)) {
            broken.push(format!("{file}:{number}: SQL outside a store"));
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_finds_its_place() {
        let check = |file: &str, text: &str| check_text(file, text).len();
        assert_eq!(check("domain/src/x.rs", "let now = SystemTime::now();"), 1);
        assert_eq!(check("aggregator/src/x.rs", "let now = SystemTime::now();"), 0);
        assert_eq!(check("edge/src/shard.rs", "sql.exec(\"SELECT 1\")"), 1);
        assert_eq!(check("edge/src/shard/store.rs", "sql.exec(\"SELECT 1\")"), 0);
    }
}

//! The words by which programs are told from browsers.
//!
//! `isbot` states regular expressions. Most are words; those are taken as they are, in the form that
//! `domain/src/bot/words.rs` reads. A pattern that is none and is not known here stops the command, so that
//! nothing gets lost unseen when the package changes.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

/// Bytes of the list: every worker carries it.
const LIST_BYTES_MAX: usize = 25 * 1024;

/// Patterns that stand in `domain/src/bot/shape.rs` as rules.
const SHAPES: [&str; 13] = [
    r";\s\w+;$",
    r"@[a-z][\w-]+\.",
    r"\|",
    r"^[<\(;]",
    r"^[\w \.\-\(?:\):%]+(?:/v?\d+(?:\.\d+)?(?:\.\d{1,10})*?)?(?:,|$)",
    r"^[\w\-]+/[\w]+$",
    r"^[^ ]{50,}$",
    r"^\d+\b",
    r"^\w*search\b",
    r"^\w+/[\w\(\)]*$",
    r"^\w+/\d\.\d\s\([\w@]+\)$",
    r"^mozilla/\d\.\d\s[\w\.-]+$",
    r"^mozilla/\d\.\d\s\((?:compatible;)?(?:\s?[\w\d-.]+[\s/]\d+\.\d+)?\)$",
];

/// Patterns that look around themselves, and the words with excuses that say the same.
const AROUND: [(&str, &[&str]); 7] = [
    (r"(?:^|[^g])news(?!sapphire)", &["news\tbot\tgnews\tnewssapphire"]),
    (
        r"(?<! channel/|google/)google(?!(?:wv|app|/google| pixel))",
        &["google\tbot\t channel/google\tgoogle/google\tgooglewv\tgoogleapp\tgoogle pixel"],
    ),
    (
        r"(?<! cu)bots?(?:\b|_)",
        &["bot\\b\tbot\t cubot", "bots\\b\tbot\t cubots", "bot_\tbot\t cubot_", "bots_\tbot\t cubots_"],
    ),
    (r"(?<!cam)scan", &["scan\tbot\tcamscan"]),
    (r"(?<!lib)http", &["http\tbot\tlibhttp"]),
    (r"java(?!;)", &["java\tbot\tjava;"]),
    (r"\b\w+/1\.0;", &["\\b/1.0;\tbot"]),
];

/// Writes `bots.tsv`.
pub fn write(packages: &Path, data: &Path) -> Result<()> {
    let theirs = super::read(&packages.join("isbot/index.mjs"))?;
    let own = super::read(&data.join("bots-own.tsv"))?;
    super::write_list(&data.join("bots.tsv"), &list(&patterns(&theirs)?, &own)?, LIST_BYTES_MAX)
}

/// The package's patterns: the first list of its module is JSON.
fn patterns(module: &str) -> Result<Vec<String>> {
    let list = module.split_once("patterns_default = ").and_then(|(_, list)| list.split_once("];"));
    let (list, _) = list.context("isbot's module has no list of patterns; see where it is now")?;
    serde_json::from_str(&format!("{list}]")).context("isbot's patterns are not as before")
}

/// The list: one pattern a line with its kind and excuses, sorted by pattern.
fn list(theirs: &[String], own: &str) -> Result<String> {
    let mut all = BTreeMap::new();
    for pattern in theirs {
        for line in lines(pattern)? {
            insert(&mut all, &line)?;
        }
    }
    for line in own.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        insert(&mut all, line)?;
    }
    all.retain(|_, rest| !rest.is_empty());
    Ok(all.iter().map(|(pattern, rest)| format!("{pattern}\t{rest}\n")).collect())
}

fn insert(all: &mut BTreeMap<String, String>, line: &str) -> Result<()> {
    let (pattern, rest) = line.split_once('\t').with_context(|| format!("`{line}` is not pattern and kind"))?;
    let kind = rest.split('\t').next().unwrap_or_default();
    ensure!(matches!(kind, "bot" | "automation" | ""), "`{kind}` is no kind of bot");
    all.insert(pattern.to_owned(), rest.to_owned());
    Ok(())
}

/// Lines that find what a pattern finds.
fn lines(pattern: &str) -> Result<Vec<String>> {
    if SHAPES.contains(&pattern) {
        return Ok(Vec::new());
    }
    if let Some((_, lines)) = AROUND.iter().find(|(around, _)| *around == pattern) {
        return Ok(lines.iter().map(|line| (*line).to_owned()).collect());
    }
    let words = words(pattern).with_context(|| {
        format!(
            "`{pattern}` of isbot is no word: state it in AROUND, or as a rule in domain/src/bot/shape.rs and in SHAPES"
        )
    })?;
    Ok(words.iter().map(|word| format!("{word}\tbot")).collect())
}

/// The words of a pattern: `ptst[ /]\d` is two. Of the language of patterns `^`, `\b` and `\d` remain, at the ends.
fn words(pattern: &str) -> Result<Vec<String>> {
    let (start, rest) = pattern.strip_prefix('^').map_or(("", pattern), |rest| ("^", rest));
    let (before, rest) = rest.strip_prefix(r"\b").map_or(("", rest), |rest| (r"\b", rest));
    let behind = [r"\b", r"\d"].into_iter().find(|behind| rest.ends_with(behind)).unwrap_or_default();
    let mut words = vec![String::new()];
    let mut letters = rest.strip_suffix(behind).unwrap_or(rest).chars();
    while let Some(letter) = letters.next() {
        let choice: Vec<char> = match letter {
            '[' => letters.by_ref().take_while(|letter| *letter != ']').collect(),
            '\\' => letters.next().into_iter().filter(|escaped| !escaped.is_alphanumeric()).collect(),
            '^' | '$' | '(' | ')' | '|' | '*' | '+' | '?' | '{' | '.' => bail!("`{letter}` is more than a letter"),
            letter => vec![letter],
        };
        ensure!(!choice.is_empty() && choice.iter().all(|letter| *letter != '\\'), "a class is more than a letter");
        words = words.iter().flat_map(|word| choice.iter().map(move |letter| format!("{word}{letter}"))).collect();
    }
    ensure!(words.iter().all(|word| word.len() >= 2), "one letter is too little");
    Ok(words.iter().map(|word| format!("{start}{before}{}{behind}", word.to_ascii_lowercase())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, expect: &[&str]) {
        assert_eq!(words(pattern).unwrap_or_default(), expect, "{pattern}");
    }

    #[test]
    fn patterns_become_words() {
        check("crawl", &["crawl"]);
        check("^wget", &["^wget"]);
        check(r"\bperl\b", &[r"\bperl\b"]);
        check(r"^remove\.bg/", &["^remove.bg/"]);
        check(r"ptst[ /]\d", &[r"ptst \d", r"ptst/\d"]);
        check(r"\(\)", &["()"]);
        check("^ddg[_-]android", &["^ddg_android", "^ddg-android"]);
        for none in [r"a\w+", "a?", "a+", "(?<!b)a", "a|b", "a.b", "^a$", r"\|", r"a\sb", r"[\w]a", "a{2}"] {
            check(none, &[]);
        }
    }

    #[test]
    fn a_list_is_sorted_and_ours_wins() {
        let theirs = ["headless", "crawl", r"^\d+\b", r"(?<!cam)scan", "feed"].map(str::to_owned);
        let own = "# ours\nheadless\tautomation\nfeed\t\n";
        let expect = "crawl\tbot\nheadless\tautomation\nscan\tbot\tcamscan\n";
        assert_eq!(list(&theirs, own).unwrap_or_default(), expect);
    }

    #[test]
    fn what_is_not_known_stops_the_command() {
        assert!(list(&[r"(?<!x)y".to_owned()], "").is_err());
        assert!(list(&[], "crawl\tsmoke").is_err());
        assert!(list(&[], "crawl").is_err());
        assert!(patterns("nothing").is_err());
        assert_eq!(patterns("var patterns_default = [\"a\",\n \"b\\\\b\"\n];").unwrap_or_default(), ["a", r"b\b"]);
    }
}

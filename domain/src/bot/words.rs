//! Finding a few hundred words in a text in one pass.
//!
//! A line of the list is a pattern, a kind (`bot`, `automation`) and texts that excuse a finding:
//!
//! | pattern | finds |
//! |---|---|
//! | `crawl` | the word anywhere |
//! | `^wget` | at the beginning of the text |
//! | `\bperl\b` | as regular expressions have it: where a letter, digit or `_` meets none |
//! | `^dispatch/\d` | with a digit behind it |
//!
//! `http`, excused by `libhttp`, is not found in `libhttp/2`, but is in `libhttp http`. All is in lower case.

/// What a word says of a user agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A program of its own.
    Bot,
    /// A browser that a program steers; wins over [`Kind::Bot`].
    Automation,
}

/// What has to follow a word.
#[derive(Clone, Copy, PartialEq)]
enum Behind {
    Anything,
    Boundary,
    Digit,
}

struct Word<'a> {
    text: &'a str,
    kind: Kind,
    at_boundary: bool,
    behind: Behind,
    excuses: Vec<&'a str>,
}

/// A list of words, in groups by the letters they begin with.
pub struct Words<'a> {
    /// Looked for at the beginning of a text alone.
    first: Vec<Word<'a>>,
    /// Looked for everywhere, by [`group`].
    anywhere: Vec<Vec<Word<'a>>>,
}

/// Groups of words: one for each pair of letters, a few pairs together. Most places of a text fall into empty groups.
const GROUPS: usize = 1 << 10;

/// The group of words that begin with these two letters: five bits of each.
fn group(first: u8, second: u8) -> usize {
    usize::from(first & 31) << 5 | usize::from(second & 31)
}

impl<'a> Words<'a> {
    /// Reads a list; lines that are none are passed over, and a test sees to it that there are none.
    pub fn parse(list: &'a str) -> Self {
        let mut words = Self { first: Vec::new(), anywhere: Vec::new() };
        words.anywhere.resize_with(GROUPS, Vec::new);
        for (at_start, word) in list.lines().filter_map(parse_line) {
            let mut letters = word.text.bytes();
            let (Some(first), Some(second)) = (letters.next(), letters.next()) else { continue };
            if at_start {
                words.first.push(word);
            } else if let Some(words) = words.anywhere.get_mut(group(first, second)) {
                words.push(word);
            }
        }
        words
    }

    /// What the words in a text say of it. The text is in lower case.
    pub fn find(&self, text: &[u8]) -> Option<Kind> {
        let pairs = text.iter().zip(text.iter().skip(1)).enumerate();
        let anywhere = pairs.flat_map(|(at, (first, second))| {
            let words = self.anywhere.get(group(*first, *second)).map(Vec::as_slice).unwrap_or_default();
            words.iter().map(move |word| (at, word))
        });
        let mut found = None;
        for (at, word) in self.first.iter().map(|word| (0, word)).chain(anywhere) {
            if word.is_at(text, at) {
                found = Some(word.kind);
            }
            if found == Some(Kind::Automation) {
                break;
            }
        }
        found
    }
}

impl Word<'_> {
    fn is_at(&self, text: &[u8], at: usize) -> bool {
        let Some(rest) = text.get(at..).and_then(|rest| rest.strip_prefix(self.text.as_bytes())) else { return false };
        let before = at.checked_sub(1).and_then(|at| text.get(at));
        let stands = !self.at_boundary || is_word(before) != is_word(self.text.as_bytes().first());
        let ends = match self.behind {
            Behind::Anything => true,
            Behind::Boundary => is_word(self.text.as_bytes().last()) != is_word(rest.first()),
            Behind::Digit => rest.first().is_some_and(u8::is_ascii_digit),
        };
        stands && ends && !self.excuses.iter().any(|excuse| self.is_within(excuse, text, at))
    }

    /// Whether the word found at `at` is part of `excuse` there.
    fn is_within(&self, excuse: &str, text: &[u8], at: usize) -> bool {
        excuse.match_indices(self.text).any(|(offset, _)| {
            let around = at.checked_sub(offset).and_then(|start| text.get(start..));
            around.is_some_and(|around| around.starts_with(excuse.as_bytes()))
        })
    }
}

/// Whether regular expressions take a letter for part of a word (`\w`).
pub fn is_word(letter: Option<&u8>) -> bool {
    letter.is_some_and(|letter| letter.is_ascii_alphanumeric() || *letter == b'_')
}

/// A word, and whether it is looked for at the beginning alone.
fn parse_line(line: &str) -> Option<(bool, Word<'_>)> {
    let mut fields = line.split('\t');
    let (pattern, kind) = (fields.next()?, fields.next()?);
    let kind = match kind {
        "bot" => Kind::Bot,
        "automation" => Kind::Automation,
        _ => return None,
    };
    let (at_start, rest) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    let (at_boundary, rest) = rest.strip_prefix(r"\b").map_or((false, rest), |rest| (true, rest));
    let (text, behind) = if let Some(text) = rest.strip_suffix(r"\b") {
        (text, Behind::Boundary)
    } else if let Some(text) = rest.strip_suffix(r"\d") {
        (text, Behind::Digit)
    } else {
        (rest, Behind::Anything)
    };
    let is_plain = text.len() >= 2 && !text.contains('\\') && !text.bytes().any(|letter| letter.is_ascii_uppercase());
    is_plain.then(|| (at_start, Word { text, kind, at_boundary, behind, excuses: fields.collect() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "crawl\tbot\n^wget\tbot\n\\bperl\\b\tbot\n^dispatch/\\d\tbot\nhttp\tbot\tlibhttp\n\
                         \\b/1.0;\tbot\ngo\tbot\tgo/go\n headless\tautomation\n";

    fn check(text: &str, expect: Option<Kind>) {
        assert_eq!(Words::parse(WORDS).find(text.as_bytes()), expect, "{text}");
    }

    #[test]
    fn each_form_finds_its_place_alone() {
        check("", None);
        check("c", None);
        check("acrawler", Some(Kind::Bot));
        check("crawl", Some(Kind::Bot));
        check("craw", None);
        check("wget/1", Some(Kind::Bot));
        check("awget/1", None);
        check("perl", Some(Kind::Bot));
        check("a perl-x", Some(Kind::Bot));
        check("aperl", None);
        check("perl5", None);
        check("perl_", None);
        check("dispatch/1", Some(Kind::Bot));
        check("dispatch/", None);
        check("dispatch/x", None);
        check("a/1.0;", Some(Kind::Bot));
        check(" /1.0;", None);
        check("/1.0;", None);
        check("crawl headless", Some(Kind::Automation));
        check("\u{fc}crawl\u{fc}", Some(Kind::Bot));
    }

    #[test]
    fn an_excuse_holds_only_for_the_word_within_it() {
        check("libhttp/2", None);
        check("libhttp http", Some(Kind::Bot));
        check("ibhttp", Some(Kind::Bot));
        check("go/go", None);
        check("go/go go", Some(Kind::Bot));
        check("go/", Some(Kind::Bot));
    }

    #[test]
    fn what_is_no_line_is_not_read() {
        for line in ["", "#", "crawl", "crawl\tsmoke", "c\tbot", "a.*\\w\tbot", "Crawl\tbot", "^\tbot", "\\b\tbot"] {
            assert!(parse_line(line).is_none(), "{line}");
        }
    }
}

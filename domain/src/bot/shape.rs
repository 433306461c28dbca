//! User agents that are too short or too odd for a browser, whatever words they have.
//!
//! Browsers name themselves, an engine and a platform: `Mozilla/5.0 (platform) engine/1 browser/1`. Each rule
//! here is a pattern of the npm package `isbot` that a list of words cannot say; `xtask/src/lists/bots.rs` knows them too.

use super::words::is_word;

/// Fewest bytes without a space that are a key or an attack, and no browser's name.
const LONG_WORD_BYTES: usize = 50;

/// Digits that a version's part has at most, if it is no date with a time.
const VERSION_DIGITS_MAX: usize = 10;

/// Whether a user agent in lower case cannot be a browser's. A missing one cannot.
pub fn is_foreign(text: &[u8]) -> bool {
    let Some(first) = text.first() else { return true };
    matches!(first, b'<' | b'(' | b';')
        || has_bar(text)
        || has_mail_address(text)
        || ends_in_list(text)
        || begins_with_number(text)
        || is_search(text)
        || (text.len() >= LONG_WORD_BYTES && !text.contains(&b' '))
        || is_name_alone(text)
        || is_product_alone(text)
        || is_hardly_more(text)
}

/// `|`, save in two names that phones and an app of people have: `My|Phone`, `…/7300001a/|5441`.
fn has_bar(text: &[u8]) -> bool {
    let mut parts = text.split(|letter| *letter == b'|');
    parts.next_back();
    parts.any(|before| !before.ends_with(b"my") && !before.ends_with(b"/"))
}

/// `@[a-z][\w-]+\.`
fn has_mail_address(text: &[u8]) -> bool {
    text.split(|letter| *letter == b'@').skip(1).any(|behind| {
        let host = run(behind, |letter| is_word(Some(&letter)) || letter == b'-');
        host.len() >= 2 && host.first().is_some_and(u8::is_ascii_lowercase) && behind.get(host.len()) == Some(&b'.')
    })
}

/// `;\s\w+;$`
fn ends_in_list(text: &[u8]) -> bool {
    let Some(list) = text.strip_suffix(b";") else { return false };
    let letters = list.iter().rev().take_while(|letter| is_word(Some(letter))).count();
    let before = list.get(..list.len() - letters).unwrap_or_default();
    letters > 0 && before.strip_suffix(b" ").is_some_and(|before| before.ends_with(b";"))
}

/// `^\d+\b`
fn begins_with_number(text: &[u8]) -> bool {
    let digits = run(text, |letter| letter.is_ascii_digit()).len();
    digits > 0 && !is_word(text.get(digits))
}

/// `^\w*search\b`
fn is_search(text: &[u8]) -> bool {
    run(text, |letter| is_word(Some(&letter))).ends_with(b"search")
}

/// A name of words, with a version or none: `My Agent (x)`, `curl/8.1.2`, `okhttp/v3, …`.
fn is_name_alone(text: &[u8]) -> bool {
    let name = run(text, |letter| is_word(Some(&letter)) || b" .-(?:)%".contains(&letter));
    let behind = text.get(name.len()..).unwrap_or_default();
    let behind = behind.strip_prefix(b"/").map_or(Some(behind), after_version);
    !name.is_empty() && behind.is_some_and(|behind| matches!(behind.first(), None | Some(b',')))
}

/// What follows `1.2.3` or `v1`. A date as third part (`49.0.20200702190156`) is how Firefox on Android fetches.
fn after_version(text: &[u8]) -> Option<&[u8]> {
    let mut rest = text.strip_prefix(b"v").unwrap_or(text);
    for part in 0.. {
        let digits = run(rest, |letter| letter.is_ascii_digit()).len();
        if digits == 0 || (part >= 2 && digits > VERSION_DIGITS_MAX) {
            return None;
        }
        rest = rest.get(digits..)?;
        match rest.strip_prefix(b".") {
            Some(more) => rest = more,
            None => return Some(rest),
        }
    }
    None
}

/// One product and nothing else: `^[\w\-]+/[\w]+$`, `^\w+/[\w\(\)]*$`
fn is_product_alone(text: &[u8]) -> bool {
    let Some(at) = text.iter().position(|letter| *letter == b'/') else { return false };
    let (name, version) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
    let dashed = all(name, b"-") && !version.is_empty() && all(version, b"");
    !name.is_empty() && (dashed || (all(name, b"") && all(version, b"()")))
}

/// A product and one word or short comment: `Mozilla/5.0 (compatible)`, `Mozilla/5.0 Firefox`, `Mozilla/5.0 (a/1.2)`.
fn is_hardly_more(text: &[u8]) -> bool {
    let name = run(text, |letter| is_word(Some(&letter)));
    let Some([b'/', major, b'.', minor, b' ', rest @ ..]) = text.get(name.len()..) else { return false };
    if name.is_empty() || !major.is_ascii_digit() || !minor.is_ascii_digit() || rest.is_empty() {
        return false;
    }
    let comment = rest.strip_prefix(b"(").and_then(|rest| rest.strip_suffix(b")"));
    if let Some(comment) = comment
        && !comment.is_empty()
        && all(comment, b"@")
    {
        return true;
    }
    name == b"mozilla" && (all(rest, b".-") || comment.is_some_and(has_one_product))
}

/// `(?:compatible;)?(?:\s?[\w\d-.]+[\s/]\d+\.\d+)?`
fn has_one_product(comment: &[u8]) -> bool {
    let comment = comment.strip_prefix(b"compatible;").unwrap_or(comment);
    let comment = comment.strip_prefix(b" ").unwrap_or(comment);
    let name = run(comment, |letter| is_word(Some(&letter)) || b".-".contains(&letter));
    let Some(behind) = comment.get(name.len()..) else { return false };
    match behind {
        [] => name.is_empty(),
        [b' ' | b'/', version @ ..] => {
            !name.is_empty() && version.contains(&b'.') && after_version(version).is_some_and(<[u8]>::is_empty)
        }
        _ => false,
    }
}

/// What of a text's beginning is alike.
fn run(text: &[u8], is_alike: impl Fn(u8) -> bool) -> &[u8] {
    let end = text.iter().position(|letter| !is_alike(*letter)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// Whether a text has letters of words and these alone.
fn all(text: &[u8], others: &[u8]) -> bool {
    text.iter().all(|letter| is_word(Some(letter)) || others.contains(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: bool) {
        assert_eq!(is_foreign(text.as_bytes()), expect, "{text}");
    }

    #[test]
    fn what_no_browser_says_is_foreign() {
        check("", true);
        check("<script>", true);
        check("mozilla/5.0 (a) | en,*", true);
        check("larbin (larbin2.6.3@unspecified.mail)", true);
        check("mozilla/4.0 (compatible; msie 6.0; windows;", true);
        check("3 (x; y) z", true);
        check("some_search (x; y)", true);
        check(&format!("a/{}", "x;".repeat(24)), true);
        check("my agent (x)", true);
        check("curl/8.1.2", true);
        check("custom/v2, like others; all", true);
        check("a-b/c1", true);
        check("name/", true);
        check("name/ab()", true);
        check("name/1.0 (x@y)", true);
        check("mozilla/5.0", true);
        check("mozilla/5.0 firefox", true);
        check("mozilla/5.0 (compatible; csquery/1.3)", true);
        check("mozilla/5.0 ()", true);
    }

    #[test]
    fn what_browsers_say_is_not() {
        check("mozilla/5.0 (linux; android 4.1.2; my|phone a898) applewebkit/537.36", false);
        check("mozilla/5.0 (linux) ieuway/7300001a/|544176010472968/1", false);
        check("mozilla/5.0 (iphone) safari/604.1 (ecosia ios@9.2.3.1367)", false);
        check("mozilla/5.0 (windows; msie 9.0; htc; radar)", false);
        check("blackberry8520/5.0.0.681 profile/midp-2.1 configuration/cldc-1.1 vendorid/600", false);
        check("amigavoyager/3.2 (amigaos/mc680x0)", false);
        check("voyager3/amigaos3.1", false);
        check("appname/1 cfnetwork/758.1.2 darwin/15.0.0", false);
        check("mozilla/4.08 (charon; inferno)", false);
        check("3gp (x; y)", false);
        check("mozacfetch/49.0.20200702190156", false);
    }
}

//! The list of sites that visits come from. It is searched where it lies: nothing is parsed or allocated.

use super::Channel;

/// Lines of host, kind and name, sorted by host as bytes are. Written by `cargo xtask lists`.
const LIST: &str = include_str!("../../data/sources.tsv");

/// Name and channel of a host, by itself or by the nearest parent domain on the list. The host is in lower case.
pub fn of_host(host: &str) -> Option<(&'static str, Channel)> {
    let parents = host.match_indices('.').filter_map(|(dot, _)| host.get(dot + 1..));
    std::iter::once(host).chain(parents).find_map(exact)
}

/// Name and channel of a campaign's source: a host (`chatgpt.com`), or one without its `.com` (`google`).
pub fn of_tag(tag: &str) -> Option<(&'static str, Channel)> {
    let tag = tag.to_ascii_lowercase();
    if tag.contains('.') {
        return of_host(&tag);
    }
    exact(&format!("{tag}.com")).filter(|(_, channel)| *channel != Channel::Referral)
}

/// Binary search over the list's bytes: a probe moves back to the start of its line.
fn exact(host: &str) -> Option<(&'static str, Channel)> {
    let mut rest = LIST;
    while !rest.is_empty() {
        // The list is ASCII where it matters: a line starts after a line feed, which no other character contains.
        let middle = (0..=rest.len() / 2).rev().find(|at| rest.is_char_boundary(*at))?;
        let start = rest.get(..middle)?.rfind('\n').map_or(0, |end| end + 1);
        let (before, from) = rest.split_at_checked(start)?;
        let (line, after) = from.split_once('\n')?;
        let (found, known) = line.split_once('\t')?;
        match host.cmp(found) {
            std::cmp::Ordering::Less => rest = before,
            std::cmp::Ordering::Greater => rest = after,
            std::cmp::Ordering::Equal => {
                let (kind, name) = known.split_once('\t')?;
                return Some((name, channel(kind)?));
            }
        }
    }
    None
}

fn channel(kind: &str) -> Option<Channel> {
    Some(match kind {
        "search" => Channel::OrganicSearch,
        "social" => Channel::Social,
        "email" => Channel::Email,
        "ai" => Channel::Ai,
        "paid" => Channel::Paid,
        "referral" => Channel::Referral,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_is_found_and_in_order() {
        let mut last = "";
        for line in LIST.lines() {
            let fields: Vec<_> = line.split('\t').collect();
            let [host, kind, name] = fields[..] else { panic!("{line}") };
            assert!(last < host, "{host} is out of order");
            assert_eq!(exact(host), channel(kind).map(|channel| (name, channel)), "{line}");
            last = host;
        }
    }

    #[test]
    fn what_is_not_listed_is_not_found() {
        for host in ["", ".", "a", "zzzz", "com", "google", "google.com.", "0", "\u{10ffff}"] {
            assert_eq!(exact(host), None, "{host}");
        }
    }

    #[test]
    fn the_nearest_parent_names_a_host() {
        assert_eq!(of_host("www2.google.com"), Some(("Google", Channel::OrganicSearch)));
        assert_eq!(of_host("gemini.google.com"), Some(("Gemini", Channel::Ai)));
        assert_eq!(of_host("a.b.mail.google.com"), Some(("Gmail", Channel::Email)));
        assert_eq!(of_host("google.com.example"), None);
        assert_eq!(of_tag("Google"), Some(("Google", Channel::OrganicSearch)));
        assert_eq!(of_tag("chatgpt.com"), Some(("ChatGPT", Channel::Ai)));
        assert_eq!(of_tag("spring"), None);
    }
}

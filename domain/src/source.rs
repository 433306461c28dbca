//! Where a visit came from: the name of the source and its channel, from campaign tags and the referrer.

use url::Url;
use wire::limits::PROPERTY_NAME_BYTES_MAX;

use crate::page;

/// Kind of source, as reports group them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// No referrer.
    Direct,
    /// A search engine's results.
    OrganicSearch,
    /// A social network.
    Social,
    /// Any other site.
    Referral,
    /// An advertisement or campaign that says so.
    Paid,
}

impl Channel {
    /// Its name in rollups and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::OrganicSearch => "organic_search",
            Self::Social => "social",
            Self::Referral => "referral",
            Self::Paid => "paid",
        }
    }
}

/// Where a visit came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Name for people: `Google`, the referrer's host, the campaign's `utm_source`, or `Direct`.
    pub name: String,
    /// Kind of source.
    pub channel: Channel,
    /// Host of the referrer where it is another site, else empty.
    pub referrer: String,
}

/// Sites known by name: first the end of the host before its public suffix, or the whole host where it has
/// a dot.
const KNOWN: &[(&str, &str, Channel)] = &[
    ("google", "Google", Channel::OrganicSearch),
    ("bing", "Bing", Channel::OrganicSearch),
    ("duckduckgo", "DuckDuckGo", Channel::OrganicSearch),
    ("yahoo", "Yahoo", Channel::OrganicSearch),
    ("yandex", "Yandex", Channel::OrganicSearch),
    ("baidu", "Baidu", Channel::OrganicSearch),
    ("ecosia", "Ecosia", Channel::OrganicSearch),
    ("qwant", "Qwant", Channel::OrganicSearch),
    ("startpage", "Startpage", Channel::OrganicSearch),
    ("search.brave.com", "Brave", Channel::OrganicSearch),
    ("kagi", "Kagi", Channel::OrganicSearch),
    ("facebook", "Facebook", Channel::Social),
    ("instagram", "Instagram", Channel::Social),
    ("twitter", "X", Channel::Social),
    ("x.com", "X", Channel::Social),
    ("t.co", "X", Channel::Social),
    ("linkedin", "LinkedIn", Channel::Social),
    ("lnkd.in", "LinkedIn", Channel::Social),
    ("reddit", "Reddit", Channel::Social),
    ("youtube", "YouTube", Channel::Social),
    ("youtu.be", "YouTube", Channel::Social),
    ("pinterest", "Pinterest", Channel::Social),
    ("tiktok", "TikTok", Channel::Social),
    ("news.ycombinator.com", "Hacker News", Channel::Social),
    ("mastodon", "Mastodon", Channel::Social),
    ("bsky.app", "Bluesky", Channel::Social),
    ("threads", "Threads", Channel::Social),
    ("t.me", "Telegram", Channel::Social),
    ("vk.com", "VK", Channel::Social),
];

const PAID_MEDIA: &[&str] =
    &["cpc", "ppc", "cpm", "cpv", "cpa", "paid", "paidsearch", "paidsocial", "display", "banner"];

/// Where the visit of `url` came from, given the referrer the page saw. None for a step within the site, which
/// is no arrival, and for an event on no page.
pub fn of(url: Option<&Url>, referrer: Option<&str>) -> Option<Source> {
    let url = url?;
    let tag = |name: &str| -> Option<String> {
        let (_, value) = url.query_pairs().find(|(key, _)| key == name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| page::cut(value, PROPERTY_NAME_BYTES_MAX).to_owned())
    };
    let from = referrer.and_then(page::parse).map(|from| page::hostname(&from)).unwrap_or_default();
    let campaign = tag("utm_source").or_else(|| tag("ref"));
    let paid = tag("utm_medium").is_some_and(|medium| PAID_MEDIA.contains(&medium.to_ascii_lowercase().as_str()))
        || tag("gclid").is_some();
    let within = from == page::hostname(url);
    if within && campaign.is_none() && !paid {
        return None;
    }
    let from = if within { String::new() } else { from };
    let named = |name: &str| known(&name.to_ascii_lowercase());
    let (name, channel) = match campaign {
        Some(campaign) => match named(&campaign) {
            Some((name, channel)) => (name.to_owned(), channel),
            None => (campaign, Channel::Referral),
        },
        None if from.is_empty() => ("Direct".to_owned(), Channel::Direct),
        None => match named(&from) {
            Some((name, channel)) => (name.to_owned(), channel),
            None => (from.clone(), Channel::Referral),
        },
    };
    Some(Source { name, channel: if paid { Channel::Paid } else { channel }, referrer: from })
}

fn known(host: &str) -> Option<(&'static str, Channel)> {
    let hit = KNOWN.iter().find(|(pattern, _, _)| {
        if pattern.contains('.') {
            host == *pattern || host.strip_suffix(pattern).is_some_and(|rest| rest.ends_with('.'))
        } else {
            // `google` stands in google.com, google.co.uk and news.google.de, not in google.example.com.
            let labels: Vec<&str> = host.split('.').collect();
            let position = labels.iter().position(|label| label == pattern);
            position.is_some_and(|at| {
                let suffix = labels.get(at + 1..).unwrap_or_default();
                suffix.len() <= 1 || (suffix.len() == 2 && suffix.iter().all(|label| label.len() <= 3))
            })
        }
    });
    hit.map(|(_, name, channel)| (*name, *channel))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_from_tags_and_referrers() {
        fn check(url: &str, referrer: &str, expect: Option<(&str, Channel)>) {
            let source = of(page::parse(url).as_ref(), Some(referrer));
            let found = source.as_ref().map(|source| (source.name.as_str(), source.channel));
            assert_eq!(found, expect, "{url} {referrer}");
        }
        let shop = "https://shop.example/";
        check(shop, "", Some(("Direct", Channel::Direct)));
        check(shop, "not a url", Some(("Direct", Channel::Direct)));
        check(shop, "https://www.shop.example/cart", None);
        check("https://shop.example/?utm_source=mail", "https://shop.example/", Some(("mail", Channel::Referral)));
        check("not a page", "https://www.google.com/", None);
        check(shop, "https://www.google.com/search?q=x", Some(("Google", Channel::OrganicSearch)));
        check(shop, "https://www.google.co.uk/", Some(("Google", Channel::OrganicSearch)));
        check(shop, "https://google.evil.example/", Some(("google.evil.example", Channel::Referral)));
        check(shop, "https://notgoogle.com/", Some(("notgoogle.com", Channel::Referral)));
        check(shop, "https://t.co/abc", Some(("X", Channel::Social)));
        check(shop, "https://tt.co/abc", Some(("tt.co", Channel::Referral)));
        check(shop, "https://old.reddit.com/r/rust", Some(("Reddit", Channel::Social)));
        check(shop, "https://blog.example/post", Some(("blog.example", Channel::Referral)));
        check("https://shop.example/?utm_source=newsletter", "", Some(("newsletter", Channel::Referral)));
        check("https://shop.example/?utm_source=google&utm_medium=CPC", "", Some(("Google", Channel::Paid)));
        check("https://shop.example/?gclid=1", "https://www.google.com/", Some(("Google", Channel::Paid)));
        check("https://shop.example/?utm_source=", "", Some(("Direct", Channel::Direct)));
    }
}

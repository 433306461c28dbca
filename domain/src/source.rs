//! Where a visit came from: the name of the source and its channel, from campaign tags and the referrer.

mod campaign;
mod known;

use url::{Position, Url};
use wire::limits::VALUE_BYTES_MAX;

pub use campaign::Campaign;
use campaign::Tags;

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
    /// A message: a provider's web mail, or a campaign that says so.
    Email,
    /// An assistant that answers questions.
    Ai,
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
            Self::Email => "email",
            Self::Ai => "ai",
            Self::Referral => "referral",
            Self::Paid => "paid",
        }
    }

    /// The channel that a campaign's `utm_medium`, or its source, says by a common word.
    fn of_word(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        let listed = CHANNEL_WORDS.iter().find(|(words, _)| words.contains(&word.as_str()));
        listed.map(|(_, channel)| *channel)
    }
}

const CHANNEL_WORDS: &[(&[&str], Channel)] = &[
    (
        &[
            "cpc",
            "ppc",
            "cpm",
            "cpv",
            "cpa",
            "paid",
            "paidsearch",
            "paid_search",
            "paid-search",
            "paidsocial",
            "paid_social",
            "paid-social",
            "retargeting",
            "display",
            "banner",
        ],
        Channel::Paid,
    ),
    (&["email", "e-mail", "e_mail", "mail", "newsletter"], Channel::Email),
    (&["social", "social-network", "social_network", "social-media", "social_media", "sm"], Channel::Social),
    (&["organic"], Channel::OrganicSearch),
];

/// Where a visit came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Name for people: `Google`, the referrer's host, the campaign's `utm_source`, or `Direct`.
    pub name: String,
    /// Kind of source.
    pub channel: Channel,
    /// Host of the referrer where it is another site, else empty.
    pub referrer: String,
    /// The campaign's tags.
    pub campaign: Campaign,
}

/// Where the visit of `url` came from, given the referrer the page saw. None for a step within the site, which
/// is no arrival, and for an event on no page.
pub fn of(url: Option<&Url>, referrer: Option<&str>) -> Option<Source> {
    let url = url?;
    let Tags { campaign, reference, is_paid_click } = Tags::of(url);
    let (from, within) = match referrer {
        Some(referrer) if shares_origin(url, referrer) => (String::new(), true),
        _ => {
            let from = referrer.map(referring_host).unwrap_or_default();
            if from == page::hostname(url) { (String::new(), true) } else { (from, false) }
        }
    };
    let tagged = if campaign.source.is_empty() { &reference } else { &campaign.source };
    let by_medium = Channel::of_word(&campaign.medium);
    let is_paid = is_paid_click || by_medium == Some(Channel::Paid);
    if within && tagged.is_empty() && !is_paid {
        return None;
    }
    let (name, channel) = if !tagged.is_empty() {
        match known::of_tag(tagged) {
            Some((name, channel)) => (name.to_owned(), channel),
            None => (tagged.clone(), Channel::of_word(tagged).unwrap_or(Channel::Referral)),
        }
    } else if from.is_empty() {
        ("Direct".to_owned(), Channel::Direct)
    } else {
        match known::of_host(&from) {
            Some((name, channel)) => (name.to_owned(), channel),
            None => (from.clone(), Channel::Referral),
        }
    };
    let channel = if is_paid { Channel::Paid } else { by_medium.unwrap_or(channel) };
    Some(Source { name, channel, referrer: from, campaign })
}

/// Whether a referrer is on the very host of `url`, as most are: told without reading it as a URL, by its beginning.
/// Other spellings of the host are told by [`referring_host`].
fn shares_origin(url: &Url, referrer: &str) -> bool {
    let rest = referrer.strip_prefix(&url[..Position::AfterPort]);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Host of a referrer, or the name of the Android app that it is; empty for anything else.
fn referring_host(referrer: &str) -> String {
    if let Some(app) = referrer.strip_prefix("android-app://") {
        let name = app.split('/').next().unwrap_or_default().to_ascii_lowercase();
        let alphabet = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_');
        return if name.bytes().all(alphabet) { page::cut(&name, VALUE_BYTES_MAX).to_owned() } else { String::new() };
    }
    page::parse(referrer).map(|from| page::hostname(&from).to_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests;

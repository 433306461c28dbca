//! Which requests are not made by people looking at a page.
//!
//! The first row that holds names the reason:
//!
//! | sign | reason |
//! |---|---|
//! | the SDK saw `navigator.webdriver`; the browser names itself headless or a test tool | [`Filtered::Automation`] |
//! | a user agent of a crawler, monitor, library or preview, or none | [`Filtered::UserAgent`] |
//! | `sec-purpose`: the page is fetched ahead and perhaps never looked at | [`Filtered::Prefetch`] |
//! | the address is one of a network where servers are let | [`Filtered::DataCenter`] |
//!
//! [`Filtered::VisitorRate`] is found by [`crate::limit`], not here.

mod data_center;
mod shape;
mod words;

use std::sync::LazyLock;

use crate::page;
use crate::user_agent::{HINT_BYTES_MAX, USER_AGENT_BYTES_MAX};
use words::{Kind, Words};

/// Patterns of user agents, by line: pattern, kind, exceptions. Written by `cargo xtask lists`.
const LIST: &str = include_str!("../data/bots.tsv");

static WORDS: LazyLock<Words<'static>> = LazyLock::new(|| Words::parse(LIST));

/// Why an event is not counted as a person's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Filtered {
    /// The user agent is missing, or that of a program.
    UserAgent,
    /// A browser that a program steers.
    Automation,
    /// A page fetched ahead, before anybody looks at it.
    Prefetch,
    /// Sent from a network of servers.
    DataCenter,
    /// More page views than one visitor can look at.
    VisitorRate,
}

impl Filtered {
    /// All reasons.
    pub const ALL: [Self; 5] = [Self::UserAgent, Self::Automation, Self::Prefetch, Self::DataCenter, Self::VisitorRate];

    /// The name in reports: `bot_user_agent`, `automation`, `prefetch`, `data_center`, `visitor_rate`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::UserAgent => "bot_user_agent",
            Self::Automation => "automation",
            Self::Prefetch => "prefetch",
            Self::DataCenter => "data_center",
            Self::VisitorRate => "visitor_rate",
        }
    }
}

/// What a request tells of its sender; texts are as sent, empty where missing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Signals<'a> {
    /// `user-agent`
    pub user_agent: &'a str,
    /// `sec-ch-ua`: `"HeadlessChrome";v="156", "Chromium";v="156"`
    pub brands: &'a str,
    /// `sec-purpose`, or the older `purpose`: `prefetch`, `prefetch;prerender`, `preview`.
    /// <https://wicg.github.io/nav-speculation/prefetch.html#sec-purpose-header>
    pub purpose: &'a str,
    /// Number of the network (autonomous system) that the address belongs to.
    pub asn: Option<u32>,
    /// Name of that network's operator: `Hetzner Online GmbH`
    pub as_organization: &'a str,
    /// The SDK saw `navigator.webdriver`. <https://www.w3.org/TR/webdriver2/#interface>
    pub webdriver: bool,
}

/// Why a request is not a person's; none if nothing says so.
pub fn verdict(signals: &Signals<'_>) -> Option<Filtered> {
    if signals.webdriver || is_headless(signals.brands) {
        return Some(Filtered::Automation);
    }
    if let Some(kind) = of_user_agent(signals.user_agent) {
        return Some(kind);
    }
    if is_ahead(signals.purpose) {
        return Some(Filtered::Prefetch);
    }
    data_center::holds(signals.asn, signals.as_organization).then_some(Filtered::DataCenter)
}

/// What a user agent alone says.
fn of_user_agent(user_agent: &str) -> Option<Filtered> {
    let text = page::cut(user_agent.trim(), USER_AGENT_BYTES_MAX).to_ascii_lowercase();
    let text = text.as_bytes();
    match WORDS.find(text) {
        Some(Kind::Automation) => Some(Filtered::Automation),
        Some(Kind::Bot) => Some(Filtered::UserAgent),
        None => shape::is_foreign(text).then_some(Filtered::UserAgent),
    }
}

fn is_headless(brands: &str) -> bool {
    page::cut(brands, HINT_BYTES_MAX).to_ascii_lowercase().contains("headless")
}

/// Whether a page is fetched before anybody asked for it.
fn is_ahead(purpose: &str) -> bool {
    let words = page::cut(purpose, HINT_BYTES_MAX).split([';', ',']).map(str::trim);
    let ahead = ["prefetch", "prerender", "preview"];
    words.into_iter().any(|word| ahead.iter().any(|name| word.eq_ignore_ascii_case(name)))
}

#[cfg(test)]
mod tests;

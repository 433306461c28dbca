//! Texts that pages and browsers send: addresses, referrers, user agents, keys.

use domain::source;
use domain::user_agent::{self, Hints};
use domain::{page, signature};
use wire::Id128;
use wire::limits::{CAMPAIGN_BYTES_MAX, VALUE_BYTES_MAX};

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Host and path are short, and carry neither query nor fragment nor password.
pub fn page(bytes: &[u8]) -> bool {
    let Some(url) = page::parse(&text(bytes)) else { return false };
    let (hostname, path) = (page::hostname(&url), page::path(&url));
    assert!(!hostname.contains(['/', '?', '#', '@']) && hostname.len() <= VALUE_BYTES_MAX);
    assert!(path.starts_with('/') && !path.contains(['?', '#']) && path.len() <= VALUE_BYTES_MAX);
    assert!(hostname.is_ascii() && path.is_ascii() && !path.bytes().any(|byte| byte.is_ascii_control()));
    true
}

/// The first line is the page, the second the referrer. Every part of the answer is short.
pub fn source(bytes: &[u8]) -> bool {
    let text = text(bytes);
    let mut lines = text.splitn(2, '\n');
    let url = lines.next().and_then(page::parse);
    let Some(source) = source::of(url.as_ref(), lines.next()) else { return false };
    let campaign = &source.campaign;
    for tag in [&campaign.source, &campaign.medium, &campaign.name, &campaign.content, &campaign.term] {
        assert!(tag.len() <= CAMPAIGN_BYTES_MAX);
    }
    assert!(!source.name.is_empty() && source.name.len() <= VALUE_BYTES_MAX);
    assert!(source.referrer.is_ascii() && source.referrer.len() <= VALUE_BYTES_MAX);
    true
}

/// The first line is the user agent, the next four the hints. Names are known ones, versions are short.
pub fn user_agent(bytes: &[u8]) -> bool {
    let text = text(bytes);
    let mut lines = text.splitn(5, '\n');
    let mut line = || lines.next().unwrap_or_default();
    let user_agent = line();
    let hints = Hints { brands: line(), mobile: line(), platform: line(), platform_version: line() };
    let client = user_agent::read(user_agent, &hints);
    for product in [&client.browser, &client.os] {
        assert!(product.version.len() <= 16 && !product.version.contains(char::is_control), "{product:?}");
        assert!(product.name.len() <= 64 && product.with_version().len() <= VALUE_BYTES_MAX);
    }
    !client.browser.name.is_empty()
}

/// Keys, signatures and ids are written in one way only.
pub fn hex(bytes: &[u8]) -> bool {
    let text = text(bytes);
    let read = signature::from_hex(&text);
    if let Some(read) = &read {
        let written: String = read.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(written, text.to_ascii_lowercase());
    }
    if let Ok(id) = text.parse::<Id128>() {
        assert_eq!(id.to_string(), text);
    }
    read.is_some()
}

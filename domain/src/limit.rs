//! How much a site, a visitor and a network may send: token buckets, all or nothing.
//!
//! | bucket | when it is empty |
//! |---|---|
//! | the site's | the request is refused: 429 |
//! | that of the address block it comes from | refused |
//! | that of any visitor in it | refused |
//! | a visitor's page views | each page view too many is counted apart, [`crate::bot::Filtered::VisitorRate`] |
//!
//! A refused request takes nothing from any bucket, and is told when to come again.

mod block;
mod bucket;
mod keyed;

use std::collections::BTreeMap;

pub use block::{AddressBlock, address_block};
pub use bucket::{Rate, TokenBucket};
pub use keyed::{KEYS_MAX, Keyed};

/// A site: a thousand events a second, as the founding documents ask, and ten seconds of that at once.
pub const SITE_RATE: Rate = Rate { per_second: 1_000, burst: 10_000 };

/// A visitor: 25 events a second is faster than anybody clicks, scrolls and types together; two full batches of
/// [`wire::limits::BATCH_EVENTS_MAX`] at once, after a time without network.
pub const VISITOR_RATE: Rate = Rate { per_second: 25, burst: 1_000 };

/// An address block: 20 visitors who send all they may, or a few thousand of a university, office or mobile
/// network who each send an event in ten seconds; half of a site's.
pub const BLOCK_RATE: Rate = Rate { per_second: 500, burst: 5_000 };

/// Page views of a visitor: one a second, 60 a minute, for as long as it lasts; two minutes of that at once.
pub const VISITOR_PAGEVIEW_RATE: Rate = Rate { per_second: 1, burst: 120 };

/// What a site allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitSettings {
    /// Events of the site.
    pub site: Rate,
    /// Events of one visitor.
    pub visitor: Rate,
    /// Events from one [`AddressBlock`].
    pub block: Rate,
    /// Page views of one visitor that are counted as a person's; all of them where none is set.
    pub visitor_pageviews: Option<Rate>,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            site: SITE_RATE,
            visitor: VISITOR_RATE,
            block: BLOCK_RATE,
            visitor_pageviews: Some(VISITOR_PAGEVIEW_RATE),
        }
    }
}

/// An event, as far as limits go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// Keyed hash of the visitor; none where the sender asked not to be told apart, or the event is not counted.
    pub visitor: Option<u64>,
    /// Whether it is a page view.
    pub is_pageview: bool,
}

/// Whose bucket is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The site's.
    Site,
    /// The address block's.
    AddressBlock,
    /// A visitor's.
    Visitor,
}

impl Scope {
    /// The name in answers and counters: `site`, `address_block`, `visitor`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Site => "site",
            Self::AddressBlock => "address_block",
            Self::Visitor => "visitor",
        }
    }
}

/// A refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many events of this {}; come again in {retry_after_ms} ms", scope.name())]
pub struct Limited {
    /// Whose limit it was; of several, that of the longest wait.
    pub scope: Scope,
    /// Milliseconds until the same request passes, if nothing else comes; at least 1.
    pub retry_after_ms: u64,
}

/// The buckets of one site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    site: TokenBucket,
    blocks: Keyed,
    visitors: Keyed,
    pageviews: Keyed,
}

impl Limits {
    /// Takes a token for each event of a request, and says of each whether it is a page view too many.
    ///
    /// * `block`: hash of the [`AddressBlock`]; none where the address is not known
    /// * `now_ms`: any clock in milliseconds; only how far it moves ahead counts
    ///
    /// # Errors
    /// [`Limited`] when a bucket has too few tokens; then none is taken.
    pub fn admit(
        &mut self,
        settings: &LimitSettings,
        arrivals: &[Arrival],
        block: Option<u64>,
        now_ms: u64,
    ) -> Result<Vec<bool>, Limited> {
        let count = u32::try_from(arrivals.len()).unwrap_or(u32::MAX);
        let mut visitors = BTreeMap::<u64, u32>::new();
        for visitor in arrivals.iter().filter_map(|arrival| arrival.visitor) {
            let events = visitors.entry(visitor).or_default();
            *events = events.saturating_add(1);
        }

        let site = self.site.wait_ms(settings.site, count, now_ms);
        let network = block.map_or(0, |key| self.blocks.wait_ms(key, settings.block, count, now_ms));
        let waits = visitors.iter().map(|(key, events)| self.visitors.wait_ms(*key, settings.visitor, *events, now_ms));
        let visitor = waits.max().unwrap_or_default();
        // Of equal waits that of the widest scope is told, which stands last.
        let waits = [(Scope::Visitor, visitor), (Scope::AddressBlock, network), (Scope::Site, site)];
        if let Some((scope, retry_after_ms)) = waits.into_iter().max_by_key(|(_, wait)| *wait)
            && retry_after_ms > 0
        {
            return Err(Limited { scope, retry_after_ms });
        }

        // Each was asked above: nothing is refused now.
        let _ = self.site.take(settings.site, count, now_ms);
        if let Some(key) = block {
            let _ = self.blocks.take(key, settings.block, count, now_ms);
        }
        for (key, events) in visitors {
            let _ = self.visitors.take(key, settings.visitor, events, now_ms);
        }
        Ok(arrivals.iter().map(|arrival| self.is_too_many(settings, arrival, now_ms)).collect())
    }

    fn is_too_many(&mut self, settings: &LimitSettings, arrival: &Arrival, now_ms: u64) -> bool {
        match (settings.visitor_pageviews, arrival.visitor) {
            (Some(rate), Some(key)) if arrival.is_pageview => self.pageviews.take(key, rate, 1, now_ms).is_err(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests;

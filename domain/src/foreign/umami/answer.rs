//! What Umami answers a tracker: whom it takes the page for, and a text to be sent along from then on.
//!
//! Nothing is counted by it here. Visitors are told apart as always; these ids are drawn anew for each page that is
//! loaded, and last as long as the page sends them along.

use serde::{Deserialize, Serialize};
use wire::Id128;

use crate::visit::PAUSE_MAX_MS;

/// Header in which the tracker sends [`Answer::cache`] along.
pub const CACHE_HEADER: &str = "x-umami-cache";

/// Bytes of such a text: two ids and a moment.
const CACHE_BYTES_MAX: usize = 32 + 1 + 32 + 1 + 20;

/// The body of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// `SESSION.VISIT.MOMENT`
    pub cache: String,
    /// UUID of the session.
    pub session_id: String,
    /// UUID of the visit, which a pause of [`PAUSE_MAX_MS`] ends.
    pub visit_id: String,
}

impl Answer {
    /// The answer to a request.
    ///
    /// `sent`: what it has in [`CACHE_HEADER`]; older trackers send the whole answer there
    /// `drawn`: random, for ids that it does not have yet
    pub fn to(sent: &str, drawn: [Id128; 2], now_ms: u64) -> Self {
        let [new_session, new_visit] = drawn.map(random_uuid);
        let (session, visit) = match known(sent) {
            None => (new_session, new_visit),
            Some((session, _, at_ms)) if now_ms.saturating_sub(at_ms) > PAUSE_MAX_MS => (session, new_visit),
            Some((session, visit, _)) => (session, visit),
        };
        Self {
            cache: format!("{session}.{visit}.{now_ms}"),
            session_id: hyphenated(session),
            visit_id: hyphenated(visit),
        }
    }
}

fn known(sent: &str) -> Option<(Id128, Id128, u64)> {
    let whole: Option<Echo> = serde_json::from_str(sent).ok();
    let cache = whole.as_ref().map_or(sent, |whole| &whole.cache);
    if cache.len() > CACHE_BYTES_MAX {
        return None;
    }
    let mut parts = cache.split('.');
    let known = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    parts.next().is_none().then_some(known)
}

/// What of an answer is read again.
#[derive(Deserialize)]
struct Echo {
    cache: String,
}

/// A UUID of version 4 of what was drawn.
fn random_uuid(Id128(mut bytes): Id128) -> Id128 {
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = (*version & 0x0f) | 0x40;
    *variant = (*variant & 0x3f) | 0x80;
    Id128(bytes)
}

/// `8-4-4-4-12`
fn hyphenated(id: Id128) -> String {
    let digits = id.to_string();
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| digits.get(part).unwrap_or_default());
    parts.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAWN: [Id128; 2] = [Id128([0xaa; 16]), Id128([0xff; 16])];
    const OTHERS: [Id128; 2] = [Id128([0x11; 16]), Id128([0x22; 16])];

    #[test]
    fn a_page_is_known_by_what_it_sends_along() {
        let first = Answer::to("", DRAWN, 1_000);
        assert_eq!(first.session_id, "aaaaaaaa-aaaa-4aaa-aaaa-aaaaaaaaaaaa");
        assert_eq!(first.visit_id, "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let later = Answer::to(&first.cache, OTHERS, 1_000 + PAUSE_MAX_MS);
        assert_eq!((&later.session_id, &later.visit_id), (&first.session_id, &first.visit_id));
        // The visit lasts as long as it goes on.
        let still = Answer::to(&later.cache, OTHERS, 1_000 + 2 * PAUSE_MAX_MS);
        assert_eq!(still.visit_id, first.visit_id);
        let next = Answer::to(&still.cache, OTHERS, 1_001 + 3 * PAUSE_MAX_MS);
        assert_eq!(next.session_id, first.session_id);
        assert_ne!(next.visit_id, first.visit_id);
        // As trackers of version 2 do.
        let whole = serde_json::to_string(&first).unwrap_or_default();
        assert_eq!(Answer::to(&whole, OTHERS, 1_000), first);
    }

    #[test]
    fn what_was_not_said_here_is_passed_over() {
        let fresh = Answer::to("", OTHERS, 5);
        let long = format!("{}9999999999", Answer::to("", DRAWN, u64::MAX).cache);
        for sent in ["eyJhbGciOiJIUzI1NiJ9.e30.x", "{\"cache\":7}", "a.b.c", "..", "undefined", long.as_str()] {
            assert_eq!(Answer::to(sent, OTHERS, 5), fresh, "{sent}");
        }
        let ahead = Answer::to("", DRAWN, u64::MAX);
        assert_eq!(Answer::to(&ahead.cache, OTHERS, 5).visit_id, ahead.visit_id);
    }
}

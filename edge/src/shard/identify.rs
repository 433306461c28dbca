//! Replaces what senders call themselves by keyed hashes.

use domain::hash;
use domain::visitor::{self, Identity, VisitorKey};
use wire::Id128;

use super::store::Journaled;
use crate::message::{Incoming, Sender};

/// The keys under which visitors are known now.
pub struct Keys {
    /// Today's.
    pub daily: VisitorKey,
    /// The one that lasts, where the owner chose so: for those who bring an id of their own.
    pub lasting: Option<VisitorKey>,
}

impl Keys {
    fn of(&self, event: &Incoming) -> &VisitorKey {
        self.lasting.as_ref().filter(|_| event.client_id.is_some()).unwrap_or(&self.daily)
    }

    /// Who sent an event of `site`, unless they asked not to be told apart.
    pub fn visitor(&self, site: &str, event: &Incoming, sender: &Sender) -> Option<Id128> {
        let key = self.of(event);
        match (sender, &event.client_id) {
            (Sender::Private, _) => None,
            (Sender::Known { .. }, Some(id)) => Some(visitor::visitor(key, site, Identity::Client(id))),
            (Sender::Known { address, user_agent }, None) => {
                Some(visitor::visitor(key, site, Identity::Network { address, user_agent }))
            }
        }
    }
}

/// Ids of events that bring none: repeatable for a batch that can be recognised, else drawn.
pub struct Ids(u128);

impl Ids {
    /// `seed`: the batch's id, or random bytes
    pub fn new(site: &str, seed: &[u8]) -> Self {
        Self(u128::from_be_bytes(hash::of_fields(&[b"batch", site.as_bytes(), seed]).0))
    }

    /// The id of the event at a position: steps of an odd number meet after 2^128 events.
    fn at(&self, index: usize) -> Id128 {
        const STEP: u128 = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        Id128(self.0.wrapping_add(STEP.wrapping_mul(index as u128)).to_be_bytes())
    }
}

/// The event as it is journaled.
///
/// `visitor`: of [`Keys::visitor`]
pub fn identified(site: &str, event: Incoming, keys: &Keys, visitor: Option<Id128>, ids: &Ids) -> Journaled {
    let session = visitor.map(|visitor| visitor::session(keys.of(&event), site, visitor, event.session_id.as_deref()));
    Journaled { id: event.event_id.unwrap_or_else(|| ids.at(event.index)), visitor, session, event: event.event }
}

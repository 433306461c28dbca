//! Replaces what senders call themselves by keyed hashes.

use domain::accept::Accepted;
use domain::hash;
use domain::visitor::{self, Identity, VisitorKey};
use wire::Id128;
use wire::frame::RawEvent;

use crate::message::{Incoming, Sender};

/// The keys under which visitors are known now.
pub struct Keys {
    /// Today's.
    pub daily: VisitorKey,
    /// The one that lasts, where the owner chose so: for those who bring an id of their own.
    pub lasting: Option<VisitorKey>,
}

impl Keys {
    fn of(&self, accepted: &Accepted) -> &VisitorKey {
        self.lasting.as_ref().filter(|_| accepted.client_id.is_some()).unwrap_or(&self.daily)
    }

    /// Who sent an event, unless they asked not to be told apart.
    pub fn visitor(&self, accepted: &Accepted, sender: &Sender) -> Option<Id128> {
        let (key, site) = (self.of(accepted), accepted.site.as_str());
        match (sender, &accepted.client_id) {
            (Sender::Private, _) => None,
            (Sender::Known { .. }, Some(id)) => Some(visitor::visitor(key, site, Identity::Client(id))),
            (Sender::Known { address, user_agent }, None) => {
                Some(visitor::visitor(key, site, Identity::Network { address, user_agent }))
            }
        }
    }
}

/// The event as it is kept.
///
/// * `visitor`: of [`Keys::visitor`]
/// * `seed`: repeatable for a batch that can be recognised, else drawn
pub fn identified(incoming: Incoming, keys: &Keys, visitor: Option<Id128>, seed: &[u8]) -> RawEvent {
    let Incoming { index, accepted, .. } = incoming;
    let session = visitor
        .map(|visitor| visitor::session(keys.of(&accepted), &accepted.site, visitor, accepted.session_id.as_deref()));
    let drawn = || hash::of_fields(&[b"batch", accepted.site.as_bytes(), seed, &(index as u64).to_be_bytes()]);
    RawEvent { id: accepted.event_id.unwrap_or_else(drawn), visitor, session, ..accepted.event }
}

//! Whether someone is signed in. The cookie is out of a script's reach; a refused request tells.

use leptos::prelude::*;

use crate::api::{self, Failure};

/// How somebody came to be signed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused {
    /// Before anything was shown, or because they wanted it.
    Plainly,
    /// While they looked: what is on the screen stays there.
    Meanwhile,
}

/// The session, shared by the whole page.
#[derive(Clone, Copy)]
pub struct Session {
    refused: RwSignal<Option<Refused>>,
    /// How often somebody came in.
    rounds: RwSignal<u64>,
}

impl Session {
    /// Makes the session and hands it to everything below.
    pub fn provide() -> Self {
        let session = Self { refused: RwSignal::new(None), rounds: RwSignal::new(0) };
        provide_context(session);
        session
    }

    /// The session of the page.
    pub fn of_page() -> Self {
        use_context().unwrap_or_else(Self::provide)
    }

    /// Whether the server refused a request for want of a session.
    pub fn is_refused(self) -> bool {
        self.refused.get().is_some()
    }

    /// Whether it did while somebody looked.
    pub fn is_interrupted(self) -> bool {
        self.refused.get() == Some(Refused::Meanwhile)
    }

    /// The same, at this moment.
    pub fn is_interrupted_untracked(self) -> bool {
        self.refused.get_untracked() == Some(Refused::Meanwhile)
    }

    /// Takes note of a failure, should it say that nobody is signed in.
    pub fn note(self, failure: &Failure) {
        if *failure == Failure::SignedOut && self.refused.get_untracked().is_none() {
            self.refused.set(Some(if api::has_answered() { Refused::Meanwhile } else { Refused::Plainly }));
        }
    }

    /// Nobody is signed in any more, and nothing of what was shown is to stay.
    pub fn end(self) {
        self.refused.set(Some(Refused::Plainly));
    }

    /// Somebody is signed in again.
    pub fn begin(self) {
        self.refused.set(None);
        self.rounds.update(|rounds| *rounds += 1);
    }

    /// Changes when somebody is signed in again, so that what was refused is asked once more.
    pub fn track(self) {
        self.rounds.track();
    }
}

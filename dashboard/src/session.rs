//! Whether someone is signed in. The cookie is out of a script's reach; a refused request tells.

use leptos::prelude::*;

use crate::api::Failure;

/// The session, shared by the whole page.
#[derive(Clone, Copy)]
pub struct Session {
    refused: RwSignal<bool>,
}

impl Session {
    /// Makes the session and hands it to everything below.
    pub fn provide() -> Self {
        let session = Self { refused: RwSignal::new(false) };
        provide_context(session);
        session
    }

    /// The session of the page.
    pub fn of_page() -> Self {
        use_context().unwrap_or_else(Self::provide)
    }

    /// Whether the server refused a request for want of a session.
    pub fn is_refused(self) -> bool {
        self.refused.get()
    }

    /// Takes note of a failure, should it say that nobody is signed in.
    pub fn note(self, failure: &Failure) {
        if *failure == Failure::SignedOut {
            self.end();
        }
    }

    /// Nobody is signed in any more.
    pub fn end(self) {
        self.refused.set(true);
    }

    /// Somebody is signed in again.
    pub fn begin(self) {
        self.refused.set(false);
    }
}

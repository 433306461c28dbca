//! The question of a page, as its address has it: kept answered, and changed by steps of the history.

use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::asked::Asked;
use super::frame::Asking;
use super::said::Said;

/// What an address says of a page, and the question that follows from it.
pub trait Asks: Clone + PartialEq + Send + Sync + 'static {
    /// The question, as it is sent.
    type Query: Serialize;

    /// What comes back.
    type Answer: DeserializeOwned + Send + Sync + 'static;

    /// Where it is asked.
    const PATH: &'static str;

    /// Reads what an address says.
    fn read(said: &Said) -> Self;

    /// What an address says.
    fn said(&self) -> Said;

    /// The question; none while something is still to be chosen.
    fn query(&self, asking: Asking) -> Option<Self::Query>;

    /// The time zone that an answer's days are of.
    fn zone(answer: &Self::Answer) -> &str;
}

/// The question shown, the ways to change it, and beside them what its page needs of its own.
pub struct Editing<S: Asks, K = ()> {
    /// The site, when, and of whom.
    pub asking: Asking,
    /// What the address says.
    pub state: Memo<S>,
    /// The question and what came back.
    pub asked: Asked<S::Answer>,
    /// What the page keeps.
    pub keeping: K,
}

impl<S: Asks, K: Copy> Clone for Editing<S, K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Asks, K: Copy> Copy for Editing<S, K> {}

impl<S: Asks> Editing<S> {
    /// What the address says, kept answered.
    pub fn of(asking: Asking) -> Self {
        Self::keeping(asking, (), |said| said)
    }
}

impl<S: Asks, K: Copy> Editing<S, K> {
    /// The same of what is meant by what the address says, which may be but a name.
    pub fn keeping(asking: Asking, keeping: K, meant: impl Fn(S) -> S + Send + Sync + 'static) -> Editing<S, K> {
        let state = Memo::new(move |_| meant(S::read(&asking.said())));
        let question = Memo::new(move |_| {
            let query = state.with(|state| state.query(asking))?;
            serde_json::to_string(&query).ok()
        });
        let asked = Asked::keep(S::PATH, question);
        Effect::new(move || {
            if let Some(answer) = asked.answer() {
                asking.note_zone(S::zone(&answer));
            }
        });
        Self { asking, state, asked, keeping }
    }

    /// Another question: one step of the history.
    pub fn change(self, edit: impl FnOnce(&mut S)) {
        let mut next = self.state.get_untracked();
        edit(&mut next);
        self.show(&next);
    }

    /// Goes to another question.
    pub fn show(self, state: &S) {
        self.asking.say(state.said());
    }

    /// The address of another question, for links.
    pub fn address(self, state: &S) -> String {
        self.asking.address(state.said())
    }

    /// Whether something is still to be chosen before there is a question.
    pub fn is_open(self) -> Memo<bool> {
        Memo::new(move |_| self.state.with(|state| state.query(self.asking).is_none()))
    }
}

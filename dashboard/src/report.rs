//! A query that is kept answered while its panel is on the screen.
//!
//! The last answer stays until the next one is there, so a panel never goes blank once it has been
//! filled. At most one request a report is on its way for the same question; a question that was
//! replaced meanwhile is answered to nobody.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::query::{Answer, Query};

use crate::api::{self, Failure};
use crate::session::Session;

/// A question with its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// What was asked.
    pub query: Query,
    /// What came back.
    pub answer: Answer,
}

/// What has come back so far.
#[derive(Default)]
struct State {
    answered: Option<Answered>,
    failure: Option<Failure>,
}

/// A query that is kept answered.
#[derive(Clone, Copy)]
pub struct Report {
    query: Memo<Query>,
    state: RwSignal<State>,
    in_flight: StoredValue<Option<Query>>,
    /// Asked again while the same question was on its way.
    again: StoredValue<bool>,
    session: Session,
}

impl Report {
    /// Asks now, whenever the question changes, and whenever `refresh` does.
    pub fn keep(query: Memo<Query>, refresh: RwSignal<u64>) -> Self {
        let report = Self {
            query,
            state: RwSignal::new(State::default()),
            in_flight: StoredValue::new(None),
            again: StoredValue::new(false),
            session: Session::of_page(),
        };
        Effect::new(move || {
            refresh.track();
            report.query.track();
            report.session.track();
            report.ask();
        });
        report
    }

    /// Reads the last answer.
    pub fn with<Output>(self, read: impl FnOnce(Option<&Answered>) -> Output) -> Output {
        self.state.with(|state| read(state.answered.as_ref()))
    }

    /// What is wrong, when the present question could not be answered.
    pub fn failure(self) -> Option<Failure> {
        self.state.with(|state| state.failure.clone())
    }

    /// Whether the last answer belongs to an earlier question.
    pub fn is_stale(self) -> bool {
        let query = self.query.get();
        self.with(|answered| answered.is_some_and(|answered| answered.query != query))
    }

    /// Asks the present question once more.
    pub fn ask(self) {
        let Some(query) = self.query.try_get_untracked() else { return };
        if self.in_flight.with_value(|asked| asked.as_ref() == Some(&query)) {
            self.again.set_value(true);
            return;
        }
        self.in_flight.set_value(Some(query.clone()));
        self.again.set_value(false);
        spawn_local(async move {
            let result = api::query(&query).await;
            self.take(query, result);
        });
    }

    fn take(self, query: Query, result: Result<Answer, Failure>) {
        let is_current = self.in_flight.try_with_value(|asked| asked.as_ref() == Some(&query));
        // None: the panel has left the screen.
        if is_current != Some(true) {
            return;
        }
        self.in_flight.set_value(None);
        if let Err(failure) = &result {
            self.session.note(failure);
        }
        self.state.update(|state| match result {
            Ok(answer) => {
                *state = State { answered: Some(Answered { query, answer }), failure: None };
            }
            Err(failure) => {
                // A missed refresh is no reason to take a good answer off the screen, nor is a session that ended.
                let is_answered = state.answered.as_ref().is_some_and(|last| last.query == query);
                let is_kept = is_answered || self.session.is_interrupted_untracked();
                state.failure = (!is_kept).then_some(failure);
            }
        });
        if self.again.get_value() {
            self.ask();
        }
    }
}

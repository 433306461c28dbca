//! A question that is kept answered while its page is on the screen: [`crate::report`], for questions and answers of any form.
//! What came last stays, dimmed, until the next is there.

use std::sync::Arc;

use gloo_net::http::Method;
use leptos::prelude::*;
use serde::de::DeserializeOwned;

use crate::api::Failure;
use crate::later::while_there;
use crate::manage;
use crate::session::Session;

/// A question and what came back.
pub struct Asked<T: Send + Sync + 'static> {
    question: Memo<Option<String>>,
    answered: RwSignal<Option<(String, Arc<T>)>>,
    failure: RwSignal<Option<Failure>>,
    /// Grows when the same is to be asked once more.
    round: RwSignal<u64>,
}

impl<T: Send + Sync + 'static> Clone for Asked<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Asked<T> {}

impl<T: DeserializeOwned + Send + Sync + 'static> Asked<T> {
    /// Asks by `POST` now and whenever the question changes, which is the body as JSON; none: there is nothing to ask yet.
    pub fn keep(path: &'static str, question: Memo<Option<String>>) -> Self {
        let asked =
            Self { question, answered: RwSignal::new(None), failure: RwSignal::new(None), round: RwSignal::new(0) };
        let session = Session::of_page();
        Effect::new(move || {
            asked.round.track();
            session.track();
            let Some(question) = question.get() else {
                asked.answered.set(None);
                asked.failure.set(None);
                return;
            };
            asked.ask(session, path, question);
        });
        asked
    }

    fn ask(self, session: Session, path: &'static str, question: String) {
        let asking = async move {
            let result = manage::request(Method::POST, path, Some(question.clone()), None).await;
            self.take(session, question, result.and_then(|answer| manage::parsed(&answer)));
        };
        while_there(move || self.answered.is_disposed(), asking);
    }

    fn take(self, session: Session, question: String, result: Result<T, Failure>) {
        // What was asked meanwhile is what is wanted.
        if self.question.try_get_untracked().flatten().as_ref() != Some(&question) {
            return;
        }
        match result {
            Ok(answer) => {
                self.answered.set(Some((question, Arc::new(answer))));
                self.failure.set(None);
            }
            Err(failure) => {
                session.note(&failure);
                if session.is_interrupted_untracked() {
                    return;
                }
                // What was told of another question is no answer to this one.
                if self.answered.with_untracked(|last| last.as_ref().is_some_and(|(asked, _)| *asked != question)) {
                    self.answered.set(None);
                }
                self.failure.set(Some(failure));
            }
        }
    }

    /// The last answer.
    pub fn answer(self) -> Option<Arc<T>> {
        self.answered.with(|answered| answered.as_ref().map(|(_, answer)| Arc::clone(answer)))
    }

    /// Whether the last answer belongs to an earlier question.
    pub fn is_stale(self) -> bool {
        let question = self.question.get();
        self.answered.with(|answered| answered.as_ref().is_some_and(|(asked, _)| Some(asked) != question.as_ref()))
    }

    /// Why the present question could not be answered.
    pub fn failure(self) -> RwSignal<Option<Failure>> {
        self.failure
    }

    /// Asks the present question once more.
    pub fn again(self) {
        self.round.update(|round| *round += 1);
    }

    /// What is drawn of the answer: nothing yet, it, or why there is none. What is wrong with a field stands beside it, but
    /// for what the page is filtered by: that a segment is gone is nowhere else to be read.
    pub fn shown(self, draw: impl Fn(&T) -> AnyView + Send + Sync + 'static) -> AnyView {
        let failed = move || {
            self.failure.with(|failure| {
                let is_told_here =
                    |failure: &&Failure| failure.field().is_none_or(|field| field.starts_with("filters"));
                let failure = failure.as_ref().filter(is_told_here)?;
                let words = failure.sentence();
                Some(view! {
                    <div class="card failed" role="alert">
                        <p>{words}</p>
                        <button type="button" class="button" on:click=move |_| self.again()>"Retry"</button>
                    </div>
                })
            })
        };
        let is_waited_for = move || self.failure.with(Option::is_none) && self.question.with(Option::is_some);
        let body = move || match self.answer() {
            Some(answer) => draw(&answer),
            None if is_waited_for() => {
                view! { <div class="card people-waiting skeleton" aria-hidden="true"></div> }.into_any()
            }
            None => ().into_any(),
        };
        view! {
            {failed}
            <div class="people-answer" class:stale=move || self.is_stale() aria-busy=move || self.is_stale().to_string()>{body}</div>
        }
        .into_any()
    }
}

/// What the server says is wrong with a field of a question, for beside it; `field` may be the beginning of its name.
pub fn fault(failure: RwSignal<Option<Failure>>, field: impl Into<String>) -> AnyView {
    let field = field.into();
    let words = move || {
        failure.with(|failure| {
            let failure = failure.as_ref().filter(|failure| failure.field().is_some_and(|at| at.starts_with(&field)));
            failure.map(|failure| view! { <p class="fault" role="alert">{failure.sentence()}</p> })
        })
    };
    words.into_any()
}

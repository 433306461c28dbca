//! Forms that are saved one by one: what is wrong is said at the field it is about, in the server's words.

use std::future::Future;
use std::pin::Pin;

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, SubmitEvent};

use crate::api::Failure;
use crate::session::Session;

/// A request on its way.
pub type Sending = Pin<Box<dyn Future<Output = Result<(), Failure>>>>;

/// What a form sends; nothing where it found a fault by itself.
pub type Send = UnsyncCallback<(), Option<Sending>>;

/// Whether a form may be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lock {
    /// It may.
    Open,
    /// Whoever looks may not change it.
    Shut,
}

/// A form: what it is about, and where sending it has come to.
#[derive(Clone, Copy)]
pub struct Form {
    name: &'static str,
    fields: &'static [&'static str],
    lock: Lock,
    /// The field at fault; empty where it is none of the form's.
    at_fault: RwSignal<String>,
    fault: RwSignal<String>,
    said: RwSignal<String>,
    is_busy: RwSignal<bool>,
    session: Session,
}

impl Form {
    /// A form with the fields that are called so by the server.
    pub fn new(name: &'static str, fields: &'static [&'static str], lock: Lock) -> Self {
        let text = || RwSignal::new(String::new());
        let (at_fault, fault, said) = (text(), text(), text());
        Self { name, fields, lock, at_fault, fault, said, is_busy: RwSignal::new(false), session: Session::of_page() }
    }

    /// Id of a field's element.
    pub fn id(self, field: &str) -> String {
        format!("{}-{}", self.name, field.replace('.', "-"))
    }

    /// What is wrong with a field.
    pub fn fault_of(self, field: &str) -> Option<String> {
        self.at_fault.with(|at_fault| at_fault == field).then(|| self.fault.get()).filter(|fault| !fault.is_empty())
    }

    /// Says what is wrong with a field, and leads there.
    pub fn accuse(self, field: &str, sentence: String) {
        self.at_fault.set(field.to_owned());
        self.fault.set(sentence);
        focus_later(self.id(field));
    }

    /// A whole number as it was typed; where it is none, that is said.
    pub fn number(self, field: &str, text: RwSignal<String>) -> Option<u32> {
        let number = text.with_untracked(|text| text.trim().parse().ok());
        if number.is_none() {
            self.accuse(field, "Must be a whole number.".to_owned());
        }
        number
    }

    /// The same, where one may leave it out.
    pub fn number_if_any(self, field: &str, text: RwSignal<String>) -> Option<Option<u32>> {
        if text.with_untracked(|text| text.trim().is_empty()) { Some(None) } else { self.number(field, text).map(Some) }
    }

    /// A text that has to be there; where it is not, that is said.
    pub fn filled(self, field: &str, text: RwSignal<String>) -> Option<String> {
        let filled = text.with_untracked(|text| text.trim().to_owned());
        if filled.is_empty() {
            self.accuse(field, "Fill this in.".to_owned());
            return None;
        }
        Some(filled)
    }

    /// Waits for what is on its way, and says how it went.
    pub fn run(self, sending: Sending, done: &'static str) {
        if self.is_busy.get_untracked() {
            return;
        }
        // A control that is disabled loses the focus.
        let focused = document().active_element().map(|element| element.id()).unwrap_or_default();
        self.quiet();
        self.is_busy.set(true);
        spawn_local(async move {
            let sent = sending.await;
            if self.is_busy.try_set(false).is_some() {
                // The form has left the screen.
                return;
            }
            match sent {
                Ok(()) => {
                    self.said.set(done.to_owned());
                    focus_later(focused);
                }
                Err(failure) => self.blame(&failure),
            }
        });
    }

    fn blame(self, failure: &Failure) {
        self.session.note(failure);
        let is_about = |field: &&&str| {
            let rest = failure.field().and_then(|named| named.strip_prefix(**field));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let field = self.fields.iter().find(is_about).copied().unwrap_or_default();
        self.accuse(field, failure.sentence());
    }

    /// What was said no longer holds.
    fn quiet(self) {
        for text in [self.at_fault, self.fault, self.said] {
            if text.with_untracked(|text| !text.is_empty()) {
                text.set(String::new());
            }
        }
    }
}

/// Puts the focus on an element, once it is as it is to be.
pub fn focus_later(id: String) {
    request_animation_frame(move || {
        let element = document().get_element_by_id(&id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
        if let Some(element) = element {
            let _ = element.focus();
        }
    });
}

/// What a form says of itself.
#[derive(Clone, Copy)]
pub struct Card {
    /// What it is called.
    pub title: &'static str,
    /// What it is for.
    pub words: &'static str,
    /// What its button says.
    pub action: &'static str,
    /// What is said when it is done.
    pub done: &'static str,
}

/// A form that saves something.
pub const SAVE: Card = Card { title: "", words: "", action: "Save", done: "Saved." };

/// A form as a card: its title, what it is for, its fields, and the button that sends it.
pub fn form_card(form: Form, Card { title, words, action, done }: Card, send: Send, fields: Vec<AnyView>) -> AnyView {
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        form.quiet();
        if let Some(sending) = send.run(()) {
            form.run(sending, done);
        }
    };
    let is_shut = form.lock == Lock::Shut;
    let (heading, named, button) = (form.id("title"), form.id("title"), form.id("send"));
    view! {
        <form class="card set" novalidate aria-labelledby=named on:submit=submit on:input=move |_| form.quiet()>
            <fieldset disabled=move || is_shut || form.is_busy.get()>
                <div class="set-body">
                    <h2 id=heading>{title}</h2>
                    <p class="muted" hidden=words.is_empty()>{words}</p>
                    {fields}
                </div>
                <div class="set-foot" hidden=is_shut>
                    <p class="fault" role="alert">{move || form.fault_of("")}</p>
                    <p class="said" role="status">{move || form.said.get()}</p>
                    <button id=button type="submit" class="button primary">
                        {move || if form.is_busy.get() { "One moment…" } else { action }}
                    </button>
                </div>
            </fieldset>
        </form>
    }
    .into_any()
}

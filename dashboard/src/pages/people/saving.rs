//! What is kept under a name: saved, saved as another, renamed, deleted.

use leptos::html::{Div, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::Failure;
use crate::components::form::Sending;
use crate::session::Session;

/// What is kept, and how.
pub struct Saving {
    /// What a thing of its kind is called.
    pub noun: &'static str,
    /// Bytes of a name.
    pub name_bytes_max: usize,
    /// Whether whoever looks may keep anything.
    pub may_write: RwSignal<bool>,
    /// What is shown is called; none: it is not kept.
    pub name: Signal<Option<String>>,
    /// Whether it differs from what is kept.
    pub is_changed: Signal<bool>,
    /// Whether it can be kept as it is.
    pub is_whole: Signal<bool>,
    /// Keeps it under a new name.
    pub make: Box<dyn Fn(String) -> Sending>,
    /// Keeps it as it is now, under this name.
    pub change: Box<dyn Fn(String) -> Sending>,
    /// Keeps it no longer.
    pub remove: Box<dyn Fn() -> Sending>,
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    Nothing,
    Naming,
    Renaming,
    Deleting,
}

/// The name, and buttons for all of it.
pub fn save_bar(saving: Saving) -> AnyView {
    let Saving { noun, name_bytes_max, may_write, name, is_changed, is_whole, make, change, remove } = saving;
    let doing = RwSignal::new(Doing::Nothing);
    let failure = RwSignal::new(None::<Failure>);
    let bar = NodeRef::<Div>::new();
    let session = Session::of_page();
    let run = move |sending: Sending| {
        spawn_local(async move {
            let failed = sending.await.err();
            failed.iter().for_each(|failure| session.note(failure));
            if failed.is_none() {
                doing.try_set(Doing::Nothing);
            }
            failure.try_set(failed);
        });
    };
    // What had the focus goes with what is done.
    Effect::new(move |before: Option<Doing>| {
        let now = doing.get();
        let is_done = before.is_some_and(|before| before != now) && !matches!(now, Doing::Naming | Doing::Renaming);
        if let Some(bar) = bar.get_untracked().filter(|_| is_done) {
            let _ = bar.focus();
        }
        now
    });
    let acts = StoredValue::new_local((make, change, remove));
    let button = move |words: &'static str, next: Doing| {
        let act = move |_| {
            failure.set(None);
            doing.set(next);
        };
        view! { <button type="button" class="button quiet" on:click=act>{words}</button> }
    };
    let form = move |present: String, is_new: bool| {
        let typed = RwSignal::new(present.clone());
        let input = NodeRef::<Input>::new();
        Effect::new(move || {
            if let Some(input) = input.get() {
                let _ = input.focus();
            }
        });
        let submit = move |event: web_sys::SubmitEvent| {
            event.prevent_default();
            let name = typed.get_untracked();
            run(acts.with_value(|(make, change, _)| if is_new { make(name) } else { change(name) }));
        };
        let label = format!("Name of the {noun}");
        view! {
            <form class="save-form" on:submit=submit>
                <input
                    class="field"
                    aria-label=label.clone()
                    placeholder=label
                    node_ref=input
                    required=true
                    maxlength=name_bytes_max.to_string()
                    prop:value=present
                    on:input=move |event| typed.set(event_target_value(&event))
                />
                <button type="submit" class="button">"Save"</button>
                {button("Cancel", Doing::Nothing)}
            </form>
        }
        .into_any()
    };
    let tools = move || {
        if !may_write.get() {
            return ().into_any();
        }
        match (doing.get(), name.get()) {
            (Doing::Naming, _) => form(String::new(), true),
            (Doing::Renaming, Some(name)) => form(name, false),
            (Doing::Deleting, Some(_)) => view! {
                <span>"Delete it for everybody?"</span>
                <button type="button" class="button danger" on:click=move |_| {
                    doing.set(Doing::Nothing);
                    run(acts.with_value(|(_, _, remove)| remove()));
                }>"Delete"</button>
                {button("Cancel", Doing::Nothing)}
            }
            .into_any(),
            (_, Some(name)) => {
                let name = StoredValue::new(name);
                let save = move |_| run(acts.with_value(|(_, change, _)| change(name.get_value())));
                let save = move || {
                    let is_offered = is_changed.get() && is_whole.get();
                    is_offered
                        .then(|| view! { <button type="button" class="button" on:click=save>"Save changes"</button> })
                };
                view! {
                    {save}
                    {button("Rename", Doing::Renaming)}
                    {button("Save as…", Doing::Naming)}
                    {button("Delete…", Doing::Deleting)}
                }
                .into_any()
            }
            (_, None) => {
                let save = move || {
                    is_whole.get().then(|| view! {
                        <button type="button" class="button" on:click=move |_| doing.set(Doing::Naming)>{format!("Save {noun}")}</button>
                    })
                };
                save.into_any()
            }
        }
    };
    let heading = move || name.get().unwrap_or_else(|| format!("New {noun}"));
    view! {
        <div class="save-bar" data-testid="save" tabindex="-1" node_ref=bar>
            <h2>{heading}<span class="muted">{move || is_changed.get().then_some(" · changed")}</span></h2>
            {tools}
            {move || failure.get().map(|failure| view! { <p class="fault" role="alert">{failure.sentence()}</p> })}
        </div>
    }
    .into_any()
}

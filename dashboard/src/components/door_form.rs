//! The form of a way in.

use leptos::callback::UnsyncCallback;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::SubmitEvent;

use crate::api::Failure;
use crate::door::{Door, Field};

/// What is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    /// The field; nothing where it is none of the form's.
    field: Option<&'static str>,
    sentence: String,
}

/// Fields and their inputs. Read when they are sent: password managers fill them without a word.
type Inputs = StoredValue<Vec<(&'static str, NodeRef<Input>)>, LocalStorage>;

/// Asks for what the door asks for. What is wrong is said at the field it is about, which gets the focus.
#[component]
pub fn DoorForm(
    /// The way in.
    door: Door,
    /// What happens when it is open.
    on_open: UnsyncCallback<()>,
) -> impl IntoView {
    let (fields, action) = (door.fields(), door.action());
    let inputs: Inputs =
        StoredValue::new_local(fields.iter().map(|field| (field.name, NodeRef::<Input>::new())).collect());
    let fault = RwSignal::new(None::<Fault>);
    let is_asking = RwSignal::new(false);
    let accuse = move |wrong: Fault| {
        focus(inputs, wrong.field);
        fault.set(Some(wrong));
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if is_asking.get_untracked() {
            return;
        }
        if let Some(empty) = fields.iter().find(|field| read(inputs, field.name).is_empty()) {
            accuse(Fault { field: Some(empty.name), sentence: "Fill this in.".to_owned() });
            return;
        }
        is_asking.set(true);
        let (door, email, password) = (door.clone(), read(inputs, "email"), read(inputs, "password"));
        spawn_local(async move {
            let opened = door.open(email, password).await;
            if is_asking.try_set(false).is_some() {
                // The form has left the screen.
                return;
            }
            match opened {
                Ok(()) => on_open.run(()),
                Err(failure) => accuse(Fault { field: at_fault(fields, &failure), sentence: door.refusal(&failure) }),
            }
        });
    };
    let lines = fields.iter().enumerate().map(|(at, field)| {
        let input = inputs.with_value(|inputs| inputs.get(at).map(|(_, input)| *input)).unwrap_or_default();
        view! { <Line field=*field input fault/> }
    });
    let lines = lines.collect_view();
    Effect::new(move || focus(inputs, fields.first().map(|field| field.name)));
    let elsewhere = move || fault.get().filter(|fault| fault.field.is_none()).map(|fault| fault.sentence);
    view! {
        <form class="card door" method="post" novalidate on:submit=submit>
            {lines}
            <p class="fault" role="alert">{elsewhere}</p>
            <button type="submit" class="button primary">
                {move || if is_asking.get() { "One moment…" } else { action }}
            </button>
        </form>
    }
}

/// One field with its label, its hint and what is wrong with it.
#[component]
fn Line(field: Field, input: NodeRef<Input>, fault: RwSignal<Option<Fault>>) -> impl IntoView {
    let id = format!("door-{}", field.name);
    let about = format!("{id}-about");
    let wrong = move || fault.get().filter(|fault| fault.field == Some(field.name));
    let is_shown = RwSignal::new(false);
    let toggle = move |_| {
        is_shown.update(|is_shown| *is_shown = !*is_shown);
        if let Some(input) = input.get_untracked() {
            input.set_type(if is_shown.get_untracked() { "text" } else { field.kind });
        }
    };
    let show = (field.kind == "password").then(|| {
        view! {
            <button type="button" class="button quiet" aria-controls=id.clone() on:click=toggle>
                {move || if is_shown.get() { "Hide" } else { "Show" }}
            </button>
        }
    });
    view! {
        <div class="door-line">
            <label for=id.clone()>{field.label}</label>
            <div class="door-input">
                <input
                    id=id
                    node_ref=input
                    name=field.name
                    type=field.kind
                    autocomplete=field.autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    required
                    aria-invalid=move || wrong().map(|_| "true")
                    aria-describedby=about.clone()
                />
                {show}
            </div>
            <p class="door-about" id=about role="status">
                {move || wrong().map_or_else(|| field.hint.to_owned(), |fault| fault.sentence)}
            </p>
        </div>
    }
}

/// The form's field that a failure is about.
fn at_fault(fields: &[Field], failure: &Failure) -> Option<&'static str> {
    let named = failure.field()?;
    fields.iter().map(|field| field.name).find(|name| *name == named)
}

fn input(inputs: Inputs, name: &str) -> Option<web_sys::HtmlInputElement> {
    let found = inputs.try_with_value(|inputs| inputs.iter().find(|(found, _)| *found == name).map(|(_, at)| *at));
    found.flatten()?.get_untracked()
}

fn read(inputs: Inputs, name: &str) -> String {
    input(inputs, name).map(|input| input.value()).unwrap_or_default()
}

fn focus(inputs: Inputs, name: Option<&str>) {
    if let Some(input) = name.and_then(|name| input(inputs, name)) {
        let _ = input.focus();
        input.select();
    }
}

//! The fields of forms: each with its label, its hint and what is wrong with it.

use leptos::prelude::*;

use super::form::Form;

/// One line of text.
#[derive(Clone, Copy)]
pub struct Text {
    /// The server's name for it.
    pub name: &'static str,
    /// What stands above it.
    pub label: &'static str,
    /// What stands below it.
    pub hint: &'static str,
    /// The kind of `<input>`.
    pub kind: &'static str,
    /// What stands behind it: `days`.
    pub unit: &'static str,
    /// What stands in it while it is empty.
    pub placeholder: &'static str,
    /// What a password manager puts there.
    pub autocomplete: &'static str,
}

/// A text like any other.
pub const TEXT: Text =
    Text { name: "", label: "", hint: "", kind: "text", unit: "", placeholder: "", autocomplete: "off" };

/// A whole number.
pub const NUMBER: Text = Text { kind: "number", ..TEXT };

/// A line of text.
pub fn field(form: Form, value: RwSignal<String>, text: Text) -> AnyView {
    let Text { name, label, hint, kind, unit, placeholder, autocomplete } = text;
    let class = if kind == "number" { "field short" } else { "field" };
    view! {
        <div class=class>
            <label for=form.id(name)>{label}</label>
            <div class="field-input">
                <input
                    id=form.id(name)
                    type=kind
                    autocomplete=autocomplete
                    autocapitalize="none"
                    spellcheck="false"
                    placeholder=placeholder
                    aria-invalid=move || form.fault_of(name).map(|_| "true")
                    aria-describedby=form.id(name) + "-about"
                    prop:value=move || value.get()
                    on:input=move |event| value.set(event_target_value(&event))
                />
                <span class="muted">{unit}</span>
            </div>
            {about(form, name, hint)}
        </div>
    }
    .into_any()
}

/// What stands below a field: what is wrong with it, or what it is for.
pub fn about(form: Form, name: &'static str, hint: &'static str) -> AnyView {
    view! {
        <p
            class="about"
            class:wrong=move || form.fault_of(name).is_some()
            id=form.id(name) + "-about"
            role="status"
        >
            {move || form.fault_of(name).unwrap_or_else(|| hint.to_owned())}
        </p>
    }
    .into_any()
}

/// One of a few: values, and what people call them.
pub fn choice(
    form: Form,
    value: RwSignal<String>,
    name: &'static str,
    label: &'static str,
    options: &'static [(&'static str, &'static str)],
) -> AnyView {
    view! {
        <div class="field">
            <label for=form.id(name)>{label}</label>
            {select(form.id(name), String::new(), value, options, move |chosen| value.set(chosen))}
        </div>
    }
    .into_any()
}

/// A list to choose from; `label` where no label stands beside it.
pub fn select(
    id: String,
    label: String,
    value: RwSignal<String>,
    options: &'static [(&'static str, &'static str)],
    choose: impl Fn(String) + 'static,
) -> AnyView {
    let options = options.iter().map(|(option, words)| {
        view! { <option value=*option selected=move || value.with(|value| value == option)>{*words}</option> }
            .into_any()
    });
    let options: Vec<AnyView> = options.collect();
    let choose: Box<dyn Fn(String)> = Box::new(choose);
    let label = Some(label).filter(|label| !label.is_empty());
    view! {
        <select id=id aria-label=label on:change=move |event| choose(event_target_value(&event))>{options}</select>
    }
    .into_any()
}

/// One of a few, each with what it means: values, what people call them, and that.
pub fn cards(
    form: Form,
    value: RwSignal<String>,
    name: &'static str,
    label: &'static str,
    options: &'static [(&'static str, &'static str, &'static str)],
) -> AnyView {
    let cards = options.iter().map(|(option, title, words)| {
        let id = form.id(name) + "-" + option;
        let about = id.clone() + "-about";
        view! {
            <div class="choice-card">
                <input
                    type="radio"
                    id=id.clone()
                    name=form.id(name)
                    value=*option
                    aria-describedby=about.clone()
                    prop:checked=move || value.with(|value| value == option)
                    on:change=move |_| value.set((*option).to_owned())
                />
                <label for=id>{*title}</label>
                <p class="about" id=about>{*words}</p>
            </div>
        }
        .into_any()
    });
    let cards: Vec<AnyView> = cards.collect();
    view! { <div class="choice-cards" role="radiogroup" aria-label=label>{cards}</div> }.into_any()
}

/// Yes or no.
pub fn tick(form: Form, value: RwSignal<bool>, name: &'static str, label: &'static str, hint: &'static str) -> AnyView {
    view! {
        <div class="tick">
            <input
                type="checkbox"
                id=form.id(name)
                aria-describedby=form.id(name) + "-about"
                prop:checked=move || value.get()
                on:change=move |event| value.set(event_target_checked(&event))
            />
            <label for=form.id(name)>{label}</label>
            {about(form, name, hint)}
        </div>
    }
    .into_any()
}

/// Fields that belong together, with what is wrong with all of them.
pub fn group(form: Form, name: &'static str, legend: &'static str, fields: Vec<AnyView>) -> AnyView {
    view! {
        <fieldset class="ticks" id=form.id(name) tabindex="-1" aria-describedby=form.id(name) + "-about">
            <legend>{legend}</legend>
            {fields}
            {about(form, name, "")}
        </fieldset>
    }
    .into_any()
}

/// Fields that are there while something holds.
pub fn only_if(holds: impl Fn() -> bool + Send + Sync + 'static, fields: Vec<AnyView>) -> AnyView {
    let holds = Signal::derive(holds);
    view! { <div class="set-group" hidden=move || !holds.get()>{fields}</div> }.into_any()
}

//! A choice of one among several. All of them are of one kind, so that they are compiled once.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;

/// What can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choosable {
    /// What is handed on.
    pub value: String,
    /// What people read.
    pub words: String,
    /// Whether it is chosen.
    pub is_chosen: bool,
}

impl Choosable {
    /// Something to choose.
    pub fn new(value: impl Into<String>, words: impl Into<String>, is_chosen: bool) -> Self {
        Self { value: value.into(), words: words.into(), is_chosen }
    }
}

/// The list, and what is done when another is chosen.
pub fn choice(
    label: String,
    test_id: &'static str,
    class: &'static str,
    list: Signal<Vec<Choosable>>,
    choose: UnsyncCallback<String>,
) -> AnyView {
    let options = move || {
        let options = list.get().into_iter().map(|Choosable { value, words, is_chosen }| {
            view! { <option value=value selected=is_chosen>{words}</option> }
        });
        options.collect_view()
    };
    let chosen =
        move || list.with(|list| list.iter().find(|choosable| choosable.is_chosen).map(|chosen| chosen.value.clone()));
    view! {
        <select
            class=class
            aria-label=label
            data-testid=test_id
            prop:value=move || chosen().unwrap_or_default()
            on:change:target=move |event| {
                let select = event.target();
                choose.run(select.value());
                // What is chosen shows once it is: a list to add from goes back to its first line.
                select.set_value(&untrack(chosen).unwrap_or_default());
            }
        >
            {options}
        </select>
    }
    .into_any()
}

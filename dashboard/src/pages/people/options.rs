//! A choice of one among a few that have names in addresses.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;

use super::editing::{Asks, Editing};
use crate::components::choice::{Choosable, choice};

/// One of a few: its name in addresses, and what people read.
pub type Named<T> = (T, &'static str, &'static str);

/// The choice; `choose` is handed what was chosen.
pub fn one_of<T: Copy + PartialEq + Send + Sync + 'static>(
    label: &'static str,
    options: &'static [Named<T>],
    chosen: Signal<T>,
    choose: impl Fn(T) + 'static,
) -> AnyView {
    let list = Signal::derive(move || {
        let chosen = chosen.get();
        options.iter().map(|(option, name, words)| Choosable::new(*name, *words, *option == chosen)).collect()
    });
    let choose = UnsyncCallback::new(move |name: String| {
        if let Some((option, ..)) = options.iter().find(|(_, known, _)| *known == name) {
            choose(*option);
        }
    });
    choice(label.to_owned(), "", "field", list, choose)
}

impl<S: Asks, K: Copy + Send + Sync + 'static> Editing<S, K> {
    /// The choice of a part of the question.
    pub fn one_of<T: Copy + PartialEq + Send + Sync + 'static>(
        self,
        label: &'static str,
        options: &'static [Named<T>],
        get: fn(&S) -> T,
        set: fn(&mut S, T),
    ) -> AnyView {
        let chosen = Signal::derive(move || self.state.with(get));
        one_of(label, options, chosen, move |next| self.change(|state| set(state, next)))
    }
}

/// A choice within a line, behind the words that it goes on from.
pub fn also(words: &'static str, choice: AnyView) -> AnyView {
    view! { <span class="build-also"><span class="muted" aria-hidden="true">{words}</span>{choice}</span> }.into_any()
}

/// The name of one of a few in addresses.
pub fn name_of<T: Copy + PartialEq>(options: &[Named<T>], one: T) -> &'static str {
    options.iter().find(|(known, ..)| *known == one).map_or("", |(_, name, _)| name)
}

/// The one of a name.
pub fn named<T: Copy>(options: &[Named<T>], name: Option<&str>) -> Option<T> {
    options.iter().find(|(_, known, _)| Some(*known) == name).map(|(found, ..)| *found)
}

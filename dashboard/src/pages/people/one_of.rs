//! A choice of one among a few that stand in an order.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;

use crate::components::choice::{Choosable, choice};

/// The list: what people read, which of it is chosen by its place, and what is done when another is.
pub fn one_of(
    label: &'static str,
    words: &'static [&'static str],
    chosen: Signal<usize>,
    choose: impl Fn(usize) + 'static,
) -> AnyView {
    let list = Signal::derive(move || {
        let chosen = chosen.get();
        words.iter().enumerate().map(|(at, words)| Choosable::new(at.to_string(), *words, at == chosen)).collect()
    });
    let choose = UnsyncCallback::new(move |chosen: String| chosen.parse().into_iter().for_each(&choose));
    choice(label.to_owned(), "", "field", list, choose)
}

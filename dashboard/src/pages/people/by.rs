//! The dimension that an answer is broken down by.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::query::Dimension;

use super::frame::Asking;
use crate::components::choice::{Choosable, choice};
use crate::components::names;

/// A choice of what single events tell, and of nothing.
pub fn by_choice(
    asking: Asking,
    chosen: Signal<Option<Dimension>>,
    choose: UnsyncCallback<Option<Dimension>>,
) -> AnyView {
    asking.known.ask();
    let list = Signal::derive(move || {
        let chosen = chosen.get();
        let own = asking.known.properties.get().into_iter();
        let own = own.filter_map(|name| Dimension::named(&format!("property:{name}")));
        let told = |by: &Dimension| !matches!(by, Dimension::EntryPage | Dimension::ExitPage | Dimension::Goal);
        let mut all: Vec<_> = names::DIMENSIONS.into_iter().filter(told).chain(own).collect();
        all.extend(chosen.filter(|chosen| !all.contains(chosen)));
        let all = all.into_iter().map(|by| Choosable::new(by.to_string(), names::dimension(by), chosen == Some(by)));
        [Choosable::new("", "Nothing", chosen.is_none())].into_iter().chain(all).collect()
    });
    let choose = UnsyncCallback::new(move |name: String| choose.run(Dimension::named(&name)));
    choice("Broken down by".to_owned(), "breakdown", "field", list, choose)
}

//! Pages with styles of their own.

use leptos::prelude::*;

use crate::later::asset;

/// A page, once the styles hold that links of the page's head name. They hold while the page is there.
pub fn styled(sheets: &'static [&'static str], page: AnyView) -> AnyView {
    let left = RwSignal::new(sheets.len());
    // Without its styles a page is still a page.
    let count = move || left.update(|left| *left = left.saturating_sub(1));
    let links = sheets.iter().map(|sheet| {
        view! { <link rel="stylesheet" href=asset(sheet) on:load=move |_| count() on:error=move |_| count()/> }
    });
    view! {
        {links.collect_view()}
        <div hidden=move || { left.get() > 0 }>{page}</div>
    }
    .into_any()
}

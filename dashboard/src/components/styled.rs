//! Pages with styles of their own.

use leptos::prelude::*;

/// A page, once the styles hold that links of the page's head name. They hold while the page is there.
pub fn styled(sheets: &'static [&'static str], page: AnyView) -> AnyView {
    let left = RwSignal::new(sheets.len());
    // Without its styles a page is still a page.
    let count = move || left.update(|left| *left = left.saturating_sub(1));
    let links = sheets.iter().map(|sheet| {
        let href = document().get_element_by_id(sheet).and_then(|link| link.get_attribute("href"));
        view! { <link rel="stylesheet" href=href on:load=move |_| count() on:error=move |_| count()/> }
    });
    view! {
        {links.collect_view()}
        <div hidden=move || { left.get() > 0 }>{page}</div>
    }
    .into_any()
}

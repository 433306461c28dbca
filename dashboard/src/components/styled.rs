//! Pages with styles of their own.

use leptos::prelude::*;

/// A page, once the styles hold that a link of the page's head names. They hold while the page is there.
pub fn styled(sheet: &str, page: AnyView) -> AnyView {
    let is_styled = RwSignal::new(false);
    let href = document().get_element_by_id(sheet).and_then(|link| link.get_attribute("href"));
    // Without its styles a page is still a page.
    let show = move || is_styled.set(true);
    view! {
        <link rel="stylesheet" href=href on:load=move |_| show() on:error=move |_| show()/>
        <div hidden=move || !is_styled.get()>{page}</div>
    }
    .into_any()
}

//! Texts to take along: a link, a key, a snippet.

use leptos::prelude::*;

use super::copy_button::CopyButton;

/// A text in a box, with a button that copies it. `what` it is, for those who cannot see it.
pub fn copyable(text: Signal<String>, what: &'static str) -> AnyView {
    let is_line = move || !text.with(|text| text.contains('\n'));
    view! {
        <div class="snippet" class:line=is_line>
            <pre class="code" tabindex="0" aria-label=what><code>{move || text.get()}</code></pre>
            <CopyButton text what/>
        </div>
    }
    .into_any()
}

/// What is shown this once, and what to do with it; nothing while `text` is empty.
pub fn shown_once(text: RwSignal<String>, what: &'static str, words: &'static str) -> AnyView {
    view! {
        <div class="once" role="status" hidden=move || text.with(String::is_empty)>
            <p>{words}</p>
            {copyable(text.into(), what)}
        </div>
    }
    .into_any()
}

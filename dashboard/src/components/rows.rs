//! Sections of a page, and lists in them.

use leptos::prelude::*;

/// A row of a list.
#[derive(Default)]
pub struct Row {
    /// What it is about.
    pub title: String,
    /// What is known of it.
    pub lines: Vec<String>,
    /// What may be done to it.
    pub actions: Vec<AnyView>,
    /// What stands below all that.
    pub below: Option<AnyView>,
}

/// A list; where it is empty, `nothing` says so.
pub fn rows(rows: Vec<Row>, nothing: &'static str) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="empty">{nothing}</p> }.into_any();
    }
    let rows = rows.into_iter().map(|Row { title, lines, actions, below }| {
        let lines: Vec<AnyView> =
            lines.into_iter().map(|line| view! { <span class="muted">{line}</span> }.into_any()).collect();
        view! {
            <li>
                <div class="row-main"><b>{title}</b>{lines}</div>
                <div class="row-actions">{actions}</div>
                {below}
            </li>
        }
        .into_any()
    });
    let rows: Vec<AnyView> = rows.collect();
    view! { <ul class="rows">{rows}</ul> }.into_any()
}

/// A part of a page: its title, what it is about, and what is in it.
pub fn section(title: String, words: &'static str, body: Vec<AnyView>) -> AnyView {
    view! {
        <section class="card set">
            <div class="set-body">
                <h2>{title}</h2>
                <p class="muted" hidden=words.is_empty()>{words}</p>
                {body}
            </div>
        </section>
    }
    .into_any()
}

/// Something to know.
pub fn note(words: &'static str) -> AnyView {
    view! { <p class="note" role="note">{words}</p> }.into_any()
}

/// A plain word or two.
pub fn words(words: impl Into<String>) -> AnyView {
    let words: String = words.into();
    view! { <p class="muted">{words}</p> }.into_any()
}

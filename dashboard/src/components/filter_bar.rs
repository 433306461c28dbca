//! What is shown only in part: a pill for each condition, and the way to more.

use leptos::prelude::*;
use wire::query::Dimension;

use super::icon::{Icon, Picture};
use super::names;
use crate::format;
use crate::kept::Kept;
use crate::overview::{Piece, piece};
use crate::shown::Shown;
use crate::view::View;
use crate::view::filter::{Condition, OPERATORS};

/// Which condition a dialog is about: one that is there, or a new one.
pub type Edited = RwSignal<Option<Option<usize>>>;

/// The pills. Each opens what it says for a change; its cross takes it away.
#[component]
pub fn FilterBar(
    /// What is shown.
    shown: Shown,
    /// The condition that is being changed.
    edited: Edited,
    /// What is kept of the site.
    kept: Kept,
) -> impl IntoView {
    let pills = move || {
        let view = shown.view();
        let pill = |(at, condition): (usize, &Condition)| {
            let words = words(condition, kept);
            let label = format!("Remove: {words}");
            view! {
                <li class="pill">
                    <button type="button" on:click=move |_| edited.set(Some(Some(at)))>{words}</button>
                    <a href=shown.address(&view.without(at)) aria-label=label title="Remove">
                        <Icon picture=Picture::CROSS/>
                    </a>
                </li>
            }
        };
        view.conditions.iter().enumerate().map(pill).collect_view()
    };
    let all = move || {
        shown.with(|view| {
            let none = View { conditions: Vec::new(), ..view.clone() };
            (view.conditions.len() > 1).then(|| {
                view! { <li><a class="button quiet" href=shown.address(&none)>"Clear all"</a></li> }
            })
        })
    };
    view! {
        <ul class="pills" aria-label="Filters">
            {pills}
            <li>
                <button type="button" class="button quiet" title="Filter (/)" on:click=move |_| edited.set(Some(None))>
                    <Icon picture=Picture::FUNNEL/>
                    <span>"Filter"</span>
                </button>
            </li>
            {all}
            {piece(Piece::Segments(kept, shown))}
        </ul>
    }
}

/// A condition as a sentence: `Page is /blog or /news`.
fn words(condition: &Condition, kept: Kept) -> String {
    let operator = OPERATORS.iter().find(|(known, ..)| *known == condition.operator).map_or("", |(.., words)| words);
    let values = condition.values.iter().map(|value| match condition.dimension {
        Dimension::Segment => kept.segment(value),
        dimension => names::value(dimension, value),
    });
    format!("{} {operator} {}", names::dimension(condition.dimension), format::or(values))
}

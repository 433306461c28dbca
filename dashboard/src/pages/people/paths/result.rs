//! The ways that people took: as columns, as a table, as a file.

use leptos::prelude::*;
use wire::analysis::{PathsAnswer, Unit};

use super::super::told::{Rows, csv_button, day_note, drawn_or_table, meta_line, percent, table, unit_words};
use super::Editing;
use super::columns::{columns, share};
use super::state::State;
use crate::format;

/// The answer.
pub fn drawn(editing: Editing, answer: &PathsAnswer) -> AnyView {
    let state = editing.state.get_untracked();
    let note = {
        let href = editing.address(&State { unit: Unit::Sessions, ..state.clone() });
        day_note(
            &answer.meta,
            "Ways end at midnight (UTC), for who goes on is not known to be the same.",
            Some(view! { <a href=href>"Count visits instead"</a> }.into_any()),
        )
    };
    if answer.total == 0 {
        return view! {
            {note}
            <p class="card panel-empty muted people-hint">"Nobody did this in this period."</p>
            {meta_line(&answer.meta)}
        }
        .into_any();
    }
    let is_table = RwSignal::new(false);
    let (many, _) = unit_words(&answer.meta.unit);
    let kept = StoredValue::new(answer.clone());
    let body = move || {
        if is_table.get() {
            return table("The steps, column by column", kept.with_value(|answer| node_rows(many, answer)));
        }
        kept.with_value(|answer| columns(editing, answer))
    };
    let links = move || kept.with_value(|answer| link_rows(many, answer));
    view! {
        {note}
        <section class="card people-card" aria-labelledby="ways-heading" data-testid="ways">
            <header class="people-head">
                <h3 id="ways-heading">{format!("{} {}", format::whole(answer.total), many.to_lowercase())}</h3>
                {drawn_or_table(is_table)}
                {csv_button(|| "paths".to_owned(), links)}
            </header>
            {body}
        </section>
        {meta_line(&answer.meta)}
    }
    .into_any()
}

fn node_rows(many: &str, answer: &PathsAnswer) -> Rows {
    let head = ["What", "Step", many, "Share", "Stop here"].map(str::to_owned).to_vec();
    let last = answer.columns.len().saturating_sub(1);
    let rows = answer.columns.iter().enumerate().flat_map(|(at, column)| {
        column.iter().map(move |node| {
            let ended = if at == last { "–".to_owned() } else { node.ended.to_string() };
            let share = percent(share(node.users, answer.total));
            vec![node.name.clone(), at.to_string(), node.users.to_string(), share, ended]
        })
    });
    [head].into_iter().chain(rows).collect()
}

fn link_rows(many: &str, answer: &PathsAnswer) -> Rows {
    let name = |column: usize, row: usize| {
        answer.columns.get(column).and_then(|column| column.get(row)).map(|node| node.name.clone()).unwrap_or_default()
    };
    let head = ["Step", "From", "To", many].map(str::to_owned).to_vec();
    let links = answer.links.iter().enumerate().flat_map(|(at, links)| {
        let name = &name;
        links
            .iter()
            .map(move |link| vec![at.to_string(), name(at, link.from), name(at + 1, link.to), link.users.to_string()])
    });
    [head].into_iter().chain(links).collect()
}

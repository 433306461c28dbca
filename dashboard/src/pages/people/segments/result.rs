//! How many people a segment has, within the period shown.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde::Deserialize;

use super::super::asked::Asked;
use super::super::editing::Asks;
use super::Editing;
use super::state::{State, count_of};
use crate::format;
use crate::view::View;
use crate::view::filter::Condition;
use wire::query::Dimension;

/// What is read of [`wire::query::Answer`].
#[derive(Clone, Debug, Deserialize)]
pub struct Counted {
    rows: Vec<BTreeMap<String, serde_json::Value>>,
    execution_time_ms: f64,
    meta: CountedMeta,
}

#[derive(Clone, Debug, Deserialize)]
struct CountedMeta {
    rows_read: u64,
    time_zone: String,
    people: Option<String>,
}

impl Counted {
    fn number(&self, name: &str) -> u64 {
        self.rows.first().and_then(|row| row.get(name)?.as_u64()).unwrap_or_default()
    }

    /// Time zone of the days.
    pub fn zone(&self) -> &str {
        &self.meta.time_zone
    }
}

/// The answer below the builder.
pub fn result(editing: Editing) -> AnyView {
    let Editing { asking, asked, .. } = editing;
    let is_open = editing.is_open();
    let question = Memo::new(move |_| (!is_open.get()).then(|| count_of(asking, None).to_string()));
    // How many there are of all.
    let all: Asked<Counted> = Asked::keep(State::PATH, question);
    let hint = move || {
        is_open.get().then(|| {
            view! { <p class="card panel-empty muted people-hint">"Say what is true of them: how many they are shows at once."</p> }
        })
    };
    view! {
        {hint}
        {asked.shown(move |answer| {
            let of = move || all.answer().map(|all| all.number("unique_users"));
            drawn(editing, answer, of)
        })}
    }
    .into_any()
}

fn drawn(editing: Editing, answer: &Counted, of: impl Fn() -> Option<u64> + Copy + Send + 'static) -> AnyView {
    let people = answer.number("unique_users");
    let share = move || match of() {
        Some(all) if all > 0 => {
            format!("{} of all {}", format::percent(people as f64 / all as f64), format::whole(all))
        }
        _ => String::new(),
    };
    let width = move || {
        let all = of().filter(|all| *all > 0);
        format::length(all.map_or(0.0, |all| (people as f64 / all as f64).min(1.0)))
    };
    let note = (answer.meta.people.as_deref() == Some("visitor_days")).then(|| {
        view! {
            <p class="people-note" role="note" data-testid="visitor-days">
                <span><b>"Visitors are counted anew each day. "</b>"What somebody did on another day is not known to be theirs, so a rule holds of what one visitor does within one day (UTC)."</span>
            </p>
        }
    });
    let facts = [
        ("rows", format!("{} events read", format::whole(answer.meta.rows_read))),
        ("time", format!("{} ms", format::data((answer.execution_time_ms * 10.0).round() / 10.0))),
        ("zone", answer.meta.time_zone.clone()),
    ];
    let facts = facts.map(|(name, words)| view! { <li data-name=name>{words}</li> });
    view! {
        <section class="card segment-size" aria-label="Size of the segment" data-testid="size">
            <p class="segment-people">
                <b data-testid="people" data-value=people>{format::whole(people)}</b>
                <span>{if people == 1 { "visitor" } else { "visitors" }}</span>
                <span class="muted" data-testid="share">{share}</span>
            </p>
            <div class="segment-share" aria-hidden="true"><i style:width=width></i></div>
            <p class="muted">{format!("{} events of theirs in the period shown", format::whole(answer.number("events")))}</p>
            {use_it(editing)}
        </section>
        {note}
        <ul class="meta muted" data-testid="meta" aria-label="How this answer came about">{facts}</ul>
    }
    .into_any()
}

/// The way to the overview, filtered by what is kept.
fn use_it(editing: Editing) -> AnyView {
    let Editing { asking, state, .. } = editing;
    let link = move || {
        let segment = state.with(|state| state.segment.clone())?;
        let condition = Condition::is(Dimension::Segment, segment);
        let view = asking.shown.with(|view| View { own: Vec::new(), ..view.with(condition) });
        let search = view.to_url(crate::shown::escape);
        let href = format!("/sites/{}{search}", crate::api::encoded(&asking.site()));
        Some(view! { <a class="button" href=href data-testid="use">"Use as a filter"</a> })
    };
    let hint = move || {
        state.with(|state: &State| state.segment.is_none()).then(|| {
            view! { <span class="muted">"Save it to filter reports, funnels and links by it."</span> }
        })
    };
    view! { <p class="people-actions">{link}{hint}</p> }.into_any()
}

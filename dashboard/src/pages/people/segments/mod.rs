//! Segments: people by what they did, counted while they are described, and kept under a name.

mod begin;
mod builder;
mod kept;
mod result;
mod rule;
mod state;
mod words;

use leptos::prelude::*;
use serde_json::{Value, json};

use super::asked::Asked;
use super::frame::Asking;

use begin::begin;
use builder::builder;
use kept::Keeping;
use result::{Counted, result};
use state::State;

/// The segment shown, and the ways to change it.
#[derive(Clone, Copy)]
struct Editing {
    asking: Asking,
    keeping: Keeping,
    /// The segment: as the address says it, or as it is kept where the address says but its number.
    state: Memo<State>,
    /// How many people it has.
    asked: Asked<Counted>,
    /// How many there are.
    all: Asked<Counted>,
}

impl Editing {
    /// Another segment: one step of the history.
    fn change(self, edit: impl FnOnce(&mut State)) {
        let mut next = self.state.get_untracked();
        edit(&mut next);
        self.asking.say(next.said());
    }
}

/// The page.
pub fn page(asking: Asking) -> AnyView {
    let keeping = Keeping::of(asking);
    let state = Memo::new(move |_| {
        let said = State::read(&asking.said());
        let kept = said.segment.as_deref().filter(|_| said.rules.is_empty()).and_then(|number| keeping.find(number));
        kept.map(|kept| State::of(&kept.segment.to_string(), &kept.filters)).unwrap_or(said)
    });
    let question = move |segment: Option<Value>| {
        let mut filters: Vec<Value> =
            serde_json::to_value(asking.filters()).ok().filter(Value::is_array).into_iter().collect();
        filters.extend(segment);
        json!({
            "tracking_id": asking.site(),
            "date_range": asking.span(),
            "metrics": ["unique_users", "events"],
            "filters": if filters.is_empty() { json!({}) } else { json!(["and", filters]) },
            "time_zone": asking.zone(),
        })
        .to_string()
    };
    let asked: Asked<Counted> = Asked::keep(
        "/api/v1/query",
        Memo::new(move |_| state.with(State::filters).map(|segment| question(Some(segment)))),
    );
    let all: Asked<Counted> = Asked::keep(
        "/api/v1/query",
        Memo::new(move |_| state.with(|state| state.filters().is_some()).then(|| question(None))),
    );
    Effect::new(move || {
        if let Some(answer) = asked.answer() {
            asking.note_zone(answer.zone());
        }
    });
    let editing = Editing { asking, keeping, state, asked, all };
    let is_empty = Memo::new(move |_| state.with(|state| state.rules.is_empty()));
    let body = move || match is_empty.get() {
        true => begin(editing),
        false => view! { {builder(editing)}{result(editing)} }.into_any(),
    };
    body.into_any()
}

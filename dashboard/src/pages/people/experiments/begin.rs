//! Where no experiment is shown: what one takes, and ways to begin.

use leptos::prelude::*;

use super::super::keeping::cards;
use super::super::pattern::{PAGEVIEW, Pattern};
use super::Editing;
use super::state::{Compared, State};

/// What a page says to tell which variant somebody saw.
const SNIPPET: &str = "tidemark.variant(\"checkout\", \"B\")";

/// The property that the snippet sends.
const USUAL: &str = "variant";

/// The page without an experiment.
pub fn begin(editing: Editing) -> AnyView {
    let known = editing.asking.known;
    known.ask();
    let kept = cards(editing, editing.keeping, |state: &State| {
        let metrics = state.metrics.iter().map(Compared::called).collect::<Vec<_>>().join(", ");
        format!("{metrics} by {}", state.property)
    });
    let new = move || {
        let state = State { property: USUAL.to_owned(), metrics: vec![Compared::conversion()], ..State::default() };
        editing.address(&state)
    };
    let example = move || {
        let is_there = known.properties.with(|all| all.iter().any(|property| property == USUAL));
        let event = known.events.get().into_iter().find(|event| event != PAGEVIEW && event != "experiment")?;
        is_there.then(|| {
            let bought = Compared { pattern: Pattern::event(&event), ..Compared::conversion() };
            let metrics = vec![bought, Compared::revenue()];
            let state = State { property: USUAL.to_owned(), metrics, ..State::default() };
            let href = editing.address(&state);
            view! {
                <a class="button" href=href data-testid="example">"Try an example: "<b class="ellipsis">{event}" by variant"</b></a>
            }
        })
    };
    view! {
        {kept}
        <section class="card people-begin" data-testid="begin">
            <h3>"Does one variant do better than another?"</h3>
            <p class="muted">
                "An experiment compares people by the variant that they saw first: how many convert, what they pay, and whether the difference is more than chance. It can be looked at every day: the verdict holds whenever you look."
            </p>
            <p class="muted">
                "Pages say which variant somebody sees by a property of an event. With the script, one line does it:"
            </p>
            <pre class="measure-code"><code>{SNIPPET}</code></pre>
            <p class="muted">
                "It sends the event "<code>"experiment"</code>" with the properties "<code>"experiment"</code>" and "<code>"variant"</code>". Any other event with a property of its own does as well."
            </p>
            <p class="people-actions"><a class="button primary" href=new>"New experiment"</a>{example}</p>
        </section>
    }
    .into_any()
}

//! Where no funnel is shown: those that are kept, and ways to begin one.

use leptos::prelude::*;

use super::super::keeping::cards;
use super::super::pattern::{PAGEVIEW, Pattern};
use super::Editing;
use super::state::State;

/// Steps of the example.
const EXAMPLE_STEPS: usize = 3;

/// Events that are no step that anybody thinks of: what the script sends to measure, and who sees which variant.
pub const NO_STEPS: [&str; 4] = [PAGEVIEW, "engagement", "web-vitals", "experiment"];

/// The page without a funnel.
pub fn begin(editing: Editing) -> AnyView {
    let known = editing.asking.known;
    known.ask();
    let kept = cards(editing, editing.keeping, |state: &State| {
        state.steps.iter().map(Pattern::called).collect::<Vec<_>>().join(" → ")
    });
    let new = move || editing.address(&State { steps: vec![Pattern::event(""); 2], ..State::default() });
    let example = move || {
        let steps = example(&known.events.get(), &known.pages.get());
        (steps.len() > 1).then(|| {
            let words = steps.iter().map(Pattern::words).collect::<Vec<_>>().join(" → ");
            let href = editing.address(&State { steps, ..State::default() });
            view! {
                <a class="button" href=href data-testid="example">"Try an example: "<b class="ellipsis">{words}</b></a>
            }
        })
    };
    view! {
        {kept}
        <section class="card people-begin" data-testid="begin">
            <h3>"How many get from one step to the next?"</h3>
            <p class="muted">
                "A funnel follows people through two to ten steps, each an event or a page, and shows where they stop, how long they take and what they do instead."
            </p>
            <p class="people-actions"><a class="button primary" href=new>"New funnel"</a>{example}</p>
        </section>
    }
    .into_any()
}

/// Steps of what the site sends most: any page, then the most frequent events; or the most frequent pages.
fn example(events: &[String], pages: &[String]) -> Vec<Pattern> {
    let events = events
        .iter()
        .filter(|event| !NO_STEPS.contains(&event.as_str()))
        .take(EXAMPLE_STEPS - 1)
        .map(|event| Pattern::event(event));
    let steps: Vec<Pattern> = [Pattern::page("")].into_iter().chain(events).collect();
    match steps.len() {
        0 | 1 => pages.iter().take(EXAMPLE_STEPS).map(|page| Pattern::page(page)).collect(),
        _ => steps,
    }
}

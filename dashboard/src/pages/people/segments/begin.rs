//! Where no segment is shown: those that are kept, and ways to begin one.

use leptos::prelude::*;

use super::super::funnels::NO_STEPS;
use super::super::keeping::cards;
use super::Editing;
use super::rule::{About, Bound, Rule};
use super::state::State;

/// The page without a segment.
pub fn begin(editing: Editing) -> AnyView {
    let asking = editing.asking;
    asking.known.ask();
    let kept = cards(editing, editing.keeping.segments, move |state: &State| {
        let called = |about: About, name: &str| editing.keeping.called(about, name);
        let joined = if state.is_any { " or " } else { " and " };
        state.rules.iter().map(|rule| rule.words(&called)).collect::<Vec<_>>().join(joined)
    });
    let new = move || editing.address(&State { rules: vec![Rule::default()], ..State::default() });
    let example = move || {
        let events = asking.known.events.get();
        let event = events.iter().find(|event| !NO_STEPS.contains(&event.as_str()))?;
        let pattern = super::super::pattern::Pattern::event(event);
        let rule = Rule { pattern, times: Some((Bound::AtLeast, 2)), ..Rule::default() };
        let words = rule.words(&|_, name| name.to_owned());
        let href = editing.address(&State { rules: vec![rule], ..State::default() });
        Some(
            view! { <a class="button" href=href data-testid="example">"Try an example: "<b class="ellipsis">{words}</b></a> },
        )
    };
    view! {
        {kept}
        <section class="card people-begin" data-testid="begin">
            <h3>"Who are they, by what they did?"</h3>
            <p class="muted">
                "A segment is a group of people: those who bought three times, first came in March, stopped at the second step of a funnel, or never read the docs. Kept under a name, it is a filter in every report, funnel and shared link."
            </p>
            <p class="people-actions"><a class="button primary" href=new>"New segment"</a>{example}</p>
        </section>
    }
    .into_any()
}

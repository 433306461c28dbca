//! What a funnel is: steps in their order, and how they count. Each change shows at once.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::analysis::StepOrder;
use wire::limits::{FUNNEL_EXCLUSIONS_MAX, FUNNEL_SEGMENTS_MAX, FUNNEL_STEPS_MAX, FUNNEL_STEPS_MIN};

use super::super::asked::fault;
use super::super::by::by_choice;
use super::super::keeping::keeping_bar;
use super::super::options::also;
use super::super::pattern::Pattern;
use super::super::picker::{Picking, picker};
use super::Editing;
use super::state::{ATTEMPTS, Excluded, ORDERS, UNITS};
use crate::components::choice::{Choosable, choice};
use crate::components::form::focus_later;
use crate::components::{Icon, Picture};

/// Windows that are offered, as the API and as people call them.
const WINDOWS: [(&str, &str); 8] = [
    ("30m", "30 minutes"),
    ("1h", "1 hour"),
    ("1d", "1 day"),
    ("3d", "3 days"),
    ("", "7 days"),
    ("14d", "14 days"),
    ("30d", "30 days"),
    ("90d", "90 days"),
];

/// The card.
pub fn builder(editing: Editing) -> AnyView {
    let Editing { state, asked, .. } = editing;
    let count = Memo::new(move |_| state.with(|state| state.steps.len()));
    let steps = move || (0..count.get()).map(|at| step(editing, at, count)).collect::<Vec<_>>();
    let add = move |_| {
        let at = count.get_untracked();
        editing.change(|state| state.steps.push(Pattern::event("")));
        focus_later(format!("step-{at}-value"));
    };
    let is_full = move || count.get() >= FUNNEL_STEPS_MAX;
    let exclusions = Memo::new(move |_| state.with(|state| state.exclude.len()));
    let excluded = move || (0..exclusions.get()).map(|at| exclusion(editing, at)).collect::<Vec<_>>();
    let exclude = move |_| {
        let at = exclusions.get_untracked();
        editing.change(|state| state.exclude.push(Excluded { pattern: Pattern::event(""), between: None }));
        focus_later(format!("excluded-{at}-value"));
    };
    let is_excluded = move || exclusions.get() >= FUNNEL_EXCLUSIONS_MAX;
    let failure = asked.failure();
    view! {
        <section class="card build" aria-label="Funnel" data-testid="builder">
            <div class="people-bar">
                {keeping_bar(editing, editing.keeping)}
                <a class="button quiet" href=move || editing.asking.address(Default::default())>"All funnels"</a>
            </div>
            <ol class="steps" aria-label="Steps">{steps}</ol>
            {fault(failure, "steps")}
            <div class="steps-more">
                <button type="button" class="button quiet add" id="add-step" hidden=is_full on:click=add>"Add step"</button>
                <button
                    type="button"
                    class="button quiet add"
                    hidden=is_excluded on:click=exclude>
                    "Add exclusion"
                </button>
            </div>
            <ul class="steps" aria-label="Exclusions">{excluded}</ul>
            {fault(failure, "exclude")}
            {options(editing)}
        </section>
    }
    .into_any()
}

/// A step: what it is, and the ways to move and remove it. Alt and an arrow move it too.
fn step(editing: Editing, at: usize, count: Memo<usize>) -> AnyView {
    let Editing { asking, state, .. } = editing;
    let pattern = Signal::derive(move || state.with(|state| state.steps.get(at).cloned().unwrap_or_default()));
    let change = UnsyncCallback::new(move |next: Pattern| {
        editing.change(|state| {
            if let Some(step) = state.steps.get_mut(at) {
                // A name of one's own was that of other events.
                let name = if step.value() == next.value() { next.name.clone() } else { String::new() };
                *step = Pattern { name, ..next };
            }
        });
    });
    let number = at + 1;
    let move_to = move |to: Option<usize>, focus: &'static str| {
        let Some(to) = to.filter(|to| *to < count.get_untracked()) else { return };
        editing.change(|state| {
            state.steps.swap(at, to);
        });
        focus_later(format!("step-{to}-{focus}"));
    };
    let remove = move |_| {
        editing.change(|state| {
            if at < state.steps.len() {
                state.steps.remove(at);
            }
        });
        focus_later("add-step".to_owned());
    };
    let key = move |event: web_sys::KeyboardEvent| {
        if !event.alt_key() {
            return;
        }
        match event.key().as_str() {
            "ArrowUp" => move_to(at.checked_sub(1), "value"),
            "ArrowDown" => move_to(Some(at + 1), "value"),
            _ => return,
        }
        event.prevent_default();
    };
    let label = format!("Step {number}");
    let picking = Picking { id: format!("step-{at}"), label: label.clone(), pattern, change };
    let tool = move |words: &'static str, name: &'static str, picture, is_off: Signal<bool>, to: Option<usize>| {
        view! {
            <button
                type="button"
                class="icon-button"
                id=format!("step-{at}-{name}")
                aria-label=format!("{words} step {number}")
                title=format!("{words} (Alt and an arrow key)")
                aria-disabled=move || is_off.get().to_string()
                on:click=move |_| move_to(to, name)
            >
                <Icon picture/>
            </button>
        }
    };
    let is_short = move || count.get() <= FUNNEL_STEPS_MIN;
    let is_last = Signal::derive(move || at + 1 >= count.get());
    view! {
        <li class="step" on:keydown=key>
            <span class="step-number" aria-hidden="true">{number}</span>
            {picker(asking, picking)}
            <span class="step-tools">
                {tool("Move up", "up", Picture::UP, Signal::stored(at == 0), at.checked_sub(1))}
                {tool("Move down", "down", Picture::DOWN, is_last, Some(at + 1))}
                <button
                    type="button"
                    class="icon-button"
                    aria-label=format!("Remove step {number}")
                    title="Remove"
                    hidden=is_short
                    on:click=remove
                >
                    <Icon picture=Picture::CROSS/>
                </button>
            </span>
        </li>
    }
    .into_any()
}

/// What must not happen, and between which steps.
fn exclusion(editing: Editing, at: usize) -> AnyView {
    let Editing { asking, state, .. } = editing;
    let excluded = Memo::new(move |_| state.with(|state| state.exclude.get(at).cloned().unwrap_or_default()));
    let edit = move |edit: &dyn Fn(&mut Excluded)| {
        editing.change(|state| state.exclude.get_mut(at).into_iter().for_each(edit));
    };
    let change = UnsyncCallback::new(move |next: Pattern| edit(&|excluded| excluded.pattern = next.clone()));
    let number = at + 1;
    let picking = Picking {
        id: format!("excluded-{at}"),
        label: format!("Exclusion {number}"),
        pattern: Signal::derive(move || excluded.with(|excluded| excluded.pattern.clone())),
        change,
    };
    let remove = move |_| {
        editing.change(|state| {
            if at < state.exclude.len() {
                state.exclude.remove(at);
            }
        });
        focus_later("add-step".to_owned());
    };
    let pairs = Signal::derive(move || {
        let steps = state.with(|state| state.steps.len());
        let chosen = excluded.with(|excluded| excluded.between);
        let pairs = (1..steps).flat_map(|after| (after + 1..=steps).map(move |before| (after, before)));
        let pairs = pairs.map(|(after, before)| {
            let words = format!("between steps {after} and {before}");
            Choosable::new(format!("{after},{before}"), words, chosen == Some((after, before)))
        });
        [Choosable::new("", "anywhere on the way", chosen.is_none())].into_iter().chain(pairs).collect()
    });
    let choose = UnsyncCallback::new(move |chosen: String| {
        let between =
            chosen.split_once(',').and_then(|(after, before)| Some((after.parse().ok()?, before.parse().ok()?)));
        edit(&|excluded| excluded.between = between);
    });
    // In any order there is no between.
    let is_free = move || state.with(|state| state.order == StepOrder::Any);
    view! {
        <li class="step">
            <span class="step-number" aria-hidden="true">"×"</span>
            <span class="muted">"without"</span>
            {picker(asking, picking)}
            <span hidden=is_free>{choice(format!("Exclusion {number}: where"), "", "field", pairs, choose)}</span>
            <span class="step-tools">
                <button type="button" class="icon-button" aria-label=format!("Remove exclusion {number}") title="Remove" on:click=remove>
                    <Icon picture=Picture::CROSS/>
                </button>
            </span>
        </li>
    }
    .into_any()
}

/// How steps count.
fn options(editing: Editing) -> AnyView {
    let Editing { asking, state, asked, .. } = editing;
    let failure = asked.failure();
    let windows = Signal::derive(move || {
        let chosen = state.with(|state| state.window.clone());
        let mut list: Vec<_> =
            WINDOWS.iter().map(|(length, words)| Choosable::new(*length, *words, *length == chosen)).collect();
        if !list.iter().any(|window| window.is_chosen) {
            list.push(Choosable::new(chosen.clone(), chosen, true));
        }
        list
    });
    let choose_window = UnsyncCallback::new(move |chosen: String| editing.change(|state| state.window = chosen));
    let no_window = move || {
        let is_none = state.with(|state| state.window().is_none());
        is_none.then(
            || view! { <p class="fault" role="alert">"The window must be 1 s to 90 days, such as 30m, 2h or 7d."</p> },
        )
    };
    view! {
        <div class="build-line">
            <span class="build-label" aria-hidden="true">"Counted"</span>
            <div class="build-parts">
                {editing.one_of("Counted by", UNITS, |state| state.unit, |state, unit| state.unit = unit)}
                {editing.one_of("Order", ORDERS, |state| state.order, |state, order| state.order = order)}
                {also("within", choice("Window".to_owned(), "window", "field", windows, choose_window))}
                {editing.one_of("Attempts", ATTEMPTS, |state| state.attempts, |state, attempts| state.attempts = attempts)}
                {no_window}
                {fault(failure, "window")}
                {fault(failure, "order")}
            </div>
        </div>
        <div class="build-line">
            <span class="build-label" aria-hidden="true">"Broken down by"</span>
            <div class="build-parts">
                {by_choice(asking, Signal::derive(move || state.with(|state| state.by)), UnsyncCallback::new(move |by| {
                    editing.change(|state| state.by = by);
                }))}
                {by_segments(editing)}
                {fault(failure, "breakdown_")}
            </div>
        </div>
    }
    .into_any()
}

/// The saved segments that the funnel is broken down by, each with a way to take it away, and a list to add from.
fn by_segments(editing: Editing) -> AnyView {
    let Editing { asking, state, .. } = editing;
    let chosen = Memo::new(move |_| state.with(|state| state.segments.clone()));
    let pills = move || {
        let pills = chosen.get().into_iter().map(|number| {
            let name = asking.kept.segment(&number);
            let label = format!("Remove the segment {name}");
            view! {
                <span class="pill" data-name=name.clone()>
                    <span class="ellipsis" title=name.clone()>"Segment "<b>{name.clone()}</b></span>
                    <button
                        type="button"
                        aria-label=label
                        on:click=move |_| editing.change(|state| state.segments.retain(|other| *other != number))
                    >
                        "×"
                    </button>
                </span>
            }
            .into_any()
        });
        pills.collect::<Vec<_>>()
    };
    let list = Signal::derive(move || {
        let chosen = chosen.get();
        let open = asking.kept.segments.get().into_iter().filter(|(number, _)| !chosen.contains(number));
        let open = open.map(|(number, name)| Choosable::new(number, name, false));
        [Choosable::new("", "Add segment…", true)].into_iter().chain(open).collect()
    });
    let choose = UnsyncCallback::new(move |number: String| {
        if !number.is_empty() {
            editing.change(|state| state.segments.push(number));
        }
    });
    // As many as are answered, and none where all are chosen.
    let is_full = move || list.with(|list: &Vec<_>| list.len() < 2) || chosen.with(Vec::len) >= FUNNEL_SEGMENTS_MAX;
    view! {
        {pills}
        <span hidden=is_full>{choice("Add a segment".to_owned(), "segments", "field add", list, choose)}</span>
    }
    .into_any()
}

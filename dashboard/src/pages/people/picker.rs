//! Choosing events: what kind, which one, and what must hold of them besides. What a site sends is suggested.

use std::time::Duration;

use leptos::callback::UnsyncCallback;
use leptos::html::{Input, Select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::query::{Dimension, Operator};

use super::frame::Asking;
use super::known::values;
use super::pattern::{Kind, Pattern, test_words};
use crate::components::choice::{Choosable, choice};
use crate::components::form::focus_later;
use crate::components::names;
use crate::view::filter::{Condition, OPERATORS};

/// How long typing must rest before values are asked for.
const REST: Duration = Duration::from_millis(200);

const KINDS: [(Kind, &str, &str); 3] =
    [(Kind::Event, "event", "Event"), (Kind::Page, "page", "Page"), (Kind::Any, "any", "Any event")];

/// What is chosen, and what is done when it is.
#[derive(Clone)]
pub struct Picking {
    /// Names the controls within the page.
    pub id: String,
    /// What is chosen, in words: `Step 2`.
    pub label: String,
    /// The events.
    pub pattern: Signal<Pattern>,
    /// What is done when others are chosen.
    pub change: UnsyncCallback<Pattern>,
}

/// The controls, in one line where there is room.
pub fn picker(asking: Asking, picking: Picking) -> AnyView {
    let Picking { id, label, pattern, change } = picking;
    asking.known.ask();
    // A kind that was chosen holds from now on, what is meant by it comes when it is typed.
    let kind = RwSignal::new(pattern.with_untracked(Pattern::kind));
    Effect::new(move || kind.set(pattern.with(Pattern::kind)));
    let input_id = format!("{id}-value");
    let kinds = Signal::derive(move || {
        let chosen = kind.get();
        KINDS.map(|(known, name, words)| Choosable::new(name, words, known == chosen)).to_vec()
    });
    let choose_kind = UnsyncCallback::new(move |name: String| {
        let Some((chosen, ..)) = KINDS.into_iter().find(|(_, known, _)| *known == name) else { return };
        kind.set(chosen);
        change.run(pattern.get_untracked().about(chosen, ""));
    });
    let list_id = format!("{id}-list");
    let suggestions = move || {
        let known = match kind.get() {
            Kind::Event => asking.known.events,
            Kind::Page => asking.known.pages,
            Kind::Any => return None,
        };
        let options = known.get().into_iter().map(|value| view! { <option value=value></option> });
        Some(options.collect_view())
    };
    let placeholder = move || if kind.get() == Kind::Page { "Any page, /docs/**" } else { "Name of the event" };
    let choose = move |event: web_sys::Event| {
        let value = event_target_value(&event);
        change.run(pattern.get_untracked().about(kind.get_untracked(), value.trim()));
    };
    let also = move || {
        pattern.with(|pattern| {
            let others = if pattern.kind() == Kind::Page { &pattern.pages } else { &pattern.events };
            let others = others.iter().skip(1).map(|other| format!("or {other}"));
            others.map(|words| view! { <span class="pill">{words}</span> }).collect_view()
        })
    };
    let conditions = conditions(asking, id, label.clone(), pattern, change);
    view! {
        <div class="picker" role="group" aria-label=label.clone()>
            {choice(format!("{label}: kind"), "", "field", kinds, choose_kind)}
            <input
                class="field picker-value"
                id=input_id
                hidden=move || kind.get() == Kind::Any
                list=list_id.clone()
                aria-label=format!("{label}: name")
                placeholder=placeholder
                spellcheck="false"
                autocomplete="off"
                autocapitalize="none"
                maxlength="500"
                prop:value=move || pattern.with(Pattern::value)
                on:change=choose
            />
            <datalist id=list_id>{suggestions}</datalist>
            {also}
            {conditions}
        </div>
    }
    .into_any()
}

/// What must hold besides: pills, and a form for one more.
fn conditions(
    asking: Asking,
    id: String,
    label: String,
    pattern: Signal<Pattern>,
    change: UnsyncCallback<Pattern>,
) -> AnyView {
    let is_open = RwSignal::new(false);
    let button = format!("{id}-where");
    let back = button.clone();
    let pills = move || {
        let tests = pattern.with(|pattern| pattern.tests.clone());
        let pills = tests.into_iter().enumerate().map(|(at, test)| {
            let back = back.clone();
            let remove = move || {
                let mut next = pattern.get_untracked();
                if at < next.tests.len() {
                    next.tests.remove(at);
                }
                change.run(next);
                focus_later(back.clone());
            };
            pill(test_words(&test), remove)
        });
        pills.collect_view()
    };
    let add = UnsyncCallback::new({
        let back = button.clone();
        move |test: Condition| {
            let mut next = pattern.get_untracked();
            let same = |known: &&mut Condition| known.dimension == test.dimension && known.operator == test.operator;
            match next.tests.iter_mut().find(same) {
                Some(known) => known.values.extend(test.values),
                None => next.tests.push(test),
            }
            is_open.set(false);
            change.run(next);
            focus_later(back.clone());
        }
    });
    let on_pages = on_pages(pattern, change, button.clone());
    let to = Adding { pattern, change, is_open, back: StoredValue::new(button.clone()) };
    let form = move || {
        is_open.get().then(|| {
            let is_event = pattern.with_untracked(|pattern| pattern.kind() == Kind::Event);
            view! {
                {is_event.then(|| page_form(asking, &id, to))}
                {condition_form(asking, &id, add)}
            }
        })
    };
    let words = move || if is_open.get() { "Cancel" } else { "Where…" };
    view! {
        {on_pages}
        {pills}
        <button
            type="button"
            id=button
            class="button quiet add"
            aria-label=move || format!("{} {label}", words())
            aria-expanded=move || is_open.get().to_string()
            on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)
        >
            {words}
        </button>
        {form}
    }
    .into_any()
}

/// The pages that an event must happen on, one of them: pills, each with a way to take it away.
fn on_pages(pattern: Signal<Pattern>, change: UnsyncCallback<Pattern>, back: String) -> AnyView {
    let pills = move || {
        let pages =
            pattern.with(|pattern| if pattern.kind() == Kind::Event { pattern.pages.clone() } else { Vec::new() });
        let pills = pages.into_iter().enumerate().map(|(at, page)| {
            let words = format!("{} {page}", if at == 0 { "on" } else { "or" });
            let back = back.clone();
            let remove = move || {
                let mut next = pattern.get_untracked();
                if at < next.pages.len() {
                    next.pages.remove(at);
                }
                change.run(next);
                focus_later(back.clone());
            };
            pill(words, remove)
        });
        pills.collect_view()
    };
    pills.into_any()
}

/// Something that is chosen, with a way to take it away.
fn pill(words: String, remove: impl Fn() + 'static) -> impl IntoView {
    view! {
        <span class="pill">
            <span class="ellipsis" title=words.clone()>{words.clone()}</span>
            <button type="button" aria-label=format!("Remove {words}") on:click=move |_| remove()>"×"</button>
        </span>
    }
}

/// What a form adds to, and where the focus goes then.
#[derive(Clone, Copy)]
struct Adding {
    pattern: Signal<Pattern>,
    change: UnsyncCallback<Pattern>,
    is_open: RwSignal<bool>,
    back: StoredValue<String>,
}

/// A form for a page that an event must happen on: a path, or a pattern of paths.
fn page_form(asking: Asking, id: &str, to: Adding) -> AnyView {
    let (list_id, input) = (format!("{id}-pages"), NodeRef::<Input>::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(input) = input.get_untracked() else { return };
        let page = input.value().trim().to_owned();
        if page.is_empty() {
            let _ = input.focus();
            return;
        }
        let mut next = to.pattern.get_untracked();
        if !next.pages.contains(&page) {
            next.pages.push(page);
        }
        to.is_open.set(false);
        to.change.run(next);
        focus_later(to.back.get_value());
    };
    let options = move || {
        let options = asking.known.pages.get().into_iter().map(|page| view! { <option value=page></option> });
        options.collect_view()
    };
    view! {
        <form class="picker-page" on:submit=submit>
            <span class="muted" aria-hidden="true">"on page"</span>
            <input
                class="field"
                node_ref=input
                list=list_id.clone()
                aria-label="On page"
                placeholder="/pricing, /docs/**"
                spellcheck="false"
                autocomplete="off"
                autocapitalize="none"
                maxlength="500"
            />
            <datalist id=list_id>{options}</datalist>
            <button type="submit" class="button" aria-label="Add the page">"Add"</button>
        </form>
    }
    .into_any()
}

/// A form for a condition on events: dimension, operator, value.
pub fn condition_form(asking: Asking, id: &str, add: UnsyncCallback<Condition>) -> AnyView {
    let dimension = RwSignal::new(Dimension::Page);
    let operator = RwSignal::new(Operator::Is);
    let text = RwSignal::new(String::new());
    let suggested = RwSignal::new(Vec::<String>::new());
    let (list_id, input) = (format!("{id}-values"), NodeRef::<Input>::new());
    let first = NodeRef::<Select>::new();
    Effect::new(move || {
        if let Some(first) = first.get() {
            let _ = first.focus();
        }
    });
    suggest(asking, dimension, text, suggested);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let value = text.get_untracked();
        if value.is_empty() {
            input.get_untracked().into_iter().for_each(|input| _ = input.focus());
            return;
        }
        add.run(Condition {
            operator: operator.get_untracked(),
            dimension: dimension.get_untracked(),
            values: vec![value],
        });
    };
    let dimensions = move || {
        // What only a whole visit tells is not told of an event.
        let told = |by: &Dimension| !matches!(by, Dimension::EntryPage | Dimension::ExitPage);
        let own = asking.known.properties.get().into_iter();
        let own = own.filter_map(|name| Dimension::named(&format!("property:{name}")));
        let options = names::DIMENSIONS.into_iter().filter(told).chain(own);
        let options = options.map(|by| view! { <option value=by.to_string()>{names::dimension(by)}</option> });
        options.collect_view()
    };
    let choose = move |event: web_sys::Event| {
        if let Some(chosen) = Dimension::named(&event_target_value(&event)) {
            suggested.set(Vec::new());
            dimension.set(chosen);
        }
    };
    let operators = OPERATORS.map(|(_, name, words)| view! { <option value=name>{words}</option> });
    let operate = move |event: web_sys::Event| {
        let name = event_target_value(&event);
        if let Some((chosen, ..)) = OPERATORS.into_iter().find(|(_, known, _)| *known == name) {
            operator.set(chosen);
        }
    };
    let options = move || {
        let by = dimension.get();
        let options = suggested.get().into_iter().map(|value| {
            let words = names::value(by, &value);
            let words = (words != value).then_some(words);
            view! { <option value=value label=words></option> }
        });
        options.collect_view()
    };
    view! {
        <form class="new-test" on:submit=submit>
            <select class="field" aria-label="What" node_ref=first on:change=choose>{dimensions}</select>
            <select class="field" aria-label="How" on:change=operate>{operators}</select>
            <input
                class="field"
                node_ref=input
                list=list_id.clone()
                aria-label="Value"
                placeholder="Value"
                spellcheck="false"
                autocomplete="off"
                maxlength="500"
                on:input=move |event| text.set(event_target_value(&event))
            />
            <datalist id=list_id>{options}</datalist>
            <button type="submit" class="button">"Add"</button>
        </form>
    }
    .into_any()
}

/// Asks for values that hold what is typed, when typing rests.
fn suggest(asking: Asking, dimension: RwSignal<Dimension>, text: RwSignal<String>, suggested: RwSignal<Vec<String>>) {
    Effect::new(move |timer: Option<Option<TimeoutHandle>>| {
        if let Some(timer) = timer.flatten() {
            timer.clear();
        }
        let (dimension, text) = (dimension.get(), text.get());
        let ask = move || {
            spawn_local(async move {
                let found = values(&asking.site(), dimension, &text).await;
                suggested.try_set(found);
            });
        };
        set_timeout_with_handle(ask, REST).ok()
    });
}

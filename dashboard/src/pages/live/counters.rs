//! How often something happened within 24 hours, told apart by what the reader chooses.

use gloo_timers::callback::Timeout;
use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::counters::{Counters, ValueCounter};
use wire::query::Dimension;
use wire::realtime::Realtime;

use crate::api::{self, Failure};
use crate::components::choice::{Choosable, choice};
use crate::components::names::{flag_of, value as name_of};
use crate::format;

/// Least time between two askings, milliseconds.
const PAUSE_MS: u32 = 3_000;

/// Values listed.
const ROWS: usize = 8;

/// Dimensions to choose from, beside the site's own properties.
const BY: [Dimension; 8] = [
    Dimension::EventType,
    Dimension::Page,
    Dimension::Source,
    Dimension::Channel,
    Dimension::Country,
    Dimension::Device,
    Dimension::Browser,
    Dimension::Goal,
];

/// The panel.
#[component]
pub fn CountersPanel(
    /// The site.
    tracking_id: String,
    /// The site, now: when it changes the counters do.
    realtime: RwSignal<Option<Realtime>>,
) -> impl IntoView {
    let by = RwSignal::new(Dimension::EventType.to_string());
    let event_type = RwSignal::new(String::new());
    let answer = RwSignal::new(None::<Result<Counters, Failure>>);
    let properties = RwSignal::new(Vec::new());
    let site = tracking_id.clone();
    spawn_local(async move {
        if let Ok(declared) = api::properties(&site).await {
            properties.try_set(declared);
        }
    });
    keep(tracking_id, by, event_type, realtime, answer);
    let list = Signal::derive(move || {
        let fixed = BY.iter().map(|by| (by.to_string(), words(*by).to_owned()));
        let own = properties.get().into_iter().map(|name| (format!("property:{name}"), format!("Property: {name}")));
        let chosen = by.get();
        fixed.chain(own).map(|(value, words)| Choosable { is_chosen: value == chosen, value, words }).collect()
    });
    let choose = UnsyncCallback::new(move |chosen| by.set(chosen));
    let types = move || {
        let known = realtime.with(|now| {
            let types = now.iter().flat_map(|now| &now.top_event_types).map(|top| top.value.clone());
            types.collect::<Vec<_>>()
        });
        known.into_iter().map(|value| view! { <option value=value></option> }).collect_view()
    };
    let total = move || match answer.get() {
        Some(Ok(counters)) => format!("{} events", format::whole(counters.events)),
        _ => String::new(),
    };
    view! {
        <section class="card live-list live-counters" data-testid="counters" aria-labelledby="counters-heading">
            <header>
                <h2 id="counters-heading">"Last 24 hours"</h2>
                <span class="muted">{total}</span>
            </header>
            <div class="live-choice">
                <span class="live-choose">
                    <span class="muted" aria-hidden="true">"Events by"</span>
                    {choice("Events by".to_owned(), "", "field", list, choose)}
                </span>
                <label class="live-choose">
                    <span class="muted">"of type"</span>
                    <input
                        class="field"
                        list="live-types"
                        placeholder="any"
                        spellcheck="false"
                        maxlength="64"
                        on:change:target=move |event| event_type.set(event.target().value().trim().to_owned())
                    />
                </label>
                <datalist id="live-types">{types}</datalist>
            </div>
            {move || answer.get().map(shown)}
        </section>
    }
}

fn words(by: Dimension) -> &'static str {
    match by {
        Dimension::EventType => "Event type",
        Dimension::Page => "Page",
        Dimension::Source => "Source",
        Dimension::Channel => "Channel",
        Dimension::Country => "Country",
        Dimension::Device => "Device",
        Dimension::Browser => "Browser",
        Dimension::Goal => "Goal",
        other => other.name(),
    }
}

/// Asks whenever the choice changes, and now and then as the site does.
fn keep(
    tracking_id: String,
    by: RwSignal<String>,
    event_type: RwSignal<String>,
    realtime: RwSignal<Option<Realtime>>,
    answer: RwSignal<Option<Result<Counters, Failure>>>,
) {
    let asked = StoredValue::new((String::new(), String::new()));
    let asked_ms = StoredValue::new(0.0);
    // What comes within the pause is asked for behind it.
    let round = RwSignal::new(0u32);
    let timer = StoredValue::new_local(None::<Timeout>);
    Effect::new(move || {
        let choice = (by.get(), event_type.get());
        realtime.track();
        round.track();
        let now_ms = js_sys::Date::now();
        let is_same = asked.with_value(|asked| *asked == choice);
        // A tab that is looked at again hears of the site at once, and then this is run again.
        if is_same && document().hidden() {
            return;
        }
        if is_same && now_ms - asked_ms.get_value() < f64::from(PAUSE_MS) {
            timer.set_value(Some(Timeout::new(PAUSE_MS, move || {
                round.try_update(|round| *round += 1);
            })));
            return;
        }
        asked.set_value(choice.clone());
        asked_ms.set_value(now_ms);
        let tracking_id = tracking_id.clone();
        spawn_local(async move {
            let found = api::counters(&tracking_id, &choice.0, &choice.1).await;
            // What was chosen meanwhile is answered by its own; a missed round takes nothing off the screen.
            let is_current = asked.try_with_value(|asked| *asked == choice) == Some(true);
            let is_missed = matches!(found, Err(Failure::Unreachable)) && answer.with_untracked(Option::is_some);
            if is_current && !is_missed {
                answer.try_set(Some(found));
            }
        });
    });
}

fn shown(answer: Result<Counters, Failure>) -> AnyView {
    let counters = match answer {
        Ok(counters) => counters,
        Err(failure) => {
            return view! { <p class="live-refused" role="alert">{failure.sentence()}</p> }.into_any();
        }
    };
    let dimension = counters.by.unwrap_or(Dimension::EventType);
    let most = counters.values.first().map_or(0, |value| value.events);
    let mut left = counters.other_events;
    let count = counters.values.len();
    left += counters.values.iter().skip(ROWS).map(|value| value.events).sum::<u64>();
    let rows = counters.values.into_iter().take(ROWS).map(|value| row(&value, dimension, most)).collect_view();
    let rest =
        (left > 0).then(|| view! { <p class="live-rest muted">{format!("and {} others", format::whole(left))}</p> });
    let nothing = (count == 0).then(|| view! { <p class="live-nobody muted">"Nothing within 24 hours"</p> });
    view! {
        <ol class="live-rows">{rows}</ol>
        {rest}
        {nothing}
    }
    .into_any()
}

#[expect(clippy::cast_precision_loss, reason = "a share for a bar's length")]
fn row(value: &ValueCounter, dimension: Dimension, most: u64) -> AnyView {
    let name = name_of(dimension, &value.value);
    let width = format::length(value.events as f64 / most.max(1) as f64);
    let highest = value.series.iter().copied().max().unwrap_or(0).max(1);
    let steps = value.series.iter().map(|events| {
        let height = format::length(*events as f64 / highest as f64);
        view! { <i style:height=height></i> }
    });
    view! {
        <li data-name=value.value.clone() data-value=value.events.to_string()>
            <i class="bar" style:width=width></i>
            <span class="row-name" title=name.clone()>
                <img class="flag" src=flag_of(dimension, &value.value) alt="" loading="lazy"/>{name.clone()}
            </span>
            <span class="live-spark" aria-hidden="true" title="By the hour, over 24 hours">{steps.collect_view()}</span>
            <b>{format::whole(value.events)}</b>
        </li>
    }
    .into_any()
}

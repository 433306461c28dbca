//! The choice of what is asked: metrics, dimensions, time, period, comparison.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::limits::QUERY_DIMENSIONS_MAX;
use wire::query::{ComparisonPeriod, DateRange, Dimension, Metric, Span};

use super::names::{Named, span, span_text};
use super::page::Editing;
use super::state::State;
use super::words::{self, COMPARISONS, METRICS, PRESETS, TIMES};
use crate::components::choice::{Choosable, choice};
use crate::components::names::DIMENSIONS;

/// What a choice among several looks like: chips with a way to take them away, and a list to add from.
#[component]
fn Chips(
    label: &'static str,
    /// Name of the field in the server's words about it.
    field: &'static str,
    editing: Editing,
    /// Those that are chosen: name and words.
    chosen: Memo<Vec<(String, String)>>,
    /// Those that can be.
    open: Memo<Vec<(String, String)>>,
    add: fn(&mut State, &str),
    remove: fn(&mut State, &str),
) -> impl IntoView {
    let chips = move || {
        let chips = chosen.get().into_iter().map(|(name, words)| {
            let removed = name.clone();
            view! {
                <span class="pill" data-name=name>
                    {words.clone()}
                    <button
                        type="button"
                        aria-label=format!("Remove {words}")
                        on:click=move |_| editing.change(|state| remove(state, &removed))
                    >
                        "×"
                    </button>
                </span>
            }
        });
        chips.collect_view()
    };
    let list = Signal::derive(move || {
        chosen.track();
        let open = open.get().into_iter().map(|(name, words)| Choosable::new(name, words, false));
        [Choosable::new("", "Add…", true)].into_iter().chain(open).collect()
    });
    let choose = UnsyncCallback::new(move |chosen: String| {
        if !chosen.is_empty() {
            editing.change(|state| add(state, &chosen));
        }
    });
    let more = choice(format!("Add to {}", label.to_lowercase()), "", "field add", list, choose);
    view! {
        <div class="build-line" role="group" aria-label=label data-testid=field>
            <span class="build-label">{label}</span>
            <div class="build-parts">
                {chips}
                {more}
                {editing.fault(field)}
            </div>
        </div>
    }
}

/// The choices but filters.
#[component]
pub fn Builder(
    /// The report.
    editing: Editing,
    /// Properties of the site.
    properties: RwSignal<Vec<String>>,
) -> impl IntoView {
    let state = editing.state;
    let metric_name = |metric: Metric| (metric.name().to_owned(), words::metric(metric).to_owned());
    let metrics = Memo::new(move |_| state.with(|state| state.metrics.iter().copied().map(metric_name).collect()));
    let other_metrics = Memo::new(move |_| {
        state.with(|state| {
            METRICS.into_iter().filter(|metric| !state.metrics.contains(metric)).map(metric_name).collect()
        })
    });
    let by = Memo::new(move |_| state.with(|state| state.by.iter().copied().map(dimension_name).collect::<Vec<_>>()));
    let other_by = Memo::new(move |_| {
        state.with(|state| {
            if state.by.len() >= QUERY_DIMENSIONS_MAX {
                return Vec::new();
            }
            dimensions(properties).into_iter().filter(|by| !state.by.contains(by)).map(dimension_name).collect()
        })
    });
    view! {
        <Chips
            label="Metrics"
            field="metrics"
            editing
            chosen=metrics
            open=other_metrics
            add=|state, name| state.metrics.extend(Metric::named(name))
            remove=|state, name| {
                state.metrics.retain(|metric| metric.name() != name);
                forget_order(state);
            }
        />
        <Chips
            label="Broken down by"
            field="dimensions"
            editing
            chosen=by
            open=other_by
            add=|state, name| state.by.extend(Dimension::named(name))
            remove=|state, name| {
                state.by.retain(|by| by.to_string() != name);
                forget_order(state);
            }
        />
        <Times editing/>
    }
}

/// Period, time and comparison, one beside the other.
#[component]
fn Times(editing: Editing) -> impl IntoView {
    let state = editing.state;
    let is_custom = Memo::new(move |_| state.with(|state| matches!(state.span, Span::Between(_))));
    let presets = Signal::derive(move || {
        let chosen = state.with(|state| state.span.clone());
        let mut list: Vec<_> = PRESETS
            .iter()
            .map(|(preset, words)| Choosable::new(preset.word(), *words, chosen == Span::Preset(*preset)))
            .collect();
        if !is_custom.get() && !list.iter().any(|choosable| choosable.is_chosen) {
            list.push(Choosable::new(span_text(&chosen), span_text(&chosen), true));
        }
        list.push(Choosable::new("custom", "Dates…", is_custom.get()));
        list
    });
    let choose_span = UnsyncCallback::new(move |chosen: String| {
        editing.change(|state| {
            if chosen == "custom" {
                let last = crate::day::Day::of_ms(crate::clock::browser_ms());
                let (start, end) = (last.plus(-27).to_string(), last.to_string());
                state.span = DateRange { start, end }.into();
            } else if let Some(span) = span(&chosen) {
                state.span = span;
            }
        });
    });
    let date = move |label: &'static str, is_end: bool| {
        let value = move || {
            state.with(|state| match &state.span {
                Span::Between(range) if is_end => range.end.get(..10).unwrap_or(&range.end).to_owned(),
                Span::Between(range) => range.start.get(..10).unwrap_or(&range.start).to_owned(),
                Span::Preset(_) => String::new(),
            })
        };
        let choose = move |event: web_sys::Event| {
            let chosen = event_target_value(&event);
            editing.change(|state| {
                if let Span::Between(range) = &mut state.span {
                    if is_end { range.end = chosen } else { range.start = chosen }
                }
            });
        };
        view! { <input class="field" type="date" aria-label=label prop:value=value on:change=choose/> }
    };
    let times = Signal::derive(move || {
        let chosen = state.with(|state| state.time);
        let times =
            TIMES.iter().map(|time| Choosable::new(time.name(), words::dimension(*time), chosen == Some(*time)));
        [Choosable::new("", "The whole period", chosen.is_none())].into_iter().chain(times).collect()
    });
    let choose_time = UnsyncCallback::new(move |chosen: String| {
        editing.change(|state| {
            state.time = Dimension::named(&chosen);
            forget_order(state);
        });
    });
    let comparisons = Signal::derive(move || {
        let chosen = state.with(|state| state.compare);
        let periods =
            COMPARISONS.iter().map(|(period, words)| Choosable::new(period.word(), *words, chosen == Some(*period)));
        [Choosable::new("", "Nothing", chosen.is_none())].into_iter().chain(periods).collect()
    });
    let choose_comparison = UnsyncCallback::new(move |chosen: String| {
        editing.change(|state| state.compare = ComparisonPeriod::named(&chosen));
    });
    let also = |words: &'static str, choice: AnyView| {
        view! { <span class="build-also"><span class="muted" aria-hidden="true">{words}</span>{choice}</span> }
    };
    view! {
        <div class="build-line">
            <span class="build-label" aria-hidden="true">"Period"</span>
            <div class="build-parts" data-testid="date_range">
                {choice("Period".to_owned(), "range", "field", presets, choose_span)}
                {move || is_custom.get().then(|| view! { {date("From", false)}"–"{date("To", true)} })}
                {also("by", choice("By time".to_owned(), "time", "field", times, choose_time))}
                {also("compared with", choice("Compared with".to_owned(), "compare", "field", comparisons, choose_comparison))}
                {editing.fault("date_range")}
                {editing.fault("compare")}
            </div>
        </div>
    }
}

/// Every dimension but time, the site's own properties last.
pub fn dimensions(properties: RwSignal<Vec<String>>) -> Vec<Dimension> {
    let own = properties.get().into_iter().filter_map(|name| Dimension::named(&format!("property:{name}")));
    DIMENSIONS.into_iter().chain(own).collect()
}

/// A dimension's name, and what it is called.
pub fn dimension_name(dimension: Dimension) -> (String, String) {
    (dimension.to_string(), words::dimension(dimension))
}

/// Sorts by nothing that is not there any more.
fn forget_order(state: &mut State) {
    let is_there = |field: &str| {
        state.metrics.iter().any(|metric| metric.name() == field)
            || state.by.iter().chain(&state.time).any(|by| by.to_string() == field)
    };
    if !state.order.as_ref().is_none_or(|order| is_there(&order.field)) {
        state.order = None;
    }
}

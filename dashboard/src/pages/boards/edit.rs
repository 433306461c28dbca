//! How a widget is changed: its title, width, place, question.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use serde_json::{Value, json};
use wire::dashboard::{WIDGET_TEXT_BYTES_MAX, WIDGET_TITLE_BYTES_MAX, WIDGET_WIDTHS};
use wire::query::{Dimension, Metric};

use super::add::{CHART, NUMBERS, PICTURES, report};
use super::board::{Board, Placed};
use super::drag::grip;
use super::kept::Widget;
use crate::components::choice::{Choosable, choice};
use crate::components::icon::{Icon, Picture};
use crate::components::names::DIMENSIONS;
use crate::pages::explore::names::Named;
use crate::pages::explore::state::State;
use crate::pages::explore::words::{self, METRICS};

/// Times that a chart on a dashboard may be by.
const TIMES: [Dimension; 5] =
    [Dimension::Hour, Dimension::Date, Dimension::Week, Dimension::Month, Dimension::HourOfDay];

/// Id of the field for a widget's title.
pub fn title_id(id: usize) -> String {
    format!("widget-title-{id}")
}

/// Id of the button that moves a widget.
pub fn shift_id(id: usize, by: isize) -> String {
    format!("widget-{}-{id}", if by < 0 { "earlier" } else { "later" })
}

/// What changes a widget.
pub fn controls(board: Board, Placed { id, widget }: Placed) -> AnyView {
    let title = widget.with_untracked(|widget| widget.title.clone());
    let is_first = Memo::new(move |_| board.widgets.with(|all| all.first().is_some_and(|first| first.id == id)));
    let is_last = Memo::new(move |_| board.widgets.with(|all| all.last().is_some_and(|last| last.id == id)));
    let named = move |action: &'static str| move || format!("{action} {}", widget.with(|widget| widget.title.clone()));
    let shift = move |by: isize, words: &'static str, picture: Picture, is_end: Memo<bool>| {
        view! {
            // One that is disabled would lose the focus.
            <button
                id=shift_id(id, by)
                type="button"
                class="icon-button"
                title=words
                aria-label=named(words)
                aria-disabled=move || is_end.get().then_some("true")
                on:click=move |_| board.shift(id, by)
            >
                <Icon picture/>
            </button>
        }
    };
    let widths = Signal::derive(move || {
        let width = widget.with(|widget| widget.width);
        let words = |width: u8| match width {
            3 => "A quarter",
            4 => "A third",
            6 => "Half",
            8 => "Two thirds",
            _ => "Full width",
        };
        WIDGET_WIDTHS.iter().map(|each| Choosable::new(each.to_string(), words(*each), *each == width)).collect()
    });
    let set_width = UnsyncCallback::new(move |chosen: String| {
        if let Ok(width) = chosen.parse() {
            widget.update(|widget| widget.width = width);
        }
    });
    view! {
        <div class="widget-edit" data-testid="widget-edit">
            <div class="widget-line">
                {grip(board, id)}
                <input
                    id=title_id(id)
                    class="field"
                    aria-label="Title"
                    placeholder="Title"
                    maxlength=WIDGET_TITLE_BYTES_MAX.to_string()
                    prop:value=title
                    on:input=move |event| widget.update(|widget| widget.title = event_target_value(&event))
                />
                {choice("Width".to_owned(), "width", "field", widths, set_width)}
                {shift(-1, "Earlier", Picture::LEFT, is_first)}
                {shift(1, "Later", Picture::RIGHT, is_last)}
                <button type="button" class="icon-button" title="Remove" aria-label=named("Remove") on:click=move |_| board.remove(id)>
                    <Icon picture=Picture::CROSS/>
                </button>
            </div>
            {question(board, widget)}
        </div>
    }
    .into_any()
}

fn question(board: Board, widget: RwSignal<Widget>) -> AnyView {
    let is = |kind: &'static str| widget.with_untracked(|widget| widget.shows.get(kind).is_some());
    if is("text") {
        return text(widget);
    }
    let own = is("report").then(|| of_report(board, widget));
    view! {
        <div class="widget-line">
            {own}
            <label class="check">
                <input
                    type="checkbox"
                    prop:checked=move || widget.with(|widget| widget.keeps_range)
                    on:change=move |event| widget.update(|widget| {
                        widget.keeps_range = event_target_checked(&event);
                        // What is shown now is what it keeps.
                        if widget.keeps_range {
                            keep_range(widget, board.period.get_untracked());
                        }
                    })
                />
                "Keeps its period"
            </label>
        </div>
    }
    .into_any()
}

/// Puts a range into a widget's question.
fn keep_range(widget: &mut Widget, range: Value) {
    let at = if widget.shows.get("report").is_some() { "/report/query" } else { "" };
    let question = match at {
        "" => widget.shows.as_object_mut().and_then(|shows| shows.values_mut().next()),
        at => widget.shows.pointer_mut(at),
    };
    if let Some(fields) = question.and_then(Value::as_object_mut) {
        fields.insert("date_range".to_owned(), range);
    }
}

fn text(widget: RwSignal<Widget>) -> AnyView {
    let words =
        widget.with_untracked(|widget| widget.shows.get("text").and_then(Value::as_str).unwrap_or_default().to_owned());
    view! {
        <textarea
            class="field"
            aria-label="Text"
            rows="3"
            maxlength=WIDGET_TEXT_BYTES_MAX.to_string()
            prop:value=words
            on:input=move |event| widget.update(|widget| widget.shows = json!({"text": event_target_value(&event)}))
        ></textarea>
    }
    .into_any()
}

/// The question of a report: what, by what, and how it is shown. All else is changed where reports are put together.
fn of_report(board: Board, widget: RwSignal<Widget>) -> AnyView {
    let state = Memo::new(move |_| {
        widget.with(|widget| widget.shows.pointer("/report/query").map(State::of).unwrap_or_default())
    });
    let picture = Memo::new(move |_| {
        let picture =
            |widget: &Widget| widget.shows.pointer("/report/picture").and_then(Value::as_str).map(str::to_owned);
        widget.with(picture).unwrap_or_default()
    });
    let ask = move |state: &State, picture: &str| {
        let shows = board.tracking_id.with_value(|site| report(site, state, picture));
        widget.update(|widget| widget.shows = shows);
    };
    let pictures = Signal::derive(move || {
        let picture = picture.get();
        PICTURES.map(|(name, words)| Choosable::new(name, words, name == picture)).to_vec()
    });
    let show = UnsyncCallback::new(move |chosen: String| {
        let mut state = state.get_untracked();
        // Each picture needs something to tell apart, or nothing.
        match chosen.as_str() {
            NUMBERS => (state.by, state.time) = (Vec::new(), None),
            CHART if state.by.is_empty() && state.time.is_none() => state.time = Some(Dimension::Date),
            _ if state.by.is_empty() && state.time.is_none() => state.by = vec![Dimension::Source],
            _ => {}
        }
        ask(&state, &chosen);
    });
    let first = Memo::new(move |_| state.with(|state| state.metrics.first().copied()));
    let metrics = Signal::derive(move || {
        let first = first.get();
        METRICS.map(|metric| Choosable::new(metric.name(), words::metric(metric), Some(metric) == first)).to_vec()
    });
    let measure = UnsyncCallback::new(move |chosen: String| {
        let Some(metric) = Metric::named(&chosen) else { return };
        let mut state = state.get_untracked();
        state.metrics.retain(|other| *other != metric);
        match state.metrics.first_mut() {
            Some(first) => *first = metric,
            None => state.metrics = vec![metric],
        }
        state.order = None;
        picture.with_untracked(|picture| ask(&state, picture));
    });
    let bys = Signal::derive(move || {
        let chosen = state.with(|state| state.time.or(state.by.first().copied()));
        let own = chosen.filter(|chosen| !TIMES.contains(chosen) && !DIMENSIONS.contains(chosen));
        let all = TIMES.into_iter().chain(DIMENSIONS).chain(own);
        let all = all.map(|by| {
            Choosable::new(by.to_string(), format!("by {}", words::dimension(by).to_lowercase()), Some(by) == chosen)
        });
        all.collect()
    });
    let tell_apart = UnsyncCallback::new(move |chosen: String| {
        let Some(by) = Dimension::named(&chosen) else { return };
        let mut state = state.get_untracked();
        (state.time, state.by) = if by.is_time() { (Some(by), Vec::new()) } else { (None, vec![by]) };
        state.order = None;
        picture.with_untracked(|picture| ask(&state, picture));
    });
    let explore = move || {
        let search = state.with(State::search);
        board.tracking_id.with_value(|site| format!("/sites/{site}/explore{search}"))
    };
    let by = move || {
        let has_by = picture.with(|picture| picture != NUMBERS);
        has_by.then(|| choice("Broken down by".to_owned(), "by", "field", bys, tell_apart))
    };
    view! {
        {choice("Shown as".to_owned(), "picture", "field", pictures, show)}
        {choice("Metric".to_owned(), "metric", "field", metrics, measure)}
        {by}
        <a class="button quiet" href=explore title="Put together a report of the same; saved, it can be added here">"In Explore"</a>
    }
    .into_any()
}

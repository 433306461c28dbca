//! A picture of an answer: a line over time, bars over anything else. The drawing stretches to its room; words and marks
//! are laid over it.

use leptos::html::Div;
use leptos::prelude::*;
use wire::query::{Dimension, Direction, Filter, Filters, Metric, Operator, Order, Query};

use super::drawn::{BARS, Drawn, draw};
use super::page::Editing;
use super::state::State;
use super::words;
use crate::components::When;
use crate::components::icon::{Icon, Picture};
use crate::components::stepping;
use crate::format;
use crate::metric::text;
use crate::report::{Answered, Report};

/// Values of a dimension that are drawn over time: so many colours are told apart.
const LINES: usize = 5;

/// Rows of their answer: a day of minutes each.
const POINTS_MAX: usize = LINES * 1_440;

/// The figure, of the first metric.
#[component]
pub fn Figure(
    /// The report.
    editing: Editing,
    /// Its answer.
    report: Report,
) -> impl IntoView {
    let time = Memo::new(move |_| editing.state.with(|state| state.time));
    let has_dimensions = Memo::new(move |_| editing.state.with(|state| !state.by.is_empty()));
    move || match (time.get(), has_dimensions.get()) {
        (Some(_), _) => view! { <OverTime editing/> }.into_any(),
        (None, true) => {
            let drawn = Memo::new(move |_| report.with(|answered| answered.and_then(|answered| draw(answered, BARS))));
            let has_rows =
                Memo::new(move |_| drawn.with(|drawn| drawn.as_ref().is_none_or(|drawn| !drawn.points.is_empty())));
            view! { <When holds=has_rows><Drawing drawn report/></When> }.into_any()
        }
        (None, false) => ().into_any(),
    }
}

/// The report by time, whatever rows the table shows: all of it, or the values that come to most.
#[component]
fn OverTime(editing: Editing) -> impl IntoView {
    let tracking_id = move || editing.tracking_id.get_value();
    let query = Memo::new(move |_| {
        editing.state.with(|state| by(state, &tracking_id(), state.time.into_iter().collect(), Filters::default()))
    });
    let report = Report::keep(query, RwSignal::new(0));
    let first = Memo::new(move |_| editing.state.with(|state| state.by.first().copied()));
    let split = RwSignal::new(None::<Split>);
    let drawn = Memo::new(move |_| {
        let drawn = report.with(|answered| answered.and_then(|answered| draw(answered, usize::MAX)))?;
        Some(match split.get() {
            Some(split) => drawn.split(&split.answered, split.by, &split.values),
            None => drawn,
        })
    });
    let splitting = move || {
        split.set(None);
        first.get().map(|by| view! { <Most editing by split/> })
    };
    view! {
        {splitting}
        <Drawing drawn report/>
    }
}

/// A part of the report: its first metric, by other dimensions, of fewer events.
fn by(state: &State, tracking_id: &str, dimensions: Vec<Dimension>, only: Filters) -> Query {
    let whole = state.query(tracking_id);
    let filters = match (whole.filters.clone(), only) {
        (whole, only) if only.is_empty() => whole,
        (Filters::Expression(whole), Filters::Expression(only)) => Filters::Expression(Filter::And(vec![whole, only])),
        (_, only) => only,
    };
    Query {
        dimensions,
        metrics: state.metrics.iter().copied().filter(|metric| *metric != Metric::Percentage).take(1).collect(),
        filters,
        order_by: Vec::new(),
        limit: None,
        offset: 0,
        totals: false,
        ..whole
    }
}

/// An answer by time and a dimension, and the values that are drawn.
#[derive(Clone, PartialEq)]
struct Split {
    by: Dimension,
    values: Vec<String>,
    answered: Answered,
}

/// Finds the values that come to most, then how they went over time.
#[component]
fn Most(editing: Editing, by: Dimension, split: RwSignal<Option<Split>>) -> impl IntoView {
    let tracking_id = move || editing.tracking_id.get_value();
    let query = Memo::new(move |_| {
        editing.state.with(|state| {
            let query = self::by(state, &tracking_id(), vec![by], Filters::default());
            let order = query
                .metrics
                .first()
                .map(|metric| Order { field: metric.name().to_owned(), direction: Direction::Desc });
            Query { limit: Some(LINES), order_by: order.into_iter().collect(), compare: None, ..query }
        })
    });
    let report = Report::keep(query, RwSignal::new(0));
    let values = Memo::new(move |_| {
        report.with(|answered| {
            let rows = answered?.answer.rows.iter();
            Some(rows.map(|row| text(row, &by.to_string()).to_owned()).collect::<Vec<_>>())
        })
    });
    move || {
        let values = values.get().filter(|values| !values.is_empty())?;
        let query = Memo::new({
            let values = values.clone();
            move |_| {
                let only = Filter::Test { operator: Operator::Is, dimension: by, values: values.clone() };
                editing.state.with(|state| {
                    let dimensions = state.time.into_iter().chain([by]).collect();
                    let query = self::by(state, &tracking_id(), dimensions, Filters::Expression(only));
                    Query { limit: Some(POINTS_MAX), compare: None, ..query }
                })
            }
        });
        let report = Report::keep(query, RwSignal::new(0));
        Effect::new(move || {
            let found = report.with(|answered| answered.cloned());
            split.set(found.map(|answered| Split { by, values: values.clone(), answered }));
        });
        Some(())
    }
}

/// A picture with its legend; the same numbers as a table where the reader asks for them.
#[component]
pub fn Drawing(
    /// The picture, once there is one.
    drawn: Memo<Option<Drawn>>,
    /// Its answer.
    report: Report,
) -> impl IntoView {
    let as_table = RwSignal::new(false);
    let title = move || drawn.with(|drawn| drawn.as_ref().map(|drawn| words::metric(drawn.metric)));
    let toggle = move || {
        let (picture, words) = match as_table.get() {
            true => (Picture::LINE, "View as chart"),
            false => (Picture::TABLE, "View as table"),
        };
        view! { <Icon picture/><span class="label">{words}</span> }
    };
    let body = move || {
        if as_table.get() {
            return (move || drawn.with(|drawn| drawn.as_ref().map(Drawn::table))).into_any();
        }
        view! { <Surface drawn/> }.into_any()
    };
    let legend = move || {
        drawn.with(|drawn| {
            let lines = drawn.iter().flat_map(|drawn| &drawn.lines).enumerate();
            let names = lines
                .map(|(rank, line)| view! { <span class="legend" data-rank=rank><i></i>{line.name.clone()}</span> });
            names.collect_view()
        })
    };
    let compared = move || drawn.with(|drawn| drawn.as_ref().is_some_and(|drawn| drawn.has_before));
    view! {
        <figure class="card chart figure" data-testid="figure" class:stale=move || report.is_stale()>
            <figcaption class="chart-head">
                <h2>{title}</h2>
                <span class="legend" hidden=move || !compared()><i></i>"Compared"</span>
                {legend}
                <button
                    type="button"
                    class="button quiet"
                    aria-pressed=move || as_table.get().to_string()
                    on:click=move |_| as_table.update(|as_table| *as_table = !*as_table)
                >
                    {toggle}
                </button>
            </figcaption>
            {body}
        </figure>
    }
}

/// The drawing and its cursor, which follows the pointer and the arrow keys.
#[component]
fn Surface(drawn: Memo<Option<Drawn>>) -> impl IntoView {
    let surface = NodeRef::<Div>::new();
    let cursor = RwSignal::new(None::<usize>);
    let spoken = RwSignal::new(String::new());
    let follow = move |event: web_sys::PointerEvent| {
        let Some(surface) = surface.get() else { return };
        let room = surface.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - room.left()) / room.width().max(1.0);
        cursor.set(drawn.with(|drawn| drawn.as_ref()?.nearest(share)));
    };
    let step = move |event: web_sys::KeyboardEvent| {
        let count = drawn.with(|drawn| drawn.as_ref().map_or(0, |drawn| drawn.points.len()));
        let Some(next) = stepping::step(&event, cursor, count) else { return };
        spoken.set(drawn.with(|drawn| drawn.as_ref()?.say(next?)).unwrap_or_default());
    };
    let with = move |draw: fn(&Drawn) -> AnyView| move || drawn.with(|drawn| drawn.as_ref().map(draw));
    let place = Memo::new(move |_| drawn.with(|drawn| Some(drawn.as_ref()?.middle(cursor.get()?))));
    let left = move || place.get().map(format::length).unwrap_or_default();
    let ticks = |drawn: &Drawn| {
        let ticks = drawn.scale.ticks.iter().map(|tick| {
            view! { <span style:bottom=format::length(drawn.scale.share(*tick))>{words::tick(drawn.metric, *tick)}</span> }
        });
        view! { <div class="chart-ticks" aria-hidden="true">{ticks.collect_view()}</div> }.into_any()
    };
    let label = move || {
        let words = drawn.with(|drawn| {
            let drawn = drawn.as_ref()?;
            Some(format!("{} in {} values", words::metric(drawn.metric), drawn.points.len()))
        });
        format!("{}. Left and right arrow keys read them.", words.unwrap_or_default())
    };
    view! {
        <div class="chart-frame" class:skeleton=move || drawn.with(Option::is_none)>
            {with(ticks)}
            <div
                class="chart-surface"
                node_ref=surface
                tabindex="0"
                role="group"
                aria-roledescription="chart"
                aria-label=label
                on:pointermove=follow
                on:pointerdown=follow
                on:pointerleave=move |_| cursor.set(None)
                on:blur=move |_| cursor.set(None)
                on:keydown=step
            >
                <svg viewBox="0 0 10000 10000" preserveAspectRatio="none" aria-hidden="true">{with(Drawn::shapes)}</svg>
                <div class="chart-cursor" hidden=move || place.get().is_none() style:left=left></div>
                <div
                    class="tooltip"
                    hidden=move || place.get().is_none()
                    class:flipped=move || place.get().is_some_and(|place| place > 0.5)
                    style:left=left
                >
                    {move || drawn.with(|drawn| drawn.as_ref()?.hint(cursor.get()?))}
                </div>
            </div>
            <div class="chart-axis" aria-hidden="true">{with(Drawn::labels)}</div>
            <div class="visually-hidden" aria-live="polite">{move || spoken.get()}</div>
        </div>
    }
}

//! The main chart: one figure over time, with the previous period behind it.
//!
//! The drawing stretches to its room, so lines are SVG without measures; words and marks are laid
//! over it by shares of width and height and keep their size.

use leptos::html::Div;
use leptos::prelude::*;
use wire::query::Dimension;

use super::chart_table::ChartTable;
use super::icon::{Icon, Picture};
use super::tooltip::Tooltip;
use super::{Retry, axis};
use crate::clock::Clock;
use crate::format;
use crate::metric::Kpi;
use crate::period::Shown;
use crate::plot::Plot;
use crate::report::{Answered, Report};
use crate::series::Series;

/// Buckets from which lines are drawn thin.
const DENSE: usize = 100;

/// The chart with its head, its axes and its table.
#[component]
pub fn Chart(
    /// The period by hours or days.
    series: Report,
    /// The previous period by the same.
    previous: Report,
    /// The figure drawn.
    kpi: RwSignal<Kpi>,
    /// The period.
    shown: Memo<Shown>,
    /// Now.
    clock: Clock,
) -> impl IntoView {
    let plot = Memo::new(move |_| {
        let series = series.with(read)?;
        Some(Plot::draw(series, previous.with(read), kpi.get(), clock.now_ms()))
    });
    let as_table = RwSignal::new(false);
    let interval = move || if shown.get().interval() == Dimension::Hour { "per hour" } else { "per day" };
    let is_dense = move || plot.with(|plot| plot.as_ref().is_some_and(|plot| plot.series.points.len() > DENSE));
    let toggle = move || {
        let (picture, words) = match as_table.get() {
            true => (Picture::Line, "View as chart"),
            false => (Picture::Table, "View as table"),
        };
        view! { <Icon picture/><span class="label">{words}</span> }
    };
    let body = move || {
        if series.failure().is_some() {
            view! { <Retry report=series/> }.into_any()
        } else if as_table.get() {
            view! { <ChartTable plot/> }.into_any()
        } else {
            view! { <Drawing plot kpi/> }.into_any()
        }
    };
    view! {
        <figure class="chart" data-testid="chart" class:stale=move || series.is_stale() class:dense=is_dense>
            <figcaption class="chart-head">
                <h2>{move || kpi.get().title()}" "<span class="muted">{interval}</span></h2>
                <span class="legend"><i></i>{move || format::days(shown.get().days().previous())}</span>
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

fn read(answered: Option<&Answered>) -> Option<Series> {
    let answered = answered?;
    let interval = answered.query.dimensions.first().copied().unwrap_or(Dimension::Date);
    Some(Series::of_answer(&answered.answer, interval))
}

/// The drawing and its cursor, which follows the pointer and the arrow keys.
#[component]
fn Drawing(plot: Memo<Option<Plot>>, kpi: RwSignal<Kpi>) -> impl IntoView {
    let surface = NodeRef::<Div>::new();
    let cursor = RwSignal::new(None::<usize>);
    let spoken = RwSignal::new(String::new());

    let follow = move |event: web_sys::PointerEvent| {
        let Some(surface) = surface.get() else { return };
        let room = surface.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - room.left()) / room.width().max(1.0);
        cursor.set(plot.with(|plot| plot.as_ref()?.slot_at(share)));
    };
    let step = move |event: web_sys::KeyboardEvent| {
        let last = plot.with(|plot| plot.as_ref()?.values.len().checked_sub(1));
        let Some(last) = last else { return };
        let next = match (event.key().as_str(), cursor.get_untracked()) {
            ("ArrowLeft", None) | ("End", _) => Some(last),
            ("ArrowLeft", Some(at)) => Some(at.saturating_sub(1)),
            ("ArrowRight", Some(at)) => Some((at + 1).min(last)),
            ("ArrowRight", None) | ("Home", _) => Some(0),
            ("Escape", Some(_)) => None,
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        cursor.set(next);
        let words = plot.with(|plot| say(&plot.as_ref()?.series, next?, kpi.get()));
        spoken.set(words.unwrap_or_default());
    };

    let path = move |pick: fn(&Plot) -> &String| {
        move || plot.with(|plot| plot.as_ref().map(|plot| pick(plot).clone()).unwrap_or_default())
    };
    let cursor_place = Signal::derive(move || {
        let at = cursor.get()?;
        plot.with(|plot| place(plot.as_ref()?, at))
    });
    let running_place = Signal::derive(move || {
        plot.with(|plot| {
            let plot = plot.as_ref().filter(|plot| plot.is_running)?;
            place(plot, plot.values.len().checked_sub(1)?)
        })
    });
    // Each draws anew with the plot, and gives the page one kind of view.
    let drawn = move |draw: fn(&Plot, Kpi) -> AnyView| {
        move || plot.with(|plot| plot.as_ref().map(|plot| draw(plot, kpi.get())))
    };

    view! {
        <div class="chart-frame" class:skeleton=move || plot.with(Option::is_none)>
            {drawn(|plot, kpi| axis::ticks(&plot.scale, kpi).into_any())}
            <div
                class="chart-surface"
                node_ref=surface
                tabindex="0"
                role="group"
                aria-roledescription="chart"
                aria-label=move || format!("{} over time. Left and right arrow keys read the values.", kpi.get().title())
                on:pointermove=follow
                on:pointerdown=follow
                on:pointerleave=move |_| cursor.set(None)
                on:blur=move |_| cursor.set(None)
                on:keydown=step
            >
                <svg viewBox="0 0 10000 10000" preserveAspectRatio="none" aria-hidden="true">
                    <defs>
                        <linearGradient id="water" x1="0" y1="0" x2="0" y2="1">
                            <stop class="water-top" offset="0"/>
                            <stop class="water-bottom" offset="1"/>
                        </linearGradient>
                    </defs>
                    {drawn(|plot, _| axis::grid(&plot.scale).into_any())}
                    <path class="chart-previous" d=path(|plot| &plot.previous_line)/>
                    <path class="chart-area" d=path(|plot| &plot.area)/>
                    <path class="chart-line" d=path(|plot| &plot.line)/>
                    <path class="chart-line chart-running" d=path(|plot| &plot.running)/>
                </svg>
                <Mark class="chart-now" place=running_place/>
                <Mark class="chart-cursor" place=cursor_place/>
                <Mark class="chart-dot" place=cursor_place/>
                <Tooltip plot kpi cursor/>
            </div>
            <div class="chart-axis" aria-hidden="true">
                {drawn(|plot, _| axis::times(&plot.series).into_any())}
            </div>
            <div class="visually-hidden" aria-live="polite">{move || spoken.get()}</div>
        </div>
    }
}

/// A mark on the drawing; none while it has no place.
#[component]
fn Mark(class: &'static str, place: Signal<Option<(f64, f64)>>) -> impl IntoView {
    let length = move |pick: fn((f64, f64)) -> f64| {
        move || place.get().map(|place| format::length(pick(place))).unwrap_or_default()
    };
    let (left, top) = (length(|place| place.0), length(|place| place.1));
    view! { <div class=class hidden=move || place.get().is_none() style:left=left style:top=top></div> }
}

/// Where a bucket's value lies, from the left and from the top, as shares.
fn place(plot: &Plot, at: usize) -> Option<(f64, f64)> {
    let value = plot.values.get(at).copied()?;
    Some((plot.share_of_width(at), 1.0 - plot.scale.share(value)))
}

/// A bucket in words.
fn say(series: &Series, at: usize, kpi: Kpi) -> Option<String> {
    let point = series.points.get(at)?;
    let when = format::bucket(point.start_ms, series.interval);
    Some(format!("{when} UTC: {} {}", format::kpi(kpi, kpi.of(point.counts)), kpi.title()))
}

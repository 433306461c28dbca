//! The main chart: one figure over time, with that of then behind it.
//!
//! The drawing stretches to its room, so lines are SVG without measures; words and marks are laid over it by shares of width and
//! height and keep their size.

use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};
use wire::query::Dimension;

use super::icon::{Icon, Picture};
use super::menu::Menu;
use super::period_choices::{Intended, choices};
use super::stepping;
use super::tooltip::Tooltip;
use super::{Retry, axis};
use crate::day::{Day, bucket_end_ms};
use crate::format;
use crate::kept::{Kept, Opened};
use crate::overview::{Charted, Piece, piece};
use crate::plot::Plot;
use crate::report::{Answered, Report};
use crate::series::{Point, Series};
use crate::shown::Shown;
use crate::view::View;
use crate::view::period::{Length, Period};

/// Buckets from which lines are drawn thin.
const DENSE: usize = 100;

/// The chart with its head, its axes and its table.
#[component]
pub fn Chart(
    /// What is shown, by time.
    series: Report,
    /// What is shown.
    shown: Shown,
    /// What is kept of the site.
    kept: Kept,
) -> impl IntoView {
    let kpi = Memo::new(move |_| shown.with(View::kpi));
    let plot = Memo::new(move |_| {
        let series = series.with(|answered| read(answered?, shown))?;
        Some(Plot::draw(series, kpi.get(), shown.now_ms()))
    });
    let as_table = RwSignal::new(false);
    let charted = Charted { plot, cursor: RwSignal::new(None), shown, kept };
    let interval = Memo::new(move |_| shown.with(|view| view.interval(shown.today())));
    let is_dense = move || plot.with(|plot| plot.as_ref().is_some_and(|plot| plot.series.points.len() > DENSE));
    let toggle = move || {
        let (picture, words) = match as_table.get() {
            true => (Picture::LINE, "View as chart"),
            false => (Picture::TABLE, "View as table"),
        };
        view! { <Icon picture/><span class="label">{words}</span> }
    };
    let then = move || {
        let span = series.with(|answered| format::span(&answered?.answer.comparison.as_ref()?.date_range))?;
        Some(view! { <span class="legend"><i></i>{span}</span> })
    };
    let has_failed = Memo::new(move |_| series.failure().is_some());
    let body = move || {
        if has_failed.get() {
            view! { <Retry report=series/> }.into_any()
        } else if as_table.get() {
            piece(Piece::Table(charted))
        } else {
            view! { <Drawing charted/> }.into_any()
        }
    };
    view! {
        <figure class="chart" data-testid="chart" class:stale=move || series.is_stale() class:dense=is_dense>
            <figcaption class="chart-head">
                <h2>{move || kpi.get().title()}</h2>
                <Menu name="interval" label="Buckets" words=Signal::derive(move || per(interval.get()).to_owned())>
                    {choices(Intended::Interval, shown)}
                </Menu>
                {then}
                {piece(Piece::Tools(charted))}
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

/// What a bucket is, as the chart's head has it.
pub fn per(interval: Dimension) -> &'static str {
    match interval {
        Dimension::Minute => "per minute",
        Dimension::Hour => "per hour",
        Dimension::Week => "per week",
        Dimension::Month => "per month",
        _ => "per day",
    }
}

fn read(answered: &Answered, shown: Shown) -> Option<Series> {
    let interval = answered.query.dimensions.first().copied()?;
    Some(Series::of_answer(&answered.answer, interval, shown.with(View::kpis)))
}

/// The days of a bucket, to look at closer; none where there is nothing closer to see.
fn zoomed(point: &Point, interval: Dimension) -> Option<Period> {
    let first = Day::of_ms(point.start_ms);
    match interval {
        Dimension::Date => Some(Period::Ending(Length::Days(1), first)),
        Dimension::Week => Some(Period::Between(first, first.plus(6))),
        Dimension::Month => Some(Period::Ending(Length::Months(1), first)),
        _ => None,
    }
}

/// The drawing and its cursor, which follows the pointer and the arrow keys. A click or Enter looks closer at a bucket; what the
/// pointer is drawn over, is shown alone. A finger pins the cursor.
#[component]
pub fn Drawing(
    /// The chart.
    charted: Charted,
) -> impl IntoView {
    let Charted { plot, cursor, shown, kept } = charted;
    let surface = NodeRef::<Div>::new();
    let from = RwSignal::new(None::<usize>);
    let spoken = RwSignal::new(String::new());

    let slot_of = move |event: &PointerEvent| {
        let room = surface.get()?.get_bounding_client_rect();
        let share = (f64::from(event.client_x()) - room.left()) / room.width().max(1.0);
        plot.with(|plot| plot.as_ref()?.slot_at(share))
    };
    let is_finger = |event: &PointerEvent| event.pointer_type() == "touch";
    let zoom = move |one: usize, other: usize| {
        let period = plot.with(|plot| {
            let plot = plot.as_ref()?;
            let (first, last) = (plot.series.points.get(one.min(other))?, plot.series.points.get(one.max(other))?);
            let interval = plot.series.interval;
            if one == other {
                return zoomed(first, interval);
            }
            let end = Day::of_ms(bucket_end_ms(last.start_ms, interval).saturating_sub(1));
            Some(Period::Between(Day::of_ms(first.start_ms), end))
        });
        if let Some(period) = period {
            shown.show(&shown.view().over(period));
        }
    };
    let press = move |event: PointerEvent| {
        cursor.set(slot_of(&event));
        if !is_finger(&event) && event.button() == 0 {
            from.set(cursor.get_untracked());
        }
    };
    let release = move |event: PointerEvent| {
        if let (Some(from), Some(to)) = (from.get_untracked(), slot_of(&event)) {
            zoom(from, to);
        }
        from.set(None);
    };
    let leave = move |event: PointerEvent| {
        if !is_finger(&event) {
            cursor.set(None);
            from.set(None);
        }
    };
    let step = move |event: KeyboardEvent| {
        let next = match (event.key().as_str(), cursor.get_untracked()) {
            ("Enter", Some(at)) => return zoom(at, at),
            ("n" | "N", Some(at)) if kept.may_write.get_untracked() => {
                if let Some((start_ms, end_ms)) = plot.with(|plot| plot.as_ref()?.span(at)) {
                    kept.opened.set(Opened::Notes(start_ms, end_ms));
                }
                event.prevent_default();
                event.stop_propagation();
                return;
            }
            _ => stepping::step(&event, cursor, plot.with(|plot| plot.as_ref().map_or(0, |plot| plot.values.len()))),
        };
        let Some(next) = next else { return };
        let words = plot.with(|plot| say(plot.as_ref()?, next?));
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
    let brushed = move || {
        let (from, to) = (from.get()?, cursor.get()?);
        plot.with(|plot| {
            let share = |at: usize| plot.as_ref().map(|plot| plot.share_of_width(at));
            Some((share(from.min(to))?, share(from.max(to))?))
        })
    };
    let click = Signal::derive(move || {
        let interval = plot.with(|plot| plot.as_ref().map(|plot| plot.series.interval));
        match interval? {
            Dimension::Date => Some("Click for this day"),
            Dimension::Week => Some("Click for this week"),
            Dimension::Month => Some("Click for this month"),
            _ => None,
        }
    });
    let title = move || plot.with(|plot| plot.as_ref().map_or("", |plot| plot.kpi.title()));
    // Each draws anew with the plot, and gives the page one kind of view.
    let drawn = move |draw: fn(&Plot) -> AnyView| move || plot.with(|plot| plot.as_ref().map(draw));

    view! {
        <div class="chart-frame" class:skeleton=move || plot.with(Option::is_none)>
            {drawn(|plot| axis::ticks(plot).into_any())}
            <div
                class="chart-surface"
                node_ref=surface
                tabindex="0"
                role="group"
                aria-roledescription="chart"
                aria-label=move || {
                    format!("{} over time. Left and right arrow keys read the values, Enter looks closer.", title())
                }
                on:pointermove=move |event| cursor.set(slot_of(&event))
                on:pointerdown=press
                on:pointerup=release
                on:pointerleave=leave
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
                    {drawn(|plot| axis::grid(&plot.scale).into_any())}
                    <path class="chart-previous" d=path(|plot| &plot.previous_line)/>
                    <path class="chart-area" d=path(|plot| &plot.area)/>
                    <path class="chart-line" d=path(|plot| &plot.line)/>
                    <path class="chart-line chart-running" d=path(|plot| &plot.running)/>
                </svg>
                <div
                    class="chart-brush"
                    hidden=move || brushed().is_none_or(|(from, to)| from >= to)
                    style:left=move || brushed().map(|(from, _)| format::length(from)).unwrap_or_default()
                    style:right=move || brushed().map(|(_, to)| format::length(1.0 - to)).unwrap_or_default()
                ></div>
                <Mark class="chart-now" place=running_place/>
                <Mark class="chart-cursor" place=cursor_place/>
                <Mark class="chart-dot" place=cursor_place/>
                <Tooltip plot cursor kept click/>
            </div>
            {piece(Piece::Marks(charted))}
            <div class="chart-axis" aria-hidden="true">
                {drawn(|plot| axis::times(&plot.series).into_any())}
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
fn say(plot: &Plot, at: usize) -> Option<String> {
    let point = plot.series.points.get(at)?;
    let when = format::bucket(point.start_ms, plot.series.interval);
    let value = format::figure(plot.kpi.unit(), plot.series.value(point, plot.kpi), &plot.series.currency);
    Some(format!("{when}: {value} {}", plot.kpi.title()))
}

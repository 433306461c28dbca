//! The last thirty minutes as bars, read by pointer or arrow keys, or as a table.

use leptos::prelude::*;
use wire::realtime::{Minute, Realtime, SERIES_MINUTES};

use crate::components::icon::{Icon, Picture};
use crate::components::stepping;
use crate::format;

/// How many bars there are.
const BARS: usize = SERIES_MINUTES as usize;

/// The chart with its head, and the table in its place where that is wanted.
#[component]
pub fn Minutes(
    /// The site, now.
    realtime: RwSignal<Option<Realtime>>,
) -> impl IntoView {
    let as_table = RwSignal::new(false);
    let toggle = move || {
        let (picture, words) = match as_table.get() {
            true => (Picture::LINE, "View as chart"),
            false => (Picture::TABLE, "View as table"),
        };
        view! { <Icon picture/><span class="label">{words}</span> }
    };
    view! {
        <figure class="live-minutes">
            <figcaption class="chart-head">
                <h2>"Visitors "<span class="muted">"per minute"</span></h2>
                <button
                    type="button"
                    class="button quiet"
                    aria-pressed=move || as_table.get().to_string()
                    on:click=move |_| as_table.update(|as_table| *as_table = !*as_table)
                >
                    {toggle}
                </button>
            </figcaption>
            {move || if as_table.get() { table(realtime) } else { view! { <Bars realtime/> }.into_any() }}
        </figure>
    }
}

/// The bars alone.
#[component]
pub fn Bars(
    /// The site, now.
    realtime: RwSignal<Option<Realtime>>,
) -> impl IntoView {
    let cursor = RwSignal::new(None::<usize>);
    let spoken = RwSignal::new(String::new());
    let highest = Memo::new(move |_| realtime.with(|now| highest(now.as_ref())));
    let step = move |event: web_sys::KeyboardEvent| {
        let Some(next) = stepping::step(&event, cursor, BARS) else { return };
        spoken.set(next.and_then(|at| Some(words(at, minute(realtime, at)?))).unwrap_or_default());
    };
    let bars = (0..BARS).map(|at| {
        #[expect(clippy::cast_precision_loss, reason = "visitors of a minute are few")]
        let height = move || {
            let visitors = minute(realtime, at).map_or(0, |minute| minute.visitors);
            format::length(visitors as f64 / highest.get().max(4) as f64)
        };
        view! {
            <span class:chosen=move || cursor.get() == Some(at) on:pointerenter=move |_| cursor.set(Some(at))>
                <i style:height=height></i>
            </span>
        }
    });
    let hint = move || {
        let at = cursor.get()?;
        let minute = minute(realtime, at)?;
        let visitors = if minute.visitors == 1 { " visitor" } else { " visitors" };
        let (left, flipped) = (share(at), at > BARS / 2);
        Some(view! {
            <div class="tooltip" class:flipped=flipped style:left=left>
                <div class="tooltip-head">{ago(at)}</div>
                <div class="tooltip-row"><i></i><span>{visitors}</span><b>{format::whole(minute.visitors)}</b></div>
                <div class="tooltip-row before"><i></i><span>"pageviews"</span><b>{format::whole(minute.pageviews)}</b></div>
                <div class="tooltip-row before"><i></i><span>"events"</span><b>{format::whole(minute.events)}</b></div>
            </div>
        })
    };
    let label = move || {
        let highest = format::whole(highest.get());
        format!(
            "Visitors in each of the last 30 minutes, {highest} at most. Left and right arrow keys read the values."
        )
    };
    view! {
        <div
            class="live-bars"
            tabindex="0"
            role="group"
            aria-roledescription="chart"
            aria-label=label
            on:keydown=step
            on:pointerleave=move |_| cursor.set(None)
            on:blur=move |_| cursor.set(None)
        >
            <div class="minute-bars" aria-hidden="true">{bars.collect_view()}</div>
            <div aria-hidden="true">{hint}</div>
            <div class="visually-hidden" aria-live="polite">{move || spoken.get()}</div>
        </div>
        <div class="realtime-axis muted" aria-hidden="true">
            <span>"30 min ago"</span>
            <span>"15 min"</span>
            <span>"now"</span>
        </div>
    }
}

fn table(realtime: RwSignal<Option<Realtime>>) -> AnyView {
    let rows = (0..BARS).rev().map(|at| {
        let cell = move |pick: fn(Minute) -> u64| {
            move || minute(realtime, at).map(|minute| format::whole(pick(minute))).unwrap_or_default()
        };
        view! {
            <tr>
                <th scope="row">{ago(at)}</th>
                <td>{cell(|minute| minute.visitors)}</td>
                <td>{cell(|minute| minute.pageviews)}</td>
                <td>{cell(|minute| minute.events)}</td>
            </tr>
        }
    });
    view! {
        <div class="chart-table live-table" tabindex="0" role="region" aria-label="Visitors per minute">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Minute"</th>
                        <th scope="col">"Visitors"</th>
                        <th scope="col">"Pageviews"</th>
                        <th scope="col">"Events"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn minute(realtime: RwSignal<Option<Realtime>>, at: usize) -> Option<Minute> {
    realtime.with(|now| now.as_ref()?.minutes.get(at).copied())
}

/// Visitors of the busiest minute.
fn highest(now: Option<&Realtime>) -> u64 {
    now.into_iter().flat_map(|now| &now.minutes).map(|minute| minute.visitors).max().unwrap_or(0)
}

/// When a bar's minute was.
fn ago(at: usize) -> String {
    match BARS.saturating_sub(at + 1) {
        0 => "This minute".to_owned(),
        minutes => format!("{minutes} min ago"),
    }
}

fn words(at: usize, minute: Minute) -> String {
    format!("{}: {} visitors, {} pageviews", ago(at), minute.visitors, minute.pageviews)
}

#[expect(clippy::cast_precision_loss, reason = "one of thirty")]
fn share(at: usize) -> String {
    format::length((at as f64 + 0.5) / BARS as f64)
}

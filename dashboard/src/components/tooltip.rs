//! What the chart says about the bucket under the cursor.

use leptos::prelude::*;

use super::change::Change;
use crate::format;
use crate::kept::Kept;
use crate::plot::Plot;
use crate::series::Point;

/// The bucket's value, and that of then at the same place.
#[component]
pub fn Tooltip(
    /// The drawing.
    plot: Memo<Option<Plot>>,
    /// The bucket under the cursor.
    cursor: RwSignal<Option<usize>>,
    /// What is kept of the site.
    kept: Kept,
    /// What a click on the bucket does, in words.
    click: Signal<Option<&'static str>>,
) -> impl IntoView {
    let share = move || plot.with(|plot| Some(plot.as_ref()?.share_of_width(cursor.get()?)));
    let body = move || plot.with(|plot| Some(body(plot.as_ref()?, cursor.get()?, click.get(), kept)));
    view! {
        <div
            class="tooltip"
            hidden=move || cursor.get().is_none()
            class:flipped=move || share().is_some_and(|share| share > 0.5)
            style:left=move || share().map(format::length).unwrap_or_default()
        >
            {body}
        </div>
    }
}

fn body(plot: &Plot, at: usize, click: Option<&'static str>, kept: Kept) -> AnyView {
    let kpi = plot.kpi;
    let value = |point: &Point| plot.series.value(point, kpi);
    let now = plot.series.points.get(at);
    let before = plot.series.before(at);
    let change = match (now.map(value), before.map(value)) {
        (Some(now), Some(before)) => Some(view! { <Change kpi now before/> }),
        _ => None,
    };
    let notes = plot.span(at).map(|span| kept.between(span)).unwrap_or_default();
    let notes: Vec<_> = notes.into_iter().map(|note| view! { <p class="tooltip-note">{note.text}</p> }).collect();
    let running = (plot.is_running && at + 1 == plot.values.len()).then(|| view! { <div class="muted">"So far"</div> });
    view! {
        <div class="tooltip-head">
            <span>{kpi.title()}</span>
            {change}
        </div>
        {now.map(|point| row(plot, point, "tooltip-row"))}
        {before.map(|point| row(plot, point, "tooltip-row before"))}
        {running}
        {notes}
        {click.map(|words| view! { <div class="tooltip-hint muted">{words}</div> })}
    }
    .into_any()
}

fn row(plot: &Plot, point: &Point, class: &'static str) -> AnyView {
    let value = plot.series.value(point, plot.kpi);
    view! {
        <div class=class>
            <i></i>
            <span>{format::bucket(point.start_ms, plot.series.interval)}</span>
            <b>{format::figure(plot.kpi.unit(), value, &plot.series.currency)}</b>
        </div>
    }
    .into_any()
}

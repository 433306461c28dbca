//! What the chart says about the bucket under the cursor.

use leptos::prelude::*;

use super::change::Change;
use crate::format;
use crate::metric::Kpi;
use crate::plot::Plot;
use crate::series::Series;

/// The bucket's value, and the previous period's at the same place.
#[component]
pub fn Tooltip(
    /// The drawing.
    plot: Memo<Option<Plot>>,
    /// The figure drawn.
    kpi: RwSignal<Kpi>,
    /// The bucket under the cursor.
    cursor: RwSignal<Option<usize>>,
) -> impl IntoView {
    let share = move || plot.with(|plot| Some(plot.as_ref()?.share_of_width(cursor.get()?)));
    let body = move || {
        plot.with(|plot| {
            let (plot, at) = (plot.as_ref()?, cursor.get()?);
            Some(body(plot, at, kpi.get()))
        })
    };
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

fn body(plot: &Plot, at: usize, kpi: Kpi) -> AnyView {
    let now = row(&plot.series, at, kpi, "tooltip-row");
    let before = plot.previous.as_ref().and_then(|series| row(series, at, kpi, "tooltip-row before"));
    let change = match (&now, &before) {
        (Some((_, now)), Some((_, before))) => Some(view! { <Change now=*now before=*before/> }),
        _ => None,
    };
    view! {
        <div class="tooltip-head">
            <span>{kpi.title()}</span>
            {change}
        </div>
        {now.map(|(row, _)| row)}
        {before.map(|(row, _)| row)}
    }
    .into_any()
}

fn row(series: &Series, at: usize, kpi: Kpi, class: &'static str) -> Option<(AnyView, f64)> {
    let point = series.points.get(at)?;
    let value = kpi.of(point.counts);
    let row = view! {
        <div class=class>
            <i></i>
            <span>{format::bucket(point.start_ms, series.interval)}</span>
            <b>{format::kpi(kpi, value)}</b>
        </div>
    };
    Some((row.into_any(), value))
}

//! The chart's axes: grid lines, values at the left, times below.

use leptos::prelude::*;
use wire::query::Dimension;

use crate::curve::unit;
use crate::day::{DAY_MS, Day};
use crate::format;
use crate::plot::{Plot, SIZE};
use crate::scale::Scale;
use crate::series::Series;

/// Times below a chart, about.
const LABELS: usize = 8;

const HOUR_MS: u64 = 60 * 60_000;

/// Grid lines at the scale's ticks.
pub fn grid(scale: &Scale) -> impl IntoView + use<> {
    let lines = scale.ticks.iter().map(|tick| {
        let height = unit((1.0 - scale.share(*tick)) * SIZE);
        view! { <path class="chart-grid" d=format!("M0 {height}H{}", unit(SIZE))/> }
    });
    lines.collect_view()
}

/// The values of the scale's ticks.
pub fn ticks(plot: &Plot) -> impl IntoView + use<> {
    let labels = plot.scale.ticks.iter().map(|tick| {
        let bottom = format::length(plot.scale.share(*tick));
        view! { <span style:bottom=bottom>{format::tick(plot.kpi.unit(), *tick, &plot.series.currency)}</span> }
    });
    view! { <div class="chart-ticks" aria-hidden="true">{labels.collect_view()}</div> }
}

/// Times below the chart, so many as are read at a glance; every other one is dropped on a phone.
pub fn times(series: &Series) -> impl IntoView + use<> {
    let last = series.points.len().saturating_sub(1);
    let step = (last / LABELS).max(1);
    let label = |at: usize, start_ms: u64| match (series.interval, last) {
        (Dimension::Minute, _) => start_ms.is_multiple_of(4 * HOUR_MS).then(|| format::time(start_ms)),
        (Dimension::Hour, 0..=25) => at.is_multiple_of(4).then(|| format::time(start_ms)),
        (Dimension::Hour, _) => start_ms.is_multiple_of(DAY_MS).then(|| format::short_weekday(start_ms)),
        (Dimension::Month, _) => at.is_multiple_of(step).then(|| format::month(start_ms)),
        (Dimension::Date, 0..=13) => Some(format::short_weekday(start_ms)),
        (Dimension::Date, 93..) => Day::of_ms(start_ms).starts_month().then(|| format::month(start_ms)),
        _ => (last - at).is_multiple_of(step).then(|| format::day(start_ms)),
    };
    let labels = series
        .points
        .iter()
        .enumerate()
        .filter_map(|(at, point)| Some((at, label(at, point.start_ms)?)))
        .enumerate()
        .map(|(rank, (at, text))| {
            #[expect(clippy::cast_precision_loss, reason = "slots are few")]
            let left = format::length(if last == 0 { 0.5 } else { at as f64 / last as f64 });
            let class = match at {
                _ if last == 0 => "",
                0 => "first",
                _ if at == last => "last",
                _ if rank % 2 == 1 => "minor",
                _ => "",
            };
            view! { <span class=class style:left=left>{text}</span> }
        });
    labels.collect_view()
}

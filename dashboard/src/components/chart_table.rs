//! The chart's numbers as a table.

use leptos::prelude::*;

use crate::format;
use crate::kept::Kept;
use crate::plot::Plot;

/// Every bucket that has begun, newest first.
#[component]
pub fn ChartTable(
    /// The drawing.
    plot: Memo<Option<Plot>>,
    /// What is kept of the site.
    kept: Kept,
) -> impl IntoView {
    let table = move || plot.with(|plot| Some(table(plot.as_ref()?, kept)));
    view! {
        <div class="chart-table" tabindex="0" role="region" aria-label="Numbers of the chart">
            {table}
        </div>
    }
}

fn table(plot: &Plot, kept: Kept) -> AnyView {
    let series = &plot.series;
    let span = |at: Option<usize>| at.and_then(|at| plot.span(at));
    let all =
        span(Some(0)).zip(span(series.points.len().checked_sub(1))).map(|((from_ms, _), (_, to_ms))| (from_ms, to_ms));
    let has_notes = all.is_some_and(|all| !kept.between(all).is_empty());
    let noted = |at: usize| {
        let texts = plot.span(at).map(|span| kept.between(span)).unwrap_or_default();
        let texts: Vec<_> = texts.into_iter().map(|note| note.text).collect();
        view! { <td class="chart-table-notes">{texts.join(" · ")}</td> }
    };
    let head = series.kpis.iter().map(|kpi| view! { <th scope="col">{kpi.title()}</th> });
    let begun = series.points.iter().take(plot.values.len()).enumerate().rev();
    let rows = begun.map(|(at, point)| {
        let cells = series.kpis.iter().map(|kpi| {
            view! { <td>{format::figure(kpi.unit(), series.value(point, *kpi), &series.currency)}</td> }
        });
        view! {
            <tr>
                <th scope="row">{format::bucket(point.start_ms, series.interval)}</th>
                {cells.collect_view()}
                {has_notes.then(|| noted(at))}
            </tr>
        }
    });
    view! {
        <table class:noted=has_notes>
            <thead>
                <tr>
                    <th scope="col">"Time"</th>
                    {head.collect_view()}
                    {has_notes.then(|| view! { <th scope="col">"Notes"</th> })}
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

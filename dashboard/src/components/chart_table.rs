//! The chart's numbers as a table.

use leptos::prelude::*;

use crate::format;
use crate::plot::Plot;

/// Every bucket that has begun, newest first.
#[component]
pub fn ChartTable(
    /// The drawing.
    plot: Memo<Option<Plot>>,
) -> impl IntoView {
    let table = move || plot.with(|plot| Some(table(plot.as_ref()?)));
    view! {
        <div class="chart-table" tabindex="0" role="region" aria-label="Numbers of the chart">
            {table}
        </div>
    }
}

fn table(plot: &Plot) -> AnyView {
    let series = &plot.series;
    let head = series.kpis.iter().map(|kpi| view! { <th scope="col">{kpi.title()}</th> });
    let begun = series.points.iter().take(plot.values.len()).rev();
    let rows = begun.map(|point| {
        let cells = series.kpis.iter().map(|kpi| {
            view! { <td>{format::figure(kpi.unit(), series.value(point, *kpi), &series.currency)}</td> }
        });
        view! {
            <tr>
                <th scope="row">{format::bucket(point.start_ms, series.interval)}</th>
                {cells.collect_view()}
            </tr>
        }
    });
    view! {
        <table>
            <thead>
                <tr>
                    <th scope="col">"Time"</th>
                    {head.collect_view()}
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

//! The chart's numbers as a table.

use leptos::prelude::*;

use crate::format;
use crate::metric::Kpi;
use crate::plot::Plot;

/// Every bucket that has begun, newest first.
#[component]
pub fn ChartTable(
    /// The drawing.
    plot: Memo<Option<Plot>>,
) -> impl IntoView {
    let rows = move || {
        plot.with(|plot| {
            let plot = plot.as_ref()?;
            let begun = plot.series.points.iter().take(plot.values.len()).rev();
            let rows = begun.map(|point| {
                let cells = Kpi::ALL.map(|kpi| view! { <td>{format::kpi(kpi, kpi.of(point.counts))}</td> });
                view! {
                    <tr>
                        <th scope="row">{format::bucket(point.start_ms, plot.series.interval)}</th>
                        {cells}
                    </tr>
                }
            });
            Some(rows.collect_view().into_any())
        })
    };
    view! {
        <div class="chart-table" tabindex="0" role="region" aria-label="Numbers of the chart">
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Time (UTC)"</th>
                        {Kpi::ALL.map(|kpi| view! { <th scope="col">{kpi.title()}</th> })}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

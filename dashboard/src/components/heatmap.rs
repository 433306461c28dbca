//! When people come: hours of the week.

use leptos::prelude::*;
use wire::query::{Dimension, Metric, Query};

use super::Retry;
use crate::format;
use crate::metric::{count, text};
use crate::report::{Answered, Report};
use crate::shown::Shown;

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HOURS: usize = 24;

/// The hours of the week by their visitors, darker where there are more.
#[component]
pub fn Heatmap(
    /// The site.
    tracking_id: String,
    /// What is shown.
    shown: Shown,
    /// Asks again when it changes.
    refresh: RwSignal<u64>,
) -> impl IntoView {
    let query = Memo::new(move |_| Query {
        dimensions: vec![Dimension::HourOfWeek],
        ..shown.with(|view| view.query(&tracking_id, vec![Metric::UniqueUsers]))
    });
    let report = Report::keep(query, refresh);
    let has_failed = Memo::new(move |_| report.failure().is_some());
    let body = move || {
        if has_failed.get() {
            view! { <Retry report/> }.into_any()
        } else {
            report.with(|answered| answered.map_or_else(|| ().into_any(), table))
        }
    };
    view! {
        <section class="card panel heatmap" data-testid="panel-week" aria-label="Hours of the week">
            <header class="panel-head"><h2>"Hours of the week"</h2><span class="muted">"Visitors"</span></header>
            <div
                class="panel-body"
                class:stale=move || report.is_stale()
                tabindex="0"
                role="region"
                aria-label="Visitors by hour of the week"
            >
                {body}
            </div>
        </section>
    }
    .into_any()
}

fn table(answered: &Answered) -> AnyView {
    let rows = &answered.answer.rows;
    hours(|weekday, hour| {
        let name = format!("{}T{hour:02}", weekday + 1);
        let row = rows.iter().find(|row| text(row, Dimension::HourOfWeek.name()) == name);
        row.map_or(0, |row| count(row, "unique_users"))
    })
}

/// The table of what each hour of each weekday has; both are counted from 0.
#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
pub fn hours(of: impl Fn(usize, usize) -> u64) -> AnyView {
    let all = (0..WEEKDAYS.len()).flat_map(|weekday| (0..HOURS).map(move |hour| (weekday, hour)));
    let highest = all.map(|(weekday, hour)| of(weekday, hour)).max().unwrap_or(0).max(1);
    let head = (0..HOURS).map(|hour| {
        let class = if hour % 3 == 0 { "" } else { "visually-hidden" };
        view! { <th scope="col"><span class=class>{hour.to_string()}</span></th> }
    });
    let body = WEEKDAYS.iter().enumerate().map(|(weekday, name)| {
        let cells = (0..HOURS).map(|hour| {
            let visitors = of(weekday, hour);
            // The root keeps quiet hours apart from empty ones.
            let strength = format::length((visitors as f64 / highest as f64).sqrt());
            let hint = format!("{name} {hour:02}:00: {} visitors", format::whole(visitors));
            view! { <td title=hint><i style:--strength=strength></i><span class="visually-hidden">{format::whole(visitors)}</span></td> }
        });
        view! { <tr><th scope="row">{*name}</th>{cells.collect_view()}</tr> }
    });
    view! {
        <table>
            <thead><tr><td></td>{head.collect_view()}</tr></thead>
            <tbody>{body.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

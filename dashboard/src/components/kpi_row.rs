//! The key figures of what is shown, each with its change since then.

use leptos::prelude::*;
use wire::query::Answer;

use super::Retry;
use super::change::Change;
use crate::format;
use crate::metric::{Kpi, currency};
use crate::report::Report;
use crate::shown::Shown;
use crate::view::View;

/// The figures; choosing one charts it.
#[component]
pub fn KpiRow(
    /// The figures, compared.
    totals: Report,
    /// What is shown.
    shown: Shown,
) -> impl IntoView {
    let has_failed = Memo::new(move |_| totals.failure().is_some());
    let kpis = Memo::new(move |_| shown.with(View::kpis));
    move || {
        if has_failed.get() {
            return view! { <Retry report=totals/> }.into_any();
        }
        let figures = kpis.get().iter().map(|kpi| view! { <Figure kpi=*kpi totals shown/> });
        view! {
            <div class="kpis" role="group" aria-label="Key figures" class:stale=move || totals.is_stale()>
                {figures.collect_view()}
            </div>
        }
        .into_any()
    }
}

/// A figure, its value of then, and what its amounts are in.
#[derive(Clone, Debug, PartialEq)]
struct Value {
    now: f64,
    before: Option<f64>,
    currency: String,
}

#[component]
fn Figure(kpi: Kpi, totals: Report, shown: Shown) -> impl IntoView {
    let value = Memo::new(move |_| totals.with(|answered| read(&answered?.answer, kpi)));
    let chosen = move || shown.with(View::kpi) == kpi;
    let hint = move || {
        let value = value.get()?;
        let now = format::figure(kpi.unit(), value.now, &value.currency);
        let before = format::figure(kpi.unit(), value.before?, &value.currency);
        let span = totals.with(|answered| format::span(&answered?.answer.comparison.as_ref()?.date_range))?;
        let bound = totals.with(|answered| bound(&answered?.answer, kpi)).unwrap_or_default();
        Some(format!("{now} against {before} on {span}{bound}"))
    };
    // Ids are renewed daily: over several days a person counts once for each, and the figure says so.
    let title = move || match kpi {
        Kpi::Visitors if totals.with(|answered| answered.is_some_and(|answered| counts_days(&answered.answer))) => {
            "Visitors by day"
        }
        _ => kpi.title(),
    };
    let change = move || {
        let Value { now, before, .. } = value.get()?;
        let before = before?;
        Some(view! { <Change kpi now before/> }.into_any())
    };
    view! {
        <button
            type="button"
            class="kpi"
            aria-pressed=move || chosen().to_string()
            title=hint
            on:click=move |_| shown.show(&View { metric: Some(kpi), ..shown.view() })
        >
            <span class="kpi-title">{title}</span>
            <span class="kpi-figures">
                <span
                    class="kpi-value"
                    class:skeleton=move || value.with(Option::is_none)
                    data-testid=format!("kpi-{}", kpi.name())
                    data-value=move || value.get().map(|value| format::data(value.now))
                >
                    {move || value.get().map(|value| format::figure_short(kpi.unit(), value.now, &value.currency))}
                </span>
                {change}
            </span>
        </button>
    }
}

fn read(answer: &Answer, kpi: Kpi) -> Option<Value> {
    let currency = currency(answer);
    let then = answer.comparison.as_ref().and_then(|compared| compared.rows.first()?.as_ref());
    Some(Value {
        now: kpi.of(answer.rows.first()?, &currency),
        before: then.map(|row| kpi.of(row, &currency)),
        currency,
    })
}

fn counts_days(answer: &Answer) -> bool {
    answer.meta.unique_users.as_ref().is_some_and(|unique| unique.unit == "visitor_days")
}

/// How far an estimate may be off.
fn bound(answer: &Answer, kpi: Kpi) -> Option<String> {
    let unique = answer.meta.unique_users.as_ref().filter(|unique| kpi == Kpi::Visitors && unique.error_95 > 0.0)?;
    Some(format!(" (± {}%)", format::ratio(unique.error_95 * 100.0)))
}

//! The key figures of the period, each with its change against the previous one.

use leptos::prelude::*;

use super::Retry;
use super::change::Change;
use crate::format;
use crate::metric::{Counts, Kpi};
use crate::period::Shown;
use crate::report::{Answered, Report};

/// The figures; choosing one charts it.
#[component]
pub fn KpiRow(
    /// The period's totals.
    totals: Report,
    /// The previous period's totals, as far as this one has come.
    previous: Report,
    /// The period.
    shown: Memo<Shown>,
    /// The figure that is charted.
    chosen: RwSignal<Kpi>,
) -> impl IntoView {
    let has_failed = Memo::new(move |_| totals.failure().is_some());
    move || {
        if has_failed.get() {
            return view! { <Retry report=totals/> }.into_any();
        }
        let figures = Kpi::ALL.map(|kpi| view! { <Figure kpi totals previous shown chosen/> });
        view! {
            <div class="kpis" role="group" aria-label="Key figures" class:stale=move || totals.is_stale()>
                {figures}
            </div>
        }
        .into_any()
    }
}

#[component]
fn Figure(kpi: Kpi, totals: Report, previous: Report, shown: Memo<Shown>, chosen: RwSignal<Kpi>) -> impl IntoView {
    let value = move || Some(kpi.of(totals.with(counts)?));
    let compared = move || Some((value()?, kpi.of(previous.with(counts)?)));
    let hint = move || {
        let (now, before) = compared()?;
        let days = format::days(shown.get().days().previous());
        let so_far = if shown.get().is_running() { " up to the same time" } else { "" };
        Some(format!("{} against {} on {days}{so_far}", format::kpi(kpi, now), format::kpi(kpi, before)))
    };
    // Ids are renewed daily: over several days a person counts once for each, and the figure says so.
    let title = move || match kpi {
        Kpi::Visitors if totals.with(counts_days) => "Unique visitors by day",
        _ => kpi.title(),
    };
    let change = move || compared().map(|(now, before)| view! { <Change now before/> }.into_any());
    view! {
        <button
            type="button"
            class="kpi"
            aria-pressed=move || (chosen.get() == kpi).to_string()
            title=hint
            on:click=move |_| chosen.set(kpi)
        >
            <span class="kpi-title">{title}</span>
            <span class="kpi-figures">
                <span
                    class="kpi-value"
                    class:skeleton=move || value().is_none()
                    data-testid=kpi.test_id()
                    data-value=move || value().map(format::data)
                >
                    {move || value().map(|value| format::kpi_short(kpi, value)).unwrap_or_default()}
                </span>
                {change}
            </span>
        </button>
    }
}

fn counts_days(answered: Option<&Answered>) -> bool {
    let unique = answered.and_then(|answered| answered.answer.meta.unique_users.as_ref());
    unique.is_some_and(|unique| unique.unit == "visitor_days")
}

fn counts(answered: Option<&Answered>) -> Option<Counts> {
    answered?.answer.rows.first().map(Counts::of_row)
}

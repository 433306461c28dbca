//! What is answered: totals, figure, table, and how it came about.

use leptos::prelude::*;
use wasm_split_helpers::wasm_split;
use wire::query::{Cell, Metric, Row};

use super::export::Export;
use super::figure::Figure;
use super::meta::MetaLine;
use super::page::Editing;
use super::saved::{Keeping, SaveBar};
use super::table::Table;
use super::words;
use crate::components::{Change, CopyButton};
use crate::later::{Loaded, later};
use crate::report::Report;

/// The answer, kept as the report is changed.
#[component]
pub fn Answered(
    /// The report.
    editing: Editing,
    /// Those that are kept.
    keeping: Keeping,
) -> impl IntoView {
    let query = Memo::new(move |_| {
        let tracking_id = editing.tracking_id.get_value();
        editing.state.with(|state| state.query(&tracking_id))
    });
    let report = Report::keep(query, RwSignal::new(0));
    Effect::new(move || editing.failure.set(report.failure()));
    // What is about a part of the question stands there.
    let elsewhere = ["metrics", "dimensions", "filters", "date_range", "compare"];
    let failed = move || {
        let failure = report.failure()?;
        let is_shown = failure.field().is_some_and(|field| elsewhere.iter().any(|part| field.starts_with(part)));
        let words =
            if is_shown { "This question cannot be answered: see above.".to_owned() } else { failure.sentence() };
        Some(view! {
            <div class="card failed" role="alert">
                <p>{words}</p>
                <button type="button" class="button" on:click=move |_| report.ask()>"Retry"</button>
            </div>
        })
    };
    let link = Signal::derive(move || {
        let origin = window().location().origin().unwrap_or_default();
        let tracking_id = editing.tracking_id.get_value();
        format!("{origin}/sites/{tracking_id}/explore{}", editing.state.with(|state| state.search()))
    });
    let has_failed = Memo::new(move |_| report.failure().is_some());
    view! {
        <div class="explore-bar">
            {later(move || Box::pin(save_bar(keeping)))}
            <div class="explore-tools">
                <CopyButton text=link what="the link to this report"/>
                {later(move || Box::pin(export(editing, keeping)))}
            </div>
        </div>
        {failed}
        <div class="explore-answer" hidden=move || has_failed.get() class:stale=move || report.is_stale()>
            <Totals report/>
            {later(move || Box::pin(figure(editing, report)))}
            <Table editing report/>
            <MetaLine report/>
        </div>
    }
}

#[wasm_split(explore, fallible)]
fn figure(editing: Editing, report: Report) -> Loaded {
    Ok(view! { <Figure editing report/> }.into_any())
}

#[wasm_split(explore, fallible)]
fn save_bar(keeping: Keeping) -> Loaded {
    Ok(view! { <SaveBar keeping/> }.into_any())
}

#[wasm_split(explore, fallible)]
fn export(editing: Editing, keeping: Keeping) -> Loaded {
    Ok(view! { <Export editing keeping/> }.into_any())
}

/// The metrics of everything.
#[component]
pub fn Totals(
    /// The answer.
    report: Report,
) -> impl IntoView {
    let tiles = move || {
        report.with(|answered| {
            let answered = answered?;
            let then = answered.answer.comparison.as_ref().and_then(|compared| compared.totals.as_ref());
            let now = answered.answer.totals.as_ref()?;
            let tiles = answered.query.metrics.iter().map(|metric| tile(*metric, now, then));
            Some(tiles.collect_view().into_any())
        })
    };
    view! { <section class="card totals" aria-label="Totals" data-testid="totals">{tiles}</section> }
}

fn tile(metric: Metric, now: &Row, then: Option<&Row>) -> AnyView {
    let value = now.get(metric.name());
    let before = then.and_then(|then| then.get(metric.name()));
    let change = value.zip(before).map(|(now, before)| change(metric, now, before));
    let data = value.map(words::number).map(crate::format::data);
    view! {
        <div class="total" data-name=metric.name() data-value=data>
            <span class="kpi-title">{words::metric(metric)}</span>
            <span class="total-value">{value.map(|value| words::cell(metric, value))}</span>
            {change}
        </div>
    }
    .into_any()
}

/// How a value has moved. Of a bounce rate less is better; shares move by points.
pub fn change(metric: Metric, now: &Cell, before: &Cell) -> AnyView {
    let title = format!("{} then", words::cell(metric, before));
    let (now, before) = (words::number(now), words::number(before));
    if matches!(metric, Metric::BounceRate | Metric::ConversionRate | Metric::Percentage) {
        // Of nothing there is no share to compare with.
        if before == 0.0 {
            return ().into_any();
        }
        let points = now - before;
        let is_better = (points > 0.0) != (metric == Metric::BounceRate);
        let (class, sign) = match points.abs() < 0.05 {
            true => ("change", "±"),
            false if is_better => ("change up", if points > 0.0 { "↑ " } else { "↓ " }),
            false => ("change down", if points > 0.0 { "↑ " } else { "↓ " }),
        };
        let words = format!("{sign}{} pt", crate::format::ratio(points.abs()));
        return view! { <span class=class title=title>{words}</span> }.into_any();
    }
    view! { <span title=title><Change now before/></span> }.into_any()
}

//! Whether variants differ: who saw them, whether that was left to chance, and a card for each metric.

use leptos::prelude::*;
use wire::analysis::{
    Bounds, Compared, DecideBy, ExperimentAnswer, MetricKind, MetricResult, Unit, VariantResult, Verdict,
};

use super::super::told::{Rows, csv_button, day_note, drawn_or_table, meta_line, rate, table, unit_words};
use super::Editing;
use super::forest::{Line, forest};
use super::progress::progress;
use super::state::State;
use crate::format;
use crate::metric::Unit as Figure;

/// The answer.
pub fn drawn(editing: Editing, answer: &ExperimentAnswer) -> AnyView {
    let state = editing.state.get_untracked();
    let href = editing.address(&State { unit: Unit::Sessions, ..state.clone() });
    let note = day_note(
        &answer.meta,
        "Who comes back on another day counts as somebody else, and may see another variant. What happens within a visit is known.",
        Some(view! { <a href=href>"Count visits instead"</a> }.into_any()),
    );
    if answer.exposed + answer.saw_several == 0 {
        return view! {
            {note}
            <p class="card panel-empty muted people-hint" data-testid="nobody">
                {format!("No event in this period says a variant by the property “{}”. Pages say it by ", state.property)}
                <code>"tidemark.variant(\"checkout\", \"B\")"</code>
                ", or by an event of their own."
            </p>
            {meta_line(&answer.meta)}
        }
        .into_any();
    }
    let metrics = answer.metrics.iter().map(|metric| card(answer, metric)).collect_view();
    view! { {note}{progress(answer)}{people(answer)}{split(answer)}{metrics}{guard(answer)}{meta_line(&answer.meta)} }
        .into_any()
}

/// Who saw what.
fn people(answer: &ExperimentAnswer) -> AnyView {
    let (many, _) = unit_words(&answer.meta.unit);
    let total = |name: String, title: String, value: u64, hint: String| {
        view! {
            <div class="total" data-name=name data-value=value.to_string() title=hint>
                <span class="kpi-title">{title}</span>
                <span class="total-value">{format::whole(value)}</span>
            </div>
        }
    };
    let variants = answer.variants.iter().map(|variant| {
        let share = variant.exposed.saturating_mul(10_000).checked_div(answer.exposed).unwrap_or_default();
        #[expect(clippy::cast_precision_loss, reason = "at most ten thousand")]
        let share = rate(share as f64 / 100.0);
        let title = if variant.is_control && variant.name != "control" {
            format!("{} (control)", variant.name)
        } else {
            variant.name.clone()
        };
        let hint = format!("{share} of all; meant to be about {}", format::ratio(variant.expected));
        total(variant.name.clone(), title, variant.exposed, hint)
    });
    let several = (answer.saw_several > 0).then(|| {
        let hint = "They belong to no variant, and are left out".to_owned();
        total("several".to_owned(), "Saw several variants".to_owned(), answer.saw_several, hint)
    });
    view! {
        <section class="card totals" aria-label="Who saw what" data-testid="variants">
            {total("exposed".to_owned(), format!("{many} exposed"), answer.exposed, String::new())}
            {variants.collect_view()}
            {several}
        </section>
    }
    .into_any()
}

/// Whether people came to the variants as they were meant to.
fn split(answer: &ExperimentAnswer) -> AnyView {
    let Some(split) = answer.split.filter(|split| split.is_broken) else { return ().into_any() };
    let words = format!(
        "Chance makes a split as uneven as this one less than once in a thousand times (χ² = {}, p = {}). Something decides who sees what, or who is counted: a redirect, an error, a program. Until it is found, nothing below says anything.",
        format::ratio(split.chi_square),
        p_words(split.p_value),
    );
    view! {
        <p class="people-note measure-warning" role="alert" data-testid="split"><span><b>"The split is broken. "</b>{words}</span></p>
    }
    .into_any()
}

/// How a metric's numbers are written.
#[derive(Clone)]
enum Written {
    /// Those who did it, of a hundred.
    Share,
    /// Money in a currency.
    Money(String),
}

impl Written {
    fn of(metric: &MetricResult) -> Self {
        match metric.kind {
            MetricKind::Conversion => Self::Share,
            MetricKind::Revenue => Self::Money(metric.currency.clone().unwrap_or_else(|| "XXX".to_owned())),
        }
    }

    fn value(&self, value: f64) -> String {
        match self {
            Self::Share => format!("{}%", format::data(value)),
            Self::Money(currency) => format::figure(Figure::Money, value, currency),
        }
    }

    fn difference(&self, value: f64) -> String {
        let sign = if value < 0.0 { "−" } else { "+" };
        match self {
            Self::Share => format!("{sign}{} pp", format::data(value.abs())),
            Self::Money(_) => format!("{sign}{}", self.value(value.abs())),
        }
    }
}

fn signed_rate(value: f64) -> String {
    format!("{}{}", if value < 0.0 { "−" } else { "+" }, rate(value.abs()))
}

fn p_words(p_value: f64) -> String {
    if p_value < 0.001 { "<0.001".to_owned() } else { format!("{:.3}", p_value.min(1.0)) }
}

fn range(bounds: Bounds, write: impl Fn(f64) -> String) -> String {
    // What has no bound is not known.
    if bounds.low <= f64::MIN / 2.0 || bounds.high >= f64::MAX / 2.0 {
        return "not known".to_owned();
    }
    format!("{} to {}", write(bounds.low), write(bounds.high))
}

fn verdict_words(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotEnoughData => "Not enough data",
        Verdict::NoClearDifference => "No clear difference",
        Verdict::Better => "Better",
        Verdict::Worse => "Worse",
        Verdict::SplitIsBroken => "The split is broken",
        Verdict::TooEarly => "Too early to say",
    }
}

fn card(answer: &ExperimentAnswer, metric: &MetricResult) -> AnyView {
    let written = Written::of(metric);
    let is_table = RwSignal::new(false);
    let rows = {
        let (metric, written, many) = (metric.clone(), written.clone(), unit_words(&answer.meta.unit).0);
        StoredValue::new(all_rows(&metric, &written, many))
    };
    let lines = {
        let metric = StoredValue::new(metric.clone());
        let written = written.clone();
        move || {
            let lines = metric.with_value(|metric| lines(metric, &written));
            forest(lines, |value| written.difference(value))
        }
    };
    let named = format!("By variant: {}", metric.name);
    let body = move || if is_table.get() { table(named.clone(), rows.get_value()) } else { lines() };
    let mut words = metric.words.clone();
    if let Some(first) = words.get(..1).map(str::to_uppercase) {
        words.replace_range(..1, &first);
    }
    let class = match metric.verdict {
        Verdict::Better => "measure-verdict better",
        Verdict::Worse | Verdict::SplitIsBroken => "measure-verdict worse",
        _ => "measure-verdict",
    };
    let others = (metric.currencies.len() > 1).then(|| {
        let all = metric.currencies.join(", ");
        view! { <p class="muted">{format!("Paid in {all}; compared is what was paid in {}.", metric.currency.clone().unwrap_or_default())}</p> }
    });
    let (name, file) = (metric.name.clone(), metric.name.clone());
    view! {
        <section class="card people-card measure-card" aria-label=name.clone() data-testid="metric" data-name=name.clone()>
            <header class="people-head">
                <h3>{name.clone()}</h3>
                {drawn_or_table(is_table)}
                {csv_button(move || format!("experiment {file}"), move || rows.get_value())}
            </header>
            <p class=class data-testid="verdict">{words}</p>
            {variants(metric, &written)}
            {body}
            {others}
            {needed(answer, metric)}
        </section>
    }
    .into_any()
}

/// Of each variant what is known of itself.
fn variants(metric: &MetricResult, written: &Written) -> AnyView {
    let rows = metric.variants.iter().enumerate().map(|(at, variant)| {
        let did = match variant.total {
            Some(total) => written.value(total),
            None => format::whole(variant.converted),
        };
        let name = if at == 0 && variant.name != "control" {
            format!("{} (control)", variant.name)
        } else {
            variant.name.clone()
        };
        vec![
            name,
            format::whole(variant.exposed),
            format::whole(variant.converted),
            did,
            written.value(variant.mean),
            range(variant.interval, |value| written.value(value)),
        ]
    });
    let is_money = metric.kind == MetricKind::Revenue;
    let mean = if is_money { "Mean of all" } else { "Rate" };
    let head = ["Variant", "Exposed", if is_money { "Paid" } else { "Did it" }, "Revenue", mean, "In 95 of 100 cases"];
    let head = head.map(str::to_owned).to_vec();
    let mut all: Rows = [head].into_iter().chain(rows).collect();
    if !is_money {
        all.iter_mut().for_each(|row| _ = row.remove(3));
    }
    table(format!("Variants: {}", metric.name), all)
}

fn lines(metric: &MetricResult, written: &Written) -> Vec<Line> {
    let line = |variant: &VariantResult| {
        let compared = variant.compared.clone()?;
        let relative = compared.relative.map(|relative| format!("{} · ", signed_rate(relative)));
        let words = format!(
            "{}{} · p {} whenever one looks",
            relative.unwrap_or_default(),
            written.difference(compared.effect),
            p_words(compared.sequential.p_value_holm),
        );
        Some(Line { name: variant.name.clone(), words, compared })
    };
    metric.variants.iter().filter_map(line).collect()
}

/// How many people an effect takes.
fn needed(answer: &ExperimentAnswer, metric: &MetricResult) -> AnyView {
    let sought = format::data(answer.effect_sought);
    let line = |variant: &VariantResult| {
        let Compared { power, detectable, users_needed, .. } = variant.compared.as_ref()?;
        let detectable = match detectable {
            Some(part) => format!("An effect of {} or more would be found in 80 of 100 cases by now", rate(*part)),
            None => "No effect would be found by now".to_owned(),
        };
        let needed = match users_needed {
            Some(users) => format!("one of {sought}% takes {} in each variant", format::whole(*users)),
            None => format!("what one of {sought}% takes is not known yet"),
        };
        let words =
            format!("{detectable}; {needed}, and would be found in {} of 100 cases today.", format::ratio(*power));
        Some(view! { <li data-name=variant.name.clone()><b>{variant.name.clone()}</b>" "{words}</li> })
    };
    let lines: Vec<_> = metric.variants.iter().filter_map(line).collect();
    view! { <ul class="measure-power muted" data-testid="power">{lines}</ul> }.into_any()
}

/// What may be concluded from looking.
fn guard(answer: &ExperimentAnswer) -> AnyView {
    let words = match answer.decide_by {
        DecideBy::Sequential => {
            "Verdicts are by a sequential test: they hold whenever and however often you look. The plain p-value in the tables holds only once, at an end that was set before the start."
        }
        DecideBy::PlannedEnd => {
            "Verdicts are by the plain test: they hold only once, at an end that was set before the start. Who looks earlier and stops at the first good day finds effects that are not there."
        }
    };
    let is_unplanned = answer.decide_by == DecideBy::PlannedEnd && answer.planned_users.is_none();
    let plan = is_unplanned.then_some(" Say how many people are planned, and none is given before they came.");
    let several = answer.variants.len() > 2;
    let holm = several.then_some(" With several variants p-values are adjusted as one of all comparisons (Holm).");
    view! { <p class="muted measure-guard" data-testid="guard">{words}{plan}{holm}</p> }.into_any()
}

/// All of a metric, for a table and a file.
fn all_rows(metric: &MetricResult, written: &Written, many: &str) -> Rows {
    let head = [
        "Variant",
        many,
        "Did it",
        "Mean",
        "95%",
        "Difference",
        "95% ",
        "Relative",
        "95%  ",
        "p (planned end)",
        "p (any time)",
        "95% at any time",
        "Verdict",
    ];
    let row = |variant: &VariantResult| {
        let compared = variant.compared.as_ref();
        let tell = |write: &dyn Fn(&Compared) -> String| compared.map_or_else(|| "–".to_owned(), write);
        vec![
            variant.name.clone(),
            variant.exposed.to_string(),
            variant.converted.to_string(),
            written.value(variant.mean),
            range(variant.interval, |value| written.value(value)),
            tell(&|compared| written.difference(compared.effect)),
            tell(&|compared| range(compared.interval, |value| written.difference(value))),
            tell(&|compared| compared.relative.map_or_else(|| "–".to_owned(), signed_rate)),
            tell(&|compared| {
                compared.relative_interval.map_or_else(|| "–".to_owned(), |bounds| range(bounds, signed_rate))
            }),
            tell(&|compared| p_words(compared.p_value_holm)),
            tell(&|compared| p_words(compared.sequential.p_value_holm)),
            tell(&|compared| range(compared.sequential.interval, |value| written.difference(value))),
            tell(&|compared| verdict_words(compared.verdict).to_owned()),
        ]
    };
    let head = head.map(|words| words.trim_end().to_owned()).to_vec();
    [head].into_iter().chain(metric.variants.iter().map(row)).collect()
}

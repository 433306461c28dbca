//! What was paid in all, who paid, in which currencies, and by which rates it was converted.

use leptos::prelude::*;
use wire::query::{Answer, ConversionMeta, Metric};

use super::super::asked::Asked;
use super::super::told::{Rows, csv_button, rate, table};
use super::state::{FIGURES, amounts, currency, number, paying};
use super::{Showing, written};
use crate::components::Change;
use crate::format;

/// The figures of a period beside those before.
pub fn view(showing: Showing, answer: &Answer, types: Asked<Answer>, payers: Asked<Answer>) -> AnyView {
    let currency = currency(answer);
    let now = answer.rows.first().cloned().unwrap_or_default();
    let then = answer.comparison.as_ref().and_then(|then| then.rows.first().cloned().flatten());
    let figures = FIGURES.iter().map(|(metric, name, title)| {
        let value = number(&now, *metric, &currency);
        let before = then.as_ref().map(|then| number(then, *metric, &currency));
        let change = before.map(|before| view! { <Change now=value before/> });
        let hint = before.map(|before| format!("{} before", written(*metric, before, &currency)));
        view! {
            <div class="total" data-name=*name data-value=format::data(value) title=hint>
                <span class="kpi-title">{*title}</span>
                <span class="total-value">{written(*metric, value, &currency)}</span>
                {change}
            </div>
        }
    });
    let figures = figures.collect_view();
    let visitors = number(&now, Metric::UniqueUsers, "");
    let bought = move || {
        let buyers = payers.answer()?.rows.first().map(|row| number(row, Metric::UniqueUsers, ""))?;
        let types = types.answer().map(|answer| paying(&answer)).unwrap_or_default();
        let share = if visitors > 0.0 { buyers / visitors * 100.0 } else { 0.0 };
        let hint = format!("Visitors with an event of a type that paid: {}", format::or(types.iter().cloned()));
        let href = showing.lifecycle(&types);
        let figure = |name: &'static str, title: &'static str, words: String, value: f64| {
            view! {
                <div class="total" data-name=name data-value=format::data(value) title=hint.clone()>
                    <span class="kpi-title">{title}</span>
                    <span class="total-value">{words}</span>
                </div>
            }
        };
        Some(view! {
            {figure("buyers", "Buyers", format::figure(crate::metric::Unit::Count, buyers, ""), buyers)}
            {figure("conversion", "Of visitors", rate(share), share)}
            <a class="button quiet revenue-buyers" href=href>"New and returning buyers"</a>
        })
    };
    view! {
        <section class="card totals" aria-label="Totals" data-testid="totals">{figures}{bought}</section>
        {conversion(showing, answer)}
    }
    .into_any()
}

/// What stands apart, and why.
fn conversion(showing: Showing, answer: &Answer) -> Option<AnyView> {
    let paid = answer.rows.first().map(|row| amounts(row, Metric::Revenue)).unwrap_or_default();
    let main = currency(answer);
    let apart: Vec<String> = paid.iter().map(|(currency, _)| currency.clone()).filter(|one| *one != main).collect();
    let and = |all: &[String]| format::or(all.iter().cloned()).replace(" or ", " and ");
    let words = match &answer.meta.conversion {
        None if apart.is_empty() => return None,
        None => format!(
            "These are the amounts in {main}. Those in {} are not added to them: no reporting currency is declared.",
            and(&apart)
        ),
        Some(ConversionMeta { rates, missing, .. }) if rates.is_empty() && missing.is_empty() => return None,
        Some(ConversionMeta { rates, missing, .. }) => {
            let rate = |one: &wire::query::RateMeta| {
                let as_of = if one.as_of.is_empty() { String::new() } else { format!(" of {}", one.as_of) };
                format!("{} at {}{as_of}", one.currency, one.rate)
            };
            let rates: Vec<String> = rates.iter().map(rate).collect();
            let by = if rates.is_empty() { String::new() } else { format!("Converted into {main}: {}. ", and(&rates)) };
            let missing = if missing.is_empty() {
                String::new()
            } else {
                format!("Amounts in {} are not part of it: no rate is declared.", and(missing))
            };
            by + &missing
        }
    };
    let href = showing.asking.elsewhere("settings/currencies", Default::default());
    let href = href.split('?').next().unwrap_or_default().to_owned();
    let note = view! {
        <p class="people-note" role="note" data-testid="conversion">
            <span>{words}</span>
            <a href=href>"Exchange rates"</a>
        </p>
    };
    Some(note.into_any())
}

/// What was paid in each currency, where there are several.
pub fn currencies(answer: &Answer, totals: Asked<Answer>) -> AnyView {
    let row = answer.rows.first().cloned().unwrap_or_default();
    let mut paid = amounts(&row, Metric::Revenue);
    let conversion = totals.answer().and_then(|answer| answer.meta.conversion.clone());
    let is_plain = conversion.as_ref().is_none_or(|conversion| paid.iter().all(|(one, _)| *one == conversion.currency));
    if paid.is_empty() || (paid.len() < 2 && is_plain) {
        return ().into_any();
    }
    paid.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let rate_of = |currency: &str| match &conversion {
        None => String::new(),
        Some(conversion) if conversion.currency == currency => "1".to_owned(),
        Some(conversion) => {
            let found = conversion.rates.iter().find(|rate| rate.currency == currency);
            found.map_or_else(|| "none".to_owned(), |rate| rate.rate.clone())
        }
    };
    let head = ["Currency", "Revenue", "Average order", "Rate"].map(str::to_owned).to_vec();
    let line = |(currency, amount): &(String, f64), write: fn(f64, &str) -> String| {
        let average = number(&row, Metric::AverageOrder, currency);
        vec![currency.clone(), write(*amount, currency), write(average, currency), rate_of(currency)]
    };
    let rows = |write: fn(f64, &str) -> String| -> Rows {
        [head.clone()].into_iter().chain(paid.iter().map(|one| line(one, write))).collect()
    };
    let file = rows(|value, _| format::data(value));
    view! {
        <section class="card people-card" aria-labelledby="currencies-heading" data-testid="currencies">
            <header class="people-head">
                <h3 id="currencies-heading">"By currency"</h3>
                {csv_button(|| "revenue by currency".to_owned(), move || file.clone())}
            </header>
            {table("Revenue by currency", rows(|value, currency| written(Metric::Revenue, value, currency)))}
        </section>
    }
    .into_any()
}

//! Revenue: what was paid, by whom, over time, by currency and by whatever else events tell.

mod chart;
mod empty;
mod figures;
mod state;
mod values;

use leptos::prelude::*;
use wire::query::{Answer, Metric, Query};

use super::asked::Asked;
use super::editing::Asks;
use super::frame::Asking;
use super::said::Said;
use crate::format;
use crate::metric::Unit;

use state::State;

/// What is shown, and the ways to change it; its answer is that of everything.
type Showing = super::editing::Editing<State>;

impl Showing {
    /// Keeps a question answered.
    fn ask(self, query: impl Fn(Self) -> Option<Query> + Send + Sync + 'static) -> Asked<Answer> {
        let question = Memo::new(move |_| serde_json::to_string(&query(self)?).ok());
        Asked::keep(State::PATH, question)
    }

    /// The lifecycle of those who did any of these.
    fn lifecycle(self, types: &[String]) -> String {
        let mut said = Said::default();
        said.put_raw("active", super::pattern::Pattern { events: types.to_vec(), ..Default::default() }.to_url());
        self.asking.elsewhere("lifecycle", said)
    }
}

/// The page.
pub fn page(asking: Asking) -> AnyView {
    let showing = Showing::of(asking);
    let totals = showing.asked;
    let series = showing.ask(|showing| Some(state::series(showing.asking)));
    let values = showing.ask(|showing| Some(state::values(showing.asking, showing.state.get().by)));
    let currencies = showing.ask(|showing| Some(state::currencies(showing.asking)));
    let types = showing.ask(|showing| Some(state::types(showing.asking)));
    let payers = showing.ask(move |showing| state::payers(showing.asking, state::paying(&*types.answer()?)));
    let is_empty = Memo::new(move |_| {
        totals.answer().is_some_and(|answer| {
            let mut rows =
                answer.rows.iter().chain(answer.comparison.iter().flat_map(|then| then.rows.iter().flatten()));
            rows.all(|row| state::amounts(row, Metric::Revenue).is_empty())
        })
    });
    let body = move || {
        if is_empty.get() {
            return empty::view(asking);
        }
        view! {
            {totals.shown(move |answer| figures::view(showing, answer, types, payers))}
            {series.shown(move |answer| chart::view(showing, answer))}
            {currencies.shown(move |answer| figures::currencies(answer, totals))}
            {values.shown(move |answer| values::view(showing, answer))}
        }
        .into_any()
    };
    body.into_any()
}

/// What a metric is of.
fn unit(metric: Metric) -> Unit {
    if metric == Metric::Orders { Unit::Count } else { Unit::Money }
}

/// A metric's number as people write it.
fn written(metric: Metric, value: f64, currency: &str) -> String {
    format::figure(unit(metric), value, currency)
}

//! Revenue: what was paid, by whom, over time, by currency and by whatever else events tell.

mod chart;
mod empty;
mod figures;
mod state;
mod values;

use leptos::prelude::*;
use wire::query::{Answer, Metric, Query};

use super::asked::Asked;
use super::frame::Asking;
use super::said::Said;
use crate::format;
use crate::metric::Unit;

use state::State;

/// What is shown, and the ways to change it.
#[derive(Clone, Copy)]
struct Showing {
    asking: Asking,
    state: Memo<State>,
}

impl Showing {
    /// Something else: one step of the history.
    fn change(self, edit: impl FnOnce(&mut State)) {
        let mut next = self.state.get_untracked();
        edit(&mut next);
        self.asking.say(next.said());
    }

    /// Keeps a question answered.
    fn ask(self, query: impl Fn(Self) -> Option<Query> + Send + Sync + 'static) -> Asked<Answer> {
        let question = Memo::new(move |_| serde_json::to_string(&query(self)?).ok());
        Asked::keep("/api/v1/query", question)
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
    let state = Memo::new(move |_| State::read(&asking.said()));
    let showing = Showing { asking, state };
    let totals = showing.ask(|showing| Some(state::totals(showing.asking)));
    Effect::new(move || {
        if let Some(answer) = totals.answer() {
            asking.note_zone(&answer.meta.time_zone);
        }
    });
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

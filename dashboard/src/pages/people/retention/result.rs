//! Who came back: shares at a few distances, a curve, cohorts in a heat table, and by value.

use leptos::prelude::*;
use wire::analysis::{RetentionAnswer, RetentionGroup, Returning};
use wire::query::Dimension;

use super::super::answers;
use super::super::lines::{LINES_MAX, Line, Lines, lines_card};
use super::super::pattern::Pattern;
use super::super::said::Said;
use super::super::told::{Rows, csv_button, meta_line, rate, table};
use super::Editing;
use super::state::State;
use crate::components::cohort_table::{Cohort, CohortTable};
use crate::components::names;
use crate::format;

/// The answer.
pub fn drawn(editing: Editing, answer: &RetentionAnswer) -> AnyView {
    let state = editing.state.get_untracked();
    if answer.meta.unit == "visitor_days" {
        return unknown(editing, answer);
    }
    let is_empty = answer.cohorts.iter().all(|cohort| cohort.users == 0);
    if is_empty {
        return view! {
            <p class="card panel-empty muted people-hint">"Nobody came first in this period."</p>
            {meta_line(&answer.meta)}
        }
        .into_any();
    }
    view! {
        {marks(&state, answer)}
        {curve(&state, answer)}
        {cohorts(&state, answer)}
        {state.by.map(|by| groups(by, &state, answer))}
        {meta_line(&answer.meta)}
    }
    .into_any()
}

/// Says that it cannot be known who comes back on another day, and what can be asked instead.
fn unknown(editing: Editing, answer: &RetentionAnswer) -> AnyView {
    let paths = move || editing.asking.elsewhere("paths", Said::default());
    let mut visits = Said::default();
    visits.put_raw("unit", "sessions".to_owned());
    visits.put_raw("step", Pattern::event("").to_url());
    visits.put_raw("step", Pattern::event("").to_url());
    let funnels = move || editing.asking.elsewhere("funnels", visits.clone());
    let settings = format!("/sites/{}/settings/privacy", editing.asking.site());
    view! {
        <section class="card people-begin people-unknown" role="note" data-testid="visitor-days">
            <h3>"Who comes back on another day is not known here"</h3>
            <p class="muted">
                "This site counts visitors anew each day (UTC), without cookies: nobody can tell that two visitors of different days are the same person, so there is no honest number to show. What happens within a visit is known to the last step."
            </p>
            <p class="people-actions">
                <a class="button" href=paths>"Ways within a visit"</a>
                <a class="button" href=funnels>"A funnel of visits"</a>
                <a class="button quiet" href=settings>"How visitors are told apart"</a>
            </p>
        </section>
        {meta_line(&answer.meta)}
    }
    .into_any()
}

/// Shares at a few distances.
fn marks(state: &State, answer: &RetentionAnswer) -> AnyView {
    let people: u64 = answer.cohorts.iter().map(|cohort| cohort.users).sum();
    let newcomers = view! {
        <div class="total" data-name="newcomers" data-value=people.to_string()>
            <span class="kpi-title">"Came first"</span>
            <span class="total-value">{format::whole(people)}</span>
        </div>
    };
    let marks = state.marks().iter().map(|mark| {
        let found = answer.average.iter().find(|returning| returning.period == *mark);
        let words = found.map_or_else(|| "–".to_owned(), |found| rate(found.rate));
        let title = match found {
            Some(Returning { users, of, .. }) => format!("{} of {}", format::whole(*users), format::whole(*of)),
            None => format!("Nobody in this period came {mark} {}s ago", state.period().to_lowercase()),
        };
        view! {
            <div class="total" data-name=mark.to_string() data-value=found.map(|found| format::data(found.rate)) title=title>
                <span class="kpi-title">{format!("{} {mark}", state.period())}</span>
                <span class="total-value">{words}</span>
            </div>
        }
    });
    view! {
        <section class="card totals" aria-label="Came back" data-testid="marks">{newcomers}{marks.collect_view()}</section>
    }
    .into_any()
}

fn curve(state: &State, answer: &RetentionAnswer) -> AnyView {
    let columns = state.columns();
    // Within the period of their first event all of them are there.
    let periods: Vec<usize> = answer
        .average
        .iter()
        .map(|returning| returning.period)
        .filter(|period| (1..=columns).contains(period))
        .collect();
    if periods.len() < 2 {
        return ().into_any();
    }
    let values = |average: &[Returning]| {
        let at = |period: &usize| average.iter().find(|returning| returning.period == *period).map(|found| found.rate);
        periods.iter().map(at).collect()
    };
    let by = state.by.filter(|_| !answer.groups.is_empty());
    let lines = match by {
        Some(by) => {
            let groups = answer.groups.iter().take(LINES_MAX);
            groups.map(|group| Line { name: names::value(by, &group.value), values: values(&group.average) }).collect()
        }
        None => vec![Line { name: "Came back".to_owned(), values: values(&answer.average) }],
    };
    let drawn = Lines {
        title: "Share that came back".to_owned(),
        axis: state.period(),
        places: periods.iter().map(|period| format!("{} {period}", state.period())).collect(),
        brief: periods.iter().map(usize::to_string).collect(),
        lines,
        running_from: None,
        write: rate,
        least_top: 0.0,
    };
    lines_card(drawn, "curve", ().into_any())
}

fn cohorts(state: &State, answer: &RetentionAnswer) -> AnyView {
    let columns = state.columns();
    let (cohorts, together) = answers::cohorts(answer, state.interval, columns);
    let (of_file, period) = (StoredValue::new(cohorts.clone()), state.period());
    let rows = move || {
        let head = ["Began".to_owned(), "Visitors".to_owned()].into_iter();
        let head = head.chain((1..=columns).map(|at| format!("{period} {at}"))).collect();
        let row = |cohort: &Cohort| {
            let back = cohort.back.iter().map(u64::to_string);
            [cohort.name.clone(), cohort.visitors.to_string()].into_iter().chain(back).collect()
        };
        of_file.with_value(|cohorts| [head].into_iter().chain(cohorts.iter().map(row)).collect::<Rows>())
    };
    view! {
        <section class="card people-card" aria-labelledby="cohorts-heading" data-testid="cohorts">
            <header class="people-head">
                <h3 id="cohorts-heading">{format!("By the {} they came first", period.to_lowercase())}</h3>
                {csv_button(|| "retention".to_owned(), rows)}
            </header>
            <CohortTable label="Who came back, by when they came first".to_owned() period cohorts together/>
        </section>
    }
    .into_any()
}

fn groups(by: Dimension, state: &State, answer: &RetentionAnswer) -> AnyView {
    let (marks, period) = (state.marks(), state.period());
    let groups = StoredValue::new(answer.groups.clone());
    let rows = move || {
        let head = [names::dimension(by), "Visitors".to_owned()].into_iter();
        let head = head.chain(marks.iter().map(|mark| format!("{period} {mark}"))).collect();
        let row = |group: &RetentionGroup| {
            let at = |mark: &usize| {
                let found = group.average.iter().find(|returning| returning.period == *mark);
                found.map_or_else(|| "–".to_owned(), |found| rate(found.rate))
            };
            let first = [names::value(by, &group.value), group.users.to_string()].into_iter();
            first.chain(marks.iter().map(at)).collect()
        };
        groups.with_value(|groups| [head].into_iter().chain(groups.iter().map(row)).collect::<Rows>())
    };
    view! {
        <section class="card people-card" aria-labelledby="groups-heading" data-testid="groups">
            <header class="people-head">
                <h3 id="groups-heading">{format!("By {}", names::dimension(by).to_lowercase())}</h3>
                {csv_button(move || format!("retention by {by}"), rows)}
            </header>
            {table("Retention by value", rows())}
        </section>
    }
    .into_any()
}

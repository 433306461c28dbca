//! Who comes back: a row for each group of people that began together, a column for each period since.

use leptos::prelude::*;

use super::strength::{STEPS, step};
use crate::format;

/// People that began in the same period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cohort {
    /// When that was, in words.
    pub name: String,
    /// How many they were.
    pub visitors: u64,
    /// How many of them were there in the first period after it, the second, and so on, as far as time has come.
    pub back: Vec<u64>,
    /// How many of these periods, the last ones, are not over: their numbers still grow.
    pub growing: usize,
}

/// All that had the time to come back, in one: of each period since, those who were there and those who could have been.
#[cfg_attr(
    not(any(test, feature = "gallery")),
    allow(dead_code, reason = "the server tells it of what is not made up")
)]
pub fn together(cohorts: &[Cohort]) -> Vec<(u64, u64)> {
    let periods = cohorts.iter().map(|cohort| cohort.back.len()).max().unwrap_or(0);
    let period = |at: usize| {
        let able = cohorts.iter().filter_map(|cohort| Some((cohort.back.get(at)?, cohort.visitors)));
        able.fold((0, 0), |(back, all), (more, visitors)| (back + more, all + visitors))
    };
    (0..periods).map(period).collect()
}

/// The table; its cells are coloured by their shares.
#[component]
pub fn CohortTable(
    /// What the table is called.
    label: String,
    /// What a period is called: `Week`.
    period: &'static str,
    /// The groups, oldest first.
    cohorts: Vec<Cohort>,
    /// All that had the time to come back: of each period those who were there, and those who could have been.
    together: Vec<(u64, u64)>,
) -> impl IntoView {
    let periods = cohorts.iter().map(|cohort| cohort.back.len()).max().unwrap_or(0);
    if cohorts.is_empty() {
        return view! { <p class="panel-empty muted">"Nobody began in this period."</p> }.into_any();
    }
    let head = (1..=periods).map(|since| {
        view! {
            <th scope="col"><span class="cohort-period">{period}" "</span>{since.to_string()}</th>
        }
    });
    let most = deepest(&together);
    let missing = periods.saturating_sub(together.len());
    let all = together.into_iter().map(|(back, all)| cell(back, all, most, false)).collect_view();
    let visitors: u64 = cohorts.iter().map(|cohort| cohort.visitors).sum();
    let rows = cohorts.into_iter().map(|cohort| {
        let later = periods - cohort.back.len();
        let done = cohort.back.len().saturating_sub(cohort.growing);
        let cells = cohort.back.iter().enumerate().map(|(at, back)| cell(*back, cohort.visitors, most, at >= done));
        let cells = cells.collect_view();
        let name = cohort.name.clone();
        let size = cohort.visitors;
        view! {
            <tr data-name=cohort.name>
                <th scope="row" title=name.clone()>{name.clone()}</th>
                <td title=format::whole(size)>{format::short(size)}</td>
                {cells}
                {(0..later).map(|_| view! { <td></td> }).collect_view()}
            </tr>
        }
    });
    view! {
        <div class="cohorts" tabindex="0" role="region" aria-label=label>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Began"</th>
                        <th scope="col">"Visitors"</th>
                        {head.collect_view()}
                    </tr>
                </thead>
                <tbody>
                    <tr class="cohorts-all">
                        <th scope="row">"Together"</th>
                        <td title=format::whole(visitors)>{format::short(visitors)}</td>
                        {all}
                        {(0..missing).map(|_| view! { <td></td> }).collect_view()}
                    </tr>
                    {rows.collect_view()}
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

/// The share that has the strongest colour: a little more than the highest of all together, for single groups differ.
#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
fn deepest(together: &[(u64, u64)]) -> f64 {
    let shares = together.iter().filter(|(_, all)| *all > 0).map(|(back, all)| *back as f64 / *all as f64);
    (shares.fold(0.0, f64::max) * 1.25).clamp(0.01, 1.0)
}

/// A share in words and in colour; of nobody there is none.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts shown to people stay far below 2^53, and shares are of one"
)]
fn cell(back: u64, all: u64, most: f64, is_growing: bool) -> AnyView {
    if all == 0 {
        return view! { <td></td> }.into_any();
    }
    let share = (back as f64 / all as f64).min(1.0);
    let heat = (back > 0).then(|| step((share / most * 1_000.0) as u64, 1_000).min(STEPS).to_string());
    let so_far = if is_growing { ", so far" } else { "" };
    let hint = format!("{} of {}{so_far}", format::whole(back), format::whole(all));
    view! {
        <td data-heat=heat data-value=back.to_string() class:growing=is_growing title=hint>{format::percent(share)}</td>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cohort(visitors: u64, back: &[u64]) -> Cohort {
        Cohort { name: String::new(), visitors, back: back.to_vec(), growing: 0 }
    }

    #[test]
    fn only_those_count_together_that_had_the_time() {
        let all = together(&[cohort(10, &[5, 4, 3]), cohort(20, &[8, 2]), cohort(100, &[])]);
        assert_eq!(all, [(13, 30), (6, 30), (3, 10)]);
        assert!(together(&[]).is_empty());
    }

    #[test]
    fn the_strongest_colour_is_for_a_little_more_than_all_together() {
        for (together, expected) in
            [(vec![], 0.01), (vec![(0, 0), (0, 9)], 0.01), (vec![(10, 100), (40, 100)], 0.5), (vec![(90, 100)], 1.0)]
        {
            assert!((deepest(&together) - expected).abs() < 1e-9, "{together:?}");
        }
    }
}

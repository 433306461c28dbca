//! How many get how far: a row for each step, its bar as long as the share of those who began that reached it.

use leptos::prelude::*;

use crate::format;

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What people read.
    pub name: String,
    /// Visitors that reached it, after all steps before.
    pub visitors: u64,
    /// How long it took from the step before: the median, and more about it.
    pub took: Option<(String, String)>,
}

/// A step beside those before it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Reached {
    /// Of those who began, 0 to 1.
    of_all: f64,
    /// The same of the step before; 1 of the first.
    before: f64,
    /// Visitors that the step before had and this one has not.
    lost: u64,
    /// Of the step before, 0 to 1.
    lost_share: f64,
}

/// What becomes of those who begin. Nobody can come in between, so a step has at most as many as the one before.
#[expect(clippy::cast_precision_loss, reason = "counts shown to people stay far below 2^53")]
fn reached(steps: &[Step]) -> Vec<Reached> {
    let share = |part: u64, all: u64| if all == 0 { 0.0 } else { part as f64 / all as f64 };
    let first = steps.first().map_or(0, |step| step.visitors);
    let mut before = first;
    let step = |step: &Step| {
        let visitors = step.visitors.min(before);
        let lost = before - visitors;
        let reached = Reached {
            of_all: share(visitors, first),
            before: share(before, first),
            lost,
            lost_share: share(lost, before),
        };
        before = visitors;
        reached
    };
    steps.iter().map(step).collect()
}

/// The funnel.
#[component]
pub fn FunnelBars(
    /// What the funnel is called.
    label: String,
    /// What is counted: `Visitors`.
    unit: &'static str,
    /// The steps, first to last.
    steps: Vec<Step>,
) -> impl IntoView {
    if steps.first().is_none_or(|first| first.visitors == 0) {
        return view! { <p class="panel-empty muted">"Nobody began in this period."</p> }.into_any();
    }
    let reached = reached(&steps);
    let last = reached.last().map_or(0.0, |last| last.of_all);
    let summary = format!("{} steps, {} of those who begin reach the last", steps.len(), format::percent(last));
    let has_times = steps.iter().any(|step| step.took.is_some());
    let time = has_times.then(|| view! { <th scope="col" class="funnel-time">"Median time"</th> });
    let rows =
        steps.into_iter().zip(reached).enumerate().map(|(at, (step, reached))| row(at, step, reached, has_times));
    view! {
        <div class="funnel" tabindex="0" role="region" aria-label=label>
            <table>
                <caption class="muted">{summary}</caption>
                <thead>
                    <tr>
                        <th scope="col">"Step"</th>
                        <th scope="col">{unit}</th>
                        <th scope="col"><abbr title="Share of those who began">"%"</abbr></th>
                        <th scope="col">"Lost"</th>
                        {time}
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(at: usize, step: Step, reached: Reached, has_times: bool) -> AnyView {
    let fill = format::length(reached.of_all);
    let gone = format::length(reached.before - reached.of_all);
    let lost = (at > 0).then(|| {
        let words = if reached.lost == 0 { "nobody".to_owned() } else { format!("−{}", format::short(reached.lost)) };
        let share =
            (reached.lost > 0).then(|| view! { <span class="muted">{format::percent(reached.lost_share)}</span> });
        view! { <span title=format::whole(reached.lost)>{words}</span>{share} }
    });
    let took = has_times.then(|| {
        let (words, title) = step.took.unzip();
        view! { <td class="funnel-time muted" title=title>{words}</td> }
    });
    view! {
        <tr data-name=step.name.clone() data-value=step.visitors.to_string()>
            <th scope="row">
                <i class="funnel-fill" style:width=fill.clone()></i>
                <i class="funnel-lost" style:left=fill style:width=gone></i>
                <span class="funnel-name" title=step.name.clone()>
                    <span class="muted" aria-hidden="true">{(at + 1).to_string()}</span>
                    {step.name.clone()}
                </span>
            </th>
            <td title=format::whole(step.visitors)>{format::short(step.visitors)}</td>
            <td>{format::percent(reached.of_all)}</td>
            <td class="funnel-left">{lost}</td>
            {took}
        </tr>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(visitors: &[u64]) -> Vec<Step> {
        visitors.iter().map(|visitors| Step { name: String::new(), visitors: *visitors, took: None }).collect()
    }

    #[test]
    fn each_step_has_a_share_and_a_loss() {
        let all = reached(&steps(&[200, 100, 100, 25, 0]));
        let shares: Vec<_> = all.iter().map(|step| (step.of_all, step.before, step.lost, step.lost_share)).collect();
        assert_eq!(
            shares,
            [
                (1.0, 1.0, 0, 0.0),
                (0.5, 1.0, 100, 0.5),
                (0.5, 0.5, 0, 0.0),
                (0.125, 0.5, 75, 0.75),
                (0.0, 0.125, 25, 1.0)
            ]
        );
    }

    #[test]
    fn nobody_and_more_than_before_are_no_faults() {
        assert!(reached(&[]).is_empty());
        assert!(reached(&steps(&[0, 0])).iter().all(|step| step.of_all == 0.0 && step.lost == 0));
        // Sketches are estimates: a later step may count a few more than there can be.
        assert_eq!(reached(&steps(&[100, 101])).last().map(|step| (step.of_all, step.lost)), Some((1.0, 0)));
    }

    #[test]
    fn shares_fall_and_losses_add_up() {
        for visitors in [vec![1, 1, 1], vec![9, 3, 7, 2], vec![u64::MAX, 1], vec![5, 4, 3, 2, 1, 0]] {
            let all = reached(&steps(&visitors));
            assert!(all.is_sorted_by(|one, other| one.of_all >= other.of_all), "{visitors:?}");
            let lost: u64 = all.iter().map(|step| step.lost).sum();
            let lowest = visitors.iter().min().copied().unwrap_or(0);
            assert_eq!(lost, visitors[0] - lowest, "{visitors:?}");
        }
    }
}

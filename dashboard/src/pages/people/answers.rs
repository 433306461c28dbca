//! Answers as drawings have them, on a question's page and as a widget.

use wire::analysis::{Cohort as ToldCohort, Interval, RetentionAnswer, Returning, ToldStep};
use wire::query::Dimension;

use crate::components::cohort_table::Cohort;
use crate::components::funnel_bars::Step;
use crate::pages::explore::words;

/// A step of a funnel.
pub fn step(told: &ToldStep) -> Step {
    Step { name: told.name.clone(), visitors: told.users, took: None }
}

/// What a period is called.
pub fn period(interval: Interval) -> &'static str {
    match interval {
        Interval::Day => "Day",
        Interval::Week => "Week",
        Interval::Month => "Month",
    }
}

/// Cohorts over so many periods behind their first, and all of them together: who came back, and of how many.
pub fn cohorts(answer: &RetentionAnswer, interval: Interval, columns: usize) -> (Vec<Cohort>, Vec<(u64, u64)>) {
    let by = match interval {
        Interval::Day => Dimension::Date,
        Interval::Week => Dimension::Week,
        Interval::Month => Dimension::Month,
    };
    let behind = |returning: &&Returning| (1..=columns).contains(&returning.period);
    let cohort = |told: &ToldCohort| Cohort {
        name: words::value(by, &told.start),
        visitors: told.users,
        back: told.returned.iter().filter(behind).map(|returning| returning.users).collect(),
        growing: told.returned.iter().filter(behind).filter(|returning| !returning.is_complete).count(),
    };
    let together = answer.average.iter().filter(behind).map(|returning| (returning.users, returning.of));
    (answer.cohorts.iter().map(cohort).collect(), together.collect())
}

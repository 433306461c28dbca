//! How far along an experiment is, and what may not be concluded yet.

use leptos::prelude::*;
use wire::analysis::{DecideBy, ExperimentAnswer};

use super::super::told::unit_words;
use crate::format;

/// The card; nothing where it is not said how many people are planned.
pub fn progress(answer: &ExperimentAnswer) -> Option<AnyView> {
    let planned = answer.planned_users?;
    let (many, _) = unit_words(&answer.meta.unit);
    #[expect(clippy::cast_precision_loss, reason = "a share of people")]
    let part = answer.exposed as f64 / planned.max(1) as f64;
    let left = planned.saturating_sub(answer.exposed);
    let words = what_holds(answer.decide_by, (left > 0).then(|| format::whole(left)));
    Some(
        view! {
            <section class="card segment-size" aria-label="How far along" data-testid="progress">
                <p class="segment-people">
                    <b data-testid="so-far" data-value=answer.exposed.to_string()>{format::whole(answer.exposed)}</b>
                    <span>{format!("of {} planned {}", format::whole(planned), many.to_lowercase())}</span>
                    <span class="muted">{format::percent(part)}</span>
                </p>
                <div class="segment-share" aria-hidden="true"><i style:width=format::length(part.min(1.0))></i></div>
                <p class="muted">{words}</p>
            </section>
        }
        .into_any(),
    )
}

/// What may be concluded, and what not yet; `left` is how many people are still to come.
///
/// | decided | before the planned people came | once they came |
/// |---|---|---|
/// | whenever one looks | verdicts hold; no clear difference is none yet | no clear difference is what came of it |
/// | once | nothing holds | verdicts hold, this once |
fn what_holds(decide_by: DecideBy, left: Option<String>) -> String {
    match (decide_by, left) {
        (DecideBy::Sequential, Some(left)) => format!(
            "Better or worse holds already. That there is no difference may not be concluded yet: what is not clear now may still show with the {left} who are planned to come."
        ),
        (DecideBy::Sequential, None) => {
            "As many came as were planned. What shows no clear difference by now is too small for this experiment to find, which does not say that there is none.".to_owned()
        }
        (DecideBy::PlannedEnd, Some(left)) => format!(
            "It is decided once, when {left} more came. Until then nothing may be concluded: neither that a variant is better or worse, nor that there is no difference."
        ),
        (DecideBy::PlannedEnd, None) => {
            "As many came as were planned: the verdicts hold, this once. To go on until they are others would find effects that are not there.".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_be_concluded_is_said() {
        let check = |decide_by, left: Option<&str>, expect: &str| {
            let words = what_holds(decide_by, left.map(str::to_owned));
            assert!(words.contains(expect), "{words}");
        };
        check(DecideBy::Sequential, Some("1"), "may not be concluded yet");
        check(DecideBy::Sequential, Some("1,200"), "with the 1,200 who");
        check(DecideBy::Sequential, None, "does not say that there is none");
        check(DecideBy::PlannedEnd, Some("1,000"), "when 1,000 more came. Until then nothing may be concluded");
        check(DecideBy::PlannedEnd, None, "the verdicts hold, this once");
    }
}

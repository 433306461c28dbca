//! How an answer came about, in a few words with their meaning behind them.

use leptos::prelude::*;
use wire::query::Answer;

use crate::format;
use crate::report::Report;

/// The line below an answer.
#[component]
pub fn MetaLine(
    /// The answer.
    report: Report,
) -> impl IntoView {
    let facts = move || {
        report.with(|answered| {
            let facts = facts(&answered?.answer).into_iter().map(|(name, words, title)| {
                view! { <li data-name=name title=title>{words}</li> }
            });
            Some(facts.collect_view().into_any())
        })
    };
    view! { <ul class="meta muted" data-testid="meta" aria-label="How this answer came about">{facts}</ul> }
}

/// Name, words, and what they mean.
fn facts(answer: &Answer) -> Vec<(&'static str, String, String)> {
    let meta = &answer.meta;
    let mut facts = Vec::new();
    let mut say = |name, words: String, title: String| facts.push((name, words, title));
    match meta.source.as_str() {
        "raw" => say(
            "source",
            "From single events".to_owned(),
            "No counter tells this exactly, so events were read".to_owned(),
        ),
        _ => say(
            "source",
            format!("From rollups by {}", meta.granularity),
            "Merged from counters and sketches that are kept while events come in".to_owned(),
        ),
    }
    say("rows", format!("{} rows read", format::whole(meta.rows_read)), "Rollup rows or single events".to_owned());
    let took = match meta.is_cached {
        true => "cached".to_owned(),
        false => format!("{} ms", format::data((answer.execution_time_ms * 10.0).round() / 10.0)),
    };
    say("time", took, "Time taken on the server; cached: computed before, from the very same data".to_owned());
    if let Some(unique) = &meta.unique_users {
        let (unit, title) = match unique.unit.as_str() {
            "visitor_days" => {
                ("visitor-days", "Visitors are counted anew each day: who comes on three days counts three times")
            }
            _ => ("visitors", "Each visitor counts once over the whole period"),
        };
        let bound = match unique.error_95 > 0.0 {
            true => format!("± {}% {unit}", format::ratio(unique.error_95 * 100.0)),
            false => format!("exact {unit}"),
        };
        say("visitors", bound, format!("{title}. The bound holds in 95 of 100 cases"));
    }
    if let Some(rate) = meta.sample_rate.filter(|_| answer.is_sampled) {
        say(
            "sampled",
            format!("sampled {}", format::percent(rate)),
            "Extrapolated from a share of the visitors".to_owned(),
        );
    }
    if let Some(rounded) = &meta.rounded_to {
        let title = "Shorter windows are no longer kept that far back".to_owned();
        say("rounded", format!("rounded to whole {rounded}s"), title);
    }
    if let Some(watermark) = &meta.watermark {
        let time = watermark.get(11..19).unwrap_or(watermark);
        say("watermark", format!("complete up to {time}"), format!("{watermark}: later numbers may still grow"));
    }
    say("zone", meta.time_zone.clone(), "Time zone of dates and times".to_owned());
    facts
}

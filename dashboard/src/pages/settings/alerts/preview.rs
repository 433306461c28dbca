//! What an alert would have told of the last weeks, asked for as it is put together.

use std::time::Duration;

use gloo_net::http::Method;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::alert::{AlertDefinition, AlertPreview, AlertPreviewQuery, Interval};

use super::Watching;
use super::draft::Draft;
use super::drawn::drawn;
use crate::api::Failure;
use crate::format;
use crate::manage;

/// How long typing must rest before it is asked.
const REST: Duration = Duration::from_millis(300);

/// Incidents that are named.
const NAMED_MAX: usize = 6;

/// The chart, and what it means.
pub fn view(watching: Watching, draft: Draft) -> AnyView {
    let definition = Memo::new(move |_| draft.definition().ok());
    let shown = RwSignal::new(None::<(Interval, AlertPreview)>);
    let fault = RwSignal::new(None::<Failure>);
    let asked = RwSignal::new(0_u32);
    let answered = RwSignal::new(0_u32);
    Effect::new(move || {
        let Some(definition) = definition.get() else { return };
        let number = asked.get_untracked() + 1;
        asked.set(number);
        let ask = move || {
            // Somebody went on typing, or left.
            if asked.try_get_untracked() != Some(number) {
                return;
            }
            spawn_local(async move {
                let told = ask(watching, definition).await;
                if asked.try_get_untracked() != Some(number) {
                    return;
                }
                answered.set(number);
                match told {
                    Ok(told) => {
                        fault.set(None);
                        shown.set(Some(told));
                    }
                    Err(failure) => fault.set(Some(failure)),
                }
            });
        };
        set_timeout(ask, REST);
    });
    let chart = move || shown.with(|shown| shown.as_ref().map(|(interval, preview)| drawn(*interval, preview)));
    let said = move || shown.with(|shown| shown.as_ref().map(|(interval, preview)| said(*interval, preview)));
    view! {
        <section
            class="card alert-preview"
            class:stale=move || asked.get() != answered.get()
            aria-label="What it would have told"
            data-testid="alert-preview"
        >
            <h3>"What it would have told"</h3>
            <div class="alert-said" role="status">{said}</div>
            <p class="fault" role="alert">{move || fault.get().map(|failure| failure.sentence())}</p>
            {chart}
        </section>
    }
    .into_any()
}

async fn ask(watching: Watching, definition: AlertDefinition) -> Result<(Interval, AlertPreview), Failure> {
    let interval = definition.interval;
    let body = AlertPreviewQuery { definition };
    let answered = manage::send(Method::POST, &watching.site.api("/alerts/preview"), &body).await?;
    Ok((interval, manage::parsed(&answered)?))
}

fn whole(count: usize) -> String {
    format::whole(u64::try_from(count).unwrap_or(u64::MAX))
}

/// How often, and when.
fn said(interval: Interval, preview: &AlertPreview) -> AnyView {
    let over = match interval {
        Interval::Minute => "the last 24 hours",
        Interval::Hour => "the last 28 days",
        Interval::Day => "the last 90 days",
    };
    let untold = preview.buckets.iter().filter(|bucket| bucket.is_bad.is_none()).count();
    let learning = (untold > 0).then(|| {
        let (untold, all) = (whole(untold), whole(preview.buckets.len()));
        view! { <p class="muted">{format!("Of {untold} of {all} nothing could be told: what is usual takes three weeks of history.")}</p> }
    });
    let times = match preview.incidents.len() {
        0 => format!("Nothing in {over}."),
        1 => format!("Once in {over}:"),
        count => format!("{} times in {over}:", whole(count)),
    };
    let named = preview.incidents.iter().rev().take(NAMED_MAX).map(|incident| {
        let wall_ms = format::wall_ms(&preview.time_zone, incident.opened_at_ms);
        view! { <li>{format!("{} {}", format::day(wall_ms), format::time(wall_ms))}</li> }.into_any()
    });
    let named: Vec<AnyView> = named.collect();
    view! { <p data-testid="alert-times"><b>{times}</b></p><ul>{named}</ul>{learning} }.into_any()
}

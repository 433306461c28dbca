//! An event that is sent from here, and watched until it is counted.

use gloo_net::http::Request;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use wire::problem::Problem;

use super::checklist::Seen;
use super::install::Installed;
use crate::components::secret::copyable;
use crate::format;

/// What events are called that are sent from here.
pub const TEST_EVENT: &str = "tidemark_test";

/// What is read of [`wire::outcome::Outcomes`].
#[derive(Deserialize)]
struct Outcomes {
    outcomes: Vec<Outcome>,
}

#[derive(Deserialize)]
struct Outcome {
    detail: Option<String>,
    status: String,
}

/// A button, and a line for a terminal.
pub fn view(site: Installed, seen: Seen) -> AnyView {
    let said = RwSignal::new(String::new());
    let is_busy = RwSignal::new(false);
    // When it was sent, and how many had been counted by then; nothing while none is awaited.
    let awaited = RwSignal::new(None::<(f64, u64)>);
    let send = move |_| {
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        said.set("Sending…".to_owned());
        let (sent_ms, before) = (js_sys::Date::now(), seen.tests.get_untracked());
        spawn_local(async move {
            let answer = deliver(&site.edge.get_untracked(), &event(site, TEST_EVENT, false)).await;
            is_busy.try_set(false);
            let words = match answer {
                Ok(()) => {
                    awaited.try_set(Some((sent_ms, before)));
                    "The edge took it. Waiting until it is counted…".to_owned()
                }
                Err(words) => words,
            };
            said.try_set(words);
        });
    };
    Effect::new(move || {
        let counted = seen.tests.get();
        let Some((sent_ms, before)) = awaited.get() else { return };
        if counted > before {
            let seconds = format::ratio((js_sys::Date::now() - sent_ms) / 1000.0);
            said.set(format!("Counted: it was here after {seconds} s."));
            awaited.set(None);
        }
    });
    let curl = Signal::derive(move || {
        let edge = site.edge.get();
        format!(
            "curl -i {edge}/api/v1/events \\\n  -d '{}'",
            event(site, "pageview", true).replace(",\"", ",\n       \"")
        )
    });
    let button = site.is_edge_known.then(|| {
        view! {
            <div class="buttons">
                <button type="button" class="button" on:click=send>"Send a test event"</button>
                <span role="status" data-testid="test-event">{move || said.get()}</span>
            </div>
        }
    });
    view! {
        <section class="card set">
            <div class="set-body">
                <h2>"Try it"</h2>
                <p class="muted">
                    "An event of the type "<code>{TEST_EVENT}</code>" goes from this browser to the edge, the way your visitors' do. It is counted as an event, and is no page view."
                </p>
                {button}
                <p class="muted">"Or from a terminal. With a client_id, the sender counts as a visitor and not as the program that it is:"</p>
                {copyable(curl, "the command")}
            </div>
        </section>
    }
    .into_any()
}

fn event(site: Installed, event_type: &str, has_client: bool) -> String {
    let client = if has_client { "\"client_id\":\"terminal\"," } else { "" };
    let (tracking_id, page) = (site.tracking_id.get_value(), site.page());
    format!(
        "{{\"tracking_id\":\"{tracking_id}\",{client}\"event_type\":\"{event_type}\",\"page\":{{\"url\":\"{page}\"}}}}"
    )
}

/// Posts an event as pages do. Why it is not counted, in a sentence.
async fn deliver(edge: &str, event: &str) -> Result<(), String> {
    let unreachable = |_| format!("The edge at {edge} cannot be reached from this browser.");
    let request = Request::post(&format!("{edge}/api/v1/events")).body(event).map_err(unreachable)?;
    let response = request.send().await.map_err(unreachable)?;
    let text = response.text().await.map_err(unreachable)?;
    if response.status() == 204 {
        return Ok(());
    }
    if let Ok(Outcomes { outcomes }) = serde_json::from_str(&text)
        && let Some(outcome) = outcomes.into_iter().next()
    {
        let why = outcome.detail.unwrap_or_default();
        return Err(format!(
            "The edge answered, and did not count it: {} ({why}). See below what that means.",
            outcome.status
        ));
    }
    let detail =
        serde_json::from_str::<Problem>(&text).map_or_else(|_| "nothing more".to_owned(), |problem| problem.detail);
    Err(format!("The edge answered {}: {detail}.", response.status()))
}

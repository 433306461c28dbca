//! A site that has not sent anything yet.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::session::Sites;

use super::copy_button::CopyButton;
use crate::api;

/// What to put into the page, and how to try it without one.
#[component]
pub fn Waiting(
    /// The site.
    tracking_id: String,
) -> impl IntoView {
    let origin = window().location().origin().unwrap_or_default();
    let edge = RwSignal::new("https://edge.example.com".to_owned());
    spawn_local(async move {
        if let Ok(Sites { edge_url: Some(known), .. }) = api::sites().await {
            edge.set(known);
        }
    });
    let snippet = {
        let tracking_id = tracking_id.clone();
        Signal::derive(move || {
            let edge = edge.get();
            format!(
                "<script async src=\"{origin}/sdk/tidemark.js\"\n        data-site=\"{tracking_id}\"\n        data-endpoint=\"{edge}\"></script>"
            )
        })
    };
    let curl = Signal::derive(move || {
        let edge = edge.get();
        let event = format!(
            "{{\"tracking_id\":\"{tracking_id}\",\"event_type\":\"pageview\",\"page\":{{\"url\":\"https://example.com/\"}}}}"
        );
        format!("curl {edge}/api/v1/events \\\n  -H 'content-type: application/json' \\\n  -d '{event}'")
    });
    let change = move |event: web_sys::Event| {
        edge.set(event_target_value(&event).trim().trim_end_matches('/').to_owned());
    };
    view! {
        <section class="card waiting" data-testid="waiting">
            <h2><span class="live-dot" aria-hidden="true"></span>"Waiting for the first event"</h2>
            <p class="muted">"This page fills by itself as soon as something arrives."</p>
            <label>
                <h3>"Where your edge worker runs"</h3>
                <input type="url" spellcheck="false" prop:value=move || edge.get() on:input=change/>
            </label>
            <Step title="Put this into the head of every page" what="the snippet" text=snippet/>
            <Step title="Or send one from a terminal" what="the command" text=curl/>
        </section>
    }
}

#[component]
fn Step(title: &'static str, what: &'static str, text: Signal<String>) -> impl IntoView {
    view! {
        <h3>{title}</h3>
        <div class="snippet">
            <pre class="code" tabindex="0"><code>{move || text.get()}</code></pre>
            <CopyButton text what/>
        </div>
    }
}

//! The answer as a file: all its rows, in the form that is chosen.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::limits::QUERY_LIMIT_MAX;
use wire::query::Query;

use super::page::Editing;
use super::saved::Keeping;
use crate::api::{self, Failure};
use crate::download;

/// Name, ending, media type.
const FORMS: [(&str, &str, &str); 3] = [
    ("CSV", "csv", "text/csv"),
    ("NDJSON", "ndjson", "application/x-ndjson"),
    ("Parquet", "parquet", "application/vnd.apache.parquet"),
];

/// A button for each form.
#[component]
pub fn Export(
    /// The report.
    editing: Editing,
    /// Those that are kept: a file is named after its report.
    keeping: Keeping,
) -> impl IntoView {
    let failure = RwSignal::new(None::<Failure>);
    let export = move |ending: &'static str, kind: &'static str| {
        let tracking_id = editing.tracking_id.get_value();
        let query = editing.state.with_untracked(|state| Query {
            limit: Some(QUERY_LIMIT_MAX),
            offset: 0,
            compare: None,
            totals: false,
            ..state.query(&tracking_id)
        });
        let name = keeping.shown_untracked().map_or_else(|| format!("{tracking_id} report"), |report| report.name);
        spawn_local(async move {
            match api::table(&query, kind).await {
                Ok(bytes) => {
                    download::save_bytes(&format!("{name}.{ending}"), kind, &bytes);
                    failure.try_set(None);
                }
                Err(why) => {
                    failure.try_set(Some(why));
                }
            }
        });
    };
    let buttons = FORMS.map(|(words, ending, kind)| {
        view! {
            <button type="button" class="button" aria-label=format!("Export as {words}") on:click=move |_| export(ending, kind)>
                {words}
            </button>
        }
    });
    view! {
        <div class="export" role="group" aria-label="Export">{buttons}</div>
        {move || failure.get().map(|failure| view! { <p class="fault" role="alert">{failure.sentence()}</p> })}
    }
}

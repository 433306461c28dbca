//! What is done with the chart, beside looking at it.

use leptos::prelude::*;

use super::{Charted, download};
use crate::api::Failure;
use crate::components::{Icon, Picture};
use crate::kept::Opened;
use crate::later::while_there;
use crate::session::Session;

/// A note for the bucket under the cursor, or the newest; all that is shown as files.
pub fn view(charted: Charted) -> AnyView {
    let Charted { plot, cursor, shown, kept } = charted;
    let session = Session::of_page();
    let note = move |_| {
        let span = plot.with_untracked(|plot| {
            let plot = plot.as_ref()?;
            plot.span(cursor.get_untracked().or(plot.values.len().checked_sub(1))?)
        });
        if let Some((start_ms, end_ms)) = span {
            kept.opened.set(Opened::Notes(start_ms, end_ms));
        }
    };
    let is_busy = RwSignal::new(false);
    let failure = RwSignal::new(None::<Failure>);
    let save = move |_| {
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        let saving = async move {
            let done = download(kept, shown).await.err();
            is_busy.try_set(false);
            done.iter().for_each(|failure| session.note(failure));
            failure.try_set(done);
        };
        while_there(move || is_busy.is_disposed(), saving);
    };
    view! {
        <div class="chart-tools">
            <button type="button" class="button quiet" aria-label="Add note" title="Add note (N on a point)" hidden=move || !kept.may_write.get() on:click=note>
                <Icon picture=Picture::FLAG/>
                <span class="label">"Note"</span>
            </button>
            <button
                type="button"
                class="button quiet"
                aria-label="Download CSV (zip)"
                title="All panels in full, and the chart, as CSV files in a zip"
                aria-busy=move || is_busy.get().to_string()
                on:click=save
            >
                <Icon picture=Picture::DOWNLOAD/>
                <span class="label">{move || if is_busy.get() { "Collecting…" } else { "CSV" }}</span>
            </button>
            {move || failure.get().map(|failure| view! { <p class="fault" role="alert">{failure.sentence()}</p> })}
        </div>
    }
    .into_any()
}

//! The notes of a bucket of the chart: read, written, changed, deleted.

use gloo_net::http::Method;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::note::{NOTE_TEXT_BYTES_MAX, NewNote, NoteChange};

use super::{Dialog, TITLE};
use crate::components::confirm::{Ask, confirm};
use crate::components::form::{Sending, focus_later};
use crate::day::{Day, bucket_start_ms};
use crate::format;
use crate::kept::{Kept, Noted, Opened};
use crate::manage;
use crate::overview::fetch_notes;
use crate::session::Session;
use crate::shown::Shown;

/// The field of the text, for the focus.
const TEXT: &str = "note-text";

/// The note that is changed, if it is none that is new; and what is filled in.
#[derive(Clone, Copy)]
struct Draft {
    note: RwSignal<Option<Noted>>,
    time: RwSignal<String>,
    text: RwSignal<String>,
}

/// The notes between two moments, and a form where they may be written.
#[component]
pub fn Notes(
    /// What is shown.
    shown: Shown,
    /// What is kept of the site.
    kept: Kept,
    /// From when on, and before when.
    span: (u64, u64),
) -> impl IntoView {
    let draft =
        Draft { note: RwSignal::new(None), time: RwSignal::new(local(span.0)), text: RwSignal::new(String::new()) };
    let list = move || {
        let notes = kept.between(span);
        if notes.is_empty() {
            return view! { <p class="muted" hidden=kept.may_write.get()>"Nothing is noted here."</p> }.into_any();
        }
        let rows = notes.into_iter().map(|note| row(shown, kept, draft, note));
        view! { <ul class="kept">{rows.collect::<Vec<_>>()}</ul> }.into_any()
    };
    let form = move || kept.may_write.get().then(|| form(shown, kept, draft));
    if kept.between(span).is_empty() {
        focus_later(TEXT.to_owned());
    }
    view! {
        <Dialog title="Notes".to_owned() class="narrow" on_close=move || kept.opened.set(Opened::Nothing)>
            {list}
            {form}
        </Dialog>
    }
}

fn row(shown: Shown, kept: Kept, draft: Draft, noted: Noted) -> AnyView {
    let when = format!("{}, {}", format::full_day(noted.at_ms), format::time(noted.at_ms));
    let about = if noted.author.is_empty() { when } else { format!("{when} · {}", noted.author) };
    let text = noted.text.clone();
    let tools = kept.may_write.get_untracked().then(|| {
        let (number, text, label) = (noted.note, noted.text.clone(), format!("Change {}", noted.text));
        let change = move |_| {
            draft.time.set(local(noted.at_ms));
            draft.text.set(noted.text.clone());
            draft.note.set(Some(noted.clone()));
            focus_later(TEXT.to_owned());
        };
        let ask = Ask { id: format!("note-{number}"), action: "Delete", what: text, question: "For everybody?" };
        let remove = confirm(ask, RwSignal::new(0), move || {
            Box::pin(async move {
                manage::remove(path(kept, Some(number))).await?;
                draft.note.try_set(None);
                fetch_notes(kept, shown).await?;
                focus_later(TITLE.to_owned());
                Ok(())
            })
        });
        view! {
            <div class="row-actions">
                <button type="button" class="button quiet" aria-label=label on:click=change>"Change"</button>
                {remove}
            </div>
        }
    });
    view! {
        <li>
            <p>{text}</p>
            <p class="muted">{about}</p>
            {tools}
        </li>
    }
    .into_any()
}

fn form(shown: Shown, kept: Kept, draft: Draft) -> AnyView {
    let session = Session::of_page();
    let failure = RwSignal::new(String::new());
    let is_busy = RwSignal::new(false);
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if is_busy.get_untracked() {
            return;
        }
        let Some(at_ms) = bucket_start_ms(&draft.time.get_untracked()) else {
            return failure.set("Choose a day and a time.".to_owned());
        };
        let sending = send(shown, kept, draft.note.get_untracked(), at_ms, draft.text.get_untracked());
        is_busy.set(true);
        spawn_local(async move {
            let sent = sending.await;
            is_busy.try_set(false);
            match sent {
                Ok(()) => kept.opened.try_set(Opened::Nothing),
                Err(why) => {
                    session.note(&why);
                    failure.try_set(why.sentence());
                    None
                }
            };
        });
    };
    let heading = move || if draft.note.with(Option::is_some) { "Change the note" } else { "Add a note" };
    let left = move || NOTE_TEXT_BYTES_MAX.saturating_sub(draft.text.with(|text| text.trim().len()));
    view! {
        <form class="note-form" on:submit=save>
            <h3>{heading}</h3>
            <textarea
                id=TEXT
                rows="3"
                required=true
                aria-label="Text"
                placeholder="What happened? A launch, an outage, a mention …"
                aria-describedby="note-about"
                maxlength=NOTE_TEXT_BYTES_MAX.to_string()
                prop:value=move || draft.text.get()
                on:input=move |event| draft.text.set(event_target_value(&event))
            ></textarea>
            <p class="muted" id="note-about">{move || format!("{} left. Everybody who reads this site sees it.", left())}</p>
            <div class="note-line">
                <input
                    type="datetime-local"
                    required=true
                    aria-label="When, by the site's clocks"
                    prop:value=move || draft.time.get()
                    on:input=move |event| draft.time.set(event_target_value(&event))
                />
                <button type="submit" class="button primary" disabled=move || is_busy.get()>"Save"</button>
            </div>
            <p class="fault" role="alert">{move || failure.get()}</p>
        </form>
    }
    .into_any()
}

/// Sends what was filled in: of a note that is changed, only what is another.
fn send(shown: Shown, kept: Kept, note: Option<Noted>, at_ms: u64, text: String) -> Sending {
    Box::pin(async move {
        let zone = untrack(|| shown.zone()).unwrap_or_default();
        let at_ms_of = |wall_ms: u64| instant(&zone, wall_ms);
        // Text that was broken into lines is one sentence after the other.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match note {
            Some(noted) => {
                // To the minute, as the field has it.
                let is_moved = local(noted.at_ms) != local(at_ms);
                let change = NoteChange { at_ms: is_moved.then(|| at_ms_of(at_ms)), text: Some(text) };
                manage::send(Method::PATCH, &path(kept, Some(noted.note)), &change).await?;
            }
            None => {
                let new = NewNote { at_ms: at_ms_of(at_ms), text };
                manage::send(Method::POST, &path(kept, None), &new).await?;
            }
        }
        fetch_notes(kept, shown).await
    })
}

fn path(kept: Kept, note: Option<i64>) -> String {
    let rest = note.map_or_else(|| "/notes".to_owned(), |note| format!("/notes/{note}"));
    kept.tracking_id.with_value(|id| manage::of_site(id, &rest))
}

/// A moment as a field of day and time has it.
fn local(ms: u64) -> String {
    let minutes = ms / 60_000 % (24 * 60);
    format!("{}T{:02}:{:02}", Day::of_ms(ms), minutes / 60, minutes % 60)
}

/// When the clocks of a zone show this, Unix milliseconds. Where they skip it, about then.
fn instant(zone: &str, wall_ms: u64) -> u64 {
    let mut at_ms = wall_ms;
    // The second step sees the offset that holds there, where the first saw another.
    for _ in 0..2 {
        at_ms = (at_ms + wall_ms).saturating_sub(format::wall_ms(zone, at_ms));
    }
    at_ms
}

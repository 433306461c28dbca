//! The segments of a site: chosen, renamed, deleted; and what is filtered by, kept as one more.

use gloo_net::http::Method;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::query::Dimension;
use wire::saved_segment::{NewSavedSegment, SAVED_SEGMENT_NAME_BYTES_MAX, SavedSegmentChange};

use super::{Dialog, TITLE};
use crate::components::confirm::{Ask, confirm};
use crate::components::form::{Sending, focus_later};
use crate::kept::{Kept, Opened};
use crate::manage::{self, SegmentName};
use crate::overview::fetch_segments;
use crate::session::Session;
use crate::shown::Shown;
use crate::view::View;
use crate::view::filter::{self, Condition};

/// The field of the name, for the focus.
const NAME: &str = "segment-name";

/// The list of segments, and a form that keeps what is filtered by.
#[component]
pub fn Segments(
    /// What is shown.
    shown: Shown,
    /// What is kept of the site.
    kept: Kept,
) -> impl IntoView {
    let renamed = RwSignal::new(None::<String>);
    let list = move || {
        let segments = kept.segments.get();
        let rows = segments.into_iter().map(|(number, name)| row(shown, kept, renamed, number, name));
        view! { <ul class="kept">{rows.collect::<Vec<_>>()}</ul> }.into_any()
    };
    let has_own = shown.with(|view| view.conditions.iter().any(|condition| condition.dimension != Dimension::Segment));
    let form = (has_own && kept.may_write.get_untracked()).then(|| keep(shown, kept));
    view! {
        <Dialog title="Segments".to_owned() class="narrow" on_close=move || kept.opened.set(Opened::Nothing)>
            {form}
            {list}
        </Dialog>
    }
}

fn keep(shown: Shown, kept: Kept) -> AnyView {
    let words = "Keeps what is filtered by under a name, for everybody who reads this site.";
    focus_later(NAME.to_owned());
    naming(String::new(), words, move |name| {
        Box::pin(async move {
            let filters = filter::all(&untrack(|| shown.view()).conditions);
            let made = manage::send(Method::POST, &path(kept, None), &NewSavedSegment { name, filters }).await?;
            let made: SegmentName = manage::parsed(&made)?;
            fetch_segments(kept).await?;
            let conditions = vec![Condition::is(Dimension::Segment, made.segment.to_string())];
            kept.opened.try_set(Opened::Nothing);
            shown.show(&View { conditions, ..untrack(|| shown.view()) });
            Ok(())
        })
    })
}

fn row(shown: Shown, kept: Kept, renamed: RwSignal<Option<String>>, number: String, name: String) -> AnyView {
    if renamed.get().as_ref() == Some(&number) {
        focus_later(NAME.to_owned());
        let form = naming(name, "", move |name| {
            let path = path(kept, Some(&number));
            Box::pin(async move {
                let change = SavedSegmentChange { name: Some(name), filters: None };
                manage::send(Method::PATCH, &path, &change).await?;
                renamed.try_set(None);
                fetch_segments(kept).await?;
                focus_later(TITLE.to_owned());
                Ok(())
            })
        });
        return view! { <li>{form}</li> }.into_any();
    }
    let alone = shown.with(|view| view.with(Condition::is(Dimension::Segment, number.clone())));
    let tools = kept.may_write.get_untracked().then(|| {
        let label = format!("Rename {name}");
        let rename = {
            let number = number.clone();
            move |_| renamed.set(Some(number.clone()))
        };
        let question = "Links that filter by it show nothing any more.";
        let ask = Ask { id: format!("segment-{number}"), action: "Delete", what: name.clone(), question };
        let remove = confirm(ask, RwSignal::new(0), move || remove(shown, kept, number.clone()));
        view! {
            <div class="row-actions">
                <button type="button" class="button quiet" aria-label=label on:click=rename>"Rename"</button>
                {remove}
            </div>
        }
    });
    view! {
        <li>
            <a href=shown.address(&alone) on:click=move |_| kept.opened.set(Opened::Nothing)>{name}</a>
            {tools}
        </li>
    }
    .into_any()
}

fn remove(shown: Shown, kept: Kept, number: String) -> Sending {
    Box::pin(async move {
        manage::remove(path(kept, Some(&number))).await?;
        fetch_segments(kept).await?;
        // What is gone cannot be filtered by.
        let view = untrack(|| shown.view());
        let gone = Condition::is(Dimension::Segment, number);
        let conditions: Vec<_> = view.conditions.iter().filter(|condition| **condition != gone).cloned().collect();
        shown.show(&View { conditions, ..view });
        focus_later(TITLE.to_owned());
        Ok(())
    })
}

/// A field for a name, and what sends it.
fn naming(present: String, words: &'static str, send: impl Fn(String) -> Sending + 'static) -> AnyView {
    let session = Session::of_page();
    let (name, failure) = (RwSignal::new(present), RwSignal::new(String::new()));
    let is_busy = RwSignal::new(false);
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        let sending = send(name.get_untracked());
        spawn_local(async move {
            let sent = sending.await;
            is_busy.try_set(false);
            if let Err(why) = sent {
                session.note(&why);
                failure.try_set(why.sentence());
            }
        });
    };
    view! {
        <form class="note-form" on:submit=save>
            <p class="muted" hidden=words.is_empty()>{words}</p>
            <div class="note-line">
                <input
                    id=NAME
                    required=true
                    aria-label="Name of the segment"
                    placeholder="Paying users"
                    maxlength=SAVED_SEGMENT_NAME_BYTES_MAX.to_string()
                    prop:value=move || name.get()
                    on:input=move |event| name.set(event_target_value(&event))
                />
                <button type="submit" class="button primary" disabled=move || is_busy.get()>"Save"</button>
            </div>
            <p class="fault" role="alert">{move || failure.get()}</p>
        </form>
    }
    .into_any()
}

fn path(kept: Kept, number: Option<&str>) -> String {
    let rest = number.map_or_else(|| "/segments".to_owned(), |number| format!("/segments/{number}"));
    kept.tracking_id.with_value(|id| manage::of_site(id, &rest))
}

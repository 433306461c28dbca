//! Buttons that ask again before something is gone.

use leptos::prelude::*;

use super::form::{Sending, focus_later};
use super::panel::again;
use crate::session::Session;

/// A button that asks again.
pub struct Ask {
    /// Names it among others on the page.
    pub id: String,
    /// What the button says: `Remove`.
    pub action: &'static str,
    /// What it is about, for those who cannot see what stands beside it.
    pub what: String,
    /// What is asked.
    pub question: &'static str,
}

/// Does something when asked twice; `round` grows when it is done. Why it was not is said beside it.
pub fn confirm(
    Ask { id, action, what, question }: Ask,
    round: RwSignal<u64>,
    send: impl Fn() -> Sending + 'static,
) -> AnyView {
    let send: Box<dyn Fn() -> Sending> = Box::new(send);
    let session = Session::of_page();
    let is_asked = RwSignal::new(false);
    let is_busy = RwSignal::new(false);
    let fault = RwSignal::new(String::new());
    let (first, second) = (id.clone() + "-ask", id + "-do");
    let to_second = second.clone();
    let ask = move |_| {
        is_asked.set(true);
        focus_later(to_second.clone());
    };
    let to_first = first.clone();
    let keep = move || {
        is_asked.set(false);
        focus_later(to_first.clone());
    };
    let keep_by_key = keep.clone();
    let act = move |_| {
        if is_busy.get_untracked() {
            return;
        }
        is_busy.set(true);
        let sending = send();
        leptos::task::spawn_local(async move {
            let sent = sending.await;
            is_busy.try_set(false);
            match sent {
                Ok(()) => {
                    again(round);
                    // The button goes with what it stood beside.
                    focus_later("content".to_owned());
                }
                Err(failure) => {
                    session.note(&failure);
                    fault.try_set(failure.sentence());
                    is_asked.try_set(false);
                }
            }
        });
    };
    let label = format!("{action} {what}");
    view! {
        <div class="confirm" on:keydown=move |event| if event.key() == "Escape" && is_asked.get_untracked() { keep_by_key() }>
            <button id=first type="button" class="button quiet" aria-label=label hidden=move || is_asked.get() on:click=ask>
                {action}
            </button>
            <span class="confirm-asked" hidden=move || !is_asked.get()>
                <span>{question}</span>
                <button id=second type="button" class="button danger" on:click=act>{action}</button>
                <button type="button" class="button quiet" on:click=move |_| keep()>"Keep"</button>
            </span>
            <span class="fault" role="alert">{move || fault.get()}</span>
        </div>
    }
    .into_any()
}

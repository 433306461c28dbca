//! Content that is asked for: what is on the screen stays until the next is there.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;

use super::Logo;
use crate::api::Failure;
use crate::later::while_there;
use crate::session::Session;

/// Content on its way.
pub type Filling = Pin<Box<dyn Future<Output = Result<AnyView, Failure>>>>;

/// Asks for content.
pub type Fill = Rc<dyn Fn() -> Filling>;

/// What is shown where nothing came; asking again is counted.
type Failed = fn(&Failure, RwSignal<u64>) -> AnyView;

/// Shows what `fill` brings, and again whenever `round` grows. Where it brings nothing: why, and the way to try again.
pub fn panel(round: RwSignal<u64>, fill: impl Fn() -> Filling + 'static) -> AnyView {
    shown(round, failed, Rc::new(fill))
}

/// The same, of a whole page.
pub fn page(fill: impl Fn() -> Filling + 'static) -> AnyView {
    shown(RwSignal::new(0), lost, Rc::new(fill))
}

fn shown(round: RwSignal<u64>, failed: Failed, fill: Fill) -> AnyView {
    let session = Session::of_page();
    let content = RwSignal::new_local(None::<AnyView>);
    // Signals of what is on the screen live until the panel goes: it can be used while the next is on its way.
    let owner = Owner::current().unwrap_or_default();
    let ask = move || {
        let filling = fill();
        let asking = ScopedFuture::new_untracked(async move {
            let filled = filling.await.unwrap_or_else(|failure| {
                session.note(&failure);
                failed(&failure, round)
            });
            // Whoever was signed out meanwhile keeps what they see until they are in again.
            if !session.is_interrupted_untracked() {
                content.try_set(Some(filled));
            }
        });
        while_there(move || content.is_disposed(), asking);
    };
    Effect::new(move || {
        round.track();
        session.track();
        owner.with(&ask);
    });
    let shown = move || {
        content.track();
        // A view is shown once: it is taken, and nothing but a new one comes here again.
        content.try_update_untracked(Option::take).flatten()
    };
    shown.into_any()
}

fn failed(failure: &Failure, round: RwSignal<u64>) -> AnyView {
    view! {
        <div class="card failed" role="alert">
            <p>{failure.sentence()}</p>
            <button type="button" class="button" on:click=move |_| again(round)>"Retry"</button>
        </div>
    }
    .into_any()
}

fn lost(failure: &Failure, round: RwSignal<u64>) -> AnyView {
    view! {
        <main class="alone" id="content">
            <Logo/>
            <h1>"This page could not be shown"</h1>
            <p role="alert">{failure.sentence()}</p>
            <button type="button" class="button" on:click=move |_| again(round)>"Try again"</button>
            <p><a href="/">"Go to your sites"</a></p>
        </main>
    }
    .into_any()
}

/// Has panels ask again.
pub fn again(round: RwSignal<u64>) {
    round.try_update(|round| *round += 1);
}

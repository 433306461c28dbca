//! Pages and dialogs whose code is loaded when they are first shown: each begins at a function of its own that is marked
//! `#[wasm_split(NAME, fallible)]`, and what only it needs is a file of its own (`later-NAME-HASH.wasm`).

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use leptos::prelude::*;
use leptos::reactive::computed::ScopedFuture;
use leptos::task::spawn_local;
use wasm_split_helpers::SplitLoaderError;

/// A page, once its code is there.
pub type Loaded = Result<AnyView, SplitLoaderError>;

/// Loads the code of a page, where that is not done, and makes the page.
pub type Loading = Pin<Box<dyn Future<Output = Loaded>>>;

/// A page that comes when its code is there. Where that cannot be had: why, and the way to try again.
pub fn later(load: impl Fn() -> Loading + Send + Sync + 'static) -> AnyView {
    // What follows is there once, and not once for each that is loaded.
    shown_later(Arc::new(load))
}

fn shown_later(load: Arc<dyn Fn() -> Loading + Send + Sync>) -> AnyView {
    let page = RwSignal::new_local(None::<Loaded>);
    let begin = move || {
        let loading = load();
        let making = ScopedFuture::new_untracked(async move {
            let loaded = loading.await;
            page.try_set(Some(loaded));
        });
        while_there(move || page.is_disposed(), making);
    };
    begin();
    let shown = move || {
        page.track();
        // A view is shown once: it is taken, and nothing but a new one comes here again.
        page.try_update_untracked(Option::take).flatten().map(|loaded| loaded.unwrap_or_else(|_| failed(begin.clone())))
    };
    shown.into_any()
}

/// Does something for a page until it `is_gone`: the signals that it would need then are gone too.
pub fn while_there(is_gone: impl Fn() -> bool + 'static, doing: impl Future<Output = ()> + 'static) {
    let mut doing: Pin<Box<dyn Future<Output = ()>>> = Box::pin(doing);
    spawn_local(poll_fn(move |context| if is_gone() { Poll::Ready(()) } else { doing.as_mut().poll(context) }));
}

fn failed(again: impl Fn() + Send + Sync + 'static) -> AnyView {
    view! {
        <div class="card failed" role="alert">
            <p>"This part could not be loaded. Perhaps there is no network, or the server has a newer version: then load the page again."</p>
            <button type="button" class="button" on:click=move |_| again()>"Try again"</button>
        </div>
    }
    .into_any()
}

/// Where a file is that the page's head names by an id, for when it is needed.
pub fn asset(id: &str) -> Option<String> {
    document().get_element_by_id(id).and_then(|link| link.get_attribute("href"))
}

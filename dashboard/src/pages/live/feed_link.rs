//! Single events of a site as they come: caught up with by a request, then pushed while the tab is visible.
//!
//! | state | what a second does |
//! |---|---|
//! | tab hidden | nothing; the stream is closed |
//! | stream open, heard lately | nothing |
//! | stream open, silent for [`SILENCE_MS`] | takes it for lost |
//! | no stream | asks what came since, and opens the stream behind that; after a failure again in 1, 2, 4 … [`RETRY_MS_MAX`] |
//! | refused | nothing any more |
//!
//! Every request and every stream names the position that was seen last, so nothing is shown twice, and nothing is missed.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventSource, MessageEvent, VisibilityState};
use wire::feed::Feed;

use crate::api::{self, Failure};
use crate::session::Session;

/// A stream that sends every 10 s and has been silent for this long is dead.
const SILENCE_MS: f64 = 25_000.0;
const RETRY_MS_MAX: f64 = 10_000.0;

/// How events come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coming {
    /// Not yet.
    Connecting,
    /// Pushed.
    Pushed,
    /// Not at present.
    Late,
    /// Not for this reader, or not of this site: in the server's words.
    Refused(String),
}

/// Follows a site's events until the owner goes; hands each message to `take`.
pub fn follow(tracking_id: &str, take: impl Fn(Feed) + 'static) -> RwSignal<Coming> {
    let coming = RwSignal::new(Coming::Connecting);
    let link = Rc::new(Link {
        tracking_id: tracking_id.to_owned(),
        take: Box::new(take),
        coming,
        session: Session::of_page(),
        stream: RefCell::new(None),
        seen: Cell::new(None),
        is_asking: Cell::new(false),
        failures: Cell::new(0),
        heard_ms: Cell::new(0.0),
        attempt_ms: Cell::new(0.0),
    });
    link.tick();
    let ticking = Rc::clone(&link);
    let interval = Interval::new(1_000, move || ticking.tick());
    let watching = Rc::clone(&link);
    let visibility = window_event_listener_untyped("visibilitychange", move |_| watching.tick());
    on_cleanup(move || visibility.remove());
    StoredValue::new_local(Following { _interval: interval, link });
    coming
}

/// Dropped with the page.
struct Following {
    _interval: Interval,
    link: Rc<Link>,
}

impl Drop for Following {
    fn drop(&mut self) {
        self.link.stream.replace(None);
    }
}

struct Link {
    tracking_id: String,
    take: Box<dyn Fn(Feed)>,
    coming: RwSignal<Coming>,
    session: Session,
    stream: RefCell<Option<Stream>>,
    /// How far events were shown.
    seen: Cell<Option<u64>>,
    is_asking: Cell<bool>,
    failures: Cell<u32>,
    heard_ms: Cell<f64>,
    attempt_ms: Cell<f64>,
}

impl Link {
    fn tick(self: &Rc<Self>) {
        if document().visibility_state() == VisibilityState::Hidden {
            self.stream.replace(None);
            return;
        }
        // None: the page has left the screen.
        let is_over = self.coming.try_with_untracked(|coming| matches!(coming, Coming::Refused(_)));
        if is_over != Some(false) {
            return;
        }
        let now_ms = js_sys::Date::now();
        if self.stream.borrow().is_some() {
            if now_ms - self.heard_ms.get() > SILENCE_MS {
                self.lost();
            }
        } else if !self.is_asking.get() && now_ms >= self.attempt_ms.get() {
            self.catch_up();
        }
    }

    fn catch_up(self: &Rc<Self>) {
        self.is_asking.set(true);
        let link = Rc::clone(self);
        spawn_local(async move {
            let answer = api::feed(&link.tracking_id, link.seen.get()).await;
            link.is_asking.set(false);
            match answer {
                Ok(feed) => {
                    link.show(feed);
                    if document().visibility_state() != VisibilityState::Hidden {
                        link.stream.replace(Stream::open(&link));
                    }
                }
                Err(failure) => {
                    link.session.note(&failure);
                    match failure {
                        Failure::Problem(ref problem) if matches!(problem.status, 403 | 404 | 422) => {
                            link.set(Coming::Refused(failure.sentence()));
                        }
                        _ => link.lost(),
                    }
                }
            }
        });
    }

    /// Takes a message, unless what it tells was shown before.
    fn show(&self, feed: Feed) {
        self.heard_ms.set(js_sys::Date::now());
        self.set(Coming::Pushed);
        if feed.taken > 0 && self.seen.get() != Some(feed.position) {
            (self.take)(feed.clone());
        }
        self.seen.set(Some(feed.position));
    }

    fn lost(&self) {
        self.stream.replace(None);
        let failures = self.failures.get();
        let back_off_ms = (1_000.0 * f64::from(1u32 << failures.min(10))).min(RETRY_MS_MAX);
        self.attempt_ms.set(js_sys::Date::now() + back_off_ms);
        self.failures.set(failures + 1);
        self.set(Coming::Late);
    }

    fn set(&self, coming: Coming) {
        if self.coming.try_with_untracked(|present| *present != coming) == Some(true) {
            self.coming.set(coming);
        }
    }
}

/// An open event source with its listeners; closed when dropped.
struct Stream {
    source: EventSource,
    _on_feed: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(Event)>,
}

impl Stream {
    fn open(link: &Rc<Link>) -> Option<Self> {
        let source = EventSource::new(&api::feed_path(&link.tracking_id, link.seen.get())).ok()?;
        let hearing = Rc::downgrade(link);
        let on_feed = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            let text = message.data().as_string().unwrap_or_default();
            if let (Some(link), Ok(feed)) = (hearing.upgrade(), serde_json::from_str(&text)) {
                link.failures.set(0);
                link.show(feed);
            }
        });
        let losing = Rc::downgrade(link);
        let on_error = Closure::<dyn Fn(Event)>::new(move |_: Event| {
            if let Some(link) = losing.upgrade() {
                link.lost();
            }
        });
        source.add_event_listener_with_callback("feed", on_feed.as_ref().unchecked_ref()).ok()?;
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Some(Self { source, _on_feed: on_feed, _on_error: on_error })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.set_onerror(None);
        self.source.close();
    }
}

//! A site's live stream: pushed by the server while the tab is visible, polled when pushing fails.
//!
//! One timer a second drives everything that is not a message:
//!
//! | state | what the timer does |
//! |---|---|
//! | tab hidden | nothing; the stream is closed |
//! | stream open, heard lately | nothing |
//! | stream open, silent for [`SILENCE_MS`] | takes it for lost |
//! | stream lost | opens it again after a back-off of 1, 2, 4 … [`RETRY_MS_MAX`] |
//! | refused as `locked` | nothing any more |
//! | lost [`FAILURES_BEFORE_POLLING`] times in a row | also polls every [`POLL_MS`] |

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Interval;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Event, EventSource, MessageEvent, VisibilityState};
use wire::realtime::Realtime;

use crate::api;
use crate::clock::Clock;
use crate::session::Session;

/// A stream that sends every 10 s and has been silent for this long is dead.
const SILENCE_MS: f64 = 25_000.0;
const RETRY_MS_MAX: f64 = 30_000.0;
const POLL_MS: f64 = 10_000.0;
const FAILURES_BEFORE_POLLING: u32 = 3;

/// How the numbers arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// Not yet.
    Connecting,
    /// Pushed.
    Open,
    /// Not at present.
    Reconnecting,
    /// Asked for every few seconds.
    Polling,
    /// Not at all: the caller is to see a part of the site, and what happens now cannot be narrowed to it.
    Withheld,
}

/// A site, now.
#[derive(Clone, Copy)]
pub struct Live {
    /// The last message.
    pub realtime: RwSignal<Option<Realtime>>,
    /// How messages arrive.
    pub connection: RwSignal<Connection>,
}

impl Live {
    /// Follows a site until the owner goes.
    pub fn follow(tracking_id: &str, clock: Clock) -> Self {
        let live = Self { realtime: RwSignal::new(None), connection: RwSignal::new(Connection::Connecting) };
        let link = Rc::new(Link {
            tracking_id: tracking_id.to_owned(),
            live,
            clock,
            session: Session::of_page(),
            stream: RefCell::new(None),
            // A stream cannot say whose it is by a header, so an embedded page asks every few seconds.
            failures: Cell::new(if api::embedded().is_some() { FAILURES_BEFORE_POLLING } else { 0 }),
            heard_ms: Cell::new(0.0),
            attempt_ms: Cell::new(0.0),
            poll_ms: Cell::new(0.0),
        });
        link.tick();
        let ticking = Rc::clone(&link);
        let interval = Interval::new(1_000, move || ticking.tick());
        let watching = Rc::clone(&link);
        let visibility = window_event_listener_untyped("visibilitychange", move |_| watching.tick());
        on_cleanup(move || visibility.remove());
        StoredValue::new_local(Following { _interval: interval, link });
        live
    }

    /// A site whose present is not for the caller: nothing is asked.
    pub fn withheld() -> Self {
        Self { realtime: RwSignal::new(None), connection: RwSignal::new(Connection::Withheld) }
    }

    /// Whether the present is not for the caller.
    pub fn is_withheld(self) -> bool {
        self.connection.get() == Connection::Withheld
    }

    fn take(self, realtime: Realtime, clock: Clock) {
        clock.set(realtime.timestamp);
        self.realtime.try_set(Some(realtime));
    }
}

/// Dropped with the page that follows the site.
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
    live: Live,
    clock: Clock,
    session: Session,
    stream: RefCell<Option<Stream>>,
    failures: Cell<u32>,
    heard_ms: Cell<f64>,
    attempt_ms: Cell<f64>,
    poll_ms: Cell<f64>,
}

impl Link {
    fn tick(self: &Rc<Self>) {
        if is_hidden() || self.live.connection.try_get_untracked() == Some(Connection::Withheld) {
            self.stream.replace(None);
            return;
        }
        let now_ms = js_sys::Date::now();
        if self.stream.borrow().is_some() {
            if now_ms - self.heard_ms.get() > SILENCE_MS {
                self.lost();
            }
        } else if now_ms >= self.attempt_ms.get() {
            self.heard_ms.set(now_ms);
            self.stream.replace(Stream::open(self));
        }
        let is_failing = self.failures.get() >= FAILURES_BEFORE_POLLING;
        if is_failing && now_ms - self.poll_ms.get() >= POLL_MS {
            self.poll_ms.set(now_ms);
            self.poll();
        }
    }

    fn heard(&self, realtime: Realtime) {
        self.failures.set(0);
        self.heard_ms.set(js_sys::Date::now());
        self.set_connection(Connection::Open);
        self.live.take(realtime, self.clock);
    }

    fn lost(&self) {
        self.stream.replace(None);
        let failures = self.failures.get();
        let back_off_ms = (1_000.0 * f64::from(1u32 << failures.min(10))).min(RETRY_MS_MAX);
        self.attempt_ms.set(js_sys::Date::now() + back_off_ms);
        self.failures.set(failures + 1);
        if self.live.connection.try_get_untracked() != Some(Connection::Polling) {
            self.set_connection(Connection::Reconnecting);
        }
    }

    fn poll(self: &Rc<Self>) {
        let link = Rc::clone(self);
        spawn_local(async move {
            let answer = api::realtime(&link.tracking_id).await;
            if link.failures.get() == 0 {
                return;
            }
            match answer {
                Ok(realtime) => {
                    link.set_connection(Connection::Polling);
                    link.live.take(realtime, link.clock);
                }
                Err(failure) => {
                    link.session.note(&failure);
                    let is_locked = failure.code() == Some("locked");
                    link.set_connection(if is_locked { Connection::Withheld } else { Connection::Reconnecting });
                }
            }
        });
    }

    fn set_connection(&self, connection: Connection) {
        if self.live.connection.try_get_untracked().is_some_and(|present| present != connection) {
            self.live.connection.set(connection);
        }
    }
}

fn is_hidden() -> bool {
    document().visibility_state() == VisibilityState::Hidden
}

/// An open event source with its listeners; closed when dropped.
struct Stream {
    source: EventSource,
    _on_realtime: Closure<dyn Fn(MessageEvent)>,
    _on_error: Closure<dyn Fn(Event)>,
}

impl Stream {
    fn open(link: &Rc<Link>) -> Option<Self> {
        if api::embedded().is_some() {
            return None;
        }
        let source = EventSource::new(&api::live_path(&link.tracking_id)).ok()?;
        let hearing = Rc::downgrade(link);
        let on_realtime = Closure::<dyn Fn(MessageEvent)>::new(move |message: MessageEvent| {
            let text = message.data().as_string().unwrap_or_default();
            if let (Some(link), Ok(realtime)) = (hearing.upgrade(), serde_json::from_str(&text)) {
                link.heard(realtime);
            }
        });
        let losing = Rc::downgrade(link);
        let on_error = Closure::<dyn Fn(Event)>::new(move |_| {
            if let Some(link) = losing.upgrade() {
                link.lost();
            }
        });
        source.add_event_listener_with_callback("realtime", on_realtime.as_ref().unchecked_ref()).ok()?;
        source.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Some(Self { source, _on_realtime: on_realtime, _on_error: on_error })
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.set_onerror(None);
        self.source.close();
    }
}

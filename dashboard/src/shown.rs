//! What a page shows, as its address has it, and the way to show something else.

use leptos::prelude::*;

use crate::address::Address;
use crate::clock::Clock;
use crate::day::Day;
use crate::format;
use crate::view::View;

/// What a page shows, and when that is.
#[derive(Clone, Copy)]
pub struct Shown {
    view: Memo<View>,
    now_ms: Memo<u64>,
    today: Memo<Day>,
    zone: RwSignal<Option<String>>,
    address: Address,
}

impl Shown {
    /// What the address says, by a clock.
    pub fn of_address(clock: Clock) -> Self {
        let address = Address::of_page();
        let zone = RwSignal::new(None::<String>);
        let now_ms = Memo::new(move |_| {
            zone.with(|zone| zone.as_deref().map_or(clock.now_ms(), |zone| format::wall_ms(zone, clock.now_ms())))
        });
        Self {
            view: Memo::new(move |_| address.query.with(|query| View::parse(query, unescape))),
            now_ms,
            today: Memo::new(move |_| Day::of_ms(now_ms.get())),
            zone,
            address,
        }
    }

    /// What is shown.
    pub fn view(self) -> View {
        self.view.get()
    }

    /// Reads what is shown.
    pub fn with<Output>(self, read: impl FnOnce(&View) -> Output) -> Output {
        self.view.with(read)
    }

    /// The day it is where the site is.
    pub fn today(self) -> Day {
        self.today.get()
    }

    /// What the clocks there show, in milliseconds as if they were UTC's.
    pub fn now_ms(self) -> u64 {
        self.now_ms.get()
    }

    /// Zone of the site's clocks, once an answer told it.
    pub fn zone(self) -> Option<String> {
        self.zone.get()
    }

    /// Takes note of the zone of an answer.
    pub fn note_zone(self, zone: &str) {
        if self.zone.with_untracked(|known| known.as_deref() != Some(zone)) {
            self.zone.set(Some(zone.to_owned()));
        }
    }

    /// Whether what is shown reaches into now.
    pub fn is_running(self) -> bool {
        self.with(|view| view.period.is_running(self.today()))
    }

    /// The address of a view.
    pub fn address(self, view: &View) -> String {
        self.address.path.get() + &view.to_url(escape)
    }

    /// Shows another view: one step in the history.
    pub fn show(self, view: &View) {
        if self.view.with_untracked(|present| present != view) {
            let address = self.address.path.get_untracked() + &view.to_url(escape);
            self.leave(&address);
        }
    }

    /// Goes to another page.
    pub fn leave(self, address: &str) {
        self.address.go(address);
    }
}

/// A part of an address as it was before it was escaped.
#[cfg(not(test))]
pub fn unescape(text: &str) -> String {
    js_sys::decode_uri_component(text).map_or_else(|_| text.to_owned(), String::from)
}

/// As URLs have it, but for `/` and `:`, which stay readable.
#[cfg(not(test))]
pub fn escape(text: &str) -> String {
    String::from(js_sys::encode_uri_component(text)).replace("%2F", "/").replace("%3A", ":")
}

/// Tests have no browser, and nothing to escape but what sets parts of an address apart.
#[cfg(test)]
pub fn unescape(text: &str) -> String {
    text.replace("%2C", ",").replace("%3B", ";").replace("%20", " ").replace("%25", "%")
}

/// The reverse of [`unescape`].
#[cfg(test)]
pub fn escape(text: &str) -> String {
    text.replace('%', "%25").replace(' ', "%20").replace(';', "%3B").replace(',', "%2C")
}

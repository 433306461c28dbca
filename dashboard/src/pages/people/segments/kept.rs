//! How segments are kept under a name, and what else of a site their rules name.

use gloo_net::http::Method;
use serde_json::{Value, json};
use wire::saved_segment::SAVED_SEGMENT_NAME_BYTES_MAX;

use super::super::frame::Asking;
use super::super::funnels::FUNNELS;
use super::super::keeping::{Keepable, Keeping, Kept, Kind};
use super::rule::About;
use super::state::State;
use crate::components::form::Sending;
use crate::manage;
use crate::overview::fetch_segments;

/// Segments, as the API has them.
static SEGMENTS: Kind = Kind {
    noun: "segment",
    list: "segments",
    id: "segment",
    content: "filters",
    name_bytes_max: SAVED_SEGMENT_NAME_BYTES_MAX,
    all: |site| manage::of_site(site, "/segments"),
    more: |site| manage::of_site(site, "/segments"),
    one: |site, id| manage::of_site(site, &format!("/segments/{id}")),
    change: Method::PATCH,
};

/// What rules name.
#[derive(Clone, Copy)]
pub struct Nameable {
    /// Segments, also those that are kept here.
    pub segments: Keeping,
    /// Funnels.
    pub funnels: Keeping,
}

impl Nameable {
    /// Asks for it.
    pub fn of(asking: Asking) -> Self {
        Self { segments: Keeping::of(asking, &SEGMENTS), funnels: Keeping::of(asking, &FUNNELS) }
    }

    /// What a segment or funnel is called.
    pub fn called(self, about: About, name: &str) -> String {
        let of = if about == About::Segment { self.segments } else { self.funnels };
        of.find(name).map_or_else(|| name.to_owned(), |kept| kept.name)
    }
}

impl Keepable for State {
    fn kind() -> &'static Kind {
        &SEGMENTS
    }

    fn id(&self) -> Option<&str> {
        self.segment.as_deref()
    }

    fn bare(&self, id: Option<String>) -> Self {
        Self { segment: id, ..Self::default() }
    }

    fn filled(self, kept: &Kept) -> Self {
        if self.rules.is_empty() { Self::of(&kept.id, &kept.content) } else { self }
    }

    fn body(&self, _site: &str, name: &str) -> Option<Value> {
        Some(json!({"name": name, "filters": self.filters()?}))
    }

    fn after(asking: Asking) -> Sending {
        Box::pin(fetch_segments(asking.kept))
    }
}

//! How funnels are kept under a name.

use gloo_net::http::Method;
use serde_json::Value;
use wire::limits::FUNNEL_NAME_BYTES_MAX;

use super::super::keeping::{Keepable, Kept, Kind};
use super::state::State;
use crate::api;

/// Funnels, as the API has them.
pub static FUNNELS: Kind = Kind {
    noun: "funnel",
    list: "funnels",
    id: "funnel_id",
    content: "definition",
    name_bytes_max: FUNNEL_NAME_BYTES_MAX,
    all: |site| format!("/api/v1/funnels?tracking_id={}", api::encoded(site)),
    more: |_| "/api/v1/funnels".to_owned(),
    one: |_, id| format!("/api/v1/funnels/{}", api::encoded(id)),
    change: Method::PUT,
};

impl Keepable for State {
    fn kind() -> &'static Kind {
        &FUNNELS
    }

    fn id(&self) -> Option<&str> {
        self.funnel.as_deref()
    }

    fn bare(&self, id: Option<String>) -> Self {
        Self { funnel: id, by: self.by, segments: self.segments.clone(), ..Self::default() }
    }

    fn filled(self, kept: &Kept) -> Self {
        if !self.steps.is_empty() {
            return self;
        }
        Self { by: self.by, segments: self.segments, ..Self::of(&kept.id, &kept.content) }
    }

    fn body(&self, site: &str, name: &str) -> Option<Value> {
        let mut body = serde_json::to_value(self.definition()?).ok()?;
        let all = body.as_object_mut()?;
        all.insert("tracking_id".to_owned(), site.into());
        all.insert("name".to_owned(), name.into());
        Some(body)
    }
}

//! How experiments are kept under a name.

use gloo_net::http::Method;
use serde_json::{Value, json};
use wire::limits::EXPERIMENT_NAME_BYTES_MAX;

use super::super::keeping::{Keepable, Kept, Kind};
use super::state::{State, own};
use crate::manage;

/// Experiments, as the API has them.
static EXPERIMENTS: Kind = Kind {
    noun: "experiment",
    list: "experiments",
    id: "experiment",
    content: "definition",
    name_bytes_max: EXPERIMENT_NAME_BYTES_MAX,
    all: |site| manage::of_site(site, "/experiments"),
    more: |site| manage::of_site(site, "/experiments"),
    one: |site, id| manage::of_site(site, &format!("/experiments/{id}")),
    change: Method::PUT,
};

impl Keepable for State {
    fn kind() -> &'static Kind {
        &EXPERIMENTS
    }

    fn id(&self) -> Option<&str> {
        self.experiment.as_deref()
    }

    fn bare(&self, id: Option<String>) -> Self {
        Self { experiment: id, ..Self::default() }
    }

    fn filled(self, kept: &Kept) -> Self {
        if self == self.bare(self.experiment.clone()) {
            return Self::of(&kept.id, &kept.content);
        }
        // What no address says stays as it is kept.
        Self { own: own(&kept.content), ..self }
    }

    fn body(&self, _site: &str, name: &str) -> Option<Value> {
        Some(json!({"name": name, "definition": self.definition()?}))
    }
}

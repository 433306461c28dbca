//! Funnels that are kept under a name: the list of them, and the ways to keep, rename and delete one.

use gloo_net::http::Method;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use serde_json::Value;
use wire::limits::FUNNEL_NAME_BYTES_MAX;

use super::super::frame::Asking;
use super::super::saving::{Saving, save_bar};
use super::Editing;
use super::state::State;
use crate::api::{self, Failure};
use crate::components::form::Sending;
use crate::manage;
use crate::session::Session;

/// What is read of [`wire::analysis::Funnels`].
#[derive(Deserialize)]
struct KeptFunnels {
    funnels: Vec<KeptFunnel>,
}

/// What is read of [`wire::analysis::Funnel`]; filters by their type would cost some KB.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct KeptFunnel {
    /// Name of it in addresses.
    pub funnel_id: String,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub definition: Value,
}

/// The funnels of a site.
#[derive(Clone, Copy)]
pub struct Keeping {
    asking: Asking,
    /// By name; none: not yet known.
    pub list: RwSignal<Option<Vec<KeptFunnel>>>,
}

impl Keeping {
    /// Asks for them.
    pub fn of(asking: Asking) -> Self {
        let keeping = Self { asking, list: RwSignal::new(None) };
        let session = Session::of_page();
        Effect::new(move || {
            session.track();
            spawn_local(async move {
                if let Err(failure) = keeping.fetch().await {
                    session.note(&failure);
                    keeping.list.try_update(|list| _ = list.get_or_insert_default());
                }
            });
        });
        keeping
    }

    async fn fetch(self) -> Result<(), Failure> {
        let path = format!("/api/v1/funnels?tracking_id={}", api::encoded(&self.asking.site()));
        let found: KeptFunnels = manage::read(&path).await?;
        self.list.try_set(Some(found.funnels));
        Ok(())
    }

    /// The one of a name in addresses.
    pub fn find(self, funnel_id: &str) -> Option<KeptFunnel> {
        self.list.with(|list| list.as_ref()?.iter().find(|kept| kept.funnel_id == funnel_id).cloned())
    }

    /// Whether a funnel differs from what is kept under its name.
    fn is_changed(self, state: &State) -> bool {
        let Some(kept) = state.funnel.as_deref().and_then(|name| self.find(name)) else { return false };
        let before = State::of(&kept.funnel_id, &kept.definition);
        State { by: None, ..state.clone() } != before
    }
}

/// The name of the funnel shown, and what is done to it.
pub fn keeping_bar(editing: Editing) -> AnyView {
    let Editing { asking, keeping, state, .. } = editing;
    let named = move || state.with(|state| state.funnel.as_deref().and_then(|name| keeping.find(name)));
    let body = move |name: String| {
        let definition = state.with_untracked(State::definition).unwrap_or_default();
        let of_definition = serde_json::to_value(definition).unwrap_or_default();
        let mut body = of_definition.as_object().cloned().unwrap_or_default();
        body.insert("tracking_id".to_owned(), asking.site().into());
        body.insert("name".to_owned(), name.into());
        Value::Object(body)
    };
    let take = move |made: manage::Answered| async move {
        let made: KeptFunnel = manage::parsed(&made)?;
        keeping.fetch().await?;
        // What is kept is said by its name alone.
        let by = state.try_get_untracked().and_then(|state| state.by);
        editing.show(&State { funnel: Some(made.funnel_id), by, ..State::default() });
        Ok(())
    };
    let make = move |name: String| -> Sending {
        Box::pin(async move { take(manage::send(Method::POST, "/api/v1/funnels", &body(name)).await?).await })
    };
    let change = move |name: String| -> Sending {
        Box::pin(async move {
            let path = state.with_untracked(|state| path(state.funnel.as_deref().unwrap_or_default()));
            take(manage::send(Method::PUT, &path, &body(name)).await?).await
        })
    };
    let remove = move || -> Sending {
        Box::pin(async move {
            manage::remove(state.with_untracked(|state| path(state.funnel.as_deref().unwrap_or_default()))).await?;
            keeping.fetch().await?;
            asking.say(Default::default());
            Ok(())
        })
    };
    save_bar(Saving {
        noun: "funnel",
        name_bytes_max: FUNNEL_NAME_BYTES_MAX,
        may_write: asking.kept.may_write,
        name: Signal::derive(move || named().map(|kept| kept.name)),
        is_changed: Signal::derive(move || state.with(|state| keeping.is_changed(state))),
        is_whole: Signal::derive(move || state.with(|state| state.definition().is_some())),
        make: Box::new(make),
        change: Box::new(change),
        remove: Box::new(remove),
    })
}

fn path(funnel_id: &str) -> String {
    format!("/api/v1/funnels/{}", api::encoded(funnel_id))
}

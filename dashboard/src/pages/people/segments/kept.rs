//! Segments and funnels that are kept: lists of them, and the ways to keep, rename and delete a segment.

use gloo_net::http::Method;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Deserialize;
use serde_json::{Value, json};
use wire::saved_segment::SAVED_SEGMENT_NAME_BYTES_MAX;

use super::super::frame::Asking;
use super::super::saving::{Saving, save_bar};
use super::Editing;
use super::rule::About;
use super::state::State;
use crate::api::{self, Failure};
use crate::components::form::Sending;
use crate::manage;
use crate::overview::fetch_segments;
use crate::session::Session;

/// What is read of [`wire::saved_segment::SavedSegments`].
#[derive(Deserialize)]
struct KeptSegments {
    segments: Vec<KeptSegment>,
}

/// What is read of [`wire::saved_segment::SavedSegment`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct KeptSegment {
    /// Its number.
    pub segment: i64,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub filters: Value,
}

#[derive(Deserialize)]
struct KeptFunnels {
    funnels: Vec<KeptFunnel>,
}

/// What is read of [`wire::analysis::Funnel`].
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct KeptFunnel {
    /// Name of it in addresses.
    pub funnel_id: String,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub definition: Value,
}

/// What a site keeps.
#[derive(Clone, Copy)]
pub struct Keeping {
    asking: Asking,
    /// Segments by name; none: not yet known.
    pub list: RwSignal<Option<Vec<KeptSegment>>>,
    /// Funnels by name.
    pub funnels: RwSignal<Vec<KeptFunnel>>,
}

impl Keeping {
    /// Asks for it.
    pub fn of(asking: Asking) -> Self {
        let keeping = Self { asking, list: RwSignal::new(None), funnels: RwSignal::new(Vec::new()) };
        let session = Session::of_page();
        Effect::new(move || {
            session.track();
            spawn_local(async move {
                if let Err(failure) = keeping.fetch().await {
                    session.note(&failure);
                    keeping.list.try_update(|list| _ = list.get_or_insert_default());
                }
                let path = format!("/api/v1/funnels?tracking_id={}", api::encoded(&asking.site()));
                if let Ok(found) = manage::read::<KeptFunnels>(&path).await {
                    keeping.funnels.try_set(found.funnels);
                }
            });
        });
        keeping
    }

    async fn fetch(self) -> Result<(), Failure> {
        let found: KeptSegments = manage::read(&self.path("")).await?;
        self.list.try_set(Some(found.segments));
        Ok(())
    }

    fn path(self, rest: &str) -> String {
        manage::of_site(&self.asking.site(), &format!("/segments{rest}"))
    }

    /// The one of a number.
    pub fn find(self, segment: &str) -> Option<KeptSegment> {
        self.list.with(|list| list.as_ref()?.iter().find(|kept| kept.segment.to_string() == segment).cloned())
    }

    /// What a segment or funnel is called.
    pub fn called(self, about: About, name: &str) -> String {
        let found = match about {
            About::Segment => self.find(name).map(|kept| kept.name),
            _ => self.funnels.with(|all| all.iter().find(|kept| kept.funnel_id == name).map(|kept| kept.name.clone())),
        };
        found.unwrap_or_else(|| name.to_owned())
    }

    /// Whether a segment differs from what is kept under its number.
    fn is_changed(self, state: &State) -> bool {
        let Some(kept) = state.segment.as_deref().and_then(|number| self.find(number)) else { return false };
        State::of(&kept.segment.to_string(), &kept.filters) != *state
    }
}

/// The name of the segment shown, and what is done to it.
pub fn keeping_bar(editing: Editing) -> AnyView {
    let Editing { asking, keeping, state, .. } = editing;
    let named = move || state.with(|state| state.segment.as_deref().and_then(|number| keeping.find(number)));
    let body = move |name: String| json!({"name": name, "filters": state.with_untracked(State::filters)});
    let number = move || state.with_untracked(|state| state.segment.clone().unwrap_or_default());
    let take = move |made: manage::Answered| async move {
        let made: KeptSegment = manage::parsed(&made)?;
        keeping.fetch().await?;
        fetch_segments(asking.kept).await?;
        // What is kept is said by its number alone.
        editing.show(&State { segment: Some(made.segment.to_string()), ..State::default() });
        Ok(())
    };
    let make = move |name: String| -> Sending {
        Box::pin(async move { take(manage::send(Method::POST, &keeping.path(""), &body(name)).await?).await })
    };
    let change = move |name: String| -> Sending {
        Box::pin(async move {
            let path = keeping.path(&format!("/{}", number()));
            take(manage::send(Method::PATCH, &path, &body(name)).await?).await
        })
    };
    let remove = move || -> Sending {
        Box::pin(async move {
            manage::remove(keeping.path(&format!("/{}", number()))).await?;
            keeping.fetch().await?;
            fetch_segments(asking.kept).await?;
            asking.say(Default::default());
            Ok(())
        })
    };
    save_bar(Saving {
        noun: "segment",
        name_bytes_max: SAVED_SEGMENT_NAME_BYTES_MAX,
        may_write: asking.kept.may_write,
        name: Signal::derive(move || named().map(|kept| kept.name)),
        is_changed: Signal::derive(move || state.with(|state| keeping.is_changed(state))),
        is_whole: Signal::derive(move || state.with(|state| state.filters().is_some())),
        make: Box::new(make),
        change: Box::new(change),
        remove: Box::new(remove),
    })
}

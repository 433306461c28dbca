//! What a site keeps under names, as pages have it: the list of a kind, and the ways to keep, rename and delete one of it.

use std::rc::Rc;

use gloo_net::http::Method;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;

use super::editing::{Asks, Editing};
use super::frame::Asking;
use super::said::Said;
use super::saving::{Saving, save_bar};
use crate::api::Failure;
use crate::components::form::Sending;
use crate::manage;
use crate::session::Session;

/// A kind of thing that is kept, as the API has it.
pub struct Kind {
    /// What one is called.
    pub noun: &'static str,
    /// The field of an answer that lists them.
    pub list: &'static str,
    /// The field of its name in addresses.
    pub id: &'static str,
    /// The field of what it is.
    pub content: &'static str,
    /// Bytes of a name.
    pub name_bytes_max: usize,
    /// Where those of a site are listed.
    pub all: fn(&str) -> String,
    /// Where one more of a site is kept.
    pub more: fn(&str) -> String,
    /// Where one is, by its site and its name in addresses.
    pub one: fn(&str, &str) -> String,
    /// How one is changed.
    pub change: Method,
}

/// One that is kept. What it is stays JSON: by their types, filters would cost some KB.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Its name in addresses.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// What it is.
    pub content: Value,
}

impl Kept {
    fn of(kind: &Kind, one: &Value) -> Option<Self> {
        let id = match one.get(kind.id)? {
            Value::String(id) => id.clone(),
            number => number.to_string(),
        };
        let name = one.get("name")?.as_str()?.to_owned();
        Some(Self { id, name, content: one.get(kind.content)?.clone() })
    }
}

/// A question that can be kept.
pub trait Keepable: Asks {
    /// What it is a kind of.
    fn kind() -> &'static Kind;

    /// Under which name in addresses it is kept.
    fn id(&self) -> Option<&str>;

    /// Nothing but the name that one is kept under, and what is asked beside what is kept.
    fn bare(&self, id: Option<String>) -> Self;

    /// What is meant where one is kept under the name: that, unless the address says something else.
    fn filled(self, kept: &Kept) -> Self;

    /// What the server is sent to keep it; none while something is still to be chosen.
    fn body(&self, site: &str, name: &str) -> Option<Value>;

    /// What is done once what is kept has changed.
    fn after(_asking: Asking) -> Sending {
        Box::pin(async { Ok(()) })
    }
}

/// What a site keeps of a kind.
#[derive(Clone, Copy)]
pub struct Keeping {
    asking: Asking,
    kind: &'static Kind,
    /// By name; none: not yet known.
    pub list: RwSignal<Option<Vec<Kept>>>,
}

impl Keeping {
    /// Asks for it.
    pub fn of(asking: Asking, kind: &'static Kind) -> Self {
        let keeping = Self { asking, kind, list: RwSignal::new(None) };
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
        let found: Value = manage::read(&(self.kind.all)(&self.asking.site())).await?;
        let all = found.get(self.kind.list).and_then(Value::as_array).into_iter().flatten();
        self.list.try_set(Some(all.filter_map(|one| Kept::of(self.kind, one)).collect()));
        Ok(())
    }

    /// The one of a name in addresses.
    pub fn find(self, id: &str) -> Option<Kept> {
        self.list.with(|list| list.as_ref()?.iter().find(|kept| kept.id == id).cloned())
    }

    /// Whether what is meant by a name in addresses is still to come.
    pub fn is_coming(self, id: Option<&str>) -> bool {
        id.is_some() && self.list.with(Option::is_none)
    }

    fn bar(self, held: Held) -> AnyView {
        let Held { id, is_changed, is_whole, body, show, after } = held;
        let Self { asking, kind, .. } = self;
        let take = {
            let show = Rc::clone(&show);
            move |made: manage::Answered| {
                let show = Rc::clone(&show);
                async move {
                    let made: Value = manage::parsed(&made)?;
                    self.fetch().await?;
                    after(asking).await?;
                    // What is kept is said by its name alone.
                    show(Kept::of(kind, &made).map(|made| made.id));
                    Ok(())
                }
            }
        };
        let path = move || (kind.one)(&asking.site(), &id.get_untracked().unwrap_or_default());
        let make = {
            let (take, body) = (take.clone(), Rc::clone(&body));
            move |name: String| -> Sending {
                let (take, body) = (take.clone(), body(name));
                Box::pin(
                    async move { take(manage::send(Method::POST, &(kind.more)(&asking.site()), &body).await?).await },
                )
            }
        };
        let change = move |name: String| -> Sending {
            let (take, body) = (take.clone(), body(name));
            Box::pin(async move { take(manage::send(kind.change.clone(), &path(), &body).await?).await })
        };
        let remove = move || -> Sending {
            let show = Rc::clone(&show);
            Box::pin(async move {
                manage::remove(path()).await?;
                self.fetch().await?;
                after(asking).await?;
                show(None);
                Ok(())
            })
        };
        save_bar(Saving {
            noun: kind.noun,
            name_bytes_max: kind.name_bytes_max,
            may_write: asking.kept.may_write,
            name: Signal::derive(move || id.get().and_then(|id| self.find(&id)).map(|kept| kept.name)),
            is_changed,
            is_whole,
            make: Box::new(make),
            change: Box::new(change),
            remove: Box::new(remove),
        })
    }
}

/// What a page shows of a kind, for the bar: one for all kinds, so that it is compiled once.
struct Held {
    id: Signal<Option<String>>,
    is_changed: Signal<bool>,
    is_whole: Signal<bool>,
    body: Rc<dyn Fn(String) -> Value>,
    show: Rc<dyn Fn(Option<String>)>,
    after: fn(Asking) -> Sending,
}

/// What is meant by what an address says.
pub fn meant<S: Keepable>(keeping: Keeping) -> impl Fn(S) -> S + Send + Sync + 'static {
    move |said: S| match said.id().and_then(|id| keeping.find(id)) {
        Some(kept) => said.filled(&kept),
        None => said,
    }
}

/// The name of what is shown, and what is done to it.
pub fn keeping_bar<S: Keepable, K: Copy + 'static>(editing: Editing<S, K>, keeping: Keeping) -> AnyView {
    let Editing { asking, state, .. } = editing;
    let is_changed = move || {
        let differs = |state: &S| {
            let kept = keeping.find(state.id()?)?;
            Some(state.bare(state.id().map(str::to_owned)).filled(&kept) != *state)
        };
        state.with(differs).unwrap_or_default()
    };
    let show = move |id: Option<String>| match (id, state.try_get_untracked()) {
        (Some(id), Some(state)) => editing.show(&state.bare(Some(id))),
        _ => asking.say(Said::default()),
    };
    keeping.bar(Held {
        id: Signal::derive(move || state.with(|state| state.id().map(str::to_owned))),
        is_changed: Signal::derive(is_changed),
        is_whole: Signal::derive(move || state.with(|state| state.body("", "").is_some())),
        body: Rc::new(move |name| state.with_untracked(|state| state.body(&asking.site(), &name)).unwrap_or_default()),
        show: Rc::new(show),
        after: S::after,
    })
}

/// A card for each that is kept, with what it is in words; nothing where there is none.
pub fn cards<S: Keepable, K: Copy + Send + Sync + 'static>(
    editing: Editing<S, K>,
    keeping: Keeping,
    words: impl Fn(&S) -> String + Copy + Send + Sync + 'static,
) -> AnyView {
    let card = move |kept: Kept| {
        let bare = S::read(&Said::default()).bare(Some(kept.id.clone()));
        let state = bare.clone().filled(&kept);
        view! {
            <li>
                <a class="card ready" href=move || editing.address(&bare)>
                    <h3>{kept.name}</h3>
                    <p class="muted">{move || words(&state)}</p>
                </a>
            </li>
        }
        .into_any()
    };
    let list = move || {
        let cards: Vec<AnyView> = keeping.list.get()?.into_iter().map(card).collect();
        (!cards.is_empty()).then(|| {
            view! {
                <section aria-labelledby="kept-heading">
                    <h3 id="kept-heading" class="people-heading">{format!("Your {}s", keeping.kind.noun)}</h3>
                    <ul class="people-cards">{cards}</ul>
                </section>
            }
        })
    };
    list.into_any()
}

/// What stands where something that is kept is still to come.
pub fn waiting() -> AnyView {
    view! { <div class="card people-waiting skeleton" aria-hidden="true"></div> }.into_any()
}

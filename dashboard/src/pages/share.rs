//! A site by a shared link: `/share/SLUG`, and `/embed/SLUG` within pages of other sites.
//!
//! | state | shown | next |
//! |---|---|---|
//! | looking | nothing | this browser is in already: open. No password is asked for: open. Else: asked |
//! | asked | the form | open, when the password is right |
//! | open | the site, to look at | looking again, when the server no longer lets the browser in |
//! | shut | why | |

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_split_helpers::wasm_split;
use wire::grant::{ShareEntry, SharedLink};

use super::boards::{self, BOARD_STYLES};
use super::door::Alone;
use super::site::OneSite;
use crate::api::{self, Failure, GrantedSite};
use crate::audience::{Audience, Extent};
use crate::components::{Logo, styled};
use crate::door::Door;
use crate::later::{Loaded, later};
use crate::session::Session;

/// Where the link is remembered that this browser came in by last, with its site: one cookie lets in by one link.
const KEY: &str = "tidemark-share";

/// Where coming in has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Progress {
    Looking,
    Asked,
    Open(Shown),
    Shut(String),
}

/// What the link shows.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Shown {
    tracking_id: String,
    extent: Extent,
    /// A dashboard, else the overview.
    dashboard: Option<i64>,
}

/// The page of a shared link.
#[component]
pub fn SharePage(
    /// The link's name in the address.
    slug: String,
) -> impl IntoView {
    let session = Session::of_page();
    let progress = RwSignal::new(Progress::Looking);
    let slug = StoredValue::new(slug);
    let look = move || {
        spawn_local(async move {
            let found = look(&slug.get_value()).await;
            progress.try_set(found.unwrap_or_else(|failure| Progress::Shut(refusal(&failure))));
        });
    };
    look();
    // Revoked or ended while it was on the screen, or a cookie that has had its days.
    Effect::new(move || {
        if session.is_refused() && matches!(progress.get_untracked(), Progress::Open(_)) {
            session.begin();
            forget();
            progress.set(Progress::Looking);
            look();
        }
    });
    let on_open = UnsyncCallback::new(move |()| {
        remember(&slug.get_value(), "");
        look();
    });
    move || match progress.get() {
        Progress::Looking => ().into_any(),
        Progress::Asked => view! { <Alone door=Door::Share { slug: slug.get_value() } on_open/> }.into_any(),
        Progress::Open(Shown { tracking_id, extent, dashboard }) => match dashboard {
            Some(number) => later(move || Box::pin(board(tracking_id.clone(), number, extent))),
            None => view! { <OneSite tracking_id audience=Audience::Visitor(extent)/> }.into_any(),
        },
        Progress::Shut(words) => view! { <Shut words/> }.into_any(),
    }
}

#[wasm_split(boards, fallible)]
fn board(tracking_id: String, number: i64, extent: Extent) -> Loaded {
    Ok(styled(BOARD_STYLES, boards::shared(tracking_id, number, Audience::Visitor(extent))))
}

fn shown(site: GrantedSite, link: &SharedLink) -> Progress {
    Progress::Open(Shown { extent: extent(&site), tracking_id: site.tracking_id, dashboard: link.dashboard })
}

fn extent(site: &GrantedSite) -> Extent {
    if site.lock.is_some() { Extent::Part } else { Extent::Whole }
}

async fn look(slug: &str) -> Result<Progress, Failure> {
    let link = api::shared_link(slug).await?;
    if api::embedded().is_some() {
        return look_embedded(&link).await;
    }
    let mut known = remembered(slug);
    loop {
        if known.is_none() {
            if link.has_password {
                return Ok(Progress::Asked);
            }
            api::knock(&api::share_session_path(slug), serde_json::to_string(&ShareEntry::default())).await?;
        }
        let site = api::granted().await.and_then(|mut sites| sites.pop().ok_or(Failure::SignedOut));
        match site {
            Ok(site) if known.as_ref().is_none_or(|known| known.is_empty() || *known == site.tracking_id) => {
                remember(slug, &site.tracking_id);
                return Ok(shown(site, &link));
            }
            Err(failure) if known.is_none() => return Err(failure),
            // What was remembered is not so any more.
            _ => known = None,
        }
    }
}

/// The same within another site's page, where nothing is remembered.
async fn look_embedded(link: &SharedLink) -> Result<Progress, Failure> {
    if link.has_password {
        return Ok(Progress::Shut("A link with a password cannot be embedded: open it by itself.".to_owned()));
    }
    let site = api::granted().await?.pop().ok_or(Failure::SignedOut)?;
    Ok(shown(site, link))
}

/// Remembers that this browser came in. One that refuses storage is asked for the password again.
fn remember(slug: &str, tracking_id: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(KEY, &format!("{slug} {tracking_id}"));
    }
}

/// The site, where this browser came in by this link last; empty where that was a moment ago.
fn remembered(slug: &str) -> Option<String> {
    let storage = window().local_storage().ok().flatten()?;
    let text = storage.get_item(KEY).ok().flatten()?;
    text.split_once(' ').filter(|(found, _)| *found == slug).map(|(_, tracking_id)| tracking_id.to_owned())
}

fn forget() {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.remove_item(KEY);
    }
}

fn refusal(failure: &Failure) -> String {
    match failure.code() {
        Some("no_such_share") => "This link was revoked or has ended. Ask who sent it to you for another.".to_owned(),
        _ => failure.sentence(),
    }
}

#[component]
fn Shut(words: String) -> impl IntoView {
    document().set_title("Shared numbers · Tidemark");
    view! {
        <main class="alone" id="content">
            <Logo/>
            <h1>"Nothing to see here"</h1>
            <p role="status">{words}</p>
        </main>
    }
}

//! Links by which anybody reads a site.

use gloo_net::http::Method;
use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use serde::Serialize;
use wire::account::Permission;
use wire::grant::{Share, Shares};

use super::lock::{self, Tests, Wanted};
use super::managed::Managed;
use super::when::ends;
use crate::api;
use crate::components::confirm::{Ask, confirm};
use crate::components::field::{NUMBER, TEXT, Text, field};
use crate::components::form::{Card, Form, Lock, Sending, form_card};
use crate::components::panel::{again, panel};
use crate::components::rows::{Row, note, rows, section};
use crate::components::secret::copyable;
use crate::manage;

/// What is sent of [`wire::grant::NewShare`].
#[derive(Serialize)]
struct NewShare {
    name: String,
    password: Option<String>,
    lock: Option<Wanted>,
    days: Option<u32>,
}

/// The links, and a form for one more.
pub fn view(site: Managed) -> Vec<AnyView> {
    if site.lock(Permission::SharesWrite) == Lock::Shut {
        return vec![note("Editors and owners of this site see its shared links and make them.")];
    }
    let round = RwSignal::new(0);
    let links = panel(round, move || {
        Box::pin(async move {
            let Shares { shares } = manage::read(&site.api("/shares")).await?;
            let shares = shares.into_iter().enumerate().map(|(at, share)| row(site, at, share, round));
            Ok(rows(shares.collect(), "No shared links yet."))
        })
    });
    let words = "Addresses by which anybody reads this site's numbers, and changes nothing.";
    vec![section("Shared links".to_owned(), words, vec![links]), making(site, round)]
}

fn making(site: Managed, round: RwSignal<u64>) -> AnyView {
    let form = Form::new("link", &["name", "password", "lock", "days"], Lock::Open);
    let text = || RwSignal::new(String::new());
    let (name, password, days) = (text(), text(), text());
    let tests = Tests::none();
    tests.know_segments(site.api("/segments"));
    let send = UnsyncCallback::new(move |()| {
        let wanted = NewShare {
            name: form.filled("name", name)?,
            password: Some(password.get_untracked()).filter(|password| !password.is_empty()),
            lock: tests.filter(),
            days: form.number_if_any("days", days)?,
        };
        let making = async move {
            manage::send(Method::POST, &site.api("/shares"), &wanted).await?;
            for text in [name, password, days] {
                text.try_set(String::new());
            }
            tests.clear();
            again(round);
            Ok(())
        };
        Some(Box::pin(making) as Sending)
    });
    let fields = vec![
        field(form, name, Text { name: "name", label: "What it is for", placeholder: "For the board", ..TEXT }),
        field(
            form,
            password,
            Text { name: "password", label: "Password", hint: "Left empty: none is asked for.", ..TEXT },
        ),
        lock::view(form, tests),
        field(
            form,
            days,
            Text { name: "days", label: "Ends after", unit: "days", hint: "Left empty: never.", ..NUMBER },
        ),
    ];
    let card =
        Card { title: "Share this site", words: "", action: "Make the link", done: "Made: it is in the list above." };
    form_card(form, card, send, fields)
}

fn row(site: Managed, at: usize, share: Share, round: RwSignal<u64>) -> Row {
    let path = site.api(&format!("/shares/{}", api::encoded(&share.slug)));
    let mut about = vec![if share.has_password { "asks for a password" } else { "asks for no password" }.to_owned()];
    about.extend(share.dashboard.map(|_| "shows a dashboard".to_owned()));
    about.push(ends(share.expires_at_ms));
    about.extend(share.lock.as_ref().map(|filter| format!("only {}", lock::words(filter))));
    let ask = Ask {
        id: format!("link-{at}"),
        action: "Revoke",
        what: share.name.clone(),
        question: "Everybody who came by it is out.",
    };
    let revoke = confirm(ask, round, move || Box::pin(manage::remove(path.clone())));
    let embedded = (!share.has_password).then(|| copyable(Signal::stored(frame(&share)), "the code to embed it"));
    let below = Some(
        vec![copyable(Signal::stored(share.url), "the link")].into_iter().chain(embedded).collect_view().into_any(),
    );
    Row { title: share.name, lines: vec![about.join(" · ")], actions: vec![revoke], below }
}

/// The element that shows a link's numbers within another page.
fn frame(share: &Share) -> String {
    let url = share.url.replacen("/share/", "/embed/", 1);
    let title = share.name.replace('&', "&amp;").replace('"', "&quot;");
    format!(r#"<iframe src="{url}?theme=system" title="{title}" loading="lazy" width="100%" height="1400"></iframe>"#)
}

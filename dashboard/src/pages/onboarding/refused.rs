//! What a site sent in vain lately, why, and what to do about it.

use leptos::prelude::*;
use wire::query::OutcomeCounts;

use super::install::Installed;
use crate::api;
use crate::clock::browser_ms;
use crate::components::panel::panel;
use crate::components::rows::{Row, rows};
use crate::day::Day;
use crate::format;
use crate::manage;

/// Kinds that are listed.
const LISTED_MAX: usize = 12;

/// The list, of yesterday and today.
pub fn view(site: Installed, round: RwSignal<u64>) -> AnyView {
    let list = panel(round, move || {
        Box::pin(async move {
            let today = Day::of_ms(browser_ms());
            let tracking_id = site.tracking_id.with_value(|id| api::encoded(id));
            // The server's day may be the next already.
            let (start, end) = (today.plus(-1), today.plus(1));
            let path = format!("/api/v1/outcomes?tracking_id={tracking_id}&start={start}&end={end}");
            let OutcomeCounts { outcomes, .. } = manage::read(&path).await?;
            let listed = outcomes.into_iter().take(LISTED_MAX).map(|row| {
                let (title, words) = explain(&row.outcome, &row.reason);
                let count = format!("{} ({})", format::whole(row.events), row.reason);
                let actions = vec![view! { <span class="muted">{count}</span> }.into_any()];
                Row { title: title.to_owned(), lines: vec![words.to_owned()], actions, below: None }
            });
            Ok(rows(listed.collect(), "Nothing was refused."))
        })
    });
    view! {
        <section class="card set" data-testid="refused">
            <div class="set-body">
                <h2>"Not working? What was refused"</h2>
                <p class="muted">
                    "Events of yesterday and today that came under this site's tracking id and were not counted. What comes under another id is not here: compare it with yours."
                </p>
                {list}
            </div>
        </section>
    }
    .into_any()
}

/// What happened, and what to do about it.
fn explain(outcome: &str, reason: &str) -> (&'static str, &'static str) {
    match (outcome, reason) {
        ("filtered", "bot_user_agent") => (
            "Sent by a program",
            "Its user agent is missing, or that of a crawler, monitor or library. A server that sends for its visitors names a client_id with each event.",
        ),
        ("filtered", "automation") => (
            "A browser that a program steers",
            "Tests and headless browsers are left out. To count them while you try things out, change Programs in the settings.",
        ),
        ("filtered", "prefetch") => (
            "Fetched ahead",
            "A browser loaded the page before anybody looked at it. It counts when somebody does: nothing to do.",
        ),
        ("filtered", "data_center") => (
            "From a network of servers",
            "The address belongs to a data centre. Behind a proxy of your own, make sure that it passes the visitor's address on.",
        ),
        ("filtered", "visitor_rate") => (
            "Faster than anybody reads",
            "More page views of one visitor than a person can look at. Often a monitor: leave it out, or let it name a client_id.",
        ),
        ("duplicate", _) => (
            "Sent twice",
            "An event with the same event_id was counted before. That is what makes retries safe: nothing to do.",
        ),
        ("limited", "site") => (
            "More than the site may send",
            "Senders were told to come back and will. If this is real traffic, raise the limit in the settings.",
        ),
        ("limited", "visitor") => (
            "More than one visitor may send",
            "Often a loop that calls track() again and again. Senders were told to come back.",
        ),
        ("limited", _) => (
            "More than one network may send",
            "Many visitors behind one address, or one sender in a hurry. Raise the limit in the settings if it is an office of yours.",
        ),
        (_, "page") => (
            "The page's address is wrong",
            "page.url has to be the whole address, with https:// and the host, of at most 2 048 bytes.",
        ),
        (_, "timestamp" | "at_ms") => (
            "The time is wrong",
            "A timestamp lies within the last 48 hours. Check the clock of the sender, or leave the timestamp out.",
        ),
        (_, "event_type") => {
            ("The event has no good name", "event_type is a text of 1 to 64 bytes without control characters.")
        }
        (_, "client_id" | "session_id" | "event_id" | "batch_id") => (
            "An id is too long or not a text",
            "Ids are texts within their limits; the answer to the request names the field and the limit.",
        ),
        (_, "custom_properties") => (
            "Properties are too many or too large",
            "Up to 32 texts, numbers and booleans. Leave nested objects and lists out.",
        ),
        (_, "revenue") => {
            ("The amount cannot be read", "revenue is {amount, currency}: a number and three letters, such as EUR.")
        }
        (_, "user") => (
            "What is said of the user is wrong",
            "country has two letters, language a short code; the answer names the field.",
        ),
        (_, "tracking_id") => ("The tracking id is not one", "Copy the snippet anew: it carries this site's id."),
        _ => (
            "Not an event",
            "The body is not what it should be. The answer to the request names what is wrong; try the curl line above.",
        ),
    }
}

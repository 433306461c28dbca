//! The alerts that there are: how each stands, what it told, and what may be done to it.

use gloo_net::http::Method;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use wire::alert::{Alert, AlertChange, AlertHistory, Alerts as Kept, DeliveryState, NewAlert, News, Status};

use super::Watching;
use super::draft::{Draft, METRICS};
use super::drawn::number;
use crate::api::Failure;
use crate::components::confirm::{Ask, confirm};
use crate::components::panel::{again, panel};
use crate::format;
use crate::manage;

/// The alerts, or how to begin.
pub fn view(watching: Watching, kept: Kept) -> AnyView {
    let Kept { alerts, suggested, .. } = kept;
    let offer = (!suggested.is_empty() && watching.may_write()).then(|| offer(watching, &suggested, alerts.is_empty()));
    if alerts.is_empty() {
        return offer.unwrap_or_else(|| {
            view! { <p class="card empty">"Nothing is watched here. Editors and owners of this site may make alerts."</p> }
                .into_any()
        });
    }
    let rows: Vec<AnyView> = alerts.into_iter().map(|alert| row(watching, alert)).collect();
    view! { <section class="card" aria-label="Alerts"><ul class="alert-list">{rows}</ul></section>{offer} }.into_any()
}

/// What a site usually watches, by one click.
fn offer(watching: Watching, suggested: &[NewAlert], is_first: bool) -> AnyView {
    let fault = RwSignal::new(None::<Failure>);
    let names = suggested.iter().map(|one| view! { <li>{one.name.clone()}</li> }.into_any());
    let names: Vec<AnyView> = names.collect();
    let wanted = suggested.to_vec();
    let make = move |_| watching.make_all(wanted.clone(), fault);
    let title = if is_first { "Know it before your visitors tell you" } else { "Suggested" };
    let words = "Each hour and day is compared with the same ones of the weeks before, as much as this site wanders by chance. \
                 They work once there are three weeks of history, and need no numbers from you.";
    view! {
        <section class="card alert-begin" data-testid="alert-offer">
            <h3>{title}</h3>
            <p>{words}</p>
            <ul>{names}</ul>
            <button id="alert-suggested" type="button" class="button primary" on:click=make>"Watch these"</button>
            <p class="fault" role="alert">{move || fault.get().map(|failure| failure.sentence())}</p>
        </section>
    }
    .into_any()
}

fn row(watching: Watching, alert: Alert) -> AnyView {
    let number = alert.alert;
    let path = watching.site.api(&format!("/alerts/{number}"));
    let listed = StoredValue::new(alert.clone());
    let zone = StoredValue::new(watching.site.settings().time_zone);
    // As it stands now, as far as it was looked at since it was listed.
    let now = move |read: &dyn Fn(&Alert) -> String| {
        watching
            .latest
            .with(|latest| latest.iter().find(|one| one.alert == number).map(read))
            .unwrap_or_else(|| listed.with_value(read))
    };
    let fault = RwSignal::new(String::new());
    let is_open = RwSignal::new(false);
    let told = RwSignal::new(0);
    let send = move |method: Method, path: String, change: Option<AlertChange>, shows: bool| {
        fault.set(String::new());
        spawn_local(async move {
            let sent = match &change {
                Some(change) => manage::send(method, &path, change).await.map(|_| ()),
                None => manage::request(method, &path, None, None).await.map(|_| ()),
            };
            match sent {
                Ok(()) if shows => {
                    is_open.try_set(true);
                    again(told);
                }
                Ok(()) => again(watching.round),
                Err(failure) => drop(fault.try_set(failure.sentence())),
            }
        });
    };
    let (to_test, to_switch, to_remove, to_history) =
        (format!("{path}/test"), path.clone(), path.clone(), format!("{path}/history"));
    let is_on = alert.is_on;
    let switch = move |_| {
        let change = AlertChange { is_on: Some(!is_on), ..AlertChange::default() };
        send(Method::PATCH, to_switch.clone(), Some(change), false);
    };
    let test = move |_| send(Method::POST, to_test.clone(), None, true);
    let named = alert.name.clone();
    let label = |action: &str| format!("{action} {named}");
    let ask = Ask {
        id: format!("alert-{number}"),
        action: "Delete",
        what: alert.name.clone(),
        question: "Its history goes with it.",
    };
    let remove = confirm(ask, watching.round, move || Box::pin(manage::remove(to_remove.clone())));
    let draft = alert.clone();
    let edit = move |_| watching.open(Draft::new(Some(&draft)));
    let has_channels = !alert.channels.is_empty();
    let actions = watching.may_write().then(|| {
        view! {
            <button type="button" class="button quiet" aria-label=label("Edit") on:click=edit>"Edit"</button>
            <button type="button" class="button quiet" hidden=!has_channels aria-label=label("Test") on:click=test>"Test"</button>
            <button type="button" class="button quiet" aria-label=label(if is_on { "Pause" } else { "Resume" }) on:click=switch>
                {if is_on { "Pause" } else { "Resume" }}
            </button>
            {remove}
        }
    });
    let history = move || {
        let path = to_history.clone();
        is_open.get().then(|| history(told, path, zone.get_value()))
    };
    view! {
        <li data-testid="alert" data-name=alert.name.clone()>
            <span class="alert-state" data-state=move || now(&|alert| state(alert).0.to_owned())>
                <i aria-hidden="true"></i>
                {move || now(&|alert| state(alert).1.to_owned())}
            </span>
            <div class="alert-about">
                <b>{alert.name.clone()}</b>
                <span class="muted">{move || now(&|alert| measured(alert, &zone.get_value()))}</span>
                <span class="muted">{channels(&alert)}</span>
                <span class="fault">{move || now(&|alert| alert.fault.clone().unwrap_or_default())}</span>
                <span class="fault" role="alert">{move || fault.get()}</span>
            </div>
            <div class="alert-actions">
                <button
                    type="button"
                    class="button quiet"
                    aria-label=label("History of")
                    aria-expanded=move || is_open.get().to_string()
                    on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)
                >
                    "History"
                </button>
                {actions}
            </div>
            <div class="alert-below">{history}</div>
        </li>
    }
    .into_any()
}

fn state(alert: &Alert) -> (&'static str, &'static str) {
    match alert.standing.status {
        _ if !alert.is_on => ("off", "Paused"),
        Status::Unknown => ("unknown", "Learning"),
        Status::Ok => ("ok", "Fine"),
        Status::Firing => ("firing", "Firing"),
    }
}

/// A moment by the site's clock.
fn moment(zone: &str, at_ms: u64) -> String {
    let wall_ms = format::wall_ms(zone, at_ms);
    format!("{} {}", format::day(wall_ms), format::time(wall_ms))
}

/// The last bucket against what was expected of it.
fn measured(alert: &Alert, zone: &str) -> String {
    let metric = alert.definition.metric.name();
    let metric = METRICS.iter().find(|(name, _)| *name == metric).map_or(metric, |(_, words)| *words);
    let Some(last) = &alert.standing.last else { return format!("{metric}, not looked at yet") };
    let value = last.value.map_or_else(|| "nothing to measure".to_owned(), number);
    let bounds = [("expected", last.expected), ("at least", last.low), ("at most", last.high)];
    let bounds = bounds.into_iter().filter_map(|(words, bound)| Some(format!("{words} {}", number(bound?))));
    let bounds: Vec<String> = bounds.collect();
    let bounds = if bounds.is_empty() { String::new() } else { format!(" ({})", bounds.join(", ")) };
    format!("{metric}: {value}{bounds} until {}", moment(zone, last.end_ms))
}

fn channels(alert: &Alert) -> String {
    use wire::alert::Channel;
    let words = |channel: &Channel| match channel {
        Channel::Webhook { .. } => "webhook",
        Channel::Slack { .. } => "Slack",
        Channel::Mail { .. } => "mail",
    };
    let all: Vec<_> = alert.channels.iter().map(words).collect();
    if all.is_empty() { "Told here alone".to_owned() } else { format!("Told by {}", all.join(", ")) }
}

fn history(told: RwSignal<u64>, path: String, zone: String) -> AnyView {
    panel(told, move || {
        let (path, zone) = (path.clone(), zone.clone());
        Box::pin(async move {
            let AlertHistory { entries } = manage::read(&path).await?;
            let is_under_way = entries
                .iter()
                .flat_map(|entry| &entry.deliveries)
                .any(|one| one.state == DeliveryState::Waiting && one.tries == 0);
            if is_under_way {
                // What was just asked for is there in a moment.
                set_timeout(move || again(told), std::time::Duration::from_secs(1));
            }
            if entries.is_empty() {
                return Ok(view! { <p class="muted">"It has told nothing yet."</p> }.into_any());
            }
            let entries: Vec<AnyView> = entries.into_iter().map(|one| entry(one, &zone)).collect();
            Ok(view! { <ul class="alert-history" data-testid="alert-history">{entries}</ul> }.into_any())
        })
    })
}

fn entry(entry: wire::alert::AlertEntry, zone: &str) -> AnyView {
    let deliveries = entry.deliveries.into_iter().map(|one| {
        let (state, words) = match one.state {
            DeliveryState::Waiting if one.tries == 0 => ("waiting", "on its way".to_owned()),
            DeliveryState::Waiting => ("waiting", format!("failed {} times, is tried again", one.tries)),
            DeliveryState::Delivered => ("delivered", "delivered".to_owned()),
            DeliveryState::Failed => ("failed", "given up".to_owned()),
        };
        let fault = one.fault.map(|fault| format!(": {fault}")).unwrap_or_default();
        view! { <span class="muted" data-state=state>{format!("{} – {words}{fault}", one.channel)}</span> }.into_any()
    });
    let deliveries: Vec<AnyView> = deliveries.collect();
    let news = match entry.news {
        News::Opened => "opened",
        News::Still => "still",
        News::Resolved => "resolved",
        News::Test => "test",
    };
    view! {
        <li data-news=news>
            <span>{entry.text}</span>
            <span class="muted">{moment(zone, entry.at_ms)}</span>
            {deliveries}
        </li>
    }
    .into_any()
}

/// What is sent of a new alert or a changed one.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Wanted {
    /// A new one.
    New(NewAlert),
    /// A changed one.
    Change(AlertChange),
}

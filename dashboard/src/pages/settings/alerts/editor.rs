//! Putting an alert together, beside what it would have told.

use gloo_net::http::Method;
use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::alert::{AlertChange, NewAlert};

use super::super::lock;
use super::Watching;
use super::draft::{Draft, METRICS};
use super::list::Wanted;
use super::preview;
use crate::components::field::{NUMBER, TEXT, Text, about, choice, field, only_if, tick};
use crate::components::form::{Card, Form, Lock, Sending, form_card};
use crate::components::panel::again;
use crate::components::rows::words;
use crate::components::secret::copyable;
use crate::manage;

const KINDS: &[(&str, &str)] = &[
    ("spike", "Far more than usual"),
    ("drop", "Far less than usual"),
    ("conversion_drop", "Far fewer visits reach a goal than usual"),
    ("no_data", "Nothing comes"),
    ("above", "More than a number"),
    ("below", "Less than a number"),
    ("change", "A change by percent"),
];

const INTERVALS: &[(&str, &str)] = &[("minute", "Every minute"), ("hour", "Every hour"), ("day", "Every day")];

const SENSITIVITIES: &[(&str, &str)] = &[
    ("low", "Only what nobody can overlook"),
    ("medium", "What is no chance and matters"),
    ("high", "What is hardly chance"),
];

const AGAINST: &[(&str, &str)] =
    &[("previous", "the one before"), ("week", "a week before"), ("usual", "what is usual then")];

/// Fields that say what is wrong with them; anything else is said beside the button.
const FIELDS: &[&str] = &[
    "name",
    "definition.currency",
    "definition.condition.value",
    "definition.condition.percent",
    "definition.condition.least",
    "definition.open_after",
    "definition.close_after",
    "definition.cooldown_minutes",
    "definition.remind_minutes",
    "definition.quiet.from",
    "definition.quiet.to",
    "channels",
];

/// The form, and the chart of what it would have told.
pub fn view(watching: Watching, draft: Draft) -> AnyView {
    let form = Form::new("alert", FIELDS, Lock::Open);
    draft.tests.know_segments(watching.site.api("/segments"));
    let is_kind = move |kinds: &'static [&'static str]| move || draft.kind.with(|kind| kinds.contains(&kind.as_str()));
    let send = UnsyncCallback::new(move |()| {
        let name = form.filled("name", draft.name)?;
        let definition = match untrack(|| draft.definition()) {
            Ok(definition) => definition,
            Err(at_fault) => {
                let field = FIELDS.iter().find(|field| field.ends_with(at_fault)).copied().unwrap_or_default();
                form.accuse(field, "Must be a number.".to_owned());
                return None;
            }
        };
        let (channels, number) = (draft.channels(), draft.alert);
        let wanted = match number {
            None => Wanted::New(NewAlert { name, definition, channels, is_on: true }),
            Some(_) => Wanted::Change(AlertChange {
                name: Some(name),
                definition: Some(definition),
                channels: Some(channels),
                is_on: None,
            }),
        };
        let sending = async move {
            let (method, path) = match number {
                None => (Method::POST, watching.site.api("/alerts")),
                Some(number) => (Method::PATCH, watching.site.api(&format!("/alerts/{number}"))),
            };
            manage::send(method, &path, &wanted).await?;
            again(watching.round);
            watching.close();
            Ok(())
        };
        Some(Box::pin(sending) as Sending)
    });
    let number = |name, label, hint| Text { name, label, hint, ..NUMBER };
    let goals = watching.site.settings().goals;
    let goal_names: Vec<String> = goals.into_iter().map(|goal| goal.name).collect();
    let fields = vec![
        field(
            form,
            draft.name,
            Text { name: "name", label: "What it is called", placeholder: "Traffic spike", ..TEXT },
        ),
        choice(form, draft.kind, "kind", "Tell me when there is", KINDS),
        only_if(
            move || draft.kind.with(|kind| kind != "conversion_drop"),
            vec![choice(form, draft.metric, "definition.metric", "Of", METRICS)],
        ),
        only_if(
            move || draft.metric.with(|metric| metric == "revenue"),
            vec![field(form, draft.currency, Text { name: "definition.currency", label: "Currency", ..TEXT })],
        ),
        only_if(is_kind(&["conversion_drop"]), vec![goal_choice(form, draft, goal_names)]),
        only_if(
            is_kind(&["above", "below"]),
            vec![field(form, draft.value, Text { name: "definition.condition.value", label: "Number", ..TEXT })],
        ),
        only_if(
            is_kind(&["change"]),
            vec![
                field(
                    form,
                    draft.percent,
                    Text {
                        name: "definition.condition.percent",
                        label: "Change",
                        unit: "%",
                        hint: "Negative: less.",
                        ..TEXT
                    },
                ),
                choice(form, draft.against, "against", "Compared with", AGAINST),
                field(
                    form,
                    draft.least,
                    Text {
                        name: "definition.condition.least",
                        label: "Only where there were at least",
                        hint: "Of two visits, half is one.",
                        ..TEXT
                    },
                ),
            ],
        ),
        only_if(
            is_kind(&["spike", "drop", "conversion_drop"]),
            vec![choice(form, draft.sensitivity, "sensitivity", "Sensitivity", SENSITIVITIES)],
        ),
        choice(form, draft.interval, "interval", "Look", INTERVALS),
        narrowing(form, draft),
        two(
            field(form, draft.open_after, number("definition.open_after", "Bad ones until it opens", "")),
            field(form, draft.close_after, number("definition.close_after", "Good ones until it ends", "")),
        ),
        two(
            field(form, draft.cooldown, number("definition.cooldown_minutes", "Minutes until it opens again", "")),
            field(
                form,
                draft.remind,
                number("definition.remind_minutes", "Minutes between reminders", "Left empty: none."),
            ),
        ),
        tick(
            form,
            draft.is_quiet,
            "is_quiet",
            "Quiet hours",
            "By the site's clock. What still holds at their end is told then.",
        ),
        only_if(
            move || draft.is_quiet.get(),
            vec![
                two(
                    field(form, draft.quiet_from, Text { name: "definition.quiet.from", label: "From", ..TEXT }),
                    field(form, draft.quiet_to, Text { name: "definition.quiet.to", label: "To", ..TEXT }),
                ),
                tick(form, draft.weekends, "weekends", "And the whole weekend", ""),
            ],
        ),
        view! { <h3 id=form.id("channels") tabindex="-1">"Where it is told"</h3> }.into_any(),
        about(form, "channels", ""),
        field(
            form,
            draft.webhook,
            Text {
                name: "webhook",
                label: "Webhook",
                placeholder: "https://example.com/hook",
                hint: "Signed as Standard Webhooks are.",
                kind: "url",
                ..TEXT
            },
        ),
        only_if(
            move || draft.secret.with(|secret| !secret.is_empty()),
            vec![copyable(draft.secret.into(), "the key that it is signed with")],
        ),
        field(
            form,
            draft.slack,
            Text {
                name: "slack",
                label: "Slack",
                placeholder: "https://hooks.slack.com/services/…",
                hint: "Or who takes the same: Mattermost, Discord with /slack behind it.",
                kind: "url",
                ..TEXT
            },
        ),
        only_if(
            move || watching.can_mail.get(),
            vec![field(
                form,
                draft.mail,
                Text { name: "mail", label: "Mail", placeholder: "ann@example.com, bob@example.com", ..TEXT },
            )],
        ),
        only_if(
            move || !watching.can_mail.get(),
            vec![words("No mail can be sent: the server's settings name no mail server.")],
        ),
        view! { <button type="button" class="button quiet" on:click=move |_| watching.close()>"Cancel"</button> }
            .into_any(),
    ];
    let title = if draft.alert.is_none() { "New alert" } else { "Edit alert" };
    let card = Card { title, words: "", action: "Save", done: "Saved." };
    let leave = move |event: web_sys::KeyboardEvent| {
        if event.key() == "Escape" {
            watching.close();
        }
    };
    view! {
        <div class="alert-editor" data-testid="alert-editor" on:keydown=leave>
            {form_card(form, card, send, fields)}
            {preview::view(watching, draft)}
        </div>
    }
    .into_any()
}

fn two(one: AnyView, other: AnyView) -> AnyView {
    view! { <div class="alert-two">{one}{other}</div> }.into_any()
}

/// Which goal: one of the site's, or any.
fn goal_choice(form: Form, draft: Draft, goals: Vec<String>) -> AnyView {
    let options = goals.into_iter().map(|goal| {
        let value = goal.clone();
        let is_it = value.clone();
        view! { <option value=value selected=move || draft.goal.with(|goal| *goal == is_it)>{goal}</option> }.into_any()
    });
    let options: Vec<AnyView> = options.collect();
    view! {
        <div class="field">
            <label for=form.id("goal")>"Goal"</label>
            <select id=form.id("goal") on:change=move |event| draft.goal.set(event_target_value(&event))>
                <option value="" selected=move || draft.goal.with(String::is_empty)>"Any goal"</option>
                {options}
            </select>
        </div>
    }
    .into_any()
}

/// What is watched of all: what it was narrowed to, and more tests.
fn narrowing(form: Form, draft: Draft) -> AnyView {
    let before = move || {
        draft.narrowed.with(|filter| {
            filter.as_ref().map(|filter| {
                view! {
                    <p class="about">
                        {format!("Only {}. ", lock::words(filter))}
                        <button type="button" class="button quiet" on:click=move |_| draft.narrowed.set(None)>"Remove"</button>
                    </p>
                }
            })
        })
    };
    let words = ["Filters", "Every event.", "Only what passes all of these."];
    view! { {before}{lock::view_as(form, draft.tests, words)} }.into_any()
}

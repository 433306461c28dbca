//! The currency that amounts are told together in, and what others are worth in it.

use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use wire::account::Permission;
use wire::change::SettingsChange;
use wire::site::ExchangeRate;

use super::managed::Managed;
use crate::components::confirm::{Ask, confirm};
use crate::components::field::{TEXT, Text, field};
use crate::components::form::{Card, Form, Lock, SAVE, focus_later, form_card};
use crate::components::rows::{Row, rows, section};

const REPORTING: &str = "settings.reporting_currency";
const CURRENCY: &str = "settings.exchange_rates.currency";
const RATE: &str = "settings.exchange_rates.rate";
const AS_OF: &str = "settings.exchange_rates.as_of";

/// A rate as it is filled in.
#[derive(Clone, Copy)]
struct Draft {
    form: Form,
    currency: RwSignal<String>,
    rate: RwSignal<String>,
    as_of: RwSignal<String>,
}

impl Draft {
    fn clear(self) {
        for text in [self.currency, self.rate, self.as_of] {
            text.try_set(String::new());
        }
    }

    fn change(self, rate: &ExchangeRate) {
        self.currency.set(rate.currency.clone());
        self.rate.set(rate.rate.clone());
        self.as_of.set(rate.as_of.clone());
        focus_later(self.form.id(RATE));
    }

    fn rate(self) -> Option<ExchangeRate> {
        let currency = code(&self.form.filled(CURRENCY, self.currency)?);
        let rate = self.form.filled(RATE, self.rate)?.trim().to_owned();
        Some(ExchangeRate { currency, rate, as_of: self.as_of.get_untracked().trim().to_owned() })
    }
}

/// As codes are written.
fn code(text: &str) -> String {
    text.trim().to_uppercase()
}

/// The currency, the rates, and a form for one more or another.
pub fn view(site: Managed) -> Vec<AnyView> {
    let lock = site.lock(Permission::SitesWrite);
    let text = || RwSignal::new(String::new());
    let form = Form::new("rate", &[CURRENCY, RATE, AS_OF], lock);
    let draft = Draft { form, currency: text(), rate: text(), as_of: text() };
    let list = move || {
        site.round.track();
        let settings = site.settings();
        let rates = settings.exchange_rates.into_iter().enumerate();
        let into = settings.reporting_currency;
        let rates = rates.map(|(at, rate)| row(site, draft, lock, at, &rate, &into)).collect();
        rows(rates, "No rates yet. Amounts in other currencies stand by themselves.")
    };
    let words = "What one unit of another currency is worth. They are the ones that you declare: none is fetched, and a new one \
                 holds for what was paid before too.";
    let mut parts = vec![reporting(site), section("Exchange rates".to_owned(), words, vec![list.into_any()])];
    if lock == Lock::Open {
        parts.push(adding(site, draft));
    }
    parts
}

fn reporting(site: Managed) -> AnyView {
    let form = Form::new("reporting", &[REPORTING], site.lock(Permission::SitesWrite));
    let value = RwSignal::new(site.settings().reporting_currency);
    let send = site.send(move || {
        Some(SettingsChange { reporting_currency: Some(code(&value.get_untracked())), ..Default::default() })
    });
    let words = "The currency that revenue is told together in. Leave it empty to keep currencies apart.";
    let shape = Text { name: REPORTING, label: "Currency", placeholder: "EUR", ..TEXT };
    form_card(form, Card { title: "Reporting currency", words, ..SAVE }, send, vec![field(form, value, shape)])
}

fn row(site: Managed, draft: Draft, lock: Lock, at: usize, rate: &ExchangeRate, into: &str) -> Row {
    let title = format!("1 {} = {} {into}", rate.currency, rate.rate);
    let as_of = if rate.as_of.is_empty() { String::new() } else { format!("of {}", rate.as_of) };
    if lock == Lock::Shut {
        return Row { title, lines: vec![as_of], ..Row::default() };
    }
    let (what, removed) = (rate.currency.clone(), rate.currency.clone());
    let question = "Amounts in it stand by themselves then.";
    let remove = confirm(Ask { id: format!("rate-{at}"), action: "Remove", what, question }, site.round, move || {
        let mut rates = site.settings().exchange_rates;
        rates.retain(|rate| rate.currency != removed);
        site.sending(SettingsChange { exchange_rates: Some(rates), ..Default::default() })
    });
    let (label, rate) = (format!("Edit {}", rate.currency), rate.clone());
    let edit = view! {
        <button type="button" class="button quiet" aria-label=label on:click=move |_| draft.change(&rate)>"Edit"</button>
    };
    Row { title, lines: vec![as_of], actions: vec![edit.into_any(), remove], below: None }
}

fn adding(site: Managed, draft: Draft) -> AnyView {
    let form = draft.form;
    let read = move || {
        let rate = draft.rate()?;
        let mut rates = site.settings().exchange_rates;
        match rates.iter_mut().find(|before| before.currency == rate.currency) {
            Some(before) => *before = rate,
            None => rates.push(rate),
        }
        Some(SettingsChange { exchange_rates: Some(rates), ..Default::default() })
    };
    // What was sent is in the list then.
    let send: UnsyncCallback<_, _> = site.send_then(read, move || draft.clear());
    let hint = "Units of the reporting currency for one of this, with up to nine digits behind the point.";
    let date_hint = "For whoever reads the numbers. It may be left empty.";
    let fields = vec![
        field(form, draft.currency, Text { name: CURRENCY, label: "Currency", placeholder: "USD", ..TEXT }),
        field(form, draft.rate, Text { name: RATE, label: "Is worth", placeholder: "0.9234", hint, ..TEXT }),
        field(
            form,
            draft.as_of,
            Text { name: AS_OF, label: "Rate of", placeholder: "2026-02-01", hint: date_hint, ..TEXT },
        ),
    ];
    let words = "A rate of a currency that is in the list takes the place of the former one.";
    form_card(form, Card { title: "Declare a rate", words, action: "Save the rate", ..SAVE }, send, fields)
}

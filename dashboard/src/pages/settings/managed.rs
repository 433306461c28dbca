//! A site as its owner changes it.

use gloo_net::http::Method;
use leptos::callback::UnsyncCallback;
use leptos::prelude::*;
use serde::Deserialize;
use wire::account::Permission;
use wire::change::{SettingsChange, SiteChange};
use wire::site::{ExchangeRate, Goal, Rates, VisitorMode};

use crate::api::{self, Failure};
use crate::components::form::{Lock, Send, Sending};
use crate::manage::{self, Granted};

/// What is read of [`wire::change::SiteDetails`].
#[derive(Deserialize)]
struct Details {
    name: String,
    settings: Settings,
}

/// What is read of [`wire::site::Settings`], and means what it means there.
#[derive(Clone, Deserialize)]
pub struct Settings {
    pub visitors: VisitorMode,
    pub keeps_events: bool,
    pub honours_dnt: bool,
    pub filters_bots: bool,
    #[serde(default)]
    pub goals: Vec<Goal>,
    #[serde(default)]
    pub properties: Vec<String>,
    #[serde(default)]
    pub reporting_currency: String,
    #[serde(default)]
    pub exchange_rates: Vec<ExchangeRate>,
    pub rates: Rates,
    pub time_zone: String,
    pub event_retention_days: u32,
    pub rollup_retention_days: u32,
}

/// A site, and what may be done to it. Lives as long as the page.
#[derive(Clone, Copy)]
pub struct Managed {
    /// What it is called.
    pub name: RwSignal<String>,
    /// Grows with every change.
    pub round: RwSignal<u64>,
    tracking_id: StoredValue<String>,
    settings: StoredValue<Settings>,
    /// Names the state that is on the screen.
    tag: StoredValue<Option<String>>,
    rights: StoredValue<Vec<Permission>>,
}

impl Managed {
    /// Asks for a site and what may be done to it.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn load(tracking_id: String) -> Result<Self, Failure> {
        let granted = Granted::ask().await?;
        let answered = manage::request(Method::GET, &manage::of_site(&tracking_id, ""), None, None).await?;
        let details: Details = manage::parsed(&answered)?;
        let rights = Permission::ALL.into_iter().filter(|permission| granted.may(&tracking_id, *permission)).collect();
        Ok(Self {
            name: RwSignal::new(details.name),
            round: RwSignal::new(0),
            tracking_id: StoredValue::new(tracking_id),
            settings: StoredValue::new(details.settings),
            tag: StoredValue::new(answered.tag),
            rights: StoredValue::new(rights),
        })
    }

    /// Its tracking id.
    pub fn tracking_id(self) -> String {
        self.tracking_id.get_value()
    }

    /// The settings as they are.
    pub fn settings(self) -> Settings {
        self.settings.get_value()
    }

    /// Whether whoever looks may do something to it.
    pub fn may(self, permission: Permission) -> bool {
        self.rights.with_value(|rights| rights.contains(&permission))
    }

    /// Whether forms that need a permission may be filled in.
    pub fn lock(self, permission: Permission) -> Lock {
        if self.may(permission) { Lock::Open } else { Lock::Shut }
    }

    /// Where its pages are: `/sites/ID` and `rest`.
    pub fn path(self, rest: &str) -> String {
        self.tracking_id.with_value(|id| format!("/sites/{}{rest}", api::encoded(id)))
    }

    /// Where its data is: `/api/v1/sites/ID` and `rest`.
    pub fn api(self, rest: &str) -> String {
        self.tracking_id.with_value(|id| manage::of_site(id, rest))
    }

    /// Changes something about it, unless somebody else did meanwhile.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn change(self, change: SiteChange) -> Result<(), Failure> {
        let body = serde_json::to_string(&change)?;
        let seen = self.tag.get_value();
        let answered = manage::request(Method::PATCH, &self.api(""), Some(body), seen).await.map_err(|failure| {
            let Failure::Problem(mut problem) = failure else { return failure };
            if problem.code == "changed" {
                problem.detail =
                    "somebody else changed these settings meanwhile: load the page again to see them".to_owned();
            }
            Failure::Problem(problem)
        })?;
        let details: Details = manage::parsed(&answered)?;
        self.tag.try_set_value(answered.tag);
        self.settings.try_set_value(details.settings);
        self.name.try_set(details.name);
        self.round.try_update(|round| *round += 1);
        Ok(())
    }

    /// The same, of its settings, as a form or a button sends it.
    pub fn sending(self, settings: SettingsChange) -> Sending {
        Box::pin(self.change(SiteChange { name: None, settings }))
    }

    /// What a form sends that decides about settings: nothing where `read` finds a fault.
    pub fn send(self, read: impl Fn() -> Option<SettingsChange> + 'static) -> Send {
        UnsyncCallback::new(move |()| read().map(|change| self.sending(change)))
    }

    /// The same, and `done` once it is saved.
    pub fn send_then(
        self,
        read: impl Fn() -> Option<SettingsChange> + 'static,
        done: impl Fn() + Copy + 'static,
    ) -> Send {
        UnsyncCallback::new(move |()| {
            let saving = self.sending(read()?);
            let sending = async move {
                saving.await?;
                done();
                Ok(())
            };
            Some(Box::pin(sending) as Sending)
        })
    }
}

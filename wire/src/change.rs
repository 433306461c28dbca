//! Sites as their owners make and change them.

use serde::{Deserialize, Serialize};

use crate::frame::RollupDimension;
use crate::site::{ExchangeRate, Goal, Settings, VisitorMode};

/// Body of `POST /api/v1/sites`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSite {
    /// What the tracking snippet will carry. Default: drawn.
    #[serde(default)]
    pub tracking_id: Option<String>,
    /// Name for people, usually the domain.
    pub name: String,
    /// How it is counted, where that is not the default.
    #[serde(default)]
    pub settings: SettingsChange,
}

/// Body of `PATCH /api/v1/sites/{tracking_id}`: what is given changes, the rest stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteChange {
    /// Name for people.
    #[serde(default)]
    pub name: Option<String>,
    /// How it is counted.
    #[serde(default)]
    pub settings: SettingsChange,
}

/// What is to be different about [`Settings`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "each is a field of `Settings`")]
pub struct SettingsChange {
    pub shards: Option<u16>,
    pub visitors: Option<VisitorMode>,
    pub keeps_events: Option<bool>,
    pub honours_dnt: Option<bool>,
    pub filters_bots: Option<bool>,
    pub goals: Option<Vec<Goal>>,
    pub properties: Option<Vec<String>>,
    pub pairs: Option<Vec<(RollupDimension, RollupDimension)>>,
    pub rates: RatesChange,
    pub time_zone: Option<String>,
    pub reporting_currency: Option<String>,
    pub exchange_rates: Option<Vec<ExchangeRate>>,
    pub event_retention_days: Option<u32>,
    pub rollup_retention_days: Option<u32>,
}

/// What is to be different about [`crate::site::Rates`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(missing_docs, reason = "each is a field of `Rates`")]
pub struct RatesChange {
    pub site_per_second: Option<u32>,
    pub visitor_per_second: Option<u32>,
    pub block_per_second: Option<u32>,
}

/// Answer of `GET`, `POST` and `PATCH` of one site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteDetails {
    /// What the tracking snippet carries.
    pub tracking_id: String,
    /// Name for people.
    pub name: String,
    /// How it is counted.
    pub settings: Settings,
}

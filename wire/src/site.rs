//! What the owner of a site decides about counting: made at the aggregator, carried to the edge as one signed,
//! versioned document.

use serde::{Deserialize, Serialize};

use crate::frame::RollupDimension;

/// `GET` path of a site's [`Settings`]; the query carries `site=` and the tracking id.
pub const SETTINGS_PATH: &str = "/edge/v1/settings";

/// How a site is counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Tracking id of the site.
    pub site: String,
    /// Grows with every change; zero before the first.
    pub version: u64,
    /// Objects that share the site's visitors, 1 to [`crate::limits::SHARDS_MAX`].
    pub shards: u16,
    /// Numbers of objects before, newest first: for as long as a sender may repeat what it sent then.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub earlier_shards: Vec<EarlierShards>,
    /// How visitors are told apart.
    pub visitors: VisitorMode,
    /// Whether single events are kept. If not, only counters and sketches leave the edge.
    pub keeps_events: bool,
    /// Whether `DNT: 1` is honoured as Global Privacy Control always is.
    pub honours_dnt: bool,
    /// Whether requests of programs are left out.
    pub filters_bots: bool,
    /// What counts as a conversion.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<Goal>,
    /// Custom properties that are counted by value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<String>,
    /// Pairs of dimensions that are counted together.
    pub pairs: Vec<(RollupDimension, RollupDimension)>,
    /// What may be sent.
    pub rates: Rates,
    /// IANA name of the zone that the site's days are told in.
    pub time_zone: String,
    /// The currency that amounts are told together in (ISO 4217); empty for none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reporting_currency: String,
    /// What other currencies are worth in it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exchange_rates: Vec<ExchangeRate>,
    /// Days that single events are kept.
    pub event_retention_days: u32,
    /// Days that rollups are kept; as many days as single events at least.
    pub rollup_retention_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            site: String::new(),
            version: 0,
            shards: 1,
            earlier_shards: Vec::new(),
            visitors: VisitorMode::Cookieless,
            keeps_events: true,
            honours_dnt: false,
            filters_bots: true,
            goals: Vec::new(),
            properties: Vec::new(),
            pairs: vec![
                (RollupDimension::Country, RollupDimension::Device),
                (RollupDimension::Source, RollupDimension::UtmMedium),
                (RollupDimension::Page, RollupDimension::Source),
            ],
            rates: Rates::default(),
            // 13 months.
            event_retention_days: 396,
            // Two years and a leap day.
            rollup_retention_days: 731,
            time_zone: "UTC".to_owned(),
            reporting_currency: String::new(),
            exchange_rates: Vec::new(),
        }
    }
}

/// What a currency is worth in a site's reporting currency, as its owner declares it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExchangeRate {
    /// ISO 4217.
    pub currency: String,
    /// Units of the reporting currency for one of its own: a decimal number, exact to a billionth.
    pub rate: String,
    /// The date that it is of, for whoever reads answers; empty where that is not said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub as_of: String,
}

/// A number of objects that was in use before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierShards {
    /// How many.
    pub shards: u16,
    /// When that ended, Unix milliseconds.
    pub until_ms: u64,
}

/// How visitors are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitorMode {
    /// By a hash whose key changes every day: a person counts once a day.
    #[default]
    Cookieless,
    /// By the sender's own id where it has one, under a key that lasts: a person counts once in any range.
    Persistent,
}

/// Something that visitors are wanted to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    /// Name in reports, unique within the site.
    pub name: String,
    /// Type of the events that reach it.
    #[serde(default = "pageview")]
    pub event_type: String,
    /// Only on pages whose path matches: `*` is any part of one segment, `**` any part of the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
}

fn pageview() -> String {
    "pageview".to_owned()
}

/// Events a second that are taken, and how many at once. Beyond, senders are told when to come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rates {
    /// Of the whole site.
    pub site_per_second: u32,
    /// Of one visitor.
    pub visitor_per_second: u32,
    /// Of one block of addresses (IPv4 /24, IPv6 /48).
    pub block_per_second: u32,
}

impl Default for Rates {
    fn default() -> Self {
        Self { site_per_second: 1000, visitor_per_second: 25, block_per_second: 500 }
    }
}

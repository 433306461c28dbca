//! What people did, as a part of a filter: `["did", {"event_type": "purchase", "at_least": 3, "within": "30d"}]`.
//!
//! Each holds of a person, a visitor as far as ids tell: an event passes when its visitor is one of those people. Whoever
//! has not done something is `["not", ["did", …]]`.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::analysis::{EventFilters, EventPattern, FunnelDefinition};
use crate::dimension::{Dimension, PropertyName};
use crate::filter::FilterValues;
use crate::span::Span;

/// What must be true of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// `did`: did something, so many times or with such a sum.
    Did(Did),
    /// `first_did`: did it first within a span: without an event named, was first seen then. That is a cohort.
    FirstDid(Edge),
    /// `last_did`: did it last within a span: without an event named, was last seen then.
    LastDid(Edge),
    /// `funnel`: got to a step of a funnel.
    Funnel(InFunnel),
}

/// Something that is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Did {
    /// As [`EventPattern::event_type`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<FilterValues>,
    /// As [`EventPattern::filters`].
    #[serde(default, skip_serializing_if = "EventFilters::is_empty")]
    pub filters: EventFilters,
    /// How often at least. Default 1; with 0 whoever never did is meant too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u64>,
    /// How often at most. Default: any number of times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<u64>,
    /// What the sum over these events must be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sum: Option<Sum>,
    /// When. Default: the range of the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
}

/// The first or the last time that something is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// As [`EventPattern::event_type`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<FilterValues>,
    /// As [`EventPattern::filters`].
    #[serde(default, skip_serializing_if = "EventFilters::is_empty")]
    pub filters: EventFilters,
    /// When. Default: the range of the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
}

/// A step of a funnel of people. One of both, `funnel_id` and `funnel`, says which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InFunnel {
    /// A funnel that is kept; written out before a question is planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funnel_id: Option<String>,
    /// What the funnel is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub funnel: Option<FunnelDefinition>,
    /// The step, by its number from 1.
    pub step: usize,
    /// What became of the person there.
    #[serde(default)]
    pub outcome: StepOutcome,
    /// When attempts begin. Default: the range of the question.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within: Option<Span>,
}

/// What became of somebody at a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// Did the step, and all before it.
    #[default]
    Reached,
    /// Did it, and not the one behind.
    Dropped,
}

/// What the sum over events must be. One bound at least.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sum {
    /// Of what.
    pub of: Summed,
    /// ISO 4217 code of the currency, of revenue: amounts in several are not added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// At least this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Amount>,
    /// At most this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Amount>,
}

/// What is added up. Travels as `revenue` or `property:NAME`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summed {
    /// What was paid.
    Revenue,
    /// A property's numbers; what is none adds nothing.
    Property(PropertyName),
}

/// A number with six places behind the point, as sums have them: they are the same in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Amount {
    /// Millionths.
    pub micros: i64,
}

/// Largest amount, in whole units: in millionths it fits 64 bits.
const AMOUNT_MAX: f64 = 1e12;

impl Amount {
    /// The nearest; none for what is no number or beyond a million millions.
    pub fn of(number: f64) -> Option<Self> {
        (number.abs() <= AMOUNT_MAX).then(|| Self { micros: (number * 1e6).round() as i64 })
    }
}

impl Behaviour {
    /// Its name in expressions.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Did(_) => DID,
            Self::FirstDid(_) => FIRST_DID,
            Self::LastDid(_) => LAST_DID,
            Self::Funnel(_) => FUNNEL,
        }
    }
}

pub(crate) const DID: &str = "did";
pub(crate) const FIRST_DID: &str = "first_did";
pub(crate) const LAST_DID: &str = "last_did";
pub(crate) const FUNNEL: &str = "funnel";

impl Did {
    /// Which events.
    pub fn pattern(&self) -> EventPattern {
        EventPattern { event_type: self.event_type.clone(), filters: self.filters.clone() }
    }
}

impl Edge {
    /// Which events.
    pub fn pattern(&self) -> EventPattern {
        EventPattern { event_type: self.event_type.clone(), filters: self.filters.clone() }
    }
}

/// Its terms alone; the name stands before them.
impl Serialize for Behaviour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Did(did) => did.serialize(serializer),
            Self::FirstDid(edge) | Self::LastDid(edge) => edge.serialize(serializer),
            Self::Funnel(funnel) => funnel.serialize(serializer),
        }
    }
}

impl fmt::Display for Summed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Revenue => f.write_str("revenue"),
            Self::Property(name) => Dimension::Property(*name).fmt(f),
        }
    }
}

impl Serialize for Summed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Summed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match Dimension::named(&name) {
            _ if name == "revenue" => Ok(Self::Revenue),
            Some(Dimension::Property(name)) => Ok(Self::Property(name)),
            _ => Err(de::Error::custom("must be revenue or property:NAME")),
        }
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.micros as f64 / 1e6)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let refused = || de::Error::custom("must be a number of at most a million millions");
        Self::of(f64::deserialize(deserializer)?).ok_or_else(refused)
    }
}

#[cfg(test)]
mod tests;

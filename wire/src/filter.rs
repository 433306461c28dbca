//! Which events a question is about.
//!
//! Written in one of two forms: an object of dimensions and values, of which all must hold
//! (`{"country": "US", "device": ["desktop", "mobile"]}`), or an expression
//! (`["and", [["is", "country", ["US"]], ["not", ["contains", "page", ["/docs"]]]]]`). What people did is a part of an
//! expression too ([`Behaviour`]).

use std::collections::BTreeMap;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::behaviour::{Behaviour, DID, FIRST_DID, FUNNEL, LAST_DID};
use crate::dimension::Dimension;

/// A query's filters, in either form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Filters {
    /// Every dimension has one of its values.
    All(BTreeMap<Dimension, FilterValues>),
    /// An expression.
    Expression(Filter),
}

impl Default for Filters {
    fn default() -> Self {
        Self::All(BTreeMap::new())
    }
}

impl Filters {
    /// Whether every event is meant.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::All(all) if all.is_empty())
    }

    /// The same as an expression.
    #[must_use]
    pub fn into_expression(self) -> Filter {
        let test = |(dimension, values): (Dimension, FilterValues)| Filter::Test {
            operator: Operator::Is,
            dimension,
            values: values.as_slice().to_vec(),
        };
        match self {
            Self::All(all) => Filter::And(all.into_iter().map(test).collect()),
            Self::Expression(filter) => filter,
        }
    }
}

/// One value, or a list of which any matches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a text or a list of texts")]
pub enum FilterValues {
    /// Exactly this.
    One(String),
    /// Any of these.
    Any(Vec<String>),
}

impl FilterValues {
    /// The values, however written.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Any(values) => values,
        }
    }
}

/// An expression over an event's dimensions. An event without a value in a dimension has an empty one there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// One dimension's value passes a test.
    Test {
        /// Which test.
        operator: Operator,
        /// Of which dimension.
        dimension: Dimension,
        /// Against which values: any of them, or none of them where the operator says not.
        values: Vec<String>,
    },
    /// All hold.
    And(Vec<Filter>),
    /// At least one holds.
    Or(Vec<Filter>),
    /// It does not hold.
    Not(Box<Filter>),
    /// The event's visitor is somebody who behaved so.
    Behaviour(Box<Behaviour>),
}

/// How a value is tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// Equals one.
    Is,
    /// Equals none.
    IsNot,
    /// Contains one, whatever the case.
    Contains,
    /// Contains none.
    ContainsNot,
    /// One of the regular expressions matches a part of it (RE2 syntax).
    Matches,
    /// None of the regular expressions matches.
    MatchesNot,
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut sequence = serializer.serialize_seq(None)?;
        match self {
            Self::Test { operator, dimension, values } => {
                sequence.serialize_element(operator)?;
                sequence.serialize_element(dimension)?;
                sequence.serialize_element(values)?;
            }
            Self::And(filters) => {
                sequence.serialize_element("and")?;
                sequence.serialize_element(filters)?;
            }
            Self::Or(filters) => {
                sequence.serialize_element("or")?;
                sequence.serialize_element(filters)?;
            }
            Self::Not(filter) => {
                sequence.serialize_element("not")?;
                sequence.serialize_element(filter)?;
            }
            Self::Behaviour(behaviour) => {
                sequence.serialize_element(behaviour.name())?;
                sequence.serialize_element(behaviour)?;
            }
        }
        sequence.end()
    }
}

impl<'de> Deserialize<'de> for Filter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(FilterVisitor)
    }
}

impl<'de> Deserialize<'de> for Filters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FiltersVisitor)
    }
}

/// Looks at the form first, so that an error names the place within it.
struct FiltersVisitor;

impl<'de> Visitor<'de> for FiltersVisitor {
    type Value = Filters;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object of dimensions and values, or an expression such as [\"is\", \"country\", [\"US\"]]")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Filters, A::Error> {
        BTreeMap::deserialize(de::value::MapAccessDeserializer::new(map)).map(Filters::All)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Filters, A::Error> {
        FilterVisitor.visit_seq(sequence).map(Filters::Expression)
    }
}

struct FilterVisitor;

impl<'de> Visitor<'de> for FilterVisitor {
    type Value = Filter;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an expression such as [\"is\", \"country\", [\"US\"]] or [\"and\", [...]]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Filter, A::Error> {
        let missing = |at| de::Error::invalid_length(at, &self);
        let name: String = sequence.next_element()?.ok_or_else(|| missing(0))?;
        let filter = match name.as_str() {
            "and" => Filter::And(sequence.next_element()?.ok_or_else(|| missing(1))?),
            "or" => Filter::Or(sequence.next_element()?.ok_or_else(|| missing(1))?),
            "not" => Filter::Not(Box::new(sequence.next_element()?.ok_or_else(|| missing(1))?)),
            DID | FIRST_DID | LAST_DID | FUNNEL => {
                Filter::Behaviour(behaviour(&name, &mut sequence)?.ok_or_else(|| missing(1))?)
            }
            name => {
                let operator = Operator::deserialize(de::value::StrDeserializer::<A::Error>::new(name))?;
                let dimension = sequence.next_element()?.ok_or_else(|| missing(1))?;
                Filter::Test { operator, dimension, values: sequence.next_element()?.ok_or_else(|| missing(2))? }
            }
        };
        match sequence.next_element::<de::IgnoredAny>()? {
            None => Ok(filter),
            Some(_) => Err(de::Error::custom("an expression has no more parts than its operator takes")),
        }
    }
}

/// Apart from expressions, which call themselves: these are large.
#[inline(never)]
fn behaviour<'de, A: SeqAccess<'de>>(name: &str, sequence: &mut A) -> Result<Option<Box<Behaviour>>, A::Error> {
    let behaviour = match name {
        DID => sequence.next_element()?.map(Behaviour::Did),
        FIRST_DID => sequence.next_element()?.map(Behaviour::FirstDid),
        LAST_DID => sequence.next_element()?.map(Behaviour::LastDid),
        _ => sequence.next_element()?.map(Behaviour::Funnel),
    };
    Ok(behaviour.map(Box::new))
}

//! Which events a step is: by type, page and whatever else filters tell.

use std::collections::BTreeMap;

use serde::de::{self, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::dimension::Dimension;
use crate::filter::{FilterValues, Filters};

/// Which events are meant: those for which all parts hold. Without parts, every event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventPattern {
    /// Of this type, or one of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_type: Option<FilterValues>,
    /// What must hold besides.
    #[serde(default, skip_serializing_if = "EventFilters::is_empty")]
    pub filters: EventFilters,
}

/// Name of the filter that takes patterns.
const PAGE_PATH: &str = "page_path";

/// Filters of one step, as [`Filters`]. The object form takes `page_path` besides: patterns of paths, of which one must
/// match: `*` stands for any part of one segment, `**` for any part of the path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilters {
    /// Patterns of paths.
    pub page_path: Option<FilterValues>,
    /// All others.
    pub others: Filters,
}

impl EventFilters {
    /// Whether every event is meant.
    pub fn is_empty(&self) -> bool {
        self.page_path.is_none() && self.others.is_empty()
    }
}

impl Serialize for EventFilters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match (&self.others, &self.page_path) {
            (Filters::All(all), patterns) => {
                let mut map = serializer.serialize_map(None)?;
                if let Some(patterns) = patterns {
                    map.serialize_entry(PAGE_PATH, patterns)?;
                }
                for (dimension, values) in all {
                    map.serialize_entry(dimension, values)?;
                }
                map.end()
            }
            (expression, _) => expression.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for EventFilters {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(EventFiltersVisitor)
    }
}

struct EventFiltersVisitor;

impl<'de> Visitor<'de> for EventFiltersVisitor {
    type Value = EventFilters;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "an object of dimensions and values (and page_path), or an expression such as [\"is\", \"country\", [\"US\"]]",
        )
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EventFilters, A::Error> {
        let (mut page_path, mut all) = (None, BTreeMap::new());
        while let Some(Name(dimension)) = map.next_key()? {
            let values: FilterValues = map.next_value()?;
            let before = match dimension {
                None => page_path.replace(values),
                Some(dimension) => all.insert(dimension, values),
            };
            if before.is_some() {
                return Err(de::Error::custom("names a dimension twice"));
            }
        }
        Ok(EventFilters { page_path, others: Filters::All(all) })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<EventFilters, A::Error> {
        let others = Filters::deserialize(de::value::SeqAccessDeserializer::new(sequence))?;
        Ok(EventFilters { page_path: None, others })
    }
}

/// A dimension, or none for [`PAGE_PATH`].
struct Name(Option<Dimension>);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name == PAGE_PATH {
            return Ok(Self(None));
        }
        Dimension::deserialize(de::value::StringDeserializer::<D::Error>::new(name)).map(|one| Self(Some(one)))
    }
}

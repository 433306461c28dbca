//! What a site's events are called, for suggestions: asked for once, when something wants to suggest.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wire::query::{Cell, Dimension, Filter, Filters, Metric, Operator, Preset, Query, Row};

use crate::api;

/// Names of a kind that are suggested.
const SUGGESTED: usize = 50;

/// Names, most frequent first.
#[derive(Clone, Copy)]
pub struct Known {
    tracking_id: StoredValue<String>,
    is_asked: StoredValue<bool>,
    /// Event types.
    pub events: RwSignal<Vec<String>>,
    /// Paths of pages.
    pub pages: RwSignal<Vec<String>>,
    /// Properties that the site declares.
    pub properties: RwSignal<Vec<String>>,
    /// Whether all of it has come, or cannot be had.
    pub is_here: RwSignal<bool>,
}

impl Known {
    /// Nothing yet.
    pub fn of(tracking_id: &str) -> Self {
        Self {
            tracking_id: StoredValue::new(tracking_id.to_owned()),
            is_asked: StoredValue::new(false),
            events: RwSignal::new(Vec::new()),
            pages: RwSignal::new(Vec::new()),
            properties: RwSignal::new(Vec::new()),
            is_here: RwSignal::new(false),
        }
    }

    /// Asks, unless that was done. What cannot be had is not suggested.
    pub fn ask(self) {
        if self.is_asked.get_value() {
            return;
        }
        self.is_asked.set_value(true);
        let site = self.tracking_id.get_value();
        spawn_local(async move {
            self.events.try_set(values(&site, Dimension::EventType, "").await);
            self.pages.try_set(values(&site, Dimension::Page, "").await);
            if let Ok(declared) = api::properties(&site).await {
                self.properties.try_set(declared);
            }
            self.is_here.try_set(true);
        });
    }
}

/// Values of a dimension over the last weeks that hold a text, most frequent first.
pub async fn values(tracking_id: &str, dimension: Dimension, text: &str) -> Vec<String> {
    let contains = |text: &str| Filter::Test { operator: Operator::Contains, dimension, values: vec![text.to_owned()] };
    let query = Query {
        dimensions: vec![dimension],
        filters: if text.is_empty() { Filters::default() } else { Filters::Expression(contains(text)) },
        limit: Some(SUGGESTED),
        ..Query::new(tracking_id, Preset::Days91, vec![Metric::Events])
    };
    let Ok(answer) = api::query(&query).await else { return Vec::new() };
    let name = dimension.to_string();
    let value = |row: &Row| match row.get(&name) {
        Some(Cell::Text(text)) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    answer.rows.iter().filter_map(value).collect()
}

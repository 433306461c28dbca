mod examples;
mod oracle;

use serde_json::{Value, json};
use wire::site::Settings;

use super::*;
use crate::analysis::Names;
use crate::query::Circumstances;
use crate::window::DAY_MS;

/// 2026-03-26T00:00:00Z
const DAY: u64 = 1_774_483_200_000;

fn planned(change: Value) -> Result<AttributionPlan, String> {
    let mut query = json!({
        "tracking_id": "UA-1",
        "date_range": {"start": "2026-03-26", "end": "2026-03-29"},
        "conversion": {"event_type": "purchase"}
    });
    let (Some(query_map), Some(change)) = (query.as_object_mut(), change.as_object()) else { panic!("no objects") };
    query_map.extend(change.clone());
    let query = serde_json::from_value(query).map_err(|e| e.to_string())?;
    let settings = Settings::default();
    let around = Circumstances { events_from_ms: Some(DAY - 40 * DAY_MS), ..Circumstances::at(DAY * 2, &settings) };
    plan(&query, &settings, &around).map_err(|e| e.to_string())
}

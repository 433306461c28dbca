mod answers;
mod blocks;
mod comparisons;
mod limits;
mod random;
mod routes;
mod time;

use wire::frame::PART;
use wire::query::{Query, Row};
use wire::site::Settings;

use super::*;
use crate::rollup::Horizon;

/// 2026-02-02T00:00:00Z, a Monday.
const DAY: u64 = 1_769_990_400_000;

/// Half past three in the afternoon of that day.
const NOW: u64 = DAY + 15 * 3_600_000 + 30 * 60_000;

fn query(json: serde_json::Value) -> Query {
    let mut whole = serde_json::json!({
        "tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-02"}, "metrics": ["pageviews"]
    });
    if let (Some(whole), Some(changes)) = (whole.as_object_mut(), json.as_object()) {
        whole.extend(changes.clone());
    }
    serde_json::from_value(whole).unwrap_or_else(|e| panic!("{e}"))
}

/// With a declared property beside the default pairs.
fn settings() -> Settings {
    Settings { properties: vec!["plan".to_owned()], ..Settings::default() }
}

/// A site whose windows are all kept, and no events.
fn counted() -> Circumstances {
    let horizon = Horizon { minute_from_ms: 0, hour_from_ms: 0, day_from_ms: 0 };
    Circumstances { now_ms: NOW, horizon, events_from_ms: None, first_ms: None }
}

/// A site that keeps all of its events too.
fn kept() -> Circumstances {
    Circumstances { events_from_ms: Some(0), ..counted() }
}

fn planned(json: serde_json::Value) -> Plan {
    plan(&query(json.clone()), &settings(), &counted()).unwrap_or_else(|e| panic!("{json}: {e}"))
}

/// The windows of a rollup that a store keeps: start, value, page views, visitor.
type Stored<'a> = (u64, &'a str, u64, u64);

fn told(plan: &Plan, rows: &[Stored<'_>]) -> Told {
    let tally = |ask: &Ask| -> Result<Tally, ()> {
        let Route::Rollup { coverage, pieces } = &ask.route else { panic!("a rollup tells it") };
        let mut evaluation = Evaluation::new(&ask.question, coverage, pieces);
        for (start_ms, value, pageviews, visitor) in rows {
            let is_read = pieces.pieces.iter().any(|piece| (piece.start_ms..piece.end_ms).contains(start_ms));
            if !is_read {
                continue;
            }
            let mut visitors = crate::sketch::Sketch::default();
            visitors.insert(visitor.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            evaluation.add(&StoredRow {
                start_ms: *start_ms,
                value,
                pageviews: *pageviews,
                events: pageviews + 1,
                visitors: &visitors.encode(),
                visits: crate::rollup::VisitSums::default(),
                revenue: std::collections::BTreeMap::new(),
            });
        }
        Ok(evaluation.finish())
    };
    let now = plan.now.try_map(tally).unwrap_or_default();
    let then = plan.then.as_ref().map(|then| then.asks.try_map(tally).unwrap_or_default());
    plan.answer(now, then).unwrap_or_else(|e| panic!("{e}"))
}

fn answered(json: serde_json::Value, rows: &[Stored<'_>]) -> (Vec<Row>, usize) {
    let told = told(&planned(json), rows);
    (told.rows, told.total_rows)
}

fn row(json: serde_json::Value) -> Row {
    serde_json::from_value(json).unwrap_or_else(|e| panic!("{e}"))
}

fn pair(first: &str, second: &str) -> String {
    format!("{first}{PART}{second}")
}

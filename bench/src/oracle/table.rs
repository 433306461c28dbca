//! An answer's table, as DuckDB reads it.

use std::path::Path;

use anyhow::{Result, ensure};
use domain::query::{Buckets, Condition, Question};
use events::table;
use serde_json::{Value, json};
use wire::query::{Dimension, Metric, Row};
use wire::site::VisitorMode;

use crate::query::peer::{Peer, Rows};

/// Holds the types and values of a table that has a column of each kind against what was written.
///
/// # Errors
/// When DuckDB reads something else.
pub fn check(peer: &mut Peer, folder: &Path) -> Result<()> {
    for (time, label) in [(Dimension::Hour, "2026-02-02T01:00:00+01:00"), (Dimension::Month, "2026-02-01")] {
        let name = time.to_string();
        let rows: Vec<Row> = serde_json::from_value(json!([
            {name.as_str(): label, "page": "/ä", "visits": 3, "bounce_rate": 12.5, "revenue": {"EUR": 1.5, "USD": -2.0}},
            {name.as_str(): label, "page": "/b", "visits": 0, "bounce_rate": 0.0, "revenue": {}},
        ]))?;
        let file = folder.join("answer.parquet");
        std::fs::write(&file, table::of_rows(&question(time), &rows)?)?;
        let sql = format!(
            "SELECT concat_ws(' ', typeof({name}), typeof(page), typeof(visits), typeof(bounce_rate), typeof(revenue)),
                    epoch_ms({name}), page, visits, bounce_rate, revenue['EUR'], revenue['USD']
             FROM read_parquet('{}') ORDER BY page DESC",
            file.display()
        );
        let found = peer.query(&sql, Rows::All)?.data;
        let (kind, at_ms) = match time {
            Dimension::Hour => ("TIMESTAMP WITH TIME ZONE", 1_769_990_400_000_u64),
            _ => ("DATE", 1_769_904_000_000),
        };
        let types = format!("{kind} VARCHAR BIGINT DOUBLE MAP(VARCHAR, DOUBLE)");
        let expect: Vec<Vec<Value>> = serde_json::from_value(json!([
            [types, at_ms, "/ä", 3, 12.5, 1.5, -2.0],
            [types, at_ms, "/b", 0, 0.0, null, null],
        ]))?;
        ensure!(found == expect, "DuckDB reads an answer as {found:?}, written was {expect:?}");
    }
    Ok(())
}

fn question(time: Dimension) -> Question {
    Question {
        site: String::new(),
        start_ms: 0,
        end_ms: 0,
        buckets: Some(Buckets { dimension: time, starts: vec![], labels: vec![], cycle: vec![] }),
        by: vec![Dimension::Page],
        metrics: vec![Metric::Visits, Metric::BounceRate, Metric::Revenue],
        condition: Condition::All(vec![]),
        visitors: VisitorMode::default(),
        sample: None,
        order: vec![],
        offset: 0,
        limit: 2,
    }
}

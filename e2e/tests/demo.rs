//! The sites of the demonstration in the whole product: they go on as time does, and real visitors are counted beside.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use e2e::http;
use e2e::stack::PATIENCE;
use e2e::trial::{Trial, until};
use serde_json::{Value, json};

/// One day, at most 130 000 events; and so many that something happens every few seconds, by night too.
const OPTIONS: [&str; 4] = ["--days", "1", "--percent", "1000"];

const SITES: [&str; 2] = ["field-notes", "harbour"];

#[test]
fn made_up_and_real_visitors_are_counted_beside_each_other() {
    let trial = Trial::start().unwrap();
    let (aggregator, edge) = (&trial.stack.aggregator, &trial.stack.edge);
    aggregator.make_demo(&OPTIONS).unwrap();
    let tokens = SITES.map(|site| format!("Bearer {}", aggregator.token(site).unwrap()));
    // Events of both sites: those of one type, and all others.
    let counted = |filter: &str| -> u64 {
        let events = SITES.iter().zip(&tokens).map(|(site, token)| {
            let query = json!({
                "tracking_id": site, "date_range": "all", "metrics": ["events"],
                "filters": [filter, "event_type", ["real"]],
            });
            let url = format!("{}/api/v1/query", aggregator.url());
            let answer = http::post(&url, &[("authorization", token)], query.to_string().as_bytes()).unwrap();
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.json::<Value>().unwrap()["rows"][0]["events"].as_u64().unwrap_or_default()
        });
        events.sum()
    };
    let made = counted("is_not");
    let mut live = aggregator.go_on_with_demo(&OPTIONS).unwrap();
    let event = json!({
        "tracking_id": "field-notes", "event_type": "real", "client_id": "somebody",
        "page": {"url": "https://field-notes.example/"},
    });
    let url = format!("{}/api/v1/events", edge.url());
    assert_eq!(http::post(&url, &[], event.to_string().as_bytes()).unwrap().status, 204);
    until("events that happen meanwhile", || Ok((counted("is_not") > made).then_some(()))).unwrap();
    until("the real event", || Ok((counted("is") == 1).then_some(()))).unwrap();
    assert!(live.is_running().unwrap(), "{}", live.log_end());
    assert!(live.terminate(PATIENCE).unwrap().success(), "{}", live.log_end());
}

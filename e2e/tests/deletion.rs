//! A site is deleted while its edge holds events: they are dropped there, too.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use e2e::trial::{SITE, Trial, until};
use serde_json::json;

fn post(trial: &Trial, path: &str) -> u16 {
    let event =
        json!({"tracking_id": SITE, "event_type": "pageview", "page": {"url": format!("https://t.example{path}")}});
    trial.post(event.to_string().as_bytes()).unwrap().status
}

#[test]
fn what_an_edge_holds_of_a_deleted_site_is_dropped() {
    let mut trial = Trial::start().unwrap();
    assert_eq!(post(&trial, "/before"), 204);
    trial.drained(1).unwrap();
    trial.stack.aggregator.process().kill().unwrap();
    for number in 0..5 {
        assert_eq!(post(&trial, &format!("/held-{number}")), 204);
    }
    trial.stack.aggregator.run(&["delete", "site", SITE, "--confirm", SITE]).unwrap();
    trial.stack.aggregator.restart().unwrap();
    // The object brings what it has, learns that nobody wants it, and is nobody again: what comes is of no site it knows.
    let refused = until("the edge to learn it", || {
        let status = post(&trial, "/too-late");
        Ok((status != 204).then_some(status))
    });
    assert_eq!(refused.unwrap(), 400);
    assert_eq!(trial.stack.aggregator.run(&["quarantine", "list"]).unwrap().trim(), "");
    // Under the same name the site begins anew, and nothing of before comes.
    trial.stack.aggregator.add_open_site(SITE, "test.example").unwrap();
    until("the edge to be introduced", || Ok((post(&trial, "/after") == 204).then_some(()))).unwrap();
    trial.drained(1).unwrap();
    assert_eq!(post(&trial, "/after"), 204);
    let events = trial.drained(2).unwrap();
    assert!(events.iter().all(|event| event.path == "/after"), "{events:?}");
}

//! Every page of the dashboard in a real browser: legible to everybody, walked through by keyboard, and never a way for what
//! others sent to run.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::process::Command;

use e2e::trial::{SITE, Trial};
use serde_json::{Value, json};

/// A site that nothing is sent to.
const EMPTY_SITE: &str = "UA-123456-2";

/// Page views, and what else happened: person, path, country, referrer, event.
const HAPPENED: [(&str, &str, &str, &str, &str); 8] = [
    ("a", "/", "DE", "https://www.google.com/", "pageview"),
    ("a", "/pricing", "DE", "", "pageview"),
    ("a", "/pricing", "DE", "", "signup"),
    ("b", "/", "DE", "https://news.example/", "pageview"),
    ("b", "/a/path/that/is/so/long/that/it/does/not/fit/into/any/column/of/any/table", "DE", "", "pageview"),
    ("c", "/pricing", "FR", "https://chatgpt.com/", "pageview"),
    ("d", "/?utm_campaign=spring&utm_source=letter", "JP", "", "pageview"),
    ("e", "/pricing", "", "", "pageview"),
];

/// A trial in which something happened, and another site that nothing did on.
fn busy() -> Trial {
    let trial = Trial::start().unwrap();
    trial.stack.aggregator.add_site(EMPTY_SITE, "quiet.example").unwrap();
    for (person, path, country, referrer, event_type) in HAPPENED {
        let event = json!({
            "tracking_id": SITE, "client_id": person, "event_type": event_type,
            "page": {"url": format!("https://test.example{path}"), "referrer": referrer}, "user": user(country),
            "custom_properties": {"plan": "pro"},
        });
        assert_eq!(trial.send(&event).unwrap(), 204);
    }
    trial.drained(HAPPENED.len()).unwrap();
    trial
}

fn user(country: &str) -> Value {
    if country.is_empty() { json!({}) } else { json!({"country": country}) }
}

/// Runs a script of the browser's with these variables beside those that every one needs.
fn browse(trial: &Trial, script: &str, variables: &[(&str, String)]) {
    let aggregator = &trial.stack.aggregator;
    let status = Command::new("node")
        .arg(format!("browser/{script}"))
        .env("SETUP_LINK", aggregator.setup_link().unwrap())
        .env("EDGE_URL", trial.stack.edge.url())
        .env("SITE", SITE)
        .env("EMPTY_SITE", EMPTY_SITE)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/{script} ended with {status}");
}

#[test]
fn every_page_keeps_nobody_out() {
    let trial = busy();
    let aggregator = &trial.stack.aggregator;
    let added = |email: &str| aggregator.run(&["user", "add", email]).unwrap().trim().to_owned();
    let (viewer, stranger) = (added("carol@shop.example"), added("dan@shop.example"));
    aggregator.run(&["user", "grant", "carol@shop.example", "--site", SITE, "--role", "viewer"]).unwrap();
    browse(&trial, "pages.mjs", &[("VIEWER_LINK", viewer), ("STRANGER_LINK", stranger)]);
}

/// From signing in to signing out: the script has no pointer.
#[test]
fn the_keyboard_is_enough() {
    browse(&busy(), "keyboard.mjs", &[]);
}

/// The script sends and types texts that mean harm wherever a text is taken, and goes wherever one is shown.
#[test]
fn what_others_wrote_is_shown_and_never_run() {
    browse(&busy(), "hostile.mjs", &[]);
}

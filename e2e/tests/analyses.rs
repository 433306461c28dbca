//! What people ask about people, what they watch and what they put together, in a real browser.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use e2e::trial::{self, SITE, Trial};
use jiff::{Timestamp, ToSpan};
use serde_json::json;

/// Four visitors, three of them German, one of whom buys; what the script puts together of their numbers.
#[test]
fn dashboards_are_put_together_and_shared() {
    let trial = Trial::start().unwrap();
    let aggregator = &trial.stack.aggregator;
    let happened = [
        ("a", "pageview", "/pricing", "DE"),
        ("b", "pageview", "/", "DE"),
        ("b", "pageview", "/docs", "DE"),
        ("c", "pageview", "/", "DE"),
        ("c", "pageview", "/docs", "DE"),
        ("c", "purchase", "/docs", "DE"),
        ("d", "pageview", "/pricing", "FR"),
    ];
    for (person, event_type, path, country) in happened {
        let event = json!({
            "tracking_id": SITE, "client_id": person, "event_type": event_type, "user": {"country": country},
            "page": {"url": format!("https://test.example{path}")},
        });
        assert_eq!(trial.send(&event).unwrap(), 204);
    }
    trial.drained(happened.len()).unwrap();
    let carol = "carol@shop.example";
    let viewer_link = aggregator.run(&["user", "add", carol]).unwrap();
    aggregator.run(&["user", "grant", carol, "--site", SITE, "--role", "viewer"]).unwrap();
    let status = Command::new("node")
        .arg("browser/boards.mjs")
        .env("SIGN_IN_LINK", aggregator.sign_in_link().unwrap())
        .env("VIEWER_LINK", viewer_link.trim())
        .env("EDGE_URL", trial.stack.edge.url())
        .env("SITE", SITE)
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/boards.mjs ended with {status}");
}

/// Five visitors: two bought, one of them twice.
#[test]
fn a_segment_is_made_of_what_people_did() {
    let trial = Trial::start().unwrap();
    let aggregator = &trial.stack.aggregator;
    let event = |person: &str, event_type: &str, euros: u32| {
        let mut event = json!({
            "tracking_id": SITE, "client_id": person, "event_type": event_type,
            "page": {"url": "https://test.example/"},
        });
        if euros > 0 {
            event["revenue"] = json!({"amount": euros, "currency": "EUR"});
        }
        event
    };
    let events = [
        event("a", "pageview", 0),
        event("a", "purchase", 20),
        event("a", "purchase", 30),
        event("b", "pageview", 0),
        event("b", "purchase", 45),
        event("c", "pageview", 0),
        event("d", "pageview", 0),
        event("e", "pageview", 0),
    ];
    for event in &events {
        assert_eq!(trial.send(event).unwrap(), 204);
    }
    trial.drained(events.len()).unwrap();
    let status = Command::new("node")
        .arg("browser/behaviour.mjs")
        .env("SIGN_IN_LINK", aggregator.sign_in_link().unwrap())
        .env("SITE", SITE)
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/behaviour.mjs ended with {status}");
}

/// A moment of today, yesterday or the day before, in UTC, as long as that is within the 48 hours that events are taken for; of
/// one day they come in the order of seconds, which are less than 20.
fn days_ago(days: i64, second: i64) -> Timestamp {
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as i64;
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap();
    let midnight = at(now_ms - now_ms % 86_400_000);
    let begin = match days {
        2 => midnight - 24.hours() - 20.seconds(),
        1 => midnight - 12.hours(),
        _ => midnight.max(at(now_ms) - 20.seconds()),
    };
    begin + second.seconds()
}

/// Who did what, and how many days ago: with the ids of a site that knows visitors for longer than a day.
const LIVES: [(&str, &str, &str, &str, i64); 19] = [
    ("a", "pageview", "/", "DE", 2),
    ("a", "pageview", "/pricing", "DE", 2),
    ("a", "signup", "/pricing", "DE", 2),
    ("a", "pageview", "/app", "DE", 1),
    ("a", "purchase", "/app", "DE", 0),
    ("b", "pageview", "/", "FR", 2),
    ("b", "pageview", "/pricing", "FR", 2),
    ("b", "error", "/pricing", "FR", 2),
    ("b", "signup", "/pricing", "FR", 1),
    ("c", "pageview", "/", "FR", 1),
    ("c", "signup", "/", "FR", 1),
    ("c", "pageview", "/", "FR", 0),
    ("d", "pageview", "/pricing", "DE", 0),
    ("d", "signup", "/pricing", "DE", 0),
    ("d", "engagement", "/pricing", "DE", 0),
    ("d", "error", "/pricing", "DE", 0),
    ("d", "pageview", "/app", "DE", 0),
    ("d", "purchase", "/app", "DE", 0),
    ("e", "pageview", "/", "JP", 0),
];

/// The script builds a funnel, cohorts and paths from nothing, and compares each with the API's answer.
#[test]
fn people_are_asked_about() {
    let trial = Trial::start().unwrap();
    trial.set(&["--mode", "persistent"]).unwrap();
    for (second, (person, event_type, path, country, days)) in (0_i64..).zip(LIVES) {
        let at = days_ago(days, second);
        let event = json!({
            "tracking_id": SITE, "client_id": person, "event_type": event_type, "timestamp": at.to_string(),
            "page": {"url": format!("https://test.example{path}")}, "user": {"country": country},
        });
        assert_eq!(trial.send(&event).unwrap(), 204);
    }
    trial.drained(LIVES.len()).unwrap();
    let status = Command::new("node")
        .arg("browser/people_questions.mjs")
        .env("SIGN_IN_LINK", trial.stack.aggregator.sign_in_link().unwrap())
        .env("SITE", SITE)
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/people_questions.mjs ended with {status}");
}

/// Who came on which day, 2 for the day before yesterday, from where, and what they paid, if anything.
const VISITS: [(&str, i64, &str, f64, &str); 9] = [
    ("a", 2, "DE", 0.0, ""),
    ("b", 2, "FR", 0.0, ""),
    ("d", 2, "DE", 0.0, ""),
    ("b", 1, "FR", 5.0, "USD"),
    ("c", 1, "FR", 0.0, ""),
    ("a", 0, "DE", 10.0, "EUR"),
    ("c", 0, "FR", 20.0, "USD"),
    ("c", 0, "FR", 0.0, ""),
    ("e", 0, "JP", 0.0, ""),
];

/// The script reads known numbers of lifecycle and revenue, declares rates, and reads others.
#[test]
fn who_returns_and_what_was_paid() {
    trial::stay_within_a_day();
    let trial = Trial::start().unwrap();
    trial.set(&["--mode", "persistent"]).unwrap();
    for (second, (person, days, country, amount, currency)) in (0_i64..).zip(VISITS) {
        let at = days_ago(days, second);
        let mut event = json!({
            "tracking_id": SITE, "client_id": person, "event_type": if amount > 0.0 { "purchase" } else { "pageview" },
            "timestamp": at.to_string(), "page": {"url": "https://test.example/"}, "user": {"country": country},
        });
        if amount > 0.0 {
            event["revenue"] = json!({"amount": amount, "currency": currency});
        }
        assert_eq!(trial.send(&event).unwrap(), 204);
    }
    trial.drained(VISITS.len()).unwrap();
    let status = Command::new("node")
        .arg("browser/lifecycle.mjs")
        .env("SIGN_IN_LINK", trial.stack.aggregator.sign_in_link().unwrap())
        .env("SITE", SITE)
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/lifecycle.mjs ended with {status}");
}

/// The script watches a site, from nothing to an alert that fires and reaches a receiver on this machine.
#[test]
fn a_site_is_watched() {
    let trial = Trial::start().unwrap();
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    // There is a whole hour of its day behind it, whenever this runs.
    let at = Timestamp::from_millisecond(now_ms as i64).unwrap() - 3.hours();
    let event = json!({
        "tracking_id": SITE, "client_id": "a", "event_type": "pageview", "timestamp": at.to_string(),
        "page": {"url": "https://test.example/"},
    });
    assert_eq!(trial.send(&event).unwrap(), 204);
    trial.drained(1).unwrap();
    let status = Command::new("node")
        .arg("browser/alerts.mjs")
        .env("SIGN_IN_LINK", trial.stack.aggregator.sign_in_link().unwrap())
        .env("SITE", SITE)
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/alerts.mjs ended with {status}");
}

/// The script chooses digests, is sent one, adds an address, and ends what is sent by the letter's link.
#[test]
fn a_week_comes_by_mail() {
    let mut trial = Trial::start().unwrap();
    let port = e2e::port::free().unwrap();
    let aggregator = &mut trial.stack.aggregator;
    aggregator.process().terminate(Duration::from_secs(10)).unwrap();
    let mail = [("HOST", "127.0.0.1".to_owned()), ("PORT", port.to_string()), ("TLS", "never".to_owned())];
    let mail = mail.into_iter().chain([("FROM", "Tidemark <tidemark@stats.example>".to_owned())]);
    let mail: Vec<(String, String)> = mail.map(|(name, value)| (format!("TIDEMARK_MAIL__{name}"), value)).collect();
    let mail: Vec<(&str, String)> = mail.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    aggregator.restart_with(&mail).unwrap();
    let status = Command::new("node")
        .arg("browser/digests.mjs")
        .env("SETUP_LINK", aggregator.setup_link().unwrap())
        .env("MAIL_PORT", port.to_string())
        .env("SITE", SITE)
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/digests.mjs ended with {status}");
}

/// Six hundred people, half of them in each variant: 45 and 135 of them buy for 20 euro; one who sees both; and one who comes
/// by search, and directly on another day to buy for 30.
fn people_of_an_experiment(now: Timestamp) -> Vec<serde_json::Value> {
    let happened = |person: &str, event_type: &str, at: Timestamp, more: serde_json::Value| {
        let mut event = json!({
            "client_id": person, "event_type": event_type, "timestamp": at.to_string(),
            "page": {"url": "https://test.example/"},
        });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let mut events = Vec::new();
    for number in 0..600 {
        let (variant, buyers, search) =
            if number % 2 == 0 { ("A", 45, "") } else { ("B", 135, "?utm_source=newsletter&utm_medium=email") };
        let (person, url) = (format!("person {number}"), format!("https://test.example/{search}"));
        let at = now - 30.minutes() + number.seconds();
        let sees = json!({"page": {"url": url}, "custom_properties": {"variant": variant}});
        events.push(happened(&person, "experiment", at, sees));
        if number / 2 < buyers {
            let paid = json!({"revenue": {"amount": 20, "currency": "EUR"}});
            events.push(happened(&person, "purchase", at + 5.seconds(), paid));
        }
    }
    for (second, variant) in [(1, "A"), (2, "B")] {
        let sees = json!({"custom_properties": {"variant": variant}});
        events.push(happened("both", "experiment", now - 20.minutes() + second.seconds(), sees));
    }
    let search = json!({"page": {"url": "https://test.example/", "referrer": "https://www.google.com/"}});
    events.push(happened("late", "pageview", now - 40.hours(), search));
    events.push(happened("late", "pageview", now - 10.minutes(), json!({})));
    events.push(happened("late", "purchase", now - 9.minutes(), json!({"revenue": {"amount": 30, "currency": "EUR"}})));
    events
}

/// The script builds an experiment from nothing to a verdict, keeps one with its plan, and reads who conversions are owed to.
#[test]
fn variants_and_models_are_compared() {
    let trial = Trial::start().unwrap();
    trial.set(&["--mode", "persistent"]).unwrap();
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let now = Timestamp::from_millisecond(now_ms as i64).unwrap() - 60.seconds();
    let events = people_of_an_experiment(now);
    for some in events.chunks(400) {
        assert_eq!(trial.send(&json!({"tracking_id": SITE, "events": some})).unwrap(), 204);
    }
    trial.drained(events.len()).unwrap();
    let status = Command::new("node")
        .arg("browser/measures.mjs")
        .env("SIGN_IN_LINK", trial.stack.aggregator.sign_in_link().unwrap())
        .env("SITE", SITE)
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/measures.mjs ended with {status}");
}

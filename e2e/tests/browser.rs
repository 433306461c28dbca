//! A person in a real browser: a click in the demo shop, the number on the dashboard.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use e2e::artifacts::Artifacts;
use e2e::edge::Geography;
use e2e::port::{self, Ports};
use e2e::shop::{Embed, Shop};
use e2e::stack::Stack;
use e2e::trial::{self, SITE, Trial};
use jiff::{Timestamp, ToSpan};
use serde_json::json;

/// The script does what a person does and checks what a person sees; it prints how long each click took to
/// become visible.
#[test]
fn a_click_in_the_shop_appears_on_the_dashboard() {
    let trial = Trial::start().unwrap();
    let embed = Embed {
        sdk_url: trial.stack.aggregator.url(),
        endpoint_url: trial.stack.edge.url(),
        site: SITE.to_owned(),
        // How long a click takes decides whether there is an event of engagement.
        options: "data-engagement=off",
    };
    let shop = Shop::open(port::free().unwrap(), &embed).unwrap();
    let status = Command::new("node")
        .arg("browser/click.mjs")
        .env("SHOP_URL", shop.url())
        .env("SIGN_IN_LINK", trial.stack.aggregator.sign_in_link().unwrap())
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/click.mjs ended with {status}");
    // The page's own count and the ledger's agree: 1 opening, 10 clicks, 1 action.
    let events = trial.drained(12).unwrap();
    let of = |kind: &str| events.iter().filter(|event| event.event_type == kind).count();
    assert_eq!((of("pageview"), of("add_to_cart"), events.len()), (11, 1, 12));
    assert!(events.iter().all(|event| event.hostname == "127.0.0.1"));
    // The opening is an arrival; the clicks are steps of the same visit and carry its source.
    assert!(events.iter().all(|event| event.source == "Direct"));
}

/// The shop's page that checks an installation, on pages that are healthy and on pages that are not.
#[test]
fn the_checker_says_what_is_wrong() {
    let trial = Trial::start().unwrap();
    let aggregator = &trial.stack.aggregator;
    aggregator.add_site("strict", "a site that filters programs").unwrap();
    let unreachable = format!("http://127.0.0.1:{}", port::free().unwrap());
    let shop = |site: &str, endpoint_url: String| {
        let embed = Embed { sdk_url: aggregator.url(), endpoint_url, site: site.to_owned(), options: "" };
        Shop::open(port::free().unwrap(), &embed).unwrap()
    };
    let shops = [
        ("SHOP_URL", shop(SITE, trial.stack.edge.url())),
        ("WRONG_SITE_URL", shop("UA-000000-0", trial.stack.edge.url())),
        ("STRICT_SITE_URL", shop("strict", trial.stack.edge.url())),
        ("UNREACHABLE_URL", shop(SITE, unreachable)),
    ];
    let status = Command::new("node")
        .arg("browser/check.mjs")
        .envs(shops.iter().map(|(name, shop)| (name, shop.url())))
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/check.mjs ended with {status}");
}

/// The script comes in by every way there is, with credentials that are right and that are not.
#[test]
fn people_come_in_by_links_and_passwords() {
    let trial = Trial::start().unwrap();
    for (person, country) in [("a", "JP"), ("b", "FR"), ("b", "FR")] {
        let event = json!({
            "tracking_id": SITE, "client_id": person, "event_type": "pageview",
            "page": {"url": "https://test.example/"}, "user": {"country": country},
        });
        assert_eq!(trial.send(&event).unwrap(), 204);
    }
    trial.drained(3).unwrap();
    let aggregator = &trial.stack.aggregator;
    let carol = "carol@shop.example";
    let reset_link = aggregator.run(&["user", "add", carol]).unwrap();
    aggregator.run(&["user", "grant", carol, "--site", SITE, "--role", "viewer"]).unwrap();
    let status = Command::new("node")
        .arg("browser/people.mjs")
        .env("SETUP_LINK", aggregator.setup_link().unwrap())
        .env("RESET_LINK", reset_link.trim())
        .env("SITE", SITE)
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/people.mjs ended with {status}");
}

/// What somebody who means harm may send, wherever a text is taken: shown on the page, none of it may run.
const HOSTILE: [&str; 4] = [
    "<img src=x onerror=window.struck=1>",
    "\"><script>window.struck=1</script>",
    "javascript:window.struck=1",
    "{{constructor.constructor('window.struck=1')()}}",
];

/// Five visitors: one of them yesterday, and one who means harm to whoever looks.
#[test]
fn the_overview_is_filtered_compared_and_looked_into() {
    trial::stay_within_a_day();
    let trial = Trial::start().unwrap();
    let now_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    // Events at one moment have no order, and a visit's source is its first one's.
    let now = Timestamp::from_millisecond(now_ms as i64).unwrap() - 10.seconds();
    let mut sent = 0;
    for (second, (person, path, country, referrer, age)) in (0_i64..).zip([
        ("a", "/", "DE", "https://www.google.com/", 0),
        ("a", "/pricing", "DE", "", 0),
        ("b", "/", "DE", "https://news.example/", 0),
        ("c", "/pricing", "FR", "", 0),
        ("d", "/", "JP", "", 24),
    ]) {
        let at = now - age.hours() + second.seconds();
        let event = json!({
            "tracking_id": SITE, "client_id": person, "event_type": "pageview", "timestamp": at.to_string(),
            "page": {"url": format!("https://test.example{path}"), "referrer": referrer}, "user": {"country": country},
        });
        assert_eq!(trial.send(&event).unwrap(), 204);
        sent += 1;
    }
    for text in HOSTILE {
        let event = json!({
            "tracking_id": SITE, "client_id": "e", "event_type": text, "user": {"country": "FR"},
            "page": {"url": format!("https://test.example/x?utm_campaign={text}&utm_source={text}#{text}"), "title": text},
            "custom_properties": {"plan": text},
        });
        assert_eq!(trial.send(&event).unwrap(), 204);
        sent += 1;
    }
    trial.drained(sent).unwrap();
    let status = Command::new("node")
        .arg("browser/overview.mjs")
        .env("SIGN_IN_LINK", trial.stack.aggregator.sign_in_link().unwrap())
        .env("SITE", SITE)
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/overview.mjs ended with {status}");
}

/// Eight visitors: four, two and one in countries of which the last is too small for a shape, and one nobody knows where.
#[test]
fn visitors_are_found_on_the_map() {
    let trial = Trial::start().unwrap();
    let countries = ["DE", "DE", "DE", "DE", "FR", "FR", "SG", ""];
    for (person, country) in countries.iter().enumerate() {
        let mut event = json!({
            "tracking_id": SITE, "client_id": format!("person {person}"), "event_type": "pageview",
            "page": {"url": "https://test.example/"},
        });
        if !country.is_empty() {
            event["user"] = json!({"country": country});
        }
        assert_eq!(trial.send(&event).unwrap(), 204);
    }
    trial.drained(countries.len()).unwrap();
    let status = Command::new("node")
        .arg("browser/map.mjs")
        .env("SIGN_IN_LINK", trial.stack.aggregator.sign_in_link().unwrap())
        .env("SITE", SITE)
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/map.mjs ended with {status}");
}

/// Four visitors, three of them German; what the script keeps of them beside their numbers.
#[test]
fn notes_segments_and_properties_are_kept() {
    let trial = Trial::start().unwrap();
    let aggregator = &trial.stack.aggregator;
    aggregator.run(&["site", "set", SITE, "--property", "plan"]).unwrap();
    let view = |person: &str, path: &str, country: &str, plan: &str| {
        json!({
            "tracking_id": SITE, "client_id": person, "event_type": "pageview", "user": {"country": country},
            "page": {"url": format!("https://test.example{path}")}, "custom_properties": {"plan": plan},
        })
    };
    let mut events = vec![
        view("a", "/pricing", "DE", "pro"),
        view("b", "/", "DE", "pro"),
        view("c", "/", "DE", "free"),
        view("d", "/", "FR", "free"),
        view("d", "/pricing", "FR", "free"),
    ];
    // More pages than a panel shows, and a name that a spreadsheet would take for a formula.
    for number in 0..12 {
        let mut event = view("c", &format!("/archive/{number}"), "DE", "free");
        event["event_type"] = json!(if number == 0 { "=1+1" } else { "opened" });
        events.push(event);
    }
    for event in &events {
        assert_eq!(trial.send(event).unwrap(), 204);
    }
    trial.drained(events.len()).unwrap();
    let carol = "carol@shop.example";
    let viewer_link = aggregator.run(&["user", "add", carol]).unwrap();
    aggregator.run(&["user", "grant", carol, "--site", SITE, "--role", "viewer"]).unwrap();
    let status = Command::new("node")
        .arg("browser/kept.mjs")
        .env("SIGN_IN_LINK", aggregator.sign_in_link().unwrap())
        .env("VIEWER_LINK", viewer_link.trim())
        .env("SITE", SITE)
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/kept.mjs ended with {status}");
}

/// The script sends events while it watches: numbers, lists, feed and counters show them, a hidden tab rests, a cut stream
/// goes on where it was, and a screen on the wall stays awake.
#[test]
fn events_are_watched_live() {
    let trial = Trial::start().unwrap();
    let status = Command::new("node")
        .arg("browser/live.mjs")
        .env("EDGE_URL", trial.stack.edge.url())
        .env("SIGN_IN_LINK", trial.stack.aggregator.sign_in_link().unwrap())
        .env("SITE", SITE)
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/live.mjs ended with {status}");
}

/// The script puts reports together and compares each with the API's answer; keeps, shares, exports and deletes them.
#[test]
fn reports_are_put_together() {
    let trial = Trial::start().unwrap();
    let sent = [("/a", "DE", 3), ("/a", "FR", 2), ("/pricing", "DE", 4), ("/about", "US", 1), ("/", "FR", 5)];
    let mut count = 0;
    for (path, country, views) in sent {
        for _ in 0..views {
            count += 1;
            let event = json!({
                "tracking_id": SITE, "client_id": format!("person {}", count % 9), "event_type": "pageview",
                "page": {"url": format!("https://test.example{path}")}, "user": {"country": country},
            });
            assert_eq!(trial.send(&event).unwrap(), 204);
        }
    }
    trial.drained(count).unwrap();
    let status = Command::new("node")
        .arg("browser/explore.mjs")
        .env("SIGN_IN_LINK", trial.stack.aggregator.sign_in_link().unwrap())
        .env("SITE", SITE)
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/explore.mjs ended with {status}");
}

/// The script decides everything there is to decide about a site, and deletes it.
#[test]
fn owners_decide_in_the_settings() {
    let trial = Trial::start().unwrap();
    for (person, country) in [("a", "JP"), ("b", "FR")] {
        let event = json!({
            "tracking_id": SITE, "client_id": person, "event_type": "pageview",
            "page": {"url": "https://test.example/"}, "user": {"country": country},
        });
        assert_eq!(trial.send(&event).unwrap(), 204);
    }
    trial.drained(2).unwrap();
    let status = Command::new("node")
        .arg("browser/settings.mjs")
        .env("SETUP_LINK", trial.stack.aggregator.setup_link().unwrap())
        .env("SITE", SITE)
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/settings.mjs ended with {status}");
}

/// The script begins at a server without a site, and ends with the first event of a page.
#[test]
fn a_site_is_added_and_heard() {
    let folder = tempfile::tempdir().unwrap();
    let artifacts = Artifacts::from_env().unwrap();
    let stack = Stack::start(&artifacts, folder.path(), Ports::free().unwrap(), Geography::Header).unwrap();
    let status = Command::new("node")
        .arg("browser/onboarding.mjs")
        .env("SETUP_LINK", stack.aggregator.setup_link().unwrap())
        .env("EDGE_URL", stack.edge.url())
        .status()
        .expect("node runs the browser");
    assert!(status.success(), "browser/onboarding.mjs ended with {status}");
}

//! A person in a real browser: a click in the demo shop, the number on the dashboard.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::process::Command;

use e2e::port;
use e2e::shop::{Embed, Shop};
use e2e::trial::{SITE, Trial};
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

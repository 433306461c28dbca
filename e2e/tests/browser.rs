//! A person in a real browser: a click in the demo shop, the number on the dashboard.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::process::Command;

use e2e::port;
use e2e::shop::{Embed, Shop};
use e2e::trial::{SITE, Trial};

/// The script does what a person does and checks what a person sees; it prints how long each click took to
/// become visible.
#[test]
fn a_click_in_the_shop_appears_on_the_dashboard() {
    let trial = Trial::start().unwrap();
    let embed =
        Embed { sdk_url: trial.stack.aggregator.url(), endpoint_url: trial.stack.edge.url(), site: SITE.to_owned() };
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

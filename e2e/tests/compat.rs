//! Trackers of other products against the edge: as they were published, in a real browser, and by hand where they have
//! no say. The ledger is the judge.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::process::Command;

use e2e::http::{self, Answer};
use e2e::trial::{SITE, Trial, until};
use serde_json::{Value, json};
use wire::event::Property;
use wire::frame::RawEvent;

/// A site as Plausible knows it.
const DOMAIN: &str = "shop.example";
/// A site as Umami knows it.
const WEBSITE: &str = "b59e9c65-ae32-47f1-8400-119fcf4861c4";

const BROWSER: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

fn browse(script: &str, trial: &Trial, site: &str) {
    let mut node = Command::new("node");
    node.arg(script).env("EDGE_URL", trial.stack.edge.url()).env("SITE", site);
    let status = node.status().expect("node runs the browser");
    assert!(status.success(), "{script} ended with {status}");
}

fn drained(trial: &Trial, site: &str, count: usize) -> Vec<RawEvent> {
    let all = || Ok(Some(trial.exported_of(site)?).filter(|events| events.len() >= count));
    until("events", all).unwrap()
}

fn by_type(events: &[RawEvent]) -> BTreeMap<&str, Vec<&RawEvent>> {
    let mut types: BTreeMap<&str, Vec<&RawEvent>> = BTreeMap::new();
    for event in events {
        types.entry(&event.event_type).or_default().push(event);
    }
    types
}

fn text(event: &RawEvent, name: &str) -> String {
    match event.properties.get(name) {
        Some(Property::Text(text)) => text.clone(),
        other => format!("{other:?}"),
    }
}

#[test]
fn plausibles_trackers_are_counted() {
    let trial = Trial::start().unwrap();
    trial.stack.aggregator.add_open_site(DOMAIN, "Shop").unwrap();
    browse("browser/plausible.mjs", &trial, DOMAIN);
    // How often it tells of engagement is the tracker's own affair, and so is not counted: 2 page views and 6 events
    // are of the new one; 2 page views, an event and a route of the old one.
    let others = |events: &[RawEvent]| events.iter().filter(|event| event.event_type != "engagement").count();
    let all = || Ok(Some(trial.exported_of(DOMAIN)?).filter(|events| others(events) >= 12));
    let events = until("events", all).unwrap();
    assert_eq!(others(&events), 12);
    let types = by_type(&events);
    let mut pages: Vec<_> = types["pageview"].iter().map(|event| event.path.as_str()).collect();
    pages.sort_unstable();
    assert_eq!(pages, ["/", "/app/cart", "/lamps", "/old", "/old/lamps"]);
    assert!(events.iter().all(|event| event.hostname == "127.0.0.1" && event.visitor.is_some()));
    let first = types["pageview"].iter().find(|event| event.path == "/").unwrap();
    assert_eq!((first.utm_source.as_str(), text(first, "theme").as_str()), ("newsletter", "dark"));

    let signup = types["Signup"][0];
    assert_eq!((text(signup, "plan").as_str(), &signup.properties["seats"]), ("pro", &Property::Number(3.0)));
    let revenue = types["Purchase"][0].revenue.clone().unwrap();
    assert_eq!((revenue.currency.as_str(), revenue.micros), ("EUR", 19_900_000));
    assert_eq!(text(types["Newsletter"][0], "plan"), "free");
    assert!(text(types["Outbound Link: Click"][0], "url").starts_with("http://localhost:9/elsewhere"));
    assert!(text(types["File Download"][0], "url").ends_with("/prices.pdf"));
    assert_eq!(types["Form: Submission"].len(), 1);
    assert_eq!(text(types["Old signup"][0], "plan"), "basic");
    let engagement = types["engagement"].iter().find(|event| event.path == "/").unwrap();
    assert!(engagement.engaged_ms >= 500, "{} ms", engagement.engaged_ms);
    let Property::Number(depth) = engagement.properties["scroll"] else { panic!("{engagement:?}") };
    assert!((50.0..=100.0).contains(&depth), "{depth} %");
}

#[test]
fn umamis_tracker_is_counted() {
    let trial = Trial::start().unwrap();
    trial.stack.aggregator.add_open_site(WEBSITE, "Shop").unwrap();
    browse("browser/umami.mjs", &trial, WEBSITE);
    let events = drained(&trial, WEBSITE, 7);
    let types = by_type(&events);
    let mut views: Vec<_> = types["pageview"].iter().map(|e| (e.path.as_str(), e.title.as_str())).collect();
    views.sort_unstable();
    assert_eq!(views, [("/", "Lantern & Loom"), ("/lamps%20&%20rugs", "Lantern & Loom")]);
    assert!(types["pageview"].iter().any(|event| event.utm_source == "newsletter"));
    assert!(events.iter().all(|event| event.hostname == "127.0.0.1" && event.language == "en"), "{events:?}");
    let signup = types["Signup"][0];
    assert_eq!((text(signup, "plan"), text(signup, "address.city")), ("pro".to_owned(), "Graz".to_owned()));
    assert_eq!(text(types["Newsletter"][0], "plan"), "free");
    assert_eq!(types["Purchase"][0].revenue.clone().unwrap().micros, 19_900_000);
    assert_eq!((types["identify"].len(), types["Last"].len(), events.len()), (1, 1, 7));
}

fn post(trial: &Trial, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
    http::post(&format!("{}{path}", trial.stack.edge.url()), headers, body.to_string().as_bytes()).unwrap()
}

/// What Umami's tracker sends today; it is not on npm.
fn umami_today(more: Value) -> Value {
    let mut payload = json!({
        "website": SITE, "screen": "1440x900", "language": "de-AT", "title": "Cart", "hostname": "shop.example",
        "url": "https://shop.example/cart?utm_source=letter#top", "referrer": "/lamps", "tag": "variant-b",
    });
    payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"type": "event", "payload": payload})
}

#[test]
fn umamis_other_forms_are_taken() {
    let trial = Trial::start().unwrap();
    let (headers, edge) = ([("user-agent", BROWSER)], trial.stack.edge.url());
    let first: Value = post(&trial, "/api/send", &headers, &umami_today(json!({}))).json().unwrap();
    let cache = first["cache"].as_str().unwrap();
    let with_cache = [("user-agent", BROWSER), ("x-umami-cache", cache)];
    let second: Value = post(&trial, "/api/send", &with_cache, &umami_today(json!({"name": "buy"}))).json().unwrap();
    assert_eq!((&second["sessionId"], &second["visitId"]), (&first["sessionId"], &first["visitId"]));

    let vitals = json!({"type": "performance", "payload": {
        "website": SITE, "hostname": "shop.example", "url": "/", "lcp": 900.5, "cls": 0.02, "duration": 10000}});
    let list = json!([vitals, {"type": "event", "payload": {"website": SITE, "url": 5}}, umami_today(json!({}))]);
    let processed: Value = post(&trial, "/api/batch", &headers, &list).json().unwrap();
    assert_eq!((&processed["size"], &processed["processed"], &processed["errors"]), (&json!(3), &json!(2), &json!(1)));
    assert_eq!(processed["details"][0]["index"], json!(1));
    assert_eq!(processed["details"][0]["response"]["field"], json!("payload.url"));

    let preflight = http::agent()
        .options(&format!("{edge}/api/send"))
        .header("access-control-request-headers", "content-type,x-umami-cache")
        .call()
        .unwrap();
    let allowed = preflight.headers()["access-control-allow-headers"].to_str().unwrap();
    assert!(preflight.status() == 204 && allowed.contains("x-umami-cache"), "{allowed}");

    let events = drained(&trial, SITE, 4);
    let types = by_type(&events);
    let view = types["pageview"][0];
    assert_eq!((view.path.as_str(), view.utm_source.as_str(), view.language.as_str()), ("/cart", "letter", "de"));
    assert_eq!((view.screen.as_str(), text(view, "tag").as_str()), ("desktop", "variant-b"));
    assert_eq!(types["web-vitals"][0].properties["lcp"], Property::Number(900.5));
    trial.outcomes_become(&[("rejected page", 1)]).unwrap();
}

#[test]
fn what_is_not_counted_is_told_as_its_product_does() {
    let trial = Trial::start().unwrap();
    trial.set(&["--filter-bots", "true"]).unwrap();
    let (human, bot) = ([("user-agent", BROWSER), ("accept-language", "de")], [("user-agent", "Googlebot/2.1")]);
    let view = json!({"n": "pageview", "u": "https://shop.example/", "d": SITE});
    let dropped = |answer: &Answer| {
        (
            answer.header("x-plausible-dropped").map(str::to_owned),
            answer.header("x-tidemark-dropped").map(str::to_owned),
        )
    };
    let told = |count: &str, why: &str| (Some(count.to_owned()), Some(why.to_owned()));
    // The setting is on its way.
    until("bots are filtered", || {
        Ok(post(&trial, "/api/event", &bot, &view).header("x-plausible-dropped").map(|_| ()))
    })
    .unwrap();
    let answer = post(&trial, "/api/event", &bot, &view);
    assert_eq!((answer.status, answer.text().as_str()), (202, "ok"));
    assert_eq!(dropped(&answer), told("1", "bot_user_agent"));
    let exposed = answer.header("access-control-expose-headers").unwrap();
    assert!(exposed.contains("x-plausible-dropped") && exposed.contains("x-tidemark-dropped"), "{exposed}");
    let answer = post(&trial, "/api/send", &bot, &umami_today(json!({})));
    assert_eq!((answer.status, answer.json::<Value>().unwrap()), (200, json!({"beep": "boop"})));
    assert_eq!(dropped(&answer), told("1", "bot_user_agent"));
    // One of two sites is known.
    let both = json!({"n": "pageview", "u": "https://shop.example/", "d": format!("{SITE},nobody.example")});
    let answer = post(&trial, "/api/event", &human, &both);
    assert_eq!((answer.status, dropped(&answer)), (202, told("1", "tracking_id")));

    let check = |path: &str, body: Value, field: &str| {
        let answer = post(&trial, path, &human, &body);
        let problem: Value = answer.json().unwrap();
        assert_eq!((answer.status, problem["field"].as_str()), (400, Some(field)), "{body}: {problem}");
        assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
        assert!(answer.header("x-plausible-dropped").is_some(), "{body}");
    };
    check("/api/event", json!({"n": "pageview", "d": SITE}), "url");
    check("/api/event", json!({"n": "pageview", "d": SITE, "u": "x"}), "url");
    check("/api/event", json!({"n": "x".repeat(65), "d": SITE, "u": "https://shop.example/"}), "name");
    check("/api/event", json!({"n": "pageview", "d": "nobody.example", "u": "https://shop.example/"}), "domain");
    let dear = json!({"n": "buy", "d": SITE, "u": "https://shop.example/", "$": {"amount": "much", "currency": "EUR"}});
    check("/api/event", dear, "revenue.amount");
    let long = json!({"n": "buy", "d": SITE, "u": "https://shop.example/", "p": {"plan": "x".repeat(2000)}});
    check("/api/event", long, "props.plan");
    check("/api/send", umami_today(json!({"url": "javascript:alert(1)"})), "payload.url");
    check("/api/send", umami_today(json!({"website": "nobody"})), "payload.website");
    check("/api/send", json!({"type": "event"}), "payload");
    for (path, body) in
        [("/api/event", "{"), ("/api/event", "[]"), ("/api/send", "x"), ("/api/batch", "{}"), ("/api/batch", "")]
    {
        let url = format!("{}{path}", trial.stack.edge.url());
        assert_eq!(http::post(&url, &human, body.as_bytes()).unwrap().status, 400, "{path} {body}");
        assert_eq!(http::get(&url).unwrap().status, 405);
    }
    // Nobody is told apart who does not want to be.
    let private = [("user-agent", BROWSER), ("sec-gpc", "1")];
    assert_eq!(post(&trial, "/api/event", &private, &view).status, 202);
    let events = trial.drained(2).unwrap();
    assert_eq!(events.iter().filter(|event| event.visitor.is_none()).count(), 1);
    // Of those that were refused whole, nobody knows the site; nor do they count who named none that there is.
    let outcomes = trial.outcomes().unwrap();
    assert!(outcomes["filtered bot_user_agent"] >= 3, "{outcomes:?}");
}

#[test]
fn limits_hold_for_everybody() {
    let trial = Trial::start().unwrap();
    trial.set(&["--visitor-per-second", "2"]).unwrap();
    let view = json!({"n": "pageview", "u": "https://shop.example/", "d": SITE});
    let headers = [("user-agent", BROWSER)];
    for (path, body) in [("/api/event", view), ("/api/send", umami_today(json!({})))] {
        // Until the worker has heard of it, and then until the bucket is empty.
        let sent = || (0..50).map(|_| post(&trial, path, &headers, &body)).find(|answer| answer.status == 429);
        let answer = until("a limit", || Ok(sent())).unwrap();
        assert_eq!(answer.json::<Value>().unwrap()["field"], json!("visitor"));
        assert!(answer.header("retry-after").is_some());
    }
    assert_eq!(post(&trial, "/api/send", &headers, &json!({"type": "x".repeat(1_100_000)})).status, 413);
}

//! `tidemark demo` beside a server: what is counted in the end is what was made, whatever the steps, once.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use ::demo::{Object, Plan, Stream, Tally};
use domain::window::{DAY_MS, HOUR_MS, MINUTE_MS};
use domain::zone::Zone;
use serde_json::{Value, json};
use wire::site::Settings;
use wire::{Epoch, Seq};

use crate::edge::now_ms;
use crate::people::operator;
use crate::server::{Server, tidemark, wait_until};

const DAYS: u32 = 5;
const PERCENT: u32 = 6;
const SITES: [&str; 2] = ["field-notes", "harbour"];

/// Half past three in the afternoon of yesterday, UTC.
fn until_ms() -> u64 {
    now_ms() / DAY_MS * DAY_MS - DAY_MS + 15 * HOUR_MS + 30 * MINUTE_MS
}

fn instant(ms: u64) -> String {
    Zone::default().text(ms)
}

fn make(server: &Server, until_ms: u64, more: &[&str]) -> String {
    let (until, days, percent) = (instant(until_ms), DAYS.to_string(), PERCENT.to_string());
    let arguments = ["demo", "--url", &server.url, "--days", &days, "--percent", &percent, "--until", &until];
    server.command(&[&arguments, more].concat())
}

/// What the generator says it makes up to an instant, counted plainly.
fn expected(site: &str, seed: u64, from_day_of_ms: u64, until_ms: u64) -> Tally {
    let settings = ::demo::settings(site, Settings { site: site.to_owned(), ..Settings::default() });
    counted_as(settings, seed, from_day_of_ms, until_ms)
}

fn counted_as(settings: Settings, seed: u64, from_day_of_ms: u64, until_ms: u64) -> Tally {
    let plan = Plan::until(seed, Zone::default().date_of(from_day_of_ms), DAYS, PERCENT).unwrap();
    let mut stream = Stream::all(plan).into_iter().find(|stream| stream.facts().tracking_id == settings.site).unwrap();
    let (mut object, mut tally) = (Object::new(plan, settings, Epoch(1), Seq::default()), Tally::default());
    while let Some(happening) = stream.next_before(until_ms) {
        tally.add(object.take(happening).unwrap());
        object.skip();
    }
    tally
}

struct Asked<'a> {
    server: &'a Server,
    tokens: BTreeMap<&'static str, String>,
    until_ms: u64,
}

impl<'a> Asked<'a> {
    fn of(server: &'a Server, until_ms: u64, sites: &[&'static str]) -> Self {
        let token =
            |site: &&'static str| (*site, server.command(&["token", "create", "--site", site, "--name", "test"]));
        Self { server, tokens: sites.iter().map(token).collect(), until_ms }
    }

    fn rows(&self, site: &str, metrics: &[&str], more: Value) -> Vec<Value> {
        let date = |ms| Zone::default().date_of(ms).to_string();
        let range = json!({"start": date(self.until_ms - 7 * DAY_MS), "end": date(self.until_ms + DAY_MS)});
        let mut query = json!({"tracking_id": site, "date_range": range, "metrics": metrics, "limit": 1000});
        query.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let answer = self.server.query(&self.tokens[site], &query);
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        answer.json::<Value>()["rows"].as_array().unwrap().clone()
    }

    fn check(&self, site: &str, expect: &Tally) {
        let rows = self.rows(site, &["events", "pageviews", "visits", "unique_users", "revenue"], json!({}));
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        let numbers = ["events", "pageviews", "visits"].map(|name| row[name].as_u64().unwrap());
        assert_eq!(numbers, [expect.events, expect.pageviews(), expect.visits], "{site}: {row}");
        let (visitors, found) = (expect.visitors.len() as f64, row["unique_users"].as_f64().unwrap());
        // Four standard errors of 0.8 %.
        assert!((found - visitors).abs() <= visitors * 0.0325, "{site}: {found} of {visitors} visitors");
        let revenue: BTreeMap<String, i64> = row["revenue"].as_object().map_or_else(BTreeMap::new, |sums| {
            sums.iter().map(|(currency, sum)| (currency.clone(), (sum.as_f64().unwrap() * 1e6) as i64)).collect()
        });
        assert_eq!(revenue, expect.revenue, "{site}");
        let types = self.rows(site, &["events"], json!({"dimensions": ["event_type"]}));
        let name = |row: &Value| row["event_type"].as_str().unwrap().to_owned();
        let types: BTreeMap<String, u64> =
            types.iter().map(|row| (name(row), row["events"].as_u64().unwrap())).collect();
        assert_eq!(types, expect.types, "{site}");
    }
}

#[test]
fn what_is_made_is_counted_once_and_goes_on() {
    let server = Server::start();
    let until_ms = until_ms();
    let first = make(&server, until_ms, &[]);
    assert!(first.contains("/sites/field-notes") && first.contains(": made"), "{first}");
    let asked = Asked::of(&server, until_ms, &SITES);
    for site in SITES {
        let expect = expected(site, 1, until_ms, until_ms);
        assert!(expect.events > 1000 && expect.visitors.len() > 150, "{}", expect.events);
        asked.check(site, &expect);
    }
    // The same again is there already.
    let again = make(&server, until_ms, &[]);
    assert_eq!(again.matches("already there").count(), 2, "{again}");
    for site in SITES {
        asked.check(site, &expected(site, 1, until_ms, until_ms));
    }
    // Later, it goes on behind what is counted, across the end of the day.
    let later_ms = until_ms + 21 * HOUR_MS + 17_000;
    let later_ms = later_ms.min(now_ms());
    let more = make(&server, later_ms, &[]);
    assert!(more.contains("were there already"), "{more}");
    for site in SITES {
        let expect = expected(site, 1, until_ms, later_ms);
        assert!(expect.events > expected(site, 1, until_ms, until_ms).events);
        asked.check(site, &expect);
    }
    assert!(server.command(&["check"]).contains("the ledger is whole"));
    assert!(server.command(&["reconcile"]).contains("\"agrees\": true"));
}

#[test]
fn what_was_broken_off_goes_on() {
    let server = Server::start();
    let until_ms = until_ms();
    server.command(&["site", "add", "harbour", "--name", "Harbour"]);
    let (until, days, percent) = (instant(until_ms), DAYS.to_string(), PERCENT.to_string());
    let arguments = ["demo", "--url", &server.url, "--days", &days, "--percent", &percent, "--until", &until];
    let mut broken_off = tidemark(&server.folder).args(arguments).stderr(Stdio::null()).spawn().unwrap();
    let asked = Asked::of(&server, until_ms, &["harbour"]);
    let counted = || asked.rows("harbour", &["events"], json!({}))[0]["events"].as_u64().unwrap_or_default();
    wait_until("the first events", || (counted() > 0).then_some(()));
    broken_off.kill().unwrap();
    broken_off.wait().unwrap();
    // What was on its way may still be counted.
    let before = wait_until("the server to rest", || {
        let before = counted();
        std::thread::sleep(Duration::from_millis(200));
        (counted() == before).then_some(before)
    });
    // Of a site that was there before, the settings stay: no goals, and visitors are known by the day.
    let expect = counted_as(Settings { site: "harbour".to_owned(), ..Settings::default() }, 1, until_ms, until_ms);
    assert!((1..expect.events).contains(&before), "{before} of {} events", expect.events);
    make(&server, until_ms, &[]);
    asked.check("harbour", &expect);
}

#[test]
fn a_site_shows_what_is_asked_of_it() {
    let server = Server::start();
    let until_ms = until_ms();
    make(&server, until_ms, &["--seed", "3"]);
    let asked = Asked::of(&server, until_ms, &SITES);
    let expect = expected("harbour", 3, until_ms, until_ms);
    let goals = asked.rows("harbour", &["events"], json!({"dimensions": ["goal"]}));
    let signed_up = goals.iter().find(|row| row["goal"] == "Signed up").unwrap();
    assert_eq!(signed_up["events"].as_u64(), expect.types.get("signup").copied());
    for (site, dimension) in [
        ("harbour", "property:plan"),
        ("harbour", "property:variant"),
        ("harbour", "property:group"),
        ("harbour", "utm_campaign"),
        ("field-notes", "source"),
        ("field-notes", "city"),
        ("field-notes", "property:path"),
    ] {
        assert!(asked.rows(site, &["events"], json!({"dimensions": [dimension]})).len() > 1, "{site} {dimension}");
    }
    // Others than those that made it are not added to it.
    for other in [&["--seed", "4"], &["--days", "6"], &["--percent", "7"]] {
        let until = instant(until_ms);
        let given = ["--seed", "3", "--days", "5", "--percent", "6"];
        let given = given.chunks(2).filter(|pair| pair[0] != other[0]).flatten().copied();
        let arguments: Vec<&str> =
            ["demo", "--url", &server.url, "--until", &until].into_iter().chain(given).chain(*other).collect();
        let refused = server.try_command(&arguments);
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(
            !refused.status.success() && said.contains("field-notes has events that other arguments made"),
            "{said}"
        );
    }
    asked.check("harbour", &expect);
}

#[test]
fn what_is_planted_is_noted_once() {
    let server = Server::start();
    let until_ms = until_ms();
    let days = ::demo::incident::DAYS_MIN;
    let plan = Plan::until(1, Zone::default().date_of(until_ms), days, 1).unwrap();
    let (until, days) = (instant(until_ms), days.to_string());
    let arguments = ["demo", "--url", &server.url, "--days", &days, "--percent", "1", "--until", &until];
    for _ in 0..2 {
        server.command(&arguments);
    }
    let planted = ::demo::incident::all(&plan);
    assert_eq!(planted.len(), 3);
    let caller = operator(&server);
    for site in SITES {
        let path = format!("/api/v1/sites/{site}");
        let zone = caller.get(&server, &path).json::<Value>()["settings"]["time_zone"].as_str().unwrap().to_owned();
        let zone = Zone::named(&zone).unwrap();
        let notes: Value = caller.get(&server, &format!("{path}/notes")).json();
        let notes: Vec<_> =
            notes["notes"].as_array().unwrap().iter().map(|note| (&note["at_ms"], &note["text"])).collect();
        let of_site = planted.iter().filter(|planted| planted.site == site);
        let expect: Vec<_> =
            of_site.map(|planted| (json!(planted.at_ms(&zone).unwrap()), json!(planted.note))).collect();
        assert_eq!(notes, expect.iter().map(|(at_ms, text)| (at_ms, text)).collect::<Vec<_>>(), "{site}");
    }
}

#[test]
fn what_stands_in_the_way_is_named() {
    let mut server = Server::start();
    let refused = |server: &Server, arguments: &[&str], expect: &str| {
        let output = server.try_command(&[&["demo"], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(expect), "{arguments:?}: {said}");
    };
    refused(&server, &["--until", "2126-02-02T00:00:00Z"], "--until lies ahead");
    refused(&server, &["--until", "tomorrow"], "RFC 3339");
    refused(&server, &["--days", "0"], "--days");
    refused(&server, &["--url", "not an address"], "must be an origin");
    assert_eq!(server.terminate(), 0);
    refused(&server, &["--url", &server.url], "no server answers at");
    assert_eq!(server.command(&["site", "list"]), "", "nothing was begun");
}

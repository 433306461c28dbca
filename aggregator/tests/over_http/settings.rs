//! What owners decide, and how edges learn of it.

use domain::{hash, signature};
use serde_json::{Value, json};
use wire::Id128;
use wire::frame::{HASH_HEADER, KEY_ID_HEADER, RollupDimension, SIGNATURE_HEADER, TIMESTAMP_HEADER};
use wire::site::{Goal, SETTINGS_PATH, Settings, VisitorMode};

use crate::edge::{Edge, Signing, now_ms, send, signing};
use crate::server::{Answer, KEY, Server};
use crate::visits::three_days;

fn get_signed(server: &Server, path: &str, signed_path: &str, signing: &Signing<'_>) -> Answer {
    let signature = signature::sign(signing.key, signed_path, signing.timestamp_ms, signing.hash);
    let (timestamp, hash) = (signing.timestamp_ms.to_string(), signing.hash.to_string());
    let headers = [
        (KEY_ID_HEADER, signing.key_id),
        (TIMESTAMP_HEADER, &timestamp),
        (HASH_HEADER, &hash),
        (SIGNATURE_HEADER, &signature),
    ];
    server.get(path, &headers)
}

fn path(site: &str) -> String {
    format!("{SETTINGS_PATH}?site={site}")
}

/// The settings as an edge gets and believes them.
fn fetch(server: &Server, site: &str, signing: &Signing<'_>) -> Settings {
    let answer = get_signed(server, &path(site), &path(site), signing);
    assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"), "{}", answer.text());
    let hash: Id128 = answer.header(HASH_HEADER).parse().unwrap();
    assert_eq!(hash, hash::of_bytes(&answer.body));
    let timestamp_ms = answer.header(TIMESTAMP_HEADER).parse().unwrap();
    let believed = |key: &[u8], path: &str| {
        signature::verify(key, path, timestamp_ms, hash, answer.header(SIGNATURE_HEADER), now_ms())
    };
    assert_eq!(believed(signing.key, &path(site)), Ok(()));
    assert!(believed(signing.key, &path("UA-9")).is_err() && believed(&[9; 32], &path(site)).is_err());
    answer.json()
}

fn set(server: &Server, changes: &[&str]) -> Settings {
    let printed = server.command(&[&["site", "set", "UA-1"], changes].concat());
    let settings: Settings = serde_json::from_str(&printed).unwrap();
    assert_eq!(server.command(&["site", "show", "UA-1"]), printed);
    settings
}

#[test]
fn an_edge_gets_what_the_owner_decided() {
    let server = Server::start();
    server.site("UA-1");
    server.site("UA-2");
    let defaults = Settings { site: "UA-1".to_owned(), ..Settings::default() };
    assert_eq!(fetch(&server, "UA-1", &signing(b"")), defaults);
    let changes = [
        "--shards 4 --mode persistent --keep-events false --honour-dnt true --filter-bots false",
        "--goal buy=purchase --goal thanks=pageview:/thanks/** --property plan --property seats --pair city,browser",
        "--events-per-second 5000 --visitor-per-second 50 --block-per-second 900 --event-retention-days 30",
    ]
    .join(" ");
    let before_ms = now_ms();
    let decided = set(&server, &changes.split(' ').collect::<Vec<_>>());
    assert_eq!((decided.version, decided.shards, decided.visitors), (1, 4, VisitorMode::Persistent));
    assert_eq!((decided.keeps_events, decided.honours_dnt, decided.filters_bots), (false, true, false));
    assert_eq!(decided.properties, ["plan", "seats"]);
    assert_eq!(decided.pairs.last(), Some(&(RollupDimension::City, RollupDimension::Browser)));
    assert_eq!(decided.pairs.len(), defaults.pairs.len() + 1);
    let thanks =
        Goal { name: "thanks".to_owned(), event_type: "pageview".to_owned(), path: Some("/thanks/**".to_owned()) };
    assert_eq!(decided.goals.last(), Some(&thanks));
    let rates = (decided.rates.site_per_second, decided.rates.visitor_per_second, decided.rates.block_per_second);
    assert_eq!((rates, decided.event_retention_days), ((5000, 50, 900), 30));
    let earlier = decided.earlier_shards[0];
    assert!(earlier.shards == 1 && (before_ms..=now_ms()).contains(&earlier.until_ms), "{earlier:?}");
    assert_eq!(fetch(&server, "UA-1", &signing(b"")), decided);
    // Any configured key may ask, and gets its answer signed with the same; another site is as it was.
    let second = Signing { key_id: "edge-2", key: &[0xab; 32], ..signing(b"") };
    assert_eq!(fetch(&server, "UA-1", &second), decided);
    assert_eq!(fetch(&server, "UA-2", &signing(b"")).version, 0);

    // Only what is given changes, and only a change makes a version.
    assert_eq!(set(&server, &["--shards", "4"]).version, 1);
    let next = set(&server, &["--no-goals", "--goal", "buy=purchase:/shop/*", "--property", "plan"]);
    let buy = Goal { name: "buy".to_owned(), event_type: "purchase".to_owned(), path: Some("/shop/*".to_owned()) };
    assert_eq!(next, Settings { version: 2, goals: vec![buy], ..decided });
    let server = server.kill_and_restart();
    assert_eq!(fetch(&server, "UA-1", &signing(b"")), next);
}

#[test]
fn an_acknowledgement_says_which_version_holds() {
    let server = Server::start();
    server.site("UA-1");
    let mut edge = Edge::join(&server, 1, "UA-1");
    for version in 0..3 {
        let frame = edge.seal(&three_days(version, 3)).remove(0);
        assert_eq!(send(&server, &frame.bytes).1.settings_version, version);
        assert_eq!(send(&server, &frame.bytes).1.settings_version, version, "of a duplicate too");
        set(&server, &["--event-retention-days", &(100 + version).to_string()]);
    }
}

#[test]
fn only_an_edge_learns_of_settings() {
    let server = Server::start();
    let token = server.site("UA-1");
    let check = |change: &dyn Fn(&mut Signing<'static>), field: &str| {
        let mut signing = signing(b"");
        change(&mut signing);
        assert_eq!(get_signed(&server, &path("UA-1"), &path("UA-1"), &signing).problem(401), field);
    };
    check(&|signing| signing.key = &[8; 32], SIGNATURE_HEADER);
    check(&|signing| signing.key_id = "edge-2", SIGNATURE_HEADER);
    check(&|signing| signing.timestamp_ms -= 301_000, TIMESTAMP_HEADER);
    check(&|signing| signing.hash = hash::of_bytes(b"x"), HASH_HEADER);
    assert_eq!(server.get(&path("UA-1"), &[]).problem(401), TIMESTAMP_HEADER);
    assert_eq!(
        server.get(&path("UA-1"), &[("authorization", &format!("Bearer {token}"))]).problem(401),
        TIMESTAMP_HEADER
    );
    // A signature for one site is none for another, nor for the path alone.
    for signed in [path("UA-2"), SETTINGS_PATH.to_owned()] {
        assert_eq!(get_signed(&server, &path("UA-1"), &signed, &signing(b"")).problem(401), SIGNATURE_HEADER);
    }
    let ask = |path: &str| get_signed(&server, path, path, &signing(b""));
    ask(&path("UA-9")).problem(404);
    assert_eq!(ask(SETTINGS_PATH).problem(400), "site");
    assert_eq!(ask(&format!("{}&site=UA-1", path("UA-1"))).problem(400), "site");
    assert_eq!(ask(&format!("{SETTINGS_PATH}?tracking_id=UA-1")).problem(400), "tracking_id");
    // What it answers is no request: the hash of a body is not that of none.
    let own = Signing { key_id: signing(b"").key_id, key: &KEY, timestamp_ms: now_ms(), hash: hash::of_bytes(b"{}") };
    assert_eq!(get_signed(&server, &path("UA-1"), &path("UA-1"), &own).problem(401), HASH_HEADER);
}

#[test]
fn what_cannot_be_is_not_set() {
    let server = Server::start();
    server.site("UA-1");
    let check = |changes: &[&str], words: &str| {
        let output = server.try_command(&[&["site", "set", "UA-1"], changes].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(words), "{changes:?}: {said}");
    };
    check(&["--shards", "257"], "shards: must be 1 to 256");
    check(&["--event-retention-days", "0"], "event_retention_days: must be 1 to 3660");
    check(&["--pair", "country,country"], "pairs: country stands with itself");
    check(&["--pair", "country,goal"], "pairs: goal cannot stand");
    check(&["--pair", "country,weather"], "there is no dimension weather");
    check(&["--property", &"x".repeat(65)], "properties: must be 1 to 64 bytes");
    check(&["--goal", "buy"], "NAME=EVENT_TYPE");
    check(&["--mode", "secret"], "cookieless");
    let unknown = server.try_command(&["site", "set", "UA-9", "--shards", "2"]);
    assert!(!unknown.status.success());
    let shown: Value = serde_json::from_str(&server.command(&["site", "show", "UA-1"])).unwrap();
    assert_eq!(shown["version"], json!(0));
}

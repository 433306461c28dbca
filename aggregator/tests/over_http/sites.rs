//! Sites over HTTP.

use serde_json::{Value, json};

use crate::people::operator;
use crate::server::{Server, wait_until};

#[test]
fn a_site_is_added_changed_and_deleted() {
    let server = Server::start();
    let operator = operator(&server);
    let added = operator.post(
        &server,
        "/api/v1/sites",
        json!({"name": " shop.example ", "settings": {"time_zone": "europe/vienna"}}),
    );
    assert_eq!(added.status, 201, "{}", added.text());
    let site: Value = added.json();
    let id = site["tracking_id"].as_str().unwrap();
    assert!(id.starts_with("TM-") && id.len() == 19, "{id}");
    assert_eq!((&site["name"], &site["settings"]["time_zone"]), (&json!("shop.example"), &json!("Europe/Vienna")));
    let path = format!("/api/v1/sites/{id}");
    assert_eq!(added.header("location"), path);
    let read = operator.get(&server, &path);
    assert_eq!((read.text(), read.header("etag")), (added.text(), added.header("etag")));

    let patch = |wanted: &Value, tag: Option<&str>| {
        let mut caller = operator.clone();
        caller.headers.extend(tag.map(|tag| ("if-match".to_owned(), tag.to_owned())));
        caller.ask(&server, "PATCH", &path, wanted)
    };
    let wanted = json!({"settings": {"shards": 4, "visitors": "persistent", "goals": [{"name": "buy", "event_type": "purchase"}],
        "properties": ["plan"], "pairs": [["country", "browser"]], "rates": {"site_per_second": 5000}, "keeps_events": false,
        "event_retention_days": 30, "rollup_retention_days": 60, "honours_dnt": true, "filters_bots": false}});
    let changed = patch(&wanted, Some(added.header("etag")));
    assert_eq!(changed.status, 200, "{}", changed.text());
    let settings = changed.json::<Value>()["settings"].clone();
    for (name, value) in wanted["settings"].as_object().unwrap() {
        if name == "rates" {
            assert_eq!(
                settings["rates"],
                json!({"site_per_second": 5000, "visitor_per_second": 25, "block_per_second": 500})
            );
        } else {
            assert_eq!(&settings[name], value, "{name}");
        }
    }
    assert_eq!((&settings["version"], &settings["time_zone"]), (&json!(2), &json!("Europe/Vienna")));
    // It is what the command shows, and so what edges get.
    assert_eq!(serde_json::from_str::<Value>(&server.command(&["site", "show", id])).unwrap(), settings);
    // Who has seen an earlier one changes nothing; who names none, does.
    assert_eq!(patch(&json!({"name": "late"}), Some(added.header("etag"))).problem(412), "if-match");
    assert_eq!(patch(&json!({"name": "new.example"}), None).status, 200);
    let again = operator.get(&server, &path).json::<Value>();
    assert_eq!((&again["name"], &again["settings"]), (&json!("new.example"), &settings));

    assert_eq!(operator.delete(&server, &path).status, 204);
    assert_eq!(operator.get(&server, &path).problem(404), "tracking_id");
    assert_eq!(operator.get(&server, "/api/v1/sites").json::<Value>()["sites"], json!([]));
    assert!(!server.try_command(&["site", "show", id]).status.success());
    // Its name is free once all of it is gone.
    let anew = wait_until("the site to be gone", || {
        let anew = operator.post(&server, "/api/v1/sites", json!({"tracking_id": id, "name": "x"}));
        if anew.status == 409 {
            assert_eq!(anew.problem(409), "tracking_id");
            return None;
        }
        Some(anew)
    });
    assert_eq!((anew.status, &anew.json::<Value>()["settings"]["version"]), (201, &json!(0)));
    assert_eq!(
        operator.post(&server, "/api/v1/sites", json!({"tracking_id": id, "name": "y"})).problem(409),
        "tracking_id"
    );
}

#[test]
fn what_a_site_cannot_be_is_named() {
    let server = Server::start();
    let operator = operator(&server);
    let check = |wanted: Value, field: &str| {
        assert_eq!(operator.post(&server, "/api/v1/sites", wanted.clone()).problem(400), field, "{wanted}");
    };
    check(json!({}), "body");
    check(json!({"name": ""}), "name");
    check(json!({"name": "x".repeat(257)}), "name");
    check(json!({"name": "x", "tracking_id": "a b"}), "tracking_id");
    check(json!({"name": "x", "surprise": 1}), "surprise");
    check(json!({"name": "x", "settings": {"surprise": 1}}), "settings.surprise");
    check(json!({"name": "x", "settings": {"version": 1}}), "settings.version");
    check(json!({"name": "x", "settings": {"shards": 257}}), "settings.shards");
    check(json!({"name": "x", "settings": {"time_zone": "Mars/Olympus"}}), "settings.time_zone");
    check(json!({"name": "x", "settings": {"time_zone": ""}}), "settings.time_zone");
    check(json!({"name": "x", "settings": {"pairs": [["country", "weather"]]}}), "settings.pairs[0][1]");
    check(json!({"name": "x", "settings": {"rates": {"site_per_second": 0}}}), "settings.rates.site_per_second");
    check(
        json!({"name": "x", "settings": {"event_retention_days": 400, "rollup_retention_days": 30}}),
        "settings.rollup_retention_days",
    );
    assert_eq!(operator.get(&server, "/api/v1/sites").json::<Value>()["sites"], json!([]), "none was added");
    assert_eq!(operator.post(&server, "/api/v1/sites", json!({"name": "x", "tracking_id": "UA-1"})).status, 201);
    let shards = operator.ask(&server, "PATCH", "/api/v1/sites/UA-1", &json!({"name": "y", "settings": {"shards": 0}}));
    assert_eq!(shards.problem(400), "settings.shards");
    assert_eq!(operator.get(&server, "/api/v1/sites/UA-1").json::<Value>()["name"], "x", "all or nothing");
}

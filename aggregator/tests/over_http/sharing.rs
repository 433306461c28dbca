//! What lets others in: invitations, keys, shared links.

use serde_json::{Value, json};

use crate::edge::Edge;
use crate::people::{
    Caller, PASSWORD, holds, ledger, member, open_share, operator, set_password, sign_in, stored, token,
};
use crate::server::{Answer, Server};
use crate::visits::three_days;

#[test]
fn an_invitation_lets_one_in() {
    let server = Server::start();
    server.site("UA-1");
    server.site("UA-2");
    let owner = member(&server, "owner", "UA-1", "owner");
    let invite = |site: &str, wanted: Value| owner.post(&server, &format!("/api/v1/sites/{site}/invitations"), wanted);
    let made = invite("UA-1", json!({"role": "editor", "email": "Ann@shop.example"}));
    assert_eq!(made.status, 201, "{}", made.text());
    let invitation: Value = made.json();
    let url = invitation["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with(&server.url) || url.contains("/invitation#"), "{url}");
    assert_eq!(invite("UA-1", json!({"role": "king"})).problem(400), "role");
    assert_eq!(invite("UA-1", json!({"role": "viewer", "email": "ann"})).problem(400), "email");
    assert_eq!(invite("UA-2", json!({"role": "viewer"})).problem(404), "tracking_id");
    let listed: Value = owner.get(&server, "/api/v1/sites/UA-1/invitations").json();
    assert_eq!(listed["invitations"][0]["email"], "ann@shop.example");
    assert_eq!(listed["invitations"][0]["invited_by"], "owner@shop.example");
    assert!(listed["invitations"][0]["url"].is_null(), "shown once");
    assert!(!holds(&stored(&server), token(&url)));

    let accept = |url: &str, email: &str, password: &str| -> Answer {
        let body = json!({"token": token(url), "email": email, "password": password});
        Caller::nobody().post(&server, "/api/v1/invitations/accept", body)
    };
    assert_eq!(accept("#wrong", "ann@shop.example", PASSWORD).problem(401), "token");
    assert_eq!(accept(&url, "eve@evil.example", PASSWORD).problem(400), "email");
    assert_eq!(accept(&url, "ann@shop.example", "short").problem(400), "password");
    let ann = Caller::browser("ann", &accept(&url, "ann@shop.example", PASSWORD));
    let who: Value = ann.get(&server, "/api/v1/session").json();
    assert_eq!((&who["everywhere"], &who["sites"][0]["tracking_id"]), (&json!([]), &json!("UA-1")));
    assert_eq!(ann.ask(&server, "PATCH", "/api/v1/sites/UA-1", &json!({"name": "z"})).status, 200);
    ann.get(&server, "/api/v1/sites/UA-1/members").problem(403);
    assert_eq!(accept(&url, "ann@shop.example", PASSWORD).problem(401), "token");

    // Who has an account joins with its password alone; a lower role takes nothing away.
    let link = invite("UA-1", json!({"role": "viewer"})).json::<Value>()["url"].as_str().unwrap().to_owned();
    assert_eq!(accept(&link, "ann@shop.example", "not the password").problem(401), "password");
    assert_eq!(accept(&link, "ann@shop.example", PASSWORD).status, 204);
    let members: Value = owner.get(&server, "/api/v1/sites/UA-1/members").json();
    assert_eq!(members["users"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&members["users"][0]["email"], &members["users"][0]["role"]),
        (&json!("ann@shop.example"), &json!("editor"))
    );

    // Roles change at once, also of who is signed in.
    let path = format!("/api/v1/sites/UA-1/members/{}", members["users"][0]["user"]);
    assert_eq!(owner.ask(&server, "PUT", &path, &json!({"role": "viewer"})).status, 204);
    ann.ask(&server, "PATCH", "/api/v1/sites/UA-1", &json!({"name": "z"})).problem(403);
    assert_eq!(
        owner.ask(&server, "PUT", "/api/v1/sites/UA-1/members/99", &json!({"role": "viewer"})).problem(404),
        "user"
    );
    assert_eq!(owner.delete(&server, &path).status, 204);
    ann.get(&server, "/api/v1/sites/UA-1").problem(404);
    assert_eq!(owner.delete(&server, &path).problem(404), "user");

    let made: Value = invite("UA-1", json!({"role": "viewer"})).json();
    let path = format!("/api/v1/sites/UA-1/invitations/{}", made["invitation"]);
    assert_eq!(owner.delete(&server, &path).status, 204);
    assert_eq!(accept(made["url"].as_str().unwrap(), "bob@shop.example", PASSWORD).problem(401), "token");
    let made: Value = invite("UA-1", json!({"role": "viewer"})).json();
    ledger(&server).execute("UPDATE invitations SET expires_at_ms = 1", []).unwrap();
    assert_eq!(accept(made["url"].as_str().unwrap(), "bob@shop.example", PASSWORD).problem(401), "token");
}

#[test]
fn a_key_may_what_its_maker_may() {
    let server = Server::start();
    server.site("UA-1");
    server.site("UA-2");
    let ann = member(&server, "ann", "UA-1", "editor");
    let bob = member(&server, "bob", "UA-1", "viewer");
    let make = |caller: &Caller, wanted: Value| caller.post(&server, "/api/v1/keys", wanted);
    let made = make(
        &ann,
        json!({"name": "deploy", "scopes": ["sites:read", "sites:write"], "tracking_id": "UA-1", "days": 2}),
    );
    assert_eq!(made.status, 201, "{}", made.text());
    let made: Value = made.json();
    let secret = made["secret"].as_str().unwrap();
    assert!(!holds(&stored(&server), secret));
    let key = Caller::key("deploy", secret);
    let patch = |caller: &Caller, site: &str| {
        caller.ask(&server, "PATCH", &format!("/api/v1/sites/{site}"), &json!({"name": "n"}))
    };
    assert_eq!(patch(&key, "UA-1").status, 200);
    assert_eq!(patch(&key, "UA-2").problem(404), "tracking_id");
    key.get(&server, "/api/v1/realtime?tracking_id=UA-1").problem(403);
    key.get(&server, "/api/v1/keys").problem(403);
    let who: Value = key.get(&server, "/api/v1/session").json();
    assert_eq!((&who["kind"], &who["sites"][0]["permissions"]), (&json!("key"), &json!(["sites:read", "sites:write"])));
    // A viewer's key changes nothing, whatever its scopes say.
    let weak = make(&bob, json!({"name": "x", "scopes": ["sites:write", "stats:read"]})).json::<Value>();
    let weak = Caller::key("weak", weak["secret"].as_str().unwrap());
    patch(&weak, "UA-1").problem(403);
    assert_eq!(weak.get(&server, "/api/v1/realtime?tracking_id=UA-1").status, 200);
    weak.get(&server, "/api/v1/realtime?tracking_id=UA-2").problem(404);

    for (wanted, field) in [
        (json!({"name": "x", "scopes": []}), "scopes"),
        (json!({"name": "x", "scopes": ["people:write"]}), "scopes"),
        (json!({"name": "x", "scopes": ["everything"]}), "scopes[0]"),
        (json!({"name": "", "scopes": ["stats:read"]}), "name"),
        (json!({"name": "x", "scopes": ["stats:read"], "days": 0}), "days"),
    ] {
        assert_eq!(make(&ann, wanted).problem(400), field);
    }
    assert_eq!(
        make(&ann, json!({"name": "x", "scopes": ["stats:read"], "tracking_id": "UA-2"})).problem(404),
        "tracking_id"
    );

    // Each sees and revokes their own; an owner of everything, all.
    let list =
        |caller: &Caller| caller.get(&server, "/api/v1/keys").json::<Value>()["keys"].as_array().unwrap().clone();
    assert_eq!((list(&ann).len(), list(&bob).len(), list(&operator(&server)).len()), (1, 1, 4));
    assert!(!ann.get(&server, "/api/v1/keys").text().contains(secret));
    assert!(server.command(&["key", "list"]).contains("\tUA-1\tsites:read sites:write\tann@shop.example\tdeploy"));
    let path = format!("/api/v1/keys/{}", made["key"]);
    assert_eq!(bob.delete(&server, &path).problem(404), "key");
    ledger(&server).execute("UPDATE keys SET expires_at_ms = 1 WHERE name = 'deploy'", []).unwrap();
    key.get(&server, "/api/v1/sites").problem(401);
    ledger(&server).execute("UPDATE keys SET expires_at_ms = NULL WHERE name = 'deploy'", []).unwrap();
    assert_eq!(patch(&key, "UA-1").status, 200);
    // What its maker loses, it loses.
    server.command(&["user", "grant", "ann@shop.example", "--site", "UA-1", "--role", "viewer"]);
    patch(&key, "UA-1").problem(403);
    server.command(&["user", "revoke", "ann@shop.example", "--site", "UA-1"]);
    patch(&key, "UA-1").problem(404);
    assert_eq!(ann.delete(&server, &path).status, 204);
    key.get(&server, "/api/v1/sites").problem(401);
    server.command(&["user", "remove", "bob@shop.example"]);
    weak.get(&server, "/api/v1/sites").problem(401);
}

#[test]
fn a_key_for_all_makes_sites() {
    let server = Server::start();
    let key = Caller::key(
        "all",
        &server.command(&["key", "create", "--name", "all", "--scope", "sites:write", "--scope", "stats:read"]),
    );
    assert_eq!(key.post(&server, "/api/v1/sites", json!({"tracking_id": "UA-7", "name": "x"})).status, 201);
    assert_eq!(key.get(&server, "/api/v1/realtime?tracking_id=UA-7").status, 200);
    key.delete(&server, "/api/v1/sites/UA-7").problem(403);
    let audit = operator(&server).get(&server, "/api/v1/audit").json::<Value>();
    assert!(
        audit["entries"]
            .as_array()
            .unwrap()
            .iter()
            .any(|entry| entry["who"] == "key 1" && entry["action"] == "site.add")
    );
}

fn count(caller: &Caller, server: &Server, filters: Value) -> Answer {
    let range = json!({"start": "2026-02-02", "end": "2026-02-04"});
    let query = json!({"tracking_id": "UA-1", "date_range": range, "metrics": ["events"], "filters": filters});
    caller.post(server, "/api/v1/query", query)
}

fn events(answer: &Answer) -> u64 {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json::<Value>()["rows"][0]["events"].as_u64().unwrap()
}

#[test]
fn a_shared_link_shows_one_site_or_a_part_of_it() {
    let server = Server::start();
    server.site("UA-1");
    let visits = three_days(1, 200);
    Edge::join(&server, 1, "UA-1").deliver(&server, &visits);
    let in_country = |country: &str| visits.iter().filter(|event| event.country == country).count() as u64;
    let owner = member(&server, "owner", "UA-1", "owner");
    let make = |wanted: Value| owner.post(&server, "/api/v1/sites/UA-1/shares", wanted);
    let slug = |wanted: Value| make(wanted).json::<Value>()["slug"].as_str().unwrap().to_owned();

    let plain = open_share(&server, "plain", &slug(json!({"name": "plain"})), json!({}));
    assert_eq!(events(&count(&plain, &server, json!({}))), 200);
    assert_eq!(plain.get(&server, "/api/v1/realtime?tracking_id=UA-1").status, 200);
    assert_eq!(plain.get(&server, "/api/v1/sites").json::<Value>()["sites"][0]["tracking_id"], "UA-1");
    plain.get(&server, "/api/v1/sites/UA-1").problem(403);
    plain.get(&server, "/api/v1/keys").problem(403);

    let lock = json!(["is", "country", ["US", "DE"]]);
    let locked = open_share(&server, "locked", &slug(json!({"name": "locked", "lock": lock})), json!({}));
    assert_eq!(events(&count(&locked, &server, json!({}))), in_country("US") + in_country("DE"));
    assert_eq!(locked.get(&server, "/api/v1/session").json::<Value>()["sites"][0]["lock"], lock);
    // What cannot be narrowed is not shown.
    for path in [
        "realtime?tracking_id=UA-1",
        "live?tracking_id=UA-1",
        "outcomes?tracking_id=UA-1&start=2026-02-02&end=2026-02-04",
    ] {
        let answer = locked.get(&server, &format!("/api/v1/{path}"));
        answer.problem(403);
        assert_eq!(answer.json::<Value>()["code"], "locked");
    }
    // A question of its own cannot look over the lock: it is answered as if nothing else had happened.
    let seen = |passes: &dyn Fn(&wire::frame::RawEvent) -> bool| {
        visits.iter().filter(|event| ["US", "DE"].contains(&event.country.as_str()) && passes(event)).count() as u64
    };
    let asked = |filters: Value| events(&count(&locked, &server, filters));
    assert_eq!(asked(json!({"country": "FR"})), 0);
    assert_eq!(asked(json!({"country": ["FR", "US"]})), in_country("US"));
    assert_eq!(asked(json!({"device": "mobile"})), seen(&|event| event.device == "mobile"));
    let either = json!(["or", [["is", "country", ["FR"]], ["is", "device", ["mobile"]]]]);
    assert_eq!(asked(either), seen(&|event| event.device == "mobile"));
    assert_eq!(asked(json!(["not", ["is", "country", ["DE"]]])), in_country("US"));
    // Nor does another way of asking, its divisors included.
    let body =
        json!({"site_id": "UA-1", "metrics": ["events", "visitors"], "date_range": ["2026-02-02", "2026-02-04"]});
    let answer: Value = locked.post(&server, "/api/v2/query", body.clone()).json();
    assert_eq!(answer["results"][0]["metrics"][0], in_country("US") + in_country("DE"));
    let answer: Value = plain.post(&server, "/api/v2/query", body).json();
    assert_eq!(answer["results"][0]["metrics"][0], 200);
    locked.get(&server, "/api/v1/export?tracking_id=UA-1&start=2026-02-02&end=2026-02-04").problem(403);
    for (wanted, field) in [
        (json!({"name": "x", "lock": ["is", "planet", ["x"]]}), "lock"),
        (json!({"name": "x", "lock": ["and", []]}), "lock"),
        (json!({"name": "x", "lock": {}}), "lock"),
        (json!({"name": "x", "password": "short"}), "password"),
        (json!({"name": "x", "days": 9999}), "days"),
        (json!({}), "body"),
    ] {
        let answer = make(wanted.clone());
        assert!(answer.problem(400).starts_with(field), "{wanted}: {}", answer.text());
    }
}

#[test]
fn a_shared_links_password_is_asked_for() {
    let server = Server::start();
    server.site("UA-1");
    let owner = member(&server, "owner", "UA-1", "editor");
    let made: Value = owner
        .post(&server, "/api/v1/sites/UA-1/shares", json!({"name": "board", "password": "open sesame", "days": 3}))
        .json();
    let slug = made["slug"].as_str().unwrap();
    assert_eq!(
        (&made["has_password"], made["url"].as_str().unwrap().ends_with(&format!("/share/{slug}"))),
        (&json!(true), true)
    );
    let path = format!("/api/v1/shares/{slug}");
    let nobody = Caller::nobody();
    assert_eq!(nobody.get(&server, &path).json::<Value>(), json!({"has_password": true}));
    assert_eq!(nobody.get(&server, "/api/v1/shares/none").problem(404), "share");
    let open = |body: Value| nobody.post(&server, &format!("{path}/session"), body);
    assert_eq!(open(json!({})).problem(401), "password");
    assert_eq!(open(json!({"password": "wrong one"})).problem(401), "password");
    let answer = open(json!({"password": "open sesame"}));
    for attribute in ["tidemark_shared=", "HttpOnly", "SameSite=Strict", "Max-Age=604800"] {
        assert!(answer.header("set-cookie").contains(attribute), "{}", answer.header("set-cookie"));
    }
    assert!(!answer.header("set-cookie").contains(slug), "the address alone lets nobody in");
    let guest = Caller::browser("guest", &answer);
    assert_eq!(events(&count(&guest, &server, json!({}))), 0);
    assert!(!holds(&stored(&server), "open sesame"));
    assert!(!holds(&stored(&server), guest.headers[0].1.split_once('=').unwrap().1));
    // Who has an account too sees both.
    server.command(&["site", "add", "UA-2", "--name", "two"]);
    let bob = member(&server, "bob", "UA-2", "viewer");
    let mut both = bob.clone();
    both.headers[0].1 = format!("{}; {}", bob.headers[0].1, guest.headers[0].1);
    assert_eq!(both.get(&server, "/api/v1/sites").json::<Value>()["sites"].as_array().unwrap().len(), 2);
    // Leaving, ending, revoking.
    let again = Caller::browser("guest", &open(json!({"password": "open sesame"})));
    assert_eq!(again.delete(&server, &format!("{path}/session")).status, 204);
    again.get(&server, "/api/v1/sites").problem(401);
    ledger(&server).execute("UPDATE shares SET expires_at_ms = 1", []).unwrap();
    guest.get(&server, "/api/v1/sites").problem(401);
    nobody.get(&server, &path).problem(404);
    ledger(&server).execute("UPDATE shares SET expires_at_ms = NULL", []).unwrap();
    assert_eq!(guest.get(&server, "/api/v1/sites").status, 200);
    assert_eq!(owner.get(&server, "/api/v1/sites/UA-1/shares").json::<Value>()["shares"][0]["slug"], slug);
    assert_eq!(owner.delete(&server, &format!("/api/v1/sites/UA-1/shares/{slug}")).status, 204);
    guest.get(&server, "/api/v1/sites").problem(401);
    assert_eq!(open(json!({"password": "open sesame"})).problem(404), "share");
    owner.delete(&server, &format!("/api/v1/sites/UA-1/shares/{slug}")).problem(404);
    // Guessing is put off.
    let made: Value =
        owner.post(&server, "/api/v1/sites/UA-1/shares", json!({"name": "b", "password": "open sesame"})).json();
    let path = format!("/api/v1/shares/{}/session", made["slug"].as_str().unwrap());
    let tries = (0..20).position(|_| nobody.post(&server, &path, json!({"password": "wrong one"})).status == 429);
    assert_eq!(tries, Some(10));
}

#[test]
fn commands_work_beside_a_running_server() {
    let server = Server::start();
    server.site("UA-1");
    let link = server.command(&["user", "add", "ann@shop.example", "--name", "Ann"]);
    let ann = set_password(&server, "ann", &link);
    assert_eq!(ann.get(&server, "/api/v1/sites").json::<Value>()["sites"], json!([]));
    server.command(&["user", "grant", "ann@shop.example", "--site", "UA-1", "--role", "viewer"]);
    assert_eq!(ann.get(&server, "/api/v1/sites").json::<Value>()["sites"][0]["tracking_id"], "UA-1");
    server.command(&["user", "grant", "ann@shop.example"]);
    assert_eq!(ann.get(&server, "/api/v1/users").status, 200);
    server.command(&["site", "set", "UA-1", "--time-zone", "Asia/Kolkata", "--rollup-retention-days", "800"]);
    let site: Value = ann.get(&server, "/api/v1/sites/UA-1").json();
    assert_eq!(
        (&site["settings"]["time_zone"], &site["settings"]["rollup_retention_days"]),
        (&json!("Asia/Kolkata"), &json!(800))
    );
    assert!(!server.try_command(&["site", "set", "UA-1", "--time-zone", "Mars/Olympus"]).status.success());
    assert_eq!(sign_in(&server, "ann@shop.example", PASSWORD).status, 204);
}

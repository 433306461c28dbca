//! Two sites, and everybody who may ask about the first: people, programs, who came by links, and who may not.

use serde_json::{Value, json};
use wire::account::Permission::{
    self, EventsRead, PeopleWrite, SharesWrite, SitesDelete, SitesRead, SitesWrite, StatsRead,
};

use crate::people::{Caller, embedded, ledger, member, open_share, operator, set_password};
use crate::server::Server;

pub const OWN: &str = "UA-OWN";
pub const OTHER: &str = "UA-OTHER";
pub const NONE: &str = "UA-NONE";

/// What stands in the ledger of the other site alone.
pub const OTHERS: [&str; 4] = ["other.example", "stranger@", "other's", "UA-OTHER"];

/// Somebody, and what they may.
pub struct Case {
    pub caller: Caller,
    /// Whether the credentials are valid at all.
    pub is_valid: bool,
    /// Whether it is a signed-in person.
    pub is_person: bool,
    pub on_own: &'static [Permission],
    pub everywhere: &'static [Permission],
    /// Whether only a part of the site may be seen.
    pub is_locked: bool,
}

pub const ALL: &[Permission] = &[StatsRead, EventsRead, SitesRead, SitesWrite, SharesWrite, PeopleWrite, SitesDelete];
const SCOPES: &[Permission] = &[StatsRead, EventsRead, SitesRead, SitesWrite];
const EDITOR: &[Permission] = &[StatsRead, EventsRead, SitesRead, SitesWrite, SharesWrite];
const VIEWER: &[Permission] = &[StatsRead, SitesRead];

pub fn invalid(caller: Caller) -> Case {
    Case { caller, is_valid: false, is_person: false, on_own: &[], everywhere: &[], is_locked: false }
}

pub fn person(caller: Caller, on_own: &'static [Permission], everywhere: &'static [Permission]) -> Case {
    Case { caller, is_valid: true, is_person: true, on_own, everywhere, is_locked: false }
}

pub fn program(caller: Caller, on_own: &'static [Permission], everywhere: &'static [Permission]) -> Case {
    Case { is_person: false, ..person(caller, on_own, everywhere) }
}

fn key(server: &Server, name: &'static str, arguments: &[&str]) -> Caller {
    Caller::key(name, &server.command(&[&["key", "create", "--name", name], arguments].concat()))
}

fn share(server: &Server, site: &str, wanted: Value) -> String {
    let made = operator(server).post(server, &format!("/api/v1/sites/{site}/shares"), wanted);
    assert_eq!(made.status, 201, "{}", made.text());
    made.json::<Value>()["slug"].as_str().unwrap().to_owned()
}

/// A server with two sites, people of both, and everybody who may ask about the first.
pub fn world() -> (Server, Vec<Case>) {
    let mail = [("TIDEMARK_MAIL__HOST", "127.0.0.1"), ("TIDEMARK_MAIL__FROM", "tidemark@stats.example")];
    let server = Server::start_with(tempfile::tempdir().unwrap(), &mail);
    server.command(&["site", "add", OWN, "--name", "own.example"]);
    server.command(&["site", "add", OTHER, "--name", "other.example"]);
    let stranger = member(&server, "stranger", OTHER, "owner");
    share(&server, OTHER, json!({"name": "other's share"}));
    let query = json!({"tracking_id": OTHER, "date_range": "7d", "metrics": ["events"]});
    let report = json!({"name": "other's report", "query": query});
    assert_eq!(stranger.post(&server, &format!("/api/v1/sites/{OTHER}/reports"), report).status, 201);
    let dashboard = json!({"name": "other's dashboard", "layout": {"date_range": "28d", "widgets": []}});
    assert_eq!(stranger.post(&server, &format!("/api/v1/sites/{OTHER}/dashboards"), dashboard).status, 201);
    let note = json!({"at_ms": 1, "text": "other's note"});
    assert_eq!(stranger.post(&server, &format!("/api/v1/sites/{OTHER}/notes"), note).status, 201);
    let segment = json!({"name": "other's segment", "filters": {"hostname": "other.example"}});
    assert_eq!(stranger.post(&server, &format!("/api/v1/sites/{OTHER}/segments"), segment).status, 201);
    let funnel = json!({"tracking_id": OTHER, "name": "other's funnel", "steps": [{}, {}]});
    assert_eq!(stranger.post(&server, "/api/v1/funnels", funnel).status, 201);
    let definition = json!({"metric": "visits", "interval": "hour", "condition": {"kind": "spike"}});
    let alert = json!({"name": "other's alert", "definition": definition, "is_on": false});
    assert_eq!(stranger.post(&server, &format!("/api/v1/sites/{OTHER}/alerts"), alert).status, 201);
    let put = "INSERT INTO subscribers
                 (site, email, token, weekly, monthly, weekly_through, monthly_through, created_at_ms)
               SELECT site, 'stranger@far.example', 'other''s token', 0, 1, '', '', 1 FROM sites WHERE tracking_id = ?1";
    assert_eq!(ledger(&server).execute(put, [OTHER]).unwrap(), 1);
    assert_eq!(
        stranger.post(&server, "/api/v1/keys", json!({"name": "other's key", "scopes": ["stats:read"]})).status,
        201
    );
    let invitation = json!({"role": "viewer", "email": "stranger@far.example"});
    assert_eq!(stranger.post(&server, &format!("/api/v1/sites/{OTHER}/invitations"), invitation).status, 201);

    let boss = server.command(&["user", "add", "boss@shop.example", "--owner"]);
    let scopes = ["--scope", "stats:read", "--scope", "events:read", "--scope", "sites:read", "--scope", "sites:write"];
    let plain = share(&server, OWN, json!({"name": "plain"}));
    let locked = share(&server, OWN, json!({"name": "locked", "lock": ["is", "country", ["US"]]}));
    let guarded = share(&server, OWN, json!({"name": "guarded", "password": "open sesame"}));
    let ended = share(&server, OWN, json!({"name": "ended", "days": 1}));
    let revoked = share(&server, OWN, json!({"name": "revoked"}));
    let cases = vec![
        invalid(Caller::nobody()),
        invalid(Caller::key("garbage key", "garbage")),
        invalid(Caller::key("empty key", "")),
        invalid(Caller::cookie("garbage session", "tidemark_session=garbage")),
        invalid(Caller::cookie("garbage share", "tidemark_shared=garbage")),
        invalid(key(&server, "expired key", &[&scopes[..], &["--site", OWN, "--days", "1"]].concat())),
        invalid(key(&server, "revoked key", &[&scopes[..], &["--site", OWN]].concat())),
        invalid(member(&server, "idle", OWN, "owner")),
        invalid(member(&server, "expired", OWN, "owner")),
        invalid(open_share(&server, "ended share", &ended, json!({}))),
        invalid(open_share(&server, "revoked share", &revoked, json!({}))),
        invalid(Caller::cookie("share without its password", &format!("tidemark_shared={guarded}"))),
        invalid(embedded("embedded share without its password", &guarded)),
        invalid(embedded("embedded revoked share", &revoked)),
        person(member(&server, "viewer", OWN, "viewer"), VIEWER, &[]),
        person(member(&server, "editor", OWN, "editor"), EDITOR, &[]),
        person(member(&server, "owner", OWN, "owner"), ALL, &[]),
        person(set_password(&server, "boss", &boss), ALL, ALL),
        person(operator(&server), ALL, ALL),
        program(key(&server, "key of own", &[&scopes[..], &["--site", OWN]].concat()), SCOPES, &[]),
        program(key(&server, "key of all", &scopes), SCOPES, SCOPES),
        program(key(&server, "key of numbers", &["--scope", "stats:read", "--site", OWN]), &[StatsRead], &[]),
        program(key(&server, "key of settings", &["--scope", "sites:write", "--site", OWN]), &[SitesWrite], &[]),
        program(key(&server, "key of other", &[&scopes[..6], &["--site", OTHER]].concat()), &[], &[]),
        program(open_share(&server, "share", &plain, json!({})), &[StatsRead], &[]),
        program(embedded("embedded share", &plain), &[StatsRead], &[]),
        program(open_share(&server, "guarded share", &guarded, json!({"password": "open sesame"})), &[StatsRead], &[]),
        Case { is_locked: true, ..program(open_share(&server, "locked share", &locked, json!({})), &[StatsRead], &[]) },
    ];
    operator(&server).delete(&server, &format!("/api/v1/sites/{OWN}/shares/{revoked}"));
    let past = "UPDATE keys SET expires_at_ms = 1 WHERE name = 'expired key';
                DELETE FROM keys WHERE name = 'revoked key';
                UPDATE shares SET expires_at_ms = 1 WHERE name = 'ended';
                UPDATE sessions SET seen_at_ms = seen_at_ms - 604800000
                 WHERE user = (SELECT user FROM users WHERE email = 'idle@shop.example');
                UPDATE sessions SET expires_at_ms = 1
                 WHERE user = (SELECT user FROM users WHERE email = 'expired@shop.example');";
    ledger(&server).execute_batch(past).unwrap();
    (server, cases)
}

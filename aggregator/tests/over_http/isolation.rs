//! Every route with every kind of credentials: nobody reaches a site that is not theirs, nor more of their own than
//! they may. Made from the table that the router is made from, so that a new route is tried too.

use serde_json::{Value, json};
use wire::account::Permission;

use crate::people::{Caller, ledger, member, open_share, operator, set_password};
use crate::routes::{Endpoint, Needs, ROUTES};
use crate::server::{Answer, Server};

const OWN: &str = "UA-OWN";
const OTHER: &str = "UA-OTHER";
const NONE: &str = "UA-NONE";

/// What stands in the ledger of the other site alone.
const OTHERS: [&str; 4] = ["other.example", "stranger@", "other's", "UA-OTHER"];

/// Somebody, and what they may.
struct Case {
    caller: Caller,
    /// Whether the credentials are valid at all.
    is_valid: bool,
    /// Whether it is a signed-in person.
    is_person: bool,
    on_own: &'static [Permission],
    everywhere: &'static [Permission],
    /// Whether only a part of the site may be seen.
    is_locked: bool,
}

use Permission::{EventsRead, PeopleWrite, SharesWrite, SitesDelete, SitesRead, SitesWrite, StatsRead};

const ALL: &[Permission] = &[StatsRead, EventsRead, SitesRead, SitesWrite, SharesWrite, PeopleWrite, SitesDelete];
const SCOPES: &[Permission] = &[StatsRead, EventsRead, SitesRead, SitesWrite];
const EDITOR: &[Permission] = &[StatsRead, EventsRead, SitesRead, SitesWrite, SharesWrite];
const VIEWER: &[Permission] = &[StatsRead, SitesRead];

fn invalid(caller: Caller) -> Case {
    Case { caller, is_valid: false, is_person: false, on_own: &[], everywhere: &[], is_locked: false }
}

fn person(caller: Caller, on_own: &'static [Permission], everywhere: &'static [Permission]) -> Case {
    Case { caller, is_valid: true, is_person: true, on_own, everywhere, is_locked: false }
}

fn program(caller: Caller, on_own: &'static [Permission], everywhere: &'static [Permission]) -> Case {
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
fn world() -> (Server, Vec<Case>) {
    let server = Server::start();
    server.command(&["site", "add", OWN, "--name", "own.example"]);
    server.command(&["site", "add", OTHER, "--name", "other.example"]);
    let stranger = member(&server, "stranger", OTHER, "owner");
    share(&server, OTHER, json!({"name": "other's share"}));
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
        person(member(&server, "viewer", OWN, "viewer"), VIEWER, &[]),
        person(member(&server, "editor", OWN, "editor"), EDITOR, &[]),
        person(member(&server, "owner", OWN, "owner"), ALL, &[]),
        person(set_password(&server, "boss", &boss), ALL, ALL),
        person(operator(&server), ALL, ALL),
        program(key(&server, "key of own", &[&scopes[..], &["--site", OWN]].concat()), SCOPES, &[]),
        program(key(&server, "key of all", &scopes), SCOPES, SCOPES),
        program(key(&server, "key of numbers", &["--scope", "stats:read", "--site", OWN]), &[StatsRead], &[]),
        program(key(&server, "key of settings", &["--scope", "sites:write", "--site", OWN]), &[SitesWrite], &[]),
        program(key(&server, "key of other", &[&scopes[..], &["--site", OTHER]].concat()), &[], &[]),
        program(open_share(&server, "share", &plain, json!({})), &[StatsRead], &[]),
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

/// A request of a route about a site: what it names besides, where that matters. What is in the way of no harm is named
/// by numbers that nothing has.
fn request(method: &str, path: &str, endpoint: Endpoint, needs: Needs, site: &str) -> (String, Value) {
    let about = json!({"tracking_id": site});
    let range =
        json!({"tracking_id": site, "date_range": {"start": "2026-02-02", "end": "2026-02-04"}, "metrics": ["events"]});
    let body = match endpoint {
        Endpoint::Query => range,
        Endpoint::AddSite => json!({"name": "new.example"}),
        Endpoint::ChangeSite => json!({"name": "own.example"}),
        Endpoint::ChangeUser => json!({"is_owner": false}),
        Endpoint::SetMember => json!({"role": "viewer"}),
        Endpoint::Invite => json!({"role": "viewer"}),
        Endpoint::MakeKey => json!({"name": "x", "scopes": ["stats:read"], "tracking_id": site}),
        Endpoint::MakeShare => json!({"name": "x"}),
        Endpoint::ChangePassword => json!({"current": "not the present one", "new": "another long one"}),
        Endpoint::SetUp | Endpoint::AcceptInvitation => {
            json!({"token": "x", "email": "x@shop.example", "password": "something long"})
        }
        Endpoint::ResetPassword => json!({"token": "x", "password": "something long"}),
        Endpoint::SignIn => json!({"token": "x"}),
        Endpoint::OpenShare => json!({}),
        _ if method == "get" || method == "delete" => Value::Null,
        _ => about,
    };
    let query = match (endpoint, needs) {
        (Endpoint::Outcomes, _) => format!("?tracking_id={site}&start=2026-02-02&end=2026-02-04"),
        (Endpoint::Settings, _) => format!("?site={site}"),
        (_, Needs::Site(_)) if method == "get" && !path.contains("{tracking_id}") => format!("?tracking_id={site}"),
        _ => String::new(),
    };
    let mut path = path.replace("{tracking_id}", site).replace("{slug}", &"0".repeat(32));
    for number in ["{user}", "{session}", "{invitation}", "{key}"] {
        path = path.replace(number, "987654");
    }
    (path + &query, body)
}

/// Status and code of an answer.
fn verdict(answer: &Answer) -> (u16, String) {
    if answer.status < 400 {
        return (answer.status, String::new());
    }
    (answer.status, answer.json::<Value>()["code"].as_str().unwrap().to_owned())
}

/// Whether the check of access let it through, whatever the handler found then.
fn is_let_through((status, code): &(u16, String)) -> bool {
    let is_nothing_there = *status == 404 && code != "no_such_site";
    let is_other_secret = code == "wrong_password";
    *status < 300 || is_nothing_there || is_other_secret || code == "locked" || code == "conflict"
}

/// What an answer must be to somebody on a site.
fn check(case: &Case, needs: Needs, site: &str, found: &(u16, String), asked: &str) {
    let says = |status: u16, code: &str| {
        assert_eq!(
            (found.0, found.1.as_str()),
            (status, code),
            "{} asked {asked}, which needs {needs:?}",
            case.caller.name
        );
    };
    let passes = || assert!(is_let_through(found), "{} asked {asked}: {found:?}", case.caller.name);
    match needs {
        Needs::Nothing => {}
        Needs::Signature => assert_eq!(found.0, 401, "{} asked {asked}: {found:?}", case.caller.name),
        _ if !case.is_valid => says(401, "unauthenticated"),
        Needs::Credentials => passes(),
        Needs::Person if case.is_person => passes(),
        Needs::Everywhere(permission) if case.everywhere.contains(&permission) => passes(),
        Needs::Person | Needs::Everywhere(_) => says(403, "forbidden"),
        Needs::Site(_) if site == NONE => says(404, "no_such_site"),
        Needs::Site(permission) if case.everywhere.contains(&permission) => passes(),
        Needs::Site(_) if !case.everywhere.is_empty() => says(403, "forbidden"),
        // Not theirs: as if it were not there.
        Needs::Site(_) if site == OTHER && case.caller.name != "key of other" => says(404, "no_such_site"),
        Needs::Site(_) if site == OTHER => {}
        Needs::Site(_) if case.on_own.is_empty() => says(404, "no_such_site"),
        Needs::Site(permission) if case.on_own.contains(&permission) => passes(),
        Needs::Site(_) => says(403, "forbidden"),
    }
}

/// All that the ledger holds of the other site.
fn of_other(server: &Server) -> Vec<String> {
    let connection = ledger(server);
    let mut found = Vec::new();
    for sql in [
        "SELECT name || ifnull(deleted_at_ms, '') FROM sites WHERE tracking_id = 'UA-OTHER'",
        "SELECT settings FROM site_settings JOIN sites USING (site) WHERE tracking_id = 'UA-OTHER'",
        "SELECT user || role FROM members JOIN sites USING (site) WHERE tracking_id = 'UA-OTHER'",
        "SELECT invitation || role FROM invitations JOIN sites USING (site) WHERE tracking_id = 'UA-OTHER'",
        "SELECT slug FROM shares JOIN sites USING (site) WHERE tracking_id = 'UA-OTHER'",
        "SELECT key || scopes FROM keys WHERE name LIKE 'other%'",
    ] {
        let mut all = connection.prepare(sql).unwrap();
        found.extend(all.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap));
    }
    found
}

/// What ends the caller's own credentials, or the site they are for.
fn is_final(endpoint: Endpoint) -> bool {
    matches!(endpoint, Endpoint::SignOut | Endpoint::DeleteSite)
}

fn ask(server: &Server, case: &Case, route: &(&str, &str, Endpoint, Needs), site: &str) -> (Answer, String) {
    let (method, path, endpoint, needs) = *route;
    let (path, body) = request(method, path, endpoint, needs, site);
    let answer = if endpoint == Endpoint::Live {
        live(server, case, &path)
    } else {
        case.caller.ask(server, &method.to_uppercase(), &path, &body)
    };
    (answer, format!("{method} {path}"))
}

/// The head of an answer that goes on, or all of a refusal.
fn live(server: &Server, case: &Case, path: &str) -> Answer {
    let headers: Vec<_> = case.caller.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    server.head_of(path, &headers)
}

#[test]
fn nobody_reaches_what_is_not_theirs() {
    let (server, cases) = world();
    let before = of_other(&server);
    assert!(before.len() >= 5, "{before:?}");
    for route in ROUTES.iter().filter(|(_, _, endpoint, _)| !is_final(*endpoint)) {
        let (_, _, endpoint, needs) = *route;
        for case in &cases {
            let mut words = Vec::new();
            for site in [NONE, OTHER, OWN] {
                // Some change what others need: those who may change everything are tried on what is theirs alone.
                if site == OTHER && !case.everywhere.is_empty() {
                    continue;
                }
                let (answer, asked) = ask(&server, case, route, site);
                let found = verdict(&answer);
                check(case, needs, site, &found, &asked);
                if case.is_locked
                    && matches!(endpoint, Endpoint::Realtime | Endpoint::Live | Endpoint::Outcomes)
                    && site == OWN
                {
                    assert_eq!(found, (403, "locked".to_owned()), "{asked}");
                }
                let text = answer.text();
                let is_let_in = !case.everywhere.is_empty() || case.caller.name == "key of other";
                for secret in OTHERS {
                    assert!(
                        is_let_in || endpoint == Endpoint::Sdk || !text.contains(secret),
                        "{} asked {asked}: {text}",
                        case.caller.name
                    );
                }
                words.push(text);
            }
            if let Needs::Site(_) = needs
                && case.everywhere.is_empty()
                && case.caller.name != "key of other"
            {
                assert_eq!(words[0], words[1], "not there and not theirs look the same to {}", case.caller.name);
            }
        }
    }
    for case in &cases {
        for (method, path, endpoint, needs) in ROUTES.iter().filter(|(_, _, endpoint, _)| is_final(*endpoint)) {
            // Who may delete it does so below.
            if *endpoint == Endpoint::DeleteSite && case.on_own.contains(&SitesDelete) {
                continue;
            }
            for site in [NONE, OTHER, OWN] {
                if site == OTHER && !case.everywhere.is_empty() || *endpoint == Endpoint::SignOut && site != NONE {
                    continue;
                }
                let (answer, asked) = ask(&server, case, &(method, path, *endpoint, *needs), site);
                check(case, *needs, site, &verdict(&answer), &asked);
            }
        }
    }
    assert_eq!(of_other(&server), before, "nobody changed what is not theirs");
}

#[test]
fn a_route_that_is_allowed_works() {
    // What the test above takes for let through is, for somebody who may do everything, an answer: so its requests are
    // such as the handlers take.
    let (server, _) = world();
    let all = person(operator(&server), ALL, ALL);
    let gated = |needs: &Needs| !matches!(needs, Needs::Nothing | Needs::Signature);
    let mut routes: Vec<_> = ROUTES.iter().filter(|(.., needs)| gated(needs)).collect();
    routes.sort_by_key(|(_, _, endpoint, _)| (is_final(*endpoint), *endpoint == Endpoint::SignOut));
    for route in routes {
        let (answer, asked) = ask(&server, &all, route, OWN);
        let found = verdict(&answer);
        let is_by_number = route.1.contains("{user}") || route.1.ends_with('}') && !route.1.ends_with("{tracking_id}");
        let expected = if is_by_number { found.0 == 404 && found.1 != "no_such_site" } else { found.0 < 300 };
        // The operator has no password to change.
        assert!(
            expected || route.2 == Endpoint::ChangePassword,
            "{asked} is not asked as it should be: {}; see `request`",
            answer.text()
        );
    }
}

#[test]
fn a_cookie_changes_nothing_from_another_page() {
    let (server, cases) = world();
    let before = of_other(&server);
    for case in cases.iter().filter(|case| case.caller.headers.iter().any(|(name, _)| name == "cookie")) {
        let cookie = case.caller.headers[0].clone();
        let elsewhere = [
            vec![("sec-fetch-site", "cross-site")],
            vec![("sec-fetch-site", "same-site")],
            vec![("origin", "https://evil.example")],
            vec![("origin", "null")],
            vec![],
        ];
        for (method, path, endpoint, needs) in ROUTES.iter().filter(|(method, ..)| *method != "get") {
            if matches!(needs, Needs::Nothing | Needs::Signature) {
                continue;
            }
            let (path, body) = request(method, path, *endpoint, *needs, OWN);
            for from in &elsewhere {
                // A program may ask with a cookie and say nothing, but change nothing.
                if from.is_empty() && *endpoint == Endpoint::Query {
                    continue;
                }
                let mut headers = vec![(cookie.0.as_str(), cookie.1.as_str())];
                headers.extend(from);
                let answer = server.send(&method.to_uppercase(), &path, &headers, body.to_string().as_bytes());
                assert_eq!(
                    verdict(&answer),
                    (403, "cross_origin".to_owned()),
                    "{} {method} {path} {from:?}",
                    case.caller.name
                );
            }
        }
    }
    assert_eq!(of_other(&server), before);
}

#[test]
fn a_deleted_site_is_nobodys() {
    for name in ["owner", "boss", "operator"] {
        let (server, cases) = world();
        let deleter = cases.iter().find(|case| case.caller.name == name).unwrap();
        assert_eq!(deleter.caller.delete(&server, &format!("/api/v1/sites/{OWN}")).status, 204);
        for case in &cases {
            for (method, path, endpoint, needs) in ROUTES.iter().filter(|(.., needs)| matches!(needs, Needs::Site(_))) {
                let (answer, asked) = ask(&server, case, &(method, path, *endpoint, *needs), OWN);
                let status = answer.status;
                assert!(matches!(status, 401 | 404), "{} asked {asked}: {}", case.caller.name, answer.text());
            }
        }
        // Its name is not free for somebody else as long as its data is there.
        let again = operator(&server).post(&server, "/api/v1/sites", json!({"tracking_id": OWN, "name": "x"}));
        assert_eq!(again.problem(409), "tracking_id");
    }
}

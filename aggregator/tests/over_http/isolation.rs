//! Every route with every kind of credentials: nobody reaches a site that is not theirs, nor more of their own than
//! they may. Made from the table that the router is made from, so that a new route is tried too.

use serde_json::{Value, json};
use wire::account::Permission::SitesDelete;

use crate::people::{ledger, operator};
use crate::routes::{Endpoint, Needs, ROUTES};
use crate::server::{Answer, Server, wait_until};
use crate::world::{ALL, Case, NONE, OTHER, OTHERS, OWN, person, world};

/// A request of a route about a site: what it names besides, where that matters. What is in the way of no harm is named
/// by numbers that nothing has.
fn request(method: &str, path: &str, endpoint: Endpoint, needs: Needs, site: &str) -> (String, Value) {
    let about = json!({"tracking_id": site});
    let range =
        json!({"tracking_id": site, "date_range": {"start": "2026-02-02", "end": "2026-02-04"}, "metrics": ["events"]});
    let body = match endpoint {
        Endpoint::Query => range,
        Endpoint::Plausible => {
            json!({"site_id": site, "metrics": ["visitors"], "date_range": ["2026-02-02", "2026-02-04"]})
        }
        Endpoint::AddSite => json!({"name": "new.example"}),
        Endpoint::ChangeSite => json!({"name": "own.example"}),
        Endpoint::ChangeUser => json!({"is_owner": false}),
        Endpoint::SetMember => json!({"role": "viewer"}),
        Endpoint::Invite => json!({"role": "viewer"}),
        Endpoint::MakeKey => json!({"name": "x", "scopes": ["stats:read"], "tracking_id": site}),
        Endpoint::MakeShare => json!({"name": "x"}),
        Endpoint::AskFunnel => json!({"tracking_id": site, "date_range": "7d", "steps": [{}, {}]}),
        Endpoint::AskRetention | Endpoint::AskPaths | Endpoint::AskLifecycle => {
            json!({"tracking_id": site, "date_range": "7d"})
        }
        Endpoint::AskExperiment => json!({
            "tracking_id": site, "date_range": "7d", "property": "variant",
            "metrics": [{"name": "x", "kind": "revenue"}],
        }),
        Endpoint::AskAttribution => {
            json!({"tracking_id": site, "date_range": "7d", "conversion": {"event_type": "x"}})
        }
        Endpoint::MakeFunnel => json!({"tracking_id": site, "name": "x", "steps": [{}, {}]}),
        Endpoint::ChangeFunnel => json!({"tracking_id": site, "name": "y", "steps": [{}, {}]}),
        Endpoint::MakeExperiment | Endpoint::ChangeExperiment => json!({
            "name": if endpoint == Endpoint::MakeExperiment { "x" } else { "y" },
            "definition": {"property": "variant", "metrics": [{"name": "x", "kind": "revenue"}]},
        }),
        Endpoint::MakeReport => json!({"name": "x", "query": range}),
        Endpoint::ChangeReport => json!({"name": "y"}),
        Endpoint::MakeDashboard => json!({"name": "x", "layout": {"date_range": "28d", "widgets": []}}),
        Endpoint::ChangeDashboard => json!({"name": "y"}),
        Endpoint::MakeNote => json!({"at_ms": 1, "text": "x"}),
        Endpoint::ChangeNote => json!({"text": "y"}),
        Endpoint::MakeSavedSegment => json!({"name": "x", "filters": {"country": "US"}}),
        Endpoint::ChangeSavedSegment => json!({"name": "y"}),
        Endpoint::MakeAlert => json!({"name": "x", "definition": watched()}),
        Endpoint::ChangeAlert => json!({"name": "y"}),
        Endpoint::ChooseDigests => json!({"weekly": true, "monthly": false}),
        Endpoint::AddSubscriber => json!({"email": "board@far.example", "weekly": true}),
        Endpoint::PreviewAlert => json!({"definition": watched()}),
        Endpoint::ChangePassword => json!({"current": "not the present one", "new": "another long one"}),
        Endpoint::SetUp | Endpoint::AcceptInvitation => {
            json!({"token": "x", "email": "x@shop.example", "password": "something long"})
        }
        Endpoint::ResetPassword => json!({"token": "x", "password": "something long"}),
        Endpoint::SignIn => json!({"token": "x"}),
        Endpoint::OpenShare => json!({}),
        Endpoint::Delete | Endpoint::Person => json!({"tracking_id": site, "visitor": "00".repeat(16)}),
        _ if method == "get" || method == "delete" => Value::Null,
        _ => about,
    };
    let query = match (endpoint, needs) {
        (Endpoint::Export | Endpoint::Outcomes, _) => format!("?tracking_id={site}&start=2026-02-02&end=2026-02-04"),
        (Endpoint::Settings, _) => format!("?site={site}"),
        (_, Needs::Site(_)) if method == "get" && !path.contains("{tracking_id}") && !path.contains("{funnel_id}") => {
            format!("?tracking_id={site}")
        }
        _ => String::new(),
    };
    let mut path =
        path.replace("{tracking_id}", site).replace("{slug}", &"0".repeat(32)).replace("{id}", &"0".repeat(32));
    path = path.replace("{token}", &"0".repeat(64));
    path = path.replace("{funnel_id}", &format!("{site}.987654"));
    // All else is a number of something.
    while let Some((before, rest)) = path.split_once('{') {
        path = format!("{before}987654{}", rest.split_once('}').unwrap().1);
    }
    (path + &query, body)
}

/// What an alert may watch.
fn watched() -> Value {
    json!({"metric": "visits", "interval": "hour", "condition": {"kind": "spike"}})
}

/// Status and code of an answer.
fn verdict(answer: &Answer) -> (u16, String) {
    if answer.status < 400 {
        return (answer.status, String::new());
    }
    let told: Value = answer.json();
    // Plausible's API has words alone.
    let code = told["code"].as_str().unwrap_or_else(|| match (answer.status, told["error"].as_str().unwrap()) {
        (401, _) => "unauthenticated",
        (403, words) if words.starts_with("origin: ") => "cross_origin",
        (403, _) => "forbidden",
        (404, words) if words.starts_with("tracking_id: ") => "no_such_site",
        (_, words) => panic!("{words}"),
    });
    (answer.status, code.to_owned())
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
        // A key may be made for a site; for those of others as little as for none.
        Needs::Person if case.is_person && found.1 == "no_such_site" => {
            assert!(
                site == NONE || (site == OTHER && case.everywhere.is_empty()),
                "{} asked {asked}",
                case.caller.name
            );
        }
        Needs::Person if case.is_person => passes(),
        Needs::Everywhere(permission) if case.everywhere.contains(&permission) => passes(),
        Needs::Person | Needs::Everywhere(_) => says(403, "forbidden"),
        Needs::Site(_) | Needs::Own(_) if site == NONE => says(404, "no_such_site"),
        Needs::Site(permission) | Needs::Own(permission) if case.everywhere.contains(&permission) => passes(),
        Needs::Site(_) | Needs::Own(_) if !case.everywhere.is_empty() => says(403, "forbidden"),
        // Not theirs: as if it were not there.
        Needs::Site(_) | Needs::Own(_) if site == OTHER && case.caller.name != "key of other" => {
            says(404, "no_such_site")
        }
        Needs::Site(_) | Needs::Own(_) if site == OTHER => {}
        Needs::Site(_) | Needs::Own(_) if case.on_own.is_empty() => says(404, "no_such_site"),
        Needs::Site(permission) | Needs::Own(permission) if case.on_own.contains(&permission) => passes(),
        Needs::Site(_) | Needs::Own(_) => says(403, "forbidden"),
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
        "SELECT report || reports.name FROM reports JOIN sites USING (site) WHERE tracking_id = 'UA-OTHER'",
        "SELECT dashboard || dashboards.name FROM dashboards JOIN sites USING (site) WHERE tracking_id = 'UA-OTHER'",
        "SELECT note || text FROM notes JOIN sites USING (site) WHERE tracking_id = 'UA-OTHER'",
        "SELECT segment || saved_segments.name FROM saved_segments JOIN sites USING (site) WHERE tracking_id = 'UA-OTHER'",
        "SELECT funnel || funnels.name FROM funnels JOIN sites USING (site) WHERE tracking_id = 'UA-OTHER'",
        "SELECT experiment || experiments.name FROM experiments JOIN sites USING (site) WHERE tracking_id = 'UA-OTHER'",
        "SELECT alert || alerts.name || version FROM alerts JOIN sites USING (site) WHERE tracking_id = 'UA-OTHER'",
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
    matches!(endpoint, Endpoint::SignOut | Endpoint::LeaveShare | Endpoint::DeleteSite)
}

fn ask(server: &Server, case: &Case, route: &(&str, &str, Endpoint, Needs), site: &str) -> (Answer, String) {
    let (method, path, endpoint, needs) = *route;
    let (path, body) = request(method, path, endpoint, needs, site);
    let answer = if matches!(endpoint, Endpoint::Live | Endpoint::Feed) {
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
    assert!(before.len() >= 6, "{before:?}");
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
                    && matches!(
                        endpoint,
                        Endpoint::Realtime
                            | Endpoint::Live
                            | Endpoint::Outcomes
                            | Endpoint::Reports
                            | Endpoint::Notes
                            | Endpoint::SavedSegments
                            | Endpoint::Funnels
                            | Endpoint::Experiments
                    )
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
            if let Needs::Site(_) | Needs::Own(_) = needs
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
fn what_anybody_may_ask_is_known() {
    // The test above believes the table; so what the table lets anybody do stands here once more.
    let ask_a_secret = ["session", "setup", "accept", "reset", "{slug}", "{slug}/session", "unsubscribe/{token}"];
    let say_nothing = ["/healthz", "/readyz", "/api/openapi.yaml", "/sdk/{file}"];
    // By a token of the settings, or to this machine alone.
    let check_themselves = ["/metrics"];
    for (method, path, endpoint, needs) in ROUTES {
        let is_open = say_nothing.contains(path)
            || check_themselves.contains(path)
            || (*method != "get" || matches!(endpoint, Endpoint::Share | Endpoint::Unsubscribing))
                && ask_a_secret.iter().any(|end| path.ends_with(end));
        match needs {
            Needs::Nothing => assert!(is_open, "{method} {path}"),
            Needs::Signature => assert!(path.starts_with("/edge/"), "{method} {path}"),
            // What is asked with any credentials changes nothing.
            Needs::Credentials => assert_eq!(*method, "get", "{path}"),
            Needs::Person | Needs::Everywhere(_) => assert!(!path.contains("{tracking_id}"), "{method} {path}"),
            Needs::Site(_) => {}
            // It is no other's to change.
            Needs::Own(_) => assert!(path.contains("/own"), "{method} {path}"),
        }
    }
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
        let numbers = ["{user}", "{funnel_id}", "{alert}", "{experiment}"];
        let is_by_number = numbers.iter().any(|number| route.1.contains(number))
            || route.1.ends_with('}') && !route.1.ends_with("{tracking_id}");
        let expected = if is_by_number { found.0 == 404 && found.1 != "no_such_site" } else { found.0 < 300 };
        // The operator has no password to change, and no address for letters.
        let is_a_persons = matches!(route.2, Endpoint::ChangePassword | Endpoint::ChooseDigests | Endpoint::TestDigest);
        assert!(expected || is_a_persons, "{asked} is not asked as it should be: {}; see `request`", answer.text());
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
                let asks = [
                    Endpoint::AskFunnel,
                    Endpoint::AskRetention,
                    Endpoint::AskPaths,
                    Endpoint::AskLifecycle,
                    Endpoint::PreviewAlert,
                    Endpoint::AskExperiment,
                    Endpoint::AskAttribution,
                ];
                let is_question = matches!(endpoint, Endpoint::Query | Endpoint::Plausible) || asks.contains(endpoint);
                if from.is_empty() && is_question {
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
            for (method, path, endpoint, needs) in
                ROUTES.iter().filter(|(.., needs)| matches!(needs, Needs::Site(_) | Needs::Own(_)))
            {
                let (answer, asked) = ask(&server, case, &(method, path, *endpoint, *needs), OWN);
                let status = answer.status;
                assert!(matches!(status, 401 | 404), "{} asked {asked}: {}", case.caller.name, answer.text());
            }
        }
        // Its name is free for somebody else as soon as its data is gone, and not before.
        let name = json!({"tracking_id": OWN, "name": "x"});
        wait_until("the site's data to be gone", || {
            let again = operator(&server).post(&server, "/api/v1/sites", name.clone());
            let is_free = again.status == 201;
            assert!(is_free || again.problem(409) == "tracking_id");
            is_free.then_some(())
        });
    }
}

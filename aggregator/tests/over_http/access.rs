//! Who may read what.

use serde_json::{Value, json};

use crate::edge::Edge;
use crate::server::{Answer, Server, bearer};
use crate::visits::three_days;

fn sign_in(server: &Server, link: &str, headers: &[(&str, &str)]) -> Answer {
    let (url, token) = link.split_once('#').unwrap();
    assert!(url.ends_with("/signin"), "{url}");
    server.post("/api/v1/session", headers, json!({"token": token}).to_string().as_bytes())
}

fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap().to_owned()
}

fn sites(answer: &Answer) -> Vec<String> {
    let sites: Value = answer.json();
    sites["sites"].as_array().unwrap().iter().map(|site| site["tracking_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_link_signs_in_once() {
    let server = Server::start();
    server.site("UA-1");
    server.site("UA-2");
    let link = server.command(&["link"]);
    let signed_in = sign_in(&server, &link, &[]);
    assert_eq!(signed_in.status, 204, "{}", signed_in.text());
    let attributes = signed_in.header("set-cookie").to_owned();
    for attribute in ["tidemark_session=", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"] {
        assert!(attributes.contains(attribute), "{attributes}");
    }
    assert!(!attributes.contains("Secure"), "public_url is http here");
    assert_eq!(sign_in(&server, &link, &[]).problem(401), "token");
    assert_eq!(sign_in(&server, "/signin#never", &[]).problem(401), "token");

    let cookie = cookie(&signed_in);
    let listed = server.get("/api/v1/sites", &[("cookie", &format!("a=b; {cookie}"))]);
    assert_eq!(sites(&listed), ["UA-1", "UA-2"]);
    // The session outlives the process; its secret is not in the ledger.
    let server = server.kill_and_restart();
    assert_eq!(server.get("/api/v1/sites", &[("cookie", &cookie)]).status, 200);
    let ledger = std::fs::read(server.folder.path().join("ledger.sqlite")).unwrap();
    let secret = cookie.split_once('=').unwrap().1.as_bytes();
    assert!(!ledger.windows(secret.len()).any(|window| window == secret));
}

#[test]
fn a_session_is_changed_by_its_own_pages_alone() {
    let server = Server::start();
    server.site("UA-1");
    let link = server.command(&["link"]);
    assert_eq!(sign_in(&server, &link, &[("origin", "https://evil.example")]).problem(403), "origin");
    let signed_in = sign_in(&server, &link, &[("origin", &server.url), ("sec-fetch-site", "same-origin")]);
    assert_eq!(signed_in.status, 204);
    let cookie = cookie(&signed_in);
    let sign_out = |headers: &[(&str, &str)]| server.send("DELETE", "/api/v1/session", headers, b"");
    assert_eq!(sign_out(&[("cookie", &cookie)]).problem(403), "origin");
    assert_eq!(sign_out(&[("cookie", &cookie), ("origin", "null")]).problem(403), "origin");
    assert_eq!(sign_out(&[("cookie", &cookie), ("sec-fetch-site", "cross-site")]).problem(403), "origin");
    assert_eq!(server.get("/api/v1/sites", &[("cookie", &cookie)]).status, 200);
    let signed_out = sign_out(&[("cookie", &cookie), ("origin", &server.url)]);
    assert_eq!(signed_out.status, 204);
    assert!(signed_out.header("set-cookie").contains("Max-Age=0"));
    server.get("/api/v1/sites", &[("cookie", &cookie)]).problem(401);
    sign_out(&[]).problem(401);
}

#[test]
fn a_secure_server_has_a_secure_cookie() {
    let server = Server::start_with(tempfile::tempdir().unwrap(), &[("TIDEMARK_PUBLIC_URL", "https://stats.example")]);
    let link = server.command(&["link"]);
    assert!(sign_in(&server, &link, &[]).header("set-cookie").contains("; Secure"));
}

#[test]
fn a_token_reads_its_own_site_alone() {
    let server = Server::start();
    let (own, other) = (server.site("UA-1"), server.site("UA-2"));
    Edge::join(&server, 1, "UA-1").deliver(&server, &three_days(1, 5));
    let query = json!({"tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"}, "metrics": ["events"]});
    let answer: Value = server.query(&own, &query).json();
    assert_eq!(answer["rows"], json!([{"events": 5}]));

    let ask = |token: &str, site: &str| {
        let headers = [("authorization", bearer(token))];
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let query = json!({"tracking_id": site, "date_range": {"start": "2026-02-02", "end": "2026-02-04"}, "metrics": ["events"]});
        let answers = [
            server.post("/api/v1/query", &headers, query.to_string().as_bytes()),
            server.get(&format!("/api/v1/realtime?tracking_id={site}"), &headers),
            server.get(&format!("/api/v1/live?tracking_id={site}"), &headers),
        ];
        answers.map(|answer| {
            assert_eq!(answer.problem(404), "tracking_id");
            answer.text()
        })
    };
    // Another's site and no site at all look the same.
    assert_eq!(ask(&other, "UA-1"), ask(&other, "UA-9"));
    assert_eq!(sites(&server.get("/api/v1/sites", &[("authorization", &bearer(&other))])), ["UA-2"]);

    assert_eq!(server.command(&["token", "list"]), "1\tUA-1\ttest\n2\tUA-2\ttest");
    server.command(&["token", "revoke", "1"]);
    server.query(&own, &query).problem(401);
    assert!(!server.try_command(&["token", "revoke", "1"]).status.success());
}

#[test]
fn without_credentials_nothing_is_read() {
    let server = Server::start();
    let token = server.site("UA-1");
    let session = format!("tidemark_session={}", "0".repeat(64));
    let basic = format!("Basic {token}");
    let wrong: [&[(&str, &str)]; 6] = [
        &[],
        &[("authorization", "Bearer")],
        &[("authorization", "Bearer wrong")],
        &[("authorization", &basic)],
        &[("authorization", &token)],
        &[("cookie", &session)],
    ];
    for headers in wrong {
        for path in ["/api/v1/sites", "/api/v1/realtime?tracking_id=UA-1", "/api/v1/live?tracking_id=UA-1"] {
            let answer = server.get(path, headers);
            answer.problem(401);
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
        server.post("/api/v1/query", headers, b"{}").problem(401);
    }
}

#[test]
fn secrets_are_not_logged() {
    let server = Server::start_with(tempfile::tempdir().unwrap(), &[("TIDEMARK_LOG_FILTER", "trace")]);
    let token = server.site("UA-1");
    let link = server.command(&["link"]);
    let signed_in = sign_in(&server, &link, &[]);
    let cookie = cookie(&signed_in);
    server.get("/api/v1/sites", &[("authorization", &bearer(&token))]);
    server.get("/api/v1/sites?token=secret-in-query", &[("cookie", &cookie)]);
    let log = server.log().join("\n");
    assert!(log.contains("/api/v1/session"), "{log}");
    for secret in
        [token.as_str(), link.split_once('#').unwrap().1, cookie.split_once('=').unwrap().1, "secret-in-query"]
    {
        assert!(!log.contains(secret), "{log}");
    }
}

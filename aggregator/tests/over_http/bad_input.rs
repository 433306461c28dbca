//! Whatever is sent, the answer is a problem that names what is wrong, and never the server's fault.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::server::{Server, bearer};

#[test]
fn a_question_that_cannot_be_read_names_the_field() {
    let server = Server::start();
    let token = server.site("UA-1");
    let authorization = bearer(&token);
    let check = |body: &str, status: u16, field: &str| {
        let answer = server.post("/api/v1/query", &[("authorization", &authorization)], body.as_bytes());
        let start: String = body.chars().take(200).collect();
        assert_eq!(answer.problem(status), field, "{start}: {}", answer.text());
        assert!(answer.body.len() < 1000, "{start}: an answer quotes little");
    };
    check("", 400, "body");
    check("{", 400, "body");
    check("[]", 400, "body");
    check("null", 400, "body");
    check("\u{0}", 400, "body");
    check(&"[".repeat(60_000), 400, "body");
    check(&" ".repeat(65 * 1024), 413, "body");
    check(&" ".repeat(900 * 1024), 413, "body");
    check(r#"["UA-1", {"start": "2026-02-02", "end": "2026-02-04"}, ["events"]]"#, 400, "body");
    let with = |changes: Value| {
        let mut query = json!({"tracking_id": "UA-1", "date_range": {"start": "2026-02-02", "end": "2026-02-04"}, "metrics": ["events"]});
        query.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        query.to_string()
    };
    check(&(with(json!({})) + "x"), 400, "body");
    check(&with(json!({"surprise": 1})), 400, "surprise");
    check(&with(json!({"x".repeat(5000): 1})), 400, &"x".repeat(300));
    check(&with(json!({"tracking_id": 7})), 400, "tracking_id");
    check(&with(json!({"tracking_id": "a b"})), 400, "tracking_id");
    check(&with(json!({"metrics": ["clicks"]})), 400, "metrics[0]");
    check(&with(json!({"metrics": []})), 400, "metrics");
    check(&with(json!({"metrics": "events"})), 400, "metrics");
    check(&with(json!({"dimensions": ["planet"]})), 400, "dimensions[0]");
    check(&with(json!({"dimensions": ["date", "hour"]})), 400, "dimensions");
    check(&with(json!({"date_range": "someday"})), 400, "date_range");
    check(&with(json!({"date_range": 7})), 400, "date_range");
    check(&with(json!({"date_range": {"start": "2026-02-02"}})), 400, "date_range");
    check(&with(json!({"date_range": {"start": "2026-02-02", "end": "2026-02-01"}})), 400, "date_range.end");
    check(&with(json!({"date_range": {"start": "yesterday", "end": "2026-02-01"}})), 400, "date_range.start");
    check(
        &with(json!({"date_range": {"start": "2026-02-02", "end": "2026-02-04", "zone": "CET"}})),
        400,
        "date_range.zone",
    );
    check(&with(json!({"filters": {"page": 1}})), 400, "filters.page");
    check(&with(json!({"filters": {"planet": "x"}})), 400, "filters.planet");
    check(&with(json!({"filters": {"page": []}})), 400, "filters.page");
    check(&with(json!({"order_by": [{"field": "events", "direction": "up"}]})), 400, "order_by[0].direction");
    check(&with(json!({"order_by": [{"field": "sales"}]})), 400, "order_by");
    check(&with(json!({"limit": -1})), 400, "limit");
    check(&with(json!({"limit": 0})), 400, "limit");
    check(&with(json!({"limit": 1e9})), 400, "limit");
    check(&with(json!({"limit": 10_001})), 400, "limit");
    // What looks like SQL is a value like any other.
    let answer =
        server.query(&token, &serde_json::from_str(&with(json!({"filters": {"page": "' OR 1=1 --"}}))).unwrap());
    assert_eq!(answer.json::<Value>()["rows"], json!([{"events": 0}]));
}

#[test]
fn parameters_are_exactly_those_that_a_route_knows() {
    let server = Server::start();
    let authorization = bearer(&server.site("UA-1"));
    let check = |path: &str, field: &str| {
        let answer = server.get(path, &[("authorization", &authorization)]);
        assert_eq!(answer.problem(400), field, "{path}");
    };
    check("/api/v1/realtime", "tracking_id");
    check("/api/v1/realtime?tracking_id=", "tracking_id");
    check("/api/v1/realtime?tracking_id=UA-1&tracking_id=UA-1", "tracking_id");
    check("/api/v1/realtime?tracking_id=UA-1&days=3", "days");
    check("/api/v1/realtime?tracking_id=%00", "tracking_id");
    check("/api/v1/realtime?tracking_id=%ff%fe", "tracking_id");
    check("/api/v1/live?site=UA-1", "site");
    check("/api/v1/sites?page=2", "page");
}

#[test]
fn a_session_body_is_checked() {
    let server = Server::start();
    let check = |body: &str, status: u16, field: &str| {
        assert_eq!(server.post("/api/v1/session", &[], body.as_bytes()).problem(status), field, "{body}");
    };
    check("{}", 400, "body");
    check(r#"{"token":1}"#, 400, "token");
    check(r#"{"token":"a","more":1}"#, 400, "more");
    check(&format!(r#"{{"token":"{}"}}"#, "a".repeat(2000)), 413, "body");
    check(r#"{"token":""}"#, 401, "token");
}

#[test]
fn unknown_paths_and_methods_are_problems() {
    let server = Server::start();
    for (method, path) in [
        ("GET", "/api"),
        ("GET", "/api/v1/nothing"),
        ("POST", "/api/v1/nothing"),
        ("GET", "/edge"),
        ("POST", "/edge/v1/other"),
        ("GET", "/sdk/nothing.js"),
        ("GET", "/sdk/../ledger.sqlite"),
        ("GET", "/sdk/%2e%2e%2fledger.sqlite"),
        ("GET", "/assets/nothing.js"),
        ("DELETE", "/edge"),
    ] {
        server.send(method, path, &[], b"").problem(404);
    }
    for (method, path, allow) in [
        ("PUT", "/api/v1/query", "POST"),
        ("GET", "/api/v1/query", "POST"),
        ("POST", "/api/v1/realtime", "GET,HEAD"),
        ("GET", "/edge/v1/frames", "POST"),
        ("PUT", "/api/v1/session", "GET,HEAD,POST,DELETE"),
        ("DELETE", "/healthz", "GET,HEAD"),
        ("POST", "/", "GET, HEAD"),
        ("POST", "/sites/UA-1", "GET, HEAD"),
    ] {
        let answer = server.send(method, path, &[], b"");
        answer.problem(405);
        let sorted = |list: &str| {
            let mut methods: Vec<_> = list.split(',').map(|method| method.trim().to_owned()).collect();
            methods.sort();
            methods
        };
        assert_eq!(sorted(answer.header("allow")), sorted(allow), "{method} {path}");
    }
}

#[test]
fn pages_are_the_dashboards() {
    let server = Server::start();
    for path in ["/", "/signin", "/sites/UA-1", "/sites/UA-1/pages"] {
        let answer = server.get(path, &[]);
        let is_page = answer.status == 200 && answer.text().contains("<html");
        assert!(is_page || answer.text().contains("cargo xtask build"), "{path}: {}", answer.text());
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
    }
    let description = server.get("/api/openapi.yaml", &[]);
    assert!(description.text().starts_with("openapi: 3.1"));
}

#[test]
fn what_is_not_even_http_does_no_harm() {
    let server = Server::start();
    let address = server.url.strip_prefix("http://").unwrap();
    let requests: [&[u8]; 5] = [
        b"\x00\xff\x16\x03\x01",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999999999999999\r\n\r\n",
        b"POST /api/v1/session HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"GET /api/v1/sites HTTP/1.1\r\nhost: x\r\nauthorization: Bearer \xff\xfe\r\nconnection: close\r\n\r\n",
    ];
    for request in requests {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(crate::server::DEADLINE)).unwrap();
        stream.write_all(request).unwrap();
        let mut start = [0; 12];
        let read = stream.read(&mut start).unwrap_or(0);
        let answer = String::from_utf8_lossy(&start[..read]).into_owned();
        assert!(read == 0 || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    assert_eq!(server.get("/healthz", &[]).status, 200);
}

//! What all answers to readers have in common: tags, encodings, limits.

use crate::edge::{Edge, now_ms};
use crate::server::{Server, bearer};
use crate::visits::{Random, event};

#[test]
fn who_has_an_answer_is_told_so() {
    let server = Server::start();
    let authorization = bearer(&server.site("UA-1"));
    let get = |path: &str, tag: &str| server.get(path, &[("authorization", &authorization), ("if-none-match", tag)]);
    let outcomes = "/api/v1/outcomes?tracking_id=UA-1&start=2026-02-01&end=2026-02-02";
    for path in ["/api/v1/sites", outcomes, "/api/openapi.yaml"] {
        let first = get(path, "\"other\"");
        assert_eq!((first.status, first.header("cache-control")), (200, "private, no-cache"), "{path}");
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{tag}");
        let head = server.send("HEAD", path, &[("authorization", &authorization)], b"");
        assert_eq!((head.status, head.header("etag"), head.body.len()), (200, tag.as_str(), 0), "{path}");
        let again = get(path, &tag);
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, tag.as_str()), "{path}");
        assert_eq!(get(path, &format!("\"x\", {tag}")).status, 304);
        // Nobody learns of an answer without credentials.
        if path != "/api/openapi.yaml" {
            server.get(path, &[("if-none-match", &tag)]).problem(401);
        }
    }
    let refused = server.get("/api/v1/sites", &[]);
    assert_eq!((refused.header("etag"), refused.header("cache-control")), ("", "no-store"));
    // The present has the tag of its moment, and a new one with every change.
    let path = "/api/v1/realtime?tracking_id=UA-1";
    let tag = get(path, "").header("etag").to_owned();
    let again = get(path, &tag);
    assert!(again.status == 304 || again.header("etag") != tag);
    let mut edge = Edge::join(&server, 1, "UA-1");
    edge.deliver(&server, &[event(&mut Random(1), now_ms(), 5)]);
    let after = get(path, &tag);
    assert_eq!(after.status, 200);
    assert!(after.header("etag").starts_with("W/\"1."), "{}", after.header("etag"));
}

#[test]
fn long_answers_are_compressed_as_the_client_takes_it() {
    let server = Server::start();
    let authorization = bearer(&server.site("UA-1"));
    let realtime = "/api/v1/realtime?tracking_id=UA-1";
    let check = |path: &str, accepted: &str, expect: &str| {
        let answer = server.get(path, &[("authorization", &authorization), ("accept-encoding", accepted)]);
        assert_eq!((answer.status, answer.header("content-encoding")), (200, expect), "{path} {accepted}");
        answer.body
    };
    let plain = check(realtime, "identity", "");
    let (gzip, brotli) = (check(realtime, "gzip", "gzip"), check(realtime, "gzip;q=0.5, br", "br"));
    assert_eq!(gzip[..2], [0x1f, 0x8b]);
    assert!(
        plain.len() > 1500 && gzip.len() < plain.len() / 2 && brotli.len() < gzip.len(),
        "{} {} {}",
        plain.len(),
        gzip.len(),
        brotli.len()
    );
    check("/metrics", "gzip", "gzip");
    // What fits a packet is left alone.
    check("/api/v1/sites", "gzip, br", "");
    let vary = server.get(realtime, &[("authorization", &authorization), ("accept-encoding", "gzip")]);
    assert!(vary.header("vary").contains("accept-encoding"));
}

#[test]
fn who_asks_too_much_is_told_when_to_come_again() {
    let rates = "{ credential_per_second = 1, credential_burst = 5, address_per_second = 1, address_burst = 8 }";
    let environment = [("TIDEMARK_READ_RATES", rates), ("TIDEMARK_PROXIES", "[\"127.0.0.1\"]")];
    let server = Server::start_with(tempfile::tempdir().unwrap(), &environment);
    let tokens = ["UA-1", "UA-2"].map(|site| bearer(&server.site(site)));
    let ask = |token: usize, address: &str| {
        server.get("/api/v1/sites", &[("authorization", tokens[token].as_str()), ("x-forwarded-for", address)])
    };
    // By credential, wherever it comes from.
    let answers: Vec<u16> = (0..7).map(|n| ask(0, &format!("192.0.{n}.1")).status).collect();
    assert_eq!(answers[..5], [200; 5]);
    let refused = ask(0, "192.0.99.1");
    if refused.status != 200 {
        refused.problem(429);
        assert_eq!(refused.header("retry-after"), "1");
        assert!(refused.text().contains("of this credential"));
    }
    assert!(answers[5..].contains(&429), "{answers:?}");
    // By block of addresses, whatever it shows.
    let answers: Vec<_> = (0..12)
        .map(|n| {
            server.get(
                "/api/v1/sites",
                &[("authorization", &format!("Bearer {n}")), ("x-forwarded-for", &format!("1.1.1.1, 203.0.113.{n}"))],
            )
        })
        .collect();
    let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(statuses[..8], [401; 8]);
    let refused = answers.iter().find(|answer| answer.status == 429).expect("one is refused");
    refused.problem(429);
    assert!(refused.text().contains("of this address"));
    // The rest of the server is not for readers, and goes on.
    assert_eq!(server.get("/healthz", &[("x-forwarded-for", "203.0.113.1")]).status, 200);
    Edge::join(&server, 1, "UA-1").deliver(&server, &[event(&mut Random(1), now_ms(), 5)]);
    // Another token from another place asks freely.
    assert_eq!(ask(1, "198.51.100.1").status, 200);
}

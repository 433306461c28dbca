//! The edge under a path of a customer's own domain: behind a proxy as nginx or Caddy would be, and its SDK's files.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::process::Command;
use std::sync::Arc;
use std::thread;

use e2e::artifacts::Artifacts;
use e2e::edge::CF_HEADER;
use e2e::http;
use e2e::trial::{SITE, Trial};
use serde_json::json;
use tiny_http::{Header, Response, Server};

/// Where the proxy says that it is, as the runtime would.
const PROXY: &str = "192.0.2.10";

/// A customer's site: a page, and everything below `/stats/` handed on with its path, as the documentation's lines do.
struct CustomerSite {
    server: Arc<Server>,
    url: String,
}

impl CustomerSite {
    fn open(edge_url: String) -> Self {
        let server = Arc::new(Server::http("127.0.0.1:0").unwrap());
        let url = format!("http://{}", server.server_addr().to_ip().unwrap());
        let serving = Arc::clone(&server);
        thread::spawn(move || {
            for request in serving.incoming_requests() {
                answer(request, &edge_url);
            }
        });
        Self { server, url }
    }
}

impl Drop for CustomerSite {
    fn drop(&mut self) {
        self.server.unblock();
    }
}

fn answer(mut request: tiny_http::Request, edge_url: &str) {
    let path = request.url().to_owned();
    if !path.starts_with("/stats/") {
        let page = format!(
            "<!doctype html><title>Shop</title><script async src=\"/stats/sdk/tidemark.js\" data-site=\"{SITE}\" data-local \
             data-endpoint=\"/stats\"></script><noscript><img src=\"/stats/p.gif?tracking_id={SITE}\" alt=\"\" \
             referrerpolicy=\"no-referrer-when-downgrade\"></noscript>"
        );
        let kind = Header::from_bytes("content-type", "text/html; charset=utf-8").unwrap();
        // A browser that went away needs no answer.
        let _ = request.respond(Response::from_string(page).with_header(kind));
        return;
    }
    let header = |name: &str| {
        let found = request.headers().iter().find(|header| header.field.as_str().as_str().eq_ignore_ascii_case(name));
        found.map(|header| header.value.as_str().to_owned())
    };
    let forwarded = header("x-forwarded-for").map_or("127.0.0.1".to_owned(), |before| format!("{before}, 127.0.0.1"));
    let forwarded = header("x-test-client").unwrap_or(forwarded);
    let mut headers = vec![("cf-connecting-ip", PROXY.to_owned()), ("x-forwarded-for", forwarded)];
    // What workerd would be told of the proxy itself.
    headers.push((CF_HEADER, r#"{"country":"US","asn":16509,"asOrganization":"Amazon"}"#.to_owned()));
    for name in ["user-agent", "content-type", "accept-encoding", "if-none-match", "referer", "sec-ch-ua"] {
        headers.extend(header(name).map(|value| (name, value)));
    }
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let url = format!("{edge_url}{path}");
    let mut body = Vec::new();
    request.as_reader().read_to_end(&mut body).unwrap();
    let is_post = request.method().as_str() == "POST";
    let answer = if is_post { http::post(&url, &headers, &body) } else { http::get_with(&url, &headers) }.unwrap();
    let mut response = Response::from_data(answer.body).with_status_code(answer.status);
    for (name, value) in &answer.headers {
        if !matches!(name.as_str(), "content-length" | "transfer-encoding" | "connection") {
            response.add_header(Header::from_bytes(name.as_bytes(), value.as_bytes()).unwrap());
        }
    }
    let _ = request.respond(response);
}

/// A real browser on the customer's site, then visitors at addresses of their own.
#[test]
fn a_path_of_the_customers_domain_does_it_all() {
    let mut trial = Trial::start().unwrap();
    trial.stack.edge.trust(PROXY).unwrap();
    trial.strike_edge().unwrap();
    let site = CustomerSite::open(trial.stack.edge.url());
    let status = Command::new("node").arg("browser/first_party.mjs").env("SHOP_URL", &site.url).status().unwrap();
    assert!(status.success(), "browser/first_party.mjs ended with {status}");
    // By script, and without.
    let events = trial.drained(2).unwrap();
    let paths: BTreeSet<_> = events.iter().map(|event| event.path.as_str()).collect();
    assert_eq!(paths, BTreeSet::from(["/with", "/without"]));
    // Nothing that is true of the proxy alone is said of the visitor.
    assert!(events.iter().all(|event| event.country.is_empty()), "{events:?}");

    let event = json!({"n": "view", "u": "https://shop.example/", "d": SITE}).to_string();
    let from = |client: &str| {
        let headers = [("user-agent", "a browser"), ("x-test-client", client)];
        let answer = http::post(&format!("{}/stats/api/event", site.url), &headers, event.as_bytes()).unwrap();
        assert_eq!(answer.status, 202);
    };
    for client in ["203.0.113.1", "203.0.113.2", "10.0.0.1, 203.0.113.2", "203.0.113.2, 192.0.2.10"] {
        from(client);
    }
    // Straight to the edge, anybody may claim anything.
    for claimed in ["203.0.113.7", "203.0.113.8"] {
        let headers = [("user-agent", "a browser"), ("cf-connecting-ip", "198.51.100.1"), ("x-forwarded-for", claimed)];
        let url = format!("{}/api/event", trial.stack.edge.url());
        assert_eq!(http::post(&url, &headers, event.as_bytes()).unwrap().status, 202);
    }
    let events = trial.drained(8).unwrap();
    let visitors: BTreeSet<_> =
        events.iter().filter(|event| event.event_type == "view").filter_map(|event| event.visitor).collect();
    assert_eq!(visitors.len(), 3, "203.0.113.1, 203.0.113.2, 198.51.100.1");
}

#[test]
fn the_sdk_is_served_as_it_was_built() {
    let trial = Trial::start().unwrap();
    let edge = trial.stack.edge.url();
    let built = Artifacts::from_env().unwrap().edge_dir.join("../sdk");
    let mut served = 0;
    for file in fs::read_dir(built).unwrap().map(|entry| entry.unwrap().path()) {
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        let answer = http::get(&format!("{edge}/stats/sdk/{name}")).unwrap();
        if name.ends_with(".br") || name.ends_with(".gz") {
            assert_eq!(answer.status, 404, "{name}");
            continue;
        }
        assert_eq!((answer.status, &answer.body), (200, &fs::read(&file).unwrap()), "{name}");
        // `core.0123456789abcdef.wasm`: its content's hash is 16 digits.
        let is_hashed = name.split('.').any(|part| part.len() == 16 && part.bytes().all(|b| b.is_ascii_hexdigit()));
        let is_for_ever = answer.header("cache-control").unwrap().contains("immutable");
        assert_eq!(is_for_ever, is_hashed, "{name}");
        if name.ends_with(".wasm") {
            assert_eq!(answer.header("content-type"), Some("application/wasm"));
        }
        served += 1;
    }
    assert!(served >= 2, "a script and its module");
    let script = http::get(&format!("{edge}/sdk/tidemark.js")).unwrap();
    assert_eq!(script.status, 200);
    for (name, value) in [
        ("content-type", "text/javascript; charset=utf-8"),
        ("cache-control", "public, max-age=3600"),
        ("access-control-allow-origin", "*"),
        ("cross-origin-resource-policy", "cross-origin"),
        ("timing-allow-origin", "*"),
        ("vary", "accept-encoding"),
        ("x-content-type-options", "nosniff"),
    ] {
        assert_eq!(script.header(name), Some(value), "{name}");
    }
    let head = http::agent().head(&format!("{edge}/sdk/tidemark.js")).call().unwrap();
    assert_eq!(
        (head.status().as_u16(), head.headers()["cache-control"].to_str().unwrap()),
        (200, "public, max-age=3600")
    );
    let raw = |path: &str, encoding: &str| {
        let agent = http::agent();
        let mut answer = agent.get(&format!("{edge}{path}")).header("accept-encoding", encoding).call().unwrap();
        let named = answer.headers().get("content-encoding").map(|value| value.to_str().unwrap().to_owned());
        let tag = answer.headers()["etag"].to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        answer.body_mut().as_reader().read_to_end(&mut bytes).unwrap();
        (named, tag, bytes)
    };
    let (identity, plain_tag, plain) = raw("/stats/sdk/tidemark.js", "identity");
    assert_eq!((identity, &plain), (None, &script.body));
    let (named, brotli_tag, packed) = raw("/sdk/tidemark.js", "gzip, deflate, br");
    assert_eq!(named.as_deref(), Some("br"));
    assert!(packed.len() < plain.len() * 2 / 3, "{} of {} bytes", packed.len(), plain.len());
    assert_ne!(plain_tag, brotli_tag);
    let (named, _, packed) = raw("/sdk/tidemark.js", "br;q=0, gzip");
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert_eq!((named.as_deref(), unpacked), (Some("gzip"), plain));

    for tag in [&plain_tag, &brotli_tag, &format!("W/{plain_tag}"), &format!("\"x\", {brotli_tag}")] {
        let again = http::get_with(&format!("{edge}/sdk/tidemark.js"), &[("if-none-match", tag)]).unwrap();
        assert_eq!((again.status, again.body.len()), (304, 0), "{tag}");
    }
    assert_eq!(http::get_with(&format!("{edge}/sdk/tidemark.js"), &[("if-none-match", "\"x\"")]).unwrap().status, 200);
    for (path, status) in [
        ("/sdk/", 404),
        ("/sdk/nothing.js", 404),
        ("/sdk/../sdk", 404),
        ("/stats/healthz", 200),
        ("/stats/nowhere", 404),
        ("/stats/api/v1/events", 405),
    ] {
        assert_eq!(http::get(&format!("{edge}{path}")).unwrap().status, status, "{path}");
    }
    assert_eq!(http::post(&format!("{edge}/sdk/tidemark.js"), &[], b"x").unwrap().status, 405);
}

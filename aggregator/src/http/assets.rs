//! The files inside the program: the tracking SDK for every site, the dashboard for its owner.
//!
//! | path | kept by browsers | from other origins |
//! |---|---|---|
//! | `/sdk/tidemark.js` | ten minutes: it names the other files by content, and is not to name for long what is gone | yes |
//! | `/sdk/*` | for ever: the name carries the content's hash | yes |
//! | `/assets/*` | for ever: the name carries the content's hash | no |
//! | `/flags/*` | a week: they are many and hardly ever change | no |
//! | other files, `index.html` for every page | asked for again each time, by ETag | no |

use std::fmt::Write;

use axum::extract::Path;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::refusal::Refusal;

/// What a page of the dashboard may load; `wasm-unsafe-eval` lets it run WebAssembly. [`policy`] says the rest.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data:; base-uri 'none'; form-action 'self'";

/// Where the pages are that other sites may embed: a shared link's, which lets nobody do anything but look.
const EMBEDDED: &str = "/embed/";

/// The page that shows every page of the dashboard.
const INDEX: &str = "index.html";

const NOT_BUILT: &str = "This build has no dashboard inside: run `cargo xtask build`.\n";

/// Headers that files of a kind carry.
type Headers = &'static [(&'static str, &'static str)];

const LOADER_HEADERS: Headers = &[
    ("cache-control", "public, max-age=600"),
    ("access-control-allow-origin", "*"),
    ("cross-origin-resource-policy", "cross-origin"),
];

const SDK_HEADERS: Headers = &[
    ("cache-control", "public, max-age=31536000, immutable"),
    ("access-control-allow-origin", "*"),
    ("cross-origin-resource-policy", "cross-origin"),
];

/// The file that pages name.
const LOADER: &str = "tidemark.js";

const HASHED_HEADERS: Headers = &[("cache-control", "public, max-age=31536000, immutable")];

const FLAG_HEADERS: Headers = &[("cache-control", "public, max-age=604800")];

const PAGE_HEADERS: Headers = &[("cache-control", "no-cache"), ("referrer-policy", "same-origin")];

#[derive(RustEmbed)]
#[folder = "$TIDEMARK_ASSETS_DIR/sdk"]
struct Sdk;

#[derive(RustEmbed)]
#[folder = "$TIDEMARK_ASSETS_DIR/dashboard"]
struct Dashboard;

/// `GET /sdk/{file}`
pub async fn sdk(Path(file): Path<String>, headers: HeaderMap) -> Result<Response, Refusal> {
    let kind = if file == LOADER { LOADER_HEADERS } else { SDK_HEADERS };
    respond::<Sdk>(&file, &headers, kind).ok_or(Refusal::NoSuchPath)
}

/// Any other `GET`: a file of the dashboard, else its page where `is_page`. A page may send test events to the `edge`.
///
/// # Errors
/// [`Refusal::NoSuchPath`] when it is neither.
pub fn dashboard(path: &str, is_page: bool, headers: &HeaderMap, edge: Option<&str>) -> Result<Response, Refusal> {
    let is_hashed = path.starts_with("/assets/");
    let kind = match path {
        _ if is_hashed => HASHED_HEADERS,
        _ if path.starts_with("/flags/") => FLAG_HEADERS,
        _ => PAGE_HEADERS,
    };
    let found = respond::<Dashboard>(path.trim_start_matches('/'), headers, kind);
    let page = || respond::<Dashboard>(INDEX, headers, PAGE_HEADERS);
    let mut response = match found {
        Some(found) => found,
        None if is_page => page().unwrap_or_else(|| (StatusCode::NOT_FOUND, NOT_BUILT).into_response()),
        None => return Err(Refusal::NoSuchPath),
    };
    if !is_hashed {
        let policy =
            HeaderValue::try_from(policy(path, edge)).map_err(|_| Refusal::Internal("a policy could not be made"))?;
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response)
}

/// What a page of the dashboard may load, who may embed it, and whom it may talk to: this server, and the edge where one is
/// configured.
fn policy(path: &str, edge: Option<&str>) -> String {
    let edge = edge.map(|origin| format!(" {origin}")).unwrap_or_default();
    let embedders = if path.starts_with(EMBEDDED) { "*" } else { "'none'" };
    format!("{CONTENT_SECURITY_POLICY}; frame-ancestors {embedders}; connect-src 'self'{edge}")
}

fn respond<Folder: RustEmbed>(name: &str, request: &HeaderMap, kind: Headers) -> Option<Response> {
    let content_type = content_type(name)?;
    let (encoding, file) = negotiate::<Folder>(name, request)?;
    let tag = entity_tag(&file);
    let mut response = if knows(request, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, content_type)], file.data).into_response()
    };
    let headers = response.headers_mut();
    headers.extend(kind.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.extend(HeaderValue::try_from(tag).ok().map(|tag| (header::ETAG, tag)));
    headers.extend(encoding.map(|encoding| (header::CONTENT_ENCODING, HeaderValue::from_static(encoding))));
    Some(response)
}

/// The smallest form of a file that the client takes.
fn negotiate<Folder: RustEmbed>(name: &str, request: &HeaderMap) -> Option<(Option<&'static str>, EmbeddedFile)> {
    let accepted = request.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for (encoding, ending) in [("br", "br"), ("gzip", "gz")] {
        if accepts(accepted, encoding)
            && let Some(file) = Folder::get(&format!("{name}.{ending}"))
        {
            return Some((Some(encoding), file));
        }
    }
    Folder::get(name).map(|file| (None, file))
}

/// Whether an `Accept-Encoding` takes `encoding`: named, or by `*`, and not with a weight of zero.
fn accepts(header: &str, encoding: &str) -> bool {
    let weight_of = |wanted: &str| {
        header.split(',').find_map(|part| {
            let (name, weight) = part.split_once(';').unwrap_or((part, "q=1"));
            let weight = weight.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(0.0);
            name.trim().eq_ignore_ascii_case(wanted).then_some(weight)
        })
    };
    weight_of(encoding).or_else(|| weight_of("*")).is_some_and(|weight: f32| weight > 0.0)
}

/// Names the content of a file in one encoding.
fn entity_tag(file: &EmbeddedFile) -> String {
    let hash = file.metadata.sha256_hash();
    let digits = hash.iter().take(16).fold(String::new(), |mut digits, byte| {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
        digits
    });
    format!("\"{digits}\"")
}

/// Whether the client has what a tag names.
pub(super) fn knows(request: &HeaderMap, tag: &str) -> bool {
    let known = request.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or_default();
    known.split(',').any(|known| known.trim().trim_start_matches("W/") == tag || known.trim() == "*")
}

/// The type of a file by its ending; none for what is never served by name, such as the compressed siblings.
fn content_type(name: &str) -> Option<&'static str> {
    Some(match name.rsplit_once('.')?.1 {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_talks_to_this_server_and_to_the_edge() {
        assert!(policy("/", None).ends_with("; frame-ancestors 'none'; connect-src 'self'"));
        assert!(policy("/embed/slug", None).contains("; frame-ancestors *;"));
        assert!(policy("/", Some("https://edge.example")).ends_with("; connect-src 'self' https://edge.example"));
    }

    #[test]
    fn encodings_are_taken_as_the_client_weighs_them() {
        fn check(header: &str, encoding: &str, expect: bool) {
            assert_eq!(accepts(header, encoding), expect, "{encoding} by {header:?}");
        }
        check("gzip, deflate, br", "br", true);
        check("gzip, deflate, br", "gzip", true);
        check("gzip;q=0.5, br;q=0", "br", false);
        check("gzip;q=0.5, br;q=0", "gzip", true);
        check("*", "br", true);
        check("br;q=0, *;q=0.1", "br", false);
        check("", "gzip", false);
        check("identity", "gzip", false);
        check("GZIP;q=1.000", "gzip", true);
    }
}

//! `GET /sdk/{file}`: the tracking SDK, from the folder that it was built into (`build.rs`).
//!
//! | file | kept by browsers |
//! |---|---|
//! | with its content's hash in its name | for ever |
//! | any other | an hour, then asked for again by `ETag` |

use worker::{EncodeBody, Request, Response};

/// A file, as it is and compressed.
struct File {
    name: &'static str,
    /// Hash of its content, in hex: the one that a hashed name carries.
    tag: &'static str,
    plain: &'static [u8],
    brotli: Option<&'static [u8]>,
    gzip: Option<&'static [u8]>,
}

static FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/sdk_files.rs"));

const FOR_EVER: &str = "public, max-age=31536000, immutable";
const FOR_AN_HOUR: &str = "public, max-age=3600";

/// A file of the SDK; none if there is none of that name.
pub fn file(name: &str, request: &Request) -> worker::Result<Option<Response>> {
    let Some(file) = FILES.iter().find(|file| file.name == name) else { return Ok(None) };
    let header = |name: &str| Ok::<_, worker::Error>(request.headers().get(name)?.unwrap_or_default());
    let accepted = header("accept-encoding")?;
    let compressed = [("br", file.brotli), ("gzip", file.gzip)].into_iter();
    let compressed = compressed.filter(|(encoding, _)| accepts(&accepted, encoding));
    let compressed = compressed.filter_map(|(encoding, bytes)| Some((encoding, bytes?))).next();
    let etag =
        format!("\"{}{}\"", file.tag, compressed.map(|(encoding, _)| format!("-{encoding}")).unwrap_or_default());
    let response = Response::builder()
        .with_header("content-type", content_type(name))?
        .with_header("cache-control", if name.contains(file.tag) { FOR_EVER } else { FOR_AN_HOUR })?
        .with_header("etag", &etag)?
        .with_header("vary", "accept-encoding")?
        .with_header("access-control-allow-origin", "*")?
        .with_header("cross-origin-resource-policy", "cross-origin")?
        .with_header("timing-allow-origin", "*")?
        .with_header("x-content-type-options", "nosniff")?;
    if knows(&header("if-none-match")?, file.tag) {
        return Ok(Some(response.with_status(304).empty()));
    }
    Ok(Some(match compressed {
        // Compressed already: the runtime is to pass it as it is.
        Some((encoding, bytes)) => response
            .with_header("content-encoding", encoding)?
            .with_encode_body(EncodeBody::Manual)
            .fixed(bytes.to_vec()),
        None => response.fixed(file.plain.to_vec()),
    }))
}

/// Whether `Accept-Encoding` names an encoding, and not with a weight of zero. Browsers name what they take.
fn accepts(accepted: &str, encoding: &str) -> bool {
    accepted.split(',').any(|part| {
        let (name, weight) = part.split_once(';').unwrap_or((part, ""));
        let is_refused = weight.trim().strip_prefix("q=").and_then(|q| q.parse().ok()) == Some(0.0);
        name.trim().eq_ignore_ascii_case(encoding) && !is_refused
    })
}

/// Whether `If-None-Match` names this content, in whichever encoding: proxies change that, and say so or not.
fn knows(known: &str, tag: &str) -> bool {
    known.split(',').any(|known| {
        let known = known.trim().trim_start_matches("W/").trim_matches('"');
        known.split('-').next() == Some(tag)
    })
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("json" | "map") => "application/json",
        Some("ts" | "txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

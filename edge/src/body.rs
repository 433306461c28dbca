//! Reads a request's body, however long it claims to be, up to a limit.

use domain::unpack::{self, UnpackError};
use futures_util::StreamExt;
use wire::limits::BODY_BYTES_MAX;
use wire::problem::Problem;
use worker::Request;

use crate::failure::Failure;

/// How much of a body that is too long is read and thrown away, so that its sender gets to read why: a client
/// that is still writing when the connection closes sees only that.
const DRAINED_BYTES_MAX: usize = 8 * BODY_BYTES_MAX;

/// How a body is written.
#[derive(Clone, Copy)]
enum Encoding {
    Identity,
    Gzip,
}

/// The body's bytes, unpacked. Nothing beyond the limit is kept, so a longer body, or one that unpacks to more,
/// costs no memory.
pub async fn read(request: &mut Request) -> Result<Vec<u8>, Failure> {
    let encoding = encoding(request)?;
    let body = read_packed(request).await?;
    match encoding {
        Encoding::Identity => Ok(body),
        Encoding::Gzip => unpack(&body),
    }
}

fn encoding(request: &Request) -> Result<Encoding, Failure> {
    match request.headers().get("content-encoding")?.as_deref() {
        None | Some("identity") => Ok(Encoding::Identity),
        Some("gzip") => Ok(Encoding::Gzip),
        Some(other) => {
            let detail = format!("must be gzip or identity, not {}", domain::page::cut(other, 40));
            Err(Problem::new(415, "unsupported_encoding", detail).with_field("content-encoding").into())
        }
    }
}

async fn read_packed(request: &mut Request) -> Result<Vec<u8>, Failure> {
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    let mut body = Vec::new();
    let mut read_bytes = 0;
    let mut stream = request.stream()?;
    while let Some(chunk) = stream.next().await {
        let chunk =
            chunk.map_err(|_| Problem::new(400, "body_cut_short", "the body ended before its declared length"))?;
        read_bytes += chunk.len();
        if read_bytes > DRAINED_BYTES_MAX {
            return Err(too_large());
        }
        if read_bytes <= BODY_BYTES_MAX {
            body.extend_from_slice(&chunk);
        }
    }
    if read_bytes > BODY_BYTES_MAX { Err(too_large()) } else { Ok(body) }
}

fn unpack(packed: &[u8]) -> Result<Vec<u8>, Failure> {
    unpack::gzip(packed, BODY_BYTES_MAX).map_err(|error| match error {
        UnpackError::TooLong(_) => too_large(),
        UnpackError::NotGzip(_) => {
            Problem::new(400, "unreadable_body", error.to_string()).with_field("content-encoding").into()
        }
    })
}

fn too_large() -> Failure {
    Problem::new(413, "body_too_large", format!("the body is longer than {BODY_BYTES_MAX} bytes")).into()
}

//! Reads a request's body, however long it claims to be, up to a limit.

use futures_util::StreamExt;
use wire::limits::BODY_BYTES_MAX;
use wire::problem::Problem;
use worker::Request;

use crate::failure::Failure;

/// How much of a body that is too long is read and thrown away, so that its sender gets to read why: a client
/// that is still writing when the connection closes sees only that.
const DRAINED_BYTES_MAX: usize = 8 * BODY_BYTES_MAX;

/// The body's bytes. Nothing beyond the limit is kept, so a longer body costs no memory.
pub async fn read(request: &mut Request) -> Result<Vec<u8>, Failure> {
    if let Some(encoding) = request.headers().get("content-encoding")?.filter(|e| e != "identity") {
        let detail = format!("content-encoding {} is not supported", domain::page::cut(&encoding, 40));
        return Err(Problem::new(415, "unsupported_encoding", detail).with_field("content-encoding").into());
    }
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

fn too_large() -> Failure {
    Problem::new(413, "body_too_large", format!("the body is longer than {BODY_BYTES_MAX} bytes")).into()
}

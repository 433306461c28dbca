//! Reads a request's body, however long it claims to be, up to a limit.

use futures_util::StreamExt;
use wire::limits::BODY_BYTES_MAX;
use wire::problem::Problem;
use worker::Request;

use crate::ingest::IngestError;

/// The body's bytes. Reading stops at the limit, so a longer body costs no memory.
pub async fn read(request: &mut Request) -> Result<Vec<u8>, IngestError> {
    if let Some(encoding) = request.headers().get("content-encoding")?.filter(|e| e != "identity") {
        let detail = format!("content-encoding {} is not supported", domain::page::cut(&encoding, 40));
        return Err(Problem::new(415, "unsupported_encoding", detail).with_field("content-encoding").into());
    }
    let declared = request.headers().get("content-length")?.and_then(|length| length.parse::<usize>().ok());
    if declared.is_some_and(|length| length > BODY_BYTES_MAX) {
        return Err(too_large());
    }
    if request.inner().body().is_none() {
        return Ok(Vec::new());
    }
    let mut body = Vec::with_capacity(declared.unwrap_or_default());
    let mut stream = request.stream()?;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| Problem::new(400, "body_cut_short", "the body ended before its declared length"))?;
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn too_large() -> IngestError {
    Problem::new(413, "body_too_large", format!("the body is longer than {BODY_BYTES_MAX} bytes")).into()
}

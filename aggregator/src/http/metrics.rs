//! `GET /metrics`: for operators and their collectors.

use std::fs;
use std::path::Path;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::peer::Peer;
use super::refusal::Refusal;
use super::{Shared, parameters};
use crate::clock::now_ms;
use crate::ledger;
use crate::metrics::{self, Holdings};
use crate::secret::SecretHash;

/// Files of the ledger begin with this.
const LEDGER: &str = "ledger.sqlite";

/// Answers whoever shows the token of the settings; without such a token, programs of this machine alone.
pub async fn metrics(
    State(service): State<Shared>,
    Extension(peer): Extension<Peer>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    match &service.config.metrics_token {
        Some(token) if bearer(&headers) != Some(token.hash()) => return Err(Refusal::Unauthenticated),
        None if !peer.is_local(&headers) => return Err(Refusal::MetricsAreLocal),
        _ => {}
    }
    parameters::none(query.as_deref())?;
    let (now_ms, folder) = (now_ms(), service.config.data_dir.clone());
    let hot_bytes = service.hot.bytes() as u64;
    let read = move |connection: &_| {
        let held = ledger::gauge::holdings(connection, now_ms)?;
        Ok(Holdings { ledger_bytes: stored(&folder), hot_bytes, ..held })
    };
    let holdings = service.lookups.read(read).await?;
    let text = metrics::text(holdings, now_ms).map_err(|_| Refusal::Internal("the metrics make no text"))?;
    Ok(([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response())
}

fn bearer(headers: &HeaderMap) -> Option<SecretHash> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    // Hashes are compared, so that the time it takes tells nothing of the token.
    scheme.eq_ignore_ascii_case("bearer").then(|| SecretHash::of(token.trim()))
}

/// Bytes of the ledger's files in a folder. What cannot be read counts nothing.
fn stored(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let own = files.filter(|file| file.file_name().to_string_lossy().starts_with(LEDGER));
    own.filter_map(|file| file.metadata().ok()).map(|data| data.len()).sum()
}

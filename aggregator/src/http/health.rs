//! Whether the server runs, and whether it can do its work.

use std::time::Duration;

use axum::extract::State;

use super::Shared;
use super::refusal::Refusal;
use crate::intake::Unavailable;

/// Longest that the writer may take to answer.
const READY_TIME_MAX: Duration = Duration::from_secs(2);

/// `GET /healthz`: the process is up.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the ledger can be written.
pub async fn ready(State(service): State<Shared>) -> Result<&'static str, Refusal> {
    let probed = tokio::time::timeout(READY_TIME_MAX, service.writer.probe()).await;
    probed.unwrap_or(Err(Unavailable::Failed))?;
    Ok("ok\n")
}

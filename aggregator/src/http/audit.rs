//! `GET /api/v1/audit`: who did what.

use axum::Json;
use axum::extract::{RawQuery, State};
use wire::account::Audit;

use super::refusal::Refusal;
use super::{Shared, parameters};
use crate::ledger;

/// The latest entries, or those before `before`.
pub async fn list(State(service): State<Shared>, RawQuery(query): RawQuery) -> Result<Json<Audit>, Refusal> {
    let [before] = parameters::named(["before"], query.as_deref())?;
    let before = before.map(|before| before.parse::<i64>()).transpose();
    let before = before.map_err(|_| parameters::wrong("before", "must be the number of an entry"))?;
    let read = move |connection: &_| ledger::audit::list(connection, before);
    Ok(Json(Audit { entries: service.lookups.read(read).await? }))
}

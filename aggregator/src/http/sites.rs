//! `GET /api/v1/sites`: the sites that the caller may read.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use wire::session::Sites;

use super::access::Scope;
use super::refusal::Refusal;
use super::{Shared, access, parameters};
use crate::ledger;

/// Lists them by name.
pub async fn sites(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Sites>, Refusal> {
    let scope = access::scope(&service, &headers).await?;
    parameters::none(query.as_deref())?;
    let only = match scope {
        Scope::Owner => None,
        Scope::Site(site) => Some(site),
    };
    let sites = service.lookups.read(move |connection| ledger::site::list(connection, only)).await?;
    let edge_url = service.config.edge_url.as_ref().map(|url| url.origin().to_owned());
    Ok(Json(Sites { sites, edge_url }))
}

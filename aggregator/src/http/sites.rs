//! `/api/v1/sites`: the sites that the caller may read; adding, changing and deleting them.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::account::{self, Rights};
use rusqlite::Connection;
use wire::account::Permission;
use wire::change::{NewSite, SettingsChange, SiteChange, SiteDetails};
use wire::limits::SETTINGS_BYTES_MAX;
use wire::session::{Site, Sites};
use wire::site::Settings;

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, body, parameters};
use crate::ledger::settings::ChangeError;
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError};
use crate::secret::{self, SecretHash};
use crate::task;

/// Bytes of a body: settings at their largest, and a name.
const SITE_BYTES_MAX: usize = SETTINGS_BYTES_MAX + 4 * 1024;

/// Digits of a drawn tracking id: 64 bits, so that none is drawn twice.
const DRAWN_DIGITS: usize = 16;

/// `GET`: lists them by name.
pub async fn sites(
    State(service): State<Shared>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Sites>, Refusal> {
    parameters::none(query.as_deref())?;
    let read: Rights = [Permission::StatsRead, Permission::SitesRead].into_iter().collect();
    let sites = service.lookups.read(move |connection| {
        if !access.everywhere().and(read).is_none() {
            return ledger::site::list(connection, None);
        }
        let mut open: Vec<SiteKey> =
            access.grants().iter().filter(|grant| !grant.rights.and(read).is_none()).map(|grant| grant.site).collect();
        open.sort_unstable();
        open.dedup();
        let mut sites = Vec::with_capacity(open.len());
        for site in open {
            sites.append(&mut ledger::site::list(connection, Some(site))?);
        }
        sites.sort_by(|a, b| (&a.name, &a.tracking_id).cmp(&(&b.name, &b.tracking_id)));
        Ok(sites)
    });
    let edge_url = service.config.edge_url.as_ref().map(|url| url.origin().to_owned());
    Ok(Json(Sites { sites: sites.await?, edge_url }))
}

/// `GET` of one.
pub async fn site(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Response, Refusal> {
    parameters::none(query.as_deref())?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let details = service.lookups.read(move |connection| details(connection, site)).await?;
    answer(StatusCode::OK, &details)
}

/// `POST`: adds one.
pub async fn add(
    State(service): State<Shared>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let new: NewSite = body::json(&body::read(&headers, body, SITE_BYTES_MAX).await?)?;
    let tracking_id = match new.tracking_id {
        Some(tracking_id) => {
            domain::accept::tracking_id(Some(&tracking_id)).map_err(|e| body::wrong("tracking_id", &e.detail))?
        }
        None => drawn()?,
    };
    let site = Site { tracking_id, name: account::name(&new.name)? };
    let (tracking_id, who) = (site.tracking_id.clone(), access.name());
    let added = service.writer.write(move |connection, now_ms| {
        if !ledger::site::add(connection, &site, now_ms)? {
            return Ok(None);
        }
        let Some(key) = ledger::site::find(connection, &site.tracking_id)? else { return Ok(None) };
        // A site that cannot be counted as wanted is not added.
        let changed = change(connection, key, new.settings, now_ms)?;
        match changed {
            Err(refusal) => {
                ledger::site::remove_new(connection, key)?;
                Ok(Some(Err(refusal)))
            }
            Ok(()) => {
                ledger::audit::note(connection, &who, "site.add", &site.tracking_id, now_ms)?;
                Ok(Some(Ok(details(connection, key)?)))
            }
        }
    });
    let taken = || format!("there is a site {tracking_id} already, or one that is being deleted");
    let details = added.await?.ok_or_else(|| Refusal::Conflict { field: "tracking_id", detail: taken() })??;
    let mut response = answer(StatusCode::CREATED, &details)?;
    if let Ok(location) = HeaderValue::try_from(format!("/api/v1/sites/{}", details.tracking_id)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

fn drawn() -> Result<String, Refusal> {
    let mut digits = secret::draw().map_err(|_| Refusal::Internal("the system has no randomness to give"))?;
    digits.truncate(DRAWN_DIGITS);
    Ok(format!("TM-{digits}"))
}

/// `PATCH`: changes what is given. With `If-Match`, only what the caller has seen.
pub async fn patch(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let wanted: SiteChange = body::json(&body::read(&headers, body, SITE_BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let name = wanted.name.as_deref().map(account::name).transpose()?;
    let seen = headers.get(header::IF_MATCH).map(|tag| tag.to_str().unwrap_or_default().to_owned());
    let who = access.name();
    let changed = service.writer.write(move |connection, now_ms| {
        let before = details(connection, site)?;
        if seen.is_some_and(|seen| !is_tag(&seen, &before)) {
            return Ok(Err(Refusal::Changed));
        }
        if let Err(refusal) = change(connection, site, wanted.settings, now_ms)? {
            return Ok(Err(refusal));
        }
        if let Some(name) = &name {
            ledger::site::rename(connection, site, name)?;
        }
        ledger::audit::note(connection, &who, "site.change", &before.tracking_id, now_ms)?;
        Ok(Ok(details(connection, site)?))
    });
    answer(StatusCode::OK, &changed.await??)
}

/// `DELETE`: the site is nobody's from now on, and all of it is erased soon.
pub async fn delete(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let who = access.name();
    let deleting = service.writer.write(move |connection, now_ms| {
        ledger::site::mark_deleted(connection, site, now_ms)?;
        ledger::audit::note(connection, &who, "site.delete", &tracking_id, now_ms)?;
        // Where no more tasks are taken, `tidemark delete site` does it later.
        Ok(task::ask(connection, &tracking_id, &task::Request::DeleteSite))
    });
    if let Err(e) = deleting.await? {
        tracing::error!("the data of a deleted site is still there: {e}");
    }
    service.live.changed(site);
    Ok(StatusCode::NO_CONTENT)
}

/// Changes the settings of a site, or says why not.
fn change(
    connection: &Connection,
    site: SiteKey,
    wanted: SettingsChange,
    now_ms: u64,
) -> Result<Result<(), Refusal>, LedgerError> {
    match ledger::settings::change(connection, site, now_ms, |before| applied(wanted, before)) {
        Ok(_) => Ok(Ok(())),
        Err(ChangeError::Settings(e)) => Ok(Err(body::wrong(&format!("settings.{}", e.field), &e.detail))),
        Err(ChangeError::Ledger(e)) => Err(e),
    }
}

fn applied(wanted: SettingsChange, before: Settings) -> Settings {
    let rates = wire::site::Rates {
        site_per_second: wanted.rates.site_per_second.unwrap_or(before.rates.site_per_second),
        visitor_per_second: wanted.rates.visitor_per_second.unwrap_or(before.rates.visitor_per_second),
        block_per_second: wanted.rates.block_per_second.unwrap_or(before.rates.block_per_second),
    };
    Settings {
        shards: wanted.shards.unwrap_or(before.shards),
        visitors: wanted.visitors.unwrap_or(before.visitors),
        keeps_events: wanted.keeps_events.unwrap_or(before.keeps_events),
        honours_dnt: wanted.honours_dnt.unwrap_or(before.honours_dnt),
        filters_bots: wanted.filters_bots.unwrap_or(before.filters_bots),
        goals: wanted.goals.unwrap_or(before.goals),
        properties: wanted.properties.unwrap_or(before.properties),
        pairs: wanted.pairs.unwrap_or(before.pairs),
        rates,
        time_zone: wanted.time_zone.unwrap_or(before.time_zone),
        reporting_currency: wanted.reporting_currency.unwrap_or(before.reporting_currency),
        exchange_rates: wanted.exchange_rates.unwrap_or(before.exchange_rates),
        event_retention_days: wanted.event_retention_days.unwrap_or(before.event_retention_days),
        rollup_retention_days: wanted.rollup_retention_days.unwrap_or(before.rollup_retention_days),
        site: before.site,
        version: before.version,
        earlier_shards: before.earlier_shards,
    }
}

fn details(connection: &Connection, site: SiteKey) -> Result<SiteDetails, LedgerError> {
    let settings = ledger::settings::read(connection, site)?;
    let name = ledger::site::name(connection, site)?;
    Ok(SiteDetails { tracking_id: settings.site.clone(), name, settings })
}

fn answer(status: StatusCode, details: &SiteDetails) -> Result<Response, Refusal> {
    let tag = HeaderValue::try_from(tag(details)).map_err(|_| Refusal::Internal("an ETag could not be made"))?;
    Ok((status, [(header::ETAG, tag)], Json(details)).into_response())
}

/// Names what a site is like, to the last letter.
fn tag(details: &SiteDetails) -> String {
    // Plain data, which always makes JSON.
    let json = serde_json::to_string(details).unwrap_or_default();
    let SecretHash(hash) = SecretHash::of(&json);
    let digits: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

fn is_tag(seen: &str, details: &SiteDetails) -> bool {
    let tag = tag(details);
    seen.split(',').any(|seen| seen.trim() == "*" || seen.trim() == tag)
}

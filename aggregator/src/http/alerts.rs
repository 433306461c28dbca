//! `/api/v1/sites/{tracking_id}/alerts`: what is watched of a site, and where it is told.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use domain::account;
use domain::alert::{self, AlertError, suggested};
use rusqlite::Connection;
use wire::account::Permission;
use wire::alert::{
    ALERT_BYTES_MAX, ALERTS_MAX, Alert, AlertChange, AlertDefinition, AlertHistory, AlertPreview, AlertPreviewQuery,
    Alerts, CHANNELS_MAX, Channel, MAIL_ADDRESSES_MAX, NewAlert, News,
};

use super::access::Access;
use super::refusal::Refusal;
use super::saved_segments::written_out;
use super::{Shared, body, parameters};
use crate::alerts::look::{self, Site};
use crate::alerts::preview;
use crate::clock::now_ms;
use crate::config::Config;
use crate::ledger;
use crate::ledger::kept::Change;
use crate::ledger::site::SiteKey;
use crate::outbox::{signature, target};

/// Bytes of a body: a definition, channels and a name.
const BYTES_MAX: usize = 2 * ALERT_BYTES_MAX + 1024;

/// Stands for what is not to be seen of an address.
const HIDDEN: &str = "…";

impl From<AlertError> for Refusal {
    fn from(error: AlertError) -> Self {
        body::wrong(&format!("definition.{}", error.field), &error.detail)
    }
}

/// `GET /api/v1/sites/{tracking_id}/alerts`
pub async fn list(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<Alerts>, Refusal> {
    parameters::none(query.as_deref())?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let read = move |connection: &Connection| {
        Ok((ledger::alert::list(connection, site)?, ledger::settings::read(connection, site)?))
    };
    let (mut alerts, settings) = service.lookups.read(read).await?;
    let mut suggested = suggested::suggested(&settings);
    suggested.retain(|one| !alerts.iter().any(|alert| alert.name == one.name));
    alerts.iter_mut().for_each(|alert| hide(alert, &access, site));
    Ok(Json(Alerts { alerts, suggested, can_mail: service.config.mail.is_some() }))
}

/// `POST /api/v1/sites/{tracking_id}/alerts`
pub async fn make(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let wanted: NewAlert = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let wanted = NewAlert {
        name: name(&wanted.name)?,
        definition: checked(&service, site, wanted.definition).await?,
        channels: channels(&service.config, wanted.channels, &[])?,
        is_on: wanted.is_on,
    };
    let write = move |connection: &_, now_ms| ledger::alert::add(connection, site, &wanted, now_ms);
    told(&service, &access, site, service.writer.write(write).await?, StatusCode::CREATED).await
}

/// `PATCH /api/v1/sites/{tracking_id}/alerts/{alert}`
pub async fn change(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    let wanted: AlertChange = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let (number, before) = found(&service, site, &number).await?;
    let definition = match wanted.definition {
        Some(definition) => Some(checked(&service, site, definition).await?),
        None => None,
    };
    let change = AlertChange {
        name: wanted.name.as_deref().map(name).transpose()?,
        definition,
        channels: wanted.channels.map(|wanted| channels(&service.config, wanted, &before.channels)).transpose()?,
        is_on: wanted.is_on,
    };
    let write = move |connection: &_, now_ms| ledger::alert::change(connection, site, number, &change, now_ms);
    told(&service, &access, site, service.writer.write(write).await?, StatusCode::OK).await
}

/// `DELETE /api/v1/sites/{tracking_id}/alerts/{alert}`
pub async fn remove(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, "alert")?;
    let is_there = service.writer.write(move |connection, _| ledger::alert::remove(connection, site, number)).await?;
    if is_there { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::NoSuch("alert")) }
}

/// `GET /api/v1/sites/{tracking_id}/alerts/{alert}/history`
pub async fn history(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<AlertHistory>, Refusal> {
    parameters::none(query.as_deref())?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let (number, _) = found(&service, site, &number).await?;
    let entries = service.lookups.read(move |connection| ledger::alert_entry::history(connection, number)).await?;
    Ok(Json(AlertHistory { entries }))
}

/// `POST /api/v1/sites/{tracking_id}/alerts/{alert}/test`: has something told to every channel.
pub async fn test(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
) -> Result<Response, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let (number, alert) = found(&service, site, &number).await?;
    let now_ms = now_ms();
    let about = service.lookups.read(move |connection: &Connection| Site::read(connection, site, now_ms)).await?;
    let entry = look::entry(&service, &alert, &about, News::Test, now_ms)?;
    let write = move |connection: &Connection, now_ms| match ledger::alert::find(connection, site, number)? {
        Some(_) => ledger::alert_entry::add(connection, number, &entry, now_ms).map(Some),
        None => Ok(None),
    };
    let added = service.writer.write(write).await?.ok_or(Refusal::NoSuch("alert"))?;
    let mut entries = service.lookups.read(move |connection| ledger::alert_entry::history(connection, number)).await?;
    entries.retain(|entry| entry.entry == added);
    Ok((StatusCode::ACCEPTED, Json(AlertHistory { entries })).into_response())
}

/// `POST /api/v1/sites/{tracking_id}/alerts/preview`: what a definition would have said of the last weeks.
pub async fn preview(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<AlertPreview>, Refusal> {
    let wanted: AlertPreviewQuery = body::json(&body::read(&headers, body, BYTES_MAX).await?)?;
    let granted = access.site(&service, &tracking_id).await?;
    let mut definition = wanted.definition;
    let site = granted.lock_all(&mut definition.filters);
    let definition = checked(&service, site, definition).await?;
    Ok(Json(preview::preview(&service, site, &definition).await?))
}

async fn found(service: &Shared, site: SiteKey, number: &str) -> Result<(i64, Alert), Refusal> {
    let number = parameters::number(number, "alert")?;
    let found = service.lookups.read(move |connection| ledger::alert::find(connection, site, number)).await?;
    Ok((number, found.ok_or(Refusal::NoSuch("alert"))?))
}

/// A definition that can be watched. Saved segments stay named, for they may change.
async fn checked(service: &Shared, site: SiteKey, definition: AlertDefinition) -> Result<AlertDefinition, Refusal> {
    let filters = written_out(service, site, definition.filters.clone(), "definition.filters").await?;
    alert::checked(&AlertDefinition { filters, ..definition.clone() })?;
    let bytes = serde_json::to_vec(&definition).map_err(|_| Refusal::Internal("a definition could not be written"))?;
    if bytes.len() > ALERT_BYTES_MAX {
        return Err(body::wrong("definition", &format!("must be at most {ALERT_BYTES_MAX} bytes as JSON")));
    }
    Ok(definition)
}

/// Channels that can be told, each webhook with a key: that which it had before, where its address is the same.
fn channels(config: &Config, wanted: Vec<Channel>, before: &[Channel]) -> Result<Vec<Channel>, Refusal> {
    if wanted.len() > CHANNELS_MAX {
        return Err(body::wrong("channels", &format!("must be at most {CHANNELS_MAX}")));
    }
    let checked = |(at, channel): (usize, Channel)| {
        let url = |url: &str| {
            let checked = target::checked(url, &config.alerts);
            checked.map_err(|e| body::wrong(&format!("channels[{at}].url"), &e.to_string()))
        };
        match channel {
            Channel::Slack { url: to } => Ok(Channel::Slack { url: url(&to)?.into() }),
            Channel::Webhook { url: to, secret } => {
                let to: String = url(&to)?.into();
                let secret = match secret.or_else(|| kept_secret(&to, before)) {
                    Some(secret) => secret,
                    None => signature::draw_secret()
                        .map_err(|_| Refusal::Internal("the system has no randomness to give"))?,
                };
                if signature::key(&secret).is_none() {
                    let detail = "must be whsec_ and the Base64 of 24 to 64 bytes";
                    return Err(body::wrong(&format!("channels[{at}].secret"), detail));
                }
                Ok(Channel::Webhook { url: to, secret: Some(secret) })
            }
            Channel::Mail { to } => mail(config, at, &to),
        }
    };
    wanted.into_iter().enumerate().map(checked).collect()
}

fn mail(config: &Config, at: usize, to: &[String]) -> Result<Channel, Refusal> {
    let field = format!("channels[{at}].to");
    if config.mail.is_none() {
        return Err(body::wrong(&field, "no mail can be sent: the server's settings name no mail server"));
    }
    if to.is_empty() || to.len() > MAIL_ADDRESSES_MAX {
        return Err(body::wrong(&field, &format!("must be 1 to {MAIL_ADDRESSES_MAX} addresses")));
    }
    let to = to.iter().map(|address| account::email(address).map_err(|e| body::wrong(&field, &e.detail)));
    Ok(Channel::Mail { to: to.collect::<Result<_, _>>()? })
}

fn kept_secret(to: &str, before: &[Channel]) -> Option<String> {
    before.iter().find_map(|channel| match channel {
        Channel::Webhook { url, secret } if url == to => secret.clone(),
        _ => None,
    })
}

/// Answers with the alert that was changed, or says why there is none.
async fn told(
    service: &Shared,
    access: &Access,
    site: SiteKey,
    change: Change,
    status: StatusCode,
) -> Result<Response, Refusal> {
    let conflict = |field, detail: String| Err(Refusal::Conflict { field, detail });
    let number = match change {
        Change::Done(number) => number,
        Change::Missing => return Err(Refusal::NoSuch("alert")),
        Change::NameTaken => return conflict("name", "the site has an alert of this name already".to_owned()),
        Change::Full => {
            let detail = format!("a site has at most {ALERTS_MAX} alerts; delete one first");
            return conflict("tracking_id", detail);
        }
    };
    let found = service.lookups.read(move |connection| ledger::alert::find(connection, site, number)).await?;
    let mut found = found.ok_or(Refusal::NoSuch("alert"))?;
    hide(&mut found, access, site);
    Ok((status, Json(found)).into_response())
}

/// Leaves out what whoever may not change an alert is not to see: some addresses are secrets.
fn hide(alert: &mut Alert, access: &Access, site: SiteKey) {
    if access.rights(site).has(Permission::SitesWrite) {
        return;
    }
    let origin = |url: &str| {
        let origin = url::Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
        format!("{origin}/{HIDDEN}")
    };
    for channel in &mut alert.channels {
        match channel {
            Channel::Webhook { url, secret } => (*url, *secret) = (origin(url), None),
            Channel::Slack { url } => *url = origin(url),
            Channel::Mail { to } => to.iter_mut().for_each(|address| HIDDEN.clone_into(address)),
        }
    }
}

fn name(text: &str) -> Result<String, Refusal> {
    alert::name(text).map_err(|e| body::wrong(&e.field, &e.detail))
}

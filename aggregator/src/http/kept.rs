//! What the routes of everything that is kept under a name have in common.

use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use super::Shared;
use super::refusal::Refusal;
use crate::ledger::kept::{Change, Kept, Kind};
use crate::ledger::site::SiteKey;

/// Those of a site, by name.
///
/// # Errors
/// [`Refusal`] when they cannot be read.
pub async fn list<T>(service: &Shared, site: SiteKey, kind: &'static Kind) -> Result<Vec<Kept<T>>, Refusal>
where
    T: DeserializeOwned + Send + 'static,
{
    Ok(service.lookups.read(move |connection| kind.list(connection, site)).await?)
}

/// One of a site's.
///
/// # Errors
/// [`Refusal::NoSuch`] when it is not there.
pub async fn find<T>(service: &Shared, site: SiteKey, kind: &'static Kind, number: i64) -> Result<Kept<T>, Refusal>
where
    T: DeserializeOwned + Send + 'static,
{
    let found = service.lookups.read(move |connection| kind.find(connection, site, number)).await?;
    found.ok_or(Refusal::NoSuch(kind.what))
}

/// Keeps one more.
///
/// # Errors
/// [`Refusal::Conflict`] says why it is not kept.
pub async fn add<T>(
    service: &Shared,
    site: SiteKey,
    kind: &'static Kind,
    name: String,
    text: String,
) -> Result<Kept<T>, Refusal>
where
    T: DeserializeOwned + Send + 'static,
{
    let write = move |connection: &_, now_ms| kind.add(connection, site, &name, &text, now_ms);
    done(service, site, kind, service.writer.write(write).await?).await
}

/// Gives one another name, another text, or both.
///
/// # Errors
/// [`Refusal::Conflict`] or [`Refusal::NoSuch`] says why it is not changed.
pub async fn change<T>(
    service: &Shared,
    site: SiteKey,
    kind: &'static Kind,
    number: i64,
    (name, text): (Option<String>, Option<String>),
) -> Result<Kept<T>, Refusal>
where
    T: DeserializeOwned + Send + 'static,
{
    let write =
        move |connection: &_, now_ms| kind.change(connection, site, number, (name.as_deref(), text.as_deref()), now_ms);
    done(service, site, kind, service.writer.write(write).await?).await
}

/// Keeps one no longer.
///
/// # Errors
/// [`Refusal::NoSuch`] when it is not there.
pub async fn remove(service: &Shared, site: SiteKey, kind: &'static Kind, number: i64) -> Result<StatusCode, Refusal> {
    let is_there = service.writer.write(move |connection, _| kind.remove(connection, site, number)).await?;
    if is_there { Ok(StatusCode::NO_CONTENT) } else { Err(Refusal::NoSuch(kind.what)) }
}

async fn done<T>(service: &Shared, site: SiteKey, kind: &'static Kind, change: Change) -> Result<Kept<T>, Refusal>
where
    T: DeserializeOwned + Send + 'static,
{
    let what = kind.what;
    let (field, detail) = match change {
        Change::Done(number) => return find(service, site, kind, number).await,
        Change::Missing => return Err(Refusal::NoSuch(what)),
        Change::NameTaken => ("name", format!("the site has a {what} of this name already")),
        Change::Full => ("tracking_id", format!("a site keeps at most {} {what}s; delete one first", kind.most)),
    };
    Err(Refusal::Conflict { field, detail })
}

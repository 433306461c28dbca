//! `/api/v1/sites/{tracking_id}/KIND` and `…/KIND/{number}`: what is kept of a site under a name, for all who read it.
//! The routes of a kind are these functions of it; what may be kept of it is its own to say.

use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::access::Access;
use super::refusal::Refusal;
use super::{Shared, body, parameters};
use crate::ledger::kept::{Change, Kept, Kind};
use crate::ledger::site::SiteKey;

/// Bytes of a body beside what is kept: a name, with JSON's own.
const NAMED_BYTES: usize = 1024;

/// A kind of thing that is kept: one of it, as answers have it.
pub trait Keepable: From<Kept<Self::Content>> + Serialize + Send + 'static {
    /// Where they are.
    const KIND: &'static Kind;
    /// Bytes of a name.
    const NAME_BYTES_MAX: usize;
    /// Bytes of what is kept, as JSON.
    const BYTES_MAX: usize;
    /// What is kept, as the ledger has it.
    type Content: DeserializeOwned + Send + 'static;
    /// What is kept, as requests say it.
    type Said: Send;
    /// A request to keep one.
    type New: DeserializeOwned;
    /// A request to change one.
    type Change: DeserializeOwned;
    /// All of them, as answers have them.
    type List: Serialize;

    /// The parts of a request to keep one.
    fn new(wanted: Self::New) -> (String, Self::Said);

    /// The parts of a request to change one.
    fn change(wanted: Self::Change) -> (Option<String>, Option<Self::Said>);

    /// All of them.
    fn list(all: Vec<Self>) -> Self::List;

    /// What is kept, as the ledger has it.
    ///
    /// # Errors
    /// [`Refusal`] says why it cannot be kept.
    fn checked(
        service: &Shared,
        site: (SiteKey, &str),
        said: Self::Said,
    ) -> impl Future<Output = Result<String, Refusal>> + Send;
}

/// `GET …/KIND`: those of a site, by name.
pub async fn all<K: Keepable>(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<K::List>, Refusal> {
    parameters::none(query.as_deref())?;
    // What people look for in all of a site is not for who is to see a part.
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let kept = list::<K::Content>(&service, site, K::KIND).await?;
    Ok(Json(K::list(kept.into_iter().map(K::from).collect())))
}

/// `POST …/KIND`: keeps one more.
pub async fn make<K: Keepable>(
    State(service): State<Shared>,
    Path(tracking_id): Path<String>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<(StatusCode, Json<K>), Refusal> {
    let wanted: K::New = body::json(&body::read(&headers, body, K::BYTES_MAX + NAMED_BYTES).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let (name, said) = K::new(wanted);
    let name = body::line("name", &name, K::NAME_BYTES_MAX)?;
    let text = K::checked(&service, (site, &tracking_id), said).await?;
    let made = add::<K::Content>(&service, site, K::KIND, name, text).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// `GET …/KIND/{number}`
pub async fn one<K: Keepable>(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    Extension(access): Extension<Access>,
) -> Result<Json<K>, Refusal> {
    parameters::none(query.as_deref())?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, K::KIND.what)?;
    Ok(Json(find::<K::Content>(&service, site, K::KIND, number).await?.into()))
}

/// `PATCH` or `PUT …/KIND/{number}`: gives one another name, other contents, or both.
pub async fn alter<K: Keepable>(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<K>, Refusal> {
    let wanted: K::Change = body::json(&body::read(&headers, body, K::BYTES_MAX + NAMED_BYTES).await?)?;
    let site = access.site(&service, &tracking_id).await?.whole()?;
    let number = parameters::number(&number, K::KIND.what)?;
    let (name, said) = K::change(wanted);
    let name = name.map(|name| body::line("name", &name, K::NAME_BYTES_MAX)).transpose()?;
    let text = match said {
        Some(said) => Some(K::checked(&service, (site, &tracking_id), said).await?),
        None => None,
    };
    Ok(Json(change::<K::Content>(&service, site, K::KIND, number, (name, text)).await?.into()))
}

/// `DELETE …/KIND/{number}`
pub async fn discard<K: Keepable>(
    State(service): State<Shared>,
    Path((tracking_id, number)): Path<(String, String)>,
    Extension(access): Extension<Access>,
) -> Result<StatusCode, Refusal> {
    let site = access.site(&service, &tracking_id).await?.whole()?;
    remove(&service, site, K::KIND, parameters::number(&number, K::KIND.what)?).await
}

/// What is kept, as JSON, if it is no longer than it may be. `field` names it in refusals.
///
/// # Errors
/// [`Refusal::Body`] when it is.
pub fn written(value: &impl Serialize, field: &str, bytes_max: usize) -> Result<String, Refusal> {
    let json =
        serde_json::to_string(value).map_err(|_| Refusal::Internal("what is to be kept could not be written"))?;
    if json.len() > bytes_max {
        return Err(body::wrong(field, &format!("must be at most {bytes_max} bytes as JSON")));
    }
    Ok(json)
}

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

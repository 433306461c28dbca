//! Who asks, and what they may do: found once for each request, before its handler runs.
//!
//! A route says in [`super::routes::ROUTES`] what it [`Needs`]. The handler gets an [`Access`], which opens a site only to whom
//! that need is granted there: [`Access::site`]. What it opens is [`Granted`]; the key of the site comes out of it by
//! [`Granted::lock`], which narrows a question, or by [`Granted::whole`], which refuses those who are to see a part.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use domain::account::{Rights, narrow_all};
use domain::query::Filtered;
use rusqlite::Connection;
use wire::account::Permission;
use wire::filter::Filter;
use wire::query::Query;

use super::origin::{self, Origin};
use super::refusal::Refusal;
use super::routes::Needs;
use super::{Shared, body, parameters};
use crate::clock::now_ms;
use crate::ledger::access::{Grant, Holder, Who};
use crate::ledger::site::SiteKey;
use crate::ledger::{self, LedgerError};
use crate::people::Used;
use crate::secret::SecretHash;

/// Name of the cookie of a session.
pub const COOKIE: &str = "tidemark_session";

/// Name of the cookie of who came by a shared link.
pub const SHARED_COOKIE: &str = "tidemark_shared";

/// Name of the header by which an embedded page says its link: browsers give no cookies to what other sites embed.
pub const SHARED_HEADER: &str = "tidemark-share";

impl Needs {
    /// Whether something may be different afterwards, so that only this server's own pages may use a cookie for it.
    fn is_change(self) -> bool {
        match self {
            Self::Nothing | Self::Signature => false,
            Self::Credentials | Self::Person | Self::Everywhere(_) | Self::Own(_) => true,
            Self::Site(permission) => {
                !matches!(permission, Permission::StatsRead | Permission::EventsRead | Permission::SitesRead)
            }
        }
    }
}

/// What a request shows for itself. A bearer token counts before a link's header, and that before cookies.
#[derive(Clone)]
pub enum Credentials {
    /// A key.
    Key(SecretHash),
    /// Cookies: of a session, of a shared link, or of both. A link may stand in its header as well.
    Cookies(Option<SecretHash>, Option<Arc<str>>),
}

impl Credentials {
    /// Finds the credentials of a request.
    ///
    /// # Errors
    /// [`Refusal::Unauthenticated`] when there are none.
    pub fn of(headers: &HeaderMap) -> Result<Self, Refusal> {
        if let Some(authorization) = headers.get(header::AUTHORIZATION) {
            let text = authorization.to_str().map_err(|_| Refusal::Unauthenticated)?;
            let (scheme, token) = text.split_once(' ').ok_or(Refusal::Unauthenticated)?;
            if !scheme.eq_ignore_ascii_case("bearer") {
                return Err(Refusal::Unauthenticated);
            }
            return Ok(Self::Key(SecretHash::of(token.trim())));
        }
        if let Some(shared) = headers.get(SHARED_HEADER).and_then(|value| value.to_str().ok()) {
            return Ok(Self::Cookies(None, Some(Arc::from(shared))));
        }
        let (session, shared) = (session(headers), cookie(headers, SHARED_COOKIE));
        if session.is_none() && shared.is_none() {
            return Err(Refusal::Unauthenticated);
        }
        Ok(Self::Cookies(session, shared.map(Arc::from)))
    }

    /// Who holds them, and what they allow; none when they are not valid.
    ///
    /// # Errors
    /// [`LedgerError`] when the ledger fails.
    fn holder(&self, connection: &Connection, now_ms: u64) -> Result<Option<Holder>, LedgerError> {
        let (session, shared) = match self {
            Self::Key(hash) => return ledger::access::of_key(connection, *hash, now_ms),
            Self::Cookies(session, shared) => (session, shared),
        };
        let session = session.map(|hash| ledger::access::of_session(connection, hash, now_ms)).transpose()?.flatten();
        let Some(grant) = shared.as_ref().map(|shared| of_shared(connection, shared, now_ms)).transpose()?.flatten()
        else {
            return Ok(session);
        };
        let visitor = Holder { who: Who::Visitor, everywhere: Rights::NONE, grants: Vec::new() };
        let mut holder = session.unwrap_or(visitor);
        holder.grants.push(grant);
        Ok(Some(holder))
    }
}

/// What the cookie of a shared link allows: its slug where it asks for no password, else what was handed out for that.
fn of_shared(connection: &Connection, shared: &str, now_ms: u64) -> Result<Option<Grant>, LedgerError> {
    let open = ledger::share::find(connection, shared, now_ms)?.filter(|share| share.password.is_none());
    let share = match open {
        Some(share) => Some(share),
        None => ledger::share::of_session(connection, SecretHash::of(shared), now_ms)?,
    };
    Ok(share.map(ledger::access::of_share))
}

/// The session that a request's cookie names.
pub fn session(headers: &HeaderMap) -> Option<SecretHash> {
    cookie(headers, COOKIE).map(SecretHash::of)
}

/// The value of a request's cookie.
pub fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// Somebody who asks, what is allowed to them, and what is needed here.
#[derive(Clone)]
pub struct Access {
    holder: Arc<Holder>,
    credentials: Credentials,
    needs: Needs,
}

/// Lets a request through to its handler, with its [`Access`], or refuses it.
pub async fn admit(State((service, needs)): State<(Shared, Needs)>, mut request: Request, next: Next) -> Response {
    match Access::of(&service, needs, request.method(), request.headers()).await {
        Ok(access) => {
            request.extensions_mut().insert(access);
            next.run(request).await
        }
        Err(refusal) => axum::response::IntoResponse::into_response(body::refuse(request.into_body(), refusal).await),
    }
}

impl Access {
    async fn of(service: &Shared, needs: Needs, method: &Method, headers: &HeaderMap) -> Result<Self, Refusal> {
        let credentials = Credentials::of(headers)?;
        if matches!(credentials, Credentials::Cookies(..)) && !method.is_safe() {
            let origin = origin::of(headers, &service.config.public_url());
            if origin == Origin::Other || (needs.is_change() && origin != Origin::Own) {
                return Err(Refusal::CrossOrigin);
            }
        }
        let access = Self::resolve(service, credentials, needs).await?;
        let is_granted = match needs {
            Needs::Person => matches!(access.holder.who, Who::Person(..) | Who::Operator),
            Needs::Everywhere(permission) => access.holder.everywhere.has(permission),
            Needs::Nothing | Needs::Signature | Needs::Credentials | Needs::Site(_) | Needs::Own(_) => true,
        };
        if !is_granted {
            return Err(Refusal::Forbidden(needs));
        }
        access.note_use(service);
        Ok(access)
    }

    async fn resolve(service: &Shared, credentials: Credentials, needs: Needs) -> Result<Self, Refusal> {
        let (asked, now_ms) = (credentials.clone(), now_ms());
        let holder = service.lookups.read(move |connection| asked.holder(connection, now_ms)).await?;
        let holder = Arc::new(holder.ok_or(Refusal::Unauthenticated)?);
        Ok(Self { holder, credentials, needs })
    }

    /// Who asks.
    pub fn who(&self) -> &Who {
        &self.holder.who
    }

    /// Who asks, for the audit log.
    pub fn name(&self) -> String {
        match &self.holder.who {
            Who::Person(_, email) => email.clone(),
            Who::Operator => "operator".to_owned(),
            Who::Key(number) => format!("key {number}"),
            Who::Visitor => "visitor".to_owned(),
        }
    }

    /// What is allowed on every site.
    pub fn everywhere(&self) -> Rights {
        self.holder.everywhere
    }

    /// What is allowed on single sites.
    pub fn grants(&self) -> &[Grant] {
        &self.holder.grants
    }

    /// What is allowed on a site, locked or not.
    pub fn rights(&self, site: SiteKey) -> Rights {
        let grants = self.holder.grants.iter().filter(|grant| grant.site == site);
        grants.fold(self.holder.everywhere, |rights, grant| rights.or(grant.rights))
    }

    /// Opens the site that a request names, if what the route needs is granted there.
    ///
    /// # Errors
    /// [`Refusal::NoSuchSite`], in the same words, when there is none or nothing of it is for this caller;
    /// [`Refusal::Forbidden`] when something is, but not this.
    pub async fn site(&self, service: &Shared, tracking_id: &str) -> Result<Granted, Refusal> {
        let (Needs::Site(permission) | Needs::Own(permission)) = self.needs else {
            return Err(Refusal::Internal("a route opens a site without saying what it needs there"));
        };
        let asked = tracking_id.to_owned();
        let found = service.lookups.read(move |connection| ledger::site::find(connection, &asked)).await?;
        let site = found.filter(|site| !self.rights(*site).is_none()).ok_or(Refusal::NoSuchSite)?;
        let lock = self.locked(site, permission).ok_or(Refusal::Forbidden(self.needs))?;
        Ok(Granted { site, tracking_id: tracking_id.to_owned(), lock: lock.cloned() })
    }

    /// What a permission is narrowed to on a site, if it is granted at all.
    fn locked(&self, site: SiteKey, permission: Permission) -> Option<Option<&Filter>> {
        if self.holder.everywhere.has(permission) {
            return Some(None);
        }
        let mut granting: Vec<_> =
            self.holder.grants.iter().filter(|grant| grant.site == site && grant.rights.has(permission)).collect();
        granting.sort_by_key(|grant| grant.lock.is_some());
        granting.first().map(|grant| grant.lock.as_ref())
    }

    /// Whether the credentials are still valid, and still open this site as they did; for answers that go on.
    pub async fn still_opens(&self, service: &Shared, granted: &Granted) -> bool {
        let Ok(now) = Self::resolve(service, self.credentials.clone(), self.needs).await else { return false };
        now.site(service, &granted.tracking_id).await.is_ok_and(|again| again == *granted)
    }

    /// Notes, now and then, that a session or key is used.
    fn note_use(&self, service: &Shared) {
        let used = match self.credentials {
            Credentials::Key(hash) => Used::Key(hash),
            Credentials::Cookies(Some(hash), _) => Used::Session(hash),
            Credentials::Cookies(None, _) => return,
        };
        if service.people.is_to_be_noted(used, now_ms()) {
            let service = Arc::clone(service);
            // Lost when the writer is busy, and then noted the next time.
            tokio::spawn(async move {
                let noting = service.writer.write(move |connection, now_ms| match used {
                    Used::Key(hash) => ledger::key::used(connection, hash, now_ms),
                    Used::Session(hash) => ledger::session::seen(connection, hash, now_ms),
                });
                let _ = noting.await;
            });
        }
    }
}

/// A site that is open to a caller, whole or in part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Granted {
    site: SiteKey,
    tracking_id: String,
    lock: Option<Filter>,
}

impl Granted {
    /// Its tracking id.
    pub fn tracking_id(&self) -> &str {
        &self.tracking_id
    }

    /// The site, for an answer to `query`, which is narrowed to what the caller may see.
    pub fn lock(&self, query: &mut Query) -> SiteKey {
        self.lock_all(query)
    }

    /// The same of any question, with all filters that it has.
    pub fn lock_all(&self, question: &mut impl Filtered) -> SiteKey {
        if let Some(lock) = &self.lock {
            narrow_all(question, lock);
        }
        self.site
    }

    /// The site, for an answer that no filter applies to.
    ///
    /// # Errors
    /// [`Refusal::Locked`] when the caller is to see a part of it only.
    pub fn whole(&self) -> Result<SiteKey, Refusal> {
        if self.lock.is_some() { Err(Refusal::Locked) } else { Ok(self.site) }
    }
}

/// Opens the site that a request names in its query string, as its only parameter.
///
/// # Errors
/// [`Refusal`] for a query string of another shape, or as [`Access::site`].
pub async fn named_site(service: &Shared, query: Option<&str>, access: &Access) -> Result<Granted, Refusal> {
    access.site(service, &parameters::tracking_id(query)?).await
}

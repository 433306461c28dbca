//! What credentials allow: read once for each request.

use domain::account::Rights;
use rusqlite::{Connection, OptionalExtension, params};
use wire::filter::Filter;

use super::site::SiteKey;
use super::user::UserKey;
use super::{LedgerError, key, member, session, share, stored};
use crate::secret::SecretHash;

/// Who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A person with an account.
    Person(UserKey, String),
    /// Whoever can run commands here, signed in by `tidemark link`.
    Operator,
    /// A program, by the number of its key.
    Key(i64),
    /// Somebody with a shared link.
    Visitor,
}

/// What is allowed on one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The site.
    pub site: SiteKey,
    /// What.
    pub rights: Rights,
    /// What every question is narrowed to.
    pub lock: Option<Filter>,
}

/// Somebody, and what is allowed to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Who it is.
    pub who: Who,
    /// What is allowed on every site.
    pub everywhere: Rights,
    /// What is allowed on single ones.
    pub grants: Vec<Grant>,
}

/// Whose session this is, if it is valid.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn of_session(connection: &Connection, hash: SecretHash, now_ms: u64) -> Result<Option<Holder>, LedgerError> {
    let sql = "SELECT sessions.user, email FROM sessions LEFT JOIN users USING (user)
               WHERE hash = ?1 AND expires_at_ms > ?2 AND seen_at_ms > ?3";
    let parameters = params![hash.0, stored(now_ms), stored(session::idle_since(now_ms))];
    let read = |row: &rusqlite::Row<'_>| Ok((row.get::<_, Option<i64>>(0)?, row.get::<_, Option<String>>(1)?));
    let found = connection.prepare_cached(sql)?.query_row(parameters, read).optional()?;
    Ok(match found {
        None => None,
        Some((Some(user), Some(email))) => {
            let user = UserKey(user);
            let (everywhere, grants) = of_person(connection, user)?;
            Some(Holder { who: Who::Person(user, email), everywhere, grants })
        }
        Some(_) => Some(Holder { who: Who::Operator, everywhere: Rights::all(), grants: Vec::new() }),
    })
}

fn of_person(connection: &Connection, user: UserKey) -> Result<(Rights, Vec<Grant>), LedgerError> {
    let mut is_owner = connection.prepare_cached("SELECT is_owner FROM users WHERE user = ?1")?;
    let is_owner: bool = is_owner.query_row([user.0], |row| row.get(0)).optional()?.unwrap_or_default();
    let everywhere = if is_owner { Rights::all() } else { Rights::NONE };
    let mut all = connection.prepare_cached(
        "SELECT site, role FROM members JOIN sites USING (site) WHERE user = ?1 AND deleted_at_ms IS NULL",
    )?;
    let mut rows = all.query([user.0])?;
    let mut grants = Vec::new();
    while let Some(row) = rows.next()? {
        let role = member::role(&row.get::<_, String>(1)?)?;
        grants.push(Grant { site: SiteKey(row.get(0)?), rights: Rights::of(role), lock: None });
    }
    Ok((everywhere, grants))
}

/// What a key allows, if it is valid: its scopes, as far as whose key it is may still do that.
///
/// # Errors
/// [`LedgerError`] when the ledger fails.
pub fn of_key(connection: &Connection, hash: SecretHash, now_ms: u64) -> Result<Option<Holder>, LedgerError> {
    let sql = "SELECT key, user, site, scopes FROM keys
               WHERE hash = ?1 AND (expires_at_ms IS NULL OR expires_at_ms > ?2)";
    let read = |row: &rusqlite::Row<'_>| {
        Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, Option<i64>>(2)?, row.get::<_, String>(3)?))
    };
    let found = connection.prepare_cached(sql)?.query_row(params![hash.0, stored(now_ms)], read).optional()?;
    let Some((number, user, site, scopes)) = found else { return Ok(None) };
    let scopes = key::rights(&scopes);
    let (bound, grants) = match user {
        Some(user) => of_person(connection, UserKey(user))?,
        None => (Rights::all(), Vec::new()),
    };
    let everywhere = bound.and(scopes);
    let narrowed = grants.into_iter().map(|grant| Grant { rights: grant.rights.and(scopes), ..grant });
    let (everywhere, grants) = match site.map(SiteKey) {
        None => (everywhere, narrowed.collect()),
        Some(site) => {
            let rights =
                narrowed.filter(|grant| grant.site == site).fold(everywhere, |rights, grant| rights.or(grant.rights));
            (Rights::NONE, vec![Grant { site, rights, lock: None }])
        }
    };
    Ok(Some(Holder { who: Who::Key(number), everywhere, grants }))
}

/// What a shared link allows.
pub fn of_share(share: share::Stored) -> Grant {
    let rights = [wire::account::Permission::StatsRead].into_iter().collect();
    Grant { site: share.site, rights, lock: share.lock }
}
